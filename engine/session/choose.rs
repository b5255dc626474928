//! Steps that end with a token instead of logits: the device chooses.

use std::ops::ControlFlow;

use super::{Engine, Result, Session};
use crate::{
    sample::{self, Draw},
    tokenizer::TokenId,
};

impl Engine {
    /// [`Engine::prefill`], but what is returned is the token that `draw` chooses after the last
    /// one; it is not appended.
    ///
    /// # Errors
    ///
    /// As [`Engine::prefill`], and [`Error::Sample`](super::Error::Sample) when the logits cannot
    /// be used.
    ///
    /// # Panics
    ///
    /// When `tokens` is empty.
    pub fn prefill_choosing(
        &mut self,
        session: &mut Session,
        tokens: &[TokenId],
        draw: Draw,
        progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Option<TokenId>> {
        if !self.prefill_with(session, tokens, &[draw], progress)? {
            return Ok(None);
        }
        Ok(self.chosen(&[draw])?.pop().transpose()?)
    }

    /// [`Engine::decode`], but what is returned is the token that each of `draws` chooses after its
    /// row; they are not appended.
    ///
    /// # Errors
    ///
    /// As [`Engine::prefill_choosing`].
    ///
    /// # Panics
    ///
    /// When there are not as many draws as rows.
    pub fn decode_choosing(
        &mut self,
        rows: &mut [(&mut Session, TokenId)],
        draws: &[Draw],
    ) -> Result<Vec<TokenId>> {
        let chosen = self.decode_each(rows, draws)?;
        Ok(chosen.into_iter().collect::<Result<_, _>>()?)
    }

    /// [`Engine::decode_choosing`], but a row whose logits cannot be used does not spoil the others.
    ///
    /// # Errors
    ///
    /// As [`Engine::decode`]; all rows then have failed.
    ///
    /// # Panics
    ///
    /// When there are not as many draws as rows.
    pub fn decode_each(
        &mut self,
        rows: &mut [(&mut Session, TokenId)],
        draws: &[Draw],
    ) -> Result<Vec<sample::Result<TokenId>>> {
        assert_eq!(rows.len(), draws.len(), "one draw for each row");
        self.decode_with(rows, draws, |device, step| device.submit(step))?;
        self.chosen(draws)
    }

    /// The tokens that the last step chose.
    fn chosen(&mut self, draws: &[Draw]) -> Result<Vec<sample::Result<TokenId>>> {
        let n_vocab = self.model.plan.model.n_vocab;
        let chosen = self.device.chosen();
        if chosen.iter().all(|&token| (token as usize) < n_vocab) {
            return Ok(chosen.iter().map(|&token| Ok(TokenId(token))).collect());
        }
        // Logits say what is wrong with them.
        let rows = self.device.logits()?.chunks(n_vocab).zip(draws);
        Ok(rows.map(|(logits, draw)| draw.choose(logits)).collect())
    }
}
