//! The numbers that define one model of the DeepSeek V4 family.

/// The shape of one model: every size the graph is specialized to.
///
/// The values themselves (`FLASH`, `TINY`) are in `codegen/src/model.rs`.
/// Source: MODEL.md section 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Model {
    /// Short name, as in `flash`.
    pub name: &'static str,
    /// Entries of the vocabulary.
    pub n_vocab: usize,
    /// Width of one residual stream.
    pub n_embd: usize,
    /// Query heads; all share one key/value vector per position.
    pub n_heads: usize,
    /// Width of one head, and of the shared key/value vector.
    pub head_dim: usize,
    /// Trailing dimensions of each head that rotate.
    pub rope_dim: usize,
    /// Rank of the query projection.
    pub q_lora: usize,
    /// Groups of heads that the output projection keeps apart.
    pub o_groups: usize,
    /// Rank of the output projection within one group.
    pub o_lora: usize,
    /// Raw rows that a position sees, itself included.
    pub window: usize,
    /// Compression ratio of each layer: 0 (none), 4 or 128.
    pub ratios: &'static [usize],
    /// Heads of the indexer.
    pub index_heads: usize,
    /// Width of an indexer row.
    pub index_dim: usize,
    /// Compressed rows that the indexer selects at most.
    pub index_top_k: usize,
    /// Routed experts of a layer.
    pub n_experts: usize,
    /// Routed experts that a token uses.
    pub n_used: usize,
    /// Hidden width of an expert.
    pub n_ff: usize,
    /// Leading layers whose router is a table over token ids.
    pub n_hash_layers: usize,
    /// Factor on the normalized weights of routed experts.
    pub routed_scale: f32,
    /// Bound of the clamped SwiGLU.
    pub swiglu_limit: f32,
    /// The parallel residual streams and their mixing.
    pub hc: HyperConnections,
    /// Added to the mean square in every RMS normalization.
    pub rms_eps: f32,
    /// Rotary position embedding.
    pub rope: Rope,
    /// Longest sequence, in tokens.
    pub n_context: usize,
    /// Whether cached rows carry the roundings of MODEL.md 2.10.
    pub cache: CacheRounding,
}

/// Hyper-connections: parallel residual streams, mixed before and after each sub-layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HyperConnections {
    /// Parallel residual streams.
    pub n_streams: usize,
    /// Row and column normalizations of the mixing matrix.
    pub sinkhorn_iters: usize,
    /// Keeps the normalizations away from zero.
    pub eps: f32,
}

/// Rotary position embedding of both kinds of layers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rope {
    /// Base of layers without compression.
    pub base: f32,
    /// Base of layers with compression, which also use [`Yarn`].
    pub compress_base: f32,
    /// Long-context scaling of layers with compression.
    pub yarn: Yarn,
}

/// YaRN: interpolates slow rotary frequencies, keeps fast ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Yarn {
    /// How much slow frequencies are slowed further.
    pub factor: f32,
    /// Rotations over the original context above which a frequency is kept.
    pub beta_fast: f32,
    /// Rotations below which a frequency is fully interpolated.
    pub beta_slow: f32,
    /// Context that the model was first trained on, in tokens.
    pub original_context: usize,
}

/// What is done to a row before it enters the cache (MODEL.md 2.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CacheRounding {
    /// Rows stay as computed; the indexer has neither rotation nor rounding.
    Exact,
    /// The vendor's roundings: FP8 in blocks of 64 on key/value rows, Hadamard rotation and FP4
    /// in blocks of 32 on indexer rows and queries.
    Rounded,
}

impl CacheRounding {
    /// The word that flags and names use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Rounded => "rounded",
        }
    }
}

/// Which rows the attention of a layer sees beside the raw window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attention {
    /// Nothing else.
    Window,
    /// Every compressed row.
    All {
        /// Tokens per compressed row.
        ratio: usize,
    },
    /// The compressed rows that the indexer selects; windows overlap.
    Chosen {
        /// Tokens per compressed row.
        ratio: usize,
    },
}

/// How a layer chooses its experts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Router {
    /// A table over token ids.
    Hash,
    /// The largest biased scores.
    TopK,
}

impl Model {
    /// Number of layers.
    #[must_use]
    pub const fn n_layers(&self) -> usize {
        self.ratios.len()
    }

    /// What `layer` attends to.
    ///
    /// # Panics
    ///
    /// When `layer` is out of range.
    #[must_use]
    pub const fn attention(&self, layer: usize) -> Attention {
        match self.ratios[layer] {
            0 => Attention::Window,
            ratio @ 4 => Attention::Chosen { ratio },
            ratio => Attention::All { ratio },
        }
    }

    /// How `layer` chooses its experts.
    #[must_use]
    pub const fn router(&self, layer: usize) -> Router {
        if layer < self.n_hash_layers { Router::Hash } else { Router::TopK }
    }

    /// The same model with another rounding of cached rows.
    #[must_use]
    pub const fn with_cache(self, cache: CacheRounding) -> Self {
        Self { cache, ..self }
    }
}
