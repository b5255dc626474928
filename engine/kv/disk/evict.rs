//! What is removed when a folder is too large.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

use super::{
    catalog::Catalog,
    file::{Damaged, Kind, Name},
    folder::Disk,
    index,
};
use crate::kv::key::Key;

/// What was removed.
#[derive(Debug, Default)]
pub struct Evicted {
    /// The files.
    pub names: Vec<Name>,
    /// Their bytes.
    pub n_bytes: u64,
    /// Files that could not be used, and were removed before.
    pub damaged: Vec<Damaged>,
    /// Files that a program left which was ended while it wrote.
    pub n_partial: usize,
}

/// Removes what nothing can be done with, and then the least recently used marks that are not
/// pinned, with the pages that only they need, until the files have at most `limit` bytes. Nothing
/// happens while another program writes; `None` then.
///
/// # Errors
///
/// What the system says.
pub fn evict(disk: &dyn Disk, catalog: &mut Catalog, limit: u64) -> io::Result<Option<Evicted>> {
    let Some(_lock) = disk.own() else { return Ok(None) };
    let n_partial = disk.remove_partial()?;
    let damaged = catalog.refresh(disk)?.damaged;
    let mut removal = Removal {
        disk,
        children: children(catalog),
        done: Evicted { damaged, n_partial, ..Evicted::default() },
        n_bytes: catalog.n_bytes(),
        catalog,
    };
    for name in removal.useless() {
        removal.remove(name)?;
    }
    for name in removal.oldest_first() {
        if removal.n_bytes <= limit {
            break;
        }
        removal.remove(name)?;
    }
    let Removal { done, .. } = removal;
    if !done.names.is_empty() {
        disk.sync()?;
        index::write(disk, catalog)?;
    }
    Ok(Some(done))
}

/// Removes a mark, with the pages that only it needs; whether it was there.
///
/// # Errors
///
/// What the system says.
pub fn drop_mark(disk: &dyn Disk, catalog: &mut Catalog, mark: Key) -> io::Result<bool> {
    let name = Name { kind: Kind::Mark, key: mark };
    if catalog.entry(&name).is_none() {
        return Ok(false);
    }
    let children = children(catalog);
    let n_bytes = catalog.n_bytes();
    let mut removal = Removal { disk, children, done: Evicted::default(), n_bytes, catalog };
    removal.remove(name)?;
    disk.sync()?;
    Ok(true)
}

/// How many files hang on each page.
fn children(catalog: &Catalog) -> BTreeMap<Key, usize> {
    let mut children = BTreeMap::new();
    for (_, entry) in catalog.entries() {
        *children.entry(entry.head.parent).or_default() += 1;
    }
    children
}

struct Removal<'a> {
    disk: &'a dyn Disk,
    catalog: &'a mut Catalog,
    children: BTreeMap<Key, usize>,
    n_bytes: u64,
    done: Evicted,
}

impl Removal<'_> {
    /// Files that hang on a page that is not there, and pages that nothing hangs on.
    fn useless(&self) -> Vec<Name> {
        let mut by_len: Vec<_> = self.catalog.entries().collect();
        by_len.sort_by_key(|(_, entry)| (entry.head.n_tokens, entry.head.name.kind));
        let mut rooted = BTreeSet::new();
        let mut useless = vec![];
        for (&name, entry) in by_len {
            let begins = entry.head.n_tokens == u64::from(entry.head.n_own);
            let hangs = begins || rooted.contains(&entry.head.parent);
            let is_leaf = name.kind == Kind::Page && !self.children.contains_key(&name.key);
            if hangs && name.kind == Kind::Page {
                rooted.insert(name.key);
            }
            if !hangs || is_leaf {
                useless.push(name);
            }
        }
        useless
    }

    fn oldest_first(&self) -> Vec<Name> {
        let marks = self.catalog.entries().filter(|(name, _)| name.kind == Kind::Mark);
        let free = marks.filter(|(name, _)| !self.catalog.is_pinned(&name.key));
        let mut free: Vec<_> = free.map(|(name, entry)| (entry.used, *name)).collect();
        free.sort_unstable();
        free.into_iter().map(|(_, name)| name).collect()
    }

    /// Removes a file and the pages before it that nothing else hangs on.
    fn remove(&mut self, mut name: Name) -> io::Result<()> {
        while let Some(entry) = self.catalog.entry(&name) {
            let (parent, n_bytes) = (entry.head.parent, entry.n_bytes);
            self.disk.remove(&name.file())?;
            if name.kind == Kind::Mark {
                self.disk.remove(&super::catalog::pin_file(&name.key))?;
            }
            self.catalog.remove(&name);
            self.n_bytes -= n_bytes;
            self.done.n_bytes += n_bytes;
            self.done.names.push(name);
            let left = self.children.get_mut(&parent);
            let Some(left) = left else { break };
            *left -= 1;
            if *left > 0 {
                break;
            }
            self.children.remove(&parent);
            name = Name { kind: Kind::Page, key: parent };
        }
        Ok(())
    }
}
