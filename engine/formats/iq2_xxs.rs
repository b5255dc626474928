//! 256 values as grid indices and sign indices, 2.0625 bits each.

use ds4_plan::Format;

use super::iq2_grid::IQ2_XXS_CODES;
use super::{Decode, SPAN, f16_to_f32, per_group};

/// Blocks of 256 values: `f16 d`, then eight groups of 32 values, each two `u32`, `a0` and `a1`.
///
/// ```text
/// run k of 8 values: grid entry = byte k of a0, sign index = bits 7k .. 7k+6 of a1
/// x = d * (2 s + 1) / 8 * grid[entry][i] * sign[index][i],  s = a1 >> 28
/// ```
///
/// Source: MODEL.md section 5.4.
#[derive(Debug, Clone, Copy)]
#[expect(non_camel_case_types, reason = "the name of the format")]
pub struct IQ2_XXS;

/// Magnitudes of every grid entry.
static GRID: [[f32; 8]; 256] = grid();

/// Signs of every sign index, as factors.
static SIGNS: [[f32; 8]; 128] = signs();

impl Decode for IQ2_XXS {
    const FORMAT: Format = Format::IQ2_XXS;

    #[inline(always)]
    fn decode(bytes: &[u8], out: &mut [f32; SPAN]) {
        let bytes = &bytes[..Self::SPAN_BYTES];
        let d = f16_to_f32(u16::from_le_bytes([bytes[0], bytes[1]]));
        let (groups, _) = bytes[2..].as_chunks::<8>();
        let (runs, _) = out.as_chunks_mut::<32>();
        for (out, &[g0, g1, g2, g3, s @ ..]) in runs.iter_mut().zip(groups) {
            let a1 = per_group(u32::from_le_bytes(s));
            // Every product is exact: 11 bits of d, 5 of the scale and 6 of the magnitude.
            let scale = d * ((a1 >> 28) * 2 + 1) as f32 * 0.125;
            let (runs, _) = out.as_chunks_mut::<8>();
            for (k, (out, entry)) in runs.iter_mut().zip([g0, g1, g2, g3]).enumerate() {
                let magnitudes = &GRID[usize::from(entry)];
                let signs = &SIGNS[(a1 >> (7 * k) & 127) as usize];
                for ((out, magnitude), sign) in out.iter_mut().zip(magnitudes).zip(signs) {
                    *out = scale * magnitude * sign;
                }
            }
        }
    }
}

/// Expands the two-bit codes of the grid to magnitudes.
const fn grid() -> [[f32; 8]; 256] {
    let mut grid = [[0.0; 8]; 256];
    let mut entry = 0;
    while entry < 256 {
        let mut i = 0;
        while i < 8 {
            let code = IQ2_XXS_CODES[entry] >> (2 * i) & 3;
            grid[entry][i] = [8.0, 25.0, 43.0][code as usize];
            i += 1;
        }
        entry += 1;
    }
    grid
}

/// Expands a 7-bit index to eight signs: the last one makes the number of negatives even.
const fn signs() -> [[f32; 8]; 128] {
    let mut signs = [[1.0; 8]; 128];
    let mut index = 0u32;
    while index < 128 {
        let bits = index | (index.count_ones() % 2) << 7;
        let mut i = 0;
        while i < 8 {
            if bits >> i & 1 == 1 {
                signs[index as usize][i] = -1.0;
            }
            i += 1;
        }
        index += 1;
    }
    signs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grid_expands_to_the_published_magnitudes() {
        // The first, the third and the last code: 0, 5 = 0b0101 and 43268 = 0b10_10_10_01_00_00_01_00.
        assert_eq!(GRID[0][..], [8.0; 8]);
        assert_eq!(GRID[2][..], [25.0, 25.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0]);
        assert_eq!(GRID[255][..], [8.0, 25.0, 8.0, 8.0, 25.0, 43.0, 43.0, 43.0]);
        for entry in &GRID {
            assert_eq!(entry.iter().filter(|&&m| m.to_bits() == 25f32.to_bits()).count() % 2, 0);
        }
    }

    #[test]
    fn signs_have_even_parity() {
        for (index, signs) in SIGNS.iter().enumerate() {
            let negative: Vec<bool> = signs.iter().map(|s| s.is_sign_negative()).collect();
            assert_eq!(negative.iter().filter(|n| **n).count() % 2, 0);
            for (i, negative) in negative.iter().take(7).enumerate() {
                assert_eq!(*negative, index >> i & 1 == 1);
            }
        }
    }
}
