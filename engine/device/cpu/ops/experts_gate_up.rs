//! The first half of the routed experts.

use std::marker::PhantomData;

use super::Matrix;
use super::dots::{Dots, ROWS, TILE};
use super::grouped::Grouped;
use super::matrix::row_bytes;
use super::swiglu::swiglu_value;
use crate::device::cpu::parallel::{self, Shared};
use crate::device::cpu::simd::{Kernel, vectorize};
use crate::formats::Decode;

/// Clamped SwiGLU of the chosen experts, times the route weight.
///
/// ```text
/// e = ids[t, k], a = gate[e] . x[t], u = up[e] . x[t]
/// h[t, k, :] = weights[t, k] * swiglu(min(a, limit), clamp(u, -limit, limit))
/// ```
///
/// `x` `[T, N]`; `gate`, `up` `[E, FF, N]`; `ids`, `weights` `[T, K]`; `h` `[T, K, FF]`; `N` a
/// multiple of 256. Tokens are grouped by expert, so that each span of weights is decoded once
/// for all of them.
///
/// # Panics
///
/// When an id is not below `E` or lengths disagree.
///
/// Source: MODEL.md section 2.9.
#[expect(clippy::too_many_arguments, reason = "the op's inputs, as the plan lists them")]
pub fn experts_gate_up<
    F: Decode,
    const N: usize,
    const FF: usize,
    const E: usize,
    const K: usize,
>(
    x: &[f32],
    gate: Matrix<'_, F>,
    up: Matrix<'_, F>,
    ids: &[u32],
    weights: &[f32],
    limit: f32,
    h: &mut [f32],
) {
    let n_rows = ids.len() / K;
    assert_eq!((ids.len(), weights.len()), (n_rows * K, n_rows * K), "lengths of ids and weights");
    assert_eq!((x.len(), h.len()), (n_rows * N, n_rows * K * FF), "lengths of x and h");
    let bytes = row_bytes::<F>(N);
    assert_eq!((gate.bytes.len(), up.bytes.len()), (E * FF * bytes, E * FF * bytes), "weights");

    let grouped = Grouped::new(ids, E);
    let inputs: Vec<&[f32]> =
        grouped.pairs().iter().map(|pair| &x[pair / K * N..(pair / K + 1) * N]).collect();
    let blocks = FF.div_ceil(ROWS);
    let cost = 2 * ROWS * N * ids.len().div_ceil(grouped.tiles().len().max(1));
    let shared = Shared::new(h);
    parallel::for_each(grouped.tiles().len() * blocks, cost, |task| {
        let (tile, row) = (&grouped.tiles()[task / blocks], task % blocks * ROWS);
        let rows = ROWS.min(FF - row);
        let range = (tile.expert * FF + row) * bytes..(tile.expert * FF + row + rows) * bytes;
        let (gate, up) = (&gate.bytes[range.clone()], &up.bytes[range]);
        let mut out = [[0.0; ROWS]; TILE];
        let out = &mut out[..tile.pairs.len()];
        let x = &inputs[tile.pairs.clone()];
        vectorize(GateUp::<F> { gate, up, x, limit, out, format: PhantomData });
        for (&pair, out) in grouped.pairs()[tile.pairs.clone()].iter().zip(out) {
            for (r, value) in out[..rows].iter().enumerate() {
                shared.store(pair * FF + row + r, value * weights[pair]);
            }
        }
    });
}

/// SwiGLU of a few rows of one expert for the tokens of one tile.
struct GateUp<'a, F> {
    gate: &'a [u8],
    up: &'a [u8],
    x: &'a [&'a [f32]],
    limit: f32,
    out: &'a mut [[f32; ROWS]],
    format: PhantomData<F>,
}

impl<F: Decode> Kernel for GateUp<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let mut up = [[0.0; ROWS]; TILE];
        let up = &mut up[..self.x.len()];
        Dots::<F>::new(self.gate, self.x, self.out).run();
        Dots::<F>::new(self.up, self.x, up).run();
        for (out, up) in self.out.iter_mut().zip(up) {
            for (out, up) in out.iter_mut().zip(up) {
                *out = swiglu_value(*out, *up, self.limit);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{pack, values};
    use super::super::{matmul, swiglu};
    use super::*;
    use crate::formats::IQ2_XXS;

    #[test]
    fn each_token_goes_through_its_experts_whatever_the_grouping() {
        const FF: usize = 10;
        const E: usize = 3;
        let (gate, _) = pack(IQ2_XXS::FORMAT, E * FF * 256, 1);
        let (up, _) = pack(IQ2_XXS::FORMAT, E * FF * 256, 2);
        let bytes = gate.len() / E;
        for t in [1, 3, 130] {
            let (x, weights) = (values(t * 256, 3), values(t * 2, 4));
            let ids: Vec<u32> = (0..).take(t * 2).map(|i: u32| i * i % 3).collect();
            let mut h = vec![f32::NAN; t * 2 * FF];
            let (g, u) = (Matrix::new(&gate), Matrix::new(&up));
            experts_gate_up::<IQ2_XXS, 256, FF, E, 2>(&x, g, u, &ids, &weights, 1.0, &mut h);
            for (pair, h) in h.chunks_exact(FF).enumerate() {
                let x = &x[pair / 2 * 256..(pair / 2 + 1) * 256];
                let expert = ids[pair] as usize * bytes..(ids[pair] as usize + 1) * bytes;
                let (mut a, mut u, mut y) = ([0.0; FF], [0.0; FF], [0.0; FF]);
                matmul::<IQ2_XXS, 256, FF>(x, Matrix::new(&gate[expert.clone()]), &mut a);
                matmul::<IQ2_XXS, 256, FF>(x, Matrix::new(&up[expert]), &mut u);
                swiglu(&a, &u, 1.0, &mut y);
                assert_eq!(h, y.map(|y| y * weights[pair]));
            }
        }
    }
}
