//! What differs between two ways to the same answers.

use std::fmt;

use super::{Case, Path, Trace};
use crate::tokenizer::TokenId;

/// What was found on all paths.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The model.
    pub model: &'static str,
    /// The device, in words.
    pub device: String,
    /// Tokens of each prompt.
    pub lengths: Vec<usize>,
    /// Tokens of each answer.
    pub tokens: usize,
    /// Logits of each row.
    pub n_vocab: usize,
    /// Parallel to [`PATHS`](super::PATHS).
    pub outcomes: Vec<Outcome>,
}

/// What was found on one path.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Name of the path.
    pub path: &'static str,
    /// What is done differently than alone, in words.
    pub what: &'static str,
    /// Whether the same bits are promised.
    pub is_promised: bool,
    /// Rows of logits that were compared: in each answer those up to the first token that differs.
    pub rows: usize,
    /// How many of them differ.
    pub rows_differ: usize,
    /// Answers of which a token differs.
    pub answers_differ: usize,
    /// The largest difference of two logits; infinite where one is not a number.
    pub largest: f32,
    /// Where the first difference is.
    pub first: Option<Difference>,
}

/// Where an answer first differs from the one made alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Which prompt, from 0.
    pub prompt: usize,
    /// The position of the token that is chosen.
    pub position: usize,
    /// The token alone, and here.
    pub token: (TokenId, TokenId),
    /// The first logit that differs; `None` where only the choice does.
    pub logit: Option<LogitDifference>,
}

/// A logit that differs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogitDifference {
    /// Whose logit.
    pub token: TokenId,
    /// Alone.
    pub expected: f32,
    /// Here.
    pub found: f32,
}

impl Report {
    /// Whether every promise is kept.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.outcomes.iter().all(Outcome::holds)
    }
}

impl Outcome {
    pub(super) fn new(
        path: &Path,
        steps_agree: bool,
        cases: &[Case],
        (alone, found): (&[Trace], &[Trace]),
    ) -> Self {
        let mut outcome = Self {
            path: path.name,
            what: path.what,
            is_promised: path.same_kinds || steps_agree,
            rows: 0,
            rows_differ: 0,
            answers_differ: 0,
            largest: 0.0,
            first: None,
        };
        for (index, (case, pair)) in cases.iter().zip(alone.iter().zip(found)).enumerate() {
            outcome.compare((index, case.prompt.len()), pair);
        }
        outcome
    }

    /// Whether what is promised was found.
    #[must_use]
    pub const fn holds(&self) -> bool {
        !self.is_promised || self.first.is_none()
    }

    fn compare(&mut self, (prompt, length): (usize, usize), (alone, found): (&Trace, &Trace)) {
        let tokens = alone.tokens.iter().zip(&found.tokens);
        for (index, (expected, &found_token)) in tokens.enumerate() {
            let logits = (&alone.logits[index][..], &found.logits[index][..]);
            let logit = first_logit(logits);
            self.rows += 1;
            self.rows_differ += usize::from(logit.is_some());
            self.largest = self.largest.max(largest(logits));
            if logit.is_some() || *expected != found_token {
                let token = (*expected, found_token);
                let position = length + index;
                self.first.get_or_insert(Difference { prompt, position, token, logit });
            }
            if *expected != found_token {
                // What follows another token is another text.
                self.answers_differ += 1;
                break;
            }
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { prompt, position, token: (alone, here), logit } = self;
        write!(f, "prompt {prompt}, position {position}: token {}", here.0)?;
        if alone == here {
            f.write_str(" as alone")?;
        } else {
            write!(f, " instead of {}", alone.0)?;
        }
        let Some(LogitDifference { token, expected, found }) = logit else {
            return write!(f, ", from the same logits");
        };
        let (expected_bits, found_bits) = (expected.to_bits(), found.to_bits());
        write!(
            f,
            ", the logit of token {} is {found:?} (0x{found_bits:08x}) instead of {expected:?} \
             (0x{expected_bits:08x})",
            token.0
        )
    }
}

/// The first logit whose bits differ.
fn first_logit((alone, found): (&[f32], &[f32])) -> Option<LogitDifference> {
    let differ = |(a, b): (&f32, &f32)| a.to_bits() != b.to_bits();
    let index = alone.iter().zip(found).position(differ)?;
    let token = TokenId(u32::try_from(index).unwrap_or(u32::MAX));
    Some(LogitDifference { token, expected: alone[index], found: found[index] })
}

/// The largest difference of two logits.
fn largest((alone, found): (&[f32], &[f32])) -> f32 {
    let differences = alone.iter().zip(found).map(|(a, b)| {
        let difference = if a.to_bits() == b.to_bits() { 0.0 } else { (a - b).abs() };
        if difference.is_nan() { f32::INFINITY } else { difference }
    });
    differences.fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_says_where_and_what() {
        let logit = LogitDifference { token: TokenId(17), expected: 1.25, found: -0.5 };
        let token = (TokenId(55), TokenId(44));
        let mut difference = Difference { prompt: 2, position: 135, token, logit: Some(logit) };
        assert_eq!(
            difference.to_string(),
            "prompt 2, position 135: token 44 instead of 55, the logit of token 17 is -0.5 \
             (0xbf000000) instead of 1.25 (0x3fa00000)"
        );
        difference.token.1 = TokenId(55);
        difference.logit = None;
        assert_eq!(
            difference.to_string(),
            "prompt 2, position 135: token 55 as alone, from the same logits"
        );
    }

    #[test]
    fn signs_of_zero_and_numbers_that_are_none_differ() {
        let logit = first_logit((&[0.0, 1.0], &[-0.0, 1.0])).unwrap();
        assert_eq!(logit.token, TokenId(0));
        assert_eq!(largest((&[0.0], &[-0.0])).to_bits(), 0);
        assert!(largest((&[0.0], &[f32::NAN])).is_infinite());
        assert!(first_logit((&[f32::NAN], &[f32::NAN])).is_none(), "the same bits");
    }
}
