//! Leaves marks.

use std::{collections::HashSet, sync::Arc};

use super::{
    Kv,
    disk::{Kind, Name},
    key::Key,
    memory::Rows,
    text::{Text, TextName},
};
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
        self.keep_named(engine, session, text)
    }

    /// [`Kv::keep`] without a tokenizer: the position is found by its tokens and not by its text.
    ///
    /// # Errors
    ///
    /// As [`Kv::keep`].
    pub fn keep_tokens(&mut self, engine: &mut Engine, session: &Session) -> Result<()> {
        if session.is_empty() {
            return Ok(());
        }
        self.keep_named(engine, session, TextName::NONE)
    }

    fn keep_named(&mut self, engine: &mut Engine, session: &Session, text: TextName) -> Result<()> {
        let (pages, key) = self.tree.add(session.tokens(), text);
        self.note_pages(engine, session, &pages);
        let kept = self.copy(engine, session, (key, &pages));
        self.forget(&key);
        kept
    }

    /// Copies what a mark needs, as far as there is room and it is not there.
    fn copy(
        &mut self,
        engine: &mut Engine,
        session: &Session,
        (key, pages): (Key, &[Key]),
    ) -> Result<()> {
        let n_bytes = engine.snapshot_bytes(session.len()) + pages.len() * engine.page_bytes();
        let known = self.memory.mark(&key);
        let into_memory = known.is_none() && self.memory.can_hold(n_bytes);
        let missing = self.missing((&key, pages), n_bytes);
        if !into_memory && missing.is_none() {
            return Ok(());
        }
        let snapshot = match known {
            Some(snapshot) => snapshot,
            None => Arc::new(engine.snapshot(session)?),
        };
        let (mut all, mut new) = (vec![], vec![]);
        for (number, &page) in pages.iter().enumerate() {
            let is_new = missing.as_ref().is_some_and(|missing| missing.contains(&page));
            if into_memory || is_new {
                let rows = self.rows(engine, session, (number, &page))?;
                if is_new {
                    new.push((page, Arc::clone(&rows)));
                }
                all.push((page, rows));
            }
        }
        if let Some(store) = self.store.as_mut().filter(|_| missing.is_some()) {
            store.write(&self.tree, (key, Arc::clone(&snapshot)), &new);
        }
        if into_memory {
            for gone in self.memory.add(key, snapshot, all) {
                self.forget(&gone);
            }
        }
        Ok(())
    }

    /// The pages that are to be written to the disk for a mark; `None` where it is there with all
    /// of its pages, or is not to be written.
    fn missing(&self, (key, pages): (&Key, &[Key]), n_bytes: usize) -> Option<HashSet<Key>> {
        let store = self.store.as_ref().filter(|store| store.can_hold(n_bytes as u64))?;
        let has = |kind, key: &Key| store.has(&Name { kind, key: *key });
        let missing: HashSet<_> =
            pages.iter().filter(|page| !has(Kind::Page, page)).copied().collect();
        if missing.is_empty() && has(Kind::Mark, key) {
            store.touch(key);
            return None;
        }
        Some(missing)
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

    /// Forgets a mark, unless it is in memory or on the disk.
    pub(super) fn forget(&mut self, key: &Key) {
        let name = Name { kind: Kind::Mark, key: *key };
        let is_on_disk = self.store.as_ref().is_some_and(|store| store.has(&name));
        if !is_on_disk && !self.memory.has(key) {
            self.tree.remove_mark(key);
        }
    }

    /// Looks at the folder again, which other programs may have changed.
    pub(super) fn refresh(&mut self) {
        let Some(store) = &mut self.store else { return };
        for gone in store.refresh(&mut self.tree) {
            self.forget(&gone);
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
