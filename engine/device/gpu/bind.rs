//! Looks up the kernels and arguments of a GPU plan, and uploads the weights they read.

use std::collections::BTreeMap;

use ds4_plan::{
    Base, Format, GpuArg, GpuLaunch, GpuStep, Grid, Layer, Plan, Role, Span, WeightSlot,
};

use super::{Gpu, KernelText, device::Program, kernels, repack};
use crate::{
    device::{Result, WeightRef, Weights},
    formats,
};

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
    Rows,
    PageTable,
    State,
    Pages,
    /// A weight or table of constants.
    Constant(usize),
}

/// What a constant buffer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Constant {
    /// A matrix of the file, by tensor, with its format and the length of its rows.
    Matrix(usize, Format, usize),
    /// Values of the file as F32, by tensor.
    Vector(usize, Format, usize),
    /// Integers of the file, by tensor.
    Integers(usize),
    /// A table of constants of the program.
    Table(usize),
}

/// What a device holds for a model.
#[derive(Debug)]
pub(super) struct Uploaded<G: Gpu> {
    pub(super) kernels: Vec<G::Kernel>,
    pub(super) constants: Vec<G::Buffer>,
}

/// Looks up launches, and remembers the kernels and constants that they need.
pub(super) struct Binder<'a, G: Gpu> {
    gpu: &'a mut G,
    program: &'a Program,
    plan: &'static Plan,
    weights: &'a Weights,
    constants: BTreeMap<Constant, usize>,
    /// Numbers on the device by number in the program.
    known: BTreeMap<usize, usize>,
    kernels: Vec<KernelText<'static>>,
}

impl<'a, G: Gpu> Binder<'a, G> {
    pub(super) fn new(
        gpu: &'a mut G,
        program: &'a Program,
        plan: &'static Plan,
        weights: &'a Weights,
    ) -> Self {
        let (constants, known) = (BTreeMap::new(), BTreeMap::new());
        Self { gpu, program, plan, weights, constants, known, kernels: vec![] }
    }

    pub(super) fn step(&mut self, step: &GpuStep) -> Result<BoundStep> {
        let mut segments = vec![self.launches(step.head, None)?];
        for (index, layer) in self.plan.layers.iter().enumerate() {
            segments.push(self.launches(step.kinds[layer.kind], Some((index, layer)))?);
        }
        segments.push(self.launches(step.tail, None)?);
        Ok(BoundStep { segments })
    }

    fn launches(
        &mut self,
        launches: &[GpuLaunch],
        layer: Option<(usize, &Layer)>,
    ) -> Result<Vec<BoundLaunch>> {
        launches.iter().map(|launch| self.launch(launch, layer)).collect()
    }

    fn launch(
        &mut self,
        launch: &GpuLaunch,
        layer: Option<(usize, &Layer)>,
    ) -> Result<BoundLaunch> {
        let slots = kernels::slots(self.plan, self.weights, launch, layer);
        let variant = kernels::variant(launch, &slots)?;
        let text = &self.program.kernels[variant.kernel];
        let mut args = vec![];
        for (number, (arg, slot)) in launch.args.iter().zip(slots).enumerate() {
            if text.bindings.iter().any(|&used| used as usize == number) {
                args.push(self.arg(*arg, slot));
            }
        }
        let bases = launch.bases.iter().map(|base| first_value(*base, layer)).collect();
        let kernel = self.kernel(variant.kernel, launch);
        Ok(BoundLaunch { kernel, args, bases, grid: launch.grid })
    }

    fn arg(&mut self, arg: GpuArg, slot: Option<(&WeightSlot, WeightRef)>) -> BoundArg {
        if let Some((slot, WeightRef { tensor, format })) = slot {
            let width = slot.dims.last().copied().unwrap_or(1);
            let len = slot.dims.iter().product();
            return self.constant(match slot.role {
                Role::Matrix => Constant::Matrix(tensor, format, width),
                Role::Vector => Constant::Vector(tensor, format, len),
                Role::Table => Constant::Integers(tensor),
            });
        }
        match arg {
            GpuArg::Floats(span) => BoundArg::Floats(span),
            GpuArg::Words(span) => BoundArg::Words(span),
            GpuArg::StepWords(offset) => BoundArg::StepWords(offset),
            GpuArg::Scores(offset) => BoundArg::Scores(offset),
            GpuArg::Arrivals => BoundArg::Arrivals,
            GpuArg::LogitRows => BoundArg::LogitRows,
            GpuArg::Rows => BoundArg::Rows,
            GpuArg::PageTable => BoundArg::PageTable,
            GpuArg::State => BoundArg::State,
            GpuArg::Pages => BoundArg::Pages,
            GpuArg::Table(table) => self.constant(Constant::Table(table)),
            GpuArg::Global(_) | GpuArg::Weight(_) => {
                unreachable!("weights of layers are used in layers")
            }
        }
    }

