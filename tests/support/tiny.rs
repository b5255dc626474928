//! The small model, and tokens for it.

use std::path::PathBuf;

use ds4::tokenizer::TokenId;

/// The file of ds4-tiny.
pub(crate) fn tiny() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models/ds4-tiny.gguf")
}

/// `n` tokens that differ from position to position, without special ones.
pub(crate) fn tokens(seed: u32, n: usize) -> Vec<TokenId> {
    (0..u32::try_from(n).unwrap())
        .map(|i| TokenId(3 + (i.wrapping_mul(2_654_435_761).wrapping_add(seed * 97) >> 7) % 3900))
        .collect()
}

/// Logits to be compared exactly.
pub(crate) fn bits(logits: &[f32]) -> Vec<u32> {
    logits.iter().map(|logit| logit.to_bits()).collect()
}
