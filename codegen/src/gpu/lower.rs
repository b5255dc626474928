//! Lowers every model to launches for one target, with the kernels they need.

use std::collections::{BTreeMap, VecDeque};

use ds4_plan::{
    Base, Format, GpuArg, GpuLaunch, GpuPlan, GpuScratch, GpuStep, Grid, Model, Per, Plan, Role,
    Span, StepKind, Variant,
};

use super::{
    assemble::{Assembled, Binding, LaunchSource, Module, Shown, Sizes},
    describe::Describer,
    expand::{Expansion, Operand, Width},
    follow,
    fuse::Chain,
    recipes, scratch,
    seam::Joined,
    target::Target,
};
use crate::{
    graph::{Graph, MatrixClass, Owner, Place, segments},
    lower::{Layout, leak},
    memory::{Arena, Placement},
    stage::StageError,
};

/// The plans and kernels of one target.
#[derive(Debug)]
pub struct GpuProgram {
    /// What it is for.
    pub target: Target,
    /// Every distinct kernel, by number.
    pub modules: Vec<Module>,
    /// Names of constant tables, by number.
    pub tables: Vec<String>,
    /// One plan for each of the models, in their order.
    pub plans: Vec<GpuPlan>,
}

/// Lowers the models of `plans` for `target`.
///
/// # Errors
///
/// [`StageError`] when a template asks for what its op does not have.
pub fn lower(plans: &[Plan], target: Target) -> Result<GpuProgram, StageError> {
    let mut program = GpuProgram { target, modules: vec![], tables: vec![], plans: vec![] };
    for plan in plans {
        let mut model = ModelLowering { program: &mut program, plan };
        let [decode, prefill] = [model.step(StepKind::Decode)?, model.step(StepKind::Prefill)?];
        program.plans.push(GpuPlan { decode, prefill });
    }
    Ok(program)
}

struct ModelLowering<'a> {
    program: &'a mut GpuProgram,
    plan: &'a Plan,
}

