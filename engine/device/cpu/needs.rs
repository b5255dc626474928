//! What timelines take of the processor's memory, computed from the plan.

use std::collections::BTreeSet;

use ds4_plan::{Plan, StepKind};

use super::LINE;
use crate::device::{CHUNK, Needs, Room, Weights};

/// What `room` takes. Weights are mapped, and take memory as they are read; a slot or a page takes
/// its bytes when it is opened, scratch when a step needs it.
#[must_use]
pub fn of(plan: &Plan, weights: &Weights, room: Room) -> Needs {
    let Room { context, sessions, chunk, .. } = room;
    let chunk = if chunk == 0 { CHUNK } else { chunk };
    let pages = room.pages(plan.pages.tokens);
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use ds4_plan::{Arg, CacheRounding, CachedRows};

    use super::*;
    use crate::device::PLANS;

    /// The plan of Flash as the vendor rounds.
    fn flash() -> &'static Plan {
        let is_flash = |plan: &&&Plan| {
            plan.model.name == "flash" && plan.model.cache == CacheRounding::Rounded
        };
        PLANS.iter().find(is_flash).unwrap()
    }

    /// Fields of cached rows in a page, by where they begin.
    fn fields(plan: &Plan) -> BTreeMap<usize, CachedRows> {
        let of_layer = plan.layers.iter().flat_map(|layer| {
            let args = plan.decode.kinds[layer.kind].iter().flat_map(|launch| launch.args);
            args.filter_map(|arg| match *arg {
                Arg::Pages(rows) => Some((layer.page + rows.offset, rows)),
                _ => None,
            })
        });
        of_layer.collect()
    }

    /// 21 layers keep a row of 512 values and one of 128 for each 4 tokens, 20 a row of 512 for
    /// each 128 (MODEL.md 2.7, 2.8); such rows take 584 and 68 bytes (2.10).
    #[test]
    fn a_million_tokens_of_flash_take_what_their_rows_say() {
        let plan = flash();
        let (n_tokens, context) = (plan.pages.tokens, plan.model.n_context);
        assert_eq!((n_tokens, context), (256, 1 << 20));
        let of = |context: usize| (context / 4 * (584 + 68) * 21 + context / 128 * 584 * 20) as u64;
        for context in [256, 65_536, 262_144, context] {
            let pages = context / n_tokens;
            assert_eq!(values(plan.pages.len * pages), of(context), "{context} tokens");
        }
        assert_eq!(of(context), 3_684_958_208);
        assert!(plan.pages.len * (context / n_tokens) <= u32::MAX as usize, "words of 32 bits");
    }

    #[test]
    fn every_row_to_a_million_tokens_has_a_place_of_its_own() {
        let plan = flash();
        let mut end = 0;
        for (start, rows) in fields(plan) {
            assert_eq!(start, end, "no gap and no overlap");
            end = start + rows.words();
            let ratio = plan.pages.tokens / rows.rows;
            let last = plan.model.n_context / ratio - 1;
            // As kernels find rows: the page, then the place in it.
            let place = |j: usize| (j / rows.rows, start + j % rows.rows * rows.row_words());
            assert_eq!(place(0), (0, start));
            assert_eq!(place(last), (4095, end - rows.row_words()));
            for j in 1..=last {
                let ((page, at), (former, before)) = (place(j), place(j - 1));
                let follows = page == former && at == before + rows.row_words();
                assert!(follows || (page == former + 1 && at == start), "row {j} at {start}");
            }
        }
        assert_eq!(end, plan.pages.len);
    }
}
