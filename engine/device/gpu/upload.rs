//! Many bytes for many buffers: made on all cores in pieces, while others are on their way.

#![forbid(unsafe_code)]

use std::{
    fmt,
    num::NonZero,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use super::Gpu;
use crate::device::{Error, Result};

/// Most threads that make pieces.
const MOST_THREADS: usize = 32;

/// A part of a buffer that is written at once.
#[derive(Debug)]
pub struct Piece<'a, B> {
    /// Where it goes.
    pub buffer: &'a B,
    /// Its first byte in the buffer.
    pub offset: u64,
    /// Bytes that it has.
    pub len: usize,
}

/// Makes the bytes of the piece of a number; called once for each, on any thread and in any order.
///
/// It writes all of the bytes, and reads none: they hold whatever was there.
pub type Fill<'a> = dyn Fn(usize, &mut [u8]) -> Result<()> + Sync + 'a;

/// Pieces, and what makes their bytes.
pub struct Upload<'a, B> {
    /// The pieces, by number; no two overlap.
    pub pieces: Vec<Piece<'a, B>>,
    /// What makes them.
    pub fill: &'a Fill<'a>,
}

impl<B: fmt::Debug> fmt::Debug for Upload<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("pieces", &self.pieces).finish_non_exhaustive()
    }
}

impl<B> Upload<'_, B> {
    /// Bytes of the longest piece.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.pieces.iter().map(|piece| piece.len).max().unwrap_or(0)
    }

    /// Threads that are worth having: one on each core, and none without work.
    #[must_use]
    pub fn threads(&self) -> usize {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        cores.min(MOST_THREADS).min(self.pieces.len())
    }
}

/// Hands the numbers of pieces to threads, each once and in order, until there are none or
/// something failed.
#[derive(Debug, Default)]
pub struct Queue {
    next: AtomicUsize,
    is_stopped: AtomicBool,
}

impl Queue {
    /// The next number below `len`.
    pub fn next(&self, len: usize) -> Option<usize> {
        if self.is_stopped.load(Ordering::Relaxed) {
            return None;
        }
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        (next < len).then_some(next)
    }

    /// Hands out no more numbers.
    pub fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }
}

/// Starts as many `threads` in `scope`, each doing `work`, which stops the queue when it fails.
///
/// # Errors
///
/// [`Error::NoThreads`] where the system has no thread left; the queue is then stopped.
pub fn start<'scope, T: Send + 'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    threads: usize,
    queue: &'scope Queue,
    work: impl Fn() -> Result<T> + Clone + Send + 'scope,
) -> Result<Vec<thread::ScopedJoinHandle<'scope, Result<T>>>> {
    let start = |_| {
        let work = work.clone();
        let work = move || work().inspect_err(|_| queue.stop());
        thread::Builder::new().name("weights".to_owned()).spawn_scoped(scope, work)
    };
    let started = (0..threads).map(start).collect::<Result<_, _>>();
    started.map_err(|source| {
        queue.stop();
        Error::NoThreads { source }
    })
}

/// Waits for threads; the first failure.
///
/// # Errors
///
/// Whatever a thread failed with.
///
/// # Panics
///
/// When a thread did.
pub fn join<T>(threads: Vec<thread::ScopedJoinHandle<'_, Result<T>>>) -> Result<()> {
    let ended = threads.into_iter().map(|thread| match thread.join() {
        Ok(result) => result.map(drop),
        Err(panic) => std::panic::resume_unwind(panic),
    });
    // All are waited for.
    ended.fold(Ok(()), Result::and)
}

/// Writes the pieces of `upload` one after another while threads make the next ones; `progress`
/// hears how many bytes each had.
pub(super) fn through_write<G: Gpu + ?Sized>(
    gpu: &mut G,
    upload: &Upload<'_, G::Buffer>,
    progress: &mut dyn FnMut(u64),
) -> Result<()> {
    let lens: Vec<usize> = upload.pieces.iter().map(|piece| piece.len).collect();
    let (lens, fill, queue) = (&lens[..], upload.fill, &Queue::default());
    // Memory of pieces that were written, for those to come.
    let spare = &Mutex::new(Vec::<Vec<u8>>::new());
    thread::scope(|scope| {
        // A thread that is ahead waits: no more than these and one for each are in memory.
        let (sender, receiver) = mpsc::sync_channel(upload.threads());
        let threads = start(scope, upload.threads(), queue, move || {
            while let Some(number) = queue.next(lens.len()) {
                let taken = spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let mut bytes = taken.unwrap_or_default();
                bytes.resize(lens[number], 0);
                fill(number, &mut bytes)?;
                if sender.send((number, bytes)).is_err() {
                    break;
                }
            }
            Ok(())
        })?;
        let written = receiver.into_iter().try_for_each(|(number, bytes)| {
            let piece = &upload.pieces[number];
            gpu.write(piece.buffer, piece.offset, &bytes)?;
            progress(piece.len as u64);
            spare.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
            Ok(())
        });
        if written.is_err() {
            queue.stop();
        }
        join(threads).and(written)
    })
}
