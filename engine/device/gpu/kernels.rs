//! Which kernels run: those of a file, or all of a program.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;

use ds4_plan::{
    FIXED_IMMEDIATES, Format, GpuArg, GpuKernel, GpuLaunch, Layer, Plan, Role, StepKind, Variant,
    WeightSlot,
};

use super::{KernelText, Program};
use crate::device::{Error, PLANS, Result, WeightRef, Weights};

/// A weight of a layer or of the model, with what the file has for it.
pub(super) type Slot = (&'static WeightSlot, WeightRef);

/// The kernels that steps of `plan` over `weights` run, in the order of their numbers.
///
/// # Errors
///
/// [`Error::NoMix`] when there is no kernel for the file's formats.
///
/// # Panics
///
/// When `plan` is not one of [`PLANS`].
pub fn of_file(
    program: &Program,
    plan: &'static Plan,
    weights: &Weights,
) -> Result<Vec<KernelText<'static>>> {
    let index = PLANS.iter().position(|known| std::ptr::eq(*known, plan));
    let gpu_plan = program.plans[index.expect("the plan is one of those generated")];
    let mut texts = BTreeMap::new();
    let mut add = |launches: &[GpuLaunch], layer: Option<(usize, &Layer)>| {
        for launch in launches {
            let variant = variant(launch, &slots(plan, weights, launch, layer))?;
            texts.insert(variant.kernel, text(&program.kernels[variant.kernel], launch));
        }
        Ok(())
    };
    for step in [StepKind::Decode, StepKind::Prefill].map(|kind| gpu_plan.step(kind)) {
        add(step.head, None)?;
        for (index, layer) in plan.layers.iter().enumerate() {
            add(step.kinds[layer.kind], Some((index, layer)))?;
        }
        add(step.tail, None)?;
    }
    Ok(texts.into_values().collect())
}

/// Every kernel that some plan of the program runs, in the order of their numbers.
#[must_use]
pub fn of_program(program: &Program) -> Vec<KernelText<'static>> {
    let mut texts = BTreeMap::new();
    let steps = program.plans.iter().flat_map(|plan| [&plan.decode, &plan.prefill]);
    for step in steps {
        let outside = [step.head, step.tail];
        for launch in outside.iter().chain(step.kinds).copied().flatten() {
            for variant in launch.variants {
                texts.insert(variant.kernel, text(&program.kernels[variant.kernel], launch));
            }
        }
    }
    texts.into_values().collect()
}

/// What a device makes the kernel of a launch from.
pub(super) fn text(kernel: &'static GpuKernel, launch: &GpuLaunch) -> KernelText<'static> {
    KernelText {
        name: kernel.name,
        entry: kernel.entry,
        code: kernel.code,
        bindings: kernel.bindings,
        threads: kernel.threads,
        waits: kernel.waits,
        immediates: FIXED_IMMEDIATES + launch.bases.len(),
    }
}

/// For each argument of a launch, the weight that it is, if it is one.
pub(super) fn slots(
    plan: &'static Plan,
    weights: &Weights,
    launch: &GpuLaunch,
    layer: Option<(usize, &Layer)>,
) -> Vec<Option<Slot>> {
    let slot = |arg: &GpuArg| match (*arg, layer) {
        (GpuArg::Global(index), _) => Some((&plan.globals[index], weights.globals[index])),
        (GpuArg::Weight(index), Some((number, layer))) => {
            let slot = &plan.kinds[layer.kind].weights[index];
            Some((slot, weights.layers[number][index]))
        }
        _ => None,
    };
    launch.args.iter().map(slot).collect()
}

/// The kernel of a launch for the formats of its matrices.
pub(super) fn variant(launch: &GpuLaunch, slots: &[Option<Slot>]) -> Result<&'static Variant> {
    let of_matrix = |slot: &Option<Slot>| match slot {
        Some((slot, weight)) if slot.role == Role::Matrix => Some(weight.format),
        _ => None,
    };
    let formats: Vec<Format> = slots.iter().filter_map(of_matrix).collect();
    let variant = launch.variants.iter().find(|variant| variant.formats == formats);
    variant.ok_or_else(|| no_mix(launch, &formats))
}

fn no_mix(launch: &GpuLaunch, formats: &[Format]) -> Error {
    let mix = |formats: &[Format]| {
        formats.iter().map(|format| format.name()).collect::<Vec<_>>().join(", ")
    };
    Error::NoMix {
        launch: launch.name,
        found: mix(formats),
        known: launch.variants.iter().map(|variant| mix(variant.formats)).collect(),
    }
}
