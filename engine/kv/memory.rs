//! Marks in the host's memory, within an exact number of bytes.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::key::Key;
use crate::session::Snapshot;

/// The rows of a page.
pub type Rows = Arc<Vec<u8>>;

/// Marks with all their pages, the least recently used of which go first.
///
/// A mark that is here can be gone back to without anything else.
#[derive(Debug)]
pub struct Memory {
    budget: usize,
    used: usize,
    marks: HashMap<Key, Kept>,
    pages: HashMap<Key, Shared>,
    /// Marks by when they were used.
    order: BTreeMap<u64, Key>,
    clock: u64,
}

#[derive(Debug)]
struct Kept {
    snapshot: Arc<Snapshot>,
    pages: Vec<Key>,
    used: u64,
}

#[derive(Debug)]
struct Shared {
    rows: Rows,
    /// Marks with this page; never 0.
    n_marks: usize,
}

impl Memory {
    /// Room for so many bytes of snapshots and pages.
    #[must_use]
    pub fn new(budget: usize) -> Self {
        Self {
            budget,
            used: 0,
            marks: HashMap::new(),
            pages: HashMap::new(),
            order: BTreeMap::new(),
            clock: 0,
        }
    }

    /// Bytes of snapshots and pages; each page counts once.
    #[must_use]
    pub const fn used(&self) -> usize {
        self.used
    }

    /// Whether so many bytes fit when everything else has gone.
    #[must_use]
    pub const fn can_hold(&self, bytes: usize) -> bool {
        bytes <= self.budget
    }

    /// Whether a mark is here.
    #[must_use]
    pub fn has(&self, mark: &Key) -> bool {
        self.marks.contains_key(mark)
    }

    /// A mark, which is then the most recently used.
    pub fn mark(&mut self, key: &Key) -> Option<Arc<Snapshot>> {
        self.clock += 1;
        let kept = self.marks.get_mut(key)?;
        self.order.remove(&kept.used);
        kept.used = self.clock;
        self.order.insert(kept.used, *key);
        Some(Arc::clone(&kept.snapshot))
    }

    /// The rows of a page.
    #[must_use]
    pub fn page(&self, key: &Key) -> Option<Rows> {
        self.pages.get(key).map(|page| Arc::clone(&page.rows))
    }

    /// Adds a mark with its pages; the marks that had to go for it, or the mark itself where it
    /// does not fit at all.
    pub fn add(&mut self, key: Key, snapshot: Arc<Snapshot>, pages: Vec<(Key, Rows)>) -> Vec<Key> {
        let page_bytes: usize = pages.iter().map(|(_, rows)| rows.len()).sum();
        if !self.can_hold(snapshot.n_bytes() + page_bytes) {
            return vec![key];
        }
        if self.has(&key) {
            self.mark(&key);
            return vec![];
        }
        self.clock += 1;
        self.used += snapshot.n_bytes();
        let mut names = vec![];
        for (page, rows) in pages {
            names.push(page);
            let bytes = rows.len();
            let shared = self.pages.entry(page).or_insert_with(|| {
                self.used += bytes;
                Shared { rows, n_marks: 0 }
            });
            shared.n_marks += 1;
        }
        self.order.insert(self.clock, key);
        self.marks.insert(key, Kept { snapshot, pages: names, used: self.clock });
        let mut gone = vec![];
        while self.used > self.budget {
            // The mark itself is the last one, and fits alone.
            let Some((_, &oldest)) = self.order.first_key_value() else { break };
            self.remove(&oldest);
            gone.push(oldest);
        }
        gone
    }

    /// Forgets a mark.
    pub fn remove(&mut self, key: &Key) {
        let Some(kept) = self.marks.remove(key) else { return };
        self.order.remove(&kept.used);
        self.used -= kept.snapshot.n_bytes();
        for page in kept.pages {
            // A mark's pages are here.
            let Some(shared) = self.pages.get_mut(&page) else { continue };
            shared.n_marks -= 1;
            if shared.n_marks == 0 {
                self.used -= shared.rows.len();
                self.pages.remove(&page);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8) -> Key {
        Key([number; 32])
    }

    fn add(memory: &mut Memory, mark: u8, pages: &[u8]) -> Vec<Key> {
        let snapshot = Arc::new(Snapshot { slot: vec![mark; 10], tail: None });
        let pages = pages.iter().map(|&page| (key(page), Arc::new(vec![page; 100]))).collect();
        memory.add(key(mark), snapshot, pages)
    }

    #[test]
    fn shared_pages_count_once_and_go_with_their_last_mark() {
        let mut memory = Memory::new(330);
        assert_eq!(add(&mut memory, 1, &[101]), []);
        assert_eq!(add(&mut memory, 2, &[101, 102]), []);
        assert_eq!(memory.used(), 220);
        assert_eq!(add(&mut memory, 3, &[103]), []);
        assert_eq!(memory.used(), 330);
        // The first is used again, so the second goes, with the page that it alone has.
        assert!(memory.mark(&key(1)).is_some());
        assert_eq!(add(&mut memory, 4, &[103]), [key(2)]);
        assert_eq!((memory.used(), memory.page(&key(102))), (230, None));
        assert!(memory.page(&key(101)).is_some());
        assert_eq!(add(&mut memory, 5, &[104, 105, 106, 107]), [key(5)], "it never fits");
        assert_eq!(add(&mut memory, 4, &[103]), [], "it is there");
        for mark in 1..6 {
            memory.remove(&key(mark));
        }
        assert_eq!((memory.used(), memory.pages.len(), memory.order.len()), (0, 0, 0));
    }
}