    fn constant(&mut self, constant: Constant) -> BoundArg {
        let next = self.constants.len();
        BoundArg::Constant(*self.constants.entry(constant).or_insert(next))
    }

    fn kernel(&mut self, number: usize, launch: &GpuLaunch) -> usize {
        let next = self.kernels.len();
        let known = *self.known.entry(number).or_insert(next);
        if known == next {
            self.kernels.push(kernels::text(&self.program.kernels[number], launch));
        }
        known
    }

    /// Makes the kernels and uploads the constants; both by number.
    pub(super) fn finish(self, progress: &mut dyn FnMut(u64, u64)) -> Result<Uploaded<G>> {
        let Self { gpu, program, weights, constants, kernels, .. } = self;
        let kernels = gpu.kernels(&kernels, &mut |_| {})?;
        let mut ordered: Vec<_> = constants.into_iter().collect();
        ordered.sort_unstable_by_key(|(_, number)| *number);
        let size = |constant: &Constant| weights_bytes(*constant, program, weights).len() as u64;
        let total = ordered.iter().map(|(constant, _)| size(constant)).sum();
        let (mut done, mut buffers) = (0, vec![]);
        for (constant, _) in ordered {
            buffers.push(upload(gpu, constant, program, weights)?);
            done += size(&constant);
            progress(done, total);
        }
        Ok(Uploaded { kernels, constants: buffers })
    }
}

/// The bytes that a constant is made of.
fn weights_bytes<'a>(constant: Constant, program: &Program, weights: &'a Weights) -> &'a [u8] {
    match constant {
        Constant::Matrix(tensor, ..)
        | Constant::Vector(tensor, ..)
        | Constant::Integers(tensor) => weights.file.data(&weights.file.tensors()[tensor]),
        Constant::Table(table) => bytemuck::cast_slice(program.tables[table]),
    }
}

fn upload<G: Gpu>(
    gpu: &mut G,
    constant: Constant,
    program: &Program,
    weights: &Weights,
) -> Result<G::Buffer> {
    let bytes = weights_bytes(constant, program, weights);
    match constant {
        Constant::Matrix(_, format, cols) if !program.in_place => {
            let source_row = format.bytes(cols).expect("rows of a bound matrix are whole blocks");
            let rows = bytes.len() / source_row;
            let row = repack::packed_bytes(format, 1, cols);
            let buffer = gpu.allocate((row * rows) as u64, "a weight")?;
            let at_once = (PIECE / row).max(1);
            let mut packed = vec![];
            for (index, piece) in bytes.chunks(source_row * at_once).enumerate() {
                packed.clear();
                packed.resize(piece.len() / source_row * row, 0);
                repack::repack(format, cols, piece, &mut packed);
                gpu.write(&buffer, (index * at_once * row) as u64, &packed)?;
            }
            Ok(buffer)
        }
        Constant::Vector(_, format, len) => {
            let mut values = vec![0.0_f32; len];
            formats::decode_row(format, bytes, &mut values);
            store(gpu, bytemuck::cast_slice(&values))
        }
        _ => store(gpu, bytes),
    }
}

/// Bytes that are repacked at once.
const PIECE: usize = 64 << 20;

fn store<G: Gpu>(gpu: &mut G, bytes: &[u8]) -> Result<G::Buffer> {
    // Kernels may read whole words of the last block.
    let size = bytes.len().next_multiple_of(16) as u64;
    let buffer = gpu.allocate(size, "a weight")?;
    gpu.write(&buffer, 0, bytes)?;
    Ok(buffer)
}

fn first_value(base: Base, layer: Option<(usize, &Layer)>) -> u32 {
    let (state, page) = layer.map_or((0, 0), |(_, layer)| (layer.state, layer.page));
    let value = match base {
        Base::Ring(ring) => state + ring.offset,
        Base::Cached(rows) => page + rows.offset,
    };
    u32::try_from(value).expect("the state and the page of a session have less than 2^32 values")
}