impl ModelLowering<'_> {
    fn step(&mut self, kind: StepKind) -> Result<GpuStep, StageError> {
        let model = self.plan.model;
        let segments = segments(model, kind);
        let globals = &Layout::of(&[&segments.head, &segments.tail]);
        // Layers begin alike, so what the segment before one runs is there in every layout.
        let next = &Layout::of(&[&segments.kinds[0].1]);
        let mut sizes = BTreeMap::new();
        let mut lists = VecDeque::new();
        for (graph, after) in segments.pairs() {
            let own = &Layout::of(&[graph]);
            let joined = Joined::of(graph, after, self.program.target, kind)?;
            let layouts = Layouts { globals, own, next };
            lists.push_back(self.segment(&joined, layouts, kind, &mut sizes)?);
        }
        let [(head, carried), (tail, results)] =
            [lists.pop_front(), lists.pop_back()].map(|list| list.expect("steps have both ends"));
        let first_choosing = segments.tail.after(segments.tail.outputs[0]);
        let is_choosing = |launch: &&GpuLaunch| launch.done.iter().any(|&n| n >= first_choosing);
        let size = |arena| sizes.get(&arena).copied().unwrap_or(0);
        Ok(GpuStep {
            head,
            kinds: leak(lists.into_iter().map(|(launches, _)| launches).collect()),
            tail,
            n_choosing: tail.iter().filter(is_choosing).count(),
            scratch: GpuScratch {
                floats_per_row: size(Arena::Floats(Per::Row)),
                floats_per_logit_row: size(Arena::Floats(Per::LogitRow)),
                words_per_row: size(Arena::Indices),
                step_words: size(Arena::StepWords),
                scores: size(Arena::Scores),
                arrivals: size(Arena::Arrivals),
            },
            logits: results[0],
            chosen: results[1],
            streams: carried[0],
        })
    }

    fn segment(
        &mut self,
        joined: &Joined,
        layouts: Layouts<'_>,
        kind: StepKind,
        sizes: &mut BTreeMap<Arena, usize>,
    ) -> Result<(&'static [GpuLaunch], Vec<Span>), StageError> {
        let Joined { graph, expansion, launches, .. } = joined;
        let placement = scratch::place(joined);
        for (&arena, &size) in &placement.sizes {
            let room = sizes.entry(arena).or_default();
            *room = size.max(*room);
        }
        let counters = sizes.entry(Arena::Arrivals).or_default();
        *counters = launches.iter().map(|l| follow::arrivals(l)).max().unwrap_or(0).max(*counters);
        let done = completed(expansion, launches);
        let segment = Segment { kind, graph, layouts, expansion, placement: &placement };
        let mut lowered = vec![];
        for (chains, done) in launches.iter().zip(done) {
            lowered.push(self.launch(&segment, chains, done)?);
        }
        let span = |&output| segment.span(Operand::Tensor(graph.root(output)));
        Ok((leak(lowered), graph.outputs.iter().map(span).collect()))
    }

    fn launch(
        &mut self,
        segment: &Segment<'_>,
        chains: &[Chain],
        done: Vec<usize>,
    ) -> Result<GpuLaunch, StageError> {
        let source = LaunchSource {
            graph: segment.graph,
            expansion: segment.expansion,
            chains,
            target: self.program.target,
            kind: segment.kind,
            few: false,
            sizes: Sizes { page_len: self.plan.pages.len, state_len: self.plan.state_len },
        };
        let (mixes, recipes): (Vec<_>, Vec<_>) =
            mixes(segment.graph, segment.expansion, chains, &self.plan.model).into_iter().unzip();
        let Assembled { bindings, bases, modules } = source.assemble(&mixes)?;
        let variants = modules.into_iter().zip(recipes).map(|(made, recipes)| {
            let [kernel, few] = [made.any, made.few].map(|module| self.kernel(module));
            Variant { formats: leak(made.formats), kernel, few, recipes: leak(recipes) }
        });
        let variants: Vec<_> = variants.collect();
        let (graph, expansion) = (segment.graph, segment.expansion);
        let describer = Describer { graph, expansion, bindings: &bindings };
        let args = bindings.iter().map(|binding| self.arg(segment, binding));
        Ok(GpuLaunch {
            name: name(segment, chains),
            args: leak(args.collect()),
            variants: leak(variants),
            bases: leak(bases.iter().map(|&tensor| segment.base(tensor)).collect()),
            grid: grid(segment.expansion, chains),
            done: leak(done),
            chains: describer.chains(chains)?,
        })
    }

    fn kernel(&mut self, module: Module) -> usize {
        let modules = &mut self.program.modules;
        if let Some(number) = modules.iter().position(|known| known.name == module.name) {
            assert_eq!(modules[number].wgsl, module.wgsl, "names tell texts apart");
            return number;
        }
        modules.push(module);
        modules.len() - 1
    }

    fn arg(&mut self, segment: &Segment<'_>, binding: &Binding) -> GpuArg {
        match &binding.shown {
            Shown::State => GpuArg::State,
            Shown::Pages => GpuArg::Pages,
            Shown::Rows => GpuArg::Rows,
            Shown::Arrivals => GpuArg::Arrivals,
            Shown::PageTable => GpuArg::PageTable,
            Shown::Operand(operand) => segment.arg(*operand),
            Shown::Table(name) => {
                let tables = &mut self.program.tables;
                let known = tables.iter().position(|table| table == name);
                GpuArg::Table(known.unwrap_or_else(|| {
                    tables.push(name.clone());
                    tables.len() - 1
                }))
            }
        }
    }
}

/// Where what is not scratch lives.
#[derive(Clone, Copy)]
struct Layouts<'a> {
    /// Outside of layers.
    globals: &'a Layout,
    /// In the layer.
    own: &'a Layout,
    /// In the layer after.
    next: &'a Layout,
}

/// What the launches of a segment refer to.
struct Segment<'a> {
    kind: StepKind,
    graph: &'a Graph,
    layouts: Layouts<'a>,
    expansion: &'a Expansion,
    placement: &'a Placement<Operand>,
}

impl Segment<'_> {
    fn arg(&self, operand: Operand) -> GpuArg {
        let offset = || self.placement.offsets[&operand];
        let tensor = match operand {
            Operand::Temp(temp) => {
                return match self.expansion.temps[temp].place {
                    crate::ops::TempPlace::Floats => GpuArg::Floats(self.span(operand)),
                    crate::ops::TempPlace::Words => GpuArg::Words(self.span(operand)),
                    crate::ops::TempPlace::StepWords => GpuArg::StepWords(offset()),
                    crate::ops::TempPlace::Scores => GpuArg::Scores(offset()),
                };
            }
            Operand::Tensor(tensor) => tensor,
        };
        let info = self.graph.info(tensor);
        match info.place {
            Place::Floats => GpuArg::Floats(self.span(operand)),
            Place::Indices => GpuArg::Words(self.span(operand)),
            Place::LogitRows => GpuArg::LogitRows,
            Place::Draws => GpuArg::Draws,
            Place::Weight { owner, .. } => {
                let Layouts { globals, own, next } = self.layouts;
                match owner {
                    Owner::Model => GpuArg::Global(globals.weight(&info.name)),
                    Owner::Layer => GpuArg::Weight(own.weight(&info.name)),
                    Owner::NextLayer => GpuArg::Next(next.weight(&info.name)),
                }
            }
            Place::State => GpuArg::State,
            Place::Pages(_) => GpuArg::Pages,
        }
    }

    fn span(&self, operand: Operand) -> Span {
        let (per, len) = match operand {
            Operand::Temp(temp) => {
                let info = self.expansion.temps[temp];
                (info.per, info.len)
            }
            Operand::Tensor(tensor) => {
                let per = match crate::memory::arena(self.graph, tensor) {
                    Some(Arena::Floats(per)) => per,
                    _ => Per::Row,
                };
                (per, self.graph.info(tensor).len_per_row())
            }
        };
        Span { per, offset: self.placement.offsets[&operand], len }
    }

    fn base(&self, tensor: crate::graph::Tensor) -> Base {
        let info = self.graph.info(tensor);
        match info.place {
            Place::State => Base::Ring(self.layouts.own.rings[&info.name]),
            _ => Base::Cached(self.layouts.own.cached[&info.name]),
        }
    }
}

