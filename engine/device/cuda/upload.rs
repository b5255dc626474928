//! Pieces on their way to the card: made by threads in memory that the card reads by itself.
//!
//! Each thread has two places: it makes a piece in one while the card copies the other.

use std::{ffi::c_void, ptr::NonNull, slice, sync::Arc, sync::mpsc, thread};

use cudarc::driver::{
    CudaEvent, CudaStream, DriverError, result,
    sys::{CUdeviceptr, CUevent_flags},
};

use super::{
    card::failed,
    memory::{Buffer, bind},
};
use crate::device::{
    Result,
    gpu::{
        self,
        upload::{Fill, Queue, Upload, join, start},
    },
};

/// Places of a thread.
const PLACES: usize = 2;

/// Where a piece goes.
#[derive(Debug, Clone, Copy)]
struct Target {
    /// The address of its first byte, on the card.
    at: CUdeviceptr,
    len: usize,
}

/// What the threads share.
struct Work<'a> {
    stream: &'a Arc<CudaStream>,
    targets: Vec<Target>,
    fill: &'a Fill<'a>,
    queue: &'a Queue,
    /// Bytes of a place.
    longest: usize,
}

/// Writes the pieces of `upload`, in order with everything else on the stream, until the queue is
/// stopped; all are on the card when it returns. `progress` hears how many bytes each had.
pub(super) fn run(
    stream: &Arc<CudaStream>,
    upload: &Upload<'_, Buffer>,
    queue: &Queue,
    progress: &mut dyn FnMut(u64),
) -> Result<()> {
    let target = |piece: &gpu::upload::Piece<'_, Buffer>| {
        gpu::check_range(piece.offset, piece.len, piece.buffer.size())?;
        Ok(Target { at: piece.buffer.address(piece.offset), len: piece.len })
    };
    let targets = upload.pieces.iter().map(target).collect::<Result<_>>()?;
    let longest = upload.longest();
    let work = &Work { stream, targets, fill: upload.fill, queue, longest };
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        let threads = start(scope, upload.threads(), queue, move || work.run(&sender))?;
        for len in receiver {
            progress(len as u64);
        }
        join(threads)
    })
}

impl Work<'_> {
    /// Makes pieces and starts to copy them; waits until they are copied.
    fn run(&self, started: &mpsc::Sender<usize>) -> Result<()> {
        bind(self.stream)?;
        let place = |_| Place::new(self.stream, self.longest);
        let places = (0..PLACES).map(place).collect::<Result<Vec<_>, _>>();
        let mut places = places.map_err(failed("allocate memory for copies"))?;
        let mut turn = 0;
        while let Some(number) = self.queue.next(self.targets.len()) {
            let Target { at, len } = self.targets[number];
            let place = &mut places[turn];
            let bytes = place.bytes(len).map_err(failed("write a buffer"))?;
            (self.fill)(number, bytes)?;
            place.send(len, at, self.stream).map_err(failed("write a buffer"))?;
            turn = (turn + 1) % PLACES;
            // The receiver goes after the threads.
            let _ = started.send(len);
        }
        let mut ends = places.iter().map(|place| place.copied.synchronize());
        ends.try_for_each(|end| end.map_err(failed("write a buffer")))
    }
}

/// Memory of the host that the card reads.
#[derive(Debug)]
struct Place {
    memory: NonNull<u8>,
    size: usize,
    /// Whether the card has what was in it.
    copied: CudaEvent,
}

impl Place {
    /// Of `size` bytes; the context is the thread's.
    fn new(stream: &CudaStream, size: usize) -> Result<Self, DriverError> {
        // Waiting threads sleep: others have pieces to make.
        let flags = CUevent_flags::CU_EVENT_BLOCKING_SYNC;
        let copied = stream.context().new_event(Some(flags))?;
        // Cached by the processor, unlike what only goes to a card in one sweep: rows are repacked
        // to several places at once.
        // SAFETY: what is there is overwritten below before it is read.
        let memory = unsafe { result::malloc_host(size.max(1), 0) }?;
        let memory = NonNull::new(memory.cast::<u8>());
        let memory = memory.ok_or(DriverError(OUT_OF_MEMORY))?;
        // SAFETY: the memory is this long and nothing else has its address.
        unsafe { memory.write_bytes(0, size) };
        Ok(Self { memory, size, copied })
    }

    /// The first `len` bytes, once they are copied.
    fn bytes(&mut self, len: usize) -> Result<&mut [u8], DriverError> {
        assert!(len <= self.size, "a piece of {len} bytes in a place of {}", self.size);
        self.copied.synchronize()?;
        // SAFETY: the memory is this long and was written when it was made; the card does not
        // read it, since the copy has ended; the place is borrowed mutably.
        Ok(unsafe { slice::from_raw_parts_mut(self.memory.as_ptr(), len) })
    }

    /// Starts to copy the first `len` bytes to the address `to` of a buffer with as many.
    fn send(
        &mut self,
        len: usize,
        to: CUdeviceptr,
        stream: &CudaStream,
    ) -> Result<(), DriverError> {
        let bytes: &[u8] = self.bytes(len)?;
        // SAFETY: the caller checked the range; the memory stays as it is until the event, or
        // until the place is dropped, which waits for it.
        unsafe { result::memcpy_htod_async(to, bytes, stream.cu_stream()) }?;
        self.copied.record(stream)
    }
}

/// What the driver says where there is no memory.
const OUT_OF_MEMORY: cudarc::driver::sys::CUresult =
    cudarc::driver::sys::CUresult::CUDA_ERROR_OUT_OF_MEMORY;

impl Drop for Place {
    fn drop(&mut self) {
        // The memory goes after the copy; a card that failed copies nothing.
        let _ = self.copied.synchronize();
        // SAFETY: `malloc_host` gave the memory to this place alone, and nothing reads it.
        let _ = unsafe { result::free_host(self.memory.as_ptr().cast::<c_void>()) };
    }
}
