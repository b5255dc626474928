//! Where the sessions of requests come from, and where those of ended answers go.

use std::{fmt, ops::ControlFlow};

use crate::{
    kv::Receipt,
    session::{self, Engine, Session},
    tokenizer::TokenId,
};

/// Lends sessions to requests.
///
/// What it keeps on the device has to give way to requests, as [`Space`] says; what it keeps
/// elsewhere is its own to bound. Its work is part of the time that decoding rows wait, so it
/// should be short.
pub trait Timelines: Send + fmt::Debug {
    /// A session that holds a beginning of a prompt, perhaps none of it and never all; nothing where
    /// there is no space for its timeline, whatever gives way.
    ///
    /// # Errors
    ///
    /// [`session::Error::Device`] when the device has no room for a session or fails.
    fn take(
        &mut self,
        engine: &mut Engine,
        wanted: &Wanted<'_>,
        space: &Space,
    ) -> session::Result<Option<Taken>>;

    /// Appends at most `most` tokens of the prompt of `taken`; how many. None where what is left is
    /// at most so many tokens and wants no step of its own.
    ///
    /// # Errors
    ///
    /// [`session::Error::Device`] when the device fails.
    fn step(
        &mut self,
        engine: &mut Engine,
        taken: &mut Taken,
        most: usize,
    ) -> session::Result<usize> {
        let rest = &taken.prompt[taken.session.len()..];
        if rest.len() <= most {
            return Ok(0);
        }
        engine.extend(&mut taken.session, &rest[..most], |_| ControlFlow::Continue(()))?;
        Ok(most)
    }

    /// Takes back the session of an answer that ended, early or not. It holds exactly the tokens
    /// that [`Session::tokens`] names and can be extended.
    fn give(&mut self, engine: &mut Engine, session: Session);

    /// Closes the sessions that are not lent and finishes what is under way.
    fn close(&mut self, engine: &mut Engine) {
        let _ = engine;
    }
}

/// What a request needs.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The tokens of its prompt.
    pub prompt: &'a [TokenId],
    /// Pages of its whole timeline.
    pub pages: usize,
    /// Most tokens of its prompt where it is found in other tokens of the same text, for the same
    /// pages.
    pub most: usize,
}

/// What rows leave for one more and for what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Timelines that may be open beside the rows'.
    pub slots: usize,
    /// Pages that may be on the device, those of rows included, when the timeline has all of its
    /// own.
    pub pages: usize,
    /// Whether there are no rows.
    pub is_alone: bool,
}

/// A session within a prompt.
#[derive(Debug)]
pub struct Taken {
    /// The session, which holds a beginning of `prompt`.
    pub session: Session,
    /// The prompt, in other tokens than were asked for where its beginning was found by its text.
    pub prompt: Vec<TokenId>,
    /// Tokens that the session held when it was taken.
    pub n_reused: usize,
    /// Where those came from, where anything is kept.
    pub receipt: Option<Receipt>,
}

/// Every request begins with an empty session, and nothing is kept.
#[derive(Debug, Clone, Copy, Default)]
pub struct Empty;

impl Timelines for Empty {
    fn take(
        &mut self,
        engine: &mut Engine,
        wanted: &Wanted<'_>,
        space: &Space,
    ) -> session::Result<Option<Taken>> {
        if engine.n_pages() + wanted.pages > space.pages {
            return Ok(None);
        }
        let (session, prompt) = (engine.session()?, wanted.prompt.to_vec());
        Ok(Some(Taken { session, prompt, n_reused: 0, receipt: None }))
    }

    fn give(&mut self, engine: &mut Engine, session: Session) {
        engine.close(session);
    }
}
