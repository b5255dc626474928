//! What a kernel sees of the device while it runs: its arguments, looked up and borrowed.

use ds4_plan::{CachedRows, Per, Ring, Span};

use super::{
    Matrix,
    rows::Rows,
    views::{Field, PageRows, PageRowsMut, StateRows, StateRowsMut},
};
use crate::{
    device::{WeightRef, Weights},
    formats::Decode,
    sample::Draw,
};

/// A kernel's entry point: looks its arguments up and calls the op.
pub(super) type KernelFn = fn(&mut Frame<'_>);

/// An argument of a launch in one layer, with every offset decided.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bound {
    /// F32 scratch.
    Floats(Span),
    /// U32 scratch.
    Indices(Span),
    /// Rows whose logits are wanted.
    LogitRows,
    /// How the token after each of them is chosen.
    Draws,
    /// Packed weights or integers of the file.
    Stored(WeightRef),
    /// Index into the decoded vectors.
    Vector(usize),
    /// A ring of the sessions' state.
    Ring(Ring),
    /// Cached rows of the pages.
    Cached(CachedRows),
}

/// Everything that a launch may touch.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    /// Tokens, positions and sessions of the step's rows.
    pub(super) rows: &'a Rows<'a>,
    /// Rows whose logits are wanted.
    pub(super) logit_rows: &'a [u32],
    /// How the token after each of them is chosen.
    pub(super) draws: &'a [Draw],
    /// F32 scratch.
    pub(super) scratch: FloatArgs<'a>,
    /// U32 scratch.
    pub(super) indices: IndexArgs<'a>,
    /// Weights.
    pub(super) weights: WeightArgs<'a>,
    /// State of sessions.
    pub(super) state: StateArgs<'a>,
    /// Cached rows.
    pub(super) pages: PageArgs<'a>,
}

/// The F32 scratch arguments of a launch.
#[derive(Debug)]
pub(super) struct FloatArgs<'a> {
    pub(super) args: &'a [Bound],
    pub(super) arena: &'a mut [f32],
    pub(super) shape: ArenaShape,
}

/// How the F32 arena is divided in a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct ArenaShape {
    /// Rows of the step.
    pub(super) rows: usize,
    /// Rows whose logits are wanted.
    pub(super) logit_rows: usize,
    /// F32 values for each row; those of logit rows come after all of them.
    pub(super) floats_per_row: usize,
}

impl ArenaShape {
    /// The values of `span` in the arena.
    pub(super) fn range(&self, span: Span) -> std::ops::Range<usize> {
        let (base, rows) = match span.per {
            Per::Row => (0, self.rows),
            Per::LogitRow => (self.floats_per_row * self.rows, self.logit_rows),
        };
        let start = base + span.offset * rows;
        start..start + span.len * rows
    }
}

impl FloatArgs<'_> {
    /// The arguments with these numbers, `[T, len]` each.
    pub(super) fn floats<const N: usize>(&mut self, numbers: [usize; N]) -> [&mut [f32]; N] {
        let ranges = numbers.map(|number| match self.args[number] {
            Bound::Floats(span) => self.shape.range(span),
            other => misbound(number, "F32 scratch", other),
        });
        self.arena.get_disjoint_mut(ranges).expect("the arguments of a launch are alive together")
    }
}

/// The U32 scratch arguments of a launch.
#[derive(Debug)]
pub(super) struct IndexArgs<'a> {
    pub(super) args: &'a [Bound],
    pub(super) arena: &'a mut [u32],
    pub(super) rows: usize,
}

impl IndexArgs<'_> {
    /// The arguments with these numbers, `[T, len]` each.
    pub(super) fn indices<const N: usize>(&mut self, numbers: [usize; N]) -> [&mut [u32]; N] {
        let ranges = numbers.map(|number| match self.args[number] {
            Bound::Indices(span) => span.offset * self.rows..(span.offset + span.len) * self.rows,
            other => misbound(number, "U32 scratch", other),
        });
        self.arena.get_disjoint_mut(ranges).expect("the arguments of a launch are alive together")
    }
}

/// The weight arguments of a launch.
#[derive(Debug, Clone, Copy)]
pub(super) struct WeightArgs<'a> {
    pub(super) args: &'a [Bound],
    pub(super) weights: &'a Weights,
    pub(super) vectors: &'a [Box<[f32]>],
}

impl<'a> WeightArgs<'a> {
    /// A packed matrix.
    pub(super) fn matrix<F: Decode>(&self, number: usize) -> Matrix<'a, F> {
        match self.args[number] {
            Bound::Stored(weight) => Matrix::new(self.weights.bytes(weight)),
            other => misbound(number, "a matrix", other),
        }
    }

    /// A decoded vector.
    pub(super) fn vector(&self, number: usize) -> &'a [f32] {
        match self.args[number] {
            Bound::Vector(index) => &self.vectors[index],
            other => misbound(number, "a vector", other),
        }
    }

    /// Integers of the file.
    pub(super) fn table(&self, number: usize) -> &'a [i32] {
        match self.args[number] {
            Bound::Stored(weight) => bytemuck::cast_slice(self.weights.bytes(weight)),
            other => misbound(number, "a table", other),
        }
    }
}

/// The arguments of a launch in the sessions' state.
#[derive(Debug)]
pub(super) struct StateArgs<'a> {
    pub(super) args: &'a [Bound],
    pub(super) slots: &'a mut [Box<[f32]>],
}

impl StateArgs<'_> {
    /// A ring to read.
    pub(super) fn ring(&self, number: usize) -> StateRows<'_> {
        StateRows { field: self.field(number), slots: self.slots }
    }

    /// A ring to write.
    pub(super) fn ring_mut(&mut self, number: usize) -> StateRowsMut<'_> {
        StateRowsMut { field: self.field(number), slots: self.slots }
    }

    fn field(&self, number: usize) -> Field {
        match self.args[number] {
            Bound::Ring(Ring { offset, rows, width }) => Field { offset, n_rows: rows, width },
            other => misbound(number, "a ring", other),
        }
    }
}

/// The arguments of a launch in the cached rows.
#[derive(Debug)]
pub(super) struct PageArgs<'a> {
    pub(super) args: &'a [Bound],
    pub(super) pages: &'a mut [Box<[f32]>],
}

impl PageArgs<'_> {
    /// Cached rows to read.
    pub(super) fn rows(&self, number: usize) -> PageRows<'_> {
        PageRows { field: self.field(number), pages: self.pages }
    }

    /// Cached rows to write.
    pub(super) fn rows_mut(&mut self, number: usize) -> PageRowsMut<'_> {
        PageRowsMut { field: self.field(number), pages: self.pages }
    }

    fn field(&self, number: usize) -> CachedRows {
        match self.args[number] {
            Bound::Cached(rows) => rows,
            other => misbound(number, "cached rows", other),
        }
    }
}

/// The generated dispatch and the plan come from one graph, so this is a bug of the generator.
fn misbound(number: usize, expected: &str, found: Bound) -> ! {
    panic!("argument {number} of a launch: expected {expected}, found {found:?}")
}
