//! The choice of compressed rows.

use ds4::device::cpu::{ops, views::PageRows};
use ds4_codegen::model::{FLASH, TINY};
use ds4_plan::{CacheRounding, Model, StepKind::Decode};

use crate::support::{Case, Step, boxes, device, pages, values};

const PAGE_AT: usize = 32;

/// The scores of `chosen` in full precision, smallest last, and the largest of the others.
fn scores(q: &[f32], g: &[f32], rows: &[&[f32]]) -> Vec<f64> {
    let score = |row: &&[f32]| -> f64 {
        q.chunks_exact(row.len())
            .zip(g)
            .map(|(q, g)| {
                let dot: f64 = q.iter().zip(*row).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
                dot.max(0.0) * f64::from(*g)
            })
            .sum()
    };
    rows.iter().map(score).collect()
}

struct Shape {
    model: Model,
    jt: i64,
    threads: i64,
    /// On tensor cores, which take half floats.
    tensor: bool,
}

/// `coarse` gives keys few values, so that many scores are equal.
fn select<const H: usize, const D: usize, const K: usize>(
    shape: &Shape,
    sessions: &[(usize, usize)],
    coarse: bool,
) {
    let Some(mut gpu) = device() else { return };
    let step = Step::new(sessions);
    let t = step.n_rows();
    let case = Case::find(shape.model, Decode, "index_select", |_| true);
    let ratio = case.number("ratio");
    let field = case.cached_rows(PAGE_AT);
    let (mut q, g) = (values(t * H * D, 1), values(t * H, 2));
    let mut keys = values(step.n_pages() * field.rows * D, 3);
    if shape.tensor {
        let halves = q.iter_mut().chain(&mut keys);
        halves.for_each(|x| *x = half::f16::from_f32(*x).to_f32());
    }
    if coarse {
        q.iter_mut().for_each(|x| *x = (*x * 1.6).round());
        keys.iter_mut().for_each(|x| *x = (*x * 0.52).round());
    }
    // One head alone, so that no sum depends on its order.
    let counts = |i: usize| !coarse || i % H == 5;
    let g: Vec<f32> = (0..).zip(g).map(|(i, x)| if counts(i) { x } else { 0.0 }).collect();
    let keys = pages(field, &keys);
    let page_len = keys.len() / step.n_pages();
    let boxed = boxes(&keys, page_len);
    let view = PageRows { pages: &boxed, field };
    let mut expected = vec![0; t * K];
    step.with_rows(|rows| {
        ops::index_select::<H, D, K>(&q, &g, view, ratio, rows, &mut expected);
    });

    let case = case.step(&step).threads(shape.threads).set("JT", shape.jt);
    let case = case.set("TENSOR", i64::from(shape.tensor));
    let case = case.set("TOKENS", if shape.tensor { 2 } else { 1 });
    let case = case.set("WARP", 32).set("FRAG", 2).set("ACC", 8).set("T", "p.rows");
    let case = case.floats("q", &q).floats("g", &g).floats("index_rows", &keys);
    let case = case.set("PAGE_LEN", page_len).set("index_rows_at", format!("{PAGE_AT}u"));
    let found = &case.output("chosen", t * K).run(&mut gpu, &["chosen"])[0];
    step.with_rows(|rows| {
        for row in 0..t {
            let (found, expected) = (&found[row * K..][..K], &expected[row * K..][..K]);
            if found == expected {
                continue;
            }
            assert!(!coarse, "row {row}: {found:?}, expected {expected:?}");
            // Scores may be closer to each other than their rounding errors.
            assert!(found.is_sorted_by(|a, b| a < b), "row {row}: {found:?}");
            let (segment, position) = rows.at(row);
            let n = (position + 1) / ratio;
            let mut buffers = vec![[0.0; D]; n];
            let all: Vec<_> = view.rows(segment, 0..n, &mut buffers).collect();
            let scores = scores(&q[row * H * D..][..H * D], &g[row * H..][..H], &all);
            let of = |chosen: &[u32]| chosen.iter().map(|j| scores[*j as usize]).sum::<f64>();
            let largest = scores.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
            let lost = (of(expected) - of(found)).abs();
            assert!(lost <= 1e-5 * largest, "row {row}: {lost} of {largest} lost");
        }
    });
}

const TINY_SESSIONS: &[(usize, usize)] = &[(0, 3), (125, 8), (900, 2), (5000, 1), (129, 1)];

#[test]
fn scores_and_choice() {
    let shape = |jt, threads| Shape { model: TINY, jt, threads, tensor: false };
    select::<8, 128, 32>(&shape(64, 128), TINY_SESSIONS, false);
    select::<8, 128, 32>(&shape(32, 256), TINY_SESSIONS, false);
    let shape = Shape { model: FLASH, jt: 64, threads: 256, tensor: false };
    select::<64, 128, 512>(&shape, &[(4000, 2), (2040, 9), (100, 1)], false);
}

#[test]
fn the_earlier_of_equals() {
    let shape = |jt, threads| Shape { model: TINY, jt, threads, tensor: false };
    select::<8, 128, 32>(&shape(64, 64), TINY_SESSIONS, true);
    let shape = Shape { model: FLASH, jt: 32, threads: 128, tensor: false };
    select::<64, 128, 512>(&shape, &[(6000, 1), (2047, 2)], true);
}

/// By the portable bodies of the hooks of tensor cores.
#[test]
fn tiles_of_half_floats() {
    for (jt, threads) in [(128, 128), (64, 128), (96, 32)] {
        for model in [TINY, TINY.with_cache(CacheRounding::Rounded)] {
            let shape = Shape { model, jt, threads, tensor: true };
            select::<8, 128, 32>(&shape, TINY_SESSIONS, false);
            select::<8, 128, 32>(&shape, TINY_SESSIONS, true);
        }
    }
}
