//! Runs the launches of a GPU one by one on what the CPU had, and compares what they write.

use std::collections::BTreeMap;

use ds4::device::gpu::{Dispatch, Gpu};
use ds4_codegen::{
    gpu::{
        assemble::{Assembled, Binding, LaunchSource, Module, Shown, Sizes},
        expand::{Expansion, Operand},
        fuse::Chain,
        lower::{grid, passes},
        target::Target,
    },
    graph::{Graph, Place, Tensor},
    ops::{Scalar, TempPlace},
};
use ds4_plan::{Arg, Format, Lengths, Per, Plan, Role};

use crate::{
    buffers::{Guarded, Store},
    case::{Expected, Values, cpu_launches},
    compare::Report,
    weights::Model,
};

/// A kernel for one GPU API.
#[derive(Debug, Clone)]
pub struct Code {
    pub code: Vec<u8>,
    pub entry: String,
    /// Binding numbers that it uses.
    pub bindings: Vec<u32>,
}

/// A GPU under test.
pub struct Bench<'a, G: Gpu> {
    pub store: Store<'a, G>,
    pub target: Target,
    /// Turns a module into what the GPU takes.
    pub compile: &'a dyn Fn(&Module) -> Code,
    pub kernels: BTreeMap<String, (G::Kernel, Vec<u32>)>,
}

/// One segment of a step while it runs.
struct Segment<'a> {
    index: usize,
    plan: &'static Plan,
    model: &'a Model,
    expected: &'a Expected,
    graph: &'a Graph,
    expansion: &'a Expansion,
    /// What the CPU's launches say of each tensor that is not scratch.
    places: BTreeMap<Tensor, Arg>,
    lengths: Lengths,
}

