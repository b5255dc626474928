//! Steps as data: what to launch, in which order, on which spans.

use crate::{Format, Model, RowForm};

/// Everything the engine needs to run one model: layouts, weights and the launches of each step.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The numbers of the model.
    pub model: Model,
    /// Weights used outside of layers.
    pub globals: &'static [WeightSlot],
    /// Layers that share weights' shapes and launches.
    pub kinds: &'static [LayerKind],
    /// Every layer, in order.
    pub layers: &'static [Layer],
    /// Where cached rows live.
    pub pages: PageLayout,
    /// Values of the mutable state of one session: raw windows and compressor rings.
    pub state_len: usize,
    /// One token of each of several sessions.
    pub decode: Step,
    /// Several tokens of one session.
    pub prefill: Step,
}

impl Plan {
    /// The step of this kind.
    #[must_use]
    pub const fn step(&self, kind: StepKind) -> &Step {
        match kind {
            StepKind::Decode => &self.decode,
            StepKind::Prefill => &self.prefill,
        }
    }
}

/// The cache of compressed rows: pages that each hold one span of tokens across all layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLayout {
    /// Tokens of one page; a multiple of every compression ratio.
    pub tokens: usize,
    /// Words of one page, all layers together.
    pub len: usize,
}

/// Layers with the same weights' shapes and the same launches.
#[derive(Debug, Clone, Copy)]
pub struct LayerKind {
    /// What sets the kind apart, as in `ratio4_top_k`.
    pub name: &'static str,
    /// Weights of one layer; names lack the `blk.N.` prefix.
    pub weights: &'static [WeightSlot],
}

/// One layer of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    /// Index into [`Plan::kinds`].
    pub kind: usize,
    /// Where the layer's fields begin in a session's state, in values.
    pub state: usize,
    /// Where the layer's fields begin in a page, in words.
    pub page: usize,
}

/// A weight that a file must supply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeightSlot {
    /// Name in the file; for weights of layers, without the `blk.N.` prefix.
    pub name: &'static str,
    /// Slowest dimension first, `[out, in]` for matrices.
    pub dims: &'static [usize],
    /// How the kernels read it.
    pub role: Role,
    /// Formats that have a kernel.
    pub formats: &'static [Format],
}

/// How kernels read a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Packed rows, decoded block by block inside the kernel.
    Matrix,
    /// A few values, decoded to F32 when the file is bound.
    Vector,
    /// Integers, used as stored.
    Table,
}

/// What one submission does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepKind {
    /// One token of each of several sessions.
    Decode,
    /// Several tokens of one session.
    Prefill,
}

/// The launches of one step.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// Before the first layer.
    pub head: &'static [Launch],
    /// For each layer kind, the launches of one layer.
    pub kinds: &'static [&'static [Launch]],
    /// After the last layer.
    pub tail: &'static [Launch],
    /// How many launches at the end of the tail choose tokens, and run where that is asked for.
    pub n_choosing: usize,
    /// Intermediate values.
    pub scratch: Scratch,
    /// Where the tail leaves the logits.
    pub logits: Span,
    /// Where the tail leaves the chosen tokens, U32.
    pub chosen: Span,
    /// Where each layer leaves the residual streams.
    pub streams: Span,
}

/// Sizes of the scratch arenas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scratch {
    /// F32 values for each row of the step.
    pub floats_per_row: usize,
    /// U32 values for each row of the step.
    pub indices_per_row: usize,
    /// F32 values for each row whose logits are wanted.
    pub floats_per_logit_row: usize,
}

/// One kernel call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Launch {
    /// Index into the kernel table.
    pub kernel: usize,
    /// Tensors, in the order of the op's argument table.
    pub args: &'static [Arg],
}

/// A generated kernel, as tables and error messages name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kernel {
    /// Op and shape, as in `matmul_512x256`.
    pub name: &'static str,
    /// The op it computes.
    pub op: &'static str,
    /// The op's formula.
    pub formula: &'static str,
}

