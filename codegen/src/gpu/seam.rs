//! What a segment does for the one after it.
//!
//! The first launch of a segment is light in most steps: it mixes the streams that the segment
//! before has just left. So the segment before runs it, where its passes can follow in the last
//! launch there as they would within a segment.

use std::ops::Range;

use ds4_plan::StepKind;

use super::{
    expand::{self, Expansion, Operand},
    follow,
    fuse::{self, Chain},
    scratch,
    target::Target,
};
use crate::{
    graph::{Graph, Tensor},
    stage::StageError,
};

/// A segment as it is launched: without what the one before does for it, with what it does for the
/// one after.
#[derive(Debug)]
pub struct Joined {
    /// The graphs of the segment and of the one after it.
    pub graph: Graph,
    /// The passes that run; of the nodes, the segment's own.
    pub expansion: Expansion,
    /// The launches that they share, with every width decided.
    pub launches: Vec<Vec<Chain>>,
    /// What the segment before leaves, with its places.
    pub before: Vec<(Operand, usize)>,
    /// What is left for the segment after, with its places.
    pub after: Vec<(Operand, usize)>,
    /// Tensors and temps before those of the segment after.
    n_tensors: usize,
    n_temps: usize,
}

impl Joined {
    /// The segment of `own`, with `next` after it.
    ///
    /// # Errors
    ///
    /// [`StageError`] when a formula of a pass names what its op does not have.
    pub fn of(
        own: &Graph,
        next: Option<&Graph>,
        target: Target,
        kind: StepKind,
    ) -> Result<Self, StageError> {
        let graph = next.map_or_else(|| own.clone(), |next| own.then(next));
        let (n_nodes, alone) = (own.nodes.len(), expand::expand(own, target, kind)?);
        let (n_own, n_temps) = (alone.units.len(), alone.temps.len());
        let done = entry(own, &alone, target, kind);
        let ahead: Vec<usize> = match next {
            Some(next) => {
                let units = entry(next, &expand::expand(next, target, kind)?, target, kind);
                units.into_iter().map(|unit| n_own + unit).collect()
            }
            None => vec![],
        };
        let all = expand::expand(&graph, target, kind)?;
        let own_units = 0..n_own;
        let before = left(&graph, &all, &own.inputs, (&done, own_units.clone()));
        let after = left(&graph, &all, &own.outputs, (&ahead, n_own..all.units.len()));
        let runs = |unit| {
            if own_units.contains(&unit) { !done.contains(&unit) } else { ahead.contains(&unit) }
        };
        let mut expansion = all.only(runs);
        expansion.of_node.truncate(n_nodes);
        let launches = fuse::fuse(&expansion, target.fusion(kind));
        let n_tensors = own.tensors.len();
        Ok(Self { graph, expansion, launches, before, after, n_tensors, n_temps })
    }

    /// What an operand is to the segment after, if it is one of its own.
    #[must_use]
    pub const fn of_next(&self, operand: Operand) -> Option<Operand> {
        match operand {
            Operand::Tensor(Tensor(n)) if n >= self.n_tensors => {
                Some(Operand::Tensor(Tensor(n - self.n_tensors)))
            }
            Operand::Temp(n) if n >= self.n_temps => Some(Operand::Temp(n - self.n_temps)),
            _ => None,
        }
    }
}

/// The passes of a segment that the one before runs: those of its first launch.
fn entry(graph: &Graph, expansion: &Expansion, target: Target, kind: StepKind) -> Vec<usize> {
    let fusion = target.fusion(kind);
    // What comes first in a step has nothing before it.
    if !fusion.ahead || graph.inputs.is_empty() {
        return vec![];
    }
    let mut launches = fuse::fuse(expansion, fusion);
    let first = launches.swap_remove(0);
    if first.iter().all(|chain| follow::is_light(expansion, chain)) {
        first.into_iter().flat_map(|chain| chain.units).collect()
    } else {
        vec![]
    }
}

