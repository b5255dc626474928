//! A packed weight matrix.

use std::marker::PhantomData;

use crate::formats::{Decode, SPAN};

/// A weight matrix `[OUT, IN]`, row-major, packed in format `F`.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a, F> {
    /// The packed rows; they need no alignment.
    pub bytes: &'a [u8],
    format: PhantomData<F>,
}

impl<'a, F: Decode> Matrix<'a, F> {
    /// The matrix of these packed rows.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, format: PhantomData }
    }

    /// The packed bytes of row `i` of a matrix with `IN` columns.
    ///
    /// # Panics
    ///
    /// When the matrix has no such row.
    #[must_use]
    pub fn row<const IN: usize>(&self, i: usize) -> &'a [u8] {
        let bytes = row_bytes::<F>(IN);
        &self.bytes[i * bytes..(i + 1) * bytes]
    }
}

/// Packed bytes of a row of `n_in` values.
#[inline(always)]
pub(crate) fn row_bytes<F: Decode>(n_in: usize) -> usize {
    assert!(n_in.is_multiple_of(SPAN), "{n_in} values are no whole number of spans");
    n_in / SPAN * F::SPAN_BYTES
}
