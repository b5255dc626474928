//! Dot products of packed weight rows with activation rows: the core of every matrix product.

use std::marker::PhantomData;

use super::math::{LANES, sum_lanes};
use super::matrix::row_bytes;
use crate::device::cpu::parallel::{self, Shared};
use crate::device::cpu::simd::{DecodeFn, Kernel, decoder, vectorize};
use crate::formats::{Decode, SPAN};

/// Weight rows of one call: enough that setting up its buffers costs little.
pub(crate) const ROWS: usize = 16;

/// Weight rows that are decoded together; each activation is then loaded once for all of them.
const BLOCK: usize = 4;

/// Activation rows that one decoded span of weights is used for.
pub(crate) const TILE: usize = 32;

/// Activation rows for which a smaller array of partial sums is cleared.
///
/// It is more than one because a single entry would be kept across the loop over spans as single
/// numbers instead of vectors.
const SMALL: usize = 4;

/// Weight rows times at most [`TILE`] activation rows.
///
/// ```text
/// out[t][r] = sum over i of w[r][i] * x[t][i]
/// ```
///
/// Each of [`LANES`] partial sums takes every `LANES`th product in order; the partial sums are
/// then added as a tree. The order does not depend on how many rows there are on either side.
#[derive(Debug)]
pub(crate) struct Dots<'a, F> {
    /// At most [`ROWS`] packed weight rows.
    pub w: &'a [u8],
    /// Activation rows.
    pub x: &'a [&'a [f32]],
    /// Products, one entry per activation row.
    pub out: &'a mut [[f32; ROWS]],
    /// How the rows are packed.
    pub format: PhantomData<F>,
    /// Decodes a span of them.
    pub decode: DecodeFn,
}

impl<'a, F: Decode> Dots<'a, F> {
    /// The products of the packed rows `w` with `x`, to be left in `out`.
    pub(crate) fn new(w: &'a [u8], x: &'a [&'a [f32]], out: &'a mut [[f32; ROWS]]) -> Self {
        Self { w, x, out, format: PhantomData, decode: decoder::<F>() }
    }
}

impl<F: Decode> Kernel for Dots<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let bytes = row_bytes::<F>(self.x[0].len());
        let spans = Spans { decode: self.decode, bytes: F::SPAN_BYTES, x: self.x };
        let Aligned(weights) = &mut Aligned([[0.0; SPAN]; BLOCK]);
        for (block, w) in self.w.chunks(BLOCK * bytes).enumerate() {
            let first = block * BLOCK;
            match (w.len() / bytes, self.x.len()) {
                (BLOCK, ..=SMALL) => spans.rows::<BLOCK, SMALL>(w, weights, self.out, first),
                (BLOCK, _) => spans.rows::<BLOCK, TILE>(w, weights, self.out, first),
                _ => {
                    let [weights, ..] = &mut *weights;
                    let weights = std::array::from_mut(weights);
                    for (r, w) in w.chunks_exact(bytes).enumerate() {
                        spans.rows::<1, TILE>(w, weights, self.out, first + r);
                    }
                }
            }
        }
    }
}

/// Values that begin on a cache line, so that no vector is split over two.
#[repr(align(64))]
struct Aligned<T>(T);

/// What the products of all rows of a call share.
struct Spans<'a> {
    decode: DecodeFn,
    /// Packed bytes of a span.
    bytes: usize,
    x: &'a [&'a [f32]],
}

impl Spans<'_> {
    /// Products of `R` weight rows, the first of which is entry `first` of the results.
    #[inline(always)]
    fn rows<const R: usize, const T: usize>(
        &self,
        w: &[u8],
        weights: &mut [[f32; SPAN]; R],
        out: &mut [[f32; ROWS]],
        first: usize,
    ) {
        let bytes = w.len() / R;
        let Aligned(sums) = &mut Aligned([[[0.0; LANES]; R]; T]);
        for span in 0..self.x[0].len() / SPAN {
            for (r, weights) in weights.iter_mut().enumerate() {
                (self.decode)(&w[r * bytes + span * self.bytes..][..self.bytes], weights);
            }
            for (x, sums) in self.x.iter().zip(&mut *sums) {
                accumulate(weights, &x[span * SPAN..(span + 1) * SPAN], sums);
            }
        }
        for (out, sums) in out.iter_mut().zip(&*sums).take(self.x.len()) {
            for (r, lanes) in sums.iter().enumerate() {
                out[first + r] = sum_lanes(*lanes);
            }
        }
    }
}

