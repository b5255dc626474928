//! What a model takes of a GPU's memory, computed from its plan before anything is loaded.

#![forbid(unsafe_code)]

use ds4_plan::{DRAW_WORDS, GpuPlan, GpuScratch, Lengths, Plan, StepKind};

use super::{
    bind,
    device::Program,
    pool::{growing_bytes, pool_bytes},
    rows::{ROW_WORDS, padded},
};
use crate::device::{CHUNK, Error, LARGEST_CHUNK, Needs, NoRoom, Result, Room, Weights};

/// Values of each scratch buffer of a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScratchLens {
    pub(super) floats: usize,
    pub(super) words: usize,
    pub(super) step_words: usize,
    pub(super) scores: usize,
    pub(super) arrivals: usize,
}

impl ScratchLens {
    pub(super) const fn new(scratch: GpuScratch, lengths: Lengths) -> Self {
        let Lengths { rows, logit_rows, tokens } = lengths;
        Self {
            floats: scratch.floats_per_row * rows + scratch.floats_per_logit_row * logit_rows,
            words: scratch.words_per_row * rows,
            step_words: scratch.step_words,
            scores: scratch.scores * rows * tokens,
            arrivals: scratch.arrivals * rows,
        }
    }
}

/// The room that a GPU would make for a model, with its name and how many bytes are free as far as
/// that is known; and what it takes. Nothing is opened.
///
/// # Errors
///
/// [`Error::NoMix`] when there is no kernel for the formats of `weights`, [`Error::NoRoom`] when
/// it does not fit, [`Error::BufferTooLarge`] when kernels could not find all of it.
///
/// # Panics
///
/// When `plan` is not one of [`crate::device::PLANS`].
pub fn fit(
    program: &Program,
    (plan, weights): (&'static Plan, &Weights),
    (device, free): (&str, Option<u64>),
    room: Room,
) -> Result<(Room, Needs)> {
    let demand = bind::model(program, plan, weights)?.demand();
    let room = demand.admit(device, free, room)?;
    Ok((room, demand.needs(room)))
}

/// A model on a GPU.
#[derive(Debug, Clone, Copy)]
pub(super) struct Demand {
    pub(super) plan: &'static Plan,
    pub(super) gpu_plan: &'static GpuPlan,
    /// Bytes of weights and constants.
    pub(super) weights: u64,
}

impl Demand {
    /// `room` with the rows of a prefill step decided. Refuses a model that `device` has no room for,
    /// as far as it is known how many bytes are free.
    pub(super) fn admit(&self, device: &str, free: Option<u64>, mut room: Room) -> Result<Room> {
        let suits = room.chunk == 0;
        if suits {
            room.chunk = LARGEST_CHUNK;
        }
        self.check_addresses(device, room)?;
        let Some(free) = free else { return Ok(room) };
        while suits && room.chunk > CHUNK && self.needs(room).total() > free {
            room.chunk /= 2;
        }
        let needs = self.needs(room);
        if needs.total() <= free {
            return Ok(room);
        }
        let (device, fits) = (device.to_owned(), self.longest(room, free));
        Err(Error::NoRoom(Box::new(NoRoom { device, room, needs, free, fits })))
    }

    /// Refuses what kernels could not find, since they count the words of a buffer in 32 bits.
    fn check_addresses(&self, device: &str, room: Room) -> Result<()> {
        const LIMIT: u64 = 4 << 32;
        let bytes = pool_bytes(self.plan.pages.len, self.pages(room));
        if bytes <= LIMIT {
            return Ok(());
        }
        Err(Error::BufferTooLarge {
            what: "pages of cached rows",
            bytes,
            device: device.to_owned(),
            limit: LIMIT,
            rule: "kernels count 2^32 words; ask for a shorter context or fewer sessions",
        })
    }

    /// What `room` takes.
    pub(super) fn needs(&self, room: Room) -> Needs {
        let pages = self.pages(room);
        Needs {
            weights: self.weights,
            state: pool_bytes(self.plan.state_len, room.sessions),
            pages: pool_bytes(self.plan.pages.len, pages),
            scratch: self.scratch(room, pages),
        }
    }

    /// Pages of all timelines.
    pub(super) const fn pages(&self, room: Room) -> usize {
        room.pages(self.plan.pages.tokens)
    }

    /// Bytes of scratch: each buffer is as long as the step that needs most of it.
    fn scratch(&self, room: Room, pages: usize) -> u64 {
        let Room { context, sessions, chunk, .. } = room;
        let chunk = chunk.min(context);
        let prefill = Lengths { rows: chunk, logit_rows: 1, tokens: context };
        let decode = Lengths { rows: sessions, logit_rows: sessions, tokens: context };
        let lens = |kind, lengths: Lengths| {
            let lens = ScratchLens::new(self.gpu_plan.step(kind).scratch, padded(lengths, kind));
            let ScratchLens { floats, words, step_words, scores, arrivals } = lens;
            let [rows, logit_rows] = [lengths.rows * ROW_WORDS, lengths.logit_rows];
            let draws = logit_rows * DRAW_WORDS;
            [floats, words, step_words, scores, arrivals, rows, logit_rows, draws]
        };
        let [prefill, decode] = [lens(StepKind::Prefill, prefill), lens(StepKind::Decode, decode)];
        let longest = prefill.into_iter().zip(decode).map(|(a, b)| growing_bytes(a.max(b)));
        longest.fold(growing_bytes(pages), u64::saturating_add)
    }

    /// The longest context of whole pages that fits `free` bytes.
    fn longest(&self, room: Room, free: u64) -> Option<usize> {
        let tokens = self.plan.pages.tokens;
        let fits =
            |pages: usize| self.needs(Room { context: pages * tokens, ..room }).total() <= free;
        // Known to fit, and known not to.
        let (mut low, mut high) = (0, room.context.div_ceil(tokens));
        while low + 1 < high {
            let middle = low.midpoint(high);
            if fits(middle) { low = middle } else { high = middle }
        }
        (low > 0).then_some(low * tokens)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };

    use super::{
        super::{
            GpuDevice, Program,
            tests::{Host, program, tiny},
        },
        *,
    };
    use crate::{
        device::{Device as _, PLANS, PageId, SlotId, StepRequest, StepRows},
        model::Model,
        sample::Draw,
    };

    /// A model without weights.
    fn demand(program: &'static Program, plan: &'static Plan) -> Demand {
        let index = PLANS.iter().position(|known| std::ptr::eq(*known, plan)).unwrap();
        Demand { plan, gpu_plan: program.plans[index], weights: 0 }
    }

    fn open(
        program: &'static Program,
        model: &Model,
        host: Host,
        room: Room,
    ) -> Result<GpuDevice<Host>> {
        GpuDevice::open(host, program, (model.plan, &model.weights), room, &mut |_, _| {})
    }

    #[test]
    fn steps_take_as_much_memory_as_was_computed() {
        let Some(program) = program() else { return };
        let model = Model::open(&tiny(), None).unwrap();
        let live = Arc::<AtomicU64>::default();
        let room = Room { context: 3000, sessions: 3, tokens: 0, chunk: 64 };
        let host = Host { live: Arc::clone(&live), ..Host::default() };
        let mut device = open(program, &model, host, room).unwrap();
        let needs = demand(program, model.plan).needs(room);
        let weights = live.load(Ordering::Relaxed) - needs.state - needs.pages;

        let n_pages = room.context.div_ceil(model.plan.pages.tokens);
        let mut sessions = vec![];
        for _ in 0..room.sessions {
            let slot = device.open_slot().unwrap();
            let pages: Vec<_> = (0..n_pages).map(|_| device.open_page().unwrap()).collect();
            sessions.push((slot, pages));
        }
        let mut step = |kind, len, sessions: &[(SlotId, Vec<PageId>)], logit_rows: &[u32]| {
            let start = room.context - len;
            let rows = sessions.iter();
            let rows: Vec<_> =
                rows.map(|(slot, pages)| StepRows { slot: *slot, start, len, pages }).collect();
            let tokens = vec![0; len * rows.len()];
            let draws = vec![Draw::GREEDY; logit_rows.len()];
            let step =
                StepRequest { kind, tokens: &tokens, rows: &rows, logit_rows, draws: &draws };
            device.submit(&step).unwrap();
        };
        step(StepKind::Prefill, room.chunk, &sessions[..1], &[63]);
        step(StepKind::Decode, 1, &sessions, &[0, 1, 2]);
        step(StepKind::Prefill, room.chunk, &sessions[1..2], &[63]);
        let steps = live.load(Ordering::Relaxed) - weights;
        assert_eq!(steps, needs.total());
    }

    #[test]
    fn prefill_steps_are_as_long_as_memory_allows() {
        let Some(program) = program() else { return };
        let model = Model::open(&tiny(), None).unwrap();
        let room = Room { context: 60_000, sessions: 1, tokens: 0, chunk: 0 };
        let weights = {
            let all = open(program, &model, Host { free: Some(0), ..Host::default() }, room);
            let Err(Error::NoRoom(refusal)) = all else { panic!("{all:?}") };
            assert_eq!(refusal.room.chunk, CHUNK);
            refusal.needs.weights
        };
        let with = |chunk| Room { chunk, ..room };
        let mut demand = demand(program, model.plan);
        demand.weights = weights;
        for chunk in [LARGEST_CHUNK, 2048, 1024, CHUNK] {
            let free = demand.needs(with(chunk)).total();
            let chosen = |free, room| {
                let host = Host { free: Some(free), ..Host::default() };
                open(program, &model, host, room).map(|device| device.chunk()).ok()
            };
            assert_eq!(chosen(free, room), Some(chunk));
            assert_eq!(chosen(free - 1, room), (chunk > CHUNK).then_some(chunk / 2));
            assert_eq!(chosen(free - 1, with(chunk)), None);
        }
    }

    #[test]
    fn what_kernels_cannot_address_is_refused() {
        let Some(program) = program() else { return };
        let model = Model::open(&tiny(), None).unwrap();
        let page = 4 * model.plan.pages.len as u64;
        let sessions = usize::try_from((4 << 32) / page).unwrap() + 1;
        let room = Room { context: 256, sessions, tokens: 0, chunk: 512 };
        match open(program, &model, Host::default(), room) {
            Err(Error::BufferTooLarge { bytes, limit, .. }) => {
                assert_eq!((bytes, limit), (page * sessions as u64, 4 << 32));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_before_anything_is_loaded() {
        let Some(program) = program() else { return };
        let model = Model::open(&tiny(), None).unwrap();
        let room = Room { context: 60_000, sessions: 2, tokens: 0, chunk: 512 };
        let live = Arc::<AtomicU64>::default();
        let host = |free| Host { free: Some(free), live: Arc::clone(&live), ..Host::default() };
        let refusal = |free, room| match open(program, &model, host(free), room) {
            Err(Error::NoRoom(refusal)) => *refusal,
            other => panic!("{other:?}"),
        };
        let nothing = refusal(1000, room);
        assert_eq!((nothing.fits, nothing.free), (None, 1000));
        let fit = |free| fit(program, (model.plan, &model.weights), ("it", free), room);
        let needs = |free| fit(free).map(|(_, needs)| needs).ok();
        let total = nothing.needs.total();
        assert_eq!((needs(None), needs(Some(total))), (Some(nothing.needs), Some(nothing.needs)));
        assert_eq!(needs(Some(total - 1)), None);
        assert_eq!(live.load(Ordering::Relaxed), 0);
        drop(open(program, &model, host(nothing.needs.total()), room).unwrap());

        let partly = refusal(nothing.needs.total() - 1, room);
        let fits = partly.fits.unwrap();
        let page = model.plan.pages.tokens;
        assert!(fits < 60_000 && fits + page >= 60_000 && fits.is_multiple_of(page), "{fits}");
        drop(open(program, &model, host(partly.free), Room { context: fits, ..room }).unwrap());

        let weights = nothing.needs.weights;
        let some = Room { context: 5 * page, ..room };
        let free = weights + demand(program, model.plan).needs(some).total();
        assert_eq!(refusal(free, room).fits, Some(5 * page));
    }
}
