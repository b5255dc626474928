//! Machine code on disk, for later runs.
//!
//! A file is ours around the code: a magic word, the length and a checksum, all in little-endian
//! bytes, so that nothing is loaded that was damaged or that another program wrote.

#![forbid(unsafe_code)]

use std::{
    fmt,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use directories::ProjectDirs;

/// Bytes before the data: magic word, length, checksum.
const HEADER: usize = 24;

/// What the files of one API begin with; another layout has another word.
pub(super) type Magic = [u8; 8];

/// A file that is not what was written.
#[derive(Debug)]
pub(super) struct Damaged {
    path: PathBuf,
    reason: String,
}

impl Damaged {
    /// The file at `path`, which cannot be used for `reason`.
    pub(super) fn new(path: &Path, reason: String) -> Self {
        Self { path: path.to_owned(), reason }
    }
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, reason } = self;
        write!(f, "kept machine code in {} is ignored: {reason}", path.display())
    }
}

/// The folder where the user's machine code for `api` is kept, if the system names one.
pub(super) fn folder(api: &str) -> Option<PathBuf> {
    ProjectDirs::from("", "", "ds4").map(|folders| folders.cache_dir().join(api))
}

/// The data in the file at `path`, or `None` where there is no file.
pub(super) fn read(path: &Path, magic: &Magic) -> Result<Option<Vec<u8>>, Damaged> {
    let damaged = |reason| Damaged::new(path, reason);
    let mut bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(damaged(error.to_string())),
    };
    unpack(&bytes, magic).map_err(damaged)?;
    bytes.drain(..HEADER);
    Ok(Some(bytes))
}

/// Replaces the file at `path`; it appears under its name only when it is whole.
///
/// # Errors
///
/// What the system said, as a sentence for people.
pub(super) fn write(path: &Path, magic: &Magic, data: &[u8]) -> Result<(), String> {
    write_whole(path, &pack(magic, data))
        .map_err(|error| format!("machine code is not kept in {}: {error}", path.display()))
}

/// The file around `data`.
fn pack(magic: &Magic, data: &[u8]) -> Vec<u8> {
    let mut bytes = magic.to_vec();
    bytes.extend((data.len() as u64).to_le_bytes());
    bytes.extend(checksum(data).to_le_bytes());
    bytes.extend(data);
    bytes
}

/// Checks a file, or says why its data cannot be used.
fn unpack(bytes: &[u8], magic: &Magic) -> Result<(), String> {
    let Some((header, data)) = bytes.split_at_checked(HEADER) else {
        return Err(format!("expected {HEADER} bytes and more, found {}", bytes.len()));
    };
    let word = |at: usize| {
        let bytes = header[at..at + 8].iter().rev();
        bytes.fold(0_u64, |word, byte| word << 8 | u64::from(*byte))
    };
    if header[..8] != *magic {
        return Err(format!("expected {:?} first", magic.escape_ascii().to_string()));
    }
    if word(8) != data.len() as u64 {
        return Err(format!("expected {} bytes of data, found {}", word(8), data.len()));
    }
    if word(16) != checksum(data) {
        return Err("its checksum is wrong".to_owned());
    }
    Ok(())
}

/// FNV-1a of 64 bits: against damage, not against forgery.
pub(super) fn checksum(data: &[u8]) -> u64 {
    data.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    /// Tells the threads of this process apart.
    static WRITES: AtomicU64 = AtomicU64::new(0);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let number = WRITES.fetch_add(1, Ordering::Relaxed);
    let partial = path.with_extension(format!("{}-{number}.partial", process::id()));
    let written = File::create(&partial).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    });
    if written.is_err() {
        // Nothing can be done about a partial file that cannot be removed.
        let _ = fs::remove_file(&partial);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAGIC: &Magic = b"ds4tests";

    #[test]
    fn damage_anywhere_is_found() {
        let packed = pack(MAGIC, b"machine code");
        unpack(&packed, MAGIC).unwrap();
        for at in 0..packed.len() {
            let mut bytes = packed.clone();
            bytes[at] ^= 0x10;
            unpack(&bytes, MAGIC).expect_err("a changed bit");
            unpack(&packed[..at], MAGIC).expect_err("a file cut short");
        }
        unpack(&[&packed[..], &[0]].concat(), MAGIC).expect_err("a byte too many");
        unpack(&packed, b"ds4other").expect_err("a file of another kind");
    }

    #[test]
    fn a_missing_file_is_none_and_a_damaged_one_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/kernel.bin");
        assert_eq!(read(&path, MAGIC).unwrap(), None);
        write(&path, MAGIC, b"machine code").unwrap();
        assert_eq!(read(&path, MAGIC).unwrap().unwrap(), b"machine code");
        write_whole(&path, b"ds4").unwrap();
        let damaged = read(&path, MAGIC).unwrap_err().to_string();
        assert!(damaged.ends_with("is ignored: expected 24 bytes and more, found 3"), "{damaged}");
        let names = fs::read_dir(path.parent().unwrap()).unwrap();
        assert_eq!(names.count(), 1, "no partial file is left");
    }

    #[test]
    fn what_cannot_be_written_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        let refusal = write(&file.join("kernel.bin"), MAGIC, b"").unwrap_err();
        assert!(refusal.starts_with("machine code is not kept in "), "{refusal}");
    }
}
