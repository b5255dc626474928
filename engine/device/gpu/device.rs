//! A device made of a GPU API: it binds a GPU plan to buffers and runs its launches.

use std::{fmt, ops::Range};

use ds4_plan::{GpuKernel, GpuPlan, GpuScratch, Lengths, Per, Plan, Span, StepKind};

use super::{
    Dispatch, Gpu,
    bind::{Binder, BoundArg, BoundLaunch, BoundStep, Uploaded},
    pool::{Growing, Pool},
    room::{Demand, ScratchLens},
    rows::{describe_rows, device_count, lengths, padded},
    speed,
};
use crate::device::{
    Device, LaunchTime, Observer, PageId, Result, Room, SlotId, StepRequest, Weights,
};

/// What the generator made for one target.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// What stands before the text of a kernel; empty where the target's language needs nothing.
    pub prelude: &'static str,
    /// Flags for the compiler that makes machine code of the texts, where the device runs one.
    pub flags: &'static [&'static str],
    /// Kernels, by number.
    pub kernels: &'static [GpuKernel],
    /// Tables of constants, by number.
    pub tables: &'static [&'static [f32]],
    /// Plans, parallel to [`crate::device::PLANS`].
    pub plans: &'static [&'static GpuPlan],
    /// Whether kernels read weights as the file has them.
    pub in_place: bool,
}

/// A GPU as a device.
pub struct GpuDevice<G: Gpu> {
    gpu: G,
    plan: &'static Plan,
    gpu_plan: &'static GpuPlan,
    decode: BoundStep,
    prefill: BoundStep,
    kernels: Vec<G::Kernel>,
    /// Names of the kernels.
    names: Vec<&'static str>,
    buffers: Buffers<G>,
    logits: Vec<f32>,
    observer: Option<Observer>,
}

/// The memory that kernels see.
#[derive(Debug)]
struct Buffers<G: Gpu> {
    /// Weights and tables of constants, by [`BoundArg::Constant`].
    constants: Vec<G::Buffer>,
    slots: Pool<G>,
    pages: Pool<G>,
    floats: Growing<G>,
    words: Growing<G>,
    step_words: Growing<G>,
    scores: Growing<G>,
    arrivals: Growing<G>,
    rows: Growing<G>,
    page_table: Growing<G>,
    logit_rows: Growing<G>,
}

impl<G: Gpu> fmt::Debug for GpuDevice<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GpuDevice")
            .field("gpu", &self.gpu)
            .field("model", &self.plan.model.name)
            .finish_non_exhaustive()
    }
}

