//! Routed experts: only the chosen ones are read.

use super::{
    ArgKind::*,
    Extent, Form, Op, Pass, Temp, TempPlace, arg,
    matmul::{QUANTIZE, quantized},
    scalar,
};
use crate::{
    graph::{Graph, Tensor},
    template,
};

/// Pairs of rows and experts in order of experts, for both ops; TOKENS is one value for them all.
static ROUTE_COUNT: Pass =
    Pass::row("route_count", template!("ops/route_count"), Extent::Step("E"), ["ids", "counts"])
        .apart()
        .heavy();

static ROUTE_LIST: Pass = Pass::row(
    "route_list",
    template!("ops/route_list"),
    Extent::Step("E"),
    ["ids counts", "list starts"],
)
.apart()
.heavy();

const COUNTS: Temp = Temp { name: "counts", place: TempPlace::StepWords, len: "E" };
const LIST: Temp = Temp { name: "list", place: TempPlace::Words, len: "K" };
const STARTS: Temp = Temp { name: "starts", place: TempPlace::StepWords, len: "2 * E + 2" };

static GATE_UP_DECODE: Form = Form {
    temps: &[quantized("ceil(N / 256) * 160")],
    passes: &[
        QUANTIZE,
        Pass::row(
            "experts_gate_up",
            template!("ops/experts_gate_up"),
            Extent::Const("K * ceil(F / OUT)"),
            ["x qx gate up ids weights", "h"],
        )
        .apart()
        .heavy()
        .writing("OUT")
        .ahead(),
    ],
};

static GATE_UP_PREFILL: Form = Form {
    temps: &[quantized("ceil(N / 256) * 160"), COUNTS, LIST, STARTS],
    passes: &[
        QUANTIZE,
        ROUTE_COUNT,
        ROUTE_LIST,
        Pass::row(
            "experts_gate_up_gemm",
            template!("ops/experts_gate_up_gemm"),
            tiles("ceil(F / OUT)"),
            ["x qx gate up weights list starts", "h"],
        )
        .apart()
        .heavy(),
    ],
};

/// Quantizes the hidden values.
static QUANTIZE_H: Pass =
    Pass { name: "quantize_h", template: template!("ops/quantize_h"), reads: "h", ..QUANTIZE };

static DOWN_DECODE: Form = Form {
    temps: &[quantized("ceil(K * F / 256) * 160")],
    passes: &[
        QUANTIZE_H,
        Pass::row(
            "experts_down",
            template!("ops/experts_down"),
            Extent::Const("ceil(N / OUT)"),
            ["h qx down ids", "y"],
        )
        .apart()
        .heavy()
        .writing("OUT")
        .ahead(),
    ],
};

static DOWN_PREFILL: Form = Form {
    temps: &[
        quantized("ceil(K * F / 256) * 160"),
        COUNTS,
        LIST,
        STARTS,
        Temp { name: "parts", place: TempPlace::Floats, len: "K * N" },
    ],
    passes: &[
        QUANTIZE_H,
        ROUTE_COUNT,
        ROUTE_LIST,
        Pass::row(
            "experts_down_gemm",
            template!("ops/experts_down_gemm"),
            tiles("ceil(N / OUT)"),
            ["h qx down list starts", "parts"],
        )
        .apart()
        .heavy(),
        Pass::row("experts_sum", template!("ops/experts_sum"), Extent::Const("1"), ["parts", "y"]),
    ],
};

/// Workgroups along y for tiles of TOKENS pairs; each expert may leave one tile partly empty.
const fn tiles(x: &'static str) -> Extent {
    Extent::Items { x, items: "K", per_group: "TOKENS", extra: "E" }
}

/// The hidden values of each chosen expert, scaled by its weight.
static EXPERTS_GATE_UP: Op = Op {
    name: "experts_gate_up",
    formula: "g = gate[e] · x[t], u = up[e] · x[t], e = ids[t, k];\n\
              h[t, k] = silu(min(g, limit)) · clamp(u, −limit, limit) · weights[t, k]",
    source: "MODEL.md 2.9",
    letters: "N F E K",
    args: &[
        arg("x", Read, "T N"),
        arg("gate", Matrix, "E F N"),
        arg("up", Matrix, "E F N"),
        arg("ids", ReadIndices, "T K"),
        arg("weights", Read, "T K"),
        scalar("limit"),
        arg("h", Write, "T K F"),
    ],
    decode: &GATE_UP_DECODE,
    prefill: &GATE_UP_PREFILL,
};

/// The sum of the chosen experts' outputs.
static EXPERTS_DOWN: Op = Op {
    name: "experts_down",
    formula: "y[t] = Σ_k down[ids[t, k]] · h[t, k]",
    source: "MODEL.md 2.9",
    letters: "F N E K",
    args: &[
        arg("h", Read, "T K F"),
        arg("down", Matrix, "E N F"),
        arg("ids", ReadIndices, "T K"),
        arg("y", Write, "T N"),
    ],
    decode: &DOWN_DECODE,
    prefill: &DOWN_PREFILL,
};

impl Graph {
    /// The weighted sum of the chosen experts' outputs.
    pub fn experts(
        &mut self,
        x: Tensor,
        [gate, up, down]: [Tensor; 3],
        (ids, weights): (Tensor, Tensor),
    ) -> Tensor {
        let (n_used, n_ff) = (self.dim(ids, 1), self.dim(gate, 1));
        let limit = self.model().swiglu_limit;
        let h = self.rows("expert_hidden", &[n_used, n_ff]);
        self.push(&EXPERTS_GATE_UP, [x, gate, up, ids, weights, h]).f32(limit);
        let y = self.like(x, "routed");
        self.push(&EXPERTS_DOWN, [h, down, ids, y]);
        y
    }
}
