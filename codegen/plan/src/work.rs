//! What the bodies of GPU launches read, write and compute: for people and tools, not for devices.

use crate::{Lengths, Per, StepKind};

/// One body of a launch, applied to tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GpuPass {
    /// Name, as in `matvec`.
    pub name: &'static str,
    /// The op that it computes a part of, as in `matmul`.
    pub op: &'static str,
    /// The op's letters and constant counts, as in `I = 4096, O = 1024`.
    pub shape: &'static str,
    /// What it reads.
    pub reads: &'static [GpuUse],
    /// What it writes.
    pub writes: &'static [GpuUse],
    /// Multiply-adds of its products; sums, norms and roundings are not counted.
    pub work: &'static [Work],
}

/// A tensor that a pass reads or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GpuUse {
    /// Its number in the segment; the same tensor has the same number in every launch.
    pub tensor: usize,
    /// Name; that of the file for weights.
    pub name: &'static str,
    /// Dimensions, as in `[T, 4, 4096]`: `T` rows of the step, `L` logit rows, `C` cached rows.
    pub dims: &'static str,
    /// What it is.
    pub kind: UseKind,
    /// Values of it that the pass touches.
    pub amount: Amount,
    /// The launch's arguments that show it, by number. A kernel binds one of them, or both views,
    /// or none where its formats do not need the tensor.
    pub args: &'static [usize],
}

/// What a tensor is, as far as its bytes are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UseKind {
    /// Results of passes: 4 bytes a value.
    Activation,
    /// A matrix, in the format of the file.
    Matrix,
    /// Vectors and integers of the file: 4 bytes a value.
    Constant,
    /// Rings and cached rows of sessions: 4 bytes a value.
    Cache,
}

/// How many values a pass touches in a step, each counted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Amount {
    /// So many for each row of this kind.
    Each(Per, usize),
    /// So many for the step.
    Step(usize),
    /// For each row of the step, `parts` of the tensor's `of` parts of `len` values, as indices
    /// say: rows of a table, experts.
    Parts {
        /// Parts for each row.
        parts: usize,
        /// Parts that there are.
        of: usize,
        /// Values of a part.
        len: usize,
    },
    /// For each session, what its ring has of the tokens before the step.
    Ring {
        /// Slots.
        rows: usize,
        /// Values of one row.
        width: usize,
    },
    /// For each session, the last of its rows of the step, as many as its ring has slots.
    RingStore {
        /// Slots.
        rows: usize,
        /// Values of one row.
        width: usize,
    },
    /// For each session, its ring where a window of `ratio` tokens ends in the step; on average
    /// over steps that begin anywhere.
    RingOfWindow {
        /// Tokens of a window.
        ratio: usize,
        /// Values of the ring.
        len: usize,
    },
    /// For each window of `ratio` tokens that ends in the step, on average as above.
    Windows {
        /// Tokens of a window.
        ratio: usize,
        /// Values for each.
        len: usize,
    },
    /// For each session, its cached rows, or as many of them as its rows of the step choose.
    Cached {
        /// Tokens of a cached row.
        ratio: usize,
        /// Values of one row.
        width: usize,
        /// Cached rows that a row of the step chooses; `usize::MAX` for all.
        most: usize,
    },
    /// For each row of the step and each cached row up to the step's last position.
    Pairs {
        /// Tokens of a cached row.
        ratio: usize,
        /// Values for each pair.
        len: usize,
    },
}

/// Multiply-adds, so many for each of what a pass multiplies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// Multiply-adds for each.
    pub each: usize,
    /// For each of these.
    pub per: WorkPer,
}

/// What a pass does the same work for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WorkPer {
    /// Each row of this kind.
    Row(Per),
    /// Each raw row that a row of the step sees, at most this many.
    Window(usize),
    /// Each cached row that a row of the step sees.
    Cached {
        /// Tokens of a cached row.
        ratio: usize,
        /// Cached rows that a row of the step chooses; `usize::MAX` for all.
        most: usize,
    },
}

