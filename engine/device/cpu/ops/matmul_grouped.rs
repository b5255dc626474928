//! Block-diagonal matrix product: the first half of the output projection.

use super::Matrix;
use super::dots::Product;
use super::matrix::row_bytes;
use crate::formats::Decode;

/// One matrix product per group of columns.
///
/// ```text
/// y[t, g, o] = sum over i of w[g, o, i] * x[t, g, i]
/// ```
///
/// `x` `[T, G, IN]`; `w` `[G, OUT, IN]`; `y` `[T, G, OUT]`; `IN` a multiple of 256.
///
/// # Panics
///
/// When lengths disagree.
///
/// Source: MODEL.md section 2.5, grouped output.
pub fn matmul_grouped<F: Decode, const G: usize, const IN: usize, const OUT: usize>(
    x: &[f32],
    w: Matrix<'_, F>,
    y: &mut [f32],
) {
    let n_rows = x.len() / (G * IN);
    assert_eq!((x.len(), y.len()), (n_rows * G * IN, n_rows * G * OUT), "lengths of x and y");
    let bytes = OUT * row_bytes::<F>(IN);
    assert_eq!(w.bytes.len(), G * bytes, "bytes of {G} groups of weights");
    for g in 0..G {
        let rows: Vec<&[f32]> = x.chunks_exact(G * IN).map(|x| &x[g * IN..(g + 1) * IN]).collect();
        let w = &w.bytes[g * bytes..(g + 1) * bytes];
        Product { w, n_out: OUT, x: &rows, offset: g * OUT, stride: G * OUT }.write::<F>(y);
    }
}

#[cfg(test)]
mod tests {
    use super::super::matmul;
    use super::super::testing::{pack, values};
    use super::*;
    use crate::formats::Q8_0;

    #[test]
    fn each_group_is_a_product_of_its_own() {
        const OUT: usize = 6;
        let (bytes, _) = pack(Q8_0::FORMAT, 2 * OUT * 256, 1);
        let half = bytes.len() / 2;
        for t in [1, 3, 130] {
            let x = values(t * 512, 2);
            let mut y = vec![f32::NAN; t * 2 * OUT];
            matmul_grouped::<Q8_0, 2, 256, OUT>(&x, Matrix::new(&bytes), &mut y);
            for (x, y) in x.chunks_exact(512).zip(y.chunks_exact(2 * OUT)) {
                let mut expected = [0.0; 2 * OUT];
                let (first, second) = expected.split_at_mut(OUT);
                matmul::<Q8_0, 256, OUT>(&x[..256], Matrix::new(&bytes[..half]), first);
                matmul::<Q8_0, 256, OUT>(&x[256..], Matrix::new(&bytes[half..]), second);
                assert_eq!(y, expected);
            }
        }
    }
}
