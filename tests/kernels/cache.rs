//! Roundings, rotations and rings of cached rows.

use ds4::device::cpu::{
    ops,
    views::{Field, StateRowsMut},
};
use ds4_codegen::model::FLASH;
use ds4_plan::StepKind::Decode;

use crate::support::{Case, Step, assert_close, bits, boxes, device, values};

/// Values of many magnitudes, with zeros, whole blocks of zeros and ties.
fn wild(n: usize, seed: u64) -> Vec<f32> {
    let exponents = values(n, seed + 1);
    let mut x = values(n, seed);
    for (i, (x, e)) in x.iter_mut().zip(exponents).enumerate() {
        *x *= (12.0 * e).exp2();
        if i % 13 == 0 || i / 64 % 5 == 3 {
            *x = 0.0;
        }
        if i % 17 == 0 {
            *x = (*x * 8.0).round() / 16.0;
        }
    }
    x
}

/// Roundings are exact: a differing bit would be another code.
#[test]
fn round_fp8() {
    let Some(mut gpu) = device() else { return };
    for (t, threads) in [(1, 128), (5, 64), (2, 16)] {
        let x = wild(t * 512, 3);
        let mut expected = vec![0.0; x.len()];
        ops::round_fp8::<512, 64>(&x, &mut expected);
        let case = Case::find(FLASH, Decode, "round_fp8", |_| true).threads(threads).n_rows(t);
        let found = case.floats("x", &x).output("y", x.len()).run(&mut gpu, &["y"]);
        assert_eq!(found[0], bits(&expected));
    }
}

#[test]
fn round_fp4() {
    let Some(mut gpu) = device() else { return };
    for (t, threads) in [(1, 32), (3, 16)] {
        let x = wild(t * 64 * 128, 4);
        let mut expected = vec![0.0; x.len()];
        ops::round_fp4::<128>(&x, &mut expected);
        let case = Case::find(FLASH, Decode, "round_fp4", |_| true).threads(threads).n_rows(t);
        let found = case.floats("x", &x).output("y", x.len()).run(&mut gpu, &["y"]);
        assert_eq!(found[0], bits(&expected));
    }
}

#[test]
fn hadamard() {
    let Some(mut gpu) = device() else { return };
    for (t, threads) in [(1, 64), (2, 32)] {
        let x = values(t * 64 * 128, 5);
        let mut expected = vec![0.0; x.len()];
        ops::hadamard::<128>(&x, &mut expected);
        let case = Case::find(FLASH, Decode, "hadamard", |_| true).threads(threads).n_rows(t);
        let found = case.floats("x", &x).output("y", x.len()).run(&mut gpu, &["y"]);
        assert_close("hadamard", &found[0], &expected, 1e-6);
    }
}

/// A chunk longer than the ring, short ones, and what they must not touch.
#[test]
fn ring_store() {
    let Some(mut gpu) = device() else { return };
    let step = Step::new(&[(1000, 300), (5, 1), (126, 7)]);
    let case = || Case::find(FLASH, Decode, "ring_store", |n| n.tensors.len() == 2);
    let (u, w) = (case().number("U"), case().number("W"));
    assert_eq!(w, 512);
    let (before, state_len) = (16, 16 + u * 512 + 12);
    let (x, old) = (values(step.n_rows() * w, 1), values(step.n_slots() * state_len, 2));
    let mut slots = boxes(&old, state_len);
    let field = Field { offset: before, n_rows: u, width: w };
    step.with_rows(|rows| {
        ops::ring_store::<512>(&x, rows, &mut StateRowsMut { slots: &mut slots, field });
    });
    for (parts, threads) in [(1, 128), (4, 32)] {
        let case = case().step(&step).parts(parts).threads(threads).floats("x", &x);
        let case = case.set("STATE_LEN", state_len).set("ring_at", format!("{before}u"));
        let found = case.floats("ring", &old).run(&mut gpu, &["ring"]);
        assert_eq!(found[0], bits(&slots.concat()));
    }
}
