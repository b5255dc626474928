//! How an op runs on GPUs: the passes it takes, each a template over a grid of workgroups.

use crate::stage::Source;

/// The passes of an op for one kind of step, and what they keep between them.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// Scratch that only the passes of this op see.
    pub temps: &'static [Temp],
    /// In the order in which they run.
    pub passes: &'static [Pass],
}

/// One kernel body: a template, the workgroups that run it, and what it reads and writes.
#[derive(Debug, Clone, Copy)]
pub struct Pass {
    /// Name, as in kernel names.
    pub name: &'static str,
    /// The body.
    pub template: &'static Source,
    /// Workgroups along x.
    pub x: Extent,
    /// Rows of the step that one workgroup covers, an expression over letters and the values of
    /// the schedule, as in `1` or `TOKENS`; unused where `x` says how workgroups along y divide
    /// their work.
    pub rows_per_group: &'static str,
    /// Names of the op's arguments and temps that it reads.
    pub reads: &'static str,
    /// Names of the op's arguments and temps that it writes.
    pub writes: &'static str,
    /// Whether workgroup `(x, y)` reads, of what passes with the same workgroups wrote, only what
    /// their workgroup `(x, y)` wrote; such passes can share a launch. Workgroups along x then take
    /// equal parts of a row, in order.
    pub local: bool,
    /// Whether one workgroup is enough for all of a row; it may then be the last one of what the
    /// pass waits for.
    pub light: bool,
    /// Whether its template has a function that asks for the weights before they are wanted, where
    /// launches overlap.
    pub ahead: bool,
    /// Whether its template waits for the launch before, after it has asked for weights, where
    /// launches overlap. Such a pass comes first in its launch.
    pub waits: bool,
    /// Where workgroup `x` writes values `x · part ..` of a row, an expression for `part`; else
    /// empty, unless the pass is local.
    pub part: &'static str,
}

