//! The mixes of formats that kernels are made for.
//!
//! A launch that reads several matrices has a kernel for each mix of their formats that one of
//! these files has; other mixes are refused when a file is opened.

use ds4_plan::{
    Format::{self, BF16, F16, F32, IQ2_XXS, MXFP4, Q2_K, Q4_K, Q8_0},
    Model,
};

use crate::graph::MatrixClass;

/// The formats of one kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recipe {
    /// Name, as `ds4 quantize` has it.
    pub name: &'static str,
    embedding: Format,
    output: Format,
    projection: Format,
    pooling: Format,
    mixing: Format,
    gate_up: Format,
    down: Format,
}

/// Source: MODEL.md section 4.1.
const Q2: Recipe = Recipe {
    name: "q2",
    embedding: F16,
    output: Q8_0,
    projection: Q8_0,
    pooling: F16,
    mixing: F16,
    gate_up: IQ2_XXS,
    down: Q2_K,
};

const fn uniform(name: &'static str, format: Format) -> Recipe {
    Recipe {
        name,
        embedding: format,
        output: format,
        projection: format,
        pooling: format,
        mixing: format,
        gate_up: format,
        down: format,
    }
}

/// Every recipe, smallest file first.
pub const ALL: [Recipe; 6] = [
    Q2,
    Recipe { name: "mxfp4", gate_up: MXFP4, down: MXFP4, ..Q2 },
    Recipe { name: "q4", gate_up: Q4_K, down: Q4_K, ..Q2 },
    Recipe { mixing: F16, ..uniform("q8", Q8_0) },
    uniform("bf16", BF16),
    uniform("f32", F32),
];

/// The recipes that kernels of `model` are made for: a small model is also kept unpacked, for
/// reference.
pub fn of(model: &Model) -> impl Iterator<Item = &'static Recipe> + use<> {
    let large = model.n_experts * model.n_ff * model.n_embd >= LARGE;
    ALL.iter().filter(move |recipe| !large || recipe.gate_up.is_integers())
}

/// Values of one expert tensor from which nobody keeps a model unpacked.
const LARGE: usize = 1 << 30;

impl Recipe {
    /// The format of a matrix of this class with rows of `width` values; rows that are not whole
    /// blocks are in the next format that fits, as `ds4 quantize` writes them.
    #[must_use]
    pub fn format(&self, class: MatrixClass, width: usize) -> Format {
        let named = match class {
            MatrixClass::Embedding => self.embedding,
            MatrixClass::Output => self.output,
            MatrixClass::Projection => self.projection,
            MatrixClass::Pooling => self.pooling,
            MatrixClass::Mixing => self.mixing,
            MatrixClass::GateUp => self.gate_up,
            MatrixClass::Down => self.down,
        };
        let fits = |format: &Format| width.is_multiple_of(format.block_values());
        [named, Q8_0, F16].into_iter().find(fits).unwrap_or(F16)
    }
}
