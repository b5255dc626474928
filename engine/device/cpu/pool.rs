//! Memory of sessions and pages.

use crate::device::{Error, Result};

/// Buffers of one size, reused after they are given back.
pub(super) struct Pool {
    what: &'static str,
    /// Values of one buffer.
    len: usize,
    /// A buffer is empty while nobody has it.
    pub(super) buffers: Vec<Box<[f32]>>,
    free: Vec<usize>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let open = self.buffers.len() - self.free.len();
        write!(f, "{open} x {} values", self.len)
    }
}

impl Pool {
    pub(super) const fn new(what: &'static str, len: usize) -> Self {
        Self { what, len, buffers: vec![], free: vec![] }
    }

    /// The index of a buffer of zeros.
    pub(super) fn open(&mut self) -> Result<usize> {
        let mut buffer = vec![];
        let bytes = (self.len * size_of::<f32>()) as u64;
        buffer
            .try_reserve_exact(self.len)
            .map_err(|_| Error::OutOfMemory { what: self.what, bytes })?;
        buffer.resize(self.len, 0.0);
        let index = self.free.pop().unwrap_or(self.buffers.len());
        if index == self.buffers.len() {
            self.buffers.push(Box::default());
        }
        self.buffers[index] = buffer.into_boxed_slice();
        Ok(index)
    }

    /// Makes the values of `to` those of `from`; both are open.
    pub(super) fn copy(&mut self, from: usize, to: usize) {
        let mut copy = std::mem::take(&mut self.buffers[to]);
        copy.copy_from_slice(&self.buffers[from]);
        self.buffers[to] = copy;
    }

    /// The bytes of an open buffer.
    pub(super) fn bytes(&mut self, index: usize) -> &mut [u8] {
        bytemuck::cast_slice_mut(&mut self.buffers[index])
    }

    /// Bytes of one buffer.
    pub(super) const fn n_bytes(&self) -> usize {
        self.len * size_of::<f32>()
    }

    pub(super) fn close(&mut self, index: usize) {
        assert!(!self.free.contains(&index), "{} {index} is open", self.what);
        self.buffers[index] = Box::default();
        self.free.push(index);
    }
}
