//! Buffers, and the way of bytes to them.

use std::sync::Arc;

use cudarc::driver::{
    CudaEvent, CudaStream, DriverError, PinnedHostSlice, result,
    sys::{CUdeviceptr, CUresult},
};

use super::card::failed;
use crate::device::{Error, Result, gpu};

/// Sizes of buffers are rounded up to this many bytes, the largest element of an array.
const GRANULE: usize = 16;

/// Bytes that are on their way at a time, in each of two halves.
const HALF: usize = 16 << 20;

/// Memory of a card, of one buffer or of several.
#[derive(Debug)]
struct Memory {
    /// The address of its first byte, on the card.
    at: CUdeviceptr,
    /// Everything that uses it.
    stream: Arc<CudaStream>,
}

/// Memory of a card that kernels see as a whole.
#[derive(Debug)]
pub struct Buffer {
    memory: Arc<Memory>,
    /// The first byte in the memory.
    start: u64,
    /// Bytes that were asked for.
    size: u64,
}

impl Memory {
    /// `bytes` zeros; `what` names them in errors.
    fn new(stream: &Arc<CudaStream>, bytes: u64, what: &'static str) -> Result<Self> {
        let out_of_memory = |_| Error::OutOfMemory { what, bytes };
        let size = usize::try_from(bytes).map_err(out_of_memory)?.max(1);
        let size = size.checked_next_multiple_of(GRANULE);
        let size = size.ok_or(Error::OutOfMemory { what, bytes })?;
        bind(stream)?;
        // SAFETY: the context is the thread's; nothing is read before it is written.
        let at = unsafe { result::malloc_sync(size) }.map_err(|error| match error.0 {
            CUresult::CUDA_ERROR_OUT_OF_MEMORY => Error::OutOfMemory { what, bytes },
            _ => failed("allocate memory")(error),
        })?;
        let memory = Self { at, stream: Arc::clone(stream) };
        // SAFETY: the memory is this long, and is freed after what the stream does.
        let cleared = unsafe { result::memset_d8_async(at, 0, size, stream.cu_stream()) };
        cleared.map_err(failed("clear a buffer"))?;
        Ok(memory)
    }
}

impl Buffer {
    /// A buffer of `bytes` zeros; `what` names it in errors.
    pub(super) fn new(stream: &Arc<CudaStream>, bytes: u64, what: &'static str) -> Result<Self> {
        let memory = Arc::new(Memory::new(stream, bytes, what)?);
        Ok(Self { memory, start: 0, size: bytes })
    }

    /// Buffers of zeros in one memory; `what` names it in errors.
    pub(super) fn several(
        stream: &Arc<CudaStream>,
        sizes: &[u64],
        what: &'static str,
    ) -> Result<Vec<Self>> {
        let mut total = 0_u64;
        let mut starts = vec![];
        for &size in sizes {
            starts.push(total);
            let end = total.checked_add(size);
            let end = end.and_then(|end| end.checked_next_multiple_of(gpu::OFFSET_ALIGNMENT));
            total = end.ok_or(Error::OutOfMemory { what, bytes: u64::MAX })?;
        }
        let memory = Arc::new(Memory::new(stream, total, what)?);
        let buffer = |(&size, start)| Self { memory: Arc::clone(&memory), start, size };
        Ok(sizes.iter().zip(starts).map(buffer).collect())
    }

    /// Bytes that were asked for.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// The address on the card of the byte at `offset`.
    pub(super) fn address(&self, offset: u64) -> CUdeviceptr {
        self.memory.at + self.start + offset
    }

    /// Reads into `bytes` from `offset`.
    pub(super) fn read(&self, offset: u64, bytes: &mut [u8]) -> Result<()> {
        gpu::check_range(offset, bytes.len(), self.size)?;
        let stream = &self.memory.stream;
        bind(stream)?;
        let from = self.address(offset);
        // SAFETY: the range was checked; the copy is waited for while `bytes` is borrowed.
        let started = unsafe { result::memcpy_dtoh_async(bytes, from, stream.cu_stream()) };
        // Waited for even where it did not start, so that nothing writes to `bytes` later.
        let ended = stream.synchronize();
        started.and(ended).map_err(failed("read a buffer"))
    }

