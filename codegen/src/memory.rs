//! Places scratch tensors in arenas so that only tensors that are never alive together overlap.

use std::collections::BTreeMap;

use ds4_plan::Per;

use crate::graph::{Dim, Graph, Place, Tensor};

/// Values of a cache line: every tensor of a step with one row begins on one.
const LINE: usize = 16;

/// A kind of scratch memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arena {
    /// F32 values, one piece for each row of this kind.
    Floats(Per),
    /// U32 values, one piece for each row of the step.
    Indices,
}

/// Where the scratch tensors of one graph live, and how much room they need.
#[derive(Debug, Default)]
pub struct Placement {
    /// Values before the tensor, for each row.
    pub offsets: BTreeMap<Tensor, usize>,
    /// Values that each arena needs, for each row.
    pub sizes: BTreeMap<Arena, usize>,
}

/// A tensor's claim on an arena.
#[derive(Debug, Clone, Copy)]
struct Claim {
    tensor: Tensor,
    len: usize,
    /// First and last node that use it; carried tensors reach beyond the graph.
    first: usize,
    last: usize,
    carried: bool,
}

impl Claim {
    fn overlaps(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// Places every scratch tensor of a verified graph.
///
/// Carried tensors are placed at the start of their arena, where every segment of the step finds
/// them. The others are placed first-fit in the order of their first use.
///
/// # Panics
///
/// When two carried tensors are alive at once; the layers of a step then have nowhere to leave
/// their result.
#[must_use]
pub fn place(graph: &Graph) -> Placement {
    let mut by_arena: BTreeMap<Arena, Vec<Claim>> = BTreeMap::new();
    for (tensor, claim) in claims(graph) {
        if let Some(arena) = arena(graph, tensor) {
            by_arena.entry(arena).or_default().push(claim);
        }
    }
    let mut placement = Placement::default();
    for (arena, mut claims) in by_arena {
        claims.sort_by_key(|claim| (!claim.carried, claim.first, claim.tensor));
        let mut placed: Vec<(Claim, usize)> = vec![];
        for claim in claims {
            let offset = first_fit(&claim, &placed);
            assert!(!claim.carried || offset == 0, "carried tensors are not alive together");
            placed.push((claim, offset));
            placement.offsets.insert(claim.tensor, offset);
        }
        let size = placed.iter().map(|(claim, offset)| offset + claim.len).max().unwrap_or(0);
        placement.sizes.insert(arena, size);
    }
    placement
}

/// The lowest offset at which `claim` meets no tensor that is alive with it.
fn first_fit(claim: &Claim, placed: &[(Claim, usize)]) -> usize {
    let mut busy: Vec<(usize, usize)> = placed
        .iter()
        .filter(|(other, _)| claim.overlaps(other))
        .map(|(other, offset)| (*offset, offset + other.len))
        .collect();
    busy.sort_unstable();
    let mut offset = 0;
    for (start, end) in busy {
        if offset + claim.len <= start {
            break;
        }
        offset = offset.max(end);
    }
    offset
}

/// The arena of a scratch tensor.
#[must_use]
pub fn arena(graph: &Graph, tensor: Tensor) -> Option<Arena> {
    let info = graph.info(tensor);
    match (&info.place, info.dims.first()) {
        (Place::Floats, Some(Dim::Run(per))) => Some(Arena::Floats(*per)),
        (Place::Indices, _) => Some(Arena::Indices),
        _ => None,
    }
}

fn claims(graph: &Graph) -> BTreeMap<Tensor, Claim> {
    let mut claims: BTreeMap<Tensor, Claim> = BTreeMap::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        for (_, tensor) in node.operands() {
            let tensor = graph.root(tensor);
            let info = graph.info(tensor);
            claims
                .entry(tensor)
                .or_insert(Claim {
                    tensor,
                    len: info.len_per_row().next_multiple_of(LINE),
                    first: index,
                    last: index,
                    carried: info.carried,
                })
                .last = index;
        }
    }
    for input in &graph.inputs {
        claims.entry(*input).and_modify(|claim| claim.first = 0);
    }
    for &output in &graph.outputs {
        claims.entry(graph.root(output)).and_modify(|claim| claim.last = graph.nodes.len());
    }
    claims
}

#[cfg(test)]
mod tests {
    use ds4_plan::StepKind;

    use super::*;
    use crate::{graph::segments, model::MODELS};

    #[test]
    fn tensors_alive_together_do_not_overlap() {
        for model in MODELS {
            for (shape, graph) in segments(model, StepKind::Prefill).kinds {
                let placement = place(&graph);
                let all: Vec<_> = claims(&graph).into_values().collect();
                for (i, a) in all.iter().enumerate() {
                    for b in &all[..i] {
                        if arena(&graph, a.tensor).is_none()
                            || arena(&graph, a.tensor) != arena(&graph, b.tensor)
                            || !a.overlaps(b)
                        {
                            continue;
                        }
                        let (start_a, start_b) =
                            (placement.offsets[&a.tensor], placement.offsets[&b.tensor]);
                        assert!(
                            start_a + a.len <= start_b || start_b + b.len <= start_a,
                            "{} and {} in {}",
                            graph.info(a.tensor).name,
                            graph.info(b.tensor).name,
                            shape.name()
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn scratch_is_reused() {
        let (_, graph) = segments(MODELS[0], StepKind::Decode).kinds.remove(1);
        let total: usize = claims(&graph)
            .values()
            .filter(|claim| arena(&graph, claim.tensor) == Some(Arena::Floats(Per::Row)))
            .map(|claim| claim.len)
            .sum();
        let used = place(&graph).sizes[&Arena::Floats(Per::Row)];
        assert!(used * 2 < total, "{used} of {total} values");
    }
}
