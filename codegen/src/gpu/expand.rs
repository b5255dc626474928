//! Expands the ops of a graph into passes.

use std::collections::BTreeMap;

use ds4_plan::{CacheRounding, Groups, Model, Per, StepKind};

use super::{schedule, target::Target};
use crate::{
    graph::{Dim, Graph, Node, Place, Tensor},
    ops::{ArgKind, Extent, Form, Pass, Scalar, TempPlace},
    stage::{Scope, StageError, Value, evaluate},
    verify,
};

/// One pass applied to tensors.
#[derive(Debug, Clone)]
pub struct Unit {
    /// What runs.
    pub pass: &'static Pass,
    /// Index of the graph's node that it computes a part of.
    pub node: usize,
    /// Integers by name: letters, values of the schedule.
    pub numbers: BTreeMap<String, i64>,
    /// What the op's arguments and temps are here.
    pub names: BTreeMap<&'static str, Operand>,
    /// What it reads.
    pub reads: Vec<Operand>,
    /// What it writes.
    pub writes: Vec<Operand>,
    /// Workgroups along x.
    pub x: Width,
    /// Workgroups along y.
    pub groups: Groups,
    /// Whether workgroups along x write equal parts of a row, in order.
    pub in_order: bool,
}

/// Something that passes read and write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operand {
    /// A tensor of the graph, none that shows another.
    Tensor(Tensor),
    /// A temp, by number.
    Temp(usize),
}

/// Workgroups along x.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// This many.
    Const(usize),
    /// Any number that divides this many values into equal multiples of [`PART`].
    Any(usize),
    /// One for each so many tokens up to the step's last position.
    Tokens(usize),
}

/// Values that a pass of any width takes at least, see [`Extent::Any`].
pub const PART: usize = 32;

/// A temp of one or more units.
#[derive(Debug, Clone, Copy)]
pub struct TempInfo {
    /// Name in templates.
    pub name: &'static str,
    /// What it holds.
    pub place: TempPlace,
    /// Values, see [`crate::ops::Temp::len`].
    pub len: usize,
    /// The rows that its pieces belong to.
    pub per: Per,
}

/// The passes of one graph.
#[derive(Debug, Default)]
pub struct Expansion {
    /// In an order that respects dependencies.
    pub units: Vec<Unit>,
    /// By number.
    pub temps: Vec<TempInfo>,
    /// For each node of the graph, the units that compute it.
    pub of_node: Vec<Vec<usize>>,
}

/// Expands every op of `graph`. A pass that writes temps only runs once for equal inputs.
///
/// # Errors
///
/// [`StageError`] when a formula of a pass names what its op does not have.
pub fn expand(graph: &Graph, target: Target, kind: StepKind) -> Result<Expansion, StageError> {
    let mut expansion = Expansion::default();
    for (index, node) in graph.nodes.iter().enumerate() {
        let form = form(node, kind);
        let mut op = OpExpansion::new(graph, target, kind, index)?;
        let mut units = vec![];
        for pass in form.passes {
            units.push(op.pass(pass, form, &mut expansion)?);
        }
        expansion.of_node.push(units);
    }
    Ok(expansion)
}

fn form(node: &Node, kind: StepKind) -> &'static Form {
    match kind {
        StepKind::Decode => node.op.decode,
        StepKind::Prefill => node.op.prefill,
    }
}

/// One node while its passes are made.
struct OpExpansion<'g> {
    graph: &'g Graph,
    target: Target,
    kind: StepKind,
    node: usize,
    numbers: BTreeMap<String, i64>,
    names: BTreeMap<&'static str, Operand>,
    per: Per,
}