/// What one segment leaves for the next, with places that both find: tensors that are carried, and
/// what passes of the `entry` of the next write for its others, which are among `units`.
fn left(
    graph: &Graph,
    all: &Expansion,
    tensors: &[Tensor],
    (entry, units): (&[usize], Range<usize>),
) -> Vec<(Operand, usize)> {
    let is_read = |operand: &Operand| {
        units.clone().any(|unit| !entry.contains(&unit) && all.units[unit].reads.contains(operand))
    };
    let carried = tensors.iter().filter(|&&tensor| graph.info(tensor).carried);
    let carried = carried.map(|&tensor| Operand::Tensor(graph.root(tensor)));
    let written = entry.iter().flat_map(|&unit| all.units[unit].writes.iter().copied());
    let operands = carried.chain(written.filter(is_read));
    scratch::one_after_another(graph, all, operands)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{gpu::expand::Unit, graph::segments, model::MODELS};

    /// What a pass is, and what it touches.
    fn signature(unit: &Unit) -> (&'static str, Vec<Operand>, Vec<Operand>) {
        (unit.pass.name, unit.reads.clone(), unit.writes.clone())
    }

    fn every_step(mut check: impl FnMut(Target, StepKind, Vec<(Joined, Graph)>)) {
        let kinds = [StepKind::Decode, StepKind::Prefill];
        for (target, kind) in Target::ALL.into_iter().flat_map(|t| kinds.map(|kind| (t, kind))) {
            for model in MODELS {
                let segments = segments(model, kind);
                let joined = segments
                    .pairs()
                    .map(|(own, next)| (Joined::of(own, next, target, kind).unwrap(), own.clone()));
                check(target, kind, joined.collect());
            }
        }
    }

    #[test]
    fn every_layer_begins_alike() {
        every_step(|target, kind, segments| {
            let layers = &segments[1..segments.len() - 1];
            let begin = |(joined, own): &(Joined, Graph)| {
                let expansion = expand::expand(own, target, kind).unwrap();
                let units = entry(own, &expansion, target, kind);
                let units: Vec<_> = units.iter().map(|&u| signature(&expansion.units[u])).collect();
                let names: Vec<_> = own.tensors.iter().map(|info| info.name.clone()).collect();
                let touched =
                    units.iter().flat_map(|(_, reads, writes)| reads.iter().chain(writes));
                let tensors = touched.filter_map(|operand| match operand {
                    Operand::Tensor(tensor) => Some(names[tensor.0].clone()),
                    Operand::Temp(_) => None,
                });
                (tensors.collect::<Vec<_>>(), units, joined.before.clone())
            };
            for layer in layers {
                assert_eq!(begin(layer), begin(&layers[0]), "{target:?} {kind:?}");
            }
        });
    }

    #[test]
    fn every_segment_finds_what_is_left_for_it() {
        every_step(|target, kind, segments| {
            let places = |left: &[(Operand, usize)]| -> Vec<usize> {
                left.iter().map(|(_, place)| *place).collect()
            };
            let (last, tail) = (segments.len() - 2, segments.len() - 1);
            for (index, (joined, _)) in segments[..tail].iter().enumerate() {
                let next = &segments[if index == last { tail } else { 1 }].0;
                assert_eq!(places(&joined.after), places(&next.before), "{target:?} {kind:?}");
            }
        });
    }

    #[test]
    fn a_step_runs_every_pass_once() {
        every_step(|target, kind, segments| {
            let (mut ran, mut units) = (0, 0);
            for (joined, own) in &segments {
                // Layers of other kinds do the same for one another.
                let chains = joined.launches.iter().flatten();
                ran += chains.map(|chain| chain.units.len()).sum::<usize>();
                units += expand::expand(own, target, kind).unwrap().units.len();
            }
            assert_eq!(ran, units, "{target:?} {kind:?}");
        });
    }
}
