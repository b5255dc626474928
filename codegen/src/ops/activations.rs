//! Element-wise ops, and the choice of rows.

use super::{ArgKind::*, Extent, Form, Op, Pass, arg, scalar};
use crate::{
    graph::{Graph, Tensor},
    stage::Source,
    template,
};

/// A pass over parts of rows.
const fn parts(name: &'static str, template: &'static Source, reads: &'static str) -> [Pass; 1] {
    let (x, rows_per_group, writes, local) = (Extent::Any, "1", "y", true);
    [Pass { name, template, x, rows_per_group, reads, writes, local }]
}

static SWIGLU_FORM: Form =
    Form { temps: &[], passes: &parts("swiglu", template!("ops/swiglu"), "gate up") };

static ADD_FORM: Form = Form { temps: &[], passes: &parts("add", template!("ops/add"), "a b") };

static GATHER_FORM: Form = Form {
    temps: &[],
    passes: &[Pass { local: false, ..parts("gather", template!("ops/gather"), "x indices")[0] }],
};

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
