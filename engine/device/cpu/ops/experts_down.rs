//! The second half of the routed experts.

use super::Matrix;
use super::dots::{Dots, ROWS, TILE};
use super::grouped::Grouped;
use super::matrix::row_bytes;
use crate::device::cpu::parallel::{self, Shared};
use crate::device::cpu::simd::vectorize;
use crate::formats::Decode;

/// Sum of the chosen experts' outputs.
///
/// ```text
/// y[t, :] = sum over k, in order, of down[ids[t, k]] . h[t, k]
/// ```
///
/// `h` `[T, K, FF]`, route weights included; `down` `[E, N, FF]`; `ids` `[T, K]`; `y` `[T, N]`;
/// `FF` a multiple of 256. Tokens are grouped by expert, so that each span of weights is decoded
/// once for all of them; the sum over `k` is taken afterwards.
///
/// # Panics
///
/// When an id is not below `E` or lengths disagree.
///
/// Source: MODEL.md section 2.9.
pub fn experts_down<F: Decode, const FF: usize, const N: usize, const E: usize, const K: usize>(
    h: &[f32],
    down: Matrix<'_, F>,
    ids: &[u32],
    y: &mut [f32],
) {
    let n_rows = ids.len() / K;
    assert_eq!((ids.len(), h.len()), (n_rows * K, n_rows * K * FF), "lengths of ids and h");
    assert_eq!(y.len(), n_rows * N, "length of y");
    let bytes = row_bytes::<F>(FF);
    assert_eq!(down.bytes.len(), E * N * bytes, "bytes of {E} experts");

    let grouped = Grouped::new(ids, E);
    let inputs: Vec<&[f32]> =
        grouped.pairs().iter().map(|pair| &h[pair * FF..(pair + 1) * FF]).collect();
    let y = Shared::new(y);
    parallel::for_each(N.div_ceil(ROWS), ROWS * FF * ids.len(), |block| {
        let row = block * ROWS;
        let rows = ROWS.min(N - row);
        let mut products = vec![[0.0; ROWS]; ids.len()];
        for tile in grouped.tiles() {
            let first = (tile.expert * N + row) * bytes;
            let w = &down.bytes[first..first + rows * bytes];
            let mut out = [[0.0; ROWS]; TILE];
            let out = &mut out[..tile.pairs.len()];
            vectorize(Dots::<F>::new(w, &inputs[tile.pairs.clone()], out));
            for (&pair, out) in grouped.pairs()[tile.pairs.clone()].iter().zip(out) {
                products[pair] = *out;
            }
        }
        for (t, products) in products.chunks_exact(K).enumerate() {
            for r in 0..rows {
                y.store(t * N + row + r, products.iter().map(|p| p[r]).sum());
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::super::matmul;
    use super::super::testing::{pack, values};
    use super::*;
    use crate::formats::Q2_K;

    #[test]
    fn outputs_are_summed_in_order_whatever_the_grouping() {
        const N: usize = 10;
        const E: usize = 3;
        let (down, _) = pack(Q2_K::FORMAT, E * N * 256, 1);
        let bytes = down.len() / E;
        for t in [1, 3, 130] {
            let h = values(t * 2 * 256, 2);
            let ids: Vec<u32> = (0..).take(t * 2).map(|i: u32| i * i % 3).collect();
            let mut y = vec![f32::NAN; t * N];
            experts_down::<Q2_K, 256, N, E, 2>(&h, Matrix::new(&down), &ids, &mut y);
            for (t, y) in y.chunks_exact(N).enumerate() {
                let mut sum = [0.0; N];
                for pair in 2 * t..2 * t + 2 {
                    let mut one = [0.0; N];
                    let w = Matrix::new(&down[ids[pair] as usize * bytes..][..bytes]);
                    matmul::<Q2_K, 256, N>(&h[pair * 256..(pair + 1) * 256], w, &mut one);
                    sum = std::array::from_fn(|i| sum[i] + one[i]);
                }
                assert_eq!(y, sum);
            }
        }
    }
}
