//! Root-mean-square normalization.

use super::{ArgKind::*, Extent, Form, Op, Pass, arg, scalar};
use crate::{
    graph::{Graph, Tensor},
    template,
};

/// Normalizes each row and scales it by a learned weight.
static RMS_NORM: Op = Op {
    name: "rms_norm",
    formula: "y[t, n] = x[t, n] · (mean_n x[t, n]² + eps)^(-1/2) · w[n]",
    source: "MODEL.md 2.1",
    letters: "N",
    args: &[arg("x", Read, "T N"), arg("w", Vector, "N"), scalar("eps"), arg("y", Write, "T N")],
    decode: &RMS_NORM_FORM,
    prefill: &RMS_NORM_FORM,
};

/// Both kinds of steps: a workgroup for each row.
static RMS_NORM_FORM: Form = Form::new(&[Pass::row(
    "rms_norm",
    template!("ops/rms_norm"),
    Extent::Const("1"),
    ["x w", "y"],
)
.ahead()]);

/// Normalizes each head by itself, without a weight.
static HEAD_NORM: Op = Op {
    name: "head_norm",
    formula: "y[t, h, d] = x[t, h, d] · (mean_d x[t, h, d]² + eps)^(-1/2)",
    source: "MODEL.md 2.5",
    letters: "D",
    args: &[arg("x", Read, "T H D"), scalar("eps"), arg("y", Write, "T H D")],
    decode: &HEAD_NORM_FORM,
    prefill: &HEAD_NORM_FORM,
};

/// Both kinds of steps: a workgroup for each row and head.
static HEAD_NORM_FORM: Form = Form::new(&[Pass::row(
    "head_norm",
    template!("ops/head_norm"),
    Extent::Const("H"),
    ["x", "y"],
)]);

impl Graph {
    /// `x` normalized and scaled by `w`.
    pub fn rms_norm(&mut self, x: Tensor, w: Tensor) -> Tensor {
        let y = self.like(x, "normed");
        let eps = self.model().rms_eps;
        self.push(&RMS_NORM, [x, w, y]).f32(eps);
        y
    }

    /// Each head of `x` normalized by itself.
    pub fn head_norm(&mut self, x: Tensor) -> Tensor {
        let y = self.like(x, "head_normed");
        let eps = self.model().rms_eps;
        self.push(&HEAD_NORM, [x, y]).f32(eps);
        y
    }
}
