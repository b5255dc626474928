//! Steps for GPUs as data: fused launches over grids of workgroups.
//!
//! A GPU plan belongs to a [`Plan`](crate::Plan) and shares its weights, layers, rings and pages.

use crate::{CachedRows, Format, GpuPass, Per, Ring, Span, StepKind};

/// The fused launches of one model for one GPU target.
#[derive(Debug, Clone, Copy)]
pub struct GpuPlan {
    /// Steps of few rows, each of its own session.
    pub decode: GpuStep,
    /// Steps of many rows.
    pub prefill: GpuStep,
}

impl GpuPlan {
    /// The step of this kind.
    #[must_use]
    pub const fn step(&self, kind: StepKind) -> &GpuStep {
        match kind {
            StepKind::Decode => &self.decode,
            StepKind::Prefill => &self.prefill,
        }
    }
}

/// The launches of one step.
#[derive(Debug, Clone, Copy)]
pub struct GpuStep {
    /// Before the first layer.
    pub head: &'static [GpuLaunch],
    /// For each layer kind, the launches of one layer.
    pub kinds: &'static [&'static [GpuLaunch]],
    /// After the last layer.
    pub tail: &'static [GpuLaunch],
    /// How many launches at the end of the tail choose tokens, and run where that is asked for.
    pub n_choosing: usize,
    /// Intermediate values.
    pub scratch: GpuScratch,
    /// Where the tail leaves the logits.
    pub logits: Span,
    /// Where the tail leaves the chosen tokens, U32.
    pub chosen: Span,
    /// Where each layer leaves the residual streams.
    pub streams: Span,
}

/// Sizes of the scratch arenas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GpuScratch {
    /// F32 values for each row of the step.
    pub floats_per_row: usize,
    /// F32 values for each row whose logits are wanted.
    pub floats_per_logit_row: usize,
    /// U32 values for each row of the step.
    pub words_per_row: usize,
    /// U32 values for the step.
    pub step_words: usize,
    /// F32 values for each row and each token up to the step's last position.
    pub scores: usize,
    /// Counters for each row of the step, zero before and after every launch.
    pub arrivals: usize,
}

/// One launch: a kernel for each combination of formats, its arguments and its grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GpuLaunch {
    /// What runs, as in `rms_norm, quantize`.
    pub name: &'static str,
    /// The kernels, by the formats of the matrices among `args`, in their order.
    pub variants: &'static [Variant],
    /// Storage buffers, by binding number.
    pub args: &'static [GpuArg],
    /// First values of rings and cached rows, which follow the fixed immediates.
    pub bases: &'static [Base],
    /// Workgroups.
    pub grid: Grid,
    /// Launches of the CPU plan's segment that are done once this launch has run.
    pub done: &'static [usize],
    /// The bodies: chains that run side by side, then those that follow in the workgroups that are
    /// last to finish what they wait for; each of passes one after another.
    pub chains: &'static [&'static [GpuPass]],
}

/// The kernel for one combination of formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant {
    /// Format of each matrix.
    pub formats: &'static [Format],
    /// Index into the target's kernel table.
    pub kernel: usize,
    /// The same for steps of at most [`FEW_ROWS`], which on some targets have kernels of their own.
    pub few: usize,
    /// Recipes of `ds4 quantize` whose files have these formats.
    pub recipes: &'static [&'static str],
}

/// Most rows of a step that is bound by reading matrices, however it multiplies.
pub const FEW_ROWS: usize = 2;

impl Variant {
    /// The kernel for steps of so many rows.
    #[must_use]
    pub const fn of_rows(&self, rows: usize) -> usize {
        if rows <= FEW_ROWS { self.few } else { self.kernel }
    }

    /// All of its kernels.
    pub fn kernels(&self) -> impl Iterator<Item = usize> + use<> {
        let few = (self.few != self.kernel).then_some(self.few);
        [self.kernel].into_iter().chain(few)
    }
}

