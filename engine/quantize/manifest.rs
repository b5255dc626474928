//! The tensors of a model: names in the checkpoint, names in the output, shapes.
//!
//! Source: MODEL.md sections 3.1 and 4.1.

use super::config::Config;

/// What a tensor is for, as far as formats depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Token embeddings.
    Embedding,
    /// The output matrix.
    Output,
    /// Attention projections and shared experts.
    Projection,
    /// Compressors and indexers.
    Pooling,
    /// Hyper-connections, router and position tables: small, and errors in them spread.
    Mixing,
    /// The draft block's output mix.
    DraftMixing,
    /// Gate and up matrices of the routed experts.
    GateUp,
    /// Down matrices of the routed experts.
    Down,
    /// Norms, biases, scales.
    Vector,
    /// Experts of each token.
    Table,
}

/// One tensor of the output.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// Name in the output.
    pub(super) name: String,
    pub(super) role: Role,
    /// Shape of each source, slowest dimension first; one or two dimensions.
    pub(super) shape: Vec<usize>,
    /// Names in the checkpoint: one, or one an expert.
    pub(super) sources: Vec<String>,
    /// Whether the sources become one more, outermost dimension.
    pub(super) stacked: bool,
}

/// The tensors of the main file, in output order.
pub(super) fn main(config: &Config) -> Vec<Target> {
    let mut list = List { config, official: String::new(), gguf: String::new(), targets: vec![] };
    let (vocabulary, width) = (config.vocab_size, config.hidden_size);
    list.add(Role::Embedding, "token_embd.weight", "embed.weight", &[vocabulary, width]);
    list.add(Role::Output, "output.weight", "head.weight", &[vocabulary, width]);
    list.add(Role::Vector, "output_norm.weight", "norm.weight", &[width]);
    list.head_mix("output_hc", Role::Mixing);
    for layer in 0..config.num_hidden_layers {
        list.official = format!("layers.{layer}.");
        list.gguf = format!("blk.{layer}.");
        let hashed = layer < config.num_hash_layers;
        list.layer(config.compress_ratios[layer], hashed);
    }
    list.targets
}

/// The tensors of the draft block's own file, in output order.
pub(super) fn draft(config: &Config) -> Vec<Target> {
    let prefix = "mtp.0.".to_owned();
    let mut list = List { config, official: prefix.clone(), gguf: prefix, targets: vec![] };
    let width = config.hidden_size;
    list.head_mix("hc_head", Role::DraftMixing);
    list.add(Role::Projection, "e_proj.weight", "e_proj.weight", &[width, width]);
    list.add(Role::Projection, "h_proj.weight", "h_proj.weight", &[width, width]);
    for name in ["enorm.weight", "hnorm.weight", "norm.weight"] {
        list.add(Role::Vector, name, name, &[width]);
    }
    list.layer(0, false);
    list.targets
}

/// Whether a checkpoint tensor is the draft block's copy of one of the main model's.
pub(super) fn is_draft_copy(name: &str) -> bool {
    name.strip_prefix("mtp.0.")
        .is_some_and(|rest| rest.starts_with("emb") || rest.starts_with("head."))
}

struct List<'a> {
    config: &'a Config,
    /// Prefix of checkpoint names.
    official: String,
    /// Prefix of output names.
    gguf: String,
    targets: Vec<Target>,
}

