//! Reads little-endian numbers and runs of bytes, each checked against what is left.

#![forbid(unsafe_code)]

use super::parse::MAX_HEADER_BYTES;

/// A position in the bytes of a file.
///
/// Its invariant: the position is inside the bytes and at most [`MAX_HEADER_BYTES`].
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Why a read found too little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Short {
    /// The bytes end first.
    Ended {
        /// Where the read began.
        at: u64,
        /// Bytes it asked for.
        needs: u64,
        /// Bytes there are.
        left: u64,
    },
    /// The read passes the end of the longest header that is accepted.
    PastCap,
}

impl<'a> Cursor<'a> {
    /// Starts at the first byte.
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Moves past `needs` bytes and returns them.
    pub(super) fn take(&mut self, needs: u64) -> Result<&'a [u8], Short> {
        let rest = &self.bytes[self.at..];
        let ended = Short::Ended { at: self.at(), needs, left: rest.len() as u64 };
        let needs = usize::try_from(needs).map_err(|_| ended)?;
        let taken = rest.get(..needs).ok_or(ended)?;
        // Both are at most the length of a slice, so the sum cannot wrap.
        if (self.at + needs) as u64 > MAX_HEADER_BYTES {
            return Err(Short::PastCap);
        }
        self.at += needs;
        Ok(taken)
    }

    /// Moves past `N` bytes and returns them.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Short> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N as u64)?);
        Ok(array)
    }

    /// Reads four bytes.
    pub(super) fn u32(&mut self) -> Result<u32, Short> {
        self.array().map(u32::from_le_bytes)
    }

    /// Reads eight bytes.
    pub(super) fn u64(&mut self) -> Result<u64, Short> {
        self.array().map(u64::from_le_bytes)
    }

    /// Where the next read begins.
    pub(super) const fn at(&self) -> u64 {
        self.at as u64
    }

    /// Bytes after the position.
    pub(super) const fn left(&self) -> u64 {
        (self.bytes.len() - self.at) as u64
    }
}
