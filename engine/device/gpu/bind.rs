//! Looks up the kernels and arguments of a GPU plan.

use std::collections::BTreeMap;

use ds4_plan::{Base, FEW_ROWS, GpuArg, GpuLaunch, GpuPlan, GpuStep, Grid, Layer, Plan, Span};

use super::{
    Gpu, KernelText,
    device::Program,
    kernels::{self, Slot},
    room::Demand,
    weights::{Constant, Constants, Loaded},
};
use crate::device::{PLANS, Result, WeightRef, Weights};

/// The launches of a step with kernels and arguments looked up.
#[derive(Debug)]
pub(super) struct BoundStep {
    /// The launches before the layers, those of each layer, and those after them.
    pub(super) segments: Vec<Vec<BoundLaunch>>,
}

#[derive(Debug)]
pub(super) struct BoundLaunch {
    /// Number of the kernel on this device.
    pub(super) kernel: usize,
    /// Those arguments that the kernel binds.
    pub(super) args: Vec<BoundArg>,
    /// First values of rings and cached rows.
    pub(super) bases: Vec<u32>,
    pub(super) grid: Grid,
}

/// An argument of a launch in one layer.
#[derive(Debug, Clone, Copy)]
pub(super) enum BoundArg {
    Floats(Span),
    Words(Span),
    StepWords(usize),
    Scores(usize),
    Arrivals,
    LogitRows,
    Draws,
    Rows,
    PageTable,
    State,
    Pages,
    /// A weight or table of constants.
    Constant(usize),
}

/// What tells constants apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ConstantKey {
    Weight(WeightRef),
    Table(usize),
}

/// What a device holds for a model.
#[derive(Debug)]
pub(super) struct Uploaded<G: Gpu> {
    pub(super) kernels: Vec<G::Kernel>,
    /// Their names.
    pub(super) names: Vec<&'static str>,
    pub(super) constants: Vec<G::Buffer>,
}

/// The kernels and constants of the launches of a model, by number.
pub(super) struct Needs<'a> {
    pub(super) constants: Constants<'a>,
    kernels: Vec<KernelText<'static>>,
}

/// A model with everything looked up, before anything is on a device.
pub(super) struct Bound<'a> {
    pub(super) plan: &'static Plan,
    pub(super) gpu_plan: &'static GpuPlan,
    /// Decode steps of few rows.
    pub(super) few: BoundStep,
    /// Decode steps of more.
    pub(super) decode: BoundStep,
    pub(super) prefill: BoundStep,
    pub(super) needs: Needs<'a>,
}

impl Bound<'_> {
    /// What of the model takes memory.
    pub(super) fn demand(&self) -> Demand {
        let Self { plan, gpu_plan, needs, .. } = self;
        Demand { plan, gpu_plan, weights: needs.constants.bytes() }
    }
}

/// Looks up the steps of `plan`, which is one of those generated.
pub(super) fn model<'a>(
    program: &'a Program,
    plan: &'static Plan,
    weights: &'a Weights,
) -> Result<Bound<'a>> {
    let index = PLANS.iter().position(|known| std::ptr::eq(*known, plan));
    let gpu_plan = program.plans[index.expect("the plan is one of those generated")];
    let mut binder = Binder::new(program, plan, weights);
    let few = binder.step(&gpu_plan.decode, FEW_ROWS)?;
    let decode = binder.step(&gpu_plan.decode, FEW_ROWS + 1)?;
    let prefill = binder.step(&gpu_plan.prefill, FEW_ROWS + 1)?;
    Ok(Bound { plan, gpu_plan, few, decode, prefill, needs: binder.finish() })
}

/// Looks up launches, and remembers the kernels and constants that they need.
pub(super) struct Binder<'a> {
    program: &'a Program,
    plan: &'static Plan,
    weights: &'a Weights,
    /// By number.
    constants: Vec<Constant>,
    numbers: BTreeMap<ConstantKey, usize>,
    /// Numbers on the device by number in the program.
    known: BTreeMap<usize, usize>,
    kernels: Vec<KernelText<'static>>,
}

impl<'a> Binder<'a> {
    pub(super) fn new(program: &'a Program, plan: &'static Plan, weights: &'a Weights) -> Self {
        let (numbers, known) = (BTreeMap::new(), BTreeMap::new());
        let (constants, kernels) = (vec![], vec![]);
        Self { program, plan, weights, constants, numbers, known, kernels }
    }