impl<G: Gpu> Bench<'_, G> {
    /// Runs every segment of a step and compares every tensor that its launches write.
    pub fn run(&mut self, model: &Model, expected: &Expected, report: &mut Report) {
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
            lengths: Lengths {
                rows: expected.n_rows,
                logit_rows: expected.logit_rows.len(),
                tokens: expected.n_tokens,
            },
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
        let [x, y] = grid(segment.expansion, chains).size(segment.lengths);
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
                segment.compare(binding, module, chains, &found, report);
            }
        }
        for temp in temps.values() {
            temp.read(*gpu, &module.name);
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
pub struct Constant {
    /// Index into the file's tensors.
    pub tensor: usize,
    pub format: Format,
    /// Length of a row.
    pub width: usize,
    pub is_matrix: bool,
    pub is_vector: bool,
}

impl Segment<'_> {
    /// The formats of the matrices of a launch.
    fn mix(&self, chains: &[Chain]) -> BTreeMap<Operand, Format> {
        let units = chains.iter().flat_map(|chain| &chain.units);
        let reads = units.flat_map(|&unit| &self.expansion.units[unit].reads);
        let matrices = reads.filter_map(|&operand| match operand {
            Operand::Tensor(tensor) => match self.graph.info(tensor).place {
                Place::Weight { role: Role::Matrix, .. } => {
                    Some((operand, self.constant(&Shown::Operand(operand)).format))
                }
                _ => None,
            },
            Operand::Temp(_) => None,
        });
        matrices.collect()
    }

    fn constant(&self, shown: &Shown) -> Constant {
        let Shown::Operand(Operand::Tensor(tensor)) = shown else { panic!("{shown:?}") };
        let weights = &self.model.weights;
        let (slot, weight) = match self.places[tensor] {
            Arg::Global(index) => (&self.plan.globals[index], weights.globals[index]),
            Arg::Weight(index) => {
                let layer = self.index - 1;
                let kind = self.plan.layers[layer].kind;
                (&self.plan.kinds[kind].weights[index], weights.layers[layer][index])
            }
            other => panic!("{other:?} is no weight"),
        };
        Constant {
            tensor: weight.tensor,
            format: weight.format,
            width: *slot.dims.last().unwrap(),
            is_matrix: slot.role == Role::Matrix,
            is_vector: slot.role == Role::Vector,
        }
    }

    fn values(&self, tensor: Tensor) -> &Values {
        let name = &self.graph.info(tensor).name;
        self.expected.values[self.index]
            .get(&tensor)
            .unwrap_or_else(|| panic!("the CPU has no {name}"))
    }

    /// Values of a temp for the step.
    fn temp_len(&self, temp: usize) -> usize {
        let info = &self.expansion.temps[temp];
        let rows = match info.per {
            Per::Row => self.lengths.rows,
            Per::LogitRow => self.lengths.logit_rows,
        };
        match info.place {
            TempPlace::Floats | TempPlace::Words => info.len * rows,
            TempPlace::StepWords => info.len,
            TempPlace::Scores => info.len * rows * self.lengths.tokens,
        }
    }

    fn table(&self, name: &str) -> Vec<f32> {
        if name == "IQ2_GRID" {
            return ds4_plan::iq2_grid::IQ2_GRID.to_vec();
        }
        let scalars = self.graph.nodes.iter().flat_map(|node| &node.scalars);
        let mut tables = scalars.filter_map(|scalar| match scalar {
            Scalar::Table(known, values) if known == name => Some(values.clone()),
            _ => None,
        });
        tables.next().unwrap()
    }

    /// First value of a ring or of cached rows in a slot or page, and how many values.
    fn field(&self, tensor: Tensor) -> (usize, usize) {
        let layer = self.plan.layers[self.index - 1];
        match self.places[&tensor] {
            Arg::State(ring) => (layer.state + ring.offset, ring.rows * ring.width),
            Arg::Pages(rows) => (layer.page + rows.offset, rows.rows * rows.width),
            other => panic!("{other:?} is no field"),
        }
    }

    /// Rings or cached rows before the launch: what it only reads is as the step's earlier
    /// launches left it.
    fn pool(&self, chains: &[Chain], images: &[Vec<f32>; 2]) -> Vec<u32> {
        let mut values = images[0].clone();
        if let Some(piece) = self.piece(images) {
            for (tensor, written) in self.fields(chains) {
                let is_pages = matches!(self.places[&tensor], Arg::Pages(_));
                if !written && is_pages && piece == self.plan.pages.len {
                    let (start, len) = self.field(tensor);
                    for first in (0..values.len()).step_by(piece) {
                        let field = first + start..first + start + len;
                        values[field.clone()].copy_from_slice(&images[1][field]);
                    }
                }
            }
        }
        bits(&values)
    }

    /// Values of one slot or page of a pool.
    fn piece(&self, images: &[Vec<f32>; 2]) -> Option<usize> {
        if images[0].is_empty() {
            return None;
        }
        let is_pages = std::ptr::eq(images, &self.expected.pages);
        Some(if is_pages { self.plan.pages.len } else { self.plan.state_len })
    }

    /// Rings and cached rows that a launch touches, and whether it writes them.
    fn fields(&self, chains: &[Chain]) -> Vec<(Tensor, bool)> {
        let mut fields = BTreeMap::new();
        for unit in chains.iter().flat_map(|chain| &chain.units) {
            let unit = &self.expansion.units[*unit];
            for (list, writes) in [(&unit.reads, false), (&unit.writes, true)] {
                for operand in list {
                    let Operand::Tensor(tensor) = operand else { continue };
                    if matches!(self.places.get(tensor), Some(Arg::State(_) | Arg::Pages(_))) {
                        *fields.entry(*tensor).or_insert(false) |= writes;
                    }
                }
            }
        }
        fields.into_iter().collect()
    }

    fn compare(
        &self,
        binding: &Binding,
        module: &Module,
        chains: &[Chain],
        found: &[u32],
        report: &mut Report,
    ) {
        let images = match &binding.shown {
            Shown::State => &self.expected.state,
            Shown::Pages => &self.expected.pages,
            Shown::Operand(Operand::Tensor(tensor)) => {
                let info = self.graph.info(*tensor);
                let row = info.len_per_row();
                let what = format!("{} [{row}]", info.name);
                return report.scratch(module, &what, self.values(*tensor), found, row);
            }
            other => panic!("nothing writes {other:?}"),
        };
        let mut wanted: Vec<u32> = self.pool(chains, images);
        let piece = self.piece(images).unwrap();
        for (tensor, written) in self.fields(chains) {
            let is_pages = matches!(self.places[&tensor], Arg::Pages(_));
            if written && is_pages == matches!(binding.shown, Shown::Pages) {
                let (start, len) = self.field(tensor);
                let width = self.graph.info(tensor).len_per_row() / self.rows_of(tensor);
                for first in (0..wanted.len()).step_by(piece) {
                    let field = first + start..first + start + len;
                    let after = &images[1][field.clone()];
                    let what = &self.graph.info(tensor).name;
                    let after = Values::Floats(after.to_vec());
                    report.scratch(module, what, &after, &found[field.clone()], width);
                    wanted[field.clone()].copy_from_slice(&found[field]);
                }
            }
        }
        assert!(
            wanted == found,
            "{} writes outside of its fields in {}",
            module.name,
            binding.name
        );
    }

    fn rows_of(&self, tensor: Tensor) -> usize {
        match self.places[&tensor] {
            Arg::State(ring) => ring.rows,
            Arg::Pages(rows) => rows.rows,
            _ => 1,
        }
    }
}

/// The bits of numbers.
pub fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|x| x.to_bits()).collect()
}
