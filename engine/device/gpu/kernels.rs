//! Which kernels run: those of a file, or all of a program.

#![forbid(unsafe_code)]

use std::{collections::BTreeMap, iter};

use ds4_plan::{
    FIXED_IMMEDIATES, Format, GpuArg, GpuKernel, GpuLaunch, GpuPlan, GpuStep, Plan, Role, StepKind,
    Variant, WeightSlot,
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
    let gpu_plan = gpu_plan(program, plan);
    let mut texts = BTreeMap::new();
    for step in [StepKind::Decode, StepKind::Prefill].map(|kind| gpu_plan.step(kind)) {
        for (segment, launches) in segments(plan, step).enumerate() {
            for launch in launches {
                let variant = variant(launch, &slots(plan, weights, launch, segment))?;
                for kernel in variant.kernels() {
                    texts.insert(kernel, text(&program.kernels[kernel], launch));
                }
            }
        }
    }
    Ok(texts.into_values().collect())
}

/// The launches of each segment of a step: before the layers, of each layer, after them.
pub(super) fn segments<'s>(
    plan: &'s Plan,
    step: &'s GpuStep,
) -> impl Iterator<Item = &'static [GpuLaunch]> + 's {
    let layers = plan.layers.iter().map(|layer| step.kinds[layer.kind]);
    iter::once(step.head).chain(layers).chain([step.tail])
}

/// Every kernel that some plan of the program runs, in the order of their numbers.
#[must_use]
pub fn of_program(program: &Program) -> Vec<KernelText<'static>> {
    let mut texts = BTreeMap::new();
    let steps = program.plans.iter().flat_map(|plan| [&plan.decode, &plan.prefill]);
    for step in steps {
        let outside = [step.head, step.tail];
        for launch in outside.iter().chain(step.kinds).copied().flatten() {
            for kernel in launch.variants.iter().flat_map(Variant::kernels) {
                texts.insert(kernel, text(&program.kernels[kernel], launch));
            }
        }
    }
    texts.into_values().collect()
}

/// The formats that files of one recipe have for the weights of a plan.
#[derive(Debug)]
pub struct Formats {
    /// Parallel to [`Plan::globals`].
    pub globals: Vec<Format>,
    /// For each kind of layer, parallel to its weights.
    pub kinds: Vec<Vec<Format>>,
}

/// The formats of `recipe`, as `ds4 quantize` names it, or `None` where `plan` has no kernels for
/// it.
///
/// # Panics
///
/// When `plan` is not one of [`PLANS`].
#[must_use]
pub fn formats(program: &Program, plan: &'static Plan, recipe: &str) -> Option<Formats> {
    let plain = |slots: &[WeightSlot]| slots.iter().map(plain_format).collect();
    let mut formats = Formats {
        globals: plain(plan.globals),
        kinds: plan.kinds.iter().map(|kind| plain(kind.weights)).collect(),
    };
    let gpu_plan = gpu_plan(program, plan);
    for step in [&gpu_plan.decode, &gpu_plan.prefill] {
        let kinds = step.kinds.iter().enumerate().map(|(kind, launches)| (Some(kind), *launches));
        for (kind, launches) in [(None, step.head), (None, step.tail)].into_iter().chain(kinds) {
            for launch in launches {
                formats.take(plan, kind, launch, recipe)?;
            }
        }
    }
    Some(formats)
}

/// The recipes that `plan` has kernels for.
///
/// # Panics
///
/// When `plan` is not one of [`PLANS`].
#[must_use]
pub fn recipes(program: &Program, plan: &'static Plan) -> Vec<&'static str> {
    let mut names = vec![];
    // Every launch has a kernel for every recipe.
    let variants = gpu_plan(program, plan).decode.head.iter().flat_map(|launch| launch.variants);
    for name in variants.flat_map(|variant| variant.recipes) {
        if !names.contains(name) {
            names.push(*name);
        }
    }
    names
}

/// The recipe that the matrices of `weights` are in, if it is one that `plan` has kernels for.
///
/// # Panics
///
/// When `plan` is not one of [`PLANS`].
#[must_use]
pub fn recipe_of(
    program: &Program,
    plan: &'static Plan,
    weights: &Weights,
) -> Option<&'static str> {
    let same = |slots: &[WeightSlot], refs: &[WeightRef], formats: &[Format]| {
        let matrices = slots.iter().zip(refs.iter().zip(formats));
        matrices
            .filter(|(slot, _)| slot.role == Role::Matrix)
            .all(|(_, (weight, format))| weight.format == *format)
    };
    recipes(program, plan).into_iter().find(|recipe| {
        formats(program, plan, recipe).is_some_and(|formats| {
            let layers = plan.layers.iter().zip(&weights.layers);
            same(plan.globals, &weights.globals, &formats.globals)
                && layers
                    .map(|(layer, refs)| (layer.kind, refs))
                    .all(|(kind, refs)| same(plan.kinds[kind].weights, refs, &formats.kinds[kind]))
        })
    })
}

impl Formats {
    /// Takes the formats of the matrices of one launch, which is of a kind of layer or outside of
    /// layers.
    fn take(
        &mut self,
        plan: &Plan,
        kind: Option<usize>,
        launch: &GpuLaunch,
        recipe: &str,
    ) -> Option<()> {
        let variant = launch.variants.iter().find(|variant| variant.recipes.contains(&recipe))?;
        let mut formats = variant.formats.iter();
        for arg in launch.args {
            let (slot, places): (_, Vec<&mut Format>) = match (*arg, kind) {
                (GpuArg::Global(index), _) => {
                    (&plan.globals[index], vec![&mut self.globals[index]])
                }
                (GpuArg::Weight(index), Some(kind)) => {
                    (&plan.kinds[kind].weights[index], vec![&mut self.kinds[kind][index]])
                }
                // Layers of every kind come after some segment, and begin alike.
                (GpuArg::Next(index), _) => {
                    let kinds = self.kinds.iter_mut().map(|formats| &mut formats[index]);
                    (&plan.kinds[0].weights[index], kinds.collect())
                }
                _ => continue,
            };
            if slot.role == Role::Matrix {
                let format = *formats.next()?;
                places.into_iter().for_each(|place| *place = format);
            }
        }
        Some(())
    }
}

/// The format of a weight that is the same in every file.
fn plain_format(slot: &WeightSlot) -> Format {
    let known = |format: &Format| slot.formats.contains(format);
    let plain = [Format::F32, Format::I32].into_iter().find(known);
    plain.unwrap_or(slot.formats[0])
}

fn gpu_plan(program: &Program, plan: &'static Plan) -> &'static GpuPlan {
    let index = PLANS.iter().position(|known| std::ptr::eq(*known, plan));
    program.plans[index.expect("the plan is one of those generated")]
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
        workgroup_bytes: kernel.workgroup_bytes.iter().sum(),
        immediates: FIXED_IMMEDIATES + launch.bases.len(),
    }
}

/// For each argument of a launch of a segment, the weight that it is, if it is one.
pub(super) fn slots(
    plan: &'static Plan,
    weights: &Weights,
    launch: &GpuLaunch,
    segment: usize,
) -> Vec<Option<Slot>> {
    let of_layer = |layer: usize, index: usize| {
        let kind = &plan.kinds[plan.layers[layer].kind];
        (&kind.weights[index], weights.layers[layer][index])
    };
    let slot = |arg: &GpuArg| match *arg {
        GpuArg::Global(index) => Some((&plan.globals[index], weights.globals[index])),
        GpuArg::Weight(index) => Some(of_layer(segment - 1, index)),
        GpuArg::Next(index) => Some(of_layer(segment, index)),
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
