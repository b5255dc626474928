//! Routed experts: only the chosen ones are read.

use super::{ArgKind::*, Op, arg, scalar};
use crate::graph::{Graph, Tensor};

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
    decode: &super::NO_FORM,
    prefill: &super::NO_FORM,
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
    decode: &super::NO_FORM,
    prefill: &super::NO_FORM,
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
