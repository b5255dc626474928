//! What the passes of a launch read, write and compute, as plans have it.

use ds4_plan::{Amount, GpuPass, GpuUse, Per, Role, UseKind, Work, WorkPer};

use super::{
    assemble::{Binding, Shown},
    expand::{self, Expansion, Operand, Unit},
    fuse::Chain,
};
use crate::{
    PAGE_TOKENS,
    graph::{Dim, Graph, Place, TensorInfo},
    lower::leak,
    ops::{ArgDef, ArgKind, Op, TempPlace},
    stage::StageError,
};

/// Multiply-adds for each row of the step of passes without a matrix, by template.
const OF_ROWS: &[(&str, &str)] = &[
    ("ops/hc_reduce", "S * N"),
    ("ops/hc_head_finish", "S * N"),
    ("ops/hc_expand", "S * (S + 1) * N"),
];

/// Multiply-adds for each pair of a row of the step and a kept row that it sees, by template.
const OF_PAIRS: &[(&str, &str)] =
    &[("ops/attend", "2 * H * D"), ("ops/attend_part", "2 * H * D"), ("ops/index_scores", "H * D")];

/// The dimensions of a weight of which each row of the step takes some by index: tokens, experts.
const TOKENS: &str = "V";
const EXPERTS: &str = "E";

/// The passes of a launch.
#[derive(Debug)]
pub(super) struct Describer<'a> {
    pub(super) graph: &'a Graph,
    pub(super) expansion: &'a Expansion,
    /// The launch's arguments.
    pub(super) bindings: &'a [Binding],
}

impl Describer<'_> {
    /// The passes of each chain.
    ///
    /// # Errors
    ///
    /// [`StageError`] when a formula above names what an op does not have.
    pub(super) fn chains(
        &self,
        chains: &[Chain],
    ) -> Result<&'static [&'static [GpuPass]], StageError> {
        let chain = |chain: &Chain| {
            let units = chain.units.iter().map(|&unit| self.pass(&self.expansion.units[unit]));
            Ok(leak(units.collect::<Result<_, _>>()?))
        };
        Ok(leak(chains.iter().map(chain).collect::<Result<_, _>>()?))
    }

    fn pass(&self, unit: &Unit) -> Result<GpuPass, StageError> {
        let op = self.graph.nodes[unit.node].op;
        let reads = self.uses(unit, unit.pass.reads);
        Ok(GpuPass {
            name: unit.pass.name,
            op: op.name,
            shape: shape(op, unit).leak(),
            work: leak(work(unit, &reads)?),
            reads: leak(reads),
            writes: leak(self.uses(unit, unit.pass.writes)),
        })
    }

    fn uses(&self, unit: &Unit, names: &str) -> Vec<GpuUse> {
        let operands = names.split_whitespace().filter_map(|name| {
            let operand = unit.names.get(name)?;
            Some(self.tensor(unit, name, *operand))
        });
        operands.collect()
    }

    fn tensor(&self, unit: &Unit, name: &str, operand: Operand) -> GpuUse {
        let shown = Shown::of(self.graph, operand);
        let args = self.bindings.iter().enumerate().filter(|(_, binding)| binding.shown == shown);
        let args = leak(args.map(|(number, _)| number).collect());
        match operand {
            Operand::Tensor(tensor) => {
                let info = self.graph.info(tensor);
                let dims: Vec<_> = info.dims.iter().map(ToString::to_string).collect();
                let (kind, amount) = self.of_tensor(unit, name, info);
                let (name, dims) = (info.name.clone().leak(), format!("[{}]", dims.join(", ")));
                GpuUse { tensor: tensor.0, name, dims: dims.leak(), kind, amount, args }
            }
            Operand::Temp(temp) => {
                let info = self.expansion.temps[temp];
                let len = info.len;
                let (dims, amount) = match info.place {
                    TempPlace::Floats | TempPlace::Words => {
                        let rows = Dim::Run(info.per);
                        (format!("[{rows}, {len}]"), Amount::Each(info.per, len))
                    }
                    TempPlace::StepWords => (format!("[{len}]"), Amount::Step(len)),
                    TempPlace::Scores => {
                        let ratio = self.ratio(unit);
                        ("[T, C]".to_owned(), Amount::Pairs { ratio, len })
                    }
                };
                let tensor = self.graph.tensors.len() + temp;
                let (name, dims, kind) = (info.name, dims.leak(), UseKind::Activation);
                GpuUse { tensor, name, dims, kind, amount, args }
            }
        }
    }

    /// What a tensor is, and how much of it a pass touches as the op's argument `name`.
    fn of_tensor(&self, unit: &Unit, name: &str, info: &TensorInfo) -> (UseKind, Amount) {
        let op = self.graph.nodes[unit.node].op;
        let arg = op.args.iter().find(|arg| arg.name == name);
        let arg = arg.expect("a tensor that a pass names is an argument of its op");
        let len = info.len_per_row();
        let each = |len| Amount::Each(unit.groups.per, len);
        match info.place {
            Place::Floats | Place::Indices | Place::Draws => (UseKind::Activation, each(len)),
            Place::LogitRows => (UseKind::Activation, Amount::Each(Per::LogitRow, 1)),
            Place::Weight { role, .. } => {
                let is_matrix = role == Role::Matrix;
                let kind = if is_matrix { UseKind::Matrix } else { UseKind::Constant };
                (kind, parts(arg, unit, len).unwrap_or(Amount::Step(len)))
            }
            Place::State => {
                let [rows, width] = [0, 1].map(|axis| constant(info.dims[axis]));
                let writes_pages = op.args.iter().any(|arg| arg.kind == ArgKind::PagesMut);
                let amount = match arg.kind {
                    ArgKind::StateMut => Amount::RingStore { rows, width },
                    _ if writes_pages => Amount::RingOfWindow { ratio: self.ratio(unit), len },
                    _ => Amount::Ring { rows, width },
                };
                (UseKind::Cache, amount)
            }
            Place::Pages(form) => {
                let (ratio, width) = (self.ratio(unit), form.words(constant(info.dims[1])));
                let is_choice = |arg: &ArgDef| arg.kind == ArgKind::ReadIndices;
                let most = op.args.iter().find(|arg| is_choice(arg));
                let most = most.map_or(usize::MAX, |arg| number(unit, last_letter(arg)));
                let amount = match arg.kind {
                    ArgKind::PagesMut => Amount::Windows { ratio, len: width },
                    _ => Amount::Cached { ratio, width, most },
                };
                (UseKind::Cache, amount)
            }
        }
    }

    /// Tokens of the cached rows that the op of `unit` reads or writes.
    fn ratio(&self, unit: &Unit) -> usize {
        let node = &self.graph.nodes[unit.node];
        let pages = node.operands().find_map(|(_, tensor)| {
            let info = self.graph.info(tensor);
            matches!(info.place, Place::Pages(_)).then(|| constant(info.dims[0]))
        });
        PAGE_TOKENS / pages.expect("ops with scores or pooled windows name cached rows")
    }
}

