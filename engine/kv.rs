//! What is kept of timelines, so that no token is computed twice.
//!
//! [`Kv::resume`] finds the longest beginning of a prompt that can be gone back to, whichever
//! timeline made it, and returns a session that stands there; [`Kv::prefill`] and [`Kv::keep`]
//! leave *marks* on the way. A mark is a copy of everything that later tokens overwrite, with the
//! names of the full pages before it, which are never overwritten and are shared.
//! A session that was resumed computes the same logits, to the last bit, as one that never stopped.

#![forbid(unsafe_code)]

use std::{collections::HashMap, ops::ControlFlow};

use crate::{
    session::{self, Engine, PageRef, Session},
    tokenizer::{TokenId, Tokenizer},
};

mod keep;
pub mod key;
pub mod memory;
mod receipt;
mod resume;
pub mod text;
pub mod tree;

pub use receipt::{Difference, Receipt, Source, Why};

use self::{
    key::{Key, Namer},
    memory::Memory,
    tree::Tree,
};

/// What is kept, and where.
#[derive(Debug, Clone)]
pub struct Options {
    /// Most bytes of marks and pages in the host's memory; 0 for none.
    pub memory: usize,
    /// Tokens between the marks of a long prompt; rounded up to whole pages and steps.
    pub spacing: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { memory: 1 << 30, spacing: 2048 }
    }
}

/// Everything that is kept of an engine's timelines.
///
/// It belongs to one engine; sessions of another one are not to be given to it.
#[derive(Debug)]
pub struct Kv {
    tree: Tree,
    memory: Memory,
    /// Full pages that were on the device when they were last seen.
    on_device: HashMap<Key, PageRef>,
    spacing: usize,
}

/// A session that stands within a prompt.
#[derive(Debug)]
pub struct Resumed {
    /// The session, which holds a beginning of `prompt` and not all of it.
    pub session: Session,
    /// The prompt, in other tokens than were asked for where its beginning was found by its text.
    pub prompt: Vec<TokenId>,
    /// What was reused.
    pub receipt: Receipt,
}

impl Kv {
    /// Keeps timelines of `engine`.
    #[must_use]
    pub fn open(engine: &Engine, options: &Options) -> Self {
        let namer = Namer::new(&Key([0; 32]), None);
        let unit = engine.page_tokens().max(1);
        // A step ends at each mark, so marks are not closer than steps are long.
        let spacing = options.spacing.max(engine.chunk()).next_multiple_of(unit);
        Self {
            tree: Tree::new(namer, engine.page_tokens()),
            memory: Memory::new(options.memory),
            on_device: HashMap::new(),
            spacing,
        }
    }

    /// Bytes of marks and pages in the host's memory.
    #[must_use]
    pub const fn memory_used(&self) -> usize {
        self.memory.used()
    }

    /// Positions that can be gone back to.
    #[must_use]
    pub fn n_marks(&self) -> usize {
        self.tree.n_marks()
    }

    /// Where the prefill of a prompt of `len` tokens is to stop next for a mark, from `position` on:
    /// at the next multiple of the spacing, then before the last token, whose logits nobody keeps.
    #[must_use]
    pub fn next_stop(&self, position: usize, len: usize) -> usize {
        let next = (position + 1).next_multiple_of(self.spacing);
        next.min(len.saturating_sub(1))
    }

    /// Brings `session` to the last token of `prompt`, with marks on the way; whether `progress`,
    /// which hears how many tokens of the prompt are done, let all of it be done.
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
    ) -> session::Result<bool> {
        assert!(prompt.starts_with(session.tokens()), "the prompt extends the session");
        engine.check(session, &prompt[session.len()..])?;
        while session.len() + 1 < prompt.len() {
            let begun = session.len();
            let stop = self.next_stop(begun, prompt.len());
            let is_done =
                engine.extend(session, &prompt[begun..stop], |done| progress(begun + done))?;
            if !is_done {
                return Ok(false);
            }
            self.keep(engine, tokenizer, session)?;
        }
        Ok(true)
    }
}
