//! One answer: prefill, decode, sample and read, with a callback for what happens meanwhile.
//!
//! [`resume`] brings a session to a prompt, [`generate`] writes the answer. Nothing here knows a
//! terminal or a connection: whoever asks hears [`Update`]s and may stop the work at each.
//! What an answer is made of, [`Answering`], [`first`] and [`next`], also serves answers that share
//! their steps with others.
//! After every outcome, also an early one, the session holds exactly the tokens that
//! [`Session::tokens`] names and can be extended.

#![forbid(unsafe_code)]

use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};

use crate::{
    chat::{End, Event, Mode, Parsed, Prompt},
    grammar::{self, Constraint},
    kv::{Kv, Receipt},
    sample::{self, Logprobs, Sampler},
    session::{self, Engine, Session},
    tokenizer::{TokenId, Tokenizer},
};

mod answering;
mod choose;

pub use answering::{Answering, Held};
pub use choose::{Choosing, Chosen, Row, first, next};

/// A failure while an answer is made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The prompt does not fit or the device failed.
    #[error(transparent)]
    Session(#[from] session::Error),
    /// No token could be chosen.
    #[error(transparent)]
    Sample(#[from] sample::Error),
    /// What constrains the answer leaves no token.
    #[error(transparent)]
    Grammar(#[from] grammar::Error),
    /// There is nothing to answer.
    #[error("the prompt is empty")]
    EmptyPrompt,
}

/// The result of making an answer.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// How the text of an answer is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// As text; everything is content.
    Raw,
    /// As the answer to an encoded conversation of this mode.
    Chat(Mode),
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The model ended it.
    End,
    /// It has as many tokens as were asked for.
    MaxTokens,
    /// The context has no room for another token.
    ContextFull,
    /// The listener broke off.
    Canceled,
}

/// What a listener hears.
#[derive(Debug, PartialEq)]
pub enum Update<'a> {
    /// This many of the prompt's `total` tokens are in the session.
    Prefilled {
        /// Tokens done.
        done: usize,
        /// All tokens of the prompt.
        total: usize,
    },
    /// The model chose a token; the text it completes follows.
    Token {
        /// The token.
        token: TokenId,
        /// What the model thinks of it, where that was asked for.
        logprobs: Option<&'a Logprobs>,
    },
    /// A piece of the answer.
    Piece(&'a Event),
}

/// How an answer is made.
#[derive(Debug)]
pub struct Request<'a> {
    /// The tokens of the whole prompt; the session holds a beginning of them.
    pub prompt: &'a [TokenId],
    /// How the answer is read.
    pub reading: Reading,
    /// What chooses its tokens.
    pub sampler: &'a mut Sampler,
    /// What its text must be, as it stands before the answer.
    pub constraint: Option<&'a mut Constraint>,
    /// Most tokens of the answer.
    pub max_tokens: Option<usize>,
    /// Where marks are kept on the way and at the end, if anywhere.
    pub kv: Option<&'a mut Kv>,
}

/// A finished answer.
#[derive(Debug)]
pub struct Answer {
    /// Its parts.
    pub parsed: Parsed,
    /// Whether the parts are whole.
    pub end: End,
    /// Why it ended.
    pub stop: Stop,
    /// Its tokens, without the end token.
    pub tokens: Vec<TokenId>,
    /// What it cost.
    pub stats: Stats,
}

/// Counts and times of one answer.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Stats {
    /// Tokens of the prompt.
    pub n_prompt: usize,
    /// Tokens of the prompt that the session held before.
    pub n_reused: usize,
    /// Where those came from and why there are not more, where [`Kv::resume`] knows.
    pub receipt: Option<Receipt>,
    /// Tokens that were prefilled.
    pub n_prefilled: usize,
    /// Tokens of the answer, the end token included.
    pub n_generated: usize,
    /// Time of the prefill.
    pub prefill: Duration,
    /// Time from the end of the prefill to the end of the answer.
    pub decode: Duration,
    /// Time from the beginning to the first token, if there was one.
    pub first_token: Option<Duration>,
}

impl Stop {
    /// The word that machine-readable output uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::End => "stop",
            Self::MaxTokens => "length",
            Self::ContextFull => "context_full",
            Self::Canceled => "canceled",
        }
    }
}

impl Stats {
    /// Prefilled tokens a second; 0 when there were none.
    #[must_use]
    pub fn prefill_speed(&self) -> f64 {
        speed(self.n_prefilled, self.prefill)
    }

    /// Decoded tokens a second; 0 for fewer than two, because the first comes with the prefill.
    #[must_use]
    pub fn decode_speed(&self) -> f64 {
        speed(self.n_generated.saturating_sub(1), self.decode)
    }
}

/// The tokens of a prompt, in which only the encoder's own special tokens are special.
#[must_use]
pub fn prompt_tokens(tokenizer: &Tokenizer, prompt: &Prompt) -> Vec<TokenId> {
    let mut tokens = Vec::new();
    for segment in prompt.segments() {
        match tokenizer.token_id(&segment.text).filter(|_| segment.trusted) {
            Some(token) => tokens.push(token),
            None if segment.trusted => tokens.extend(tokenizer.encode(&segment.text)),
            None => tokens.extend(tokenizer.encode_plain(&segment.text)),
        }
    }
    tokens
}

