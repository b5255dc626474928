//! What a program last saw of a folder.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    time::SystemTime,
};

use super::{
    file::{Damaged, HEAD_BYTES, Head, Name},
    folder::{Disk, Listed},
    index,
};
use crate::kv::key::Key;

/// Bytes that are read of a file at first; most files need no more for their beginning.
const FIRST_BYTES: usize = HEAD_BYTES + 2048;

/// What ends the name of a file that says that a mark is not to be removed.
const PIN: &str = ".pin";

/// A file of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What stands at its beginning.
    pub head: Head,
    /// All that stands before its payload.
    pub opening: Vec<u8>,
    /// Its bytes.
    pub n_bytes: u64,
    /// When it was written or last used.
    pub used: SystemTime,
}

/// The files of a folder.
#[derive(Debug, Default)]
pub struct Catalog {
    entries: BTreeMap<Name, Entry>,
    pins: BTreeSet<Key>,
    /// Whether the index was read.
    is_indexed: bool,
}

/// What became different.
#[derive(Debug, Default)]
pub struct Changes {
    /// Files that were not there before.
    pub added: Vec<Name>,
    /// Files that are not there any more.
    pub gone: Vec<Name>,
    /// Files that cannot be used, and were removed.
    pub damaged: Vec<Damaged>,
}

impl Catalog {
    /// The files, pages first, by key.
    pub fn entries(&self) -> impl Iterator<Item = (&Name, &Entry)> {
        self.entries.iter()
    }

    /// The file of this name.
    #[must_use]
    pub fn entry(&self, name: &Name) -> Option<&Entry> {
        self.entries.get(name)
    }

    /// Bytes of all files.
    #[must_use]
    pub fn n_bytes(&self) -> u64 {
        self.entries.values().map(|entry| entry.n_bytes).sum()
    }

    /// Whether a mark is not to be removed.
    #[must_use]
    pub fn is_pinned(&self, mark: &Key) -> bool {
        self.pins.contains(mark)
    }

    /// Adds a file that was just written.
    pub fn add(&mut self, entry: Entry) {
        self.entries.insert(entry.head.name, entry);
    }

    /// Forgets a file that was just removed.
    pub fn remove(&mut self, name: &Name) {
        self.entries.remove(name);
    }

    /// Looks at the folder again. What of it cannot be used is removed, unless it has a name that
    /// no file of ours has.
    ///
    /// # Errors
    ///
    /// What the system says when the folder cannot be listed.
    pub fn refresh(&mut self, disk: &dyn Disk) -> io::Result<Changes> {
        let listed = disk.list()?;
        let mut changes = Changes::default();
        let pins = listed.iter().filter_map(|file| Key::from_hex(file.name.strip_suffix(PIN)?));
        self.pins = pins.collect();
        let mut indexed = BTreeMap::new();
        let mut there = BTreeSet::new();
        for file in &listed {
            let Some(name) = Name::parse(&file.name) else { continue };
            there.insert(name);
            if let Some(entry) = self.entries.get_mut(&name).filter(|e| e.n_bytes == file.n_bytes) {
                entry.used = file.used;
                continue;
            }
            if !std::mem::replace(&mut self.is_indexed, true) {
                indexed = index::read(disk);
            }
            match entry(disk, &name, file, indexed.remove(&name)) {
                Ok(Some(entry)) => {
                    self.entries.insert(name, entry);
                    changes.added.push(name);
                }
                Ok(None) => {
                    there.remove(&name);
                }
                Err(reason) => {
                    there.remove(&name);
                    // One that cannot be removed is warned of again.
                    let _ = disk.remove(&file.name);
                    changes.damaged.push(Damaged::new(disk.path(), &name, reason));
                }
            }
        }
        let gone = self.entries.keys().filter(|name| !there.contains(name));
        changes.gone = gone.copied().collect();
        for name in &changes.gone {
            self.entries.remove(name);
        }
        Ok(changes)
    }
}

/// The name of the file that says that `mark` is not to be removed.
#[must_use]
pub fn pin_file(mark: &Key) -> String {
    format!("{}{PIN}", mark.hex())
}

/// The entry of a file, or what is wrong with it; `None` where it cannot be read but may be right.
fn entry(
    disk: &dyn Disk,
    name: &Name,
    file: &Listed,
    indexed: Option<Vec<u8>>,
) -> Result<Option<Entry>, String> {
    let with_head = |opening: Vec<u8>| -> Result<Entry, String> {
        let head = Head::check(name, &opening, file.n_bytes)?;
        let opening = opening[..head.opening_bytes()].to_vec();
        Ok(Entry { head, opening, n_bytes: file.n_bytes, used: file.used })
    };
    // An index that is wrong costs a look at the file.
    if let Some(entry) = indexed.and_then(|opening| with_head(opening).ok()) {
        return Ok(Some(entry));
    }
    let Ok(mut opening) = disk.read(&file.name, FIRST_BYTES) else { return Ok(None) };
    let needed = Head::parse(&opening)?.opening_bytes();
    if needed > opening.len() && (needed as u64) < file.n_bytes {
        match disk.read(&file.name, needed) {
            Ok(more) => opening = more,
            Err(_) => return Ok(None),
        }
    }
    with_head(opening).map(Some)
}
