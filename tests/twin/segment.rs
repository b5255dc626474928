//! What the launches of one segment should read and write.

use std::collections::BTreeMap;

use ds4_codegen::{
    gpu::{
        assemble::{Assembled, Binding, LaunchSource, Module, Shown, Sizes},
        expand::{Expansion, Operand},
        fuse::Chain,
        lower::mixes,
        seam::Joined,
        target::Target,
    },
    graph::{Graph, MatrixClass, Owner, Place, Tensor},
    ops::{Scalar, TempPlace},
};
use ds4_plan::{Arg, FEW_ROWS, Format, Lengths, Per, Plan, Role};

use crate::{
    buffers::POISON,
    case::{self, Expected, Values, cpu_launches},
    compare::Report,
    launch::Launch,
    quantized::{self, Quantized},
    weights::Model,
};

/// One segment of a step while it runs.
pub(crate) struct Segment<'a> {
    /// 0 before the layers, 1 for the first layer, and so on.
    index: usize,
    plan: &'static Plan,
    pub(crate) model: &'a Model,
    pub(crate) expected: &'a Expected,
    joined: &'a Joined,
    pub(crate) graph: &'a Graph,
    pub(crate) expansion: &'a Expansion,
    /// What the CPU's launches say of each tensor that is not scratch.
    places: BTreeMap<Tensor, Arg>,
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

impl<'a> Segment<'a> {
    pub(crate) fn new(
        index: usize,
        model: &'a Model,
        expected: &'a Expected,
        joined: &'a Joined,
    ) -> Self {
        let plan = model.plan;
        let Joined { graph, expansion, .. } = joined;
        let step = plan.step(expected.kind);
        // As the graphs are joined: after a layer comes one of the first kind, or the tail.
        let next = if index < plan.layers.len() { step.kinds[0] } else { step.tail };
        let launches = cpu_launches(plan, expected.kind, index).iter().chain(next);
        let tensors = |(node, launch): (&ds4_codegen::graph::Node, &ds4_plan::Launch)| {
            let tensors: Vec<_> = node.operands().map(|(_, tensor)| graph.root(tensor)).collect();
            tensors.into_iter().zip(launch.args.iter().copied())
        };
        let places = graph.nodes.iter().zip(launches).flat_map(tensors).collect();
        Self { index, plan, model, expected, joined, graph, expansion, places }
    }

