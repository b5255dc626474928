//! Compression against the published pooling example and against other chunkings.

use ds4_plan::CachedRows;

use super::super::testing::{assert_close, floats, frequencies, math_vectors, values};
use super::super::{position_bias, ring_store};
use super::*;
use crate::device::cpu::views::{Field, StateRowsMut};
use crate::formats::cache::unpack_row;

#[test]
fn overlapping_pool_agrees_with_the_published_vectors() {
    let case = &math_vectors()["compressor_ratio4_pool"];
    let (k, gate) = (floats(&case["kv"]), floats(&case["gate"]));
    let tokens = [0; 11];
    let segments = [Segment { slot: 0, start: 0, row: 0, len: 11, pages: &[] }];
    let mut g = vec![f32::NAN; gate.len()];
    position_bias::<12>(&gate, &floats(&case["ape"]), &Rows::new(&tokens, &segments), &mut g);
    let ring = StateRows { slots: &[], field: Field { offset: 0, n_rows: 8, width: 12 } };
    let expected = floats(&case["pooled_rows"]);
    for j in 0..2 {
        let window = |step| Tokens { step, ring, width: 12 }.window::<6, 4, true>(&segments[0], j);
        assert_close(&pool::<6>(&window(&k), &window(&g)), &expected[6 * j..6 * j + 6], 1e-6);
    }
}

/// Compresses `n` tokens in chunks and returns the pages.
fn run<const D: usize, const R: usize, const OVERLAP: bool, const W: usize>(
    n: usize,
    chunks: &[usize],
    form: RowForm,
) -> Box<[f32]> {
    let (k, g, norm) = (values(n * W, 1), values(n * W, 2), values(D, 3));
    let n_rows = if OVERLAP { 2 * R } else { R };
    let fields =
        [Field { offset: 1, n_rows, width: W }, Field { offset: 1 + n_rows * W, n_rows, width: W }];
    let mut slots = vec![vec![f32::NAN; 1 + 2 * n_rows * W].into_boxed_slice(); 2];
    let field = CachedRows { offset: 0, rows: n / R, width: D, form };
    let mut pages = vec![vec![0.0; field.words()].into_boxed_slice()];
    let freqs = frequencies(64);
    let mut start = 0;
    for &len in chunks {
        let tokens = vec![0; len];
        let segments = [Segment { slot: 1, start, row: 0, len, pages: &[0] }];
        let rows = Rows::new(&tokens, &segments);
        let (k, g) = (&k[start * W..(start + len) * W], &g[start * W..(start + len) * W]);
        let rings = fields.map(|field| StateRows { slots: &slots, field });
        let mut out = PageRowsMut { pages: &mut pages, field };
        windows::<D, R, OVERLAP>(k, g, rings[0], rings[1], &norm, &freqs, 1e-6, &rows, &mut out);
        for (x, field) in [k, g].into_iter().zip(fields) {
            ring_store::<W>(x, &rows, &mut StateRowsMut { slots: &mut slots, field });
        }
        start += len;
    }
    assert_eq!(start, n);
    let mut values = vec![f32::NAN; n / R * D].into_boxed_slice();
    for (words, row) in pages[0].chunks(field.row_words()).zip(values.chunks_mut(D)) {
        unpack_row(form, bytemuck::cast_slice(words), row);
    }
    values
}

#[test]
fn chunks_do_not_matter() {
    let fp8 = RowForm::Fp8 { n_halves: 64 };
    for form in [RowForm::Floats, fp8, RowForm::Fp4] {
        let whole = run::<128, 4, true, 256>(130, &[130], form);
        assert!(whole.iter().all(|x| x.is_finite()));
        assert_eq!(whole, run::<128, 4, true, 256>(130, &[1; 130], form));
        assert_eq!(whole, run::<128, 4, true, 256>(130, &[3, 1, 9, 50, 2, 65], form));
    }
    let whole = run::<128, 128, false, 128>(300, &[300], fp8);
    assert!(whole.iter().all(|x| x.is_finite()));
    assert_eq!(whole, run::<128, 128, false, 128>(300, &[1; 300], fp8));
    assert_eq!(whole, run::<128, 128, false, 128>(300, &[127, 1, 130, 42], fp8));
}

#[test]
fn rows_agree_with_the_formula() {
    const D: usize = 128;
    let rows = run::<D, 4, true, 256>(12, &[12], RowForm::Floats);
    let (k, g, norm) = (values(12 * 256, 1), values(12 * 256, 2), values(D, 3));
    let freqs = frequencies(64);
    for (j, row) in rows.chunks_exact(D).enumerate() {
        let pooled: Vec<f64> = (0..D)
            .map(|i| {
                let previous = (4 * j.saturating_sub(1)..4 * j).map(|p| p * 256 + i);
                let places = previous.chain((4 * j..4 * j + 4).map(|p| p * 256 + D + i));
                let terms = places.map(|at| (f64::from(g[at]).exp(), f64::from(k[at])));
                let (sum, total) = terms.fold((0.0, 0.0), |(s, t), (p, k)| (s + p, t + p * k));
                total / sum
            })
            .collect();
        let square: f64 = pooled.iter().map(|c| c * c).sum::<f64>() / D as f64;
        let normed = |i: usize| pooled[i] / (square + 1e-6).sqrt() * f64::from(norm[i]);
        for (i, value) in row.iter().enumerate() {
            let expected = if i < 64 {
                normed(i)
            } else {
                let angle = f64::from((4 * j) as f32 * freqs[(i - 64) / 2]);
                let other = normed(i ^ 1);
                normed(i) * angle.cos() + if i % 2 == 0 { -other } else { other } * angle.sin()
            };
            assert!((f64::from(*value) - expected).abs() < 1e-5, "row {j}, {i}");
        }
    }
}
