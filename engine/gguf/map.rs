//! The file, mapped into memory: the only place here that needs `unsafe`.

#![expect(unsafe_code, reason = "mapping a file is unsafe by nature; the bargain is documented")]

use std::fs::{self, File};
use std::io;
use std::ops::Deref;
use std::path::Path;

use super::{Error, Result};

/// Bytes that are asked about at a time: whole pages, however large these are.
#[cfg(target_os = "linux")]
const PIECE: usize = 1 << 30;

/// The bytes of a whole file, read by the operating system as they are touched.
///
/// The bargain with the user: nothing may change or shorten the file while it is open. If
/// something does, the weights change underfoot and the process may be stopped by a bus error;
/// neither can be prevented here without reading every byte up front.
#[derive(Debug)]
pub(super) struct Map {
    bytes: memmap2::Mmap,
    #[cfg(unix)]
    file: File,
}

impl Map {
    /// Maps a regular file for reading.
    ///
    /// # Errors
    ///
    /// [`Error::Open`], [`Error::NotAFile`] or [`Error::Map`].
    pub(super) fn open(path: &Path) -> Result<Self> {
        let cannot_open = |source| Error::Open { path: path.to_owned(), source };
        // Asked before opening, since opening a pipe waits for its other end.
        if !fs::metadata(path).map_err(cannot_open)?.is_file() {
            return Err(Error::NotAFile { path: path.to_owned() });
        }
        let file = File::open(path).map_err(cannot_open)?;
        // SAFETY: the callee asks that the file not change while mapped. The map is private to
        // this type, is only read, and is documented above as relying on the user for that.
        let mapped = unsafe { memmap2::Mmap::map(&file) };
        let bytes = mapped.map_err(|source| Error::Map { path: path.to_owned(), source })?;
        Ok(Self {
            bytes,
            #[cfg(unix)]
            file,
        })
    }

    /// Bytes of the file that the system has in memory, in whole pages, where it says so.
    #[cfg(target_os = "linux")]
    pub(super) fn resident(&self) -> Option<u64> {
        let page = rustix::param::page_size();
        let mut resident = 0;
        let mut marks = vec![0_u8; PIECE / page];
        for piece in self.bytes.chunks(PIECE) {
            let marks = &mut marks[..piece.len().div_ceil(page)];
            // SAFETY: the piece is mapped and begins at a page, since PIECE is a multiple of its
            // size; there is a mark for each of its pages. The call writes only these.
            let status = unsafe {
                libc::mincore(piece.as_ptr().cast_mut().cast(), piece.len(), marks.as_mut_ptr())
            };
            if status != 0 {
                return None;
            }
            resident += marks.iter().filter(|mark| *mark & 1 == 1).count() as u64;
        }
        Some(resident * page as u64)
    }

    /// Bytes of the file that the system has in memory, where it says so.
    #[cfg(not(target_os = "linux"))]
    pub(super) const fn resident(&self) -> Option<u64> {
        None
    }

    /// Reads into `out` from `offset`, without the map: a file that was cut short is an error here,
    /// and much of a large file is read sooner than its pages are mapped by many threads.
    #[cfg(unix)]
    pub(super) fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        use std::os::unix::fs::FileExt as _;
        self.file.read_exact_at(out, offset)
    }

    /// Reads into `out` from `offset`.
    #[cfg(not(unix))]
    pub(super) fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(offset).map_err(io::Error::other)?;
        let bytes = self.bytes.get(start..).and_then(|rest| rest.get(..out.len()));
        out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

impl Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, vec![1; 100_001]).unwrap();
        let map = Map::open(&path).unwrap();
        assert_eq!(map.iter().map(|&byte| u64::from(byte)).sum::<u64>(), 100_001);
        let page = rustix::param::page_size() as u64;
        assert_eq!(map.resident(), Some(100_001_u64.next_multiple_of(page)));
    }
}
