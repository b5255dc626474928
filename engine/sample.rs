//! Chooses the next token from logits.
//!
//! The order of the filters is fixed: bias, penalties, temperature, top-k, min-p, top-p. Each works on
//! what the ones before it kept. What is left is laid side by side on the unit interval in order
//! of token id, and a random number picks the token it falls on.
//! The number depends on the seed and on how many tokens were chosen before, and on nothing else
//! ([`philox`]): equal logits and equal options give equal text, on every device.

#![forbid(unsafe_code)]

use crate::tokenizer::TokenId;

mod candidates;
mod draw;
mod logprobs;
mod options;
pub mod philox;
#[cfg(test)]
mod tests;

use candidates::Candidates;
pub use draw::Draw;
pub use logprobs::{Logprobs, logprob};
pub use options::{OptionsError, SamplingOptions};

/// Logits from which no token can be chosen.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// A logit is not a number, or infinitely large.
    #[error("the logit of token {token} is {value}: the model's output cannot be used")]
    NotFinite {
        /// The token.
        token: TokenId,
        /// Its logit.
        value: f32,
    },
    /// No token is left to choose from.
    #[error("no token can follow: every one of the {n_logits} logits is minus infinity")]
    NoToken {
        /// Number of logits.
        n_logits: usize,
    },
}

/// The result of choosing.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Chooses tokens, one after another.
#[derive(Debug, Clone)]
pub struct Sampler {
    options: SamplingOptions,
    /// Tokens chosen so far: the number of the next draw.
    n_drawn: u64,
    /// What is added to the logits of tokens.
    bias: Vec<(TokenId, f32)>,
    /// The logits with bias and penalties, or masked ones; empty while there are none.
    changed: Vec<f32>,
    candidates: Candidates,
    /// The tokens that penalties apply to, ascending, each as often as it occurs.
    counted: Vec<TokenId>,
}

impl Sampler {
    /// A sampler that has not chosen yet.
    ///
    /// # Errors
    ///
    /// [`OptionsError`] naming the first option out of its range.
    pub fn new(options: SamplingOptions) -> Result<Self, OptionsError> {
        options.check()?;
        Ok(Self {
            options,
            n_drawn: 0,
            bias: Vec::new(),
            changed: Vec::new(),
            candidates: Candidates::default(),
            counted: Vec::new(),
        })
    }

    /// The sampler with a bias: what is added to the logits of tokens before everything else, where
    /// minus infinity forbids one.
    #[must_use]
    pub fn with_bias(self, bias: Vec<(TokenId, f32)>) -> Self {
        Self { bias, ..self }
    }

    /// Chooses the token that follows `history`, the tokens of the prompt and the answer so far.
    ///
    /// Every call counts as one draw, also one that leaves nothing to chance.
    ///
    /// # Errors
    ///
    /// [`Error::NotFinite`] for a logit that is NaN or plus infinity, [`Error::NoToken`] when all
    /// logits are minus infinity or there are none.
    pub fn sample(&mut self, logits: &[f32], history: &[TokenId]) -> Result<TokenId> {
        let draw = self.next_draw();
        self.advance();
        if !self.knows_more() {
            return draw.choose_with(&mut self.candidates, logits);
        }
        self.change(logits, history)?;
        draw.choose_with(&mut self.candidates, &self.changed)
    }

    /// [`Sampler::sample`] among the tokens of which `is_allowed` is true: what the filters leave of
    /// all tokens, without the others. Where that is nothing, the filters work on the allowed tokens
    /// alone.
    ///
    /// # Errors
    ///
    /// As [`Sampler::sample`], [`Error::NoToken`] also when no token is allowed.
    pub fn sample_among(
        &mut self,
        logits: &[f32],
        history: &[TokenId],
        is_allowed: impl Fn(TokenId) -> bool,
    ) -> Result<TokenId> {
        let draw = self.next_draw();
        self.advance();
        self.change(logits, history)?;
        if let Some(token) = draw.choose_among(&mut self.candidates, &self.changed, &is_allowed)? {
            return Ok(token);
        }
        for (index, logit) in self.changed.iter_mut().enumerate() {
            if !is_allowed(token_at(index)) {
                *logit = f32::NEG_INFINITY;
            }
        }
        draw.choose_with(&mut self.candidates, &self.changed)
    }

    /// The next draw, for whoever has the logits, or `None` where bias or the past have a say, which
    /// only [`Sampler::sample`] knows.
    #[must_use]
    pub fn draw(&self) -> Option<Draw> {
        (!self.knows_more()).then(|| self.next_draw())
    }

    /// Whether more than the logits has a say.
    fn knows_more(&self) -> bool {
        !self.bias.is_empty() || self.options.penalizes()
    }

    /// Copies `logits` with bias and penalties.
    fn change(&mut self, logits: &[f32], history: &[TokenId]) -> Result<()> {
        largest(logits)?;
        self.changed.clear();
        self.changed.extend_from_slice(logits);
        for &(token, bias) in &self.bias {
            if let Some(logit) = self.changed.get_mut(token.0 as usize) {
                *logit += bias;
            }
        }
        if self.options.penalizes() {
            penalize(&mut self.changed, &mut self.counted, (&self.options, history));
        }
        Ok(())
    }

    /// Counts a draw that was made elsewhere.
    pub const fn advance(&mut self) {
        self.n_drawn += 1;
    }

    const fn next_draw(&self) -> Draw {
        let SamplingOptions { temperature, top_k, top_p, min_p, seed, .. } = self.options;
        Draw { temperature, top_k, top_p, min_p, seed, number: self.n_drawn }
    }

    /// Tokens chosen so far.
    #[must_use]
    pub const fn n_drawn(&self) -> u64 {
        self.n_drawn
    }

    /// The options.
    #[must_use]
    pub const fn options(&self) -> &SamplingOptions {
        &self.options
    }
}

/// The token with the largest logit, the lowest id among equals, and the logit.
fn largest(logits: &[f32]) -> Result<(TokenId, f32)> {
    let mut best = None;
    let mut top = f32::NEG_INFINITY;
    for (index, &value) in logits.iter().enumerate() {
        if value.is_nan() || value == f32::INFINITY {
            return Err(Error::NotFinite { token: token_at(index), value });
        }
        if value > top {
            top = value;
            best = Some(index);
        }
    }
    let best = best.ok_or(Error::NoToken { n_logits: logits.len() })?;
    Ok((token_at(best), top))
}

/// Lowers the logits of tokens that occurred.
fn penalize(
    logits: &mut [f32],
    counted: &mut Vec<TokenId>,
    (options, history): (&SamplingOptions, &[TokenId]),
) {
    let window = history.len().min(options.penalty_window);
    counted.clear();
    counted.extend_from_slice(&history[history.len() - window..]);
    counted.sort_unstable();
    for same in counted.chunk_by(|a, b| a == b) {
        let Some(logit) = logits.get_mut(same[0].0 as usize) else { continue };
        if *logit > 0.0 {
            *logit /= options.repetition_penalty;
        } else {
            *logit *= options.repetition_penalty;
        }
        *logit -= options.presence_penalty + options.frequency_penalty * same.len() as f32;
    }
}

/// The token of a logit.
fn token_at(index: usize) -> TokenId {
    TokenId(u32::try_from(index).expect("a vocabulary has fewer than 2^32 entries"))
}
