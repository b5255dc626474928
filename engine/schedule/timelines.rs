//! Where the sessions of requests come from, and where those of ended answers go.

use std::fmt;

use crate::{
    generate,
    session::{self, Engine, Session},
    tokenizer::TokenId,
};

/// Lends sessions to requests.
///
/// What it keeps of those that come back is its own to bound, beside the memory of running rows. Its
/// work is part of the time that decoding rows wait, so it should be short.
pub trait Timelines: Send + fmt::Debug {
    /// A session that holds a beginning of `prompt`, perhaps none of it and never all.
    ///
    /// # Errors
    ///
    /// [`session::Error::Device`] when the device has no room for a session.
    fn take(&mut self, engine: &mut Engine, prompt: &[TokenId]) -> session::Result<Session>;

    /// Takes back the session of an answer that ended, early or not. It holds exactly the tokens
    /// that [`Session::tokens`] names and can be extended.
    fn give(&mut self, engine: &mut Engine, session: Session);
}

/// Every request begins with an empty session, and nothing is kept.
#[derive(Debug, Clone, Copy, Default)]
pub struct Empty;

impl Timelines for Empty {
    fn take(&mut self, engine: &mut Engine, prompt: &[TokenId]) -> session::Result<Session> {
        generate::resume(engine, None, prompt)
    }

    fn give(&mut self, engine: &mut Engine, session: Session) {
        engine.close(session);
    }
}
