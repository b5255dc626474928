//! Proves of a model on a device what the program promises: the same prompts give the same tokens
//! and the same logits, to the last bit, whatever else the device does meanwhile.
//!
//! [`determinism`] makes every answer alone and then on each of the [`PATHS`], and compares what
//! follows each prompt, row by row of logits. A path whose steps are of the kinds that they are of
//! alone (a prompt in prefill steps, an answer in decode steps) promises the same bits on every
//! device. One that decodes what is prefilled alone promises them where the device says that its
//! kinds of steps agree, as the CPU does; elsewhere it is measured and promises nothing.

#![forbid(unsafe_code)]

use crate::{
    sample::Draw,
    session::{self, Engine},
    tokenizer::TokenId,
};

mod compare;
mod kept;
mod long;
mod memory;
mod paths;

pub use compare::{Difference, LogitDifference, Outcome, Report};
pub use long::{LongOutcome, LongReport, long, work};
pub use memory::{Memory, memory};
pub use paths::{PATHS, Path};

/// A proof that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The timelines do not fit the context or the device failed.
    #[error(transparent)]
    Session(#[from] session::Error),
    /// There is no folder to keep sessions in for a while.
    #[error("cannot make a temporary folder")]
    Folder(#[from] std::io::Error),
    /// A session that was kept did not come back.
    #[error("a session of {n_tokens} tokens was kept and did not come back: {warnings}")]
    NotKept {
        /// Its tokens.
        n_tokens: usize,
        /// What is said of it, if anything.
        warnings: String,
    },
}

/// The result of a proof.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Tokens of each prompt.
    pub lengths: Vec<usize>,
    /// Tokens of each answer.
    pub tokens: usize,
    /// Where the random tokens of prompts and choices begin.
    pub seed: u64,
}

impl Default for Options {
    /// Lengths around the boundaries of windows, pages and chunks.
    fn default() -> Self {
        Self { lengths: vec![5, 127, 129, 257, 520], tokens: 12, seed: 0 }
    }
}

/// What follows one prompt: after its last token, and after each token of the answer but the last.
#[derive(Debug, Clone, PartialEq, Default)]
struct Trace {
    tokens: Vec<TokenId>,
    /// Parallel to `tokens`: what each was chosen from.
    logits: Vec<Vec<f32>>,
}

/// A prompt, and how the tokens after it are chosen.
#[derive(Debug, Clone)]
struct Case {
    prompt: Vec<TokenId>,
    /// One in two is greedy, the others are drawn from all tokens.
    draw: Draw,
}

impl Case {
    /// How the token `number` of the answer is chosen.
    fn draw(&self, number: usize) -> Draw {
        Draw { number: number as u64, ..self.draw }
    }
}

/// Compares every path with answers made alone; `progress` hears which path is next.
///
/// # Errors
///
/// [`Error::Session`] when the prompts do not fit the context or the device fails, and the others
/// when a session cannot be kept.
pub fn determinism(
    engine: &mut Engine,
    options: &Options,
    mut progress: impl FnMut(&Path),
) -> Result<Report> {
    let n_vocab = engine.model().plan.model.n_vocab;
    let cases = options.lengths.iter().zip(options.seed..).map(|(&length, seed)| {
        let random = Draw { temperature: 1.0, seed, ..Draw::GREEDY };
        let draw = if seed.is_multiple_of(2) { Draw::GREEDY } else { random };
        Case { prompt: random_tokens(n_vocab, length.max(1), seed), draw }
    });
    let cases: Vec<Case> = cases.collect();
    let n_tokens = options.tokens.max(1);
    let alone = paths::alone(engine, &cases, n_tokens)?;
    let steps_agree = engine.device().steps_agree();
    let mut outcomes = vec![];
    for path in PATHS {
        progress(path);
        let found = (path.run)(engine, &cases, n_tokens)?;
        outcomes.push(Outcome::new(path, steps_agree, &cases, (&alone, &found)));
    }
    Ok(Report {
        model: engine.model().plan.model.name,
        device: engine.device().describe(),
        lengths: cases.iter().map(|case| case.prompt.len()).collect(),
        tokens: n_tokens,
        n_vocab,
        outcomes,
    })
}

/// Tokens that are the same for the same seed.
fn random_tokens(n_vocab: usize, n: usize, seed: u64) -> Vec<TokenId> {
    // Uniform logits without a filter: each token is as likely as any other.
    let logits = vec![0.0; n_vocab];
    let draw = |number| Draw { temperature: 1.0, seed, number, ..Draw::GREEDY };
    (0..n as u64).map_while(|number| draw(number).choose(&logits).ok()).collect()
}
