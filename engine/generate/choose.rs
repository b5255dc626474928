//! The next token of an answer, chosen on the device or, where that knows too little, here.

use std::ops::ControlFlow;

use super::Result;
use crate::{
    sample::{self, Draw, Sampler},
    session::{self, Engine, Session},
    tokenizer::TokenId,
};

/// One answer's part of a decode step.
#[derive(Debug)]
pub struct Row<'a> {
    /// The timeline.
    pub session: &'a mut Session,
    /// The token to append.
    pub token: TokenId,
    /// What chooses the one after it.
    pub sampler: &'a mut Sampler,
}

/// Appends the rest of a prompt and chooses the token after it, unless `progress` broke off.
///
/// The device chooses where the logits are all that it takes.
///
/// # Errors
///
/// [`Error::Session`](super::Error::Session) when the tokens do not fit or the device fails,
/// [`Error::Sample`](super::Error::Sample) when the logits cannot be used.
///
/// # Panics
///
/// When `rest` is empty.
pub fn first(
    engine: &mut Engine,
    session: &mut Session,
    (rest, sampler): (&[TokenId], &mut Sampler),
    progress: impl FnMut(usize) -> ControlFlow<()>,
) -> Result<Option<TokenId>> {
    match sampler.draw() {
        Some(draw) => {
            let token = engine.prefill_choosing(session, rest, draw, progress)?;
            if token.is_some() {
                sampler.advance();
            }
            Ok(token)
        }
        None => match engine.prefill(session, rest, progress)? {
            Some(logits) => Ok(Some(sampler.sample(logits, session.tokens())?)),
            None => Ok(None),
        },
    }
}

/// Appends a token to each of `rows` in one step and chooses the ones after them, as [`first`]
/// does. The choice can fail for one row and succeed for the others.
///
/// # Errors
///
/// As [`Engine::decode`]; all rows then have failed.
pub fn next(
    engine: &mut Engine,
    rows: &mut [Row<'_>],
) -> session::Result<Vec<sample::Result<TokenId>>> {
    let draws: Vec<Option<Draw>> = rows.iter().map(|row| row.sampler.draw()).collect();
    let mut step: Vec<_> = rows.iter_mut().map(|row| (&mut *row.session, row.token)).collect();
    if draws.iter().all(Option::is_none) {
        engine.decode(&mut step)?;
        let logits = engine.logits()?;
        return Ok(rows
            .iter_mut()
            .zip(logits.chunks(logits.len() / draws.len()))
            .map(sample)
            .collect());
    }
    // The device chooses for every row or for none; what it chooses without knowing the past is
    // left unused.
    let all: Vec<Draw> = draws.iter().map(|draw| draw.unwrap_or(Draw::GREEDY)).collect();
    let mut chosen = engine.decode_each(&mut step, &all)?;
    if draws.iter().any(Option::is_none) {
        let logits = engine.logits()?;
        let logits = logits.chunks(logits.len() / draws.len());
        for (index, of_row) in rows.iter_mut().zip(logits).enumerate() {
            if draws[index].is_none() {
                chosen[index] = sample(of_row);
            }
        }
    }
    for (row, draw) in rows.iter_mut().zip(&draws) {
        if draw.is_some() {
            row.sampler.advance();
        }
    }
    Ok(chosen)
}

/// Chooses from the logits of a row, with its past.
fn sample((row, logits): (&mut Row<'_>, &[f32])) -> sample::Result<TokenId> {
    row.sampler.sample(logits, row.session.tokens())
}