/// Adds the products of `R` rows with `x`, all `N` long, to their partial sums.
#[inline(always)]
fn accumulate<const R: usize, const N: usize>(
    w: &[[f32; N]; R],
    x: &[f32],
    sums: &mut [[f32; LANES]; R],
) {
    let (x, _) = x[..N].as_chunks::<LANES>();
    let (w, w_rest) = w.as_chunks::<4>();
    let (sums, sums_rest) = sums.as_chunks_mut::<4>();
    for (w, sums) in w.iter().zip(sums) {
        // Named sums stay in vector registers; an array indexed in the loop would be taken apart
        // into single numbers.
        let [mut s0, mut s1, mut s2, mut s3] = *sums;
        let [w0, w1, w2, w3] = w.each_ref().map(|w| w.as_chunks::<LANES>().0);
        for (c, x) in x.iter().enumerate() {
            s0 = add_product(s0, &w0[c], x);
            s1 = add_product(s1, &w1[c], x);
            s2 = add_product(s2, &w2[c], x);
            s3 = add_product(s3, &w3[c], x);
        }
        *sums = [s0, s1, s2, s3];
    }
    for (w, sums) in w_rest.iter().zip(sums_rest) {
        let mut s = *sums;
        for (w, x) in w.as_chunks::<LANES>().0.iter().zip(x) {
            s = add_product(s, w, x);
        }
        *sums = s;
    }
}

/// `sum + a * b` of each lane, not contracted.
#[inline(always)]
pub(crate) fn add_product(sum: [f32; LANES], a: &[f32; LANES], b: &[f32; LANES]) -> [f32; LANES] {
    let mut out = [0.0; LANES];
    for l in 0..LANES {
        out[l] = sum[l] + a[l] * b[l];
    }
    out
}

/// A matrix product over any number of activation rows.
#[derive(Debug)]
pub(crate) struct Product<'a> {
    /// Packed rows of the matrix.
    pub w: &'a [u8],
    /// Rows of the matrix.
    pub n_out: usize,
    /// Activation rows, all of one length.
    pub x: &'a [&'a [f32]],
    /// Where the products of the first activation row begin in `y`.
    pub offset: usize,
    /// Distance in `y` from one activation row's products to the next one's.
    pub stride: usize,
}

impl Product<'_> {
    /// Writes the products to `y`; threads share the matrix rows and the tiles of activations.
    pub(crate) fn write<F: Decode>(&self, y: &mut [f32]) {
        let Some(first) = self.x.first() else { return };
        let bytes = row_bytes::<F>(first.len());
        assert_eq!(self.w.len(), self.n_out * bytes, "bytes of {} weight rows", self.n_out);

        let blocks = self.n_out.div_ceil(ROWS);
        let cost = ROWS * first.len() * self.x.len().min(TILE);
        let y = Shared::new(y);
        parallel::for_each(blocks * self.x.len().div_ceil(TILE), cost, |task| {
            let (tile, row) = (task / blocks * TILE, task % blocks * ROWS);
            let rows = ROWS.min(self.n_out - row);
            let x = &self.x[tile..self.x.len().min(tile + TILE)];
            let mut out = [[0.0; ROWS]; TILE];
            let out = &mut out[..x.len()];
            let w = &self.w[row * bytes..(row + rows) * bytes];
            vectorize(Dots::<F>::new(w, x, out));
            for (t, out) in out.iter().enumerate() {
                let place = self.offset + (tile + t) * self.stride + row;
                for (r, value) in out[..rows].iter().enumerate() {
                    y.store(place + r, *value);
                }
            }
        });
    }
}

/// Dot products of several activation rows with one row, in the lane order of [`Dots`].
#[inline(always)]
pub(crate) fn dot_rows<const R: usize, const D: usize>(a: &[[f32; D]; R], b: &[f32]) -> [f32; R] {
    let mut lanes = [[0.0; LANES]; R];
    accumulate(a, b, &mut lanes);
    // Opaque, because the compiler would otherwise add the lanes of all rows at once and pay for it
    // with a transposition of every product.
    let lanes = std::hint::black_box(lanes);
    let mut dots = [0.0; R];
    for (dot, lanes) in dots.iter_mut().zip(lanes) {
        *dot = sum_lanes(lanes);
    }
    dots
}
