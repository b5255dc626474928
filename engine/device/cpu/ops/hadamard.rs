//! Walsh-Hadamard rotation of indexer rows and queries.

use crate::device::cpu::parallel;
use crate::device::cpu::simd::{Kernel, vectorize};

/// Walsh-Hadamard rotation of each head, in natural (Sylvester) order.
///
/// ```text
/// y[t, h, i] = D^(-1/2) * sum over j of (-1)^popcount(i & j) * x[t, h, j]
/// ```
///
/// `x`, `y` `[T, H, D]`; `D` a power of two.
///
/// # Panics
///
/// When lengths disagree.
///
/// Source: MODEL.md section 2.8.
pub fn hadamard<const D: usize>(x: &[f32], y: &mut [f32]) {
    assert_eq!((x.len(), x.len() % D), (y.len(), 0), "length of x");
    assert!(D.is_power_of_two(), "{D} is no power of two");
    parallel::for_each_chunk(y, D, 8 * D, |i, y| {
        y.copy_from_slice(&x[i * D..(i + 1) * D]);
        vectorize(Hadamard { x: y });
    });
}

/// Rotates one head in place.
pub(crate) struct Hadamard<'a> {
    pub(crate) x: &'a mut [f32],
}

impl Kernel for Hadamard<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let n = self.x.len();
        let mut half = 1;
        while half < n {
            for pair in self.x.chunks_exact_mut(2 * half) {
                let (low, high) = pair.split_at_mut(half);
                for (low, high) in low.iter_mut().zip(high) {
                    (*low, *high) = (*low + *high, *low - *high);
                }
            }
            half *= 2;
        }
        let scale = 1.0 / (n as f32).sqrt();
        self.x.iter_mut().for_each(|x| *x *= scale);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_close, floats, math_vectors};
    use super::*;

    #[test]
    fn agrees_with_the_published_vectors() {
        let case = &math_vectors()["hadamard128"];
        let x = floats(&case["input"]);
        for t in [1, 3, 130] {
            let mut y = vec![f32::NAN; t * 128];
            hadamard::<128>(&x.repeat(t), &mut y);
            assert_close(&y, &floats(&case["output"]).repeat(t), 1e-6);
        }
    }
}
