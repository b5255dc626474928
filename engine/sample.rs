//! Chooses the next token from logits.
//!
//! The order of the filters is fixed: penalties, temperature, top-k, min-p, top-p. Each works on
//! what the ones before it kept. What is left is laid side by side on the unit interval in order
//! of token id, and a random number picks the token it falls on.
//! The number depends on the seed and on how many tokens were chosen before, and on nothing else
//! ([`philox`]): equal logits and equal options give equal text, on every device.

#![forbid(unsafe_code)]

use crate::tokenizer::TokenId;

mod candidates;
mod draw;
mod options;
pub mod philox;
#[cfg(test)]
mod tests;

use candidates::Candidates;
pub use draw::Draw;
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
    /// The penalized logits; empty while there are no penalties.
    penalized: Vec<f32>,
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
            penalized: Vec::new(),
            candidates: Candidates::default(),
            counted: Vec::new(),
        })
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
        let mut logits = logits;
        if self.options.penalizes() {
            largest(logits)?;
            penalize(&mut self.penalized, &mut self.counted, logits, (&self.options, history));
            logits = &self.penalized;
        }
        draw.choose_with(&mut self.candidates, logits)
    }

    /// The next draw, for whoever has the logits, or `None` where the past has a say, which only
    /// [`Sampler::sample`] knows.
    #[must_use]
    pub fn draw(&self) -> Option<Draw> {
        (!self.options.penalizes()).then(|| self.next_draw())
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

/// Natural logarithm of the probability that the model itself gives to `token`: the log-softmax of
/// the logits, before any option.
///
/// ```text
/// logprob = logit[token] - max - ln Σ exp(logit - max)
/// ```
///
/// It is minus infinity for a token outside of the logits.
#[must_use]
pub fn logprob(logits: &[f32], token: TokenId) -> f32 {
    let Some(&logit) = logits.get(token.0 as usize) else { return f32::NEG_INFINITY };
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if top == f32::NEG_INFINITY {
        return top;
    }
    let sum: f64 = logits.iter().map(|&logit| f64::from(logit - top).exp()).sum();
    let value = f64::from(logit) - f64::from(top) - sum.ln();
    #[expect(clippy::cast_possible_truncation, reason = "a logprob is reported in f32")]
    let value = value as f32;
    value
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

/// Copies `logits` to `out` and lowers those of tokens that occurred.
fn penalize(
    out: &mut Vec<f32>,
    counted: &mut Vec<TokenId>,
    logits: &[f32],
    (options, history): (&SamplingOptions, &[TokenId]),
) {
    out.clear();
    out.extend_from_slice(logits);
    let window = history.len().min(options.penalty_window);
    counted.clear();
    counted.extend_from_slice(&history[history.len() - window..]);
    counted.sort_unstable();
    for same in counted.chunk_by(|a, b| a == b) {
        let Some(logit) = out.get_mut(same[0].0 as usize) else { continue };
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