    /// The launches of steps of `rows` rows.
    pub(super) fn step(&mut self, step: &GpuStep, rows: usize) -> Result<BoundStep> {
        let mut segments = vec![];
        for (segment, launches) in kernels::segments(self.plan, step).enumerate() {
            let launches = launches.iter().map(|launch| self.launch(launch, segment, rows));
            segments.push(launches.collect::<Result<_>>()?);
        }
        Ok(BoundStep { segments })
    }

    fn launch(&mut self, launch: &GpuLaunch, segment: usize, rows: usize) -> Result<BoundLaunch> {
        let slots = kernels::slots(self.plan, self.weights, launch, segment);
        let variant = kernels::variant(launch, &slots)?;
        let number = variant.of_rows(rows);
        let text = &self.program.kernels[number];
        let mut args = vec![];
        for (number, (arg, slot)) in launch.args.iter().zip(slots).enumerate() {
            if text.bindings.iter().any(|&used| used as usize == number) {
                args.push(self.arg(*arg, slot));
            }
        }
        let layer = segment.checked_sub(1).and_then(|layer| self.plan.layers.get(layer));
        let bases = launch.bases.iter().map(|base| first_value(*base, layer)).collect();
        let kernel = self.kernel(number, launch);
        Ok(BoundLaunch { kernel, args, bases, grid: launch.grid })
    }

    fn arg(&mut self, arg: GpuArg, slot: Option<Slot>) -> BoundArg {
        if let Some((slot, weight)) = slot {
            return self.constant(ConstantKey::Weight(weight), Constant::Weight(slot, weight));
        }
        match arg {
            GpuArg::Floats(span) => BoundArg::Floats(span),
            GpuArg::Words(span) => BoundArg::Words(span),
            GpuArg::StepWords(offset) => BoundArg::StepWords(offset),
            GpuArg::Scores(offset) => BoundArg::Scores(offset),
            GpuArg::Arrivals => BoundArg::Arrivals,
            GpuArg::LogitRows => BoundArg::LogitRows,
            GpuArg::Draws => BoundArg::Draws,
            GpuArg::Rows => BoundArg::Rows,
            GpuArg::PageTable => BoundArg::PageTable,
            GpuArg::State => BoundArg::State,
            GpuArg::Pages => BoundArg::Pages,
            GpuArg::Table(table) => {
                self.constant(ConstantKey::Table(table), Constant::Table(table))
            }
            GpuArg::Global(_) | GpuArg::Weight(_) | GpuArg::Next(_) => {
                unreachable!("weights have slots")
            }
        }
    }

    fn constant(&mut self, key: ConstantKey, constant: Constant) -> BoundArg {
        let next = self.constants.len();
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            self.constants.push(constant);
        }
        BoundArg::Constant(number)
    }

    fn kernel(&mut self, number: usize, launch: &GpuLaunch) -> usize {
        let next = self.kernels.len();
        let known = *self.known.entry(number).or_insert(next);
        if known == next {
            self.kernels.push(kernels::text(&self.program.kernels[number], launch));
        }
        known
    }

    /// What was asked for so far.
    pub(super) fn finish(self) -> Needs<'a> {
        let Self { program, weights, constants, kernels, .. } = self;
        Needs { constants: Constants { program, weights, list: constants }, kernels }
    }
}

impl Needs<'_> {
    /// Makes the kernels and uploads the constants; both by number. `progress` hears how many bytes
    /// of the constants are done, of how many.
    pub(super) fn load<G: Gpu>(
        &self,
        gpu: &mut G,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Uploaded<G>> {
        let names = self.kernels.iter().map(|text| text.name).collect();
        let Loaded { kernels, buffers } = self.constants.load(gpu, &self.kernels, progress)?;
        Ok(Uploaded { kernels, names, constants: buffers })
    }
}

fn first_value(base: Base, layer: Option<&Layer>) -> u32 {
    let (state, page) = layer.map_or((0, 0), |layer| (layer.state, layer.page));
    let value = match base {
        Base::Ring(ring) => state + ring.offset,
        Base::Cached(rows) => page + rows.offset,
    };
    u32::try_from(value).expect("the state and the page of a session have less than 2^32 values")
}