impl<'g> OpExpansion<'g> {
    fn new(
        graph: &'g Graph,
        target: Target,
        kind: StepKind,
        index: usize,
    ) -> Result<Self, StageError> {
        let node = &graph.nodes[index];
        let letters = verify::letters(graph, node).expect("the graph was verified");
        let mut numbers: BTreeMap<String, i64> = letters
            .iter()
            .filter_map(|(letter, dim)| match dim {
                Dim::Const(n) => Some(((*letter).to_owned(), integer(*n))),
                Dim::Run(_) => None,
            })
            .collect();
        let Model { cache, head_dim, rope_dim, .. } = graph.model();
        // Whether cached rows are rounded, and how many values at the beginning of a key/value row
        // half floats then hold exactly: those rounded to FP8. They hold FP4 as well.
        let rounded = *cache == CacheRounding::Rounded;
        numbers.insert("ROUNDED".to_owned(), i64::from(rounded));
        numbers.insert("HALF".to_owned(), integer(if rounded { head_dim - rope_dim } else { 0 }));
        let scalars = node.op.args.iter().filter(|arg| arg.kind == ArgKind::Scalar);
        for (arg, scalar) in scalars.zip(&node.scalars) {
            if let Scalar::Usize(n) = scalar {
                numbers.insert(arg.name.to_owned(), integer(*n));
            }
        }
        let names =
            node.operands().map(|(arg, tensor)| (arg.name, Operand::Tensor(graph.root(tensor))));
        let names = names.collect();
        Ok(Self { graph, target, kind, node: index, numbers, names, per: rows_of(graph, node) })
    }

    /// Appends the unit of `pass`, or finds the one that does the same, and returns its number.
    fn pass(
        &mut self,
        pass: &'static Pass,
        form: &Form,
        expansion: &mut Expansion,
    ) -> Result<usize, StageError> {
        let mut numbers = self.numbers.clone();
        for (name, value) in schedule::values(self.target, self.kind, pass.name) {
            // What the op has no letters for, its templates do not ask for either.
            if let Ok(value) = evaluate(value, &scope_of(&self.numbers)) {
                numbers.insert(name.to_owned(), value);
            }
        }
        let scope = scope_of(&numbers);
        let reads: Vec<_> = self.operands(pass.reads).collect();
        let temps = pass
            .writes
            .split_whitespace()
            .filter_map(|name| form.temps.iter().find(|temp| temp.name == name));
        let temps: Vec<_> = temps.collect();
        let only_temps = temps.len() == pass.writes.split_whitespace().count();
        if only_temps && let Some(known) = same(expansion, pass, &reads) {
            for name in pass.writes.split_whitespace() {
                self.names.insert(name_of(form, name), expansion.units[known].names[name]);
            }
            return Ok(known);
        }
        for temp in temps {
            if !self.names.contains_key(temp.name) {
                let len = count(temp.len, &scope)?;
                let info = TempInfo { name: temp.name, place: temp.place, len, per: self.per };
                self.names.insert(temp.name, Operand::Temp(expansion.temps.len()));
                expansion.temps.push(info);
            }
        }
        let writes: Vec<_> = self.operands(pass.writes).collect();
        let x = self.width(pass, &scope, &reads, expansion)?;
        let in_order = match x {
            Width::Const(x) if !pass.part.is_empty() => {
                let len = count(pass.part, &scope)? * x;
                writes.iter().all(|&operand| expansion.row_len(self.graph, operand) == len)
            }
            _ => pass.local,
        };
        let (node, names) = (self.node, self.names.clone());
        let groups = self.groups(pass, &scope)?;
        let unit = Unit { pass, node, numbers, names, reads, writes, x, groups, in_order };
        expansion.units.push(unit);
        Ok(expansion.units.len() - 1)
    }

    /// The tensors and temps among `names`; rows, page tables and constants order nothing.
    fn operands<'a>(&'a self, names: &'static str) -> impl Iterator<Item = Operand> + 'a {
        let op = self.graph.nodes[self.node].op;
        let is_constant =
            |name| op.args.iter().any(|arg| arg.kind == ArgKind::Scalar && arg.name == name);
        names.split_whitespace().filter_map(move |name| match self.names.get(name) {
            Some(operand) => Some(*operand),
            None if name == "rows" || name == "page_table" || is_constant(name) => None,
            None => panic!("{} has no argument or temp {name}", op.name),
        })
    }

