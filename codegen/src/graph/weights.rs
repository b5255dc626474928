//! The weights by name and shape: the one place that knows what a file holds.
//!
//! Source: MODEL.md 4.1.

use ds4_plan::{Attention, Format, Model, Role, Router};

use super::{Graph, Owner, Place, Tensor};
use crate::{
    ops::{DENSE_FORMATS, EXPERT_FORMATS},
    rope,
};

/// Tokens that the windows of an overlapping compressor share with their neighbors, in windows.
const OVERLAPPED_WINDOWS: usize = 2;

/// What a matrix is for, as far as the formats of files depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatrixClass {
    /// Token embeddings.
    Embedding,
    /// The output matrix.
    Output,
    /// Attention projections and shared experts.
    Projection,
    /// Compressors and indexers.
    Pooling,
    /// Hyper-connections and routers.
    Mixing,
    /// Gate and up matrices of the routed experts.
    GateUp,
    /// Down matrices of the routed experts.
    Down,
}

impl MatrixClass {
    /// The class of the matrix called `name`.
    #[must_use]
    pub fn of(name: &str) -> Self {
        const CLASSES: &[(&str, MatrixClass)] = &[
            ("token_embd", MatrixClass::Embedding),
            ("output_hc_fn", MatrixClass::Mixing),
            ("output.", MatrixClass::Output),
            ("hc_", MatrixClass::Mixing),
            ("ffn_gate_inp", MatrixClass::Mixing),
            ("ffn_gate_exps", MatrixClass::GateUp),
            ("ffn_up_exps", MatrixClass::GateUp),
            ("ffn_down_exps", MatrixClass::Down),
            ("attn_compressor", MatrixClass::Pooling),
            ("indexer", MatrixClass::Pooling),
        ];
        let found = CLASSES.iter().find(|(prefix, _)| name.starts_with(prefix));
        found.map_or(Self::Projection, |(_, class)| *class)
    }
}

/// Weights of one hyper-connection.
#[derive(Debug, Clone, Copy)]
pub struct HyperWeights {
    /// Projection of all streams to the coefficients.
    pub fun: Tensor,
    /// Scales of the coefficients.
    pub scale: Tensor,
    /// Offsets of the coefficients.
    pub base: Tensor,
}

/// Weights of one compressor, and the names of what it keeps.
#[derive(Debug, Clone, Copy)]
pub struct CompressorWeights {
    /// Projection to the pooled values.
    pub kv: Tensor,
    /// Projection to the pooling weights.
    pub gate: Tensor,
    /// Bias of the pooling weights by place in the window.
    pub ape: Tensor,
    /// Weight of the normalization of a pooled row.
    pub norm: Tensor,
    /// Tokens of a window.
    pub ratio: usize,
    /// Tokens that a pooled row draws on.
    pub ring_rows: usize,
    /// Names of the stores.
    pub names: CompressorNames,
}

/// Names of what a compressor keeps.
#[derive(Debug, Clone, Copy)]
pub struct CompressorNames {
    /// Ring of projected values.
    pub k_ring: &'static str,
    /// Ring of pooling weights.
    pub g_ring: &'static str,
    /// Pooled rows.
    pub rows: &'static str,
}

/// Rotary frequencies and the name they are printed under.
#[derive(Debug, Clone)]
pub struct Frequencies {
    /// Name of the table.
    pub name: String,
    /// Radians per position for each pair.
    pub values: Vec<f32>,
}

impl Frequencies {
    /// Those of a layer with attention of this kind.
    #[must_use]
    pub fn of(model: &Model, attention: Attention) -> Self {
        match attention {
            Attention::Window => {
                Self { name: "PLAIN".to_owned(), values: rope::plain(&model.rope, model.rope_dim) }
            }
            Attention::All { .. } | Attention::Chosen { .. } => Self {
                name: format!("YARN_{}", model.rope.yarn.original_context),
                values: rope::yarn(&model.rope, model.rope_dim),
            },
        }
    }
}

/// The weights of one layer.
#[derive(Debug)]
pub struct LayerWeights<'g> {
    g: &'g mut Graph,
}

