//! The choice of the next token.

use super::{ArgKind::*, Extent, Form, Op, Pass, arg};
use crate::{
    graph::{Graph, Tensor},
    template,
};

/// Temperature, top-k, min-p and top-p, then a draw; without penalties.
static SAMPLE: Op = Op {
    name: "sample",
    formula: "w = exp((logits − max) / temperature), of the top_k largest logits, w ≥ min_p and\n\
              then the largest that reach the share top_p of Σ w; ids[t] = the token that\n\
              philox(seed, number) · Σ w falls on, or argmax at temperature 0",
    source: "MODEL.md 8",
    letters: "V",
    args: &[arg("logits", Read, "T V"), arg("draws", Draws, "T 8"), arg("ids", WriteIndices, "T")],
    decode: &SAMPLE_FORM,
    prefill: &SAMPLE_FORM,
};

/// Both kinds of steps: a workgroup for each row.
static SAMPLE_FORM: Form = Form::new(&[Pass::row(
    "sample",
    template!("ops/sample"),
    Extent::Const("1"),
    ["logits draws", "ids"],
)
.heavy()]);

impl Graph {
    /// The token that follows each row of `logits`.
    ///
    /// `draws` `[T, 8]` has for each row the words: temperature (f32), top-k, top-p (f32), min-p (f32),
    /// the seed and the number of the draw, both 64 bits with the low word first.
    pub fn sample(&mut self, logits: Tensor, draws: Tensor) -> Tensor {
        let ids = self.indices_beside(logits, "token_ids", &[]);
        self.push(&SAMPLE, [logits, draws, ids]);
        ids
    }
}
