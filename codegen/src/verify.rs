//! Checks a graph against the argument tables of its ops, all mistakes at once.
//!
//! A graph that passes has: a tensor of the right kind and shape for every argument, one writer
//! for every scratch tensor, no read before the write, and no ring or cached row touched in an
//! order that a step could observe.

use std::{collections::BTreeMap, fmt};

use ds4_plan::Role;

use crate::{
    graph::{Dim, Graph, Node, Place, Tensor},
    ops::ArgKind,
};

/// Everything wrong with one graph.
#[derive(Debug, thiserror::Error)]
#[error("segment {segment}:{}", bullets(.mistakes))]
pub struct Invalid {
    /// Which graph.
    pub segment: String,
    /// In the order of the nodes; never empty.
    pub mistakes: Vec<Mistake>,
}

/// One violation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Node and argument, as in `3 matmul.w`.
    pub place: String,
    /// What was expected and what was found.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

fn bullets(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(|mistake| format!("\n  {mistake}")).collect()
}

/// Values of an op's letters at one node.
pub type Letters = BTreeMap<&'static str, Dim>;

/// Checks `graph`, called `segment` in the error.
///
/// # Errors
///
/// [`Invalid`] with every mistake found.
pub fn verify(segment: &str, graph: &Graph) -> Result<(), Invalid> {
    let mut mistakes = vec![];
    for (index, node) in graph.nodes.iter().enumerate() {
        check_node(graph, index, node, &mut mistakes);
    }
    check_order(graph, &mut mistakes);
    if mistakes.is_empty() {
        Ok(())
    } else {
        Err(Invalid { segment: segment.to_owned(), mistakes })
    }
}

/// The values of the letters of `node`'s op.
///
/// # Errors
///
/// Every argument whose shape contradicts the argument table.
pub fn letters(graph: &Graph, node: &Node) -> Result<Letters, Vec<(&'static str, String)>> {
    let mut values: Letters =
        node.letters.iter().map(|&(letter, n)| (letter, Dim::Const(n))).collect();
    let mut errors = vec![];
    for (arg, tensor) in node.operands() {
        let dims = &graph.info(tensor).dims;
        let words: Vec<_> = arg.shape.split_whitespace().collect();
        if dims.len() != words.len() {
            errors.push((arg.name, format!("expected [{}], found {}", arg.shape, shape(dims))));
            continue;
        }
        for (word, &dim) in words.iter().zip(dims) {
            if let Err(expected) = unify(word, dim, &mut values) {
                let found = shape(dims);
                errors.push((
                    arg.name,
                    format!("expected [{}] with {word} = {expected}, found {found}", arg.shape),
                ));
            }
        }
    }
    if errors.is_empty() { Ok(values) } else { Err(errors) }
}

/// Makes `word` mean `dim`, or returns what it means already.
fn unify(word: &'static str, dim: Dim, values: &mut Letters) -> Result<(), Dim> {
    if let Ok(number) = word.parse::<usize>() {
        return if dim == Dim::Const(number) { Ok(()) } else { Err(Dim::Const(number)) };
    }
    if word.contains('*') {
        let factors = word.split('*').map(|letter| match values.get(letter) {
            Some(Dim::Const(n)) => *n,
            _ => 0,
        });
        let product = Dim::Const(factors.product());
        return if dim == product { Ok(()) } else { Err(product) };
    }
    match values.insert(word, dim) {
        Some(former) if former != dim => {
            values.insert(word, former);
            Err(former)
        }
        _ => Ok(()),
    }
}

fn shape(dims: &[Dim]) -> String {
    let words: Vec<_> = dims.iter().map(ToString::to_string).collect();
    format!("[{}]", words.join(", "))
}

fn check_node(graph: &Graph, index: usize, node: &Node, mistakes: &mut Vec<Mistake>) {
    let op = node.op;
    let mut report = |arg: &str, what: String| {
        mistakes.push(Mistake { place: format!("{index} {}.{arg}", op.name), what });
    };
    let count = |wanted: fn(ArgKind) -> bool| op.args.iter().filter(|a| wanted(a.kind)).count();
    let n_scalars = count(|kind| kind == ArgKind::Scalar);
    let n_tensors =
        op.args.len() - n_scalars - count(|kind| matches!(kind, ArgKind::Rows | ArgKind::Tokens));
    if node.tensors.len() != n_tensors || node.scalars.len() != n_scalars {
        let found = format!("{} and {}", node.tensors.len(), node.scalars.len());
        report("", format!("expected {n_tensors} tensors and {n_scalars} scalars, found {found}"));
        return;
    }
    for (arg, tensor) in node.operands() {
        let info = graph.info(tensor);
        if !fits(arg.kind, &info.place) {
            report(arg.name, format!("{} cannot be used as {:?}", info.name, arg.kind));
        }
        if let Place::Weight { role: Role::Matrix, formats, .. } = info.place {
            let row =
                info.dims.last().map_or(0, |dim| if let Dim::Const(n) = dim { *n } else { 0 });
            for format in formats.iter().filter(|format| format.bytes(row).is_none()) {
                report(arg.name, format!("rows of {row} are not whole {format} blocks"));
            }
        }
    }
    match letters(graph, node) {
        Ok(values) => {
            for letter in op.letters.split_whitespace() {
                if !matches!(values.get(letter), Some(Dim::Const(_))) {
                    report("", format!("letter {letter} has no constant value"));
                }
            }
        }
        Err(errors) => errors.into_iter().for_each(|(arg, what)| report(arg, what)),
    }
}

