//! Pages that several timelines share.

use std::collections::HashMap;

use super::{Engine, Result, Session};
use crate::device::PageId;

/// The pages in use, and by how many.
#[derive(Debug, Default)]
pub(super) struct Pages {
    held: HashMap<PageId, Held>,
    /// Sets pages apart that follow each other under the same handle.
    serial: u64,
}

#[derive(Debug)]
struct Held {
    serial: u64,
    /// Holds on the page; never 0.
    holds: usize,
}

/// One hold on a page, to be given back with [`Engine::release`] or in a timeline.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a page that is dropped is never free again"]
pub struct Page(pub(super) PageId);

/// A page that is on the device as long as somebody holds it, to be held with [`Engine::share`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PageRef {
    page: PageId,
    serial: u64,
}

impl Engine {
    /// Another hold on a page, if it is still there.
    #[must_use]
    pub fn share(&mut self, page: PageRef) -> Option<Page> {
        let held = self.pages.held.get_mut(&page.page)?;
        if held.serial != page.serial {
            return None;
        }
        held.holds += 1;
        Some(Page(page.page))
    }

    /// A page with these rows.
    ///
    /// # Errors
    ///
    /// [`Error::Device`](super::Error::Device) when the device has no room or fails.
    ///
    /// # Panics
    ///
    /// When `rows` is not as long as the device's pages.
    pub fn write_page(&mut self, rows: &[u8]) -> Result<Page> {
        let page = self.open_page()?;
        if let Err(error) = self.device.write_page(page.0, rows) {
            self.release(page);
            return Err(error.into());
        }
        Ok(page)
    }

    /// Gives a hold back; without any, the page is free.
    ///
    /// # Panics
    ///
    /// When the page is of another engine.
    #[expect(clippy::needless_pass_by_value, reason = "the hold ends here")]
    pub fn release(&mut self, page: Page) {
        let Page(page) = page;
        let held = self.pages.held.get_mut(&page).expect("a page that is held is known");
        held.holds -= 1;
        if held.holds == 0 {
            self.pages.held.remove(&page);
            self.device.close_page(page);
        }
    }

    /// Pages on the device; one that several timelines share counts once.
    #[must_use]
    pub fn n_pages(&self) -> usize {
        self.pages.held.len()
    }

    /// The page of `session` with this number.
    ///
    /// # Panics
    ///
    /// When the session has fewer pages.
    #[must_use]
    pub fn page(&self, session: &Session, number: usize) -> PageRef {
        let page = session.pages[number];
        PageRef { page, serial: self.pages.held[&page].serial }
    }

    /// Whether a page is still there.
    #[must_use]
    pub fn is_held(&self, page: PageRef) -> bool {
        self.pages.held.get(&page.page).is_some_and(|held| held.serial == page.serial)
    }

    pub(super) fn open_page(&mut self) -> Result<Page> {
        let page = self.device.open_page()?;
        self.pages.serial += 1;
        self.pages.held.insert(page, Held { serial: self.pages.serial, holds: 1 });
        Ok(Page(page))
    }

    /// Gives `session` the pages for `n` more tokens; those that are not full it then has alone.
    pub(super) fn reserve(&mut self, session: &mut Session, n: usize) -> Result<()> {
        let n_tokens = self.model.plan.pages.tokens;
        // After a step that failed there may be more than one.
        for number in session.len() / n_tokens..session.pages.len() {
            self.own_page(session, number)?;
        }
        let n_pages = (session.len() + n).div_ceil(n_tokens);
        while session.pages.len() < n_pages {
            let Page(page) = self.open_page()?;
            session.pages.push(page);
        }
        Ok(())
    }

    /// Gives `session` pages of its own, as if it had computed them: to measure what sessions cost
    /// that have nothing in common.
    ///
    /// # Errors
    ///
    /// [`Error::Device`](super::Error::Device) when the device has no room or cannot copy.
    pub fn unshare(&mut self, session: &mut Session) -> Result<()> {
        (0..session.pages.len()).try_for_each(|number| self.own_page(session, number))
    }

    /// Copies a page that is shared, since rows are about to be added to it.
    fn own_page(&mut self, session: &mut Session, number: usize) -> Result<()> {
        let shared = session.pages[number];
        if self.pages.held[&shared].holds == 1 {
            return Ok(());
        }
        let copy = self.open_page()?;
        if let Err(error) = self.device.copy_page(shared, copy.0) {
            self.release(copy);
            return Err(error.into());
        }
        session.pages[number] = copy.0;
        self.release(Page(shared));
        Ok(())
    }

    /// Holds on all pages of `session`.
    pub(super) fn share_all(&mut self, session: &Session) -> Vec<PageId> {
        for page in &session.pages {
            let held = self.pages.held.get_mut(page).expect("a session holds its pages");
            held.holds += 1;
        }
        session.pages.clone()
    }
}
