//! How fast threads read memory: the limit of what decodes on the processor.

use std::{
    hint::black_box,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

/// How long each thread reads.
const TIME: Duration = Duration::from_millis(150);

/// Sums that are made side by side, so that no addition waits for the one before it.
const LANES: usize = 8;

/// Bytes that `threads` threads read together in a second, each over and over its share of a buffer
/// of `bytes`, which is to be larger than what the processor keeps near itself.
#[must_use]
pub fn read(bytes: usize, threads: usize) -> f64 {
    let threads = threads.max(1);
    let share = (bytes / threads / size_of::<u64>()).max(LANES);
    let ready = Barrier::new(threads);
    let one = || {
        // Pages of zeros would all be the same one.
        let values = vec![1_u64; share];
        ready.wait();
        let begun = Instant::now();
        let mut read = 0;
        while begun.elapsed() < TIME {
            black_box(sum(black_box(&values)));
            read += size_of_val(&values[..]);
        }
        read as f64 / begun.elapsed().as_secs_f64()
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).sum()
    })
}

fn sum(values: &[u64]) -> [u64; LANES] {
    let mut sums = [0_u64; LANES];
    for values in values.chunks_exact(LANES) {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum = sum.wrapping_add(*value);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_has_some_speed() {
        assert_eq!(sum(&[3; 3 * LANES])[LANES - 1], 9);
        for (bytes, threads) in [(0, 0), (1 << 20, 2)] {
            let speed = read(bytes, threads);
            assert!(speed > 1e6 && speed.is_finite(), "{speed}");
        }
    }
}
