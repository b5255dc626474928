//! Compressors.

use ds4::device::cpu::{
    ops::{self, Rounding},
    views::{Field, PageField, PageRowsMut, StateRows},
};
use ds4_codegen::model::{FLASH, TINY};
use ds4_plan::{Model, StepKind::Prefill};

use crate::support::{Case, Step, assert_close, bits, boxes, device, numbers, values};

/// Where the fields lie in a page and in the state.
const PAGE_AT: usize = 32;
const STATE_AT: usize = 16;

/// Windows that begin before the step, within it, and at position 0; sessions with one row.
fn sessions(ratio: usize) -> Vec<(usize, usize)> {
    vec![(0, ratio + 2), (300 * ratio - 3, ratio + 9), (2 * ratio - 1, 1), (5 * ratio, 3)]
}

fn compress<const D: usize, const W: usize, const R: usize>(
    model: Model,
    (prefix, rounding): (&str, Rounding),
    threads: i64,
) {
    let Some(mut gpu) = device() else { return };
    let step = Step::new(&sessions(R));
    let t = step.n_rows();
    let case = Case::find(model, Prefill, "compress", |n| {
        let letter = |name| n.letters.iter().any(|&(letter, n)| letter == name && n == R);
        letter("R") && n.variant.starts_with(prefix)
    });
    let (d, u, p) = (case.number("D"), case.number("U"), case.number("P"));
    assert_eq!((d, case.number("W"), p), (D, W, 256 / R), "{}", model.name);
    let (state_len, page_len) = (STATE_AT + 2 * u * W + 4, PAGE_AT + p * D + 8);

    let k = values(t * W, 1);
    let g: Vec<f32> = values(t * W, 2).iter().map(|x| 6.0 * x).collect();
    let norm = values(D, 3);
    let state = values(step.n_slots() * state_len, 4);
    let old = values(step.n_pages() * page_len, 5);
    let freqs = case.table("freqs");
    let slots = boxes(&state, state_len);
    let mut pages = boxes(&old, page_len);
    let ring = |offset| StateRows { slots: &slots, field: Field { offset, n_rows: u, width: W } };
    let (k_at, g_at) = (STATE_AT, STATE_AT + u * W);
    step.with_rows(|rows| {
        let field = PageField { offset: PAGE_AT, rows_per_page: p, width: D };
        let (k_ring, g_ring) = (ring(k_at), ring(g_at));
        let mut out = PageRowsMut { pages: &mut pages, field };
        ops::compress::<D, W, R>(
            &k,
            &g,
            k_ring,
            g_ring,
            &norm,
            &freqs,
            rounding,
            model.rms_eps,
            rows,
            &mut out,
        );
    });
    let expected = pages.concat();

    let case = case.step(&step).threads(threads).floats("k", &k).floats("g", &g);
    let case = case.floats("k_ring", &state).floats("g_ring", &state).floats("norm", &norm);
    let case = case.set("k_ring_at", format!("{k_at}u")).set("g_ring_at", format!("{g_at}u"));
    let case = case.set("STATE_LEN", state_len).set("PAGE_LEN", page_len);
    let case = case.set("pages_at", format!("{PAGE_AT}u")).floats("pages", &old);
    let found = &case.run(&mut gpu, &["pages"])[0];
    assert_ne!(expected, old);
    let what = format!("compress {} {prefix} by {R}", model.name);
    if rounding == Rounding::None {
        assert_close(&what, found, &expected, 2e-6);
    } else {
        // A value at the border of two codes may be rounded to either.
        let differ = |(found, expected): (&f32, &f32)| (found - expected).abs() > 2e-6;
        let n_written = bits(&old).iter().zip(bits(&expected)).filter(|(a, b)| *a != b).count();
        let n_wrong = numbers(found).iter().zip(&expected).filter(|x| differ(*x)).count();
        assert!(n_wrong * 500 <= n_written, "{what}: {n_wrong} of {n_written} values differ");
    }
    let old = bits(&old);
    let untouched = bits(&expected).iter().zip(&old).zip(found).all(|((e, o), f)| e != o || f == o);
    assert!(untouched, "{what}: more than the rows of finished windows was written");
}

#[test]
fn windows_that_overlap() {
    compress::<128, 256, 4>(TINY, ("exact", Rounding::None), 64);
    compress::<512, 1024, 4>(FLASH, ("fp8", Rounding::Fp8), 128);
    compress::<128, 256, 4>(FLASH, ("fp4", Rounding::HadamardFp4), 32);
}

#[test]
fn windows_side_by_side() {
    compress::<128, 128, 128>(TINY, ("exact", Rounding::None), 128);
    compress::<512, 512, 128>(FLASH, ("fp8", Rounding::Fp8), 256);
}

#[test]
fn position_bias() {
    let Some(mut gpu) = device() else { return };
    let step = Step::new(&[(126, 5), (3, 1), (40_000, 2)]);
    let (gate, ape) = (values(step.n_rows() * 1024, 1), values(4 * 1024, 2));
    let mut expected = vec![0.0; gate.len()];
    step.with_rows(|rows| ops::position_bias::<1024>(&gate, &ape, rows, &mut expected));
    for (parts, threads) in [(1, 64), (8, 32)] {
        let case = Case::find(FLASH, Prefill, "position_bias", |_| true);
        // The first use may be that of a compressor of another width.
        let case = if case.number("W") == 1024 && case.number("R") == 4 {
            case
        } else {
            panic!("found W = {}, R = {}", case.number("W"), case.number("R"));
        };
        let case = case.step(&step).parts(parts).threads(threads).floats("gate", &gate);
        let found = case.floats("ape", &ape).output("out", gate.len()).run(&mut gpu, &["out"]);
        assert_eq!(found[0], bits(&expected));
    }
}