/// The part of a weight that each row of the step takes by index, if it is not all of it.
fn parts(arg: &ArgDef, unit: &Unit, len: usize) -> Option<Amount> {
    let letter = arg.shape.split_whitespace().next()?;
    let parts = match letter {
        TOKENS => 1,
        EXPERTS if arg.kind == ArgKind::Matrix && unit.numbers.contains_key("K") => {
            number(unit, "K")
        }
        _ => return None,
    };
    let of = number(unit, letter);
    Some(Amount::Parts { parts, of, len: len / of })
}

fn last_letter(arg: &ArgDef) -> &'static str {
    arg.shape.split_whitespace().last().unwrap_or(arg.shape)
}

fn number(unit: &Unit, name: &str) -> usize {
    let number = unit.numbers.get(name).unwrap_or_else(|| panic!("no letter {name} is a number"));
    usize::try_from(*number).expect("sizes are not negative")
}

fn constant(dim: Dim) -> usize {
    match dim {
        Dim::Const(n) => n,
        Dim::Run(_) => unreachable!("rings and pages have constant dimensions"),
    }
}

/// The numbers that the op's argument table names, in its order, and its other letters.
fn shape(op: &Op, unit: &Unit) -> String {
    let scalars = op.args.iter().filter(|arg| arg.kind == ArgKind::Scalar).map(|arg| arg.name);
    let letters = op.args.iter().flat_map(|arg| arg.shape.split([' ', '*']));
    let mut known: Vec<&str> = vec![];
    for name in letters.chain(op.letters.split_whitespace()).chain(scalars) {
        if unit.numbers.contains_key(name) && !known.contains(&name) {
            known.push(name);
        }
    }
    let numbers = known.iter().map(|name| format!("{name} = {}", unit.numbers[*name]));
    numbers.collect::<Vec<_>>().join(", ")
}

