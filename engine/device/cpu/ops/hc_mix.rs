//! Coefficients of a hyper-connection.

use super::Matrix;
use super::dots::Product;
use super::math::{exp, mean_square, sigmoid};
use crate::device::cpu::parallel;
use crate::device::cpu::simd::{Kernel, vectorize};
use crate::formats::Decode;

/// The epsilons of a hyper-connection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HcEps {
    /// Added to the mean square of the streams.
    pub rms: f32,
    /// Added to `pre`, to the row softmax and to every normalizing sum.
    pub hc: f32,
}

/// Coefficients with which the streams enter and leave a sub-layer.
///
/// ```text
/// v = streams[t], m = (fun . v) * (mean(v^2) + eps.rms)^(-1/2)
/// pre[h]  = sigmoid(m[h] * scale[0] + base[h]) + eps.hc
/// post[h] = 2 * sigmoid(m[S + h] * scale[1] + base[S + h])
/// comb[j, k] = Sinkhorn(m[2 S + S j + k] * scale[2] + base[2 S + S j + k])
/// ```
///
/// Sinkhorn: row softmax plus `eps.hc`, then columns divided by their sum plus `eps.hc`, then
/// `iters - 1` times the same division of rows and of columns.
///
/// `streams` `[T, S, N]`; `fun` `[(2 + S) S, S N]`; `scale` `[3]`; `base` `[(2 + S) S]`; `pre`
/// `[T, S]`; `mix` `[T, (1 + S) S]`: `post` and `comb`, whose first index is the old stream.
///
/// # Panics
///
/// When lengths disagree.
///
/// Source: MODEL.md section 2.3.
#[expect(clippy::too_many_arguments, reason = "the op's inputs, as the plan lists them")]
pub fn hc_mix<F: Decode, const S: usize, const N: usize>(
    streams: &[f32],
    fun: Matrix<'_, F>,
    scale: &[f32],
    base: &[f32],
    eps: HcEps,
    iters: usize,
    pre: &mut [f32],
    mix: &mut [f32],
) {
    let n_mix = (2 + S) * S;
    let rows: Vec<&[f32]> = streams.chunks_exact(S * N).collect();
    assert_eq!(streams.len(), rows.len() * S * N, "length of streams");
    assert_eq!((scale.len(), base.len()), (3, n_mix), "lengths of scale and base");
    let lengths = (rows.len() * S, rows.len() * (n_mix - S));
    assert_eq!((pre.len(), mix.len()), lengths, "lengths of pre and mix");

    let mut all = vec![0.0; rows.len() * n_mix];
    Product { w: fun.bytes, n_out: n_mix, x: &rows, offset: 0, stride: n_mix }.write::<F>(&mut all);
    parallel::for_each_chunk(&mut all, n_mix, S * N + 64 * iters, |t, all| {
        vectorize(Finish::<S> { v: rows[t], scale, base, eps, iters, all });
    });
    let rows = pre.chunks_exact_mut(S).zip(mix.chunks_exact_mut(n_mix - S));
    for (all, (pre, mix)) in all.chunks_exact(n_mix).zip(rows) {
        pre.copy_from_slice(&all[..S]);
        mix.copy_from_slice(&all[S..]);
    }
}

/// Turns the products of one row into its coefficients.
struct Finish<'a, const S: usize> {
    v: &'a [f32],
    scale: &'a [f32],
    base: &'a [f32],
    eps: HcEps,
    iters: usize,
    /// Products, then `pre`, `post` and `comb`.
    all: &'a mut [f32],
}

impl<const S: usize> Kernel for Finish<'_, S> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let factor = 1.0 / (mean_square(self.v) + self.eps.rms).sqrt();
        for (i, m) in self.all.iter_mut().enumerate() {
            *m = *m * factor * self.scale[(i / S).min(2)] + self.base[i];
        }
        let (pre, rest) = self.all.split_at_mut(S);
        let (post, comb) = rest.split_at_mut(S);
        pre.iter_mut().for_each(|m| *m = sigmoid(*m) + self.eps.hc);
        post.iter_mut().for_each(|m| *m = 2.0 * sigmoid(*m));
        sinkhorn::<S>(comb, self.eps.hc, self.iters);
    }
}

