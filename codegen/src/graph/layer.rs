//! One layer: attention, then experts, each inside a hyper-connection.
//!
//! Source: MODEL.md 2.2.

use ds4_plan::{Attention, CacheRounding, Model, Router};

use super::{Frequencies, Graph, LayerWeights, Tensor};

/// What sets the kinds of layers apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LayerShape {
    /// What it attends to.
    pub attention: Attention,
    /// How it chooses experts.
    pub router: Router,
    /// Whether no layer comes after it.
    pub is_last: bool,
}

impl LayerShape {
    /// The shape of `layer` of `model`.
    #[must_use]
    pub fn of(model: &Model, layer: usize) -> Self {
        Self {
            attention: model.attention(layer),
            router: model.router(layer),
            is_last: layer + 1 == model.n_layers(),
        }
    }

    /// A name, as in `ratio4_top_k`, or `ratio4_top_k_last` for the last layer.
    #[must_use]
    pub fn name(&self) -> String {
        let attention = match self.attention {
            Attention::Window => "window".to_owned(),
            Attention::All { ratio } | Attention::Chosen { ratio } => format!("ratio{ratio}"),
        };
        let router = match self.router {
            Router::Hash => "hash",
            Router::TopK => "top_k",
        };
        let last = if self.is_last { "_last" } else { "" };
        format!("{attention}_{router}{last}")
    }
}

/// What a compressor does to a pooled row before it is cached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// Nothing.
    None,
    /// FP8 on the dimensions that do not rotate.
    Fp8,
    /// Hadamard rotation, then FP4.
    HadamardFp4,
}

impl Rounding {
    /// The word in kernel names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "exact",
            Self::Fp8 => "fp8",
            Self::HadamardFp4 => "fp4",
        }
    }

    /// The variant of the CPU functions' enum.
    #[must_use]
    pub const fn variant(self) -> &'static str {
        match self {
            Self::None => "Rounding::None",
            Self::Fp8 => "Rounding::Fp8",
            Self::HadamardFp4 => "Rounding::HadamardFp4",
        }
    }
}

/// The streams after a layer of this shape.
pub(super) fn layer(g: &mut Graph, shape: LayerShape, streams: Tensor) -> Tensor {
    let w = LayerWeights::of(g).hc("attn");
    let (x, mix) = g.hc_reduce(streams, w);
    let y = attention(g, shape.attention, x);
    let streams = g.hc_expand(y, streams, mix);

    let w = LayerWeights::of(g).hc("ffn");
    let (x, mix) = g.hc_reduce(streams, w);
    let y = feed_forward(g, shape.router, x);
    g.hc_expand(y, streams, mix)
}

/// Attention over the raw window and what the layer adds to it (MODEL.md 2.5).
fn attention(g: &mut Graph, kind: Attention, x: Tensor) -> Tensor {
    let freqs = Frequencies::of(g.model(), kind);
    let norm = LayerWeights::of(g).norm("attn");
    let x = g.rms_norm(x, norm);

    let [q_a, q_norm, q_b] = LayerWeights::of(g).query();
    let q_low = g.matmul(x, q_a, "q_low");
    let q_low = g.rms_norm(q_low, q_norm);
    let q = heads(g, q_low, q_b);
    let q = g.head_norm(q);
    let q = g.rope(q, freqs.clone());

    let kv = key_value(g, x, &freqs);
    let ring = raw_ring(g);
    let sinks = LayerWeights::of(g).sinks();
    let out = match kind {
        Attention::Window => g.attend_window(q, kv, ring, sinks),
        Attention::All { ratio } => {
            let w = LayerWeights::of(g).compressor(ratio, false);
            let rounding = row_rounding(g);
            let rows = g.compress(x, &w, &freqs, rounding);
            g.attend_all([q, kv, ring, rows], ratio, sinks)
        }
        Attention::Chosen { ratio } => {
            let w = LayerWeights::of(g).compressor(ratio, true);
            let rounding = row_rounding(g);
            let rows = g.compress(x, &w, &freqs, rounding);
            let chosen = choose(g, (x, q_low), ratio, &freqs);
            g.attend_chosen([q, kv, ring, rows], chosen, sinks)
        }
    };
    g.ring_store(kv, ring);

    let out = g.rope_inverse(out, freqs);
    let [o_a, o_b] = LayerWeights::of(g).output();
    let (groups, group_in) = (g.dim(o_a, 0), g.dim(o_a, 2));
    let out = g.view(out, &[groups, group_in]);
    let low = g.matmul_grouped(out, o_a, "o_low");
    let joined = groups * g.dim(low, 2);
    let low = g.view(low, &[joined]);
    g.matmul(low, o_b, "attention")
}