impl<'g> LayerWeights<'g> {
    /// The weights of the layer that `g` describes.
    pub fn of(g: &'g mut Graph) -> Self {
        Self { g }
    }

    /// `hc_{sub}_*`: the hyper-connection around a sub-layer, `attn` or `ffn`.
    pub fn hc(&mut self, sub: &str) -> HyperWeights {
        let (n_streams, width) = (self.model().hc.n_streams, self.model().n_embd);
        let n_mix = (2 + n_streams) * n_streams;
        HyperWeights {
            fun: self.matrix(&format!("hc_{sub}_fn.weight"), &[n_mix, n_streams * width]),
            scale: self.vector(&format!("hc_{sub}_scale.weight"), &[3]),
            base: self.vector(&format!("hc_{sub}_base.weight"), &[n_mix]),
        }
    }

    /// The norm before a sub-layer, `attn` or `ffn`.
    pub fn norm(&mut self, sub: &str) -> Tensor {
        let width = self.model().n_embd;
        self.vector(&format!("{sub}_norm.weight"), &[width])
    }

    /// The query's down projection, its norm, and the up projection.
    pub fn query(&mut self) -> [Tensor; 3] {
        let m = *self.model();
        [
            self.matrix("attn_q_a.weight", &[m.q_lora, m.n_embd]),
            self.vector("attn_q_a_norm.weight", &[m.q_lora]),
            self.matrix("attn_q_b.weight", &[m.n_heads * m.head_dim, m.q_lora]),
        ]
    }

    /// The key/value projection and its norm.
    pub fn kv(&mut self) -> [Tensor; 2] {
        let m = *self.model();
        [
            self.matrix("attn_kv.weight", &[m.head_dim, m.n_embd]),
            self.vector("attn_kv_a_norm.weight", &[m.head_dim]),
        ]
    }

    /// The attention sinks, one logit a head.
    pub fn sinks(&mut self) -> Tensor {
        let n_heads = self.model().n_heads;
        self.vector("attn_sinks.weight", &[n_heads])
    }

    /// The grouped output projection, and the one that joins the groups.
    pub fn output(&mut self) -> [Tensor; 2] {
        let m = *self.model();
        let group_in = m.n_heads / m.o_groups * m.head_dim;
        [
            self.matrix("attn_output_a.weight", &[m.o_groups, m.o_lora, group_in]),
            self.matrix("attn_output_b.weight", &[m.n_embd, m.o_groups * m.o_lora]),
        ]
    }

    /// The compressor of the layer's key/value rows.
    pub fn compressor(&mut self, ratio: usize, overlap: bool) -> CompressorWeights {
        let width = self.model().head_dim;
        let names = CompressorNames { k_ring: "kv_k_ring", g_ring: "kv_g_ring", rows: "kv_rows" };
        self.compressor_named("attn_compressor", (ratio, overlap), width, names)
    }

    /// The compressor of the indexer's rows.
    pub fn index_compressor(&mut self, ratio: usize) -> CompressorWeights {
        let width = self.model().index_dim;
        let names =
            CompressorNames { k_ring: "index_k_ring", g_ring: "index_g_ring", rows: "index_rows" };
        self.compressor_named("indexer_compressor", (ratio, true), width, names)
    }

    /// The indexer's query projection, and that of its head weights.
    pub fn indexer(&mut self) -> [Tensor; 2] {
        let m = *self.model();
        [
            self.matrix("indexer.attn_q_b.weight", &[m.index_heads * m.index_dim, m.q_lora]),
            self.matrix("indexer.proj.weight", &[m.index_heads, m.n_embd]),
        ]
    }

    /// The router's projection.
    pub fn router(&mut self) -> Tensor {
        let m = *self.model();
        self.matrix("ffn_gate_inp.weight", &[m.n_experts, m.n_embd])
    }

    /// What chooses the experts beside the projection: a table or a bias.
    pub fn router_choice(&mut self, router: Router) -> Tensor {
        let m = *self.model();
        match router {
            Router::Hash => {
                let place = place(Role::Table, &[Format::I32]);
                self.g.weight("ffn_gate_tid2eid.weight", &[m.n_vocab, m.n_used], place)
            }
            Router::TopK => self.vector("exp_probs_b.bias", &[m.n_experts]),
        }
    }

