//! `Q4_K`: 256 four-bit codes, 8 sub-blocks with 6-bit scales and minima.

use super::affine::{Levels, Superblock, VALUES, byte};

const BYTES: usize = 144;
const LEVELS: Levels = Levels { code: 15.0, scale: 63.0 };

/// Encodes one row.
///
/// Source: MODEL.md section 5.3.
pub(super) fn row(values: &[f32], weights: &[f32], out: &mut [u8]) {
    let blocks = values.chunks_exact(VALUES).zip(weights.chunks_exact(VALUES));
    for (out, (values, weights)) in out.chunks_exact_mut(BYTES).zip(blocks) {
        let block = Superblock::<8>::fit::<32>(values, weights, LEVELS);
        out[..2].copy_from_slice(&block.d.to_le_bytes());
        out[2..4].copy_from_slice(&block.dmin.to_le_bytes());
        for j in 0..4 {
            let (scale, minimum) = (byte(block.scales[j]), byte(block.minima[j]));
            let (later_scale, later_minimum) =
                (byte(block.scales[j + 4]), byte(block.minima[j + 4]));
            out[4 + j] = scale | later_scale >> 4 << 6;
            out[8 + j] = minimum | later_minimum >> 4 << 6;
            out[12 + j] = later_scale & 15 | (later_minimum & 15) << 4;
        }
        for (i, out) in out[16..].iter_mut().enumerate() {
            // Byte `32p + l` holds element `l` of sub-blocks `2p` (low) and `2p + 1` (high).
            let first = i / 32 * 64 + i % 32;
            *out = byte(block.codes[first]) | byte(block.codes[first + 32]) << 4;
        }
    }
}
