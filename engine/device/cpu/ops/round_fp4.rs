//! FP4 rounding of indexer rows and queries.

use crate::device::cpu::parallel;
use crate::device::cpu::simd::{Kernel, vectorize};
use crate::formats::cache::{self, FP4_BLOCK};

/// Rounds each head in blocks of 32 to FP4 with a shared scale.
///
/// `x`, `y` `[T, H, D]`; `D` a multiple of 32.
///
/// # Panics
///
/// When lengths disagree or `D` is no whole number of blocks.
///
/// Source: MODEL.md section 2.10.
pub fn round_fp4<const D: usize>(x: &[f32], y: &mut [f32]) {
    assert_eq!((x.len(), x.len() % D), (y.len(), 0), "length of x");
    assert_eq!(D % FP4_BLOCK, 0, "{D} values in blocks of {FP4_BLOCK}");
    parallel::for_each_chunk(y, D, 16 * D, |i, y| {
        y.copy_from_slice(&x[i * D..(i + 1) * D]);
        vectorize(RoundFp4 { x: y });
    });
}

/// Rounds whole blocks in place.
struct RoundFp4<'a> {
    x: &'a mut [f32],
}

impl Kernel for RoundFp4<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for block in self.x.as_chunks_mut::<FP4_BLOCK>().0 {
            cache::round_fp4(block);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::values;
    use super::*;

    #[test]
    fn rounds_every_block() {
        for t in [1, 3, 130] {
            let x = values(t * 128, 1);
            let mut y = vec![f32::NAN; x.len()];
            round_fp4::<128>(&x, &mut y);
            for (x, y) in x.chunks_exact(32).zip(y.chunks_exact(32)) {
                let mut block: [f32; 32] = x.try_into().unwrap();
                cache::round_fp4(&mut block);
                assert_eq!(y, block);
            }
        }
    }
}
