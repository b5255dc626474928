//! Element-wise ops, and the choice of rows.

use super::{ArgKind::*, Extent, Form, Op, Pass, arg, scalar};
use crate::{
    graph::{Graph, Tensor},
    template,
};

static SWIGLU_FORM: Form =
    Form::new(&[Pass::row("swiglu", template!("ops/swiglu"), Extent::Any, ["gate up", "y"])]);

static ADD_FORM: Form =
    Form::new(&[Pass::row("add", template!("ops/add"), Extent::Any, ["a b", "y"])]);

static GATHER_FORM: Form =
    Form::new(&[
        Pass::row("gather", template!("ops/gather"), Extent::Any, ["x indices", "y"]).apart()
    ]);

/// The clamped SwiGLU of the shared expert.
static SWIGLU: Op = Op {
    name: "swiglu",
    formula: "y = silu(min(gate, limit)) · clamp(up, −limit, limit)",
    source: "MODEL.md 2.9",
    letters: "",
    args: &[
        arg("gate", Read, "T F"),
        arg("up", Read, "T F"),
        scalar("limit"),
        arg("y", Write, "T F"),
    ],
    decode: &SWIGLU_FORM,
    prefill: &SWIGLU_FORM,
};

/// A sum.
pub(crate) static ADD: Op = Op {
    name: "add",
    formula: "y = a + b",
    source: "MODEL.md 2.9",
    letters: "",
    args: &[arg("a", Read, "T N"), arg("b", Read, "T N"), arg("y", Write, "T N")],
    decode: &ADD_FORM,
    prefill: &ADD_FORM,
};

/// The rows whose logits are wanted.
static GATHER: Op = Op {
    name: "gather",
    formula: "y[l] = x[indices[l]]",
    source: "MODEL.md 2.4, last sentence",
    letters: "N",
    args: &[arg("x", Read, "R N"), arg("indices", LogitRows, "L"), arg("y", Write, "L N")],
    decode: &GATHER_FORM,
    prefill: &GATHER_FORM,
};

impl Graph {
    /// The clamped SwiGLU of `gate` and `up`.
    pub fn swiglu(&mut self, gate: Tensor, up: Tensor) -> Tensor {
        let limit = self.model().swiglu_limit;
        let y = self.like(gate, "hidden");
        self.push(&SWIGLU, [gate, up, y]).f32(limit);
        y
    }

    /// `a + b`.
    pub fn add(&mut self, a: Tensor, b: Tensor) -> Tensor {
        let y = self.like(a, "sum");
        self.push(&ADD, [a, b, y]);
        y
    }

    /// The rows of `x` whose logits are wanted.
    pub fn gather(&mut self, x: Tensor) -> Tensor {
        let rows = self.logit_rows();
        let y = self.per_logit_row(x, "gathered");
        self.push(&GATHER, [x, rows, y]);
        y
    }
}
