//! Steps that extend timelines.

use std::ops::ControlFlow;

use ds4_plan::StepKind;

use super::{Engine, Error, Result, Session};
use crate::{
    device::{self, Device, LaunchTime, StepRequest, StepRows},
    sample::Draw,
    tokenizer::TokenId,
};

impl Engine {
    /// Appends `tokens` in chunks and returns the logits after the last one.
    ///
    /// `progress` hears after each chunk how many of the tokens are done and may stop the work;
    /// the session then holds the tokens done so far and the result is `None`.
    ///
    /// # Errors
    ///
    /// [`Error::ContextFull`] and [`Error::UnknownToken`] before anything is done,
    /// [`Error::Device`] when a step fails.
    ///
    /// # Panics
    ///
    /// When `tokens` is empty.
    pub fn prefill(
        &mut self,
        session: &mut Session,
        tokens: &[TokenId],
        progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Option<&[f32]>> {
        let is_done = self.prefill_with(session, tokens, &[], progress)?;
        Ok(if is_done { Some(self.device.logits()?) } else { None })
    }

    /// Appends `tokens` in chunks, the last of which follows `draws`; whether `progress` let all of
    /// them be done.
    pub(super) fn prefill_with(
        &mut self,
        session: &mut Session,
        tokens: &[TokenId],
        draws: &[Draw],
        mut progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<bool> {
        assert!(!tokens.is_empty(), "there are tokens to append");
        let mut done = 0;
        self.check(session, tokens)?;
        for chunk in tokens.chunks(self.chunk) {
            done += chunk.len();
            let is_last = done == tokens.len();
            let last_row = [device_index(chunk.len() - 1)];
            let (wanted, draws) = if is_last { (&last_row[..], draws) } else { (&[][..], &[][..]) };
            self.append(session, chunk, wanted, draws)?;
            if progress(done).is_break() && !is_last {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Appends `tokens` in chunks, without any logits; whether `progress`, which hears after each
    /// chunk how many are done, let all of them be done.
    ///
    /// # Errors
    ///
    /// As [`Engine::prefill`].
    pub fn extend(
        &mut self,
        session: &mut Session,
        tokens: &[TokenId],
        mut progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<bool> {
        self.check(session, tokens)?;
        let mut done = 0;
        for chunk in tokens.chunks(self.chunk) {
            self.append(session, chunk, &[], &[])?;
            done += chunk.len();
            if progress(done).is_break() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Appends `tokens` in chunks and hands the logits at `wanted` (ascending indices into
    /// `tokens`) to `sink`, one after another.
    ///
    /// # Errors
    ///
    /// As [`Engine::prefill`], and whatever `sink` returns.
    pub fn prefill_all<E: From<Error>>(
        &mut self,
        session: &mut Session,
        tokens: &[TokenId],
        wanted: &[usize],
        mut sink: impl FnMut(usize, &[f32]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.check(session, tokens)?;
        let n_vocab = self.model.plan.model.n_vocab;
        let mut wanted = wanted.iter().copied().peekable();
        let mut start = 0;
        for chunk in tokens.chunks(self.chunk) {
            let end = start + chunk.len();
            let mut indices = vec![];
            while let Some(index) = wanted.next_if(|&index| index < end) {
                indices.push(index);
            }
            let rows: Vec<u32> = indices.iter().map(|index| device_index(index - start)).collect();
            self.append(session, chunk, &rows, &[])?;
            let logits = self.device.logits().map_err(Error::from)?;
            for (index, logits) in indices.into_iter().zip(logits.chunks(n_vocab)) {
                sink(index, logits)?;
            }
            start = end;
        }
        Ok(())
    }

    /// Appends one token to each of several timelines and returns the logits after each,
    /// `[rows, n_vocab]`.
    ///
    /// # Errors
    ///
    /// As [`Engine::prefill`].
    pub fn decode(&mut self, rows: &mut [(&mut Session, TokenId)]) -> Result<&[f32]> {
        self.decode_with(rows, &[], |device, step| device.submit(step))?;
        Ok(self.device.logits()?)
    }

    /// The logits of the last step, `[rows, n_vocab]`; of a prefill step, those after its last token.
    ///
    /// # Errors
    ///
    /// [`Error::Device`] when the device cannot hand them over.
    pub fn logits(&mut self) -> Result<&[f32]> {
        Ok(self.device.logits()?)
    }

    /// [`Engine::decode_choosing`], but what is returned is the time of each launch, in their order.
    ///
    /// # Errors
    ///
    /// As [`Engine::decode`], and [`Error::Device`] when the device times nothing.
    pub fn decode_timed(
        &mut self,
        rows: &mut [(&mut Session, TokenId)],
        draws: &[Draw],
    ) -> Result<Vec<LaunchTime>> {
        self.decode_with(rows, draws, |device, step| device.submit_timed(step))
    }

    pub(super) fn decode_with<R>(
        &mut self,
        rows: &mut [(&mut Session, TokenId)],
        draws: &[Draw],
        submit: impl FnOnce(&mut dyn Device, &StepRequest<'_>) -> device::Result<R>,
    ) -> Result<R> {
        for (session, token) in rows.iter_mut() {
            self.check(session, std::slice::from_ref(token))?;
        }
        for (session, _) in rows.iter_mut() {
            self.reserve(session, 1)?;
        }
        let tokens: Vec<u32> = rows.iter().map(|(_, token)| token.0).collect();
        let all: Vec<u32> = (0..rows.len()).map(device_index).collect();
        let step: Vec<_> = rows.iter().map(|(session, _)| step_rows(session, 1)).collect();
        let (kind, tokens, logit_rows) = (StepKind::Decode, &tokens, &all);
        let request = StepRequest { kind, tokens, rows: &step, logit_rows, draws };
        let done = submit(&mut *self.device, &request)?;
        for (session, token) in rows {
            session.tokens.push(*token);
        }
        Ok(done)
    }

    /// Refuses tokens that the session or the model has no room for.
    ///
    /// # Errors
    ///
    /// [`Error::ContextFull`] and [`Error::UnknownToken`].
    pub fn check(&self, session: &Session, tokens: &[TokenId]) -> Result<()> {
        let needed = session.len() + tokens.len();
        if needed > self.context {
            return Err(Error::ContextFull { needed, context: self.context });
        }
        let n_vocab = self.model.plan.model.n_vocab;
        match tokens.iter().position(|token| token.0 as usize >= n_vocab) {
            None => Ok(()),
            Some(index) => Err(Error::UnknownToken {
                token: tokens[index].0,
                position: session.len() + index,
                n_vocab,
            }),
        }
    }

    /// Appends `tokens` in one step, with the logits after the last one, and says how long each
    /// launch took.
    ///
    /// # Errors
    ///
    /// As [`Engine::prefill`], and [`Error::Device`] when the device times nothing.
    ///
    /// # Panics
    ///
    /// When `tokens` is empty.
    pub fn prefill_timed(
        &mut self,
        session: &mut Session,
        tokens: &[TokenId],
    ) -> Result<Vec<LaunchTime>> {
        assert!(!tokens.is_empty(), "there are tokens to append");
        self.check(session, tokens)?;
        let last = [device_index(tokens.len() - 1)];
        self.append_with(session, tokens, (&last, &[]), |device, step| device.submit_timed(step))
    }

    /// Appends one chunk.
    fn append(
        &mut self,
        session: &mut Session,
        chunk: &[TokenId],
        wanted: &[u32],
        draws: &[Draw],
    ) -> Result<()> {
        self.append_with(session, chunk, (wanted, draws), |device, step| device.submit(step))
    }

    fn append_with<R>(
        &mut self,
        session: &mut Session,
        chunk: &[TokenId],
        (logit_rows, draws): (&[u32], &[Draw]),
        submit: impl FnOnce(&mut dyn Device, &StepRequest<'_>) -> device::Result<R>,
    ) -> Result<R> {
        self.reserve(session, chunk.len())?;
        let tokens: Vec<u32> = chunk.iter().map(|token| token.0).collect();
        let rows = &[step_rows(session, chunk.len())];
        let (kind, tokens) = (StepKind::Prefill, &tokens);
        let request = StepRequest { kind, tokens, rows, logit_rows, draws };
        let done = submit(&mut *self.device, &request)?;
        session.tokens.extend_from_slice(chunk);
        Ok(done)
    }
}

fn step_rows(session: &Session, len: usize) -> StepRows<'_> {
    StepRows { slot: session.slot, start: session.len(), len, pages: &session.pages }
}

/// A row's index in the type that devices use.
fn device_index(index: usize) -> u32 {
    u32::try_from(index).expect("a step has fewer than 2^32 rows")
}
