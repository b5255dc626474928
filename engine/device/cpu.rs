//! The CPU device: runs the unfused plan with Rust functions, on several threads.
//!
//! It multiplies packed weights with f32 activations and is the reference for every other device.
//! Results do not depend on the number of threads, nor on how tokens are divided into steps.

use ds4_plan::{Arg, Launch, Layer, Plan, Role, StepKind, WeightSlot};

use self::{
    frame::{
        ArenaShape, Bound, FloatArgs, Frame, IndexArgs, KernelFn, PageArgs, StateArgs, WeightArgs,
    },
    ops::Matrix,
    pool::Pool,
    rows::{Rows, Segment},
};
use super::{
    Device, Error, KERNELS, Needs, Observer, PageId, Result, Room, SlotId, StepRequest, WeightRef,
    Weights,
};
use crate::formats;

mod frame;
pub mod needs;
pub mod ops;
mod parallel;
mod pool;
pub mod rows;
pub(crate) mod simd;
pub mod speed;
pub mod trace;
mod transfer;
pub mod views;

/// The function of every kernel, as generated.
mod dispatch {
    include!(concat!(env!("OUT_DIR"), "/cpu.rs"));
}

/// Values of a cache line.
const LINE: usize = 16;

/// The CPU as a device.
pub struct Cpu {
    plan: &'static Plan,
    weights: Weights,
    /// Weights with [`Role::Vector`], decoded.
    vectors: Vec<Box<[f32]>>,
    decode: BoundStep,
    prefill: BoundStep,
    threads: rayon::ThreadPool,
    /// State of each session.
    slots: Pool,
    /// Cached rows of all sessions.
    pages: Pool,
    /// F32 scratch; it begins at the first value on a cache line.
    floats: Vec<f32>,
    first_float: usize,
    indices: Vec<u32>,
    /// Where the last step left its logits in `floats`.
    logits: std::ops::Range<usize>,
    /// Where it left the tokens that it chose in `indices`.
    chosen: std::ops::Range<usize>,
    observer: Option<Observer>,
}

/// The launches of a step with their functions and arguments looked up, in order.
#[derive(Debug)]
struct BoundStep {
    /// The launches before the layers, those of each layer, and those after them.
    segments: Vec<Vec<BoundLaunch>>,
}

#[derive(Debug)]
struct BoundLaunch {
    function: KernelFn,
    args: Box<[Bound]>,
}

impl std::fmt::Debug for Cpu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cpu")
            .field("model", &self.plan.model.name)
            .field("threads", &self.threads.current_num_threads())
            .field("slots", &self.slots)
            .field("pages", &self.pages)
            .finish_non_exhaustive()
    }
}

impl Cpu {
    /// A device for steps of `plan` over `weights`, with `n_threads` threads (0: one for each
    /// core).
    ///
    /// # Errors
    ///
    /// [`Error::NoKernel`] when a weight's format has no kernel, [`Error::Threads`] when the
    /// threads cannot be started.
    ///
    /// # Panics
    ///
    /// When the weights are not those of a file.
    pub fn open(plan: &'static Plan, weights: Weights, n_threads: usize) -> Result<Self> {
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .thread_name(|index| format!("cpu-{index}"))
            .build()
            .map_err(|source| Error::Threads { threads: n_threads, source })?;
        let mut binder = Binder { plan, weights: &weights, vectors: vec![] };
        let decode = binder.step(StepKind::Decode)?;
        let prefill = binder.step(StepKind::Prefill)?;
        let vectors = binder.vectors.into_iter().map(|(_, values)| values).collect();
        Ok(Self {
            plan,
            vectors,
            decode,
            prefill,
            threads,
            slots: Pool::new("the state of a session", plan.state_len),
            pages: Pool::new("a page of cached rows", plan.pages.len),
            floats: vec![],
            first_float: 0,
            indices: vec![],
            logits: 0..0,
            chosen: 0..0,
            observer: None,
            weights,
        })
    }
}

impl Device for Cpu {
    fn describe(&self) -> String {
        format!("CPU, {} threads", self.threads.current_num_threads())
    }

