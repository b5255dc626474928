//! Rings of former rows, and the roundings of cached rows.

use super::{ArgKind::*, Extent, Form, Op, Pass, ROWS, arg};
use crate::{
    graph::{Graph, Tensor},
    template,
};

/// Rounds the leading dimensions to FP8 with one power-of-two scale for each 64.
static ROUND_FP8: Op = Op {
    name: "round_fp8",
    formula: "y = s · E4M3(x / s), s = 2^ceil(log2(max|x| / 448)) over 64 values, first D − R dims",
    source: "MODEL.md 2.10",
    letters: "D R",
    args: &[arg("x", Read, "T D"), arg("y", Write, "T D")],
    decode: &ROUND_FP8_FORM,
    prefill: &ROUND_FP8_FORM,
};

/// Both kinds of steps: a workgroup for each row.
static ROUND_FP8_FORM: Form = Form::new(&[Pass::row(
    "round_fp8",
    template!("ops/round_fp8"),
    Extent::Const("1"),
    ["x", "y"],
)]);

/// Rounds to FP4 with one power-of-two scale for each 32.
static ROUND_FP4: Op = Op {
    name: "round_fp4",
    formula: "y = s · E2M1(x / s), s = 2^ceil(log2(max|x| / 6)) over 32 values",
    source: "MODEL.md 2.10",
    letters: "D",
    args: &[arg("x", Read, "T H D"), arg("y", Write, "T H D")],
    decode: &ROUND_FP4_FORM,
    prefill: &ROUND_FP4_FORM,
};

/// Both kinds of steps: a workgroup for each row and head.
static ROUND_FP4_FORM: Form = Form::new(&[Pass::row(
    "round_fp4",
    template!("ops/round_fp4"),
    Extent::Const("H"),
    ["x", "y"],
)]);

/// The Walsh–Hadamard rotation of each head.
static HADAMARD: Op = Op {
    name: "hadamard",
    formula: "y[t, h] = D^(-1/2) · H_D · x[t, h], H_D in Sylvester order",
    source: "MODEL.md 2.8",
    letters: "D",
    args: &[arg("x", Read, "T H D"), arg("y", Write, "T H D")],
    decode: &HADAMARD_FORM,
    prefill: &HADAMARD_FORM,
};

/// Both kinds of steps: a workgroup for each row and head.
static HADAMARD_FORM: Form =
    Form::new(&[Pass::row("hadamard", template!("ops/hadamard"), Extent::Const("H"), ["x", "y"])]);

/// Keeps the step's rows for later steps, in place of the oldest.
static RING_STORE: Op = Op {
    name: "ring_store",
    formula: "ring[position(t) mod U] = x[t]",
    source: "MODEL.md 2.12",
    letters: "W",
    args: &[arg("x", Read, "T W"), ROWS, arg("ring", StateMut, "U W")],
    decode: &RING_STORE_FORM,
    prefill: &RING_STORE_FORM,
};

/// Both kinds of steps; on its own, since other rows may still read what it replaces.
static RING_STORE_FORM: Form =
    Form::new(&[
        Pass::row("ring_store", template!("ops/ring_store"), Extent::Any, ["x", "ring"]).apart()
    ]);

impl Graph {
    /// A key/value row as the cache holds it in the rounded form.
    pub fn round_fp8(&mut self, x: Tensor) -> Tensor {
        let y = self.like(x, "rounded");
        let rope_dim = self.model().rope_dim;
        self.push(&ROUND_FP8, [x, y]).letter("R", rope_dim);
        y
    }

    /// Indexer queries, rotated and rounded as the indexer rows are.
    pub fn hadamard_fp4(&mut self, x: Tensor) -> Tensor {
        let rotated = self.like(x, "hadamard");
        self.push(&HADAMARD, [x, rotated]);
        let y = self.like(x, "rounded");
        self.push(&ROUND_FP4, [rotated, y]);
        y
    }

    /// Stores the step's rows of `x`; to be placed after everything that reads the ring.
    pub fn ring_store(&mut self, x: Tensor, ring: Tensor) {
        self.push(&RING_STORE, [x, ring]);
    }
}
