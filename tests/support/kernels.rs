//! The kernels that the generator emits, and the steps that need them.

use std::collections::{BTreeMap, BTreeSet};

use ds4_codegen::{
    gpu::{
        lower::{GpuProgram, lower},
        target::Target,
    },
    lower, model,
};
use ds4_plan::{CacheRounding, GpuStep, StepKind};

/// A step that needs a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Use {
    /// Name of the model.
    pub(crate) model: &'static str,
    pub(crate) cache: CacheRounding,
    pub(crate) kind: StepKind,
    /// Whether it has few rows.
    pub(crate) few: bool,
    /// Name of the recipe that the file's formats follow.
    pub(crate) recipe: &'static str,
}

/// What the generator makes for one target.
#[derive(Debug)]
pub(crate) struct Emitted {
    pub(crate) program: GpuProgram,
    /// The uses of each kernel, by its name.
    pub(crate) uses: BTreeMap<String, Vec<Use>>,
}

impl Emitted {
    /// Runs the generator.
    ///
    /// # Panics
    ///
    /// When the description of a model, an op or a template is wrong.
    pub(crate) fn of(target: Target) -> Self {
        let plans = lower::lower(&model::MODELS).unwrap().plans;
        let program = lower(&plans, target).unwrap();
        let mut uses = BTreeMap::<String, Vec<Use>>::new();
        for (plan, gpu_plan) in plans.iter().zip(&program.plans) {
            for kind in [StepKind::Decode, StepKind::Prefill] {
                for (kernel, few, recipe) in variants(gpu_plan.step(kind)) {
                    let (model, cache) = (plan.model.name, plan.model.cache);
                    let of_kernel = uses.entry(program.modules[kernel].name.clone()).or_default();
                    of_kernel.push(Use { model, cache, kind, few, recipe });
                }
            }
        }
        Self { program, uses }
    }

    /// Names of the kernels with a use for which `is_wanted` holds.
    pub(crate) fn names(&self, is_wanted: impl Fn(&Use) -> bool) -> BTreeSet<&str> {
        let wanted = self.uses.iter().filter(|(_, uses)| uses.iter().any(&is_wanted));
        wanted.map(|(name, _)| name.as_str()).collect()
    }
}

/// Number of a kernel, whether it is for few rows, and name of a recipe, for each launch of a step and
/// each recipe.
fn variants(step: &GpuStep) -> impl Iterator<Item = (usize, bool, &'static str)> {
    let lists = [step.head, step.tail].into_iter().chain(step.kinds.iter().copied());
    let variants = lists.flatten().flat_map(|launch| launch.variants);
    variants.flat_map(|variant| {
        [(variant.kernel, false), (variant.few, true)].into_iter().flat_map(|(kernel, few)| {
            variant.recipes.iter().map(move |&recipe| (kernel, few, recipe))
        })
    })
}
