//! Compressors: windows of consecutive tokens pooled to one cached row.

use ds4_plan::RowForm;

use super::{ArgKind::*, Extent, Form, Op, Pass, ROWS, Scalar, arg, scalar};
use crate::{
    graph::{CompressorWeights, Frequencies, Graph, Tensor},
    template,
};

/// Adds the learned bias of a token's place in its window to the gate.
static POSITION_BIAS: Op = Op {
    name: "position_bias",
    formula: "out[t, w] = gate[t, w] + ape[position(t) mod R, w]",
    source: "MODEL.md 2.7",
    letters: "W",
    args: &[arg("gate", Read, "T W"), arg("ape", Vector, "R W"), ROWS, arg("out", Write, "T W")],
    decode: &POSITION_BIAS_FORM,
    prefill: &POSITION_BIAS_FORM,
};

/// Both kinds of steps: parts of a row in each workgroup.
static POSITION_BIAS_FORM: Form = Form::new(&[Pass::row(
    "position_bias",
    template!("ops/position_bias"),
    Extent::Any,
    ["gate ape", "out"],
)]);

/// Pools each window that ends in this step and stores the row.
static COMPRESS: Op = Op {
    name: "compress",
    formula: "c[i] = Σ_u softmax_u(G[u, i]) · K[u, i] over the window's tokens u;\n\
              row = packed(rope(rms_norm(c) · norm, j·ratio))",
    source: "MODEL.md 2.7",
    letters: "D W R",
    args: &[
        arg("k", Read, "T W"),
        arg("g", Read, "T W"),
        arg("k_ring", State, "U W"),
        arg("g_ring", State, "U W"),
        arg("norm", Vector, "D"),
        scalar("freqs"),
        scalar("eps"),
        ROWS,
        arg("pages", PagesMut, "P D"),
    ],
    decode: &COMPRESS_FORM,
    prefill: &COMPRESS_FORM,
};

/// Both kinds of steps: a workgroup for each row, which reads the other rows of its window.
static COMPRESS_FORM: Form = Form::new(&[Pass::row(
    "compress",
    template!("ops/compress"),
    Extent::Const("1"),
    ["k g k_ring g_ring norm freqs", "pages"],
)
.apart()]);

impl Graph {
    /// Pools and stores the windows that end in this step, keeps the rest; returns the cached
    /// rows.
    pub fn compress(
        &mut self,
        x: Tensor,
        w: &CompressorWeights,
        freqs: &Frequencies,
        form: RowForm,
    ) -> Tensor {
        let k = self.matmul(x, w.kv, "compressor_k");
        let gate = self.matmul(x, w.gate, "compressor_gate");
        let g = self.like(gate, "compressor_g");
        self.push(&POSITION_BIAS, [gate, w.ape, g]);

        let (width, ring_rows) = (self.dim(k, 1), w.ring_rows);
        let k_ring = self.state(w.names.k_ring, &[ring_rows, width]);
        let g_ring = self.state(w.names.g_ring, &[ring_rows, width]);
        let pages = self.pages(w.names.rows, w.ratio, self.dim(w.norm, 0), form);
        let eps = self.model().rms_eps;
        self.push(&COMPRESS, [k, g, k_ring, g_ring, w.norm, pages])
            .letter("R", w.ratio)
            .variant(format!("{}_{}", form.name(), freqs.name.to_lowercase()))
            .scalar(Scalar::Table(freqs.name.clone(), freqs.values.clone()))
            .f32(eps);
        self.ring_store(k, k_ring);
        self.ring_store(g, g_ring);
        pages
    }
}
