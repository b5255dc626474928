//! Products of packed matrices with the rows of a step.

use super::{ArgKind::*, Op, arg};
use crate::graph::{Graph, Tensor};

/// A matrix times each row.
static MATMUL: Op = Op {
    name: "matmul",
    formula: "y[t, o] = Σ_i w[o, i] · x[t, i]",
    source: "MODEL.md 2.5",
    letters: "I O",
    args: &[arg("x", Read, "T I"), arg("w", Matrix, "O I"), arg("y", Write, "T O")],
    decode: &super::NO_FORM,
    prefill: &super::NO_FORM,
};

/// One matrix for each group of a row's values.
static MATMUL_GROUPED: Op = Op {
    name: "matmul_grouped",
    formula: "y[t, g, o] = Σ_i w[g, o, i] · x[t, g, i]",
    source: "MODEL.md 2.5, grouped output",
    letters: "G I O",
    args: &[arg("x", Read, "T G I"), arg("w", Matrix, "G O I"), arg("y", Write, "T G O")],
    decode: &super::NO_FORM,
    prefill: &super::NO_FORM,
};

impl Graph {
    /// `w` times each row of `x`; `label` names the result.
    pub fn matmul(&mut self, x: Tensor, w: Tensor, label: &'static str) -> Tensor {
        let n_out = self.dim(w, 0);
        let y = self.beside(x, label, &[n_out]);
        self.push(&MATMUL, [x, w, y]);
        y
    }

    /// Each group of `x` times its own matrix of `w`.
    pub fn matmul_grouped(&mut self, x: Tensor, w: Tensor, label: &'static str) -> Tensor {
        let (groups, n_out) = (self.dim(w, 0), self.dim(w, 1));
        let y = self.beside(x, label, &[groups, n_out]);
        self.push(&MATMUL_GROUPED, [x, w, y]);
        y
    }
}
