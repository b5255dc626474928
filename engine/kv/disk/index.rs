//! The beginnings of all files in one, so that not every file has to be read.
//!
//! It holds nothing that the files do not, and what it says is checked as they are: a missing or
//! damaged index costs time and nothing else.

use std::{collections::BTreeMap, io};

use super::{
    catalog::Catalog,
    file::{HEAD_BYTES, Head, Name},
    folder::Disk,
};

/// The file's name.
const FILE: &str = "index";

const MAGIC: &[u8; 8] = b"ds4-idx1";

/// Longest index that is read.
const MOST_BYTES: usize = 1 << 30;

/// Bytes of the checksum at the end.
const SUM_BYTES: usize = 32;

/// Replaces the index of a folder.
///
/// # Errors
///
/// What the system says.
pub(super) fn write(disk: &dyn Disk, catalog: &Catalog) -> io::Result<()> {
    let mut bytes = MAGIC.to_vec();
    for (_, entry) in catalog.entries() {
        bytes.extend(&entry.opening);
    }
    let sum = blake3::hash(&bytes);
    disk.write(FILE, &[&bytes, sum.as_bytes()])
}

/// What stands before the payload of each file, as far as the index knows.
pub(super) fn read(disk: &dyn Disk) -> BTreeMap<Name, Vec<u8>> {
    let Ok(bytes) = disk.read(FILE, MOST_BYTES) else { return BTreeMap::new() };
    parse(&bytes).unwrap_or_default()
}

fn parse(bytes: &[u8]) -> Option<BTreeMap<Name, Vec<u8>>> {
    let (bytes, sum) = bytes.split_last_chunk::<SUM_BYTES>()?;
    if blake3::hash(bytes) != *sum {
        return None;
    }
    let mut rest = bytes.strip_prefix(MAGIC)?;
    let mut openings = BTreeMap::new();
    while rest.len() >= HEAD_BYTES {
        let head = Head::parse(rest).ok()?;
        let (opening, after) = rest.split_at_checked(head.opening_bytes())?;
        openings.insert(head.name, opening.to_vec());
        rest = after;
    }
    Some(openings)
}
