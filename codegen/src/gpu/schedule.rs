//! Tile sizes and splits, for each target, kind of step and pass: a table, not code.

use ds4_plan::StepKind;

use super::target::Target;

/// The passes of a launch, as far as its workgroups depend on them.
#[derive(Debug, Clone)]
pub struct Passes {
    /// Their names.
    pub names: Vec<&'static str>,
    /// Whether they multiply integers.
    pub integers: bool,
    /// Whether the step has few rows.
    pub few: bool,
}

impl Passes {
    fn any(&self, is: fn(&str) -> bool) -> bool {
        self.names.iter().any(|name| is(name))
    }

    /// Whether in prefill two workgroups of 256 threads share a multiprocessor of NVIDIA's: what each
    /// thread keeps of the result of attention, or brings of a product's operands at once, leaves
    /// registers for that, and one multiplies while the other waits.
    fn go_in_pairs(&self) -> bool {
        self.any(|name| name.starts_with("attend_") || name == "index_scores")
            || self.integers && self.any(|name| name.ends_with("gemm"))
    }
}

/// Threads of a workgroup with these passes.
///
/// Tensor-core tiles are made for 128. Steps of few rows have passes that a single workgroup runs
/// while the others are idle; those want more.
#[must_use]
pub fn threads(target: Target, kind: StepKind, passes: &Passes) -> u32 {
    match (target, kind) {
        (Target::Cuda, StepKind::Prefill) if passes.go_in_pairs() => 256,
        (_, StepKind::Decode) => 256,
        (_, StepKind::Prefill) => 128,
    }
}

/// Workgroups that a multiprocessor must have room for, of a kernel with these passes; 0 where the
/// compiler decides.
///
/// On NVIDIA's large devices, that is room for all workgroups of a step of few rows at once.
#[must_use]
pub fn resident(target: Target, kind: StepKind, passes: &Passes) -> u32 {
    match (target, kind) {
        // Beside the router stand the products of the shared expert, some 290 workgroups together.
        (Target::Cuda, StepKind::Decode)
            if passes.few && passes.any(|name| name.starts_with("route_")) =>
        {
            3
        }
        // One works while the other waits for its rows, or with tiles of several rows.
        (Target::Cuda, StepKind::Decode)
            if !passes.few
                && passes.any(|name| name.starts_with("matvec") || name.ends_with("_part")) =>
        {
            2
        }
        (Target::Cuda, StepKind::Prefill) if passes.go_in_pairs() => 2,
        _ => 0,
    }
}

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

/// Two tiles of 16 heads where most values of a row need no second parts, else one.
const TENSOR_HEADS: &str = "16 * min(1 + ROUNDED, ceil(H / 16))";

/// Activations are larger than packed weights, so that more outputs share them; a matrix with few
/// would leave multiprocessors idle.
const CUDA_OUT: &str = "64 * min(2, max(1, O / 512))";

/// What reads cached rows, on tensor cores.
const fn cached(pass: &'static str, name: &'static str, value: &'static str) -> Row {
    row(Some(Target::Cuda), Some(StepKind::Prefill), pass, name, value)
}

