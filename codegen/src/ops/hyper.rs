//! Hyper-connections: mixing the residual streams before and after a sub-layer.

use super::{ArgKind::*, Extent, Form, Op, Pass, Scalar, Temp, arg, scalar};
use crate::{
    graph::{Graph, HyperWeights, Tensor},
    template,
};

/// Workgroups that share the products of one row with all streams. Each takes the same part of
/// every stream, as [`HC_EXPAND`] leaves them.
const PARTS: Extent = Extent::Const("ceil(N / CHUNK)");

/// The mixing coefficients of each row.
static HC_MIX: Op = Op {
    name: "hc_mix",
    formula: "m = (fun · v) · (mean(v²) + eps.rms)^(-1/2), v = all streams;\n\
              pre = σ(m·scale₀ + base) + eps.hc; post = 2σ(m·scale₁ + base);\n\
              comb = sinkhorn(m·scale₂ + base); mix = post, comb",
    source: "MODEL.md 2.3, steps 1 to 5",
    letters: "S N",
    args: &[
        arg("streams", Read, "T S N"),
        arg("fun", Matrix, "M S*N"),
        arg("scale", Vector, "3"),
        arg("base", Vector, "M"),
        scalar("eps"),
        scalar("iters"),
        arg("pre", Write, "T S"),
        arg("mix", Write, "T R"),
    ],
    decode: &HC_MIX_FORM,
    prefill: &HC_MIX_FORM,
};

/// Both kinds of steps: parts of the products in many workgroups, then a workgroup for each row.
///
/// `mix` is a pass of its own since its many steps one after another are wanted only after the
/// sub-layer, while the sub-layer waits for `pre`.
static HC_MIX_FORM: Form = Form {
    temps: &[Temp::floats("partial", "ceil(N / CHUNK) * (M + 1)")],
    passes: &[
        Pass::row("hc_partial", template!("ops/hc_partial"), PARTS, ["streams fun", "partial"])
            .covering("TOKENS")
            .ahead(),
        Pass::row(
            "hc_pre",
            template!("ops/hc_pre"),
            Extent::Const("1"),
            ["partial scale base", "pre"],
        ),
        Pass::row(
            "hc_comb",
            template!("ops/hc_comb"),
            Extent::Const("1"),
            ["partial scale base", "mix"],
        ),
    ],
};

/// The streams reduced to the input of a sub-layer.
static HC_REDUCE: Op = Op {
    name: "hc_reduce",
    formula: "x[t, n] = Σ_s pre[t, s] · streams[t, s, n]",
    source: "MODEL.md 2.3, step 6",
    letters: "S N",
    args: &[arg("streams", Read, "T S N"), arg("pre", Read, "T S"), arg("x", Write, "T N")],
    decode: &HC_REDUCE_FORM,
    prefill: &HC_REDUCE_FORM,
};

/// Both kinds of steps: parts of a row in each workgroup.
static HC_REDUCE_FORM: Form = Form::new(&[Pass::row(
    "hc_reduce",
    template!("ops/hc_reduce"),
    Extent::Any,
    ["streams pre", "x"],
)]);

/// The output of a sub-layer added to the remixed streams.
static HC_EXPAND: Op = Op {
    name: "hc_expand",
    formula: "out[t, k, n] = post[t, k] · y[t, n] + Σ_j comb[t, j, k] · streams[t, j, n]",
    source: "MODEL.md 2.3, step 7",
    letters: "S N",
    args: &[
        arg("y", Read, "T N"),
        arg("streams", Read, "T S N"),
        arg("mix", Read, "T R"),
        arg("out", Write, "T S N"),
    ],
    decode: &HC_EXPAND_FORM,
    prefill: &HC_EXPAND_FORM,
};

/// Both kinds of steps: parts of a row, of every stream, in each workgroup.
static HC_EXPAND_FORM: Form = Form::new(&[Pass::row(
    "hc_expand",
    template!("ops/hc_expand"),
    Extent::Any,
    ["y streams mix", "out"],
)]);

/// The streams reduced for the output head, without a mixing matrix.
static HC_HEAD: Op = Op {
    name: "hc_head",
    formula: "m = (fun · v) · (mean(v²) + eps.rms)^(-1/2), v = all streams;\n\
              x[t, n] = Σ_s (σ(m[t, s]·scale + base[s]) + eps.hc) · streams[t, s, n]",
    source: "MODEL.md 2.4",
    letters: "S N",
    args: &[
        arg("streams", Read, "T S N"),
        arg("fun", Matrix, "S S*N"),
        arg("scale", Vector, "1"),
        arg("base", Vector, "S"),
        scalar("eps"),
        arg("x", Write, "T N"),
    ],
    decode: &Form { temps: HC_HEAD_TEMPS, passes: &[HC_HEAD_PARTIAL, HC_HEAD_FINISH] },
    // Rows that were gathered are not divided as streams are.
    prefill: &Form { temps: HC_HEAD_TEMPS, passes: &[HC_HEAD_PARTIAL.apart(), HC_HEAD_FINISH] },
};

const HC_HEAD_TEMPS: &[Temp] = &[Temp::floats("partial", "ceil(N / CHUNK) * (S + 1)")];

/// Parts of the products, in many workgroups.
const HC_HEAD_PARTIAL: Pass = Pass::row(
    "hc_head_partial",
    template!("ops/hc_head_partial"),
    PARTS,
    ["streams fun", "partial"],
);

/// The rest, in a workgroup for each row.
const HC_HEAD_FINISH: Pass = Pass::row(
    "hc_head_finish",
    template!("ops/hc_head_finish"),
    Extent::Const("1"),
    ["partial scale base streams", "x"],
);

impl Graph {
    /// The input of a sub-layer, and the coefficients that [`Graph::hc_expand`] needs after it.
    pub fn hc_reduce(&mut self, streams: Tensor, w: HyperWeights) -> (Tensor, Tensor) {
        let (eps, iters) = (self.hc_eps(), self.model().hc.sinkhorn_iters);
        let (n_mix, n_streams, width) =
            (self.dim(w.fun, 0), self.dim(streams, 1), self.dim(streams, 2));
        let pre = self.beside(streams, "pre", &[n_streams]);
        let mix = self.beside(streams, "mix", &[n_mix - n_streams]);
        self.push(&HC_MIX, [streams, w.fun, w.scale, w.base, pre, mix]).scalar(eps).usize(iters);
        let x = self.beside(streams, "reduced", &[width]);
        self.push(&HC_REDUCE, [streams, pre, x]);
        (x, mix)
    }

    /// The streams after a sub-layer with output `y`.
    pub fn hc_expand(&mut self, y: Tensor, streams: Tensor, mix: Tensor) -> Tensor {
        let out = self.like(streams, "streams");
        self.push(&HC_EXPAND, [y, streams, mix, out]);
        out
    }

    /// The input of the output head.
    pub fn hc_head(&mut self, streams: Tensor, w: HyperWeights) -> Tensor {
        let (eps, width) = (self.hc_eps(), self.dim(streams, 2));
        let x = self.beside(streams, "head_in", &[width]);
        self.push(&HC_HEAD, [streams, w.fun, w.scale, w.base, x]).scalar(eps);
        x
    }

    /// What keeps the divisions of the mixing away from zero.
    fn hc_eps(&self) -> Scalar {
        let (rms, hc) = (self.model().rms_eps, self.model().hc.eps);
        Scalar::Struct("HcEps", vec![("rms", rms), ("hc", hc)])
    }
}