/// The tokens of a text in which special tokens count, behind the begin token unless the text
/// begins with it.
#[must_use]
pub fn raw_tokens(tokenizer: &Tokenizer, text: &str) -> Vec<TokenId> {
    let mut tokens = tokenizer.encode(text);
    if tokens.first() != Some(&tokenizer.bos()) {
        tokens.insert(0, tokenizer.bos());
    }
    tokens
}

/// A session that holds as much of `prompt` as can be had without computing, and not all of it.
///
/// A session whose tokens begin the prompt is kept. Any other is closed for an empty one: a shared
/// beginning that is shorter than the session cannot be gone back to, because state that covers
/// several tokens has already moved on.
///
/// # Errors
///
/// [`session::Error::Device`] when the device has no room for a session.
pub fn resume(
    engine: &mut Engine,
    session: Option<Session>,
    prompt: &[TokenId],
) -> session::Result<Session> {
    match session {
        Some(session) if extends(prompt, session.tokens()) => Ok(session),
        Some(other) => {
            engine.close(other);
            engine.session()
        }
        None => engine.session(),
    }
}

/// Whether `prompt` goes on where `tokens` end.
fn extends(prompt: &[TokenId], tokens: &[TokenId]) -> bool {
    prompt.len() > tokens.len() && prompt.starts_with(tokens)
}

/// Brings `session` to the end of the prompt and writes the answer after it.
///
/// # Errors
///
/// [`Error::EmptyPrompt`], [`Error::Session`] when the prompt does not fit the context or the
/// device fails, [`Error::Sample`] when the logits cannot be used, [`Error::Grammar`] when the
/// constraint leaves no token.
///
/// # Panics
///
/// When the prompt does not extend the session; [`resume`] sees to that.
pub fn generate(
    engine: &mut Engine,
    session: &mut Session,
    tokenizer: &Tokenizer,
    request: Request<'_>,
    mut listener: impl FnMut(Update<'_>) -> ControlFlow<()>,
) -> Result<Answer> {
    let Request { prompt, reading, sampler, constraint, max_tokens, mut kv } = request;
    let mut choosing = Choosing { sampler, constraint, logprobs: None };
    if prompt.is_empty() {
        return Err(Error::EmptyPrompt);
    }
    assert!(extends(prompt, session.tokens()), "the prompt extends the session");
    let held = Held { n_prompt: prompt.len(), n_reused: session.len(), receipt: None };
    let begun = Instant::now();
    let mut answer = Answering::new(tokenizer, (reading, max_tokens), held, begun);
    let mut hear = |done| listener(Update::Prefilled { done, total: prompt.len() });
    let is_kept = match &mut kv {
        Some(kv) => kv.prefill(engine, tokenizer, (session, prompt), &mut hear)?,
        None => true,
    };
    let kept = session.len();
    let prefilled = if is_kept {
        first(engine, session, (&prompt[kept..], &mut choosing), |done| hear(kept + done))?
    } else {
        None
    };
    answer.prefilled(session.len(), Instant::now());
    let Some(mut chosen) = prefilled else {
        return Ok(answer.finish((Stop::Canceled, Instant::now()), &mut listener));
    };
    let stop = loop {
        let is_full = session.len() >= engine.context();
        if let Some(stop) = answer.take(&chosen, (is_full, Instant::now()), &mut listener) {
            break stop;
        }
        let choosing = choosing.reborrow();
        chosen = next(engine, &mut [Row { session, token: chosen.token, choosing }])?.remove(0)?;
    };
    let ended = Instant::now();
    if let Some(kv) = kv {
        kv.keep(engine, tokenizer, session)?;
    }
    Ok(answer.finish((stop, ended), &mut listener))
}

fn speed(n_tokens: usize, time: Duration) -> f64 {
    if n_tokens == 0 { 0.0 } else { n_tokens as f64 / time.as_secs_f64().max(1e-9) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_longer_prompt_extends() {
        let tokens = [1, 2, 3].map(TokenId);
        assert!(extends(&tokens, &[]));
        assert!(extends(&tokens, &tokens[..2]));
        assert!(!extends(&tokens, &tokens), "there must be a token to compute");
        assert!(!extends(&tokens[..2], &tokens));
        assert!(!extends(&tokens, &[TokenId(1), TokenId(9)]));
    }

    #[test]
    fn speeds_of_nothing_are_zero() {
        assert!(Stats::default().prefill_speed().abs() < f64::EPSILON);
        let one = Stats { n_generated: 1, ..Stats::default() };
        assert!(one.decode_speed().abs() < f64::EPSILON);
        let three = Stats { n_generated: 3, decode: Duration::from_secs(1), ..one };
        assert!((three.decode_speed() - 2.0).abs() < 1e-9);
    }
}
