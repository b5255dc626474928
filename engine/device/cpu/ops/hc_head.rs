//! Streams into the input of the output head.

use super::dots::Product;
use super::hc_reduce::Reduce;
use super::math::{mean_square, sigmoid};
use super::{HcEps, Matrix};
use crate::device::cpu::parallel;
use crate::device::cpu::simd::{Kernel, vectorize};
use crate::formats::Decode;

/// Weighted sum of the streams for the output head.
///
/// ```text
/// v = streams[t], m = (fun . v) * (mean(v^2) + eps.rms)^(-1/2)
/// x[t, :] = sum over h of (sigmoid(m[h] * scale[0] + base[h]) + eps.hc) * streams[t, h, :]
/// ```
///
/// `streams` `[T, S, N]`; `fun` `[S, S N]`; `scale` `[1]`; `base` `[S]`; `x` `[T, N]`.
///
/// # Panics
///
/// When lengths disagree.
///
/// Source: MODEL.md section 2.4.
#[expect(clippy::too_many_arguments, reason = "the op's inputs, as the plan lists them")]
pub fn hc_head<F: Decode, const S: usize, const N: usize>(
    streams: &[f32],
    fun: Matrix<'_, F>,
    scale: &[f32],
    base: &[f32],
    eps: HcEps,
    x: &mut [f32],
) {
    let rows: Vec<&[f32]> = streams.chunks_exact(S * N).collect();
    assert_eq!(streams.len(), rows.len() * S * N, "length of streams");
    assert_eq!((scale.len(), base.len()), (1, S), "lengths of scale and base");
    assert_eq!(x.len(), rows.len() * N, "length of x");

    let mut mix = vec![0.0; rows.len() * S];
    Product { w: fun.bytes, n_out: S, x: &rows, offset: 0, stride: S }.write::<F>(&mut mix);
    parallel::for_each_chunk(x, N, 2 * S * N, |t, x| {
        let mix = &mix[t * S..(t + 1) * S];
        vectorize(Head::<S> { streams: rows[t], mix, scale: scale[0], base, eps, x });
    });
}

struct Head<'a, const S: usize> {
    streams: &'a [f32],
    mix: &'a [f32],
    scale: f32,
    base: &'a [f32],
    eps: HcEps,
    x: &'a mut [f32],
}

impl<const S: usize> Kernel for Head<'_, S> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let factor = 1.0 / (mean_square(self.streams) + self.eps.rms).sqrt();
        let mut pre = [0.0; S];
        for (h, pre) in pre.iter_mut().enumerate() {
            *pre = sigmoid(self.mix[h] * factor * self.scale + self.base[h]) + self.eps.hc;
        }
        Reduce { streams: self.streams, pre: &pre, x: self.x }.run();
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{pack, product, values};
    use super::*;
    use crate::formats::F16;

    #[test]
    fn agrees_with_the_formula() {
        let (bytes, fun) = pack(F16::FORMAT, 4 * 1024, 1);
        let eps = HcEps { rms: 1e-6, hc: 1e-6 };
        let base = values(4, 2);
        for t in [1, 3, 130] {
            let streams = values(t * 1024, 3);
            let mut x = vec![f32::NAN; t * 256];
            hc_head::<F16, 4, 256>(&streams, Matrix::new(&bytes), &[0.3], &base, eps, &mut x);
            let products = product(&streams, &fun, 1024);
            for (t, x) in x.chunks_exact(256).enumerate() {
                let v = &streams[t * 1024..(t + 1) * 1024];
                let square: f64 = v.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / 1024.0;
                let pre: Vec<f64> = (0..4)
                    .map(|h| {
                        let m = f64::from(products[t * 4 + h]) / (square + 1e-6).sqrt();
                        1.0 / (1.0 + (-m * f64::from(0.3f32) - f64::from(base[h])).exp()) + 1e-6
                    })
                    .collect();
                for (i, x) in x.iter().enumerate() {
                    let sum: f64 = (0..4).map(|h| pre[h] * f64::from(v[h * 256 + i])).sum();
                    assert!((f64::from(*x) - sum).abs() < 1e-5, "{x} is not {sum}");
                }
            }
        }
    }
}
