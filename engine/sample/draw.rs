//! One choice of a token, as data that any device can follow.

use ds4_plan::DRAW_WORDS;

use super::{Candidates, Result, largest, philox};
use crate::tokenizer::TokenId;

/// How one token is chosen from logits: the filters, and the place of the random number in its
/// sequence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Draw {
    /// As [`SamplingOptions::temperature`](super::SamplingOptions::temperature).
    pub temperature: f32,
    /// As [`SamplingOptions::top_k`](super::SamplingOptions::top_k).
    pub top_k: usize,
    /// As [`SamplingOptions::top_p`](super::SamplingOptions::top_p).
    pub top_p: f32,
    /// As [`SamplingOptions::min_p`](super::SamplingOptions::min_p).
    pub min_p: f32,
    /// As [`SamplingOptions::seed`](super::SamplingOptions::seed).
    pub seed: u64,
    /// Which number of the sequence.
    pub number: u64,
}

impl Draw {
    /// The most probable token.
    pub const GREEDY: Self =
        Self { temperature: 0.0, top_k: 0, top_p: 1.0, min_p: 0.0, seed: 0, number: 0 };

    /// The token that follows.
    ///
    /// # Errors
    ///
    /// [`Error::NotFinite`](super::Error::NotFinite) for a logit that is NaN or plus infinity,
    /// [`Error::NoToken`](super::Error::NoToken) when all logits are minus infinity or there are
    /// none.
    pub fn choose(&self, logits: &[f32]) -> Result<TokenId> {
        self.choose_with(&mut Candidates::default(), logits)
    }

    /// [`Draw::choose`] with memory that can be used again.
    pub(super) fn choose_with(
        &self,
        candidates: &mut Candidates,
        logits: &[f32],
    ) -> Result<TokenId> {
        let (best, top) = largest(logits)?;
        if self.temperature <= 0.0 {
            return Ok(best);
        }
        self.filter(candidates, logits, top);
        Ok(candidates.pick(philox::uniform(self.seed, self.number)).unwrap_or(best))
    }

    /// Chooses among those that the filters leave and of which `is_allowed` is true; `None` where
    /// there are none.
    pub(super) fn choose_among(
        &self,
        candidates: &mut Candidates,
        logits: &[f32],
        is_allowed: impl Fn(TokenId) -> bool,
    ) -> Result<Option<TokenId>> {
        let (best, top) = largest(logits)?;
        if self.temperature <= 0.0 {
            return Ok(is_allowed(best).then_some(best));
        }
        self.filter(candidates, logits, top);
        candidates.keep_if(is_allowed);
        Ok(candidates.pick(philox::uniform(self.seed, self.number)))
    }

    /// What the filters leave of all tokens.
    fn filter(&self, candidates: &mut Candidates, logits: &[f32], top: f32) {
        candidates.fill(logits, top, (self.temperature, self.min_p));
        if self.top_k > 0 {
            candidates.keep_largest(self.top_k);
        }
        candidates.keep_weight(self.min_p);
        if self.top_p < 1.0 {
            candidates.keep_mass(f64::from(self.top_p));
        }
    }

    /// The words that kernels read.
    #[must_use]
    pub fn words(&self) -> [u32; DRAW_WORDS] {
        // More than any vocabulary has keeps all, as 0 does.
        let top_k = u32::try_from(self.top_k).unwrap_or(0);
        let ([s0, s1], [n0, n1]) = (philox::words(self.seed), philox::words(self.number));
        let [temperature, top_p, min_p] =
            [self.temperature, self.top_p, self.min_p].map(f32::to_bits);
        [temperature, top_k, top_p, min_p, s0, s1, n0, n1]
    }
}