/// Workgroups along x.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// An expression over letters and the values of the schedule, as in `ceil(O / OUT)`.
    Const(&'static str),
    /// Any number: workgroup `x` of `X` takes the `x`-th of `X` equal parts of a row, whose
    /// length is then a multiple of 32. The template knows `X`.
    Any,
    /// As many as it takes to cover the cached rows that the step's last position sees, this many
    /// (an expression) in each workgroup.
    Cached(&'static str),
    /// An expression, and one workgroup along y for the whole step.
    Step(&'static str),
    /// An expression, for workgroups along y that divide items of the rows instead of rows:
    /// `ceil(items · T / per_group) + extra` of them, where a row has `items` (expressions). They
    /// find out for themselves which items they take, as workgroups that serve one expert do.
    Items {
        /// Workgroups along x.
        x: &'static str,
        /// Items of each row.
        items: &'static str,
        /// Items that one workgroup covers.
        per_group: &'static str,
        /// Workgroups beyond, since items of different kinds share none.
        extra: &'static str,
    },
}

/// Scratch between the passes of an op.
#[derive(Debug, Clone, Copy)]
pub struct Temp {
    /// Name in templates.
    pub name: &'static str,
    /// What it holds.
    pub place: TempPlace,
    /// Values, an expression over letters and the values of the schedule: for each row of the
    /// step, or for the step where the place says so.
    pub len: &'static str,
}

/// What a temp holds, and for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TempPlace {
    /// F32, for each row of the step.
    Floats,
    /// U32, for each row of the step.
    Words,
    /// U32, for the step.
    StepWords,
    /// F32, for each row of the step and each cached row that the step's last position sees; the
    /// length counts values for one such pair.
    Scores,
}

impl Form {
    /// Passes that keep nothing between them.
    pub(super) const fn new(passes: &'static [Pass]) -> Self {
        Self { temps: &[], passes }
    }
}

impl Pass {
    /// A pass with one row of the step in a workgroup, that reads no other workgroup's results.
    pub(super) const fn row(
        name: &'static str,
        template: &'static Source,
        x: Extent,
        [reads, writes]: [&'static str; 2],
    ) -> Self {
        Self {
            name,
            template,
            x,
            rows_per_group: "1",
            reads,
            writes,
            local: true,
            light: true,
            ahead: false,
            waits: false,
            part: "",
        }
    }

    /// The same with `rows` rows of the step in a workgroup.
    pub(super) const fn covering(mut self, rows: &'static str) -> Self {
        self.rows_per_group = rows;
        self
    }

    /// The same where results of other workgroups are read, or values that they still need are
    /// replaced.
    pub(super) const fn apart(mut self) -> Self {
        self.local = false;
        self
    }

    /// The same where the work is for many workgroups.
    pub(super) const fn heavy(mut self) -> Self {
        self.light = false;
        self
    }

    /// The same where the template asks for weights ahead.
    pub(super) const fn ahead(mut self) -> Self {
        self.ahead = true;
        self
    }

    /// The same where the template waits itself.
    pub(super) const fn waiting(mut self) -> Self {
        self.waits = true;
        self
    }

    /// The same where each workgroup along x writes the next `part` values of a row.
    pub(super) const fn writing(mut self, part: &'static str) -> Self {
        self.part = part;
        self
    }
}

impl Temp {
    /// F32 for each row of the step.
    pub(super) const fn floats(name: &'static str, len: &'static str) -> Self {
        Self { name, place: TempPlace::Floats, len }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use ds4_plan::StepKind;

    use crate::{
        graph::segments,
        model::MODELS,
        ops::{ArgKind, Op},
    };

    /// Every op that a step of some model applies, by name.
    fn used() -> BTreeMap<&'static str, &'static Op> {
        let kinds = [StepKind::Decode, StepKind::Prefill];
        let all = MODELS.iter().flat_map(|model| kinds.map(|kind| segments(*model, kind)));
        let mut ops = BTreeMap::new();
        for segments in all {
            let layers = segments.kinds.iter().map(|(_, graph)| graph);
            for graph in [&segments.head, &segments.tail].into_iter().chain(layers) {
                ops.extend(graph.nodes.iter().map(|node| (node.op.name, node.op)));
            }
        }
        ops
    }

    fn is_written(kind: ArgKind) -> bool {
        use ArgKind::*;
        matches!(kind, Write | WriteIndices | StateMut | PagesMut)
    }

    #[test]
    fn passes_read_what_there_is_and_write_every_result() {
        for op in used().values() {
            for form in [op.decode, op.prefill] {
                let mut ready: BTreeSet<&str> = op
                    .args
                    .iter()
                    .filter(|arg| !matches!(arg.kind, ArgKind::Write | ArgKind::WriteIndices))
                    .map(|arg| arg.name)
                    .collect();
                let temps: BTreeSet<&str> = form.temps.iter().map(|temp| temp.name).collect();
                for pass in form.passes {
                    let place = format!("{} of {}", pass.name, op.name);
                    for name in pass.reads.split_whitespace() {
                        assert!(ready.contains(name), "{place} reads {name}");
                    }
                    for name in pass.writes.split_whitespace() {
                        let result = op.args.iter().find(|arg| arg.name == name);
                        let may_write =
                            temps.contains(name) || result.is_some_and(|arg| is_written(arg.kind));
                        assert!(may_write, "{place} writes {name}");
                        ready.insert(name);
                    }
                }
                let written: BTreeSet<&str> =
                    form.passes.iter().flat_map(|pass| pass.writes.split_whitespace()).collect();
                for arg in op.args.iter().filter(|arg| is_written(arg.kind)) {
                    assert!(
                        written.contains(arg.name),
                        "nothing writes {} of {}",
                        arg.name,
                        op.name
                    );
                }
                assert!(temps.is_subset(&written), "{}: {temps:?}, {written:?}", op.name);
            }
        }
    }
}
