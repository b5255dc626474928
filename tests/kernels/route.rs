//! Routers.

use ds4::device::cpu::ops;
use ds4_codegen::model::{FLASH, TINY};
use ds4_plan::{Model, StepKind::Decode};

use crate::support::{Case, Step, assert_close, device, values};

/// Logits from far below to far above zero.
fn logits(n: usize) -> Vec<f32> {
    let mut x = values(n, 1);
    x.iter_mut().enumerate().for_each(|(i, x)| *x *= [1.0, 5.0, 30.0, 90.0][i % 4]);
    x
}

fn top_k<const E: usize, const K: usize>(model: Model, threads: i64) {
    let Some(mut gpu) = device() else { return };
    let t = 9;
    let (mut logits, mut bias) = (logits(t * E), values(E, 2));
    // A row of equal scores, one whose affinities are tiny, and one that is no number.
    bias[..E / 2].fill(0.25);
    logits[E..E + E / 2].fill(3.0);
    logits[2 * E..3 * E].fill(-80.0);
    logits[3 * E..4 * E].fill(f32::NAN);
    let (mut ids, mut weights) = (vec![0; t * K], vec![0.0; t * K]);
    ops::route_top_k::<E, K>(&logits, &bias, 1.5, &mut ids, &mut weights);
    let case = Case::find(model, Decode, "route_top_k", |_| true).threads(threads).n_rows(t);
    let case = case.floats("logits", &logits).floats("bias", &bias);
    let case = case.output("ids", t * K).output("weights", t * K);
    let found = case.run(&mut gpu, &["ids", "weights"]);
    assert_eq!(found[0], ids);
    assert!(found[1][3 * K..4 * K].iter().all(|w| f32::from_bits(*w).is_nan()));
    let finite = |range: std::ops::Range<usize>| {
        assert_close("weights", &found[1][range.clone()], &weights[range], 1e-6);
    };
    finite(0..3 * K);
    finite(4 * K..t * K);
}

#[test]
fn route_top_k() {
    top_k::<256, 6>(FLASH, 256);
    top_k::<256, 6>(FLASH, 64);
    top_k::<16, 4>(TINY, 32);
}

fn hash<const E: usize, const K: usize>(model: Model) {
    let Some(mut gpu) = device() else { return };
    let step = Step::new(&[(3, 20)]);
    let t = step.n_rows();
    let logits = logits(t * E);
    let last = *step.tokens.last().unwrap() as usize;
    let mut table: Vec<i32> =
        (0..(last + 1) * K).map(|i| i32::try_from(i * 7 % E).unwrap()).collect();
    table[step.tokens[1] as usize * K] = -1;
    table[step.tokens[2] as usize * K] = 1 << 20;
    let (mut ids, mut weights) = (vec![0; t * K], vec![0.0; t * K]);
    ops::route_hash::<E, K>(&logits, &table, &step.tokens, 1.5, &mut ids, &mut weights);
    let words: Vec<u32> = table.iter().map(|e| e.cast_unsigned()).collect();
    let case = Case::find(model, Decode, "route_hash", |_| true).threads(32).step(&step);
    let case = case.floats("logits", &logits).words("table", &words);
    let case = case.output("ids", t * K).output("weights", t * K);
    let found = case.run(&mut gpu, &["ids", "weights"]);
    assert_eq!(found[0], ids);
    assert_close("weights", &found[1], &weights, 1e-6);
}

#[test]
fn route_hash() {
    hash::<256, 6>(FLASH);
    hash::<16, 4>(TINY);
}
