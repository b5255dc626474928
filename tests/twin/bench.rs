//! A GPU under test, and which launches of a step it runs.

use std::collections::{BTreeMap, BTreeSet};

use ds4::device::{
    PLANS,
    gpu::{Gpu, KernelText},
};
use ds4_codegen::{
    emit::kernel::{self, Compiled},
    gpu::{
        assemble::Module,
        expand::Operand,
        recipes::{self, Recipe},
        seam::Joined,
        target::Target,
    },
};
use ds4_plan::{FEW_ROWS, FIXED_IMMEDIATES, Plan};

use crate::{
    buffers::Store,
    case::{self, Case, Expected},
    compare::Report,
    kernels::{Emitted, Use},
    launch::Launch,
    results::Errors,
    segment::Segment,
    weights::{self, Model},
};

/// What of the steps runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Every launch.
    Launches,
    /// Every kernel that has not run, and of the large products a part of the workgroups.
    Kernels,
}

/// Steps of a model.
#[derive(Debug)]
pub(crate) struct Steps {
    pub(crate) model: &'static str,
    pub(crate) cases: &'static [Case],
    pub(crate) extent: Extent,
}

/// A GPU under test.
pub(crate) struct Bench<'a, G: Gpu> {
    pub(crate) store: Store<'a, G>,
    pub(crate) target: Target,
    /// Turns a module into what the GPU takes.
    pub(crate) compile: fn(Target, &Module) -> Compiled,
    /// The kernels that have run, by name, each with the numbers of its bindings.
    pub(crate) kernels: BTreeMap<String, (G::Kernel, Vec<u32>)>,
    pub(crate) report: Report,
    emitted: Emitted,
}

impl<'a, G: Gpu> Bench<'a, G> {
    pub(crate) fn new(gpu: &'a mut G, target: Target) -> Self {
        Self {
            store: Store::new(gpu, target.traits().in_place),
            target,
            compile: |target, module| {
                kernel::compile(target, module).unwrap_or_else(|e| panic!("{e}"))
            },
            kernels: BTreeMap::new(),
            report: Report::default(),
            emitted: Emitted::of(target),
        }
    }

    /// Runs the steps of every plan of a model in the formats of one recipe.
    pub(crate) fn run(&mut self, steps: &Steps, recipe: &str) {
        for plan in PLANS.iter().filter(|plan| plan.model.name == steps.model) {
            let recipe = recipes::of(&plan.model).find(|known| known.name == recipe).unwrap();
            self.store.constants.clear();
            let mut model = None;
            for (number, case) in steps.cases.iter().enumerate() {
                let kernels = self.kernels_of(plan, recipe, case);
                let has_run = |name: &String| self.kernels.contains_key(name);
                if steps.extent == Extent::Launches || !kernels.iter().all(has_run) {
                    let model = model.get_or_insert_with(|| weights::model(plan, recipe));
                    let expected = case::expect(model, *case, number as u64);
                    self.step(model, &expected, steps.extent);
                }
                for name in kernels {
                    assert!(self.kernels.contains_key(&name), "no launch of {case:?} runs {name}");
                }
            }
        }
    }

    /// Names of the kernels of a step.
    fn kernels_of(&self, plan: &Plan, recipe: &Recipe, case: &Case) -> BTreeSet<String> {
        let (model, cache, recipe) = (plan.model.name, plan.model.cache, recipe.name);
        let rows: usize = case.sessions.iter().map(|(_, rows)| rows).sum();
        let step = Use { model, cache, kind: case.kind, few: rows <= FEW_ROWS, recipe };
        self.emitted.names(|known| *known == step).into_iter().map(str::to_owned).collect()
    }

    /// The largest error of each kernel that ran.
    ///
    /// # Panics
    ///
    /// When a kernel did something wrong.
    pub(crate) fn errors(&self) -> Errors {
        self.report.check();
        let key = |name: &String| (self.target.name().to_owned(), name.clone());
        self.report.errors.iter().map(|(name, &error)| (key(name), error)).collect()
    }

