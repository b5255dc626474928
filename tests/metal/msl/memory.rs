//! Buffers in the machine's memory, with guards on both sides.

use std::{
    alloc::{Layout, alloc_zeroed, dealloc},
    ptr::NonNull,
};

use ds4::device::{Error, Result, gpu::OFFSET_ALIGNMENT};

/// Bytes before and after a buffer; as floats they are not numbers, so reading them shows too.
const GUARD: usize = 4096;
const POISON: u8 = 0xff;

/// A buffer that knows when something wrote outside of it.
#[derive(Debug)]
pub(crate) struct Buffer {
    /// The first guard; the buffer begins after it.
    memory: NonNull<u8>,
    layout: Layout,
    size: usize,
}

// SAFETY: the memory is the buffer's own, and its address means the same on every thread.
unsafe impl Send for Buffer {}

impl Buffer {
    /// A buffer of zeros; `what` names it in errors.
    pub(super) fn new(bytes: u64, what: &'static str) -> Result<Self> {
        let out_of_memory = Error::OutOfMemory { what, bytes };
        let size = usize::try_from(bytes).ok();
        let whole = size.and_then(|size| size.checked_add(2 * GUARD));
        let alignment = usize::try_from(OFFSET_ALIGNMENT).ok();
        let layout = whole.zip(alignment).and_then(|(n, a)| Layout::from_size_align(n, a).ok());
        let (Some(size), Some(layout)) = (size, layout) else { return Err(out_of_memory) };
        // SAFETY: the guards make the size more than zero.
        let memory = NonNull::new(unsafe { alloc_zeroed(layout) });
        let mut buffer = Self { memory: memory.ok_or(out_of_memory)?, layout, size };
        let poison = [POISON; GUARD];
        buffer.all_mut()[..GUARD].copy_from_slice(&poison);
        buffer.all_mut()[GUARD + size..].copy_from_slice(&poison);
        Ok(buffer)
    }

    /// Bytes without guards.
    pub(super) fn size(&self) -> u64 {
        self.size as u64
    }

    /// Where the buffer begins.
    pub(super) fn begin(&self) -> NonNull<u8> {
        // SAFETY: the guard is within the allocation.
        unsafe { self.memory.add(GUARD) }
    }

    /// Whether the guards are as they were made.
    pub(super) fn is_intact(&self) -> bool {
        let all = self.all();
        all[..GUARD].iter().chain(&all[GUARD + self.size..]).all(|&byte| byte == POISON)
    }

    /// The bytes without guards.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.all()[GUARD..][..self.size]
    }

    /// Replaces bytes, which are within the buffer.
    pub(super) fn write(&self, offset: usize, bytes: &[u8]) {
        assert!(offset + bytes.len() <= self.size, "the caller has checked the range");
        // SAFETY: the range was checked.
        let to = unsafe { self.begin().add(offset) };
        // SAFETY: as above; nothing else uses the buffer, since no kernel runs, its device is
        // borrowed mutably, and slices of it end within calls of the device.
        unsafe { to.copy_from_nonoverlapping(NonNull::from(bytes).cast(), bytes.len()) };
    }

    fn all(&self) -> &[u8] {
        // SAFETY: the memory is initialised, and nothing writes while a slice of it lives: kernels
        // run, and `write` is called, within calls of the device that hold no slice.
        unsafe { std::slice::from_raw_parts(self.memory.as_ptr(), self.layout.size()) }
    }

    fn all_mut(&mut self) -> &mut [u8] {
        // SAFETY: the memory is initialised, and the buffer is borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.memory.as_ptr(), self.layout.size()) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: it was allocated with this layout.
        unsafe { dealloc(self.memory.as_ptr(), self.layout) };
    }
}