fn work(unit: &Unit, reads: &[GpuUse]) -> Result<Vec<Work>, StageError> {
    let scope = expand::scope_of(&unit.numbers);
    let of_template = |table: &[(&str, &'static str)]| {
        let row = table.iter().find(|(template, _)| *template == unit.pass.template.name);
        row.map(|(_, expr)| expand::count(expr, &scope)).transpose()
    };
    let row = WorkPer::Row(unit.groups.per);
    let mut work = vec![];
    work.extend(of_template(OF_ROWS)?.map(|each| Work { each, per: row }));
    let pair = of_template(OF_PAIRS)?;
    for tensor in reads {
        work.extend(match (tensor.kind, tensor.amount) {
            (UseKind::Matrix, Amount::Step(each)) => Some(Work { each, per: row }),
            // A row of a table of tokens is copied, not multiplied.
            (UseKind::Matrix, Amount::Parts { parts, len, .. })
                if unit.numbers.contains_key("E") =>
            {
                Some(Work { each: parts * len, per: row })
            }
            (_, Amount::Ring { rows, .. }) => {
                pair.map(|each| Work { each, per: WorkPer::Window(rows) })
            }
            (_, Amount::Cached { ratio, most, .. }) => {
                pair.map(|each| Work { each, per: WorkPer::Cached { ratio, most } })
            }
            _ => None,
        });
    }
    Ok(work)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ds4_plan::{Model, StepKind};

    use super::*;
    use crate::{
        gpu::{seam::Joined, target::Target},
        graph::segments,
        model::{FLASH, MODELS},
    };

    /// Every pass of a segment in order.
    fn described(joined: &Joined) -> Vec<GpuPass> {
        let Joined { graph, expansion, launches, .. } = joined;
        let describer = Describer { graph, expansion, bindings: &[] };
        let chains = launches.iter().flat_map(|chains| describer.chains(chains).unwrap());
        chains.copied().flatten().copied().collect()
    }

    /// Every segment of a model.
    fn of_model(model: Model, kind: StepKind) -> Vec<Joined> {
        let segments = segments(model, kind);
        let joined =
            segments.pairs().map(|(own, next)| Joined::of(own, next, Target::Vulkan, kind));
        joined.map(Result::unwrap).collect()
    }

    fn all(kind: StepKind) -> impl Iterator<Item = Joined> {
        MODELS.into_iter().flat_map(move |model| of_model(model, kind))
    }

    #[test]
    fn passes_read_what_is_there() {
        for kind in [StepKind::Decode, StepKind::Prefill] {
            for joined in all(kind) {
                let left = joined.before.iter().map(|(operand, _)| match operand {
                    Operand::Tensor(tensor) => tensor.0,
                    Operand::Temp(temp) => joined.graph.tensors.len() + temp,
                });
                let mut there: BTreeSet<usize> = left.collect();
                for pass in described(&joined) {
                    for tensor in pass.reads.iter().filter(|t| t.kind == UseKind::Activation) {
                        let is_there = there.contains(&tensor.tensor)
                            || ["logit_rows", "draws"].contains(&tensor.name);
                        assert!(is_there, "{} reads {}", pass.name, tensor.name);
                    }
                    there.extend(pass.writes.iter().map(|tensor| tensor.tensor));
                }
            }
        }
    }

    #[test]
    fn products_are_work() {
        for kind in [StepKind::Decode, StepKind::Prefill] {
            for pass in all(kind).flat_map(|joined| described(&joined)) {
                let multiplies = pass.reads.iter().any(|tensor| {
                    tensor.kind == UseKind::Matrix
                        || matches!(tensor.amount, Amount::Cached { .. } | Amount::Ring { .. })
                });
                let expected = multiplies && pass.op != "embed";
                let found = pass.work.iter().any(|work| work.each > 0);
                assert!(found || !expected, "{} of {}", pass.name, pass.op);
            }
        }
    }

    #[test]
    fn a_layer_multiplies_what_its_matrices_say() {
        let step = segments(FLASH, StepKind::Decode);
        assert_eq!(step.kinds[0].0.name(), "window_hash");
        let layer = &of_model(FLASH, StepKind::Decode)[1];
        let attention = 4096 * (1024 + 512) + 1024 * 64 * 512 + 8 * 4096 * 1024 + 8192 * 4096;
        let experts = 4096 * 256 + (6 + 1) * 3 * 4096 * 2048;
        // Coefficients, the streams reduced, the streams remixed and added to.
        let mixing = 24 * 4 * 4096 + 4 * 4096 + 4 * 5 * 4096;
        let work = described(layer).into_iter().flat_map(|pass| pass.work);
        let (rows, pairs): (Vec<&Work>, Vec<&Work>) =
            work.partition(|work| work.per == WorkPer::Row(Per::Row));
        let rows: usize = rows.iter().map(|work| work.each).sum();
        assert_eq!(rows, attention + experts + 2 * mixing);
        assert_eq!(pairs, [&Work { each: 2 * 64 * 512, per: WorkPer::Window(128) }]);
    }
}