    /// Runs every segment of a step and compares every tensor that its launches write.
    fn step(&mut self, model: &Model, expected: &Expected, extent: Extent) {
        let n_segments = model.plan.layers.len() + 2 - usize::from(expected.logit_rows.is_empty());
        let joined: Vec<Joined> =
            (0..n_segments).map(|index| expected.joined(model.plan, index, self.target)).collect();
        let mut segments = vec![];
        for (index, joined) in joined.iter().enumerate() {
            let segment = Segment::new(index, model, expected, joined);
            let launches = joined.launches.iter();
            let launches: Vec<_> =
                launches.map(|chains| segment.assemble(chains, self.target)).collect();
            segments.push((segment, launches));
        }
        if extent == Extent::Kernels {
            let known = self.kernels.keys().cloned().collect();
            let lists = segments.iter_mut().map(|(_, launches)| launches);
            keep_new_kernels(lists.zip(&joined).collect(), known);
        }
        // Together, since a GPU may make them on all cores.
        self.make_kernels(segments.iter().flat_map(|(_, launches)| launches));
        let mut temps = BTreeMap::new();
        for ((segment, launches), joined) in segments.iter().zip(&joined) {
            for launch in launches {
                self.launch(segment, launch, &mut temps, extent);
            }
            let left = temps.into_iter().filter_map(|(temp, buffer)| {
                Some((temp_of(joined.of_next(Operand::Temp(temp)))?, buffer))
            });
            temps = left.collect();
        }
    }

    /// Makes the kernels of `launches` that are not there.
    fn make_kernels<'l>(&mut self, launches: impl Iterator<Item = &'l Launch<'l>>) {
        let missing = launches.filter(|l| !self.kernels.contains_key(&l.module.name));
        let by_name: BTreeMap<&str, &Launch<'_>> =
            missing.map(|launch| (launch.module.name.as_str(), launch)).collect();
        let codes: Vec<Compiled> =
            by_name.values().map(|launch| (self.compile)(self.target, &launch.module)).collect();
        let mut texts = vec![];
        for ((&name, launch), compiled) in by_name.iter().zip(&codes) {
            texts.push(KernelText {
                name,
                entry: &compiled.entry,
                code: &compiled.code,
                bindings: &compiled.bindings,
                threads: compiled.threads,
                waits: compiled.waits,
                workgroup_bytes: compiled.workgroup_bytes.iter().sum(),
                immediates: FIXED_IMMEDIATES + launch.bases.len(),
            });
        }
        let made = self.store.gpu.kernels(&texts, &mut |_| ()).unwrap_or_else(|e| panic!("{e}"));
        let names: Vec<String> = texts.iter().map(|text| text.name.to_owned()).collect();
        for ((name, code), kernel) in names.into_iter().zip(codes).zip(made) {
            self.kernels.insert(name, (kernel, code.bindings));
        }
    }
}

/// Leaves, of the launches of each segment, those whose kernels are not among those known, and
/// those that write the temps they need.
fn keep_new_kernels(
    mut segments: Vec<(&mut Vec<Launch<'_>>, &Joined)>,
    mut known: BTreeSet<String>,
) {
    let mut new = vec![];
    for (launches, _) in &segments {
        let is_new = |launch: &Launch<'_>| known.insert(launch.module.name.clone());
        new.push(launches.iter().rev().map(is_new).collect::<Vec<bool>>());
    }
    // Temps of the segment after that are wanted there.
    let mut wanted = BTreeSet::new();
    for (launches, joined) in segments.iter_mut().rev() {
        let next = std::mem::take(&mut wanted);
        let is_wanted = |wanted: &BTreeSet<usize>, temp| {
            let of_next = temp_of(joined.of_next(Operand::Temp(temp)));
            wanted.contains(&temp) || of_next.is_some_and(|temp| next.contains(&temp))
        };
        let mut chosen = vec![];
        for (launch, is_new) in launches.drain(..).rev().zip(new.pop().unwrap()) {
            if is_new || launch.temps().any(|(temp, written)| written && is_wanted(&wanted, temp)) {
                wanted.extend(launch.temps().map(|(temp, _)| temp));
                chosen.push(launch);
            }
        }
        chosen.reverse();
        **launches = chosen;
    }
}

fn temp_of(operand: Option<Operand>) -> Option<usize> {
    match operand? {
        Operand::Temp(temp) => Some(temp),
        Operand::Tensor(_) => None,
    }
}
