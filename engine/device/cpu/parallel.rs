//! Splits work over threads, unless it is too small to be worth waking them.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

/// Multiply-adds below which work stays on the calling thread.
///
/// Waking the threads of the pool and waiting for them costs 5 to 20 microseconds, in which one
/// core does a few hundred thousand multiply-adds.
const SERIAL: usize = 400_000;

/// Multiply-adds that one task has at least.
const TASK: usize = 50_000;

/// Calls `work` with each index below `n`; `cost` is the number of multiply-adds of one call.
pub(crate) fn for_each(n: usize, cost: usize, work: impl Fn(usize) + Sync + Send) {
    if n.saturating_mul(cost) < SERIAL {
        (0..n).for_each(work);
    } else {
        (0..n).into_par_iter().with_min_len(min_len(cost)).for_each(work);
    }
}

/// Calls `work` with each chunk of `len` elements, the last of which may be shorter, and its
/// index; `cost` is the number of
/// multiply-adds of one call.
pub(crate) fn for_each_chunk<T: Send>(
    out: &mut [T],
    len: usize,
    cost: usize,
    work: impl Fn(usize, &mut [T]) + Sync + Send,
) {
    if out.len().div_ceil(len).saturating_mul(cost) < SERIAL {
        out.chunks_mut(len).enumerate().for_each(|(i, chunk)| work(i, chunk));
    } else {
        out.par_chunks_mut(len)
            .enumerate()
            .with_min_len(min_len(cost))
            .for_each(|(i, chunk)| work(i, chunk));
    }
}

fn min_len(cost: usize) -> usize {
    (TASK / cost.max(1)).max(1)
}

/// A slice whose elements several threads store to.
///
/// The blocks of a matrix product are scattered over its rows, so no split into chunks gives each
/// task its own part. Relaxed stores compile to plain ones.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shared<'a> {
    cells: &'a [AtomicU32],
}

impl<'a> Shared<'a> {
    pub(crate) fn new(values: &'a mut [f32]) -> Self {
        let cells = std::ptr::from_mut(values) as *const [AtomicU32];
        // SAFETY: `AtomicU32` has the size, alignment and valid bit patterns of `f32`, and the
        // exclusive borrow of `values` lasts as long as `cells`, so every access is atomic.
        let cells = unsafe { &*cells };
        Self { cells }
    }

    /// Stores one element.
    #[inline(always)]
    pub(crate) fn store(&self, index: usize, value: f32) {
        self.cells[index].store(value.to_bits(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_index_is_visited_once_whatever_the_cost() {
        for cost in [1, 10_000, 10_000_000] {
            let mut values = vec![0.0; 1000];
            let shared = Shared::new(&mut values);
            for_each(1000, cost, |i| shared.store(i, i as f32));
            for_each_chunk(&mut values, 10, cost, |i, chunk| {
                assert_eq!(chunk.len(), 10);
                chunk.iter_mut().for_each(|v| *v -= 10.0 * i as f32);
            });
            assert!(
                values.iter().enumerate().all(|(i, v)| v.to_bits() == (i as f32 % 10.0).to_bits())
            );
        }
    }
}
