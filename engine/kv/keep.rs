//! Leaves marks.

use std::sync::Arc;

use super::{Kv, key::Key, memory::Rows, text::Text};
use crate::{
    session::{Engine, Result, Session},
    tokenizer::Tokenizer,
};

/// Names of pages that nobody holds any more are looked for when there are so many more than pages.
const STALE: usize = 1024;

impl Kv {
    /// Keeps the position of `session`, so that a later prompt can be resumed there.
    ///
    /// # Errors
    ///
    /// [`Error::Device`](crate::session::Error::Device) when the device fails.
    pub fn keep(
        &mut self,
        engine: &mut Engine,
        tokenizer: &Tokenizer,
        session: &Session,
    ) -> Result<()> {
        if session.is_empty() {
            return Ok(());
        }
        let text = Text::new(tokenizer, session.tokens()).name(self.tree.namer());
        let (pages, key) = self.tree.add(session.tokens(), text);
        self.note_pages(engine, session, &pages);
        if self.memory.mark(&key).is_some() {
            return Ok(());
        }
        let kept = self.copy(engine, session, (key, &pages));
        if !matches!(kept, Ok(true)) {
            self.forget(&key);
        }
        kept.map(|_| ())
    }

    /// Copies what a mark needs; whether there was room.
    fn copy(
        &mut self,
        engine: &mut Engine,
        session: &Session,
        (key, pages): (Key, &[Key]),
    ) -> Result<bool> {
        let n_bytes = engine.snapshot_bytes(session.len());
        if !self.memory.can_hold(n_bytes + pages.len() * engine.page_bytes()) {
            return Ok(false);
        }
        let snapshot = Arc::new(engine.snapshot(session)?);
        let mut rows = vec![];
        for (number, &page) in pages.iter().enumerate() {
            rows.push((page, self.rows(engine, session, (number, &page))?));
        }
        for gone in self.memory.add(key, snapshot, rows) {
            self.forget(&gone);
        }
        Ok(true)
    }

    /// The rows of a page of `session`, from memory or from the device.
    fn rows(
        &self,
        engine: &mut Engine,
        session: &Session,
        (number, page): (usize, &Key),
    ) -> Result<Rows> {
        match self.memory.page(page) {
            Some(rows) => Ok(rows),
            None => Ok(Arc::new(engine.read_page(session, number)?)),
        }
    }

    /// Forgets a mark that is nowhere any more.
    pub(super) fn forget(&mut self, key: &Key) {
        if !self.memory.has(key) {
            self.tree.remove_mark(key);
        }
    }

    /// Remembers where the full pages of `session` are.
    pub(super) fn note_pages(&mut self, engine: &Engine, session: &Session, pages: &[Key]) {
        for (number, &page) in pages.iter().enumerate() {
            self.on_device.insert(page, engine.page(session, number));
        }
        if self.on_device.len() > 2 * engine.n_pages() + STALE {
            self.on_device.retain(|_, page| engine.is_held(*page));
        }
    }
}