/// Whether a tensor at `place` can be an argument of this kind.
fn fits(kind: ArgKind, place: &Place) -> bool {
    let role = |wanted| matches!(place, Place::Weight { role, .. } if *role == wanted);
    match kind {
        ArgKind::Read | ArgKind::Write => *place == Place::Floats,
        ArgKind::ReadIndices | ArgKind::WriteIndices => *place == Place::Indices,
        ArgKind::LogitRows => *place == Place::LogitRows,
        ArgKind::Draws => *place == Place::Draws,
        ArgKind::Matrix => role(Role::Matrix),
        ArgKind::Vector => role(Role::Vector),
        ArgKind::Table => role(Role::Table),
        ArgKind::State | ArgKind::StateMut => *place == Place::State,
        ArgKind::Pages | ArgKind::PagesMut => matches!(place, Place::Pages(_)),
        ArgKind::Rows | ArgKind::Tokens | ArgKind::Scalar => false,
    }
}

/// When each kind of use of one tensor happens, by node index.
#[derive(Debug, Default)]
struct Uses {
    reads: Vec<usize>,
    writes: Vec<usize>,
}

fn check_order(graph: &Graph, mistakes: &mut Vec<Mistake>) {
    let mut uses: BTreeMap<Tensor, Uses> = BTreeMap::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        for (arg, tensor) in node.operands() {
            let entry = uses.entry(graph.root(tensor)).or_default();
            match arg.kind {
                ArgKind::Write | ArgKind::WriteIndices | ArgKind::StateMut | ArgKind::PagesMut => {
                    entry.writes.push(index);
                }
                _ => entry.reads.push(index),
            }
        }
    }
    let mut report = |tensor: Tensor, what: String| {
        mistakes.push(Mistake { place: format!("tensor {}", graph.info(tensor).name), what });
    };
    for (&tensor, Uses { reads, writes }) in &uses {
        let is_input = graph.inputs.contains(&tensor);
        let is_output = graph.outputs.iter().any(|&output| graph.root(output) == tensor);
        let (first_read, last_read) = (reads.first(), reads.last());
        match graph.info(tensor).place {
            Place::Floats | Place::Indices => {
                let written = writes.len() + usize::from(is_input);
                if written != 1 {
                    report(tensor, format!("expected one writer, found {written}"));
                }
                if first_read.zip(writes.first()).is_some_and(|(read, write)| read <= write) {
                    report(tensor, "read before it is written".to_owned());
                }
                if reads.is_empty() && !is_output {
                    report(tensor, "written but never read".to_owned());
                }
            }
            Place::State | Place::Pages(_) if writes.len() != 1 => {
                report(tensor, format!("expected one writer, found {}", writes.len()));
            }
            Place::State if last_read.zip(writes.first()).is_some_and(|(r, w)| r >= w) => {
                report(tensor, "read after this step's rows were stored".to_owned());
            }
            Place::Pages(_) if first_read.zip(writes.first()).is_some_and(|(r, w)| r <= w) => {
                report(tensor, "read before this step's rows are stored".to_owned());
            }
            _ => {}
        }
    }
    for &output in &graph.outputs {
        if uses.get(&graph.root(output)).is_none_or(|uses| uses.writes.is_empty()) {
            report(output, "an output that nothing writes".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use ds4_plan::StepKind;

    use super::*;
    use crate::{graph::segments, model::TINY, ops};

    fn tiny_layer() -> Graph {
        segments(TINY, StepKind::Decode).kinds.remove(1).1
    }

    fn mistakes(graph: &Graph) -> Vec<String> {
        match verify("test", graph) {
            Ok(()) => vec![],
            Err(invalid) => invalid.mistakes.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn every_model_passes() {
        for model in crate::model::MODELS {
            for kind in [StepKind::Decode, StepKind::Prefill] {
                let segments = segments(model, kind);
                let layers = segments.kinds.iter().map(|(_, graph)| graph);
                for graph in layers.chain([&segments.head, &segments.tail]) {
                    assert_eq!(mistakes(graph), [""; 0], "{} {kind:?}", model.name);
                }
            }
        }
    }

    #[test]
    fn a_wrong_shape_is_named() {
        let mut g = Graph::new(TINY);
        let x = g.rows("x", &[256]);
        g.inputs.push(x);
        let y = g.rows("y", &[128]);
        g.outputs.push(y);
        g.push(&ops::ADD, [x, x, y]);
        assert_eq!(mistakes(&g), ["0 add.y: expected [T N] with N = 256, found [T, 128]"]);
    }

    #[test]
    fn two_writers_are_refused() {
        let mut g = tiny_layer();
        let first = g.nodes[0].clone();
        g.nodes.insert(1, first);
        let twice =
            ["pre", "mix"].map(|name| format!("tensor {name}: expected one writer, found 2"));
        assert_eq!(mistakes(&g), twice);
    }

    #[test]
    fn a_read_before_the_write_is_refused() {
        let mut g = tiny_layer();
        g.nodes.swap(0, 1);
        assert_eq!(mistakes(&g), ["tensor pre: read before it is written"]);
    }

    #[test]
    fn a_ring_must_be_stored_after_its_readers() {
        let mut g = tiny_layer();
        let store = g.nodes.iter().rposition(|node| node.op.name == "ring_store").unwrap();
        let node = g.nodes.remove(store);
        let attend = g.nodes.iter().position(|node| node.op.name.starts_with("attend")).unwrap();
        g.nodes.insert(attend, node);
        assert_eq!(mistakes(&g), ["tensor raw_ring: read after this step's rows were stored"]);
    }

    #[test]
    fn a_matrix_is_no_vector() {
        let mut g = tiny_layer();
        let norm = g.nodes.iter_mut().find(|node| node.op.name == "rms_norm").unwrap();
        norm.tensors[1] = norm.tensors[0];
        assert!(mistakes(&g)[0].contains("cannot be used as Vector"));
    }
}
