//! The rows of a step: their lengths, and what kernels read of them.

#![forbid(unsafe_code)]

use ds4_plan::{Lengths, StepKind};

use crate::device::{StepRequest, StepRows};

/// Lengths of steps of few rows are rounded up to so many tokens.
const STEP_TOKENS: usize = 1024;

/// Words that kernels read of each row.
pub(super) const ROW_WORDS: usize = 8;

/// A count as devices have it.
pub(super) fn device_count(n: usize) -> u32 {
    u32::try_from(n).expect("counts of a step fit 32 bits")
}

/// The lengths that a step's grids depend on.
#[must_use]
pub fn lengths(request: &StepRequest<'_>) -> Lengths {
    Lengths {
        rows: request.tokens.len(),
        logit_rows: request.logit_rows.len(),
        tokens: request.rows.iter().map(|rows| rows.start + rows.len).max().unwrap_or(0),
    }
}

/// Lengths for which steps that follow each other are alike, so that devices can repeat them.
pub(super) fn padded(lengths: Lengths, kind: StepKind) -> Lengths {
    let tokens = match kind {
        StepKind::Decode => lengths.tokens.next_multiple_of(STEP_TOKENS),
        StepKind::Prefill => lengths.tokens,
    };
    Lengths { tokens, ..lengths }
}

/// The step's rows and page tables as kernels read them (see `templates/README.md`).
#[must_use]
pub fn describe_rows(request: &StepRequest<'_>) -> (Vec<u32>, Vec<u32>) {
    let (mut words, mut page_table) = (vec![], vec![]);
    let mut first_row = 0;
    for &StepRows { slot, start, len, pages } in request.rows {
        let first_page = device_count(page_table.len());
        page_table.extend(pages.iter().map(|page| device_count(page.0)));
        for i in 0..len {
            let token = request.tokens[first_row + i];
            words.extend([token, device_count(start + i), device_count(slot.0), first_page]);
            words.extend([first_row, start, len].map(device_count));
            words.push(0);
            debug_assert!(words.len().is_multiple_of(ROW_WORDS), "words of whole rows");
        }
        first_row += len;
    }
    (words, page_table)
}
