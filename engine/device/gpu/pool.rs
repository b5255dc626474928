//! Buffers that grow.

use super::Gpu;
use crate::device::Result;

/// One buffer for whatever a step needs; its values do not outlive the step.
#[derive(Debug)]
pub(super) struct Growing<G: Gpu> {
    what: &'static str,
    buffer: Option<G::Buffer>,
    /// Values of the buffer.
    len: usize,
}

/// Values that a buffer has at least, since no API knows empty ones.
const LEAST: usize = 64;

/// Bytes of a [`Growing`] buffer of `len` values.
pub(super) const fn growing_bytes(len: usize) -> u64 {
    (if len < LEAST { LEAST } else { len } as u64).saturating_mul(4)
}

/// Bytes of a [`Pool`] with `pieces` of `len` values.
pub(super) const fn pool_bytes(len: usize, pieces: usize) -> u64 {
    growing_bytes(len).saturating_mul(if pieces == 0 { 1 } else { pieces as u64 })
}

impl<G: Gpu> Growing<G> {
    pub(super) const fn new(what: &'static str) -> Self {
        Self { what, buffer: None, len: 0 }
    }

    /// What it is for, in errors.
    pub(super) const fn what(&self) -> &'static str {
        self.what
    }

    /// Makes room for `len` values of 4 bytes; they are zero where there was no room before.
    pub(super) fn reserve(&mut self, gpu: &mut G, len: usize) -> Result<()> {
        let len = len.max(LEAST);
        if self.len < len {
            // The old one goes first: both may not fit.
            self.buffer = None;
            self.len = 0;
            self.buffer = Some(gpu.allocate(growing_bytes(len), self.what)?);
            self.len = len;
        }
        Ok(())
    }

    /// Holds `words`.
    pub(super) fn write(&mut self, gpu: &mut G, words: &[u32]) -> Result<()> {
        self.reserve(gpu, words.len())?;
        if words.is_empty() {
            return Ok(());
        }
        gpu.write(self.buffer(), 0, bytemuck::cast_slice(words))
    }

    /// The buffer.
    ///
    /// # Panics
    ///
    /// When room was never made.
    pub(super) fn buffer(&self) -> &G::Buffer {
        self.buffer.as_ref().expect("room is made before a step runs")
    }
}

/// Pieces of one size in one buffer, reused after they are given back.
#[derive(Debug)]
pub(super) struct Pool<G: Gpu> {
    what: &'static str,
    /// Values of one piece.
    len: usize,
    buffer: Option<G::Buffer>,
    /// Pieces of the buffer.
    capacity: usize,
    /// Pieces that were ever given out.
    used: usize,
    free: Vec<usize>,
}

impl<G: Gpu> Pool<G> {
    pub(super) const fn new(what: &'static str, len: usize) -> Self {
        Self { what, len, buffer: None, capacity: 0, used: 0, free: vec![] }
    }

    /// The number of a piece of zeros.
    pub(super) fn open(&mut self, gpu: &mut G) -> Result<usize> {
        if let Some(piece) = self.free.pop() {
            let zeros = vec![0_u8; self.n_bytes()];
            gpu.write(self.buffer(), self.start(piece), &zeros)?;
            return Ok(piece);
        }
        if self.used == self.capacity {
            self.grow(gpu, (self.capacity * 2).max(1))?;
        }
        self.used += 1;
        Ok(self.used - 1)
    }

    /// Gives a piece back.
    ///
    /// # Panics
    ///
    /// When it is not open.
    pub(super) fn close(&mut self, piece: usize) {
        assert!(piece < self.used && !self.free.contains(&piece), "{} {piece} is open", self.what);
        self.free.push(piece);
    }

    /// Makes the values of the piece `to` those of `from`; both are open.
    pub(super) fn copy(&mut self, gpu: &mut G, from: usize, to: usize) -> Result<()> {
        let (buffer, len) = (self.buffer(), self.start(1));
        gpu.copy((buffer, self.start(from)), (buffer, self.start(to)), len)
    }

    /// Reads all bytes of an open piece.
    ///
    /// # Panics
    ///
    /// When `into` has another length.
    pub(super) fn read(&self, gpu: &mut G, piece: usize, into: &mut [u8]) -> Result<()> {
        assert_eq!(into.len(), self.n_bytes(), "bytes of {}", self.what);
        gpu.read(self.buffer(), self.start(piece), into)
    }

    /// Replaces all bytes of an open piece.
    ///
    /// # Panics
    ///
    /// When `from` has another length.
    pub(super) fn write(&self, gpu: &mut G, piece: usize, from: &[u8]) -> Result<()> {
        assert_eq!(from.len(), self.n_bytes(), "bytes of {}", self.what);
        gpu.write(self.buffer(), self.start(piece), from)
    }

    /// Bytes of one piece.
    pub(super) const fn n_bytes(&self) -> usize {
        self.len * 4
    }

    /// Makes room for `pieces` in all, and a buffer even where there are none.
    pub(super) fn reserve(&mut self, gpu: &mut G, pieces: usize) -> Result<()> {
        let pieces = pieces.max(1);
        if self.capacity < pieces { self.grow(gpu, pieces) } else { Ok(()) }
    }

    /// The buffer.
    ///
    /// # Panics
    ///
    /// Before the first piece was opened.
    pub(super) fn buffer(&self) -> &G::Buffer {
        self.buffer.as_ref().expect("a step has open pieces")
    }

    fn start(&self, piece: usize) -> u64 {
        piece as u64 * self.len as u64 * 4
    }

    /// Moves the pieces to a buffer with room for `capacity`.
    fn grow(&mut self, gpu: &mut G, capacity: usize) -> Result<()> {
        let larger = gpu.allocate(pool_bytes(self.len, capacity), self.what)?;
        if let Some(old) = &self.buffer {
            gpu.copy((old, 0), (&larger, 0), self.start(self.used))?;
        }
        self.buffer = Some(larger);
        self.capacity = capacity;
        Ok(())
    }
}
