//! Runs the launches of a GPU one by one on what the CPU had, and compares what they write.

use std::collections::BTreeMap;

use ds4::device::gpu::{Dispatch, Gpu};
use ds4_codegen::{
    gpu::{
        assemble::{Assembled, Binding, LaunchSource, Module, Shown, Sizes},
        expand::{Expansion, Operand},
        follow::arrivals,
        fuse::Chain,
        lower::{grid, passes},
        target::Target,
    },
    graph::{Graph, Place, Tensor},
};
use ds4_plan::{Arg, Format, Lengths, Plan};

use crate::{
    buffers::{Guarded, Store},
    case::{Expected, cpu_launches},
    compare::Report,
    quantized,
    weights::Model,
};

/// A kernel for one GPU API.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) code: Vec<u8>,
    pub(crate) entry: String,
    /// Binding numbers that it uses.
    pub(crate) bindings: Vec<u32>,
}

/// A GPU under test.
pub(crate) struct Bench<'a, G: Gpu> {
    pub(crate) store: Store<'a, G>,
    pub(crate) target: Target,
    /// Turns a module into what the GPU takes.
    pub(crate) compile: &'a dyn Fn(&Module) -> Code,
    pub(crate) kernels: BTreeMap<String, (G::Kernel, Vec<u32>)>,
}

/// One segment of a step while it runs.
pub(crate) struct Segment<'a> {
    pub(crate) index: usize,
    pub(crate) plan: &'static Plan,
    pub(crate) model: &'a Model,
    pub(crate) expected: &'a Expected,
    pub(crate) graph: &'a Graph,
    pub(crate) expansion: &'a Expansion,
    /// What the CPU's launches say of each tensor that is not scratch.
    pub(crate) places: BTreeMap<Tensor, Arg>,
    pub(crate) lengths: Lengths,
}

