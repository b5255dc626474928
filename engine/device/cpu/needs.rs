//! What timelines take of the processor's memory, computed from the plan.

use std::collections::BTreeSet;

use ds4_plan::{Plan, StepKind};

use super::LINE;
use crate::device::{CHUNK, Needs, Room, Weights};

/// What `room` takes. Weights are mapped, and take memory as they are read; a slot or a page takes
/// its bytes when it is opened, scratch when a step needs it.
pub(super) fn of(plan: &Plan, weights: &Weights, room: Room) -> Needs {
    let Room { context, sessions, chunk } = room;
    let chunk = if chunk == 0 { CHUNK } else { chunk };
    let pages = context.div_ceil(plan.pages.tokens).saturating_mul(sessions);
    let prefill = scratch(plan, StepKind::Prefill, (chunk.min(context), 1));
    let decode = scratch(plan, StepKind::Decode, (sessions, sessions));
    Needs {
        weights: file_bytes(weights),
        state: values(plan.state_len.saturating_mul(sessions)),
        pages: values(plan.pages.len.saturating_mul(pages)),
        // Floats and indices grow apart, each to the step that needs most of it.
        scratch: values(prefill.0.max(decode.0) + LINE + prefill.1.max(decode.1)),
    }
}

/// Floats and indices of a step.
fn scratch(plan: &Plan, kind: StepKind, (rows, logit_rows): (usize, usize)) -> (usize, usize) {
    let scratch = plan.step(kind).scratch;
    let floats = scratch.floats_per_row * rows + scratch.floats_per_logit_row * logit_rows;
    (floats, scratch.indices_per_row * rows)
}

/// Bytes of the tensors that the plan reads.
fn file_bytes(weights: &Weights) -> u64 {
    let all = weights.globals.iter().chain(weights.layers.iter().flatten());
    let each: BTreeSet<_> = all.copied().collect();
    each.into_iter().map(|weight| weights.bytes(weight).len() as u64).sum()
}

/// Bytes of `n` values.
const fn values(n: usize) -> u64 {
    (n as u64).saturating_mul(size_of::<f32>() as u64)
}