    /// Copies `len` bytes from `offset` to a place in a buffer, in order with everything else on
    /// the stream.
    pub(super) fn copy(&self, offset: u64, (to, at): (&Self, u64), len: u64) -> Result<()> {
        // An address space of 64 bits is what CUDA runs on.
        let bytes = usize::try_from(len).unwrap_or(usize::MAX);
        gpu::check_range(offset, bytes, self.size)?;
        gpu::check_range(at, bytes, to.size)?;
        if len == 0 {
            return Ok(());
        }
        let stream = &self.memory.stream;
        bind(stream)?;
        let (from, to, stream) = (self.address(offset), to.address(at), stream.cu_stream());
        // SAFETY: the ranges were checked; buffers are freed after what the stream does.
        let started = unsafe { result::memcpy_dtod_async(to, from, bytes, stream) };
        started.map_err(failed("copy a buffer"))
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // A card that failed says so at the next call that has a result.
        let _ = self.stream.synchronize();
        // SAFETY: `malloc_sync` gave the address to this owner alone, and what was to use the
        // memory is done.
        let _ = unsafe { result::free_sync(self.at) };
    }
}

/// Memory through which bytes travel to the card: one half is filled while the other is copied.
#[derive(Debug)]
pub(super) struct Staging {
    halves: [Half; 2],
    /// The half that is filled next.
    next: usize,
}

#[derive(Debug)]
struct Half {
    memory: PinnedHostSlice<u8>,
    /// Whether the card has what was in it.
    copied: CudaEvent,
}

impl Staging {
    pub(super) fn new(stream: &CudaStream) -> Result<Self> {
        let half = || -> Result<Half, DriverError> {
            let context = stream.context();
            // SAFETY: any byte is a `u8`, and each is written before it is read.
            let memory = unsafe { context.alloc_pinned(HALF) }?;
            Ok(Half { memory, copied: context.new_event(None)? })
        };
        let halves = half().and_then(|first| Ok([first, half()?]));
        Ok(Self { halves: halves.map_err(failed("allocate memory for copies"))?, next: 0 })
    }

    /// Writes `bytes` at `offset` of `buffer`, in order with everything else on its stream.
    pub(super) fn write(&mut self, buffer: &Buffer, offset: u64, bytes: &[u8]) -> Result<()> {
        gpu::check_range(offset, bytes.len(), buffer.size)?;
        let mut to = buffer.address(offset);
        for part in bytes.chunks(HALF) {
            self.halves[self.next]
                .send(part, to, &buffer.memory.stream)
                .map_err(failed("write a buffer"))?;
            self.next = 1 - self.next;
            to += part.len() as u64;
        }
        Ok(())
    }
}

impl Half {
    /// Starts to copy `bytes`, at most [`HALF`], to the address `to` of a buffer.
    fn send(
        &mut self,
        bytes: &[u8],
        to: CUdeviceptr,
        stream: &CudaStream,
    ) -> Result<(), DriverError> {
        self.copied.synchronize()?;
        let memory = &mut self.memory.as_mut_slice()?[..bytes.len()];
        memory.copy_from_slice(bytes);
        // SAFETY: the caller checked the range; the memory stays as it is until the event.
        unsafe { result::memcpy_htod_async(to, memory, stream.cu_stream()) }?;
        self.copied.record(stream)
    }
}

impl Drop for Half {
    fn drop(&mut self) {
        // The memory goes after the copy; a card that failed copies nothing.
        let _ = self.copied.synchronize();
    }
}

/// Makes the stream's context that of this thread, which most calls of the driver use.
pub(super) fn bind(stream: &CudaStream) -> Result<()> {
    stream.context().bind_to_thread().map_err(failed("use the card"))
}