    fn plan(&self) -> &'static Plan {
        self.plan
    }

    fn needs(&self, room: Room) -> Needs {
        needs::of(self.plan, &self.weights, room)
    }

    fn steps_agree(&self) -> bool {
        true
    }

    fn open_slot(&mut self) -> Result<SlotId> {
        self.slots.open().map(SlotId)
    }

    fn close_slot(&mut self, slot: SlotId) {
        self.slots.close(slot.0);
    }

    fn open_page(&mut self) -> Result<PageId> {
        self.pages.open().map(PageId)
    }

    fn close_page(&mut self, page: PageId) {
        self.pages.close(page.0);
    }

    fn copy_slot(&mut self, from: SlotId, to: SlotId) -> Result<()> {
        self.slots.copy(from.0, to.0);
        Ok(())
    }

    fn copy_page(&mut self, from: PageId, to: PageId) -> Result<()> {
        self.pages.copy(from.0, to.0);
        Ok(())
    }

    fn submit(&mut self, request: &StepRequest<'_>) -> Result<()> {
        self.run(request, None)
    }

    fn logits(&mut self) -> Result<&[f32]> {
        Ok(&self.floats[self.first_float..][self.logits.clone()])
    }

    fn chosen(&self) -> &[u32] {
        &self.indices[self.chosen.clone()]
    }

    fn observe(&mut self, observer: Option<Observer>) {
        self.observer = observer;
    }
}

impl Cpu {
    fn run(
        &mut self,
        request: &StepRequest<'_>,
        mut trace: Option<trace::Trace<'_>>,
    ) -> Result<()> {
        let step = self.plan.step(request.kind);
        let bound = match request.kind {
            StepKind::Decode => &self.decode,
            StepKind::Prefill => &self.prefill,
        };
        let shape = ArenaShape {
            rows: request.tokens.len(),
            logit_rows: request.logit_rows.len(),
            floats_per_row: step.scratch.floats_per_row,
        };
        let n_floats = step.scratch.floats_per_row * shape.rows
            + step.scratch.floats_per_logit_row * shape.logit_rows;
        grow(&mut self.floats, n_floats + LINE)?;
        self.first_float = self.floats.as_ptr().align_offset(size_of::<f32>() * LINE);
        grow(&mut self.indices, step.scratch.indices_per_row * shape.rows)?;
        self.logits = shape.range(step.logits);
        let chosen = step.chosen.offset * shape.rows;
        self.chosen = chosen..chosen + request.draws.len();
        let unwanted = if request.draws.is_empty() { step.n_choosing } else { 0 };

        let pages: Vec<Vec<usize>> = request
            .rows
            .iter()
            .map(|rows| rows.pages.iter().map(|page| page.0).collect())
            .collect();
        let segments = segments(request, &pages);
        let rows = Rows::new(request.tokens, &segments);
        let streams = shape.range(step.streams);
        let n_segments = bound.segments.len();
        let (floats, indices) = (&mut self.floats[self.first_float..], &mut self.indices);
        let (slots, pages) = (&mut self.slots.buffers, &mut self.pages.buffers);
        let (weights, vectors, observer) = (&self.weights, &self.vectors, &mut self.observer);
        self.threads.install(|| {
            for (index, launches) in bound.segments.iter().enumerate() {
                let is_tail = index + 1 == n_segments;
                let end = launches.len() - if is_tail { unwanted } else { 0 };
                for (number, launch) in launches[..end].iter().enumerate() {
                    let args = &launch.args;
                    (launch.function)(&mut Frame {
                        rows: &rows,
                        logit_rows: request.logit_rows,
                        draws: request.draws,
                        scratch: FloatArgs { args, arena: floats, shape },
                        indices: IndexArgs { args, arena: indices, rows: shape.rows },
                        weights: WeightArgs { args, weights, vectors },
                        state: StateArgs { args, slots },
                        pages: PageArgs { args, pages },
                    });
                    if let Some(trace) = &mut trace {
                        let at = trace::At { segment: index, launch: number };
                        trace(at, &trace::Memory { floats, indices, shape, slots, pages });
                    }
                }
                if let Some(observer) = observer.as_mut().filter(|_| index + 1 < n_segments) {
                    observer(index, &floats[streams.clone()]);
                }
            }
        });
        Ok(())
    }
}

fn segments<'a>(request: &StepRequest<'_>, pages: &'a [Vec<usize>]) -> Vec<Segment<'a>> {
    let mut row = 0;
    let with_pages = request.rows.iter().zip(pages);
    with_pages
        .map(|(rows, pages)| {
            let first = row;
            row += rows.len;
            Segment { slot: rows.slot.0, start: rows.start, row: first, len: rows.len, pages }
        })
        .collect()
}

/// Makes room for `len` values.
fn grow<T: Default + Clone>(buffer: &mut Vec<T>, len: usize) -> Result<()> {
    if buffer.len() < len {
        let bytes = len.saturating_mul(size_of::<T>()) as u64;
        let out_of_memory = |_| Error::OutOfMemory { what: "scratch", bytes };
        buffer.try_reserve_exact(len - buffer.len()).map_err(out_of_memory)?;
        buffer.resize(len, T::default());
    }
    Ok(())
}

