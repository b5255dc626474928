//! The indexer: exact choice of the compressed rows that a query attends to.

use super::{ArgKind::*, Extent, Form, Op, Pass, ROWS, Scalar, Temp, TempPlace, arg, scalar};
use crate::{
    graph::{Graph, Tensor},
    template,
};

/// Scores every visible row and keeps the best.
static INDEX_SELECT: Op = Op {
    name: "index_select",
    formula: "score[t, j] = Σ_h max(0, q[t, h] · row[j]) · g[t, h] · (D·H)^(-1/2),\n\
              j < floor((position(t) + 1) / ratio);\n\
              chosen[t] = the K best in ascending order, the earlier of equals, u32::MAX beyond",
    source: "MODEL.md 2.8",
    letters: "H D K",
    args: &[
        arg("q", Read, "T H D"),
        arg("g", Read, "T H"),
        arg("index_rows", Pages, "P D"),
        scalar("ratio"),
        ROWS,
        arg("chosen", WriteIndices, "T K"),
    ],
    decode: &INDEX_SELECT_FORM,
    prefill: &INDEX_SELECT_FORM,
};

/// Both kinds of steps: scores of some cached rows in each workgroup, then the choice of a row in
/// one.
static INDEX_SELECT_FORM: Form = Form {
    temps: &[Temp { name: "scores", place: TempPlace::Scores, len: "1" }],
    passes: &[
        Pass::row(
            "index_scores",
            template!("ops/index_scores"),
            Extent::Cached("JT"),
            ["q g index_rows", "scores"],
        )
        .covering("TOKENS")
        .apart()
        .heavy(),
        Pass::row(
            "index_top_k",
            template!("ops/index_top_k"),
            Extent::Const("1"),
            ["scores", "chosen"],
        )
        .apart(),
    ],
};

impl Graph {
    /// The compressed rows chosen for each row of the step.
    pub fn index_select(
        &mut self,
        q: Tensor,
        g: Tensor,
        index_rows: Tensor,
        ratio: usize,
    ) -> Tensor {
        let top_k = self.model().index_top_k;
        let chosen = self.indices("chosen", &[top_k]);
        self.push(&INDEX_SELECT, [q, g, index_rows, chosen])
            .variant(format!("r{ratio}"))
            .scalar(Scalar::Usize(ratio));
        chosen
    }
}
