//! Reads prompts, with marks on the way.

use std::ops::ControlFlow;

use super::Kv;
use crate::{
    session::{Engine, Result, Session},
    tokenizer::{TokenId, Tokenizer},
};

/// Fewest tokens between the mark before a prompt's last token and the one before it.
///
/// The last token then has a step of its own, which costs the processor as much as four or five
/// tokens of a longer step. Where so few tokens lie behind the mark before, computing them again
/// costs little more than the mark.
pub const LEAST_MARK: usize = 8;

impl Kv {
    /// Where the prefill of a prompt of `len` tokens that was resumed at `begun` is to stop next,
    /// from `position` on: at the next multiple of the spacing, then before the last token, whose
    /// logits nobody keeps; `len` where no stop is left.
    #[must_use]
    pub fn next_stop(&self, (begun, position): (usize, usize), len: usize) -> usize {
        let last = len.saturating_sub(1);
        let next = (position + 1).next_multiple_of(self.spacing);
        if next < last {
            return next;
        }
        let before = (last.saturating_sub(1) / self.spacing * self.spacing).max(begun);
        if position < last && last - before.min(last) >= LEAST_MARK { last } else { len }
    }

    /// Appends at most `most` tokens of `prompt`, which was resumed at `begun`, up to the next stop
    /// and with a mark there; how many. None where what is left fits one step without a stop: those
    /// tokens are for a step with logits.
    ///
    /// # Errors
    ///
    /// As [`Engine::extend`].
    ///
    /// # Panics
    ///
    /// When the prompt does not begin with the session's tokens.
    pub fn step(
        &mut self,
        engine: &mut Engine,
        tokenizer: &Tokenizer,
        (session, prompt): (&mut Session, &[TokenId]),
        (begun, most): (usize, usize),
    ) -> Result<usize> {
        assert!(prompt.starts_with(session.tokens()), "the prompt extends the session");
        let position = session.len();
        let stop = self.next_stop((begun, position), prompt.len());
        let end = stop.min(position + most.max(1));
        if end == prompt.len() {
            return Ok(0);
        }
        engine.extend(session, &prompt[position..end], |_| ControlFlow::Continue(()))?;
        if end == stop {
            self.keep(engine, tokenizer, session)?;
        }
        Ok(end - position)
    }

    /// Brings `session` so close to the end of `prompt` that one step reads the rest, with marks on
    /// the way; whether `progress`, which hears how many tokens of the prompt are done, let all of
    /// it be done.
    ///
    /// # Errors
    ///
    /// As [`Engine::extend`], before anything is done where the prompt does not fit.
    ///
    /// # Panics
    ///
    /// When the prompt does not begin with the session's tokens.
    pub fn prefill(
        &mut self,
        engine: &mut Engine,
        tokenizer: &Tokenizer,
        (session, prompt): (&mut Session, &[TokenId]),
        mut progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<bool> {
        let begun = session.len();
        engine.check(session, &prompt[begun..])?;
        let room = (begun, engine.chunk());
        while self.step(engine, tokenizer, (&mut *session, prompt), room)? > 0 {
            if progress(session.len()).is_break() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
