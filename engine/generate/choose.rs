//! The next token of an answer, chosen on the device or, where that knows too little, here.
//!
//! A constraint does not need the logits while the device chooses what it allows. A token that it
//! does not allow is drawn again here, with the next random number, among those that it allows and
//! that the filters left. To reject and then draw from what is left is to draw from the masked
//! distribution: where the allowed tokens have the share `a` of all, each is chosen with
//! `p + (1 - a) · p / a = p / a`.

use std::ops::ControlFlow;

use super::Result;
use crate::{
    grammar::Constraint,
    sample::{self, Draw, Logprobs, Sampler},
    session::{self, Engine, Session},
    tokenizer::TokenId,
};

/// What chooses the tokens of one answer.
#[derive(Debug)]
pub struct Choosing<'a> {
    /// Draws them.
    pub sampler: &'a mut Sampler,
    /// What the answer must be, as far as it goes.
    pub constraint: Option<&'a mut Constraint>,
    /// How many alternatives are told; `None` for no probabilities at all.
    pub logprobs: Option<usize>,
}

/// A token that was chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// The token.
    pub token: TokenId,
    /// What the model thinks of it, where that was asked for.
    pub logprobs: Option<Box<Logprobs>>,
}

/// One answer's part of a decode step.
#[derive(Debug)]
pub struct Row<'a> {
    /// The timeline.
    pub session: &'a mut Session,
    /// The token to append.
    pub token: TokenId,
    /// What chooses the one after it.
    pub choosing: Choosing<'a>,
}

impl Choosing<'_> {
    /// The same for a while.
    pub(super) fn reborrow(&mut self) -> Choosing<'_> {
        let Self { sampler, constraint, logprobs } = self;
        Choosing { sampler, constraint: constraint.as_deref_mut(), logprobs: *logprobs }
    }

    /// The draw for a device; `None` where it takes the logits to choose or to tell.
    fn draw(&self) -> Option<Draw> {
        self.sampler.draw().filter(|_| self.logprobs.is_none())
    }

    /// Keeps the token that the device chose, or nothing if the constraint does not allow it.
    fn keep(&mut self, token: TokenId) -> Result<Option<Chosen>> {
        self.sampler.advance();
        Ok(self.take(token)?.then_some(Chosen { token, logprobs: None }))
    }

    /// Chooses from logits after `history`. `is_rejected` says that the device's token was not
    /// allowed.
    fn choose(&mut self, logits: &[f32], history: &[TokenId], is_rejected: bool) -> Result<Chosen> {
        if !is_rejected {
            let token = self.sampler.sample(logits, history)?;
            if self.take(token)? {
                return Ok(self.tell(token, logits));
            }
        }
        let Some(constraint) = &mut self.constraint else {
            unreachable!("without a constraint every token is allowed")
        };
        let mask = constraint.mask()?;
        let token = self.sampler.sample_among(logits, history, |token| mask.has(token))?;
        constraint.take(token)?;
        Ok(self.tell(token, logits))
    }

    /// Tells the constraint of a token, if it allows it; whether it does.
    fn take(&mut self, token: TokenId) -> Result<bool> {
        let Some(constraint) = &mut self.constraint else { return Ok(true) };
        let is_allowed = constraint.allows(token)?;
        if is_allowed {
            constraint.take(token)?;
        }
        Ok(is_allowed)
    }

    fn tell(&self, token: TokenId, logits: &[f32]) -> Chosen {
        let logprobs = self.logprobs.map(|n| Box::new(Logprobs::of(logits, token, n)));
        Chosen { token, logprobs }
    }
}

/// Appends the rest of a prompt and chooses the token after it, unless `progress` broke off.
///
/// The device chooses where the logits are all that it takes.
///
/// # Errors
///
/// [`Error::Session`](super::Error::Session) when the tokens do not fit or the device fails,
/// [`Error::Sample`](super::Error::Sample) when the logits cannot be used,
/// [`Error::Grammar`](super::Error::Grammar) when the constraint leaves no token.
///
/// # Panics
///
/// When `rest` is empty.
pub fn first(
    engine: &mut Engine,
    session: &mut Session,
    (rest, choosing): (&[TokenId], &mut Choosing<'_>),
    progress: impl FnMut(usize) -> ControlFlow<()>,
) -> Result<Option<Chosen>> {
    let Some(draw) = choosing.draw() else {
        return match engine.prefill(session, rest, progress)? {
            Some(logits) => choosing.choose(logits, session.tokens(), false).map(Some),
            None => Ok(None),
        };
    };
    let Some(token) = engine.prefill_choosing(session, rest, draw, progress)? else {
        return Ok(None);
    };
    match choosing.keep(token)? {
        Some(chosen) => Ok(Some(chosen)),
        None => choosing.choose(engine.logits()?, session.tokens(), true).map(Some),
    }
}

/// Appends a token to each of `rows` in one step and chooses the ones after them, as [`first`]
/// does. The choice can fail for one row and succeed for the others.
///
/// # Errors
///
/// As [`Engine::decode`]; all rows then have failed.
pub fn next(engine: &mut Engine, rows: &mut [Row<'_>]) -> session::Result<Vec<Result<Chosen>>> {
    let draws: Vec<Option<Draw>> = rows.iter().map(|row| row.choosing.draw()).collect();
    let mut step: Vec<_> = rows.iter_mut().map(|row| (&mut *row.session, row.token)).collect();
    let tokens = if draws.iter().all(Option::is_none) {
        engine.decode(&mut step)?;
        draws.iter().map(|_| None).collect()
    } else {
        // The device chooses for every row or for none; what it chooses without knowing enough is
        // left unused.
        let all: Vec<Draw> = draws.iter().map(|draw| draw.unwrap_or(Draw::GREEDY)).collect();
        let tokens = engine.decode_each(&mut step, &all)?.into_iter();
        tokens.zip(&draws).map(|(token, draw)| draw.map(|_| token)).collect::<Vec<_>>()
    };
    let keep = |(row, token): (&mut Row<'_>, Option<sample::Result<TokenId>>)| {
        let token = token?.map_err(Into::into);
        token.and_then(|token| row.choosing.keep(token)).transpose()
    };
    let mut chosen: Vec<_> = rows.iter_mut().zip(tokens).map(keep).collect();
    if chosen.iter().any(Option::is_none) {
        let logits = engine.logits()?;
        let logits = logits.chunks(logits.len() / rows.len());
        for ((row, logits), (chosen, draw)) in
            rows.iter_mut().zip(logits).zip(chosen.iter_mut().zip(draws))
        {
            chosen.get_or_insert_with(|| {
                row.choosing.choose(logits, row.session.tokens(), draw.is_some())
            });
        }
    }
    Ok(chosen.into_iter().flatten().collect())
}
