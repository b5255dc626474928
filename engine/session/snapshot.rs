//! Timelines that go on from where another one was.

use super::{Engine, Page, Result, Session};
use crate::tokenizer::TokenId;

/// What a timeline needs at one position beside its full pages: a copy of everything that later
/// tokens overwrite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The state in the slot, [`Transfer::slot_bytes`](crate::device::Transfer::slot_bytes) long.
    pub slot: Vec<u8>,
    /// The page that is partly filled, if one is,
    /// [`Transfer::page_bytes`](crate::device::Transfer::page_bytes) long.
    pub tail: Option<Vec<u8>>,
}

impl Snapshot {
    /// Bytes of all of it.
    #[must_use]
    pub fn n_bytes(&self) -> usize {
        self.slot.len() + self.tail.as_ref().map_or(0, Vec::len)
    }
}

impl Engine {
    /// Tokens of one page.
    #[must_use]
    pub const fn page_tokens(&self) -> usize {
        self.model.plan.pages.tokens
    }

    /// What tells the weights from others; see [`Model::fingerprint`](crate::model::Model::fingerprint).
    #[must_use]
    pub fn fingerprint(&self) -> Option<[u8; 32]> {
        *self.fingerprint.get_or_init(|| self.model.fingerprint())
    }

    /// What the last bit of a logit depends on beside the model and its plan.
    #[must_use]
    pub fn arithmetic(&self) -> String {
        self.device.arithmetic()
    }

    /// Bytes of the state in a slot.
    #[must_use]
    pub fn slot_bytes(&self) -> usize {
        self.device.slot_bytes()
    }

    /// Bytes of one page.
    #[must_use]
    pub fn page_bytes(&self) -> usize {
        self.device.page_bytes()
    }

    /// Bytes of a snapshot after so many tokens.
    #[must_use]
    pub fn snapshot_bytes(&self, n_tokens: usize) -> usize {
        let is_partial = !n_tokens.is_multiple_of(self.page_tokens());
        self.device.slot_bytes() + if is_partial { self.page_bytes() } else { 0 }
    }

    /// Copies what of `session` later tokens overwrite.
    ///
    /// # Errors
    ///
    /// [`Error::Device`](super::Error::Device) when the device fails.
    pub fn snapshot(&mut self, session: &Session) -> Result<Snapshot> {
        let mut slot = vec![0; self.device.slot_bytes()];
        self.device.read_slot(session.slot, &mut slot)?;
        let number = session.len() / self.page_tokens();
        let is_partial = !session.len().is_multiple_of(self.page_tokens());
        let tail = if is_partial { Some(self.read_page(session, number)?) } else { None };
        Ok(Snapshot { slot, tail })
    }

    /// Copies the rows of one page of `session`.
    ///
    /// # Errors
    ///
    /// [`Error::Device`](super::Error::Device) when the device fails.
    ///
    /// # Panics
    ///
    /// When the session has fewer pages.
    pub fn read_page(&mut self, session: &Session, number: usize) -> Result<Vec<u8>> {
        let mut rows = vec![0; self.device.page_bytes()];
        self.device.read_page(session.pages[number], &mut rows)?;
        Ok(rows)
    }

    /// A timeline that goes on after `tokens`, with their full pages and what else was there.
    ///
    /// # Errors
    ///
    /// [`Error::Device`](super::Error::Device) when the device has no room for another session or
    /// fails; the pages are then given back.
    ///
    /// # Panics
    ///
    /// When there are not as many pages as `tokens` fill, or `snapshot` has other lengths than the
    /// device.
    pub fn restore(
        &mut self,
        tokens: &[TokenId],
        pages: Vec<Page>,
        snapshot: &Snapshot,
    ) -> Result<Session> {
        let full = tokens.len() / self.page_tokens();
        assert_eq!(pages.len(), full, "full pages of {} tokens", tokens.len());
        let is_partial = !tokens.len().is_multiple_of(self.page_tokens());
        assert_eq!(snapshot.tail.is_some(), is_partial, "a page is partly filled");
        let slot = match self.device.open_slot() {
            Ok(slot) => slot,
            Err(error) => {
                pages.into_iter().for_each(|page| self.release(page));
                return Err(error.into());
            }
        };
        let pages = pages.into_iter().map(|page| page.0).collect();
        let mut session = Session { slot, pages, tokens: tokens.to_vec() };
        if let Err(error) = self.fill(&mut session, snapshot) {
            self.close(session);
            return Err(error);
        }
        Ok(session)
    }

    fn fill(&mut self, session: &mut Session, snapshot: &Snapshot) -> Result<()> {
        self.device.write_slot(session.slot, &snapshot.slot)?;
        if let Some(tail) = &snapshot.tail {
            let page = self.write_page(tail)?;
            session.pages.push(page.0);
        }
        Ok(())
    }
}
