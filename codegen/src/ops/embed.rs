//! Token embedding, copied to every residual stream.

use super::{ArgKind::*, Extent, Form, Op, Pass, TOKENS, arg};
use crate::{
    graph::{Graph, Tensor},
    template,
};

/// One workgroup for each token.
static FORM: Form = Form::new(&[Pass::row(
    "embed",
    template!("ops/embed"),
    Extent::Const("1"),
    ["table", "streams"],
)]);

/// One row of the table for each token.
static EMBED: Op = Op {
    name: "embed",
    formula: "streams[t, s, n] = table[token(t), n]",
    source: "MODEL.md 2.1",
    letters: "N S",
    args: &[TOKENS, arg("table", Matrix, "V N"), arg("streams", Write, "T S N")],
    decode: &FORM,
    prefill: &FORM,
};

impl Graph {
    /// The embedded tokens, the same in each of `n_streams` streams.
    pub fn embed(&mut self, table: Tensor, n_streams: usize) -> Tensor {
        let width = self.dim(table, 1);
        let streams = self.rows("streams", &[n_streams, width]);
        self.push(&EMBED, [table, streams]);
        streams
    }
}