/// Makes the matrix `c` `[S, S]` nearly doubly stochastic, ending with columns.
#[inline(always)]
fn sinkhorn<const S: usize>(c: &mut [f32], eps: f32, iters: usize) {
    let (rows, _) = c.as_chunks_mut::<S>();
    for row in rows.iter_mut() {
        let largest = row.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b));
        let mut sum = 0.0;
        for c in row.iter_mut() {
            *c = exp(*c - largest);
            sum += *c;
        }
        row.iter_mut().for_each(|c| *c = *c / sum + eps);
    }
    normalize_columns(rows, eps);
    for _ in 1..iters {
        for row in rows.iter_mut() {
            let sum = row.iter().sum::<f32>() + eps;
            row.iter_mut().for_each(|c| *c /= sum);
        }
        normalize_columns(rows, eps);
    }
}

#[inline(always)]
fn normalize_columns<const S: usize>(rows: &mut [[f32; S]], eps: f32) {
    let mut sums = [0.0; S];
    for row in rows.iter() {
        for k in 0..S {
            sums[k] += row[k];
        }
    }
    for row in rows {
        for k in 0..S {
            row[k] /= sums[k] + eps;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_close, floats, math_vectors, pack, product, values};
    use super::*;
    use crate::formats::F16;

    #[test]
    fn coefficients_agree_with_the_published_vectors() {
        let case = &math_vectors()["mhc"];
        let mut mix = floats(&case["mixes"]);
        // A row whose mean square is 1 leaves the mixes as they are.
        vectorize(Finish::<4> {
            v: &[1.0; 16],
            scale: &floats(&case["scale"]),
            base: &floats(&case["base"]),
            eps: HcEps { rms: 0.0, hc: 1e-6 },
            iters: 20,
            all: &mut mix,
        });
        assert_close(&mix[..4], &floats(&case["pre"]), 1e-6);
        assert_close(&mix[4..8], &floats(&case["post"]), 1e-6);
        assert_close(&mix[8..], &floats(&case["comb_row_major"]), 2e-6);
    }

    #[test]
    fn products_are_normalized_by_the_streams() {
        let (bytes, fun) = pack(F16::FORMAT, 24 * 1024, 1);
        let eps = HcEps { rms: 1e-6, hc: 1e-6 };
        let (scale, base) = ([0.5, 0.4, 0.3], values(24, 2));
        for t in [1, 3, 130] {
            let streams = values(t * 1024, 3);
            let (mut pre, mut mix) = (vec![f32::NAN; t * 4], vec![f32::NAN; t * 20]);
            let fun_bytes = Matrix::new(&bytes);
            hc_mix::<F16, 4, 256>(&streams, fun_bytes, &scale, &base, eps, 20, &mut pre, &mut mix);
            let products = product(&streams, &fun, 1024);
            for (t, (found, mix)) in pre.chunks_exact(4).zip(mix.chunks_exact(20)).enumerate() {
                let v = &streams[t * 1024..(t + 1) * 1024];
                let square: f64 = v.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / 1024.0;
                for h in 0..4 {
                    let m = f64::from(products[t * 24 + h]) / (square + 1e-6).sqrt();
                    let pre = 1.0 / (1.0 + (-m * 0.5 - f64::from(base[h])).exp()) + 1e-6;
                    assert!((f64::from(found[h]) - pre).abs() < 1e-5);
                    let column: f32 = (0..4).map(|j| mix[4 + 4 * j + h]).sum();
                    assert!((column - 1.0).abs() < 1e-5);
                }
            }
        }
    }
}
