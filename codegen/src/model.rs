//! The numbers: one value for each model that the generator can specialize to.

use ds4_plan::{CacheRounding, HyperConnections, Model, Rope, Yarn};

/// DeepSeek V4 Flash: 284B parameters, 13B active.
///
/// Source: MODEL.md 1.1, first column.
pub const FLASH: Model = Model {
    name: "flash",
    n_vocab: 129_280,
    n_embd: 4096,
    n_heads: 64,
    head_dim: 512,
    rope_dim: 64,
    q_lora: 1024,
    o_groups: 8,
    o_lora: 1024,
    window: 128,
    ratios: &FLASH_RATIOS,
    index_heads: 64,
    index_dim: 128,
    index_top_k: 512,
    n_experts: 256,
    n_used: 6,
    n_ff: 2048,
    n_hash_layers: 3,
    routed_scale: 1.5,
    swiglu_limit: 10.0,
    hc: HYPER_CONNECTIONS,
    rms_eps: 1e-6,
    rope: rope(65_536),
    n_context: 1_048_576,
    cache: CacheRounding::Rounded,
};

/// ds4-tiny: a small trained model of the same architecture, so that everything runs anywhere.
///
/// It was trained without the roundings of cached rows.
/// Source: its `config.json`.
pub const TINY: Model = Model {
    name: "tiny",
    n_vocab: 4096,
    n_embd: 256,
    n_heads: 4,
    head_dim: 128,
    rope_dim: 64,
    q_lora: 256,
    o_groups: 2,
    o_lora: 128,
    window: 128,
    ratios: &[0, 0, 4, 128, 4, 128],
    index_heads: 8,
    index_dim: 128,
    index_top_k: 32,
    n_experts: 16,
    n_used: 4,
    n_ff: 256,
    n_hash_layers: 3,
    routed_scale: 1.5,
    swiglu_limit: 10.0,
    hc: HYPER_CONNECTIONS,
    rms_eps: 1e-6,
    rope: rope(4096),
    n_context: 65_536,
    cache: CacheRounding::Exact,
};

/// Every plan that is generated: each model with either rounding of cached rows, its own first.
pub const MODELS: [Model; 4] =
    [FLASH, TINY, FLASH.with_cache(CacheRounding::Exact), TINY.with_cache(CacheRounding::Rounded)];

const HYPER_CONNECTIONS: HyperConnections =
    HyperConnections { n_streams: 4, sinkhorn_iters: 20, eps: 1e-6 };

/// Layers 0 and 1 have no compression; from layer 2 on, even ones 4 and odd ones 128.
const FLASH_RATIOS: [usize; 43] = {
    let mut ratios = [0; 43];
    let mut layer = 2;
    while layer < ratios.len() {
        ratios[layer] = if layer % 2 == 0 { 4 } else { 128 };
        layer += 1;
    }
    ratios
};

const fn rope(original_context: usize) -> Rope {
    Rope {
        base: 10_000.0,
        compress_base: 160_000.0,
        yarn: Yarn { factor: 16.0, beta_fast: 32.0, beta_slow: 1.0, original_context },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flash_has_the_published_numbers_of_layers() {
        let count = |ratio| FLASH.ratios.iter().filter(|&&r| r == ratio).count();
        assert_eq!([count(0), count(4), count(128)], [2, 21, 20]);
    }
}