/// The first row that fits decides.
const TABLE: &[Row] = &[
    // Queries stay in workgroup memory.
    cached("attend_window", "TENSOR", "1"),
    cached("attend_all", "TENSOR", "1"),
    cached("attend_chosen", "TENSOR", "1"),
    cached("attend_window", "HEADS", TENSOR_HEADS),
    cached("attend_all", "HEADS", TENSOR_HEADS),
    cached("attend_chosen", "HEADS", TENSOR_HEADS),
    cached("attend_window", "JT", "16"),
    cached("attend_all", "JT", "16"),
    cached("attend_chosen", "JT", "16"),
    // Exact rows would need second parts, for which there is no room.
    cached("index_scores", "TENSOR", "ROUNDED"),
    cached("index_scores", "TOKENS", "1 + ROUNDED"),
    cached("index_scores", "JT", "64 + 192 * ROUNDED"),
    row(Some(Target::Cuda), Some(StepKind::Decode), "index_scores", "TENSOR", "ROUNDED"),
    row(Some(Target::Cuda), Some(StepKind::Decode), "index_scores", "JT", "32 + 96 * ROUNDED"),
    row(None, None, "index_scores", "TOKENS", "1"),
    // Each row of the step is a sum in a register; what is read of the matrix is small.
    row(None, Some(StepKind::Prefill), "hc_partial", "TOKENS", "8"),
    // Accumulators of two matrices, or minima beside scales, and operands of eight words each leave
    // no room for more outputs in the 256 registers of gfx11. On gfx9, two matrices of more would
    // leave a SIMD to one wave.
    row(Some(Target::Hip32), Some(StepKind::Prefill), "experts_gate_up_gemm", "OUT", "32"),
    row(Some(Target::Hip32), Some(StepKind::Prefill), "experts_down_gemm", "OUT", "32"),
    row(Some(Target::Hip64), Some(StepKind::Prefill), "experts_gate_up_gemm", "OUT", "32"),
    // Drivers without tensor cores unroll the tile; a small one compiles in a second.
    row(Some(Target::Vulkan), Some(StepKind::Prefill), "", "TOKENS", "32"),
    row(Some(Target::Vulkan), Some(StepKind::Prefill), "", "OUT", "32"),
    // See ROWS of the same pass.
    row(Some(Target::Hip64), Some(StepKind::Decode), "matvec", "TOKENS", "max(2, min(4, I / 512))"),
    // Streams are mixed row by row, so that what mixes them can share a launch.
    row(None, Some(StepKind::Decode), "hc_partial", "TOKENS", "1"),
    // As many as a tile of tensor cores.
    row(Some(Target::Cuda), Some(StepKind::Decode), "matvec", "TOKENS", "16"),
    row(Some(Target::Cuda), Some(StepKind::Decode), "matvec_grouped", "TOKENS", "16"),
    row(None, Some(StepKind::Decode), "", "TOKENS", "4"),
    // What a thread keeps of the activations serves many rows of weights; AMD's compiler takes more
    // than 128 registers for four at a time.
    row(None, Some(StepKind::Decode), "experts_gate_up", "OUT", "64"),
    row(Some(Target::Hip32), Some(StepKind::Decode), "experts_down", "ROWS", "2"),
    row(Some(Target::Hip64), Some(StepKind::Decode), "experts_down", "ROWS", "2"),
    row(None, Some(StepKind::Decode), "experts_down", "ROWS", "4"),
    row(None, Some(StepKind::Decode), "experts_down", "OUT", "16"),
    // Where a row is one turn of a subgroup, AMD's compiler loads for all rows of the step at once, and
    // takes too many registers for two rows of the matrix.
    row(Some(Target::Hip32), Some(StepKind::Decode), "matvec", "ROWS", "max(1, min(2, I / 2048))"),
    row(Some(Target::Hip64), Some(StepKind::Decode), "matvec", "ROWS", "max(1, min(2, I / 2048))"),
    row(Some(Target::Hip32), Some(StepKind::Decode), "matvec", "OUT", "16"),
    row(Some(Target::Hip64), Some(StepKind::Decode), "matvec", "OUT", "16"),
    row(Some(Target::Hip32), Some(StepKind::Decode), "matvec_grouped", "OUT", "16"),
    row(Some(Target::Hip64), Some(StepKind::Decode), "matvec_grouped", "OUT", "16"),
    // A router has few rows, and others wait for what is chosen by them.
    row(None, Some(StepKind::Decode), "matvec", "ROWS", "max(1, min(2, O / 256))"),
    // As few workgroups as have
    // room on a large device at once, about 260 for a matrix of 2^25 values: what begins after the
    // first have ended would take as long again.
    row(
        None,
        Some(StepKind::Decode),
        "matvec",
        "OUT",
        "min(max(8, O / 32), max(16, min(min(128, O / 128), 268435456 / (I * I))))",
    ),
    row(None, Some(StepKind::Decode), "matvec_grouped", "OUT", "32"),
    row(None, Some(StepKind::Decode), "", "OUT", "16"),
    row(Some(Target::Cuda), Some(StepKind::Prefill), "gemm", "OUT", CUDA_OUT),
    row(Some(Target::Cuda), Some(StepKind::Prefill), "experts_down_gemm", "OUT", "128"),
    row(None, Some(StepKind::Prefill), "", "TOKENS", "64"),
    row(None, Some(StepKind::Prefill), "", "OUT", "64"),
    // As many as a tile multiplies at once lie beside each other; few rows are read by whole
    // subgroups.
    row(None, Some(StepKind::Prefill), "", "RUN", "4"),
    row(None, None, "", "RUN", "8"),
    row(Some(Target::Cuda), None, "", "KG", "4"),
    row(None, None, "", "KG", "2"),
    row(None, None, "", "ROWS", "2"),
    // What subgroups add in the end is little beside what each of their threads has added.
    row(None, Some(StepKind::Prefill), "", "CHUNK", "min(512, N)"),
    row(None, None, "", "CHUNK", "64"),
    row(None, Some(StepKind::Decode), "", "SPLITS", "16"),
    row(None, None, "", "TENSOR", "0"),
    row(None, None, "", "HEADS", "min(8, H)"),
    // Rows take 2 KB each; others than NVIDIA's have 32 KB for all. A window is eight rows a part.
    row(Some(Target::Cuda), Some(StepKind::Decode), "attend_all_part", "JT", "16"),
    row(Some(Target::Cuda), Some(StepKind::Decode), "attend_chosen_part", "JT", "16"),
    row(None, Some(StepKind::Decode), "attend_window_part", "JT", "8"),
    row(None, Some(StepKind::Decode), "attend_all_part", "JT", "8"),
    row(None, Some(StepKind::Decode), "attend_chosen_part", "JT", "8"),
    row(None, None, "", "JT", "32"),
    row(None, None, "", "DEPTH", "16"),
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
