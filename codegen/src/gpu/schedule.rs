//! Tile sizes and splits, for each target, kind of step and pass: a table, not code.

use ds4_plan::StepKind;

use super::target::Target;

/// Threads of every workgroup.
pub const THREADS: u32 = 128;

/// The value of one name for some passes.
struct Row {
    target: Option<Target>,
    kind: Option<StepKind>,
    /// A pass, or empty for every one.
    pass: &'static str,
    name: &'static str,
    /// An expression over the letters of the op.
    value: &'static str,
}

const fn row(
    target: Option<Target>,
    kind: Option<StepKind>,
    pass: &'static str,
    name: &'static str,
    value: &'static str,
) -> Row {
    Row { target, kind, pass, name, value }
}

/// The first row that fits decides.
const TABLE: &[Row] = &[
    // Each row of the step is a sum in a register; what is read of the matrix is small.
    row(None, Some(StepKind::Prefill), "hc_partial", "TOKENS", "16"),
    // Accumulators of two matrices, or minima beside scales, and operands of eight words each leave
    // no room for more outputs in the 256 registers of gfx11. On gfx9, two matrices of more would
    // leave a SIMD to one wave.
    row(Some(Target::Hip32), Some(StepKind::Prefill), "experts_gate_up_gemm", "OUT", "32"),
    row(Some(Target::Hip32), Some(StepKind::Prefill), "experts_down_gemm", "OUT", "32"),
    row(Some(Target::Hip64), Some(StepKind::Prefill), "experts_gate_up_gemm", "OUT", "32"),
    // Drivers without tensor cores unroll the tile; a small one compiles in a second.
    row(Some(Target::Vulkan), Some(StepKind::Prefill), "", "TOKENS", "32"),
    row(Some(Target::Vulkan), Some(StepKind::Prefill), "", "OUT", "32"),
    // Streams are mixed row by row, so that what mixes them can share a launch.
    row(None, Some(StepKind::Decode), "hc_partial", "TOKENS", "1"),
    row(None, Some(StepKind::Decode), "", "TOKENS", "4"),
    row(None, Some(StepKind::Decode), "", "OUT", "8"),
    row(None, Some(StepKind::Prefill), "", "TOKENS", "64"),
    row(None, Some(StepKind::Prefill), "", "OUT", "64"),
    row(None, None, "", "ROWS", "2"),
    row(None, None, "", "CHUNK", "64"),
    row(None, Some(StepKind::Decode), "", "SPLITS", "8"),
    row(None, Some(StepKind::Prefill), "", "SPLITS", "1"),
    row(None, None, "", "HEADS", "min(8, H)"),
    row(None, None, "", "JT", "32"),
];

/// The values that a pass sees on a target, by name.
#[must_use]
pub fn values(target: Target, kind: StepKind, pass: &str) -> Vec<(&'static str, &'static str)> {
    let fits = |row: &&Row| {
        row.target.is_none_or(|t| t == target)
            && row.kind.is_none_or(|k| k == kind)
            && (row.pass.is_empty() || row.pass == pass)
    };
    let mut values: Vec<(&'static str, &'static str)> = vec![];
    for row in TABLE.iter().filter(fits) {
        if values.iter().all(|(name, _)| *name != row.name) {
            values.push((row.name, row.value));
        }
    }
    values
}