/// Looks up the functions and arguments of a plan's launches.
struct Binder<'a> {
    plan: &'static Plan,
    weights: &'a Weights,
    /// Decoded vectors and the tensors they come from.
    vectors: Vec<(usize, Box<[f32]>)>,
}

impl Binder<'_> {
    fn step(&mut self, kind: StepKind) -> Result<BoundStep> {
        let step = self.plan.step(kind);
        let mut segments = vec![self.launches(step.head, None)?];
        for (index, layer) in self.plan.layers.iter().enumerate() {
            segments.push(self.launches(step.kinds[layer.kind], Some((index, layer)))?);
        }
        segments.push(self.launches(step.tail, None)?);
        Ok(BoundStep { segments })
    }

    fn launches(
        &mut self,
        launches: &[Launch],
        layer: Option<(usize, &Layer)>,
    ) -> Result<Vec<BoundLaunch>> {
        launches.iter().map(|launch| self.launch(launch, layer)).collect()
    }

    fn launch(&mut self, launch: &Launch, layer: Option<(usize, &Layer)>) -> Result<BoundLaunch> {
        let mut format = None;
        let args = launch.args.iter().map(|arg| {
            let (slot, weight) = match (*arg, layer) {
                (Arg::Floats(span), _) => return Bound::Floats(span),
                (Arg::Indices(span), _) => return Bound::Indices(span),
                (Arg::LogitRows, _) => return Bound::LogitRows,
                (Arg::Draws, _) => return Bound::Draws,
                (Arg::State(mut ring), layer) => {
                    ring.offset += layer.map_or(0, |(_, layer)| layer.state);
                    return Bound::Ring(ring);
                }
                (Arg::Pages(mut rows), layer) => {
                    rows.offset += layer.map_or(0, |(_, layer)| layer.page);
                    return Bound::Cached(rows);
                }
                (Arg::Global(index), _) => (&self.plan.globals[index], self.weights.globals[index]),
                (Arg::Weight(index), Some((number, layer))) => (
                    &self.plan.kinds[layer.kind].weights[index],
                    self.weights.layers[number][index],
                ),
                (Arg::Weight(_), None) => unreachable!("weights of layers are used in layers"),
            };
            if slot.role == Role::Matrix {
                format = Some(weight.format);
            }
            self.weight(slot, weight)
        });
        let args: Box<[Bound]> = args.collect();
        let function = dispatch::find(launch.kernel, format).ok_or_else(|| Error::NoKernel {
            kernel: KERNELS[launch.kernel].name,
            format: format.unwrap_or(ds4_plan::Format::F32),
        })?;
        Ok(BoundLaunch { function, args })
    }

    fn weight(&mut self, slot: &WeightSlot, weight: WeightRef) -> Bound {
        if slot.role != Role::Vector {
            return Bound::Stored(weight);
        }
        let known = self.vectors.iter().position(|(tensor, _)| *tensor == weight.tensor);
        Bound::Vector(known.unwrap_or_else(|| {
            let mut values = vec![0.0; slot.dims.iter().product()];
            formats::decode_row(weight.format, self.weights.bytes(weight), &mut values);
            self.vectors.push((weight.tensor, values.into_boxed_slice()));
            self.vectors.len() - 1
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::{ops::ControlFlow, path::Path};

    use super::simd::{self, limit};
    use crate::{
        session::{Engine, Options},
        tokenizer::TokenId,
    };

    /// Logits after a prompt and after each of a few tokens, as bits.
    fn logits(engine: &mut Engine) -> Vec<u32> {
        let prompt: Vec<_> = (0..140).map(|i| TokenId(3 + i * 29 % 3900)).collect();
        let mut session = engine.session().unwrap();
        let go_on = |_| ControlFlow::Continue(());
        let mut bits = vec![];
        let mut keep = |logits: &[f32]| bits.extend(logits.iter().map(|logit| logit.to_bits()));
        keep(engine.prefill(&mut session, &prompt, go_on).unwrap().unwrap());
        for token in 50..54 {
            keep(engine.decode(&mut [(&mut session, TokenId(token))]).unwrap());
        }
        engine.close(session);
        bits
    }

    #[test]
    fn every_instruction_set_gives_the_same_logits() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/ds4-tiny.gguf");
        let mut engine = Engine::open(&path, &Options::default()).unwrap();
        let has = simd::widest();
        let mut results = vec![];
        for &set in limit::ALL.iter().filter(|&&set| set <= has) {
            limit::set(set);
            assert_eq!(simd::widest(), set);
            results.push((set, logits(&mut engine)));
        }
        for (set, found) in &results[1..] {
            assert!(*found == results[0].1, "{set:?} differs from {:?}", results[0].0);
        }
    }
}
