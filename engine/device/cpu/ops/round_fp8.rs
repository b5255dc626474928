//! FP8 rounding of key/value rows.

use crate::device::cpu::parallel;
use crate::device::cpu::simd::{Kernel, vectorize};
use crate::formats::cache::{self, FP8_BLOCK};

/// Rounds the first `D - R` values of each row in blocks of 64 to FP8 with a shared scale.
///
/// `x`, `y` `[T, D]`; the trailing `R` values, which rotate, stay as they are.
///
/// # Panics
///
/// When lengths disagree or `D - R` is no whole number of blocks.
///
/// Source: MODEL.md section 2.10.
pub fn round_fp8<const D: usize, const R: usize>(x: &[f32], y: &mut [f32]) {
    assert_eq!((x.len(), x.len() % D), (y.len(), 0), "length of x");
    assert_eq!((D - R) % FP8_BLOCK, 0, "{D} - {R} values in blocks of {FP8_BLOCK}");
    parallel::for_each_chunk(y, D, 16 * D, |t, y| {
        y.copy_from_slice(&x[t * D..(t + 1) * D]);
        vectorize(RoundFp8 { x: &mut y[..D - R] });
    });
}

/// Rounds whole blocks in place.
struct RoundFp8<'a> {
    x: &'a mut [f32],
}

impl Kernel for RoundFp8<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for block in self.x.as_chunks_mut::<FP8_BLOCK>().0 {
            cache::round_fp8(block);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::values;
    use super::*;

    #[test]
    fn rounds_blocks_and_keeps_the_tail() {
        for t in [1, 3, 130] {
            let x = values(t * 192, 1);
            let mut y = vec![f32::NAN; x.len()];
            round_fp8::<192, 64>(&x, &mut y);
            for (x, y) in x.chunks_exact(192).zip(y.chunks_exact(192)) {
                let mut block: [f32; 64] = x[64..128].try_into().unwrap();
                cache::round_fp8(&mut block);
                assert_eq!(y[64..128], block);
                assert_eq!(y[128..], x[128..]);
            }
        }
    }
}