    /// Gate, up and down projections of all routed experts.
    pub fn experts(&mut self) -> [Tensor; 3] {
        let m = *self.model();
        let place = || place(Role::Matrix, EXPERT_FORMATS);
        let up = [m.n_experts, m.n_ff, m.n_embd];
        let down = [m.n_experts, m.n_embd, m.n_ff];
        [
            self.g.weight("ffn_gate_exps.weight", &up, place()),
            self.g.weight("ffn_up_exps.weight", &up, place()),
            self.g.weight("ffn_down_exps.weight", &down, place()),
        ]
    }

    /// Gate, up and down projections of the shared expert.
    pub fn shared_expert(&mut self) -> [Tensor; 3] {
        let m = *self.model();
        [
            self.matrix("ffn_gate_shexp.weight", &[m.n_ff, m.n_embd]),
            self.matrix("ffn_up_shexp.weight", &[m.n_ff, m.n_embd]),
            self.matrix("ffn_down_shexp.weight", &[m.n_embd, m.n_ff]),
        ]
    }

    fn compressor_named(
        &mut self,
        prefix: &str,
        (ratio, overlap): (usize, bool),
        width: usize,
        names: CompressorNames,
    ) -> CompressorWeights {
        let windows = if overlap { OVERLAPPED_WINDOWS } else { 1 };
        let (projected, n_embd) = (windows * width, self.model().n_embd);
        CompressorWeights {
            kv: self.matrix(&format!("{prefix}_kv.weight"), &[projected, n_embd]),
            gate: self.matrix(&format!("{prefix}_gate.weight"), &[projected, n_embd]),
            ape: self.vector(&format!("{prefix}_ape.weight"), &[ratio, projected]),
            norm: self.vector(&format!("{prefix}_norm.weight"), &[width]),
            ratio,
            ring_rows: windows * ratio,
            names,
        }
    }

    fn model(&self) -> &Model {
        self.g.model()
    }

    /// A packed matrix; leading dimensions beyond two group its rows.
    fn matrix(&mut self, name: &str, dims: &[usize]) -> Tensor {
        self.g.weight(name, dims, place(Role::Matrix, DENSE_FORMATS))
    }

    fn vector(&mut self, name: &str, dims: &[usize]) -> Tensor {
        self.g.weight(name, dims, place(Role::Vector, VECTOR_FORMATS))
    }
}

/// Vectors are decoded when a file is bound, so any plain format will do.
const VECTOR_FORMATS: &[Format] = &[Format::F32, Format::F16, Format::BF16];

const fn place(role: Role, formats: &'static [Format]) -> Place {
    Place::Weight { role, formats, owner: Owner::Layer }
}

/// A weight outside of layers.
const fn global(role: Role, formats: &'static [Format]) -> Place {
    Place::Weight { role, formats, owner: Owner::Model }
}

impl Graph {
    /// The token embedding.
    pub(super) fn token_embedding(&mut self) -> Tensor {
        let m = *self.model();
        let dims = [m.n_vocab, m.n_embd];
        self.weight("token_embd.weight", &dims, global(Role::Matrix, DENSE_FORMATS))
    }

    /// The mixing of the streams before the output head.
    pub(super) fn output_hc(&mut self) -> HyperWeights {
        let (n_streams, width) = (self.model().hc.n_streams, self.model().n_embd);
        let vector = || global(Role::Vector, VECTOR_FORMATS);
        let fun = [n_streams, n_streams * width];
        HyperWeights {
            fun: self.weight("output_hc_fn.weight", &fun, global(Role::Matrix, DENSE_FORMATS)),
            scale: self.weight("output_hc_scale.weight", &[1], vector()),
            base: self.weight("output_hc_base.weight", &[n_streams], vector()),
        }
    }

    /// The last norm, and the output head.
    pub(super) fn output(&mut self) -> [Tensor; 2] {
        let m = *self.model();
        [
            self.weight("output_norm.weight", &[m.n_embd], global(Role::Vector, VECTOR_FORMATS)),
            self.weight(
                "output.weight",
                &[m.n_vocab, m.n_embd],
                global(Role::Matrix, DENSE_FORMATS),
            ),
        ]
    }
}
