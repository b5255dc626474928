//! The model's numbers as GGUF keys.
//!
//! Source: MODEL.md section 4.4.

use super::config::Config;
use crate::gguf::{Value, ValueType};

/// Keys of the main file, in file order, without the tokenizer's.
pub(super) fn model(config: &Config, name: &str) -> Vec<(String, Value)> {
    let mut keys = general(name);
    let mut add = |key: &str, value: Value| keys.push((format!("deepseek4.{key}"), value));
    for (key, value) in counts(config) {
        add(key, Value::U32(u32::try_from(value).expect("sizes were checked against the caps")));
    }
    let original = config.rope_scaling.original_max_position_embeddings;
    add("rope.scaling.original_context_length", Value::U64(original));
    for (key, value) in [
        ("rope.freq_base", config.rope_theta),
        ("rope.scaling.factor", config.rope_scaling.factor),
        ("rope.scaling.yarn_beta_fast", config.rope_scaling.beta_fast),
        ("rope.scaling.yarn_beta_slow", config.rope_scaling.beta_slow),
        ("attention.compress_rope_freq_base", config.compress_rope_theta),
        ("expert_weights_scale", config.routed_scaling_factor),
        ("attention.layer_norm_rms_epsilon", config.rms_norm_eps),
        ("hyper_connection.epsilon", config.hc_eps),
    ] {
        add(key, Value::F32(value));
    }
    add("rope.scaling.type", Value::String(config.rope_scaling.kind.clone()));
    add("expert_weights_norm", Value::Bool(config.norm_topk_prob));
    let ratios = config.compress_ratios.iter().take(config.num_hidden_layers);
    let ratios =
        ratios.map(|&ratio| Value::I32(i32::try_from(ratio).expect("a ratio is at most 128")));
    add("attention.compress_ratios", Value::Array(ValueType::I32, ratios.collect()));
    let clamps = vec![Value::F32(config.swiglu_limit); config.num_hidden_layers];
    add("swiglu_clamp_exp", Value::Array(ValueType::F32, clamps));
    keys
}

/// Keys that every file has.
pub(super) fn general(name: &str) -> Vec<(String, Value)> {
    vec![
        ("general.architecture".to_owned(), Value::String("deepseek4".to_owned())),
        ("general.name".to_owned(), Value::String(name.to_owned())),
    ]
}

fn counts(config: &Config) -> [(&'static str, usize); 23] {
    [
        ("block_count", config.num_hidden_layers),
        ("context_length", config.max_position_embeddings),
        ("embedding_length", config.hidden_size),
        ("vocab_size", config.vocab_size),
        ("attention.head_count", config.num_attention_heads),
        ("attention.head_count_kv", config.num_key_value_heads),
        ("attention.key_length", config.head_dim),
        ("attention.value_length", config.head_dim),
        ("rope.dimension_count", config.qk_rope_head_dim),
        ("attention.q_lora_rank", config.q_lora_rank),
        ("attention.output_lora_rank", config.o_lora_rank),
        ("attention.output_group_count", config.o_groups),
        ("expert_count", config.n_routed_experts),
        ("expert_used_count", config.num_experts_per_tok),
        ("expert_feed_forward_length", config.moe_intermediate_size),
        ("expert_shared_count", config.n_shared_experts),
        ("hash_layer_count", config.num_hash_layers),
        ("attention.sliding_window", config.sliding_window),
        ("attention.indexer.head_count", config.index_n_heads),
        ("attention.indexer.key_length", config.index_head_dim),
        ("attention.indexer.top_k", config.index_topk),
        ("hyper_connection.count", config.hc_mult),
        ("hyper_connection.sinkhorn_iterations", config.hc_sinkhorn_iters),
    ]
}
