//! Offsets for what the launches of a segment keep between them.

use std::collections::BTreeMap;

use super::{
    expand::{Expansion, Operand},
    fuse::Chain,
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
pub fn place(graph: &Graph, expansion: &Expansion, launches: &[Vec<Chain>]) -> Placement<Operand> {
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
    for &input in &graph.inputs {
        claims.entry(Operand::Tensor(input)).and_modify(|claim| claim.first = 0);
    }
    for &output in &graph.outputs {
        let output = Operand::Tensor(graph.root(output));
        claims.entry(output).and_modify(|claim| claim.last = launches.len());
    }
    memory::fit(claims.into_values())
}

fn claim(
    graph: &Graph,
    expansion: &Expansion,
    owner: Operand,
    launch: usize,
) -> Option<Claim<Operand>> {
    let (arena, len, carried) = match owner {
        Operand::Tensor(tensor) => of_tensor(graph, tensor)?,
        Operand::Temp(temp) => {
            let info = &expansion.temps[temp];
            let arena = match info.place {
                TempPlace::Floats => Arena::Floats(info.per),
                TempPlace::Words => Arena::Indices,
                TempPlace::StepWords => Arena::StepWords,
                TempPlace::Scores => Arena::Scores,
            };
            (arena, info.len, false)
        }
    };
    // Scores lie one after another for each pair; rounding would only waste.
    let len = if arena == Arena::Scores { len } else { len.next_multiple_of(ALIGNMENT) };
    Some(Claim { owner, arena, len, first: launch, last: launch, carried })
}

fn of_tensor(graph: &Graph, tensor: Tensor) -> Option<(Arena, usize, bool)> {
    let info = graph.info(tensor);
    Some((memory::arena(graph, tensor)?, info.len_per_row(), info.carried))
}