/// Words that say how one token is chosen, as the op `sample` lists them.
pub const DRAW_WORDS: usize = 8;

/// Where an argument of a launch lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arg {
    /// F32 scratch, one span for each row of the step or for each logit row.
    Floats(Span),
    /// U32 scratch, one span for each row of the step.
    Indices(Span),
    /// Rows whose logits are wanted: U32, one for each logit row.
    LogitRows,
    /// How the token after each logit row is chosen.
    Draws,
    /// Index into [`Plan::globals`].
    Global(usize),
    /// Index into [`LayerKind::weights`].
    Weight(usize),
    /// A ring in the session's state, relative to [`Layer::state`].
    State(Ring),
    /// Cached rows, relative to [`Layer::page`].
    Pages(CachedRows),
}

/// A piece of a scratch arena: `len` values for each row, the rows one after another.
///
/// For a step of `T` rows the piece begins at value `offset * T` and has `len * T` values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// What it has one piece for.
    pub per: Per,
    /// Values for each row before it.
    pub offset: usize,
    /// Values for each row.
    pub len: usize,
}

/// The run-time length that a scratch tensor's leading dimension follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Per {
    /// Rows of the step.
    Row,
    /// Rows whose logits are wanted.
    LogitRow,
}

/// A ring in a session's state: the row of position `p` is in slot `p mod rows`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ring {
    /// Values before it in the layer's state.
    pub offset: usize,
    /// Slots.
    pub rows: usize,
    /// Values of one row.
    pub width: usize,
}

/// Cached rows of one kind in every page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CachedRows {
    /// Words before them in the layer's part of a page.
    pub offset: usize,
    /// Rows in one page.
    pub rows: usize,
    /// Values of one row.
    pub width: usize,
    /// How a row is kept.
    pub form: RowForm,
}

impl CachedRows {
    /// Words of one row.
    #[must_use]
    pub const fn row_words(&self) -> usize {
        self.form.words(self.width)
    }

    /// Words in one page.
    #[must_use]
    pub const fn words(&self) -> usize {
        self.rows * self.row_words()
    }
}

/// A scratch argument with one piece for each row of the step.
#[must_use]
pub const fn rows(offset: usize, len: usize) -> Arg {
    Arg::Floats(Span { per: Per::Row, offset, len })
}

/// A scratch argument with one piece for each logit row.
#[must_use]
pub const fn logit_rows(offset: usize, len: usize) -> Arg {
    Arg::Floats(Span { per: Per::LogitRow, offset, len })
}

/// A scratch argument of indices, one piece for each row of the step.
#[must_use]
pub const fn indices(offset: usize, len: usize) -> Arg {
    Arg::Indices(Span { per: Per::Row, offset, len })
}

/// A ring of the session's state.
#[must_use]
pub const fn ring(offset: usize, rows: usize, width: usize) -> Arg {
    Arg::State(Ring { offset, rows, width })
}

/// Cached rows in pages.
#[must_use]
pub const fn cached(offset: usize, rows: usize, width: usize, form: RowForm) -> Arg {
    Arg::Pages(CachedRows { offset, rows, width, form })
}

/// A matrix that kernels read packed.
#[must_use]
pub const fn matrix(
    name: &'static str,
    dims: &'static [usize],
    formats: &'static [Format],
) -> WeightSlot {
    WeightSlot { name, dims, role: Role::Matrix, formats }
}

/// A few values, decoded when the file is bound.
#[must_use]
pub const fn vector(
    name: &'static str,
    dims: &'static [usize],
    formats: &'static [Format],
) -> WeightSlot {
    WeightSlot { name, dims, role: Role::Vector, formats }
}

/// Integers, used as stored.
#[must_use]
pub const fn table(
    name: &'static str,
    dims: &'static [usize],
    formats: &'static [Format],
) -> WeightSlot {
    WeightSlot { name, dims, role: Role::Table, formats }
}

/// One kernel call.
#[must_use]
pub const fn launch(kernel: usize, args: &'static [Arg]) -> Launch {
    Launch { kernel, args }
}
