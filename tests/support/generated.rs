//! The kernels that the generator writes for a target, and the passes that each consists of.

use std::fmt;

use ds4_codegen::{
    emit::kernel::{self, Compiled},
    gpu::{self, lower::GpuProgram, target::Target},
    lower, model,
};
use ds4_plan::{Format, GpuLaunch, GpuPass, GpuStep, StepKind, UseKind, Variant};
use rayon::prelude::*;

/// A kernel, and the passes of every launch that runs it.
#[derive(Debug)]
pub(crate) struct Kernel {
    pub(crate) compiled: Compiled,
    pub(crate) parts: Vec<Part>,
}

/// A pass of a kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// Name of the model.
    pub(crate) model: &'static str,
    pub(crate) step: StepKind,
    /// Name, as in `matvec`.
    pub(crate) pass: &'static str,
    /// Format of its matrices.
    pub(crate) format: Option<Format>,
    /// Parameters of the kernel that show its matrices, by number.
    pub(crate) weights: Vec<usize>,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = if self.step == StepKind::Decode { "decode" } else { "prefill" };
        write!(f, "{} {step} {}", self.model, self.pass)?;
        self.format.map_or(Ok(()), |format| write!(f, " {}", format.name()))
    }
}

/// Every kernel of both models and all recipes.
///
/// # Panics
///
/// When the generator fails.
pub(crate) fn kernels(target: Target) -> Vec<Kernel> {
    let program = lower::lower(&model::MODELS).unwrap();
    let program = gpu::lower::lower(&program.plans, target).unwrap();
    let compiled = program.modules.par_iter().map(|module| kernel::compile(target, module));
    let kernel = |compiled: Result<_, _>| Kernel { compiled: compiled.unwrap(), parts: vec![] };
    let mut kernels: Vec<_> = compiled.map(kernel).collect();
    describe(&program, &mut kernels);
    kernels
}

/// Adds the passes of all launches to the kernels that run them.
fn describe(program: &GpuProgram, kernels: &mut [Kernel]) {
    let steps = program.plans.iter().zip(model::MODELS).flat_map(|(plan, model)| {
        [StepKind::Decode, StepKind::Prefill].map(|step| (model.name, step, plan.step(step)))
    });
    for (model, step, plan) in steps {
        for launch in launches(plan) {
            let used = |variant: &'static Variant| variant.kernels().map(move |k| (variant, k));
            for (variant, kernel) in launch.variants.iter().flat_map(used) {
                let kernel = &mut kernels[kernel];
                for pass in launch.chains.iter().copied().flatten() {
                    let (format, weights) = matrices(launch, variant, pass, &kernel.compiled);
                    let part = Part { model, step, pass: pass.name, format, weights };
                    if !kernel.parts.contains(&part) {
                        kernel.parts.push(part);
                    }
                }
            }
        }
    }
}

fn launches(step: &GpuStep) -> impl Iterator<Item = &'static GpuLaunch> {
    step.kinds.iter().copied().flatten().chain(step.head).chain(step.tail)
}

/// The format of a pass's matrices, and the kernel's parameters that show them.
fn matrices(
    launch: &GpuLaunch,
    variant: &Variant,
    pass: &GpuPass,
    kernel: &Compiled,
) -> (Option<Format>, Vec<usize>) {
    let args = |pass: &GpuPass| {
        let uses = pass.reads.iter().filter(|tensor| tensor.kind == UseKind::Matrix);
        uses.flat_map(|tensor| tensor.args).copied().collect::<Vec<usize>>()
    };
    // The formats of a variant are those of all arguments that show a matrix, in their order.
    let mut all: Vec<_> = launch.chains.iter().copied().flatten().flat_map(args).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), variant.formats.len(), "{}: arguments with a format", launch.name);
    let own = args(pass);
    let format = own.first().map(|arg| variant.formats[all.binary_search(arg).unwrap()]);
    let parameter = |arg: &usize| {
        kernel.bindings.iter().position(|&binding| usize::try_from(binding) == Ok(*arg))
    };
    (format, own.iter().filter_map(parameter).collect())
}
