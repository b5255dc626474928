//! One layer: attention, then experts, each inside a hyper-connection.
//!
//! Source: MODEL.md 2.2.

use ds4_plan::{Attention, CacheRounding, Model, Router, RowForm};

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
            let form = row_form(g);
            let rows = g.compress(x, &w, &freqs, form);
            g.attend_all([q, kv, ring, rows], ratio, sinks)
        }
        Attention::Chosen { ratio } => {
            let w = LayerWeights::of(g).compressor(ratio, true);
            let form = row_form(g);
            let rows = g.compress(x, &w, &freqs, form);
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

/// How compressed rows of keys and values are kept.
fn row_form(g: &Graph) -> RowForm {
    match g.model().cache {
        CacheRounding::Exact => RowForm::Floats,
        CacheRounding::Rounded => RowForm::Fp8 { n_halves: g.model().rope_dim },
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
    let form = match cache {
        CacheRounding::Exact => RowForm::Floats,
        CacheRounding::Rounded => RowForm::Fp4,
    };
    let rows = g.compress(x, &w, freqs, form);

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
