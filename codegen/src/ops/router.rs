//! Routers: which experts a token uses, and how much.

use super::{ArgKind::*, Extent, Form, Op, Pass, TOKENS, arg, scalar};
use crate::{
    graph::{Graph, Tensor},
    template,
};

/// The experts of a token by table.
static ROUTE_HASH: Op = Op {
    name: "route_hash",
    formula: "a = softplus(logits)^(1/2); ids[t] = table[token(t)];\n\
              weights[t, k] = scale · a[ids[t, k]] / Σ_k a[ids[t, k]]",
    source: "MODEL.md 2.9",
    letters: "E K",
    args: &[
        arg("logits", Read, "T E"),
        arg("table", Table, "V K"),
        TOKENS,
        scalar("scale"),
        arg("ids", WriteIndices, "T K"),
        arg("weights", Write, "T K"),
    ],
    decode: &ROUTE_HASH_FORM,
    prefill: &ROUTE_HASH_FORM,
};

/// Both kinds of steps: a workgroup for each row.
static ROUTE_HASH_FORM: Form = Form::new(&[Pass::row(
    "route_hash",
    template!("ops/route_hash"),
    Extent::Const("1"),
    ["logits table", "ids weights"],
)]);

/// The experts with the largest biased scores.
static ROUTE_TOP_K: Op = Op {
    name: "route_top_k",
    formula: "a = softplus(logits)^(1/2); ids[t] = the K largest of a + bias, lower index first;\n\
              weights[t, k] = scale · a[ids[t, k]] / Σ_k a[ids[t, k]]",
    source: "MODEL.md 2.9",
    letters: "E K",
    args: &[
        arg("logits", Read, "T E"),
        arg("bias", Vector, "E"),
        scalar("scale"),
        arg("ids", WriteIndices, "T K"),
        arg("weights", Write, "T K"),
    ],
    decode: &ROUTE_TOP_K_FORM,
    prefill: &ROUTE_TOP_K_FORM,
};

/// Both kinds of steps: a workgroup for each row.
static ROUTE_TOP_K_FORM: Form = Form::new(&[Pass::row(
    "route_top_k",
    template!("ops/route_top_k"),
    Extent::Const("1"),
    ["logits bias", "ids weights"],
)]);

impl Graph {
    /// Experts by token id, and their weights.
    pub fn route_hash(&mut self, logits: Tensor, table: Tensor) -> (Tensor, Tensor) {
        let (ids, weights) = self.routes();
        let scale = self.model().routed_scale;
        self.push(&ROUTE_HASH, [logits, table, ids, weights]).f32(scale);
        (ids, weights)
    }

    /// Experts by score, and their weights.
    pub fn route_top_k(&mut self, logits: Tensor, bias: Tensor) -> (Tensor, Tensor) {
        let (ids, weights) = self.routes();
        let scale = self.model().routed_scale;
        self.push(&ROUTE_TOP_K, [logits, bias, ids, weights]).f32(scale);
        (ids, weights)
    }

    fn routes(&mut self) -> (Tensor, Tensor) {
        let n_used = self.model().n_used;
        (self.indices("expert_ids", &[n_used]), self.rows("expert_weights", &[n_used]))
    }
}
