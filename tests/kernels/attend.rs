//! Attention.

use ds4::device::cpu::{
    ops,
    views::{Field, PageRows, StateRows},
};
use ds4_codegen::{
    PAGE_TOKENS,
    model::{FLASH, TINY},
};
use ds4_plan::{
    CachedRows, Model, RowForm,
    StepKind::{self, Decode, Prefill},
};

use crate::support::{Case, Step, assert_close, boxes, device, pages, values};

const PAGE_AT: usize = 32;
const STATE_AT: usize = 16;

/// Which rows beyond the window a query sees.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Seen {
    Window,
    All,
    Chosen,
}

/// How the work is divided.
#[derive(Debug, Clone, Copy)]
struct Schedule {
    kind: StepKind,
    heads: i64,
    jt: i64,
    splits: i64,
    threads: i64,
    /// On tensor cores, values of a cached row that are half floats.
    half: Option<usize>,
}

/// Rows of earlier steps and of this one at the window's edges.
const SESSIONS: &[(usize, usize)] =
    &[(0, 2), (126, 3), (200, 1), (1023, 2), (3000, 1), (255, 1), (60, 1)];

/// Some visible rows, ascending, then nothing.
fn choose<const K: usize>(step: &Step) -> Vec<u32> {
    let mut chosen = vec![u32::MAX; step.n_rows() * K];
    for (row, position) in chosen.chunks_exact_mut(K).zip(step.positions()) {
        let n_visible = u32::try_from((position + 1) / 4).unwrap();
        let stride = if n_visible as usize > 2 * K { 2 } else { 1 };
        for (chosen, j) in row.iter_mut().zip((0..n_visible).step_by(stride)) {
            *chosen = j;
        }
    }
    chosen
}

/// `n` boxes of `len` values; the first `n_half` of each row of `width`, from value `at` of a box
/// on, are half floats.
fn held(
    (n, len): (usize, usize),
    (at, width): (usize, usize),
    n_half: usize,
    seed: u64,
) -> Vec<f32> {
    let one = |i: u64| {
        let mut x = values(len, seed + 16 * i);
        let halves = x[at..].chunks_exact_mut(width).flat_map(|row| &mut row[..n_half]);
        halves.for_each(|x| *x = half::f16::from_f32(*x).to_f32());
        x
    };
    (0..n as u64).flat_map(one).collect()
}

fn attend<const H: usize, const D: usize, const K: usize>(
    model: Model,
    seen: Seen,
    schedule: Schedule,
    sessions: &[(usize, usize)],
) {
    let Some(mut gpu) = device() else { return };
    let step = Step::new(sessions);
    let t = step.n_rows();
    let name = match seen {
        Seen::Window => "attend_window",
        Seen::All => "attend_all",
        Seen::Chosen => "attend_chosen",
    };
    let case = Case::find(model, schedule.kind, name, |_| true);
    let state_len = STATE_AT + 128 * D + 4;
    let q: Vec<f32> = values(t * H * D, 1).iter().map(|x| 2.0 * x).collect();
    let n_half = schedule.half.unwrap_or(0);
    let (kv, sinks) = (held((1, t * D), (0, D), n_half, 2), values(H, 3));
    let state = held((step.n_slots(), state_len), (STATE_AT, D), n_half, 4);
    let field = match seen {
        Seen::Window => CachedRows { offset: 0, rows: 1, width: D, form: RowForm::Floats },
        _ => case.cached_rows(PAGE_AT),
    };
    let cached = pages(field, &held((1, step.n_pages() * field.rows * D), (0, D), n_half, 5));
    let page_len = cached.len() / step.n_pages();
    let chosen = choose::<K>(&step);

    let (slots, boxed) = (boxes(&state, state_len), boxes(&cached, page_len));
    let ring =
        StateRows { slots: &slots, field: Field { offset: STATE_AT, n_rows: 128, width: D } };
    let view = PageRows { pages: &boxed, field };
    let mut expected = vec![0.0; q.len()];
    let out = &mut expected;
    step.with_rows(|rows| match seen {
        Seen::Window => ops::attend_window::<H, D>(&q, &kv, ring, &sinks, rows, out),
        Seen::All => {
            let ratio = case.number("ratio");
            ops::attend_all::<H, D>(&q, &kv, ring, view, ratio, &sinks, rows, out);
        }
        Seen::Chosen => {
            ops::attend_chosen::<H, D, K>(&q, &kv, ring, view, &chosen, &sinks, rows, out);
        }
    });

    let case = case.step(&step).threads(schedule.threads).set("HEADS", schedule.heads);
    let case = case.set("JT", schedule.jt).set("SPLITS", schedule.splits);
    let case = case.set("DEPTH", 16).set("TENSOR", i64::from(schedule.half.is_some()));
    let case = case.set("HALF", i64::try_from(n_half).unwrap());
    let case = case.set("WARP", 32).set("FRAG", 2).set("ACC", 8);
    let case = case.floats("q", &q).floats("kv", &kv).floats("ring", &state);
    let case = case.floats("sinks", &sinks).set("STATE_LEN", state_len);
    let mut case = case.set("ring_at", format!("{STATE_AT}u")).output("out", q.len());
    if seen != Seen::Window {
        case = case.floats("pages", &cached).set("PAGE_LEN", page_len);
        case = case.set("pages_at", format!("{PAGE_AT}u"));
    }
    if seen == Seen::Chosen {
        case = case.words("chosen", &chosen).set("PAGE_TOKENS", PAGE_TOKENS);
    }
    let found = &case.run(&mut gpu, &["out"])[0];
    assert_close(&format!("{name} {schedule:?}"), found, &expected, 2e-6);
}

const SEEN: [Seen; 3] = [Seen::Window, Seen::All, Seen::Chosen];

#[test]
fn parts_put_together() {
    for (heads, jt, splits, threads) in [(4, 32, 3, 128), (4, 16, 8, 64), (4, 32, 1, 256)] {
        let schedule = Schedule { kind: Decode, heads, jt, splits, threads, half: None };
        for seen in SEEN {
            attend::<4, 128, 32>(TINY, seen, schedule, SESSIONS);
        }
    }
}

#[test]
fn whole_rows() {
    for (heads, jt, threads) in [(4, 32, 128), (4, 64, 64), (4, 16, 32)] {
        let schedule = Schedule { kind: Prefill, heads, jt, splits: 1, threads, half: None };
        for seen in SEEN {
            attend::<4, 128, 32>(TINY, seen, schedule, SESSIONS);
        }
    }
}

/// As tensor cores have it, by the portable bodies of their hooks.
#[test]
fn tiles_of_half_floats() {
    for (heads, threads, n_half) in [(16, 256, 0), (16, 128, 64), (32, 256, 64), (16, 256, 128)] {
        let half = Some(n_half);
        let schedule = Schedule { kind: Prefill, heads, jt: 16, splits: 1, threads, half };
        for seen in SEEN {
            attend::<4, 128, 32>(TINY, seen, schedule, SESSIONS);
        }
    }
}

#[test]
fn flash() {
    let sessions = &[(2600, 1), (130, 1)];
    let decode = Schedule { kind: Decode, heads: 8, jt: 8, splits: 4, threads: 256, half: None };
    let prefill =
        Schedule { kind: Prefill, heads: 32, jt: 32, splits: 1, threads: 256, half: None };
    for seen in SEEN {
        attend::<64, 512, 512>(FLASH, seen, decode, sessions);
        attend::<64, 512, 512>(FLASH, seen, prefill, sessions);
    }
}
