//! RMS normalization of each head, without a weight.

use super::math::mean_square;
use crate::device::cpu::parallel;
use crate::device::cpu::simd::{Kernel, vectorize};

/// RMS normalization of each head.
///
/// ```text
/// y[t, h, :] = x[t, h, :] * (mean(x[t, h, :]^2) + eps)^(-1/2)
/// ```
///
/// `x`, `y` `[T, H, D]`; `D` a multiple of 16.
///
/// # Panics
///
/// When lengths disagree.
///
/// Source: MODEL.md section 2.5.
pub fn head_norm<const D: usize>(x: &[f32], eps: f32, y: &mut [f32]) {
    assert_eq!(x.len(), y.len(), "length of x");
    parallel::for_each_chunk(y, D, 4 * D, |i, y| {
        vectorize(HeadNorm { x: &x[i * D..(i + 1) * D], eps, y });
    });
}

struct HeadNorm<'a> {
    x: &'a [f32],
    eps: f32,
    y: &'a mut [f32],
}

impl Kernel for HeadNorm<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let factor = 1.0 / (mean_square(self.x) + self.eps).sqrt();
        for (y, x) in self.y.iter_mut().zip(self.x) {
            *y = x * factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rms_norm;
    use super::super::testing::values;
    use super::*;

    #[test]
    fn is_rms_norm_with_weights_of_one() {
        let x = values(3 * 4 * 32, 1);
        let (mut y, mut expected) = (x.clone(), x.clone());
        head_norm::<32>(&x, 1e-6, &mut y);
        rms_norm::<32>(&x, &[1.0; 32], 1e-6, &mut expected);
        assert_eq!(y, expected);
    }
}
