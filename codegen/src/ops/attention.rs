//! Attention of all heads over one shared key/value row per position, with sinks.

use super::{ArgKind::*, Extent, Form, Op, Pass, ROWS, Scalar, Temp, arg, scalar};
use crate::{
    graph::{Graph, Tensor},
    template,
};

/// A workgroup for each tile of heads and part of the rows.
const SPLIT: Extent = Extent::Const("ceil(H / HEADS) * SPLITS");

/// A workgroup for each tile of heads.
const WHOLE: Extent = Extent::Const("ceil(H / HEADS)");

/// What each part leaves of each head: weighted sums, largest score and sum of weights.
const PARTS: &[Temp] = &[Temp::floats("parts", "SPLITS * H * (D + 4)")];

/// The parts put together, a workgroup for each row and head.
const COMBINE: Pass = Pass::row(
    "attend_combine",
    template!("ops/attend_combine"),
    Extent::Const("H"),
    ["parts sinks", "out"],
)
.apart()
.heavy();

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
    decode: &ATTEND_WINDOW_DECODE,
    prefill: &ATTEND_WINDOW_PREFILL,
};

/// Few rows: parts of the rows that a row sees in several workgroups, then put together.
static ATTEND_WINDOW_DECODE: Form = Form {
    temps: PARTS,
    passes: &[
        Pass::row(
            "attend_window_part",
            template!("ops/attend_part"),
            SPLIT,
            ["q kv ring", "parts"],
        )
        .apart()
        .heavy(),
        COMBINE,
    ],
};

/// Many rows: all that a row sees in one workgroup.
static ATTEND_WINDOW_PREFILL: Form = Form::new(&[Pass::row(
    "attend_window",
    template!("ops/attend"),
    WHOLE,
    ["q kv ring sinks", "out"],
)
.apart()
.heavy()]);

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
    decode: &ATTEND_ALL_DECODE,
    prefill: &ATTEND_ALL_PREFILL,
};

/// Few rows: parts of the rows that a row sees in several workgroups, then put together.
static ATTEND_ALL_DECODE: Form = Form {
    temps: PARTS,
    passes: &[
        Pass::row(
            "attend_all_part",
            template!("ops/attend_part"),
            SPLIT,
            ["q kv ring pages", "parts"],
        )
        .apart()
        .heavy(),
        COMBINE,
    ],
};

/// Many rows: all that a row sees in one workgroup.
static ATTEND_ALL_PREFILL: Form = Form::new(&[Pass::row(
    "attend_all",
    template!("ops/attend"),
    WHOLE,
    ["q kv ring pages sinks", "out"],
)
.apart()
.heavy()]);

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
    decode: &ATTEND_CHOSEN_DECODE,
    prefill: &ATTEND_CHOSEN_PREFILL,
};

/// Few rows: parts of the rows that a row sees in several workgroups, then put together.
static ATTEND_CHOSEN_DECODE: Form = Form {
    temps: PARTS,
    passes: &[
        Pass::row(
            "attend_chosen_part",
            template!("ops/attend_part"),
            SPLIT,
            ["q kv ring pages chosen", "parts"],
        )
        .apart()
        .heavy(),
        COMBINE,
    ],
};

/// Many rows: all that a row sees in one workgroup.
static ATTEND_CHOSEN_PREFILL: Form = Form::new(&[Pass::row(
    "attend_chosen",
    template!("ops/attend"),
    WHOLE,
    ["q kv ring pages chosen sinks", "out"],
)
.apart()
.heavy()]);

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
