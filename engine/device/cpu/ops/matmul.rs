//! Matrix product with packed weights.

use super::Matrix;
use super::dots::Product;
use crate::formats::Decode;

/// Matrix product with packed weights.
///
/// ```text
/// y[t, o] = sum over i of w[o, i] * x[t, i]
/// ```
///
/// `x` `[T, IN]`; `w` `[OUT, IN]`; `y` `[T, OUT]`; `IN` a multiple of 256.
///
/// # Panics
///
/// When lengths disagree.
pub fn matmul<F: Decode, const IN: usize, const OUT: usize>(
    x: &[f32],
    w: Matrix<'_, F>,
    y: &mut [f32],
) {
    let rows: Vec<&[f32]> = x.chunks_exact(IN).collect();
    assert_eq!((x.len(), y.len()), (rows.len() * IN, rows.len() * OUT), "lengths of x and y");
    Product { w: w.bytes, n_out: OUT, x: &rows, offset: 0, stride: OUT }.write::<F>(y);
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_close, pack, product, values};
    use super::*;
    use crate::formats::{BF16, F16, F32, IQ2_XXS, MXFP4, Q2_K, Q4_K, Q8_0};

    fn check<F: Decode>() {
        const IN: usize = 512;
        const OUT: usize = 22;
        let (bytes, w) = pack(F::FORMAT, OUT * IN, 7);
        let x = values(130 * IN, 8);
        let mut all = vec![f32::NAN; 130 * OUT];
        matmul::<F, IN, OUT>(&x, Matrix::new(&bytes), &mut all);
        assert_close(&all, &product(&x, &w, IN), 1e-5);
        for t in [1, 2, 3, 33] {
            let mut y = vec![f32::NAN; t * OUT];
            matmul::<F, IN, OUT>(&x[IN..(t + 1) * IN], Matrix::new(&bytes), &mut y);
            assert_eq!(y, all[OUT..(t + 1) * OUT], "{} at T = {t}", F::FORMAT);
        }
    }

    #[test]
    fn every_format_agrees_with_the_formula_whatever_the_number_of_rows() {
        check::<F32>();
        check::<F16>();
        check::<BF16>();
        check::<Q8_0>();
        check::<Q2_K>();
        check::<Q4_K>();
        check::<IQ2_XXS>();
        check::<MXFP4>();
    }
}
