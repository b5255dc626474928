//! The tokens that can still be chosen, with their weights.

use std::cmp::Ordering;

use super::token_at;
use crate::tokenizer::TokenId;

/// Tokens that are ranked at once while the mass of the largest is summed.
const FIRST_RANKED: usize = 128;

/// One token.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    token: TokenId,
    logit: f32,
    /// Its probability, as a multiple of the largest one.
    weight: f32,
}

impl Candidate {
    /// The more probable first; of equals the lower id first. No two tokens are equal.
    fn rank(&self, other: &Self) -> Ordering {
        other.logit.total_cmp(&self.logit).then(self.token.cmp(&other.token))
    }
}

/// The tokens left, always in order of id.
#[derive(Debug, Clone, Default)]
pub(super) struct Candidates {
    kept: Vec<Candidate>,
    /// Room to find the largest in; what is found there is a last token to keep.
    ranked: Vec<Candidate>,
}

impl Candidates {
    /// Takes all tokens that have a weight and could pass `min_p`; `top` is the largest logit.
    pub(super) fn fill(&mut self, logits: &[f32], top: f32, (temperature, min_p): (f32, f32)) {
        // A logit below this is far below the weight: there is no need for its exponential.
        // One is added because the bound is computed with rounding errors.
        let bound = if min_p > 0.0 { top + (min_p.ln() - 1.0) * temperature } else { f32::MIN };
        self.kept.clear();
        for (index, &logit) in logits.iter().enumerate() {
            if logit < bound {
                continue;
            }
            let weight = ((logit - top) / temperature).exp();
            if weight > 0.0 {
                self.kept.push(Candidate { token: token_at(index), logit, weight });
            }
        }
    }

    /// Keeps the `n` largest.
    pub(super) fn keep_largest(&mut self, n: usize) {
        if n < self.kept.len() {
            self.ranked.clone_from(&self.kept);
            let (_, last, _) = self.ranked.select_nth_unstable_by(n - 1, Candidate::rank);
            let last = *last;
            self.keep_through(&last);
        }
    }

    /// Keeps those with at least this share of the largest weight.
    pub(super) fn keep_weight(&mut self, share: f32) {
        self.kept.retain(|candidate| candidate.weight >= share);
    }

    /// Keeps those of which `is_wanted` is true.
    pub(super) fn keep_if(&mut self, is_wanted: impl Fn(TokenId) -> bool) {
        self.kept.retain(|candidate| is_wanted(candidate.token));
    }

    /// Keeps the largest until their weights reach the share `mass` of all.
    pub(super) fn keep_mass(&mut self, mass: f64) {
        let wanted = mass * self.total();
        self.ranked.clone_from(&self.kept);
        let mut rest = &mut self.ranked[..];
        let mut n_ranked = FIRST_RANKED;
        let mut sum = 0.0;
        // Few tokens hold nearly all of the mass, so only the largest are sorted; each round
        // sorts more, and a flat distribution is sorted whole in a few rounds.
        while !rest.is_empty() {
            let (largest, others) = if n_ranked < rest.len() {
                rest.select_nth_unstable_by(n_ranked, Candidate::rank);
                rest.split_at_mut(n_ranked)
            } else {
                (rest, &mut [][..])
            };
            largest.sort_unstable_by(Candidate::rank);
            for candidate in &*largest {
                sum += f64::from(candidate.weight);
                if sum >= wanted {
                    let last = *candidate;
                    return self.keep_through(&last);
                }
            }
            rest = others;
            n_ranked *= 8;
        }
    }

    /// The token that `place`, in `[0, 1)`, falls on; `None` if there are none.
    pub(super) fn pick(&self, place: f32) -> Option<TokenId> {
        let wanted = f64::from(place) * self.total();
        let mut sum = 0.0;
        for candidate in &self.kept {
            sum += f64::from(candidate.weight);
            if sum > wanted {
                return Some(candidate.token);
            }
        }
        self.kept.last().map(|candidate| candidate.token)
    }

    /// The sum of the weights, in order of id.
    fn total(&self) -> f64 {
        self.kept.iter().map(|candidate| f64::from(candidate.weight)).sum()
    }

    /// Keeps those that rank no worse than `last`.
    fn keep_through(&mut self, last: &Candidate) {
        self.kept.retain(|candidate| candidate.rank(last).is_le());
    }
}
