//! A device made of a GPU API: it binds a GPU plan to buffers and runs its launches.

use std::{fmt, ops::Range};

use ds4_plan::{FEW_ROWS, GpuKernel, GpuPlan, Lengths, Plan, Span, StepKind};

use super::{
    Dispatch, Gpu,
    bind::{self, BoundLaunch, BoundStep, Uploaded},
    buffers::{Buffers, bytes, float_range},
    pool::Pool,
    room::Demand,
    rows::{device_count, lengths, padded},
    speed,
};
use crate::device::{
    Device, LaunchTime, Needs, Observer, PageId, Result, Room, SlotId, StepRequest, Transfer,
    Weights,
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
    /// Decode steps of few rows.
    few: BoundStep,
    /// Decode steps of more.
    decode: BoundStep,
    prefill: BoundStep,
    kernels: Vec<G::Kernel>,
    /// Names of the kernels.
    names: Vec<&'static str>,
    buffers: Buffers<G>,
    /// What of the model takes memory.
    demand: Demand,
    /// Most rows of a prefill step that there is room for.
    chunk: usize,
    /// What the last step was, until its logits are read.
    unread: Option<(StepKind, Lengths)>,
    logits: Vec<f32>,
    chosen: Vec<u32>,
    observer: Option<Observer>,
}

