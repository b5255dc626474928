//! Looks up the kernels and arguments of a GPU plan, and uploads the weights they read.

use std::collections::BTreeMap;

use ds4_plan::{
    Base, Format, GpuArg, GpuLaunch, GpuStep, Grid, Layer, Plan, Role, Span, WeightSlot,
};

use super::{
    Gpu, KernelText,
    device::Program,
    kernels::{self, Slot},
    repack,
};
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
#[derive(Debug, Clone, Copy)]
enum Constant {
    /// A weight: packed rows, values as F32, or integers, as the slot's role says.
    Weight(&'static WeightSlot, WeightRef),
    /// A table of constants of the program.
    Table(usize),
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

/// Looks up launches, and remembers the kernels and constants that they need.
pub(super) struct Binder<'a, G: Gpu> {
    gpu: &'a mut G,
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

impl<'a, G: Gpu> Binder<'a, G> {
    pub(super) fn new(
        gpu: &'a mut G,
        program: &'a Program,
        plan: &'static Plan,
        weights: &'a Weights,
    ) -> Self {
        let (numbers, known) = (BTreeMap::new(), BTreeMap::new());
        let (constants, kernels) = (vec![], vec![]);
        Self { gpu, program, plan, weights, constants, numbers, known, kernels }
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
            GpuArg::Rows => BoundArg::Rows,
            GpuArg::PageTable => BoundArg::PageTable,
            GpuArg::State => BoundArg::State,
            GpuArg::Pages => BoundArg::Pages,
            GpuArg::Table(table) => {
                self.constant(ConstantKey::Table(table), Constant::Table(table))
            }
            GpuArg::Global(_) | GpuArg::Weight(_) => {
                unreachable!("weights of layers are used in layers")
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

    /// Makes the kernels and uploads the constants; both by number.
    pub(super) fn finish(self, progress: &mut dyn FnMut(u64, u64)) -> Result<Uploaded<G>> {
        let Self { gpu, program, weights, constants, kernels, .. } = self;
        let names = kernels.iter().map(|text| text.name).collect();
        let kernels = gpu.kernels(&kernels, &mut |_| {})?;
        let total = constants.iter().map(|constant| constant.bytes(program)).sum();
        let (mut done, mut buffers) = (0, vec![]);
        for constant in constants {
            buffers.push(upload(gpu, constant, program, weights)?);
            done += constant.bytes(program);
            progress(done, total);
        }
        Ok(Uploaded { kernels, names, constants: buffers })
    }
}

impl Constant {
    /// Bytes on the device.
    fn bytes(self, program: &Program) -> u64 {
        let bytes = match self {
            Self::Weight(slot, weight) => {
                let (values, width) = (n_values(slot), width(slot));
                match slot.role {
                    Role::Matrix if !program.in_place => {
                        repack::packed_bytes(weight.format, values / width, width)
                    }
                    Role::Matrix | Role::Table => row_bytes(weight.format, values),
                    Role::Vector => values * size_of::<f32>(),
                }
            }
            Self::Table(table) => size_of_val(program.tables[table]),
        };
        bytes as u64
    }
}

fn n_values(slot: &WeightSlot) -> usize {
    slot.dims.iter().product()
}

/// Values of a row.
fn width(slot: &WeightSlot) -> usize {
    slot.dims.last().copied().unwrap_or(1)
}

/// Bytes of `n` values as a file has them.
fn row_bytes(format: Format, n: usize) -> usize {
    format.bytes(n).expect("rows of a bound weight are whole blocks")
}

fn upload<G: Gpu>(
    gpu: &mut G,
    constant: Constant,
    program: &Program,
    weights: &Weights,
) -> Result<G::Buffer> {
    let size = constant.bytes(program);
    // Kernels may read whole words of the last block.
    let buffer = gpu.allocate(size.next_multiple_of(16), "a weight")?;
    let (slot, weight) = match constant {
        Constant::Weight(slot, weight) => (slot, weight),
        Constant::Table(table) => {
            gpu.write(&buffer, 0, bytemuck::cast_slice(program.tables[table]))?;
            return Ok(buffer);
        }
    };
    let rows = weights.rows(slot, weight);
    let written = match slot.role {
        Role::Matrix if !program.in_place => {
            write_packed(gpu, &buffer, (weight.format, width(slot)), &rows)?
        }
        Role::Vector => {
            let mut values = vec![0.0_f32; n_values(slot)];
            formats::decode_row(weight.format, &rows, &mut values);
            gpu.write(&buffer, 0, bytemuck::cast_slice(&values))?;
            size
        }
        Role::Matrix | Role::Table => {
            gpu.write(&buffer, 0, &rows)?;
            rows.len() as u64
        }
    };
    repeat(gpu, &buffer, written, size)?;
    Ok(buffer)
}

/// Writes rows of a matrix in the layout that kernels read; the bytes that they take.
fn write_packed<G: Gpu>(
    gpu: &mut G,
    buffer: &G::Buffer,
    (format, cols): (Format, usize),
    rows: &[u8],
) -> Result<u64> {
    let (source_row, row) = (row_bytes(format, cols), repack::packed_bytes(format, 1, cols));
    let at_once = (PIECE / row).max(1);
    let (mut packed, mut written) = (vec![], 0);
    for piece in rows.chunks(source_row * at_once) {
        packed.clear();
        packed.resize(piece.len() / source_row * row, 0);
        repack::repack(format, cols, piece, &mut packed);
        gpu.write(buffer, written, &packed)?;
        written += packed.len() as u64;
    }
    Ok(written)
}

/// Bytes that are repacked at once.
const PIECE: usize = 64 << 20;

/// Fills the `size` bytes of a buffer by repeating the first `written`.
fn repeat<G: Gpu>(gpu: &mut G, buffer: &G::Buffer, written: u64, size: u64) -> Result<()> {
    let mut written = written;
    while 0 < written && written < size {
        let len = written.min(size - written);
        gpu.copy((buffer, 0), (buffer, written), len)?;
        written += len;
    }
    Ok(())
}

fn first_value(base: Base, layer: Option<(usize, &Layer)>) -> u32 {
    let (state, page) = layer.map_or((0, 0), |(_, layer)| (layer.state, layer.page));
    let value = match base {
        Base::Ring(ring) => state + ring.offset,
        Base::Cached(rows) => page + rows.offset,
    };
    u32::try_from(value).expect("the state and the page of a session have less than 2^32 values")
}
