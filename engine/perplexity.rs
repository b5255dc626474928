//! How well a model predicts given text.

#![forbid(unsafe_code)]

use crate::{
    session::{Engine, Error},
    tokenizer::TokenId,
};

/// Sum of the negative log-likelihoods of predicted tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Score {
    /// Sum of `-ln p(token | tokens before it)`, in nats.
    pub nll: f64,
    /// Tokens predicted: all but the first of each document.
    pub tokens: usize,
}

impl Score {
    /// Mean negative log-likelihood of a token, in nats; NaN when there is none.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.nll / self.tokens as f64
    }

    /// `e` to the mean: among how many equally likely tokens the model hesitates.
    #[must_use]
    pub fn perplexity(&self) -> f64 {
        self.mean().exp()
    }

    /// The score of this and `other` text together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { nll: self.nll + other.nll, tokens: self.tokens + other.tokens }
    }
}

/// Splits a stream of tokens into documents, each beginning with `bos`.
pub fn documents(tokens: &[TokenId], bos: TokenId) -> impl Iterator<Item = &[TokenId]> {
    let starts = tokens.iter().enumerate().filter(move |&(i, &token)| i == 0 || token == bos);
    let starts: Vec<usize> = starts.map(|(i, _)| i).chain([tokens.len()]).collect();
    (1..starts.len()).map(move |i| &tokens[starts[i - 1]..starts[i]])
}

/// Scores one document, every token given those before it.
///
/// # Errors
///
/// As [`Engine::prefill_all`]; a document longer than the context is an error.
pub fn score(engine: &mut Engine, document: &[TokenId]) -> Result<Score, Error> {
    let Some(n_predicted) = document.len().checked_sub(1).filter(|&n| n > 0) else {
        return Ok(Score::default());
    };
    let wanted: Vec<usize> = (0..n_predicted).collect();
    let mut session = engine.session()?;
    let mut nll = 0.0;
    let result =
        engine.prefill_all(&mut session, &document[..n_predicted], &wanted, |position, logits| {
            nll += nll_of(logits, document[position + 1]);
            Ok(())
        });
    engine.close(session);
    result.map(|()| Score { nll, tokens: n_predicted })
}

/// `ln Σ exp(logits) - logits[token]`.
fn nll_of(logits: &[f32], token: TokenId) -> f64 {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|&logit| f64::from(logit - max).exp()).sum();
    sum.ln() + f64::from(max) - f64::from(logits[token.0 as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_begin_with_bos() {
        let tokens: Vec<_> = [0, 5, 6, 0, 7].map(TokenId).to_vec();
        let split: Vec<_> = documents(&tokens, TokenId(0)).map(<[_]>::len).collect();
        assert_eq!(split, [3, 2]);
        assert_eq!(documents(&[], TokenId(0)).count(), 0);
    }

    #[test]
    fn equal_logits_cost_the_logarithm_of_their_number() {
        let nll = nll_of(&[3.0; 8], TokenId(2));
        assert!((nll - 8f64.ln()).abs() < 1e-12, "{nll}");
    }
}
