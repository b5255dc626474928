//! Attention of all heads over one shared key/value row per position, with sinks.

use super::{ArgKind::*, Op, ROWS, Scalar, arg, scalar};
use crate::graph::{Graph, Tensor};

/// Over the raw window alone.
static ATTEND_WINDOW: Op = Op {
    name: "attend_window",
    formula: "s[j] = q[t, h] · k[j] · D^(-1/2) over raw rows of positions max(0, p − W + 1) … p;\n\
              out[t, h] = Σ_j k[j] · exp(s[j]) / (Σ_j exp(s[j]) + exp(sinks[h]))",
    source: "MODEL.md 2.5",
    letters: "H D",
    args: &[
        arg("q", Read, "T H D"),
        arg("kv", Read, "T D"),
        arg("ring", State, "W D"),
        arg("sinks", Vector, "H"),
        ROWS,
        arg("out", Write, "T H D"),
    ],
    decode: &super::NO_FORM,
    prefill: &super::NO_FORM,
};

/// Over the raw window and every visible compressed row.
static ATTEND_ALL: Op = Op {
    name: "attend_all",
    formula: "as attend_window, with the compressed rows j < floor((p + 1) / ratio) added",
    source: "MODEL.md 2.5, 2.7",
    letters: "H D",
    args: &[
        arg("q", Read, "T H D"),
        arg("kv", Read, "T D"),
        arg("ring", State, "W D"),
        arg("pages", Pages, "P D"),
        scalar("ratio"),
        arg("sinks", Vector, "H"),
        ROWS,
        arg("out", Write, "T H D"),
    ],
    decode: &super::NO_FORM,
    prefill: &super::NO_FORM,
};

/// Over the raw window and the compressed rows that the indexer chose.
static ATTEND_CHOSEN: Op = Op {
    name: "attend_chosen",
    formula: "as attend_window, with the compressed rows chosen[t] added",
    source: "MODEL.md 2.5, 2.8",
    letters: "H D K",
    args: &[
        arg("q", Read, "T H D"),
        arg("kv", Read, "T D"),
        arg("ring", State, "W D"),
        arg("pages", Pages, "P D"),
        arg("chosen", ReadIndices, "T K"),
        arg("sinks", Vector, "H"),
        ROWS,
        arg("out", Write, "T H D"),
    ],
    decode: &super::NO_FORM,
    prefill: &super::NO_FORM,
};

impl Graph {
    /// Attention over the raw window.
    pub fn attend_window(&mut self, q: Tensor, kv: Tensor, ring: Tensor, sinks: Tensor) -> Tensor {
        let out = self.like(q, "attended");
        self.push(&ATTEND_WINDOW, [q, kv, ring, sinks, out]);
        out
    }

    /// Attention over the raw window and all compressed `rows`.
    pub fn attend_all(
        &mut self,
        [q, kv, ring, rows]: [Tensor; 4],
        ratio: usize,
        sinks: Tensor,
    ) -> Tensor {
        let out = self.like(q, "attended");
        self.push(&ATTEND_ALL, [q, kv, ring, rows, sinks, out])
            .variant(format!("r{ratio}"))
            .scalar(Scalar::Usize(ratio));
        out
    }

    /// Attention over the raw window and the `chosen` ones of the compressed `rows`.
    pub fn attend_chosen(
        &mut self,
        [q, kv, ring, rows]: [Tensor; 4],
        chosen: Tensor,
        sinks: Tensor,
    ) -> Tensor {
        let out = self.like(q, "attended");
        self.push(&ATTEND_CHOSEN, [q, kv, ring, rows, chosen, sinks, out]);
        out
    }
}
