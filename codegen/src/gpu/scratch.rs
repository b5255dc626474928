//! Offsets for what the launches of a segment keep between them.

use std::collections::BTreeMap;

use super::{
    expand::{Expansion, Operand},
    seam::Joined,
};
use crate::{
    graph::{Graph, Tensor},
    memory::{self, Arena, Claim, Placement},
    ops::TempPlace,
};

/// Values of 4 bytes in what every GPU API accepts as the alignment of a buffer's offset.
const ALIGNMENT: usize = 64;

/// Places scratch tensors and temps by the launches that use them.
#[must_use]
pub fn place(joined: &Joined) -> Placement<Operand> {
    let Joined { graph, expansion, launches, before, after, .. } = joined;
    let mut claims: BTreeMap<Operand, Claim<Operand>> = BTreeMap::new();
    for (index, launch) in launches.iter().enumerate() {
        let units = launch.iter().flat_map(|chain| &chain.units);
        for unit in units.map(|&unit| &expansion.units[unit]) {
            for &operand in unit.reads.iter().chain(&unit.writes) {
                let Some(claim) = claim(graph, expansion, operand, index) else { continue };
                claims.entry(operand).or_insert(claim).last = index;
            }
        }
    }
    for &(operand, place) in before {
        let from_here = |claim: &mut Claim<_>| (claim.first, claim.place) = (0, Some(place));
        claims.entry(operand).and_modify(from_here);
    }
    for &(operand, place) in after {
        let to_the_end =
            |claim: &mut Claim<_>| (claim.last, claim.place) = (launches.len(), Some(place));
        claims.entry(operand).and_modify(to_the_end);
    }
    for &output in &graph.outputs {
        let output = Operand::Tensor(graph.root(output));
        claims.entry(output).and_modify(|claim| claim.last = launches.len());
    }
    memory::fit(claims.into_values())
}

/// Places for `operands` from the start of their arenas on.
pub(super) fn one_after_another(
    graph: &Graph,
    expansion: &Expansion,
    operands: impl Iterator<Item = Operand>,
) -> Vec<(Operand, usize)> {
    let mut ends: BTreeMap<Arena, usize> = BTreeMap::new();
    let place = |operand| {
        let Claim { arena, len, .. } = claim(graph, expansion, operand, 0)?;
        let end = ends.entry(arena).or_default();
        *end += len;
        Some((operand, *end - len))
    };
    operands.filter_map(place).collect()
}

fn claim(
    graph: &Graph,
    expansion: &Expansion,
    owner: Operand,
    launch: usize,
) -> Option<Claim<Operand>> {
    let (arena, len) = match owner {
        Operand::Tensor(tensor) => of_tensor(graph, tensor)?,
        Operand::Temp(temp) => {
            let info = &expansion.temps[temp];
            let arena = match info.place {
                TempPlace::Floats => Arena::Floats(info.per),
                TempPlace::Words => Arena::Indices,
                TempPlace::StepWords => Arena::StepWords,
                TempPlace::Scores => Arena::Scores,
            };
            (arena, info.len)
        }
    };
    // Scores lie one after another for each pair; rounding would only waste.
    let len = if arena == Arena::Scores { len } else { len.next_multiple_of(ALIGNMENT) };
    Some(Claim { owner, arena, len, first: launch, last: launch, place: None })
}

fn of_tensor(graph: &Graph, tensor: Tensor) -> Option<(Arena, usize)> {
    Some((memory::arena(graph, tensor)?, graph.info(tensor).len_per_row()))
}
