//! The memory that kernels of a device see.

use std::ops::Range;

use ds4_plan::{GpuScratch, Lengths, Per, Span};

use super::{
    Gpu,
    bind::BoundArg,
    pool::{Growing, Pool},
    room::ScratchLens,
    rows::describe_rows,
};
use crate::{
    device::{Result, StepRequest},
    sample::Draw,
};

/// Weights, sessions, and what a step reads and leaves.
#[derive(Debug)]
pub(super) struct Buffers<G: Gpu> {
    /// Weights and tables of constants, by [`BoundArg::Constant`].
    pub(super) constants: Vec<G::Buffer>,
    pub(super) slots: Pool<G>,
    pub(super) pages: Pool<G>,
    pub(super) floats: Growing<G>,
    pub(super) words: Growing<G>,
    step_words: Growing<G>,
    scores: Growing<G>,
    arrivals: Growing<G>,
    rows: Growing<G>,
    page_table: Growing<G>,
    logit_rows: Growing<G>,
    draws: Growing<G>,
}

impl<G: Gpu> Buffers<G> {
    /// Buffers without room for any step.
    pub(super) const fn new(constants: Vec<G::Buffer>, slots: Pool<G>, pages: Pool<G>) -> Self {
        Self {
            constants,
            slots,
            pages,
            floats: Growing::new("scratch"),
            words: Growing::new("scratch"),
            step_words: Growing::new("scratch"),
            scores: Growing::new("scores of cached rows"),
            arrivals: Growing::new("counters of workgroups"),
            rows: Growing::new("the rows of a step"),
            page_table: Growing::new("page tables"),
            logit_rows: Growing::new("the rows of a step"),
            draws: Growing::new("the rows of a step"),
        }
    }

    /// Takes new counters, which are zero.
    pub(super) fn forget_arrivals(&mut self) {
        self.arrivals = Growing::new(self.arrivals.what());
    }

    /// Writes what the kernels of a step read of its request, and makes room for what they write.
    pub(super) fn prepare(
        &mut self,
        gpu: &mut G,
        request: &StepRequest<'_>,
        lengths: Lengths,
        scratch: GpuScratch,
    ) -> Result<()> {
        let (rows, page_table) = describe_rows(request);
        let lens = ScratchLens::new(scratch, lengths);
        self.floats.reserve(gpu, lens.floats)?;
        self.words.reserve(gpu, lens.words)?;
        self.step_words.reserve(gpu, lens.step_words)?;
        self.scores.reserve(gpu, lens.scores)?;
        self.arrivals.reserve(gpu, lens.arrivals)?;
        self.rows.write(gpu, &rows)?;
        self.page_table.write(gpu, &page_table)?;
        self.logit_rows.write(gpu, request.logit_rows)?;
        let draws: Vec<u32> = request.draws.iter().flat_map(Draw::words).collect();
        self.draws.write(gpu, &draws)?;
        // Kernels bind the pools even where a model's layers use neither.
        self.slots.reserve(gpu, 1)?;
        self.pages.reserve(gpu, 1)
    }

    /// The buffer of an argument and where in it the argument begins, in bytes.
    pub(super) fn binding(
        &self,
        arg: BoundArg,
        lengths: Lengths,
        floats_per_row: usize,
    ) -> (&G::Buffer, u64) {
        match arg {
            BoundArg::Floats(span) => {
                let start = float_range(span, lengths, floats_per_row).start;
                (self.floats.buffer(), bytes(start))
            }
            BoundArg::Words(span) => (self.words.buffer(), bytes(span.offset * lengths.rows)),
            BoundArg::StepWords(offset) => (self.step_words.buffer(), bytes(offset)),
            BoundArg::Scores(offset) => {
                (self.scores.buffer(), bytes(offset * lengths.rows * lengths.tokens))
            }
            BoundArg::Arrivals => (self.arrivals.buffer(), 0),
            BoundArg::LogitRows => (self.logit_rows.buffer(), 0),
            BoundArg::Draws => (self.draws.buffer(), 0),
            BoundArg::Rows => (self.rows.buffer(), 0),
            BoundArg::PageTable => (self.page_table.buffer(), 0),
            BoundArg::State => (self.slots.buffer(), 0),
            BoundArg::Pages => (self.pages.buffer(), 0),
            BoundArg::Constant(index) => (&self.constants[index], 0),
        }
    }
}

/// Bytes of so many 4-byte values.
pub(super) fn bytes(values: usize) -> u64 {
    values as u64 * 4
}

/// The values of `span` in the arena of floats.
pub(super) fn float_range(span: Span, lengths: Lengths, floats_per_row: usize) -> Range<usize> {
    let (base, rows) = match span.per {
        Per::Row => (0, lengths.rows),
        Per::LogitRow => (floats_per_row * lengths.rows, lengths.logit_rows),
    };
    let start = base + span.offset * rows;
    start..start + span.len * rows
}
