//! Compressors.

use ds4::{
    device::cpu::{
        ops,
        views::{Field, PageRowsMut, StateRows},
    },
    formats::cache::unpack_row,
};
use ds4_codegen::model::{FLASH, TINY};
use ds4_plan::{CachedRows, Model, RowForm, StepKind::Prefill};

use crate::support::{Case, Step, assert_close, bits, boxes, device, values};

/// Where the fields lie in a page and in the state.
const PAGE_AT: usize = 32;
const STATE_AT: usize = 16;

/// The rows of all pages.
fn unpacked(field: CachedRows, words: &[u32]) -> Vec<f32> {
    let mut rows = vec![];
    for page in words.chunks_exact(field.offset + field.words() + 8) {
        let page = &page[field.offset..field.offset + field.words()];
        for words in page.chunks_exact(field.row_words()) {
            let mut row = vec![0.0; field.width];
            unpack_row(field.form, words, &mut row);
            rows.extend(row);
        }
    }
    rows
}

/// Windows that begin before the step, within it, and at position 0; sessions with one row.
fn sessions(ratio: usize) -> Vec<(usize, usize)> {
    vec![(0, ratio + 2), (300 * ratio - 3, ratio + 9), (2 * ratio - 1, 1), (5 * ratio, 3)]
}

fn compress<const D: usize, const W: usize, const R: usize>(
    model: Model,
    prefix: &str,
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
    let (state_len, field) = (STATE_AT + 2 * u * W + 4, case.cached_rows(PAGE_AT));
    let page_len = PAGE_AT + field.words() + 8;

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
        let (k_ring, g_ring) = (ring(k_at), ring(g_at));
        let mut out = PageRowsMut { pages: &mut pages, field };
        ops::compress::<D, W, R>(
            &k,
            &g,
            k_ring,
            g_ring,
            &norm,
            &freqs,
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
    if field.form == RowForm::Floats {
        assert_close(&what, found, &expected, 2e-6);
    } else {
        // A value at the border of two codes may be rounded to either; so may one at that of two
        // half floats, which are 2^-10 of it apart.
        let differ = |(a, b): (&f32, &f32)| (a - b).abs() > 2e-6 + b.abs() / 1024.0;
        let [was, is, found] =
            [bits(&old), bits(&expected), found.clone()].map(|words| unpacked(field, &words));
        let n_written = was.iter().zip(&is).filter(|(a, b)| a.to_bits() != b.to_bits()).count();
        let n_wrong = found.iter().zip(&is).filter(|x| differ(*x)).count();
        assert!(n_wrong * 500 <= n_written, "{what}: {n_wrong} of {n_written} values differ");
    }
    let old = bits(&old);
    let untouched = bits(&expected).iter().zip(&old).zip(found).all(|((e, o), f)| e != o || f == o);
    assert!(untouched, "{what}: more than the rows of finished windows was written");
}

#[test]
fn windows_that_overlap() {
    compress::<128, 256, 4>(TINY, "exact", 64);
    compress::<512, 1024, 4>(FLASH, "fp8", 128);
    compress::<128, 256, 4>(FLASH, "fp4", 32);
}

#[test]
fn windows_side_by_side() {
    compress::<128, 128, 128>(TINY, "exact", 128);
    compress::<512, 512, 128>(FLASH, "fp8", 256);
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