    fn groups(&self, pass: &Pass, scope: &Scope) -> Result<Groups, StageError> {
        let per = self.per;
        Ok(match pass.x {
            Extent::Step(_) => Groups { per, items: 0, per_group: 1, extra: 1 },
            Extent::Items { items, per_group, extra, .. } => Groups {
                per,
                items: count(items, scope)?,
                per_group: count(per_group, scope)?,
                extra: count(extra, scope)?,
            },
            Extent::Const(_) | Extent::Any | Extent::Cached(_) => {
                Groups { per, items: 1, per_group: count(pass.rows_per_group, scope)?, extra: 0 }
            }
        })
    }

    fn width(
        &self,
        pass: &Pass,
        scope: &Scope,
        reads: &[Operand],
        expansion: &Expansion,
    ) -> Result<Width, StageError> {
        Ok(match pass.x {
            Extent::Const(x) | Extent::Step(x) | Extent::Items { x, .. } => {
                Width::Const(count(x, scope)?)
            }
            Extent::Any => Width::Any(expansion.row_len(self.graph, reads[0])),
            Extent::Cached(expr) => {
                let ratio = scope_number(&self.numbers, "ratio");
                Width::Tokens(count(expr, scope)? * ratio)
            }
        })
    }
}

/// The rows that an op works on: those of its first scratch argument.
fn rows_of(graph: &Graph, node: &Node) -> Per {
    let run = node.tensors.iter().rev().find_map(|&tensor| {
        let info = graph.info(tensor);
        match (&info.place, info.dims.first()) {
            (Place::Floats | Place::Indices, Some(Dim::Run(per))) => Some(*per),
            _ => None,
        }
    });
    run.unwrap_or(Per::Row)
}

impl Expansion {
    /// The same without the units that `runs` is false for.
    #[must_use]
    pub fn only(self, runs: impl Fn(usize) -> bool) -> Self {
        let kept: Vec<usize> = (0..self.units.len()).filter(|&unit| runs(unit)).collect();
        let number = |unit: &usize| kept.iter().position(|known| known == unit);
        let of_node = self.of_node.iter().map(|units| units.iter().filter_map(number).collect());
        let of_node = of_node.collect();
        let units = kept.iter().map(|&unit| self.units[unit].clone()).collect();
        Self { units, temps: self.temps, of_node }
    }

    /// Values of an operand for each row.
    #[must_use]
    pub fn row_len(&self, graph: &Graph, operand: Operand) -> usize {
        match operand {
            Operand::Tensor(tensor) => graph.info(tensor).len_per_row(),
            Operand::Temp(temp) => self.temps[temp].len,
        }
    }
}

/// The unit that does what `pass` would do, if there is one.
fn same(expansion: &Expansion, pass: &Pass, reads: &[Operand]) -> Option<usize> {
    expansion.units.iter().position(|unit| {
        unit.pass.template == pass.template && unit.pass.name == pass.name && unit.reads == reads
    })
}

fn name_of(form: &Form, name: &str) -> &'static str {
    let temp = form.temps.iter().find(|temp| temp.name == name);
    temp.expect("only temps are shared").name
}

fn scope_number(numbers: &BTreeMap<String, i64>, name: &str) -> usize {
    let number = numbers.get(name).unwrap_or_else(|| panic!("the op has no constant {name}"));
    usize::try_from(*number).expect("counts are not negative")
}

/// Integers by name as a scope of expressions.
pub(super) fn scope_of(numbers: &BTreeMap<String, i64>) -> Scope {
    let mut scope = Scope::default();
    for (name, value) in numbers {
        scope.ambient(name, Value::Int(*value));
    }
    scope
}

/// The value of an expression that counts something.
pub(super) fn count(expr: &str, scope: &Scope) -> Result<usize, StageError> {
    let value = evaluate(expr, scope)?;
    Ok(usize::try_from(value).expect("counts are not negative"))
}

fn integer(n: usize) -> i64 {
    i64::try_from(n).expect("sizes of models fit 63 bits")
}