/// The distinct mixes of formats that files have for the matrices of a launch, each with the
/// recipes of its files.
#[must_use]
pub fn mixes(
    graph: &Graph,
    expansion: &Expansion,
    chains: &[Chain],
    model: &Model,
) -> Vec<(BTreeMap<Operand, Format>, Vec<&'static str>)> {
    let units = chains.iter().flat_map(|chain| &chain.units);
    let matrices: Vec<_> = units
        .flat_map(|&unit| &expansion.units[unit].reads)
        .filter_map(|&operand| match operand {
            Operand::Tensor(tensor) => Some((operand, graph.info(tensor))),
            Operand::Temp(_) => None,
        })
        .filter(|(_, info)| matches!(info.place, Place::Weight { role: Role::Matrix, .. }))
        .collect();
    let mut mixes: Vec<(BTreeMap<Operand, Format>, Vec<&'static str>)> = vec![];
    for recipe in recipes::of(model) {
        let mix: BTreeMap<_, _> = matrices
            .iter()
            .map(|(operand, info)| {
                let width = info.dims.last().map_or(1, |dim| match dim {
                    crate::graph::Dim::Const(n) => *n,
                    crate::graph::Dim::Run(_) => 1,
                });
                (*operand, recipe.format(MatrixClass::of(&info.name), width))
            })
            .collect();
        match mixes.iter_mut().find(|(known, _)| *known == mix) {
            Some((_, recipes)) => recipes.push(recipe.name),
            None => mixes.push((mix, vec![recipe.name])),
        }
    }
    mixes
}

/// For each launch, the nodes that are done once it has run.
fn completed(expansion: &Expansion, launches: &[Vec<Chain>]) -> Vec<Vec<usize>> {
    let launch_of = |unit: usize| {
        let has = |launch: &Vec<Chain>| launch.iter().any(|chain| chain.units.contains(&unit));
        launches.iter().position(has).expect("every unit is in a launch")
    };
    let mut done = vec![vec![]; launches.len()];
    for (node, units) in expansion.of_node.iter().enumerate() {
        if let Some(last) = units.iter().map(|&unit| launch_of(unit)).max() {
            done[last].push(node);
        }
    }
    done
}

fn name(segment: &Segment<'_>, chains: &[Chain]) -> &'static str {
    let chain = |chain: &Chain| {
        let passes = chain.units.iter().map(|&unit| segment.expansion.units[unit].pass.name);
        passes.collect::<Vec<_>>().join(", ")
    };
    let mut text = String::new();
    for (index, each) in chains.iter().enumerate() {
        text.push_str(match (index, &each.after) {
            (0, _) => "",
            (_, None) => " | ",
            (_, Some(_)) => " > ",
        });
        text.push_str(&chain(each));
    }
    text.leak()
}

/// The workgroups of a launch.
///
/// # Panics
///
/// When the width of a chain was not resolved.
#[must_use]
pub fn grid(expansion: &Expansion, chains: &[Chain]) -> Grid {
    let mut grid = Grid { x: 0, tokens_per_group: 0, y: &[] };
    let mut y = vec![];
    for chain in chains.iter().filter(|chain| chain.after.is_none()) {
        match chain.x {
            Width::Const(n) => grid.x += n,
            Width::Tokens(n) => grid.tokens_per_group = n,
            Width::Any(_) => unreachable!("widths are resolved before"),
        }
        let groups = expansion.units[chain.units[0]].groups;
        if !y.contains(&groups) {
            y.push(groups);
        }
    }
    Grid { y: leak(y), ..grid }
}