impl<G: Gpu> Bench<'_, G> {
    /// Runs every segment of a step and compares every tensor that its launches write.
    pub(crate) fn run(&mut self, model: &Model, expected: &Expected, report: &mut Report) {
        for index in 0..model.plan.layers.len() + 2 {
            let is_tail = index == model.plan.layers.len() + 1;
            if !(is_tail && expected.logit_rows.is_empty()) {
                self.segment(model, expected, index, report);
            }
        }
    }

    fn segment(&mut self, model: &Model, expected: &Expected, index: usize, report: &mut Report) {
        let plan = model.plan;
        let graph = expected.graph(plan, index);
        let (expansion, launches) = passes(graph, self.target, expected.kind).unwrap();
        let segment = Segment {
            index,
            plan,
            model,
            expected,
            graph,
            expansion: &expansion,
            places: places(plan, expected, graph, index),
            lengths: expected.lengths,
        };
        let mut temps: BTreeMap<usize, Guarded<G>> = BTreeMap::new();
        for chains in &launches {
            self.launch(&segment, chains, &mut temps, report);
        }
    }

    fn launch(
        &mut self,
        segment: &Segment<'_>,
        chains: &[Chain],
        temps: &mut BTreeMap<usize, Guarded<G>>,
        report: &mut Report,
    ) {
        let source = LaunchSource {
            graph: segment.graph,
            expansion: segment.expansion,
            chains,
            target: self.target,
            sizes: Sizes { page_len: segment.plan.pages.len, state_len: segment.plan.state_len },
        };
        let mix = segment.mix(chains);
        let Assembled { bindings, bases, modules } = source.assemble(&[mix]).unwrap();
        let (_, module) = &modules[0];
        // Two views of one tensor are one buffer.
        let mut made: BTreeMap<Shown, Option<Guarded<G>>> = BTreeMap::new();
        for binding in &bindings {
            if !made.contains_key(&binding.shown) {
                let buffer = self.make(segment, chains, binding, temps);
                made.insert(binding.shown.clone(), buffer);
            }
        }
        let mut immediates: Vec<u32> =
            [segment.lengths.rows, segment.lengths.logit_rows, segment.lengths.tokens]
                .map(|n| n as u32)
                .to_vec();
        immediates.extend(bases.iter().map(|&tensor| segment.field(tensor).0 as u32));
        self.compile_once(module, immediates.len());
        // Of the output matrix there are only the first rows, so only their workgroups run.
        let cut = segment.output(chains).and_then(|c| self.store.cut(segment.model, &c));
        let (kernel, used) = &self.kernels[&module.name];
        let Store { gpu, constants, .. } = &mut self.store;
        let buffers: Vec<(&G::Buffer, u64)> = used
            .iter()
            .map(|&number| {
                let binding = &bindings[number as usize];
                match (&made[&binding.shown], &binding.shown) {
                    (Some(guarded), _) => guarded.place(),
                    (None, Shown::Operand(Operand::Temp(temp))) => temps[temp].place(),
                    (None, shown) => (&constants[&segment.constant(shown)], 0),
                }
            })
            .collect();
        let [mut x, y] = grid(segment.expansion, chains).size(segment.lengths);
        if let Some((there, of)) = cut {
            x = x * there / of;
        }
        let dispatch = Dispatch {
            kernel,
            grid: [x as u32, y as u32, 1],
            bindings: &buffers,
            immediates: &immediates,
        };
        gpu.run(&[dispatch]).unwrap();
        for (shown, guarded) in &made {
            let Some(guarded) = guarded else { continue };
            let binding = bindings.iter().find(|binding| binding.shown == *shown).unwrap();
            let found = guarded.read(*gpu, &format!("{} {}", module.name, binding.name));
            if binding.written {
                let whole = cut.is_none();
                segment.compare((module, binding), chains, (&found, whole), report);
            }
        }
        self.requantize(segment, (chains, module), temps, report);
    }

    /// Checks the guards of all temps, compares those that the launch quantized, and puts what the
    /// CPU had in their place.
    fn requantize(
        &mut self,
        segment: &Segment<'_>,
        (chains, module): (&[Chain], &Module),
        temps: &BTreeMap<usize, Guarded<G>>,
        report: &mut Report,
    ) {
        let gpu = &mut *self.store.gpu;
        for temp in temps.values() {
            temp.read(gpu, &module.name);
        }
        let units = chains.iter().flat_map(|chain| &chain.units);
        for (temp, source) in
            units.filter_map(|&unit| quantized::of(&segment.expansion.units[unit]))
        {
            let found = temps[&temp].read(gpu, &module.name);
            segment.compare_quantized(module, source, &found, report);
            temps[&temp].write(gpu, &quantized::records(segment.read(source)));
        }
    }

    fn compile_once(&mut self, module: &Module, immediates: usize) {
        if !self.kernels.contains_key(&module.name) {
            let code = (self.compile)(module);
            let kernel = self.store.kernel(&module.name, &code, immediates);
            self.kernels.insert(module.name.clone(), (kernel, code.bindings));
        }
    }

    /// A buffer for what a binding shows, with what it should hold before the launch; `None` for
    /// temps and constants, which live longer.
    fn make(
        &mut self,
        segment: &Segment<'_>,
        chains: &[Chain],
        binding: &Binding,
        temps: &mut BTreeMap<usize, Guarded<G>>,
    ) -> Option<Guarded<G>> {
        let expected = segment.expected;
        let words = match &binding.shown {
            Shown::State => segment.pool(chains, &expected.state),
            Shown::Pages => segment.pool(chains, &expected.pages),
            Shown::Rows => expected.rows.clone(),
            Shown::PageTable => expected.page_table.clone(),
            Shown::Arrivals => vec![0; arrivals(chains) * segment.lengths.rows],
            Shown::Table(name) => bits(&segment.table(name)),
            Shown::Operand(Operand::Temp(temp)) => {
                if !temps.contains_key(temp) {
                    let len = segment.temp_len(*temp);
                    temps.insert(*temp, Guarded::poison(&mut self.store, len));
                }
                return None;
            }
            Shown::Operand(Operand::Tensor(tensor)) => match segment.graph.info(*tensor).place {
                Place::Weight { .. } => {
                    self.store.load(segment.model, &segment.constant(&binding.shown));
                    return None;
                }
                Place::LogitRows => expected.logit_rows.clone(),
                _ if binding.written => {
                    let len = segment.values(*tensor).len();
                    return Some(Guarded::poison(&mut self.store, len));
                }
                _ => segment.values(*tensor).words(),
            },
        };
        Some(Guarded::of(&mut self.store, &words))
    }
}

fn places(plan: &Plan, expected: &Expected, graph: &Graph, index: usize) -> BTreeMap<Tensor, Arg> {
    let launches = cpu_launches(plan, expected.kind, index);
    let of_node = |(node, launch): (&ds4_codegen::graph::Node, &ds4_plan::Launch)| {
        let tensors: Vec<_> = node.operands().map(|(_, tensor)| graph.root(tensor)).collect();
        tensors.into_iter().zip(launch.args.iter().copied())
    };
    graph.nodes.iter().zip(launches).flat_map(of_node).collect()
}

/// A weight of the model, and how kernels want it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Constant {
    /// Index into the file's tensors.
    pub(crate) tensor: usize,
    pub(crate) format: Format,
    /// Length of a row.
    pub(crate) width: usize,
    pub(crate) is_matrix: bool,
    pub(crate) is_vector: bool,
}

/// The bits of numbers.
pub(crate) fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|x| x.to_bits()).collect()
}
