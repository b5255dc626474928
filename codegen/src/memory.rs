//! Places scratch tensors in arenas so that only tensors that are never alive together overlap.

use std::collections::BTreeMap;

use ds4_plan::Per;

use crate::graph::{Dim, Graph, Place, Tensor};

/// Values of a cache line: every tensor of a step with one row begins on one.
pub const LINE: usize = 16;

/// A kind of scratch memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arena {
    /// F32 values, one piece for each row of this kind.
    Floats(Per),
    /// U32 values, one piece for each row of the step.
    Indices,
    /// U32 values of the step, on GPUs.
    StepWords,
    /// F32 values for pairs of rows and cached rows, on GPUs.
    Scores,
    /// Counters for each row of the step, on GPUs.
    Arrivals,
}

/// Where scratch lives, and how much room it needs.
#[derive(Debug)]
pub struct Placement<K = Tensor> {
    /// Values before it, for each item of its arena.
    pub offsets: BTreeMap<K, usize>,
    /// Values that each arena needs, for each item.
    pub sizes: BTreeMap<Arena, usize>,
}

/// A claim on an arena.
#[derive(Debug, Clone, Copy)]
pub struct Claim<K = Tensor> {
    /// Whose it is.
    pub owner: K,
    /// Where it is to live.
    pub arena: Arena,
    /// Values for each item of the arena.
    pub len: usize,
    /// First node or launch that uses it.
    pub first: usize,
    /// Last node or launch that uses it.
    pub last: usize,
    /// Its place, where it reaches beyond the graph and other segments look for it there.
    pub place: Option<usize>,
}

impl<K> Claim<K> {
    fn overlaps(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// Places every scratch tensor of a verified graph.
///
/// # Panics
///
/// As [`fit`].
#[must_use]
pub fn place(graph: &Graph) -> Placement {
    fit(claims(graph).into_values())
}

/// Places claims so that those alive together do not overlap.
///
/// Those that have a place already keep it. The others are placed first-fit in the order of their
/// first use.
///
/// # Panics
///
/// When two claims have one place and are alive at once; the segments of a step then have nowhere
/// to leave their results.
pub fn fit<K: Ord + Copy>(claims: impl IntoIterator<Item = Claim<K>>) -> Placement<K> {
    let mut by_arena: BTreeMap<Arena, Vec<Claim<K>>> = BTreeMap::new();
    for claim in claims {
        by_arena.entry(claim.arena).or_default().push(claim);
    }
    let mut placement = Placement { offsets: BTreeMap::new(), sizes: BTreeMap::new() };
    for (arena, mut claims) in by_arena {
        claims.sort_by_key(|claim| (claim.place.is_none(), claim.first, claim.owner));
        let mut placed: Vec<(Claim<K>, usize)> = vec![];
        for claim in claims {
            let offset = claim.place.unwrap_or_else(|| first_fit(&claim, &placed));
            let clashes = |(other, start): &(Claim<K>, usize)| {
                let apart = offset + claim.len <= *start || start + other.len <= offset;
                claim.overlaps(other) && !apart
            };
            assert!(!placed.iter().any(clashes), "what has one place is not alive together");
            placed.push((claim, offset));
            placement.offsets.insert(claim.owner, offset);
        }
        let size = placed.iter().map(|(claim, offset)| offset + claim.len).max().unwrap_or(0);
        placement.sizes.insert(arena, size);
    }
    placement
}

/// The lowest offset at which `claim` meets no tensor that is alive with it.
fn first_fit<K>(claim: &Claim<K>, placed: &[(Claim<K>, usize)]) -> usize {
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
            let Some(arena) = arena(graph, tensor) else { continue };
            let info = graph.info(tensor);
            claims
                .entry(tensor)
                .or_insert(Claim {
                    owner: tensor,
                    arena,
                    len: info.len_per_row().next_multiple_of(LINE),
                    first: index,
                    last: index,
                    // The streams, which begin the arena in every segment.
                    place: info.carried.then_some(0),
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
                        if a.arena != b.arena || !a.overlaps(b) {
                            continue;
                        }
                        let (start_a, start_b) =
                            (placement.offsets[&a.owner], placement.offsets[&b.owner]);
                        assert!(
                            start_a + a.len <= start_b || start_b + b.len <= start_a,
                            "{} and {} in {}",
                            graph.info(a.owner).name,
                            graph.info(b.owner).name,
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
            .filter(|claim| claim.arena == Arena::Floats(Per::Row))
            .map(|claim| claim.len)
            .sum();
        let used = place(&graph).sizes[&Arena::Floats(Per::Row)];
        assert!(used * 2 < total, "{used} of {total} values");
    }
}
