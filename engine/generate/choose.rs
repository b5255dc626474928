//! The next token of an answer, chosen on the device or, where that knows too little, here.

use std::ops::ControlFlow;

use super::Result;
use crate::{
    sample::Sampler,
    session::{Engine, Session},
    tokenizer::TokenId,
};

/// Appends the rest of a prompt and chooses the token after it, unless `progress` broke off.
///
/// The device chooses where the logits are all that it takes.
pub(super) fn first(
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

/// Appends `token` and chooses the one after it, as [`first`] does.
pub(super) fn next(
    engine: &mut Engine,
    session: &mut Session,
    token: TokenId,
    sampler: &mut Sampler,
) -> Result<TokenId> {
    let rows = &mut [(&mut *session, token)];
    match sampler.draw() {
        Some(draw) => {
            let token = engine.decode_choosing(rows, &[draw])?[0];
            sampler.advance();
            Ok(token)
        }
        None => {
            let logits = engine.decode(rows)?;
            Ok(sampler.sample(logits, session.tokens())?)
        }
    }
}
