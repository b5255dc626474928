//! The checkpoint's `config.json`.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::error::{Error, Result};

/// Largest value of any size, far above every model of the family; keeps products in range.
const MAX_SIZE: usize = 1 << 24;

/// Most layers and experts accepted.
const MAX_COUNT: usize = 4096;

/// The numbers of a model, under the vendor's names.
///
/// Source: MODEL.md section 1.1.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the vendor's names, explained in MODEL.md section 1.1")]
pub struct Config {
    pub model_type: String,
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub num_key_value_heads: usize,
    pub head_dim: usize,
    pub qk_rope_head_dim: usize,
    pub q_lora_rank: usize,
    pub o_groups: usize,
    pub o_lora_rank: usize,
    pub moe_intermediate_size: usize,
    pub n_routed_experts: usize,
    pub num_experts_per_tok: usize,
    pub n_shared_experts: usize,
    pub num_hash_layers: usize,
    pub norm_topk_prob: bool,
    pub routed_scaling_factor: f32,
    pub swiglu_limit: f32,
    pub sliding_window: usize,
    pub index_n_heads: usize,
    pub index_head_dim: usize,
    pub index_topk: usize,
    pub hc_mult: usize,
    pub hc_sinkhorn_iters: usize,
    pub hc_eps: f32,
    pub rms_norm_eps: f32,
    pub rope_theta: f32,
    pub compress_rope_theta: f32,
    pub rope_scaling: RopeScaling,
    pub max_position_embeddings: usize,
    #[serde(default)]
    pub num_nextn_predict_layers: usize,
    pub bos_token_id: u32,
    pub eos_token_id: u32,
    pub compress_ratios: Vec<usize>,
    #[serde(default)]
    pub quantization_config: Option<QuantizationConfig>,
}

/// YaRN, under the vendor's names.
#[derive(Debug, Clone, Deserialize)]
pub struct RopeScaling {
    #[serde(rename = "type", alias = "rope_type")]
    pub kind: String,
    pub factor: f32,
    pub beta_fast: f32,
    pub beta_slow: f32,
    pub original_max_position_embeddings: u64,
}

/// How the vendor's FP8 weights are scaled.
#[derive(Debug, Clone, Deserialize)]
pub struct QuantizationConfig {
    #[serde(default)]
    pub weight_block_size: Option<[usize; 2]>,
}

impl Config {
    /// Reads and checks a `config.json`.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::Json`] when a key is missing or of the wrong type, and
    /// [`Error::Config`] for the first value that no model of the family has.
    pub fn read(path: &Path) -> Result<Self> {
        let text =
            fs::read(path).map_err(|source| Error::Io { path: path.to_path_buf(), source })?;
        let config: Self = serde_json::from_slice(&text)
            .map_err(|source| Error::Json { path: path.to_path_buf(), source })?;
        match config.fault() {
            None => Ok(config),
            Some((key, found, expected)) => {
                Err(Error::Config { path: path.to_path_buf(), key, found, expected })
            }
        }
    }

    /// Width of the four streams laid side by side.
    pub(super) fn streams_width(&self) -> usize {
        self.hc_mult * self.hidden_size
    }

    /// The first unusable value: key, value, what it should be.
    fn fault(&self) -> Option<(&'static str, String, String)> {
        if self.model_type != "deepseek_v4" {
            return Some(("model_type", self.model_type.clone(), "deepseek_v4".to_owned()));
        }
        if self.rope_scaling.kind != "yarn" {
            return Some(("rope_scaling.type", self.rope_scaling.kind.clone(), "yarn".to_owned()));
        }
        let block = self.quantization_config.as_ref().and_then(|config| config.weight_block_size);
        if let Some(block) = block.filter(|block| *block != [128, 128]) {
            let key = "quantization_config.weight_block_size";
            return Some((key, format!("{block:?}"), "[128, 128]".to_owned()));
        }
        self.range_fault().or_else(|| self.layer_fault())
    }

    fn range_fault(&self) -> Option<(&'static str, String, String)> {
        let ranges = [
            ("vocab_size", self.vocab_size, 1, MAX_SIZE),
            ("hidden_size", self.hidden_size, 1, MAX_SIZE),
            ("num_hidden_layers", self.num_hidden_layers, 1, MAX_COUNT),
            ("num_attention_heads", self.num_attention_heads, 1, MAX_COUNT),
            ("num_key_value_heads", self.num_key_value_heads, 1, 1),
            ("head_dim", self.head_dim, 1, MAX_SIZE),
            ("qk_rope_head_dim", self.qk_rope_head_dim, 1, self.head_dim),
            ("q_lora_rank", self.q_lora_rank, 1, MAX_SIZE),
            ("o_groups", self.o_groups, 1, MAX_COUNT),
            ("o_lora_rank", self.o_lora_rank, 1, MAX_SIZE),
            ("moe_intermediate_size", self.moe_intermediate_size, 1, MAX_SIZE),
            ("n_routed_experts", self.n_routed_experts, 1, MAX_COUNT),
            ("num_experts_per_tok", self.num_experts_per_tok, 1, self.n_routed_experts),
            ("n_shared_experts", self.n_shared_experts, 1, MAX_COUNT),
            ("num_hash_layers", self.num_hash_layers, 0, self.num_hidden_layers),
            ("sliding_window", self.sliding_window, 1, MAX_SIZE),
            ("index_n_heads", self.index_n_heads, 1, MAX_COUNT),
            ("index_head_dim", self.index_head_dim, 1, MAX_SIZE),
            ("index_topk", self.index_topk, 1, MAX_SIZE),
            ("hc_mult", self.hc_mult, 1, 64),
            ("hc_sinkhorn_iters", self.hc_sinkhorn_iters, 1, MAX_COUNT),
            ("max_position_embeddings", self.max_position_embeddings, 1, 1 << 31),
        ];
        ranges
            .into_iter()
            .find(|(_, value, low, high)| !(low..=high).contains(&value))
            .map(|(key, value, low, high)| (key, value.to_string(), format!("{low} to {high}")))
    }

    fn layer_fault(&self) -> Option<(&'static str, String, String)> {
        if !self.num_attention_heads.is_multiple_of(self.o_groups) {
            let expected = format!("a divisor of {} heads", self.num_attention_heads);
            return Some(("o_groups", self.o_groups.to_string(), expected));
        }
        let n_ratios = self.compress_ratios.len();
        if n_ratios < self.num_hidden_layers {
            let expected = format!("at least {}", self.num_hidden_layers);
            return Some(("the number of compress_ratios", n_ratios.to_string(), expected));
        }
        let ratio = self.compress_ratios.iter().find(|ratio| ![0, 4, 128].contains(*ratio));
        ratio.map(|ratio| ("a compress_ratio", ratio.to_string(), "0, 4 or 128".to_owned()))
    }
}
