//! Streams into the input of a sub-layer.

use crate::device::cpu::parallel;
use crate::device::cpu::simd::{Kernel, vectorize};

/// Weighted sum of the streams.
///
/// ```text
/// x[t, :] = sum over h of pre[t, h] * streams[t, h, :]
/// ```
///
/// `streams` `[T, S, N]`; `pre` `[T, S]`; `x` `[T, N]`.
///
/// # Panics
///
/// When lengths disagree.
///
/// Source: MODEL.md section 2.3, step 6.
pub fn hc_reduce<const S: usize, const N: usize>(streams: &[f32], pre: &[f32], x: &mut [f32]) {
    let n_rows = x.len() / N;
    assert_eq!((x.len(), streams.len()), (n_rows * N, n_rows * S * N), "lengths of x and streams");
    assert_eq!(pre.len(), n_rows * S, "length of pre");
    parallel::for_each_chunk(x, N, S * N, |t, x| {
        let streams = &streams[t * S * N..(t + 1) * S * N];
        vectorize(Reduce { streams, pre: &pre[t * S..(t + 1) * S], x });
    });
}

/// Weighted sum of the streams of one row.
pub(crate) struct Reduce<'a> {
    pub(crate) streams: &'a [f32],
    pub(crate) pre: &'a [f32],
    pub(crate) x: &'a mut [f32],
}

impl Kernel for Reduce<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let n = self.x.len();
        for (h, (stream, &pre)) in self.streams.chunks_exact(n).zip(self.pre).enumerate() {
            if h == 0 {
                self.x.iter_mut().zip(stream).for_each(|(x, s)| *x = pre * s);
            } else {
                self.x.iter_mut().zip(stream).for_each(|(x, s)| *x += pre * s);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_close, floats, math_vectors};
    use super::*;

    #[test]
    fn agrees_with_the_published_vectors() {
        let case = &math_vectors()["mhc"];
        let pre = floats(&case["pre"]);
        let streams = floats(&case["old_streams"]);
        for t in [1, 3, 130] {
            let mut x = vec![f32::NAN; t * 3];
            hc_reduce::<4, 3>(&streams.repeat(t), &pre.repeat(t), &mut x);
            assert_close(&x, &floats(&case["pre_weighted_sum"]).repeat(t), 1e-6);
        }
    }
}
