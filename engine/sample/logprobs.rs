//! What the model itself thinks of tokens, whatever the options make of it.

use super::token_at;
use crate::tokenizer::TokenId;

/// Natural logarithms of the probabilities that the model gives to a token and to its most
/// probable alternatives: at temperature 1, before bias, penalties, filters and constraints.
#[derive(Debug, Clone, PartialEq)]
pub struct Logprobs {
    /// That of the token.
    pub chosen: f32,
    /// The most probable tokens, the most probable first, of equals the lower id first. The token
    /// itself is among them where it belongs there.
    pub top: Vec<(TokenId, f32)>,
}

impl Logprobs {
    /// Most alternatives that can be asked for.
    pub const MOST: usize = 20;

    /// Those of `token`, and of the `n` most probable ones.
    #[must_use]
    pub fn of(logits: &[f32], token: TokenId, n: usize) -> Self {
        let norm = norm(logits);
        let mut order: Vec<usize> = (0..logits.len()).collect();
        let rank = |&a: &usize, &b: &usize| logits[b].total_cmp(&logits[a]).then(a.cmp(&b));
        if n < order.len() {
            order.select_nth_unstable_by(n, rank);
            order.truncate(n);
        }
        order.sort_unstable_by(rank);
        let top = order.into_iter().map(|at| (token_at(at), under(norm, logits[at]))).collect();
        Self { chosen: logprob(logits, token), top }
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
    let logit = logits.get(token.0 as usize);
    logit.map_or(f32::NEG_INFINITY, |&logit| under(norm(logits), logit))
}

/// The largest logit, and the logarithm of the sum of all weights relative to it.
fn norm(logits: &[f32]) -> (f32, f64) {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|&logit| f64::from(logit - top).exp()).sum();
    (top, sum.ln())
}

fn under((top, sum): (f32, f64), logit: f32) -> f32 {
    if top == f32::NEG_INFINITY {
        return top;
    }
    let value = f64::from(logit) - f64::from(top) - sum;
    #[expect(clippy::cast_possible_truncation, reason = "a logprob is reported in f32")]
    let value = value as f32;
    value
}