impl<G: Gpu> GpuDevice<G> {
    /// A device for steps of `plan` over `weights`, with `room` for timelines; more are made room
    /// for when they come. `progress` hears how many bytes of weights are done, of how many.
    ///
    /// # Errors
    ///
    /// [`Error::NoMix`](crate::device::Error::NoMix) when there is no kernel for the file's formats, [`Error::NoRoom`](crate::device::Error::NoRoom) before
    /// anything is loaded when it will not fit, [`Error::OutOfMemory`](crate::device::Error::OutOfMemory) when it does not after all,
    /// [`Error::File`](crate::device::Error::File) when the weights cannot be read, errors of the API.
    ///
    /// # Panics
    ///
    /// When `plan` is not one of [`crate::device::PLANS`].
    pub fn open(
        mut gpu: G,
        program: &Program,
        (plan, weights): (&'static Plan, &Weights),
        room: Room,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self> {
        let index = crate::device::PLANS.iter().position(|known| std::ptr::eq(*known, plan));
        let gpu_plan = program.plans[index.expect("the plan is one of those generated")];
        let mut binder = Binder::new(program, plan, weights);
        let decode = binder.step(&gpu_plan.decode)?;
        let prefill = binder.step(&gpu_plan.prefill)?;
        let needs = binder.finish();
        let demand = Demand { plan, gpu_plan, weights: needs.constants.bytes() };
        demand.admit(&mut gpu, room)?;
        let mut slots = Pool::new("the state of sessions", plan.state_len);
        slots.reserve(&mut gpu, room.sessions)?;
        let mut pages = Pool::new("pages of cached rows", plan.pages.len);
        pages.reserve(&mut gpu, demand.pages(room))?;
        let Uploaded { kernels, names, constants } = needs.load(&mut gpu, progress)?;
        gpu.keep_kernels();
        let buffers = Buffers {
            constants,
            slots,
            pages,
            floats: Growing::new("scratch"),
            words: Growing::new("scratch"),
            step_words: Growing::new("scratch"),
            scores: Growing::new("scores of cached rows"),
            arrivals: Growing::new("counters of workgroups"),
            rows: Growing::new("the rows of a step"),
            page_table: Growing::new("page tables"),
            logit_rows: Growing::new("the rows of a step"),
        };
        Ok(Self {
            gpu,
            plan,
            gpu_plan,
            decode,
            prefill,
            kernels,
            names,
            buffers,
            logits: vec![],
            observer: None,
        })
    }

    /// The GPU itself.
    pub const fn gpu(&mut self) -> &mut G {
        &mut self.gpu
    }

    /// Has `run` run the launches of some segments.
    fn run<R>(
        &mut self,
        kind: StepKind,
        segments: Range<usize>,
        lengths: Lengths,
        run: impl FnOnce(&mut G, &[Dispatch<'_, G>]) -> Result<R>,
    ) -> Result<R> {
        let step = match kind {
            StepKind::Decode => &self.decode,
            StepKind::Prefill => &self.prefill,
        };
        let scratch = self.gpu_plan.step(kind).scratch;
        let launches: Vec<&BoundLaunch> = step.segments[segments].iter().flatten().collect();
        let immediates: Vec<Vec<u32>> =
            launches.iter().map(|launch| immediates(launch, lengths)).collect();
        let bindings: Vec<Vec<(&G::Buffer, u64)>> = launches
            .iter()
            .map(|launch| {
                let args = launch.args.iter();
                args.map(|arg| self.buffers.binding(*arg, lengths, scratch.floats_per_row))
            })
            .map(Iterator::collect)
            .collect();
        let dispatches: Vec<Dispatch<'_, G>> = launches
            .iter()
            .zip(immediates.iter().zip(&bindings))
            .map(|(launch, (immediates, bindings))| {
                let [x, y] = launch.grid.size(lengths);
                let grid = [device_count(x), device_count(y), 1];
                let kernel = &self.kernels[launch.kernel];
                Dispatch { kernel, grid, bindings, immediates }
            })
            .collect();
        let done = run(&mut self.gpu, &dispatches);
        if done.is_err() {
            // Nobody knows how far the counters got; new ones are zero.
            self.buffers.arrivals = Growing::new(self.buffers.arrivals.what());
        }
        done
    }

    /// The floats of `span` after a step.
    fn read_floats(&mut self, span: Span, lengths: Lengths, kind: StepKind) -> Result<Vec<f32>> {
        let floats_per_row = self.gpu_plan.step(kind).scratch.floats_per_row;
        let range = float_range(span, lengths, floats_per_row);
        let mut values = vec![0.0_f32; range.len()];
        if !values.is_empty() {
            let into = bytemuck::cast_slice_mut(&mut values);
            self.gpu.read(self.buffers.floats.buffer(), bytes(range.start), into)?;
        }
        Ok(values)
    }
}

impl<G: Gpu> Buffers<G> {
    /// Writes what the kernels of a step read of its request, and makes room for what they write.
    fn prepare(
        &mut self,
        gpu: &mut G,
        request: &StepRequest<'_>,
        lengths: Lengths,
        scratch: GpuScratch,
    ) -> Result<()> {
        let (rows, page_table) = describe_rows(request);
        let lens = ScratchLens::new(scratch, lengths);
        self.floats.reserve(gpu, lens.floats)?;
        self.words.reserve(gpu, lens.words)?;
        self.step_words.reserve(gpu, lens.step_words)?;
        self.scores.reserve(gpu, lens.scores)?;
        self.arrivals.reserve(gpu, lens.arrivals)?;
        self.rows.write(gpu, &rows)?;
        self.page_table.write(gpu, &page_table)?;
        self.logit_rows.write(gpu, request.logit_rows)?;
        // Kernels bind the pools even where a model's layers use neither.
        self.slots.reserve(gpu, 1)?;
        self.pages.reserve(gpu, 1)
    }

    /// The buffer of an argument and where in it the argument begins, in bytes.
    fn binding(&self, arg: BoundArg, lengths: Lengths, floats_per_row: usize) -> (&G::Buffer, u64) {
        match arg {
            BoundArg::Floats(span) => {
                let start = float_range(span, lengths, floats_per_row).start;
                (self.floats.buffer(), bytes(start))
            }
            BoundArg::Words(span) => (self.words.buffer(), bytes(span.offset * lengths.rows)),
            BoundArg::StepWords(offset) => (self.step_words.buffer(), bytes(offset)),
            BoundArg::Scores(offset) => {
                (self.scores.buffer(), bytes(offset * lengths.rows * lengths.tokens))
            }
            BoundArg::Arrivals => (self.arrivals.buffer(), 0),
            BoundArg::LogitRows => (self.logit_rows.buffer(), 0),
            BoundArg::Rows => (self.rows.buffer(), 0),
            BoundArg::PageTable => (self.page_table.buffer(), 0),
            BoundArg::State => (self.slots.buffer(), 0),
            BoundArg::Pages => (self.pages.buffer(), 0),
            BoundArg::Constant(index) => (&self.constants[index], 0),
        }
    }
}

impl<G: Gpu> Device for GpuDevice<G> {
    fn describe(&self) -> String {
        self.gpu.describe()
    }

    fn take_warnings(&mut self) -> Vec<String> {
        self.gpu.take_warnings()
    }

    fn plan(&self) -> &'static Plan {
        self.plan
    }

    fn open_slot(&mut self) -> Result<SlotId> {
        self.buffers.slots.open(&mut self.gpu).map(SlotId)
    }

    fn close_slot(&mut self, slot: SlotId) {
        self.buffers.slots.close(slot.0);
    }

    fn open_page(&mut self) -> Result<PageId> {
        self.buffers.pages.open(&mut self.gpu).map(PageId)
    }

    fn close_page(&mut self, page: PageId) {
        self.buffers.pages.close(page.0);
    }

    fn copy_slot(&mut self, from: SlotId, to: SlotId) -> Result<()> {
        self.buffers.slots.copy(&mut self.gpu, from.0, to.0)
    }

    fn copy_page(&mut self, from: PageId, to: PageId) -> Result<()> {
        self.buffers.pages.copy(&mut self.gpu, from.0, to.0)
    }

    fn submit(&mut self, request: &StepRequest<'_>) -> Result<()> {
        let lengths = padded(lengths(request), request.kind);
        let step = self.gpu_plan.step(request.kind);
        self.buffers.prepare(&mut self.gpu, request, lengths, step.scratch)?;
        let n_segments = self.decode.segments.len();
        // Without rows whose logits are wanted there is no tail.
        let end = n_segments - usize::from(lengths.logit_rows == 0);
        // Short steps do not return to the host between segments; long ones do, since drivers end
        // what takes too many seconds.
        let is_short = request.kind == StepKind::Decode && self.observer.is_none();
        let at_once = if is_short { end } else { 1 };
        for first in (0..end).step_by(at_once) {
            self.run(request.kind, first..first + at_once, lengths, G::run)?;
            if first + 1 < n_segments && self.observer.is_some() {
                let streams = self.read_floats(step.streams, lengths, request.kind)?;
                if let Some(observer) = &mut self.observer {
                    observer(first, &streams);
                }
            }
        }
        self.logits = self.read_floats(step.logits, lengths, request.kind)?;
        Ok(())
    }

    fn submit_timed(&mut self, request: &StepRequest<'_>) -> Result<Vec<LaunchTime>> {
        let lengths = padded(lengths(request), request.kind);
        let step = self.gpu_plan.step(request.kind);
        self.buffers.prepare(&mut self.gpu, request, lengths, step.scratch)?;
        let n_segments = self.decode.segments.len();
        let end = n_segments - usize::from(lengths.logit_rows == 0);
        let times = self.run(request.kind, 0..end, lengths, G::run_timed)?;
        self.logits = self.read_floats(step.logits, lengths, request.kind)?;
        let step = match request.kind {
            StepKind::Decode => &self.decode,
            StepKind::Prefill => &self.prefill,
        };
        let launches = step.segments[..end].iter().flatten();
        let time = |(launch, time): (&BoundLaunch, _)| LaunchTime {
            kernel: self.names[launch.kernel],
            time,
        };
        Ok(launches.zip(times).map(time).collect())
    }

    fn copy_speed(&mut self) -> Result<f64> {
        speed::copy(&mut self.gpu)
    }

    fn logits(&self) -> &[f32] {
        &self.logits
    }

    fn observe(&mut self, observer: Option<Observer>) {
        self.observer = observer;
    }
}

/// Bytes of so many 4-byte values.
fn bytes(values: usize) -> u64 {
    values as u64 * 4
}

/// The values of `span` in the arena of floats.
fn float_range(span: Span, lengths: Lengths, floats_per_row: usize) -> Range<usize> {
    let (base, rows) = match span.per {
        Per::Row => (0, lengths.rows),
        Per::LogitRow => (floats_per_row * lengths.rows, lengths.logit_rows),
    };
    let start = base + span.offset * rows;
    start..start + span.len * rows
}

fn immediates(launch: &BoundLaunch, lengths: Lengths) -> Vec<u32> {
    let fixed = [lengths.rows, lengths.logit_rows, lengths.tokens].map(device_count);
    fixed.into_iter().chain(launch.bases.iter().copied()).collect()
}
