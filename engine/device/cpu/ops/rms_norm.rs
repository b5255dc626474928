//! RMS normalization with a weight.

use super::math::mean_square;
use crate::device::cpu::parallel;
use crate::device::cpu::simd::{Kernel, vectorize};

/// RMS normalization of each row.
///
/// ```text
/// y[t, :] = x[t, :] * (mean(x[t, :]^2) + eps)^(-1/2) * w
/// ```
///
/// `x`, `y` `[T, N]`; `w` `[N]`; `N` a multiple of 16.
///
/// # Panics
///
/// When lengths disagree.
///
/// Source: MODEL.md section 2.1.
pub fn rms_norm<const N: usize>(x: &[f32], w: &[f32], eps: f32, y: &mut [f32]) {
    assert_eq!((x.len(), w.len()), (y.len(), N), "lengths of x and w");
    parallel::for_each_chunk(y, N, 4 * N, |t, y| {
        vectorize(Norm { x: &x[t * N..(t + 1) * N], w, eps, y });
    });
}

struct Norm<'a> {
    x: &'a [f32],
    w: &'a [f32],
    eps: f32,
    y: &'a mut [f32],
}

impl Kernel for Norm<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        norm_row(self.x, self.w, self.eps, self.y);
    }
}

/// The formula of [`rms_norm`] for one row.
#[inline(always)]
pub(crate) fn norm_row(x: &[f32], w: &[f32], eps: f32, y: &mut [f32]) {
    let factor = 1.0 / (mean_square(x) + eps).sqrt();
    for ((y, x), w) in y.iter_mut().zip(x).zip(w) {
        *y = x * factor * w;
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_close, values};
    use super::*;

    #[test]
    fn agrees_with_the_formula() {
        for t in [1, 3, 130] {
            let (x, w) = (values(t * 64, 1), values(64, 2));
            let mut y = vec![0.0; x.len()];
            rms_norm::<64>(&x, &w, 1e-3, &mut y);
            for (x, y) in x.chunks_exact(64).zip(y.chunks_exact(64)) {
                let square: f64 = x.iter().map(|x| f64::from(*x).powi(2)).sum();
                let factor = (square / 64.0 + 1e-3).powf(-0.5);
                #[expect(clippy::cast_possible_truncation, reason = "a test's expectation")]
                let expected: Vec<f32> = x
                    .iter()
                    .zip(&w)
                    .map(|(x, w)| (f64::from(*x) * factor * f64::from(*w)) as f32)
                    .collect();
                assert_close(y, &expected, 1e-6);
            }
        }
    }
}