/// Where an argument of a GPU launch lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GpuArg {
    /// F32 scratch, one span for each row of the step or for each logit row.
    Floats(Span),
    /// U32 scratch, one span for each row of the step.
    Words(Span),
    /// U32 scratch of the step: values before it.
    StepWords(usize),
    /// F32 scratch for pairs of rows and cached rows: values for each pair of a row and a token
    /// before it.
    Scores(usize),
    /// Counters by which workgroups find out that they are the last, U32.
    Arrivals,
    /// Rows whose logits are wanted.
    LogitRows,
    /// How the token after each logit row is chosen: 8 words each.
    Draws,
    /// Token, position and session of each row.
    Rows,
    /// Pages of the sessions.
    PageTable,
    /// Index into [`Plan::globals`](crate::Plan::globals).
    Global(usize),
    /// Index into [`LayerKind::weights`](crate::LayerKind::weights).
    Weight(usize),
    /// The same of the layer after; before the layers, of the first. What layers begin with, which
    /// the segment before runs, has one index in all kinds.
    Next(usize),
    /// The state of all sessions.
    State,
    /// The pages of all sessions.
    Pages,
    /// A table of constants, by its place in the target's list.
    Table(usize),
}

/// Bytes of workgroup memory that a text in CUDA C++ may declare; a kernel with more declares none,
/// and its launch gives it all.
pub const DECLARED_WORKGROUP_BYTES: u32 = 48 << 10;

/// The first value of a field of a layer, relative to the layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Base {
    /// A ring, in the state of a session.
    Ring(Ring),
    /// Cached rows, in a page.
    Cached(CachedRows),
}

/// Immediates before those of [`GpuLaunch::bases`]: rows, logit rows, tokens.
pub const FIXED_IMMEDIATES: usize = 3;

/// The workgroups of a launch, as formulas over the lengths of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Grid {
    /// Workgroups along x.
    pub x: usize,
    /// Where not 0, one more along x for each so many tokens up to the step's last position.
    pub tokens_per_group: usize,
    /// Workgroups along y: the most that any of these asks for.
    pub y: &'static [Groups],
}

/// Workgroups along y: `ceil(items · n / per_group) + extra` for `n` rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Groups {
    /// The rows that count.
    pub per: Per,
    /// Items of each row.
    pub items: usize,
    /// Items that one workgroup covers.
    pub per_group: usize,
    /// Workgroups beyond.
    pub extra: usize,
}

/// The lengths of a step that grids depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lengths {
    /// Rows of the step.
    pub rows: usize,
    /// Rows whose logits are wanted.
    pub logit_rows: usize,
    /// Tokens up to and with the last position of any row.
    pub tokens: usize,
}

impl Grid {
    /// Workgroups along x and y.
    #[must_use]
    pub fn size(&self, lengths: Lengths) -> [usize; 2] {
        let of_tokens = match self.tokens_per_group {
            0 => 0,
            n => lengths.tokens.div_ceil(n),
        };
        let y = self.y.iter().map(|groups| groups.count(lengths)).max().unwrap_or(1);
        [self.x + of_tokens, y]
    }
}

impl Groups {
    /// How many there are.
    #[must_use]
    pub fn count(&self, lengths: Lengths) -> usize {
        let rows = match self.per {
            Per::Row => lengths.rows,
            Per::LogitRow => lengths.logit_rows,
        };
        (self.items * rows).div_ceil(self.per_group) + self.extra
    }
}

/// A kernel of one target.
#[derive(Debug, Clone, Copy)]
pub struct GpuKernel {
    /// Name in tables and messages, and of its files.
    pub name: &'static str,
    /// Entry point in the text.
    pub entry: &'static str,
    /// What it computes, its arguments and where it comes from, for people.
    pub formula: &'static str,
    /// The WGSL that it was made from.
    pub wgsl: &'static str,
    /// Source text, or SPIR-V in bytes.
    pub code: &'static [u8],
    /// Binding numbers that it uses, in the order of its parameters.
    pub bindings: &'static [u32],
    /// Threads of a workgroup.
    pub threads: u32,
    /// Whether it waits for the kernel before it, and so may begin while that one ends.
    pub waits: bool,
    /// Bytes of each workgroup variable.
    pub workgroup_bytes: &'static [u32],
}
