//! Attention against the formula, the published example and other chunkings.

use super::super::testing::{assert_close, floats, math_vectors, pages, values};
use super::super::ring_store;
use super::*;
use crate::device::cpu::rows::Segment;
use crate::device::cpu::views::{Field, StateRowsMut};

#[test]
fn the_sink_agrees_with_the_published_vectors() {
    let case = &math_vectors()["attention_sink"];
    let mut weights = floats(&case["scores"]);
    #[expect(clippy::cast_possible_truncation, reason = "a test's expectation")]
    let sum = softmax(&mut weights, case["sink"].as_f64().unwrap() as f32);
    let (rows, expected) = (floats(&case["values"]), floats(&case["out"]));
    for (i, expected) in expected.iter().enumerate() {
        let value: f32 = (0..5).map(|j| weights[j] / sum * rows[3 * j + i]).sum();
        assert!((value - expected).abs() < 1e-6);
    }
}

const H: usize = 6;
const D: usize = 32;
const WINDOW: usize = 8;
const FIELD: Field = Field { offset: 5, n_rows: WINDOW, width: D };

/// Attention of `n` tokens of one session in chunks, with a kind of compressed rows.
fn run(n: usize, chunks: &[usize], kind: usize) -> Vec<f32> {
    let (q, kv, sinks) = (values(n * H * D, 1), values(n * D, 2), values(H, 3));
    let (pages, table, field) = pages(&values(n * D, 4), D, 4);
    let pages = PageRows { pages: &pages, field };
    let mut slots = vec![vec![f32::NAN; 5 + WINDOW * D].into_boxed_slice(); 3];
    let mut out = vec![f32::NAN; n * H * D];
    let mut start = 0;
    for &len in chunks {
        let tokens = vec![0; len];
        let segments = [Segment { slot: 2, start, row: 0, len, pages: &table }];
        let rows = Rows::new(&tokens, &segments);
        let chosen: Vec<u32> = (start..start + len).flat_map(chosen).collect();
        let extra = match kind {
            0 => Extra::None,
            1 => Extra::All { pages, ratio: 4 },
            _ => Extra::Chosen { pages, chosen: &chosen, k: 3 },
        };
        let ring = StateRows { slots: &slots, field: FIELD };
        let (q, kv) = (&q[start * H * D..(start + len) * H * D], &kv[start * D..(start + len) * D]);
        let out = &mut out[start * H * D..(start + len) * H * D];
        attend::<H, D>(q, kv, ring, &sinks, extra, &rows, out);
        ring_store::<D>(kv, &rows, &mut StateRowsMut { slots: &mut slots, field: FIELD });
        start += len;
    }
    assert_eq!(start, n);
    out
}

/// What the indexer chose for a position: at most three rows.
fn chosen(position: usize) -> [u32; 3] {
    match u32::try_from((position + 1) / 4).unwrap() {
        0 => [u32::MAX; 3],
        n @ 1..3 => [n - 1, u32::MAX, u32::MAX],
        n => [0, n / 2, n - 1],
    }
}

#[test]
fn rows_agree_with_the_formula() {
    let n = 130;
    let (q, kv, sinks) = (values(n * H * D, 1), values(n * D, 2), values(H, 3));
    let extra = values(n * D, 4);
    for kind in 0..3 {
        let out = run(n, &[n], kind);
        for t in 0..n {
            let mut rows: Vec<&[f32]> =
                ((t + 1).saturating_sub(WINDOW)..=t).map(|p| &kv[p * D..(p + 1) * D]).collect();
            let compressed: Vec<usize> = match kind {
                0 => vec![],
                1 => (0..(t + 1) / 4).collect(),
                _ => chosen(t).iter().filter(|j| **j != u32::MAX).map(|j| *j as usize).collect(),
            };
            rows.extend(compressed.iter().map(|j| &extra[j * D..(j + 1) * D]));
            for (h, sink) in sinks.iter().enumerate() {
                let at = (t * H + h) * D;
                assert_close(&out[at..at + D], &naive(&q[at..at + D], &rows, *sink), 1e-5);
            }
        }
    }
}

fn naive(q: &[f32], rows: &[&[f32]], sink: f32) -> Vec<f32> {
    let dot = |row: &[f32]| -> f64 {
        q.iter().zip(row).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    let weights: Vec<f64> = rows.iter().map(|r| (dot(r) / (D as f64).sqrt()).exp()).collect();
    let sum = weights.iter().sum::<f64>() + f64::from(sink).exp();
    #[expect(clippy::cast_possible_truncation, reason = "a test's expectation")]
    (0..D)
        .map(|i| {
            let total: f64 = rows.iter().zip(&weights).map(|(r, w)| w * f64::from(r[i])).sum();
            (total / sum) as f32
        })
        .collect()
}

#[test]
fn chunks_do_not_matter() {
    for kind in 0..3 {
        let whole = run(130, &[130], kind);
        assert_eq!(whole, run(130, &[1; 130], kind));
        assert_eq!(whole, run(130, &[3, 1, 7, 20, 2, 97], kind));
    }
}

#[test]
fn sessions_of_one_step_do_not_touch() {
    let (q, kv, sinks) = (values(4 * H * D, 1), values(4 * D, 2), values(H, 3));
    let slots = vec![values(5 + WINDOW * D, 4).into_boxed_slice(); 3];
    let ring = StateRows { slots: &slots, field: FIELD };
    let segments = [
        Segment { slot: 1, start: 20, row: 0, len: 1, pages: &[] },
        Segment { slot: 0, start: 0, row: 1, len: 3, pages: &[] },
    ];
    let mut together = vec![f32::NAN; 4 * H * D];
    let rows = Rows::new(&[0; 4], &segments);
    attend::<H, D>(&q, &kv, ring, &sinks, Extra::None, &rows, &mut together);
    for segment in segments {
        let alone = [Segment { row: 0, ..segment }];
        let tokens = vec![0; segment.len];
        let rows = Rows::new(&tokens, &alone);
        let (first, last) = (segment.row, segment.row + segment.len);
        let mut out = vec![f32::NAN; segment.len * H * D];
        let q = &q[first * H * D..last * H * D];
        attend::<H, D>(
            q,
            &kv[first * D..last * D],
            ring,
           
            &sinks,
            Extra::None,
            &rows,
            &mut out,
        );
        assert_eq!(out, together[first * H * D..last * H * D]);
    }
}