/// A tensor that a pass touches: the fields of [`GpuUse`] in their order, name and dimensions as
/// one.
#[must_use]
pub const fn touches(
    tensor: usize,
    [name, dims]: [&'static str; 2],
    kind: UseKind,
    amount: Amount,
    args: &'static [usize],
) -> GpuUse {
    GpuUse { tensor, name, dims, kind, amount, args }
}

/// Multiply-adds: the fields of [`Work`] in their order.
#[must_use]
pub const fn work(each: usize, per: WorkPer) -> Work {
    Work { each, per }
}

/// The sessions of a step: every row of a decode step is at the end of its own, the rows of a
/// prefill step are the last of one.
const fn sessions(kind: StepKind, lengths: Lengths) -> usize {
    match kind {
        StepKind::Decode => lengths.rows,
        StepKind::Prefill => 1,
    }
}

impl Amount {
    /// Values touched in a step of this kind whose sessions all reach `lengths.tokens`.
    #[must_use]
    pub fn values(self, kind: StepKind, lengths: Lengths) -> usize {
        let Lengths { rows, logit_rows, tokens } = lengths;
        let sessions = sessions(kind, lengths);
        let rows_each = rows.checked_div(sessions).unwrap_or(0);
        match self {
            Self::Each(Per::Row, len) => rows * len,
            Self::Each(Per::LogitRow, len) => logit_rows * len,
            Self::Step(len) => len,
            Self::Parts { parts, of, len } => (rows * parts).min(of) * len,
            Self::Ring { rows, width } => {
                sessions * rows.min(tokens.saturating_sub(rows_each)) * width
            }
            Self::RingStore { rows, width } => sessions * rows.min(rows_each) * width,
            Self::RingOfWindow { ratio, len } => (rows * len).div_ceil(ratio).min(sessions * len),
            Self::Windows { ratio, len } => (rows * len).div_ceil(ratio),
            Self::Cached { ratio, width, most } => {
                sessions * (tokens / ratio).min(rows_each.saturating_mul(most)) * width
            }
            Self::Pairs { ratio, len } => rows * tokens.div_ceil(ratio) * len,
        }
    }
}

impl Work {
    /// Multiply-adds in a step of this kind whose sessions all reach `lengths.tokens`.
    #[must_use]
    pub fn multiply_adds(self, kind: StepKind, lengths: Lengths) -> usize {
        let times = match self.per {
            WorkPer::Row(Per::Row) => lengths.rows,
            WorkPer::Row(Per::LogitRow) => lengths.logit_rows,
            WorkPer::Window(most) => seen(kind, lengths, |tokens| tokens.min(most)),
            WorkPer::Cached { ratio, most } => {
                seen(kind, lengths, |tokens| (tokens / ratio).min(most))
            }
        };
        self.each * times
    }
}

/// The sum over the rows of a step of what a row at the end of so many tokens sees.
fn seen(kind: StepKind, lengths: Lengths, of_tokens: impl Fn(usize) -> usize) -> usize {
    let Lengths { rows, tokens, .. } = lengths;
    match kind {
        StepKind::Decode => rows * of_tokens(tokens),
        StepKind::Prefill => (tokens.saturating_sub(rows)..tokens).map(|p| of_tokens(p + 1)).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECODE: Lengths = Lengths { rows: 3, logit_rows: 3, tokens: 1001 };
    const PREFILL: Lengths = Lengths { rows: 64, logit_rows: 1, tokens: 100 };

    fn values(amount: Amount) -> [usize; 2] {
        [amount.values(StepKind::Decode, DECODE), amount.values(StepKind::Prefill, PREFILL)]
    }

    #[test]
    fn values_are_counted_once() {
        assert_eq!(values(Amount::Each(Per::Row, 10)), [30, 640]);
        assert_eq!(values(Amount::Each(Per::LogitRow, 10)), [30, 10]);
        assert_eq!(values(Amount::Step(7)), [7, 7]);
        // Three rows choose 18 experts at most; 64 rows at most all.
        assert_eq!(values(Amount::Parts { parts: 6, of: 256, len: 2 }), [36, 512]);
        // Each of three sessions has a full ring; one session has 36 tokens before the step.
        assert_eq!(values(Amount::Ring { rows: 128, width: 4 }), [3 * 128 * 4, 36 * 4]);
        assert_eq!(values(Amount::RingStore { rows: 8, width: 4 }), [3 * 4, 8 * 4]);
        assert_eq!(values(Amount::RingOfWindow { ratio: 4, len: 16 }), [12, 16]);
        assert_eq!(values(Amount::Windows { ratio: 4, len: 16 }), [12, 256]);
        let all = Amount::Cached { ratio: 4, width: 2, most: usize::MAX };
        assert_eq!(values(all), [3 * 250 * 2, 25 * 2]);
        let chosen = Amount::Cached { ratio: 4, width: 2, most: 32 };
        assert_eq!(values(chosen), [3 * 32 * 2, 25 * 2]);
        assert_eq!(values(Amount::Pairs { ratio: 4, len: 1 }), [3 * 251, 64 * 25]);
    }

    #[test]
    fn work_follows_what_each_row_sees() {
        let work = |each, per| {
            let work = Work { each, per };
            let decode = work.multiply_adds(StepKind::Decode, DECODE);
            [decode, work.multiply_adds(StepKind::Prefill, PREFILL)]
        };
        assert_eq!(work(5, WorkPer::Row(Per::Row)), [15, 320]);
        assert_eq!(work(5, WorkPer::Row(Per::LogitRow)), [15, 5]);
        // Rows 37 to 100 of a session; the window is full from row 40 on.
        let raw: usize = (37..=100).map(|n: usize| n.min(40)).sum();
        assert_eq!(work(2, WorkPer::Window(40)), [2 * 3 * 40, 2 * raw]);
        let cached: usize = (37..=100).map(|n| n / 4).sum();
        let per = WorkPer::Cached { ratio: 4, most: usize::MAX };
        assert_eq!(work(1, per), [3 * 250, cached]);
        let per = WorkPer::Cached { ratio: 4, most: 10 };
        assert_eq!(work(1, per), [3 * 10, 9 * 3 + 10 * 61]);
    }
}