/// What of a step runs.
#[derive(Debug, Clone, Copy)]
struct Work {
    kind: StepKind,
    lengths: Lengths,
    /// Segments: all of them or all but the tail.
    end: usize,
    /// Launches at the end of the tail that do not run.
    n_unwanted: usize,
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
        let bound = bind::model(program, plan, weights)?;
        let demand = bound.demand();
        let room = demand.admit(&gpu.describe(), gpu.free_memory()?, room)?;
        let mut slots = Pool::new("the state of sessions", plan.state_len);
        slots.reserve(&mut gpu, room.sessions)?;
        let mut pages = Pool::new("pages of cached rows", plan.pages.len);
        pages.reserve(&mut gpu, demand.pages(room))?;
        let Uploaded { kernels, names, constants } = bound.needs.load(&mut gpu, progress)?;
        gpu.keep_kernels();
        let buffers = Buffers::new(constants, slots, pages);
        Ok(Self {
            gpu,
            plan,
            gpu_plan: bound.gpu_plan,
            few: bound.few,
            decode: bound.decode,
            prefill: bound.prefill,
            kernels,
            names,
            buffers,
            demand,
            chunk: room.chunk,
            unread: None,
            logits: vec![],
            chosen: vec![],
            observer: None,
        })
    }

    /// The GPU itself.
    pub const fn gpu(&mut self) -> &mut G {
        &mut self.gpu
    }

    /// Writes what the kernels of a step read of its request, and decides what runs.
    fn begin(&mut self, request: &StepRequest<'_>) -> Result<Work> {
        let kind = request.kind;
        let lengths = padded(lengths(request), kind);
        let step = self.gpu_plan.step(kind);
        self.unread = None;
        self.buffers.prepare(&mut self.gpu, request, lengths, step.scratch)?;
        // Without rows whose logits are wanted there is no tail.
        let end = self.decode.segments.len() - usize::from(lengths.logit_rows == 0);
        let n_unwanted = if request.draws.is_empty() { step.n_choosing } else { 0 };
        Ok(Work { kind, lengths, end, n_unwanted })
    }

    /// Reads the tokens that a step chose; its logits stay where they are until they are wanted.
    fn finish(&mut self, work: &Work, request: &StepRequest<'_>) -> Result<()> {
        self.unread = Some((work.kind, work.lengths));
        self.chosen.resize(request.draws.len(), 0);
        if !self.chosen.is_empty() {
            let start = self.gpu_plan.step(work.kind).chosen.offset * work.lengths.rows;
            let into = bytemuck::cast_slice_mut(&mut self.chosen);
            self.gpu.read(self.buffers.words.buffer(), bytes(start), into)?;
        }
        Ok(())
    }

    /// The launches of some segments, in order.
    fn launches(&self, work: &Work, segments: Range<usize>) -> Vec<&BoundLaunch> {
        let step = match work.kind {
            StepKind::Decode if work.lengths.rows <= FEW_ROWS => &self.few,
            StepKind::Decode => &self.decode,
            StepKind::Prefill => &self.prefill,
        };
        let has_tail = segments.end == step.segments.len();
        let mut launches: Vec<_> = step.segments[segments].iter().flatten().collect();
        if has_tail {
            launches.truncate(launches.len() - work.n_unwanted);
        }
        launches
    }

    /// Has `run` run the launches of some segments.
    fn run<R>(
        &mut self,
        work: &Work,
        segments: Range<usize>,
        run: impl FnOnce(&mut G, &[Dispatch<'_, G>]) -> Result<R>,
    ) -> Result<R> {
        let lengths = work.lengths;
        let scratch = self.gpu_plan.step(work.kind).scratch;
        let launches = self.launches(work, segments);
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
            self.buffers.forget_arrivals();
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

    fn chunk(&self) -> usize {
        self.chunk
    }

    fn needs(&self, room: Room) -> Needs {
        let chunk = if room.chunk == 0 { self.chunk } else { room.chunk };
        self.demand.needs(Room { chunk, ..room })
    }

    fn steps_agree(&self) -> bool {
        // Products of few rows and of many sum in different orders.
        false
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
        let work = self.begin(request)?;
        // Short steps do not return to the host between segments; long ones do, since drivers end
        // what takes too many seconds.
        let is_short = request.kind == StepKind::Decode && self.observer.is_none();
        let n_segments = self.decode.segments.len();
        let at_once = if is_short { work.end } else { 1 };
        for first in (0..work.end).step_by(at_once) {
            self.run(&work, first..first + at_once, G::run)?;
            if first + 1 < n_segments && self.observer.is_some() {
                let streams = self.gpu_plan.step(work.kind).streams;
                let streams = self.read_floats(streams, work.lengths, work.kind)?;
                if let Some(observer) = &mut self.observer {
                    observer(first, &streams);
                }
            }
        }
        self.finish(&work, request)
    }

    fn submit_timed(&mut self, request: &StepRequest<'_>) -> Result<Vec<LaunchTime>> {
        let work = self.begin(request)?;
        let times = self.run(&work, 0..work.end, G::run_timed)?;
        self.finish(&work, request)?;
        let launches = self.launches(&work, 0..work.end);
        let time = |(launch, time): (&BoundLaunch, _)| LaunchTime {
            kernel: self.names[launch.kernel],
            time,
        };
        Ok(launches.into_iter().zip(times).map(time).collect())
    }

    fn copy_speed(&mut self) -> Result<f64> {
        speed::copy(&mut self.gpu)
    }

    fn logits(&mut self) -> Result<&[f32]> {
        if let Some((kind, lengths)) = self.unread {
            self.logits = self.read_floats(self.gpu_plan.step(kind).logits, lengths, kind)?;
            self.unread = None;
        }
        Ok(&self.logits)
    }

    fn chosen(&self) -> &[u32] {
        &self.chosen
    }

    fn observe(&mut self, observer: Option<Observer>) {
        self.observer = observer;
    }
}

impl<G: Gpu> Transfer for GpuDevice<G> {
    fn arithmetic(&self) -> String {
        // The name of a kernel has a hash of its text.
        let (device, lanes) = (self.gpu.describe(), self.gpu.subgroup());
        format!("{device}, {lanes} lanes, {}", self.names.join(" "))
    }

    fn slot_bytes(&self) -> usize {
        self.buffers.slots.n_bytes()
    }

    fn page_bytes(&self) -> usize {
        self.buffers.pages.n_bytes()
    }

    fn read_slot(&mut self, slot: SlotId, into: &mut [u8]) -> Result<()> {
        self.buffers.slots.read(&mut self.gpu, slot.0, into)
    }

    fn write_slot(&mut self, slot: SlotId, from: &[u8]) -> Result<()> {
        self.buffers.slots.write(&mut self.gpu, slot.0, from)
    }

    fn read_page(&mut self, page: PageId, into: &mut [u8]) -> Result<()> {
        self.buffers.pages.read(&mut self.gpu, page.0, into)
    }

    fn write_page(&mut self, page: PageId, from: &[u8]) -> Result<()> {
        self.buffers.pages.write(&mut self.gpu, page.0, from)
    }
}

fn immediates(launch: &BoundLaunch, lengths: Lengths) -> Vec<u32> {
    let fixed = [lengths.rows, lengths.logit_rows, lengths.tokens].map(device_count);
    fixed.into_iter().chain(launch.bases.iter().copied()).collect()
}