impl List<'_> {
    fn add(&mut self, role: Role, gguf: &str, official: &str, shape: &[usize]) {
        self.targets.push(Target {
            name: format!("{}{gguf}", self.gguf),
            role,
            shape: shape.to_vec(),
            sources: vec![format!("{}{official}", self.official)],
            stacked: false,
        });
    }

    fn experts(&mut self, role: Role, gguf: &str, official: &str, shape: [usize; 2]) {
        let source = |expert| format!("{}ffn.experts.{expert}.{official}.weight", self.official);
        self.targets.push(Target {
            name: format!("{}{gguf}", self.gguf),
            role,
            shape: shape.to_vec(),
            sources: (0..self.config.n_routed_experts).map(source).collect(),
            stacked: true,
        });
    }

    fn head_mix(&mut self, gguf: &str, role: Role) {
        let streams = self.config.hc_mult;
        let shape = [streams, self.config.streams_width()];
        self.add(role, &format!("{gguf}_fn.weight"), "hc_head_fn", &shape);
        self.add(Role::Vector, &format!("{gguf}_base.weight"), "hc_head_base", &[streams]);
        self.add(Role::Vector, &format!("{gguf}_scale.weight"), "hc_head_scale", &[1]);
    }

    fn layer(&mut self, ratio: usize, hashed: bool) {
        let config = self.config;
        let mixing = (2 + config.hc_mult) * config.hc_mult;
        self.projections();
        self.compressors(ratio);
        let (width, streams) = (config.hidden_size, config.streams_width());
        let router = [config.n_routed_experts, width];
        self.add(Role::Mixing, "ffn_gate_inp.weight", "ffn.gate.weight", &router);
        self.add(Role::Mixing, "hc_attn_fn.weight", "hc_attn_fn", &[mixing, streams]);
        self.add(Role::Mixing, "hc_ffn_fn.weight", "hc_ffn_fn", &[mixing, streams]);
        self.vectors(ratio, hashed, mixing);
        if hashed {
            let table = [config.vocab_size, config.num_experts_per_tok];
            self.add(Role::Table, "ffn_gate_tid2eid.weight", "ffn.gate.tid2eid", &table);
        }
        let inner = config.moe_intermediate_size;
        self.experts(Role::GateUp, "ffn_gate_exps.weight", "w1", [inner, width]);
        self.experts(Role::GateUp, "ffn_up_exps.weight", "w3", [inner, width]);
        self.experts(Role::Down, "ffn_down_exps.weight", "w2", [width, inner]);
    }

    fn projections(&mut self) {
        let config = self.config;
        let (width, heads) = (config.hidden_size, config.num_attention_heads * config.head_dim);
        let (groups, rank) = (config.o_groups, config.o_groups * config.o_lora_rank);
        let shared = config.moe_intermediate_size * config.n_shared_experts;
        for (gguf, official, shape) in [
            ("attn_q_a", "attn.wq_a", [config.q_lora_rank, width]),
            ("attn_q_b", "attn.wq_b", [heads, config.q_lora_rank]),
            ("attn_kv", "attn.wkv", [config.head_dim, width]),
            ("attn_output_a", "attn.wo_a", [rank, heads / groups]),
            ("attn_output_b", "attn.wo_b", [width, rank]),
            ("ffn_gate_shexp", "ffn.shared_experts.w1", [shared, width]),
            ("ffn_up_shexp", "ffn.shared_experts.w3", [shared, width]),
            ("ffn_down_shexp", "ffn.shared_experts.w2", [width, shared]),
        ] {
            let (gguf, official) = (format!("{gguf}.weight"), format!("{official}.weight"));
            self.add(Role::Projection, &gguf, &official, &shape);
        }
    }

    fn compressors(&mut self, ratio: usize) {
        let config = self.config;
        let compressor = |list: &mut Self, gguf: &str, official: &str, head: usize| {
            // Windows of ratio 4 overlap: two halves a row.
            let rows = if ratio == 4 { 2 * head } else { head };
            let (ape, kv, gate) = ("ape", "wkv.weight", "wgate.weight");
            let shape = [rows, config.hidden_size];
            for (suffix, source, role, shape) in [
                ("ape", ape, Role::Mixing, [ratio, rows]),
                ("kv", kv, Role::Pooling, shape),
                ("gate", gate, Role::Pooling, shape),
            ] {
                let gguf = format!("{gguf}_{suffix}.weight");
                list.add(role, &gguf, &format!("{official}.{source}"), &shape);
            }
        };
        if ratio != 0 {
            compressor(self, "attn_compressor", "attn.compressor", config.head_dim);
        }
        if ratio == 4 {
            let queries = [config.index_n_heads * config.index_head_dim, config.q_lora_rank];
            let weights = [config.index_n_heads, config.hidden_size];
            let query = ("indexer.attn_q_b.weight", "attn.indexer.wq_b.weight");
            let proj = ("indexer.proj.weight", "attn.indexer.weights_proj.weight");
            self.add(Role::Pooling, query.0, query.1, &queries);
            self.add(Role::Pooling, proj.0, proj.1, &weights);
            let official = "attn.indexer.compressor";
            compressor(self, "indexer_compressor", official, config.index_head_dim);
        }
    }

    fn vectors(&mut self, ratio: usize, hashed: bool, mixing: usize) {
        let config = self.config;
        let mut vector = |gguf: &str, official: &str, n: usize| {
            self.add(Role::Vector, gguf, official, &[n]);
        };
        vector("attn_sinks.weight", "attn.attn_sink", config.num_attention_heads);
        vector("attn_q_a_norm.weight", "attn.q_norm.weight", config.q_lora_rank);
        vector("attn_kv_a_norm.weight", "attn.kv_norm.weight", config.head_dim);
        if ratio != 0 {
            let name = "attn_compressor_norm.weight";
            vector(name, "attn.compressor.norm.weight", config.head_dim);
        }
        if ratio == 4 {
            let name = "indexer_compressor_norm.weight";
            vector(name, "attn.indexer.compressor.norm.weight", config.index_head_dim);
        }
        vector("attn_norm.weight", "attn_norm.weight", config.hidden_size);
        vector("ffn_norm.weight", "ffn_norm.weight", config.hidden_size);
        if !hashed {
            vector("exp_probs_b.bias", "ffn.gate.bias", config.n_routed_experts);
        }
        vector("hc_attn_base.weight", "hc_attn_base", mixing);
        vector("hc_attn_scale.weight", "hc_attn_scale", 3);
        vector("hc_ffn_base.weight", "hc_ffn_base", mixing);
        vector("hc_ffn_scale.weight", "hc_ffn_scale", 3);
    }
}
