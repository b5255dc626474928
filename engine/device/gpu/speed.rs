//! How fast a GPU copies its memory: the limit that kernels which only read are compared with.

use std::time::Instant;

use super::Gpu;
use crate::device::{Error, Result};

/// Sizes of the buffers that are copied, the first that fit; larger than what is kept of them
/// near the processors.
const SIZES: [u64; 3] = [1 << 30, 256 << 20, 64 << 20];

/// Copies that are timed together.
const COPIES: u32 = 8;

/// Bytes that `gpu` moves in a second, read and written, when it copies a large buffer.
///
/// # Errors
///
/// [`Error::OutOfMemory`] when nothing large enough to be measured fits, [`Error::Driver`] when the
/// device fails.
pub fn copy<G: Gpu>(gpu: &mut G) -> Result<f64> {
    let mut refusal = Error::OutOfMemory { what: "a copy", bytes: SIZES[0] };
    for size in SIZES {
        match copy_of(gpu, size) {
            Err(error @ (Error::OutOfMemory { .. } | Error::BufferTooLarge { .. })) => {
                refusal = error;
            }
            done => return done,
        }
    }
    Err(refusal)
}

fn copy_of<G: Gpu>(gpu: &mut G, size: u64) -> Result<f64> {
    let from = gpu.allocate(size, "a copy")?;
    let to = gpu.allocate(size, "a copy")?;
    let mut word = [0; 4];
    gpu.copy((&from, 0), (&to, 0), size)?;
    // Reading waits for what was copied.
    gpu.read(&to, 0, &mut word)?;
    let begun = Instant::now();
    for _ in 0..COPIES {
        gpu.copy((&from, 0), (&to, 0), size)?;
    }
    gpu.read(&to, 0, &mut word)?;
    let seconds = begun.elapsed().as_secs_f64().max(1e-9);
    Ok(2.0 * size as f64 * f64::from(COPIES) / seconds)
}
