//! Products of packed matrices with the rows of a step.

use super::{ArgKind::*, Extent, Form, Op, Pass, Temp, TempPlace, arg};
use crate::{
    graph::{Graph, Tensor},
    stage::Source,
    template,
};

/// The rows of `x` as kernels of integer formats read them, see `templates/ops/quantize.wgsl`.
///
/// Every op that multiplies the same rows shares the pass; products with floats do not read what
/// it writes.
pub(super) static QUANTIZE: Pass =
    Pass::row("quantize", template!("ops/quantize"), Extent::Any, ["x", "qx"]);

/// Words of the quantized rows of `len` values.
pub(super) const fn quantized(len: &'static str) -> Temp {
    Temp { name: "qx", place: TempPlace::Words, len }
}

/// Few rows: subgroups share the outputs.
const fn matvec(name: &'static str, x: &'static str) -> Pass {
    product(name, template!("ops/matvec"), x).waiting()
}

/// Many rows: workgroups share tiles of outputs and rows.
const fn gemm(x: &'static str) -> Pass {
    product("gemm", template!("ops/gemm"), x)
}

const fn product(name: &'static str, template: &'static Source, x: &'static str) -> Pass {
    let pass = Pass::row(name, template, Extent::Const(x), ["x qx w", "y"]);
    pass.covering("TOKENS").apart().heavy().writing("OUT")
}

/// A matrix times each row.
static MATMUL: Op = Op {
    name: "matmul",
    formula: "y[t, o] = Σ_i w[o, i] · x[t, i]",
    source: "MODEL.md 2.5",
    letters: "I O",
    args: &[arg("x", Read, "T I"), arg("w", Matrix, "O I"), arg("y", Write, "T O")],
    decode: &Form {
        temps: &[quantized("ceil(I / 256) * 160")],
        passes: &[QUANTIZE, matvec("matvec", "ceil(O / OUT)")],
    },
    prefill: &Form {
        temps: &[quantized("ceil(I / 256) * 160")],
        passes: &[QUANTIZE, gemm("ceil(O / OUT)")],
    },
};

/// One matrix for each group of a row's values.
static MATMUL_GROUPED: Op = Op {
    name: "matmul_grouped",
    formula: "y[t, g, o] = Σ_i w[g, o, i] · x[t, g, i]",
    source: "MODEL.md 2.5, grouped output",
    letters: "G I O",
    args: &[arg("x", Read, "T G I"), arg("w", Matrix, "G O I"), arg("y", Write, "T G O")],
    decode: &Form {
        temps: &[quantized("ceil(G * I / 256) * 160")],
        passes: &[QUANTIZE, matvec("matvec_grouped", "G * ceil(O / OUT)")],
    },
    prefill: &Form {
        temps: &[quantized("ceil(G * I / 256) * 160")],
        passes: &[QUANTIZE, gemm("G * ceil(O / OUT)")],
    },
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
