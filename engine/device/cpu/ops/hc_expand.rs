//! The output of a sub-layer into streams.

use crate::device::cpu::parallel;
use crate::device::cpu::simd::{Kernel, vectorize};

/// The streams after a sub-layer.
///
/// ```text
/// out[t, k, :] = post[t, k] * y[t, :] + sum over j of comb[t, j, k] * streams[t, j, :]
/// ```
///
/// `y` `[T, N]`; `streams`, `out` `[T, S, N]`; `mix` `[T, (1 + S) S]`: `post`, `comb`.
///
/// # Panics
///
/// When lengths disagree.
///
/// Source: MODEL.md section 2.3, step 7.
pub fn hc_expand<const S: usize, const N: usize>(
    y: &[f32],
    streams: &[f32],
    mix: &[f32],
    out: &mut [f32],
) {
    let n_rows = y.len() / N;
    let n_mix = (1 + S) * S;
    assert_eq!(y.len(), n_rows * N, "length of y");
    assert_eq!((streams.len(), out.len()), (n_rows * S * N, n_rows * S * N), "lengths of streams");
    assert_eq!(mix.len(), n_rows * n_mix, "length of mix");
    parallel::for_each_chunk(out, S * N, S * S * N, |t, out| {
        vectorize(Expand::<S> {
            y: &y[t * N..(t + 1) * N],
            streams: &streams[t * S * N..(t + 1) * S * N],
            mix: &mix[t * n_mix..(t + 1) * n_mix],
            out,
        });
    });
}

struct Expand<'a, const S: usize> {
    y: &'a [f32],
    streams: &'a [f32],
    mix: &'a [f32],
    out: &'a mut [f32],
}

impl<const S: usize> Kernel for Expand<'_, S> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let n = self.y.len();
        let streams: [&[f32]; S] = std::array::from_fn(|j| &self.streams[j * n..(j + 1) * n]);
        for (k, out) in self.out.chunks_exact_mut(n).enumerate() {
            let post = self.mix[k];
            let comb: [f32; S] = std::array::from_fn(|j| self.mix[S + S * j + k]);
            for (i, (out, y)) in out.iter_mut().zip(self.y).enumerate() {
                let mut sum = post * y;
                for j in 0..S {
                    sum += comb[j] * streams[j][i];
                }
                *out = sum;
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
        let mut mix = floats(&case["post"]);
        mix.extend(floats(&case["comb_row_major"]));
        let (streams, y) = (floats(&case["old_streams"]), floats(&case["sublayer_out"]));
        for t in [1, 3, 130] {
            let mut out = vec![f32::NAN; t * 12];
            hc_expand::<4, 3>(&y.repeat(t), &streams.repeat(t), &mix.repeat(t), &mut out);
            assert_close(&out, &floats(&case["new_streams"]).repeat(t), 1e-6);
        }
    }
}