/// The queries of all heads.
fn heads(g: &mut Graph, q_low: Tensor, q_b: Tensor) -> Tensor {
    let (n_heads, head_dim) = (g.model().n_heads, g.model().head_dim);
    let q = g.matmul(q_low, q_b, "q");
    g.view(q, &[n_heads, head_dim])
}

/// The one vector of each position that is both key and value of every head.
fn key_value(g: &mut Graph, x: Tensor, freqs: &Frequencies) -> Tensor {
    let [w, norm] = LayerWeights::of(g).kv();
    let kv = g.matmul(x, w, "kv");
    let kv = g.rms_norm(kv, norm);
    let head_dim = g.dim(kv, 1);
    let kv = g.view(kv, &[1, head_dim]);
    let kv = g.rope(kv, freqs.clone());
    let kv = g.view(kv, &[head_dim]);
    match g.model().cache {
        CacheRounding::Exact => kv,
        CacheRounding::Rounded => g.round_fp8(kv),
    }
}

/// The raw rows of the last positions before the step.
fn raw_ring(g: &mut Graph) -> Tensor {
    let dims = [g.model().window, g.model().head_dim];
    g.state("raw_ring", &dims)
}

fn row_rounding(g: &Graph) -> Rounding {
    match g.model().cache {
        CacheRounding::Exact => Rounding::None,
        CacheRounding::Rounded => Rounding::Fp8,
    }
}

/// The indexer's choice of compressed rows (MODEL.md 2.8).
fn choose(
    g: &mut Graph,
    (x, q_low): (Tensor, Tensor),
    ratio: usize,
    freqs: &Frequencies,
) -> Tensor {
    let cache = g.model().cache;
    let w = LayerWeights::of(g).index_compressor(ratio);
    let rounding = match cache {
        CacheRounding::Exact => Rounding::None,
        CacheRounding::Rounded => Rounding::HadamardFp4,
    };
    let rows = g.compress(x, &w, freqs, rounding);

    let [q_b, proj] = LayerWeights::of(g).indexer();
    let (n_heads, width) = (g.model().index_heads, g.model().index_dim);
    let q = g.matmul(q_low, q_b, "index_q");
    let q = g.view(q, &[n_heads, width]);
    let q = g.rope(q, freqs.clone());
    let q = match cache {
        CacheRounding::Exact => q,
        CacheRounding::Rounded => g.hadamard_fp4(q),
    };
    let weights = g.matmul(x, proj, "index_weights");
    g.index_select(q, weights, rows, ratio)
}

/// Routed experts and the shared one (MODEL.md 2.9).
fn feed_forward(g: &mut Graph, router: Router, x: Tensor) -> Tensor {
    let norm = LayerWeights::of(g).norm("ffn");
    let x = g.rms_norm(x, norm);

    let w = LayerWeights::of(g).router();
    let logits = g.matmul(x, w, "router_logits");
    let choice = LayerWeights::of(g).router_choice(router);
    let routes = match router {
        Router::Hash => g.route_hash(logits, choice),
        Router::TopK => g.route_top_k(logits, choice),
    };
    let experts = LayerWeights::of(g).experts();
    let routed = g.experts(x, experts, routes);

    let [gate, up, down] = LayerWeights::of(g).shared_expert();
    let gate = g.matmul(x, gate, "shared_gate");
    let up = g.matmul(x, up, "shared_up");
    let hidden = g.swiglu(gate, up);
    let shared = g.matmul(hidden, down, "shared");
    g.add(routed, shared)
}
