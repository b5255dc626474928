//! `Q2_K`: 256 two-bit codes, 16 sub-blocks with 4-bit scales and minima.

use super::affine::{Levels, Superblock, VALUES, byte};

const BYTES: usize = 84;
const LEVELS: Levels = Levels { code: 3.0, scale: 15.0 };

/// Encodes one row.
///
/// Source: MODEL.md section 5.2.
pub(super) fn row(values: &[f32], weights: &[f32], out: &mut [u8]) {
    let blocks = values.chunks_exact(VALUES).zip(weights.chunks_exact(VALUES));
    for (out, (values, weights)) in out.chunks_exact_mut(BYTES).zip(blocks) {
        let block = Superblock::<16>::fit::<16>(values, weights, LEVELS);
        for (s, out) in out[..16].iter_mut().enumerate() {
            *out = byte(block.scales[s]) | byte(block.minima[s]) << 4;
        }
        for (i, out) in out[16..80].iter_mut().enumerate() {
            // Byte `32h + l` holds elements `128h + 32j + l`, two bits each.
            let first = i / 32 * 128 + i % 32;
            *out = (0..4).fold(0, |bits, j| bits | byte(block.codes[first + 32 * j]) << (2 * j));
        }
        out[80..82].copy_from_slice(&block.d.to_le_bytes());
        out[82..].copy_from_slice(&block.dmin.to_le_bytes());
    }
}