    /// The launch of `chains`, with the module that the generator makes for the model's formats.
    pub(crate) fn assemble<'c>(&self, chains: &'c [Chain], target: Target) -> Launch<'c> {
        let source = LaunchSource {
            graph: self.graph,
            expansion: self.expansion,
            chains,
            target,
            kind: self.expected.kind,
            few: false,
            sizes: Sizes { page_len: self.plan.pages.len, state_len: self.plan.state_len },
        };
        // Binding numbers depend on the mixes that there are beside the model's.
        let mixes = mixes(self.graph, self.expansion, chains, &self.plan.model);
        let mixes: Vec<_> = mixes.into_iter().map(|(mix, _)| mix).collect();
        let of_model = mixes.iter().position(|mix| *mix == self.mix(chains)).unwrap();
        let Assembled { bindings, bases, mut modules } = source.assemble(&mixes).unwrap();
        let made = modules.remove(of_model);
        let module = if self.lengths().rows <= FEW_ROWS { made.few } else { made.any };
        Launch { chains, bindings, bases, module }
    }

    pub(crate) fn lengths(&self) -> Lengths {
        self.expected.lengths
    }

    /// The immediates of a launch with these bases.
    pub(crate) fn immediates(&self, bases: &[Tensor]) -> Vec<u32> {
        let Lengths { rows, logit_rows, tokens } = self.lengths();
        let first = bases.iter().map(|&tensor| self.field(tensor).0);
        [rows, logit_rows, tokens].into_iter().chain(first).map(|n| n as u32).collect()
    }

    /// The formats of the matrices of a launch.
    pub(crate) fn mix(&self, chains: &[Chain]) -> BTreeMap<Operand, Format> {
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

    /// The output matrix, if it is among the matrices of a launch.
    pub(crate) fn output(&self, matrices: &BTreeMap<Operand, Format>) -> Option<Constant> {
        let is_output = |operand: &&Operand| match operand {
            Operand::Tensor(tensor) => {
                MatrixClass::of(&self.graph.info(*tensor).name) == MatrixClass::Output
            }
            Operand::Temp(_) => false,
        };
        let operand = matrices.keys().find(is_output)?;
        Some(self.constant(&Shown::Operand(*operand)))
    }

    pub(crate) fn constant(&self, shown: &Shown) -> Constant {
        let Shown::Operand(Operand::Tensor(tensor)) = shown else { panic!("{shown:?}") };
        let weights = &self.model.weights;
        let (slot, weight) = match self.places[tensor] {
            Arg::Global(index) => (&self.plan.globals[index], weights.globals[index]),
            Arg::Weight(index) => {
                let layer = match self.graph.info(*tensor).place {
                    Place::Weight { owner: Owner::NextLayer, .. } => self.index,
                    _ => self.index - 1,
                };
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

    pub(crate) fn values(&self, tensor: Tensor) -> &Values {
        let name = &self.graph.info(tensor).name;
        let (segment, tensor) = match self.joined.of_next(Operand::Tensor(tensor)) {
            Some(Operand::Tensor(tensor)) => (self.index + 1, tensor),
            _ => (self.index, tensor),
        };
        self.expected.values[segment]
            .get(&tensor)
            .unwrap_or_else(|| panic!("the CPU has no {name}"))
    }

    /// What the CPU has for a tensor that a pass reads.
    pub(crate) fn read(&self, operand: Operand) -> &Values {
        let Operand::Tensor(tensor) = operand else { panic!("only tensors are quantized") };
        self.values(tensor)
    }

    /// Compares the quantized rows of `source`.
    pub(crate) fn compare_quantized(
        &self,
        module: &Module,
        Quantized { source, run, .. }: Quantized,
        found: &[u32],
        report: &mut Report,
    ) {
        let row = self.expansion.row_len(self.graph, source);
        let wanted = self.read(source);
        let found = quantized::values(found, run, wanted, &module.name);
        report.scratch((module, &format!("{row} quantized")), wanted, &found, row);
    }

    /// Values of a temp for the step.
    pub(crate) fn temp_len(&self, temp: usize) -> usize {
        let info = &self.expansion.temps[temp];
        let rows = match info.per {
            Per::Row => self.lengths().rows,
            Per::LogitRow => self.lengths().logit_rows,
        };
        match info.place {
            TempPlace::Floats | TempPlace::Words => info.len * rows,
            TempPlace::StepWords => info.len,
            TempPlace::Scores => info.len * rows * self.lengths().tokens,
        }
    }

    pub(crate) fn table(&self, name: &str) -> Vec<f32> {
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

    /// First word of a ring or of cached rows in a slot or page, and how many words.
    pub(crate) fn field(&self, tensor: Tensor) -> (usize, usize) {
        let layer = self.plan.layers[self.index - 1];
        match self.places[&tensor] {
            Arg::State(ring) => (layer.state + ring.offset, ring.rows * ring.width),
            Arg::Pages(rows) => (layer.page + rows.offset, rows.words()),
            other => panic!("{other:?} is no field"),
        }
    }

    /// Rings or cached rows before the launch: what it only reads is as the step's earlier
    /// launches left it.
    pub(crate) fn pool(&self, chains: &[Chain], images: &[Vec<f32>; 2]) -> Vec<u32> {
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
    pub(crate) fn piece(&self, images: &[Vec<f32>; 2]) -> Option<usize> {
        if images[0].is_empty() {
            return None;
        }
        let is_pages = std::ptr::eq(images, &self.expected.pages);
        Some(if is_pages { self.plan.pages.len } else { self.plan.state_len })
    }

    /// Rings and cached rows that a launch touches, and whether it writes them.
    pub(crate) fn fields(&self, chains: &[Chain]) -> Vec<(Tensor, bool)> {
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

    /// Compares what a launch wrote to a binding; of the second number of workgroups along x, the
    /// first ran.
    pub(crate) fn compare(
        &self,
        Launch { chains, module, .. }: &Launch<'_>,
        binding: &Binding,
        (found, [ran, of]): (&[u32], [usize; 2]),
        report: &mut Report,
    ) {
        let images = match &binding.shown {
            Shown::State => &self.expected.state,
            Shown::Pages => &self.expected.pages,
            Shown::Arrivals => {
                return assert!(found.iter().all(|&n| n == 0), "{} leaves counters", module.name);
            }
            Shown::Operand(Operand::Tensor(tensor)) => {
                let info = self.graph.info(*tensor);
                let row = info.len_per_row();
                let what = format!("{} [{row}]", info.name);
                let wanted = self.values(*tensor);
                let mut found = found.to_vec();
                if ran < of {
                    let written = found.iter().filter(|&&word| word != POISON).count();
                    if written * of != found.len() * ran {
                        let all = found.len();
                        let what =
                            format!("{what}: {ran} of {of} workgroups wrote {written} of {all}");
                        return report.fault(module, &what);
                    }
                    keep_written(wanted, &mut found);
                }
                return report.scratch((module, &what), wanted, &found, row);
            }
            other => panic!("nothing writes {other:?}"),
        };
        let mut wanted: Vec<u32> = self.pool(chains, images);
        let piece = self.piece(images).unwrap();
        for (tensor, written) in self.fields(chains) {
            let is_pages = matches!(self.places[&tensor], Arg::Pages(_));
            if written && is_pages == matches!(binding.shown, Shown::Pages) {
                let (start, len) = self.field(tensor);
                let width = self.graph.info(tensor).width();
                for first in (0..wanted.len()).step_by(piece) {
                    let field = first + start..first + start + len;
                    let after = self.field_values(tensor, &bits(&images[1][field.clone()]));
                    let of_found = self.field_values(tensor, &found[field.clone()]);
                    let what = &self.graph.info(tensor).name;
                    report.scratch((module, what), &Values::Floats(after), &bits(&of_found), width);
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

    /// The rows in the words of a ring or of cached rows.
    fn field_values(&self, tensor: Tensor, words: &[u32]) -> Vec<f32> {
        match self.places[&tensor] {
            Arg::Pages(rows) => case::unpacked(&rows, words),
            _ => words.iter().map(|&word| f32::from_bits(word)).collect(),
        }
    }
}

/// Puts the expected values where nothing was written.
fn keep_written(wanted: &Values, found: &mut [u32]) {
    for (found, wanted) in found.iter_mut().zip(wanted.words()) {
        if *found == POISON {
            *found = wanted;
        }
    }
}

/// The bits of numbers.
pub(crate) fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|x| x.to_bits()).collect()
}
