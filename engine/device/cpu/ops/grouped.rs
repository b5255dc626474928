//! Pairs of tokens and chosen experts, grouped by expert.

use std::ops::Range;

use super::dots::TILE;

/// Pairs of one expert that are computed together.
#[derive(Debug)]
pub(crate) struct Tile {
    /// The expert.
    pub(crate) expert: usize,
    /// Its place in [`Grouped::pairs`].
    pub(crate) pairs: Range<usize>,
}

/// Pairs `t * K + k` of a token and its `k`th expert, in order of experts.
#[derive(Debug)]
pub(crate) struct Grouped {
    pairs: Vec<usize>,
    tiles: Vec<Tile>,
}

impl Grouped {
    /// Groups the pairs whose experts are `ids`, each below `n_experts`.
    pub(crate) fn new(ids: &[u32], n_experts: usize) -> Self {
        let mut ends = vec![0; n_experts];
        for id in ids {
            ends[*id as usize] += 1;
        }
        let mut tiles = Vec::new();
        let mut first = 0;
        for (expert, end) in ends.iter_mut().enumerate() {
            let last = first + *end;
            tiles.extend(
                (first..last)
                    .step_by(TILE)
                    .map(|start| Tile { expert, pairs: start..last.min(start + TILE) }),
            );
            *end = first;
            first = last;
        }
        let mut pairs = vec![0; ids.len()];
        for (pair, id) in ids.iter().enumerate() {
            let end = &mut ends[*id as usize];
            pairs[*end] = pair;
            *end += 1;
        }
        Self { pairs, tiles }
    }

    /// The pairs, those of one expert together.
    pub(crate) fn pairs(&self) -> &[usize] {
        &self.pairs
    }

    /// Ranges of at most [`TILE`] pairs of one expert.
    pub(crate) fn tiles(&self) -> &[Tile] {
        &self.tiles
    }
}
