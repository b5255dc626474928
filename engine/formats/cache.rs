//! Roundings of cached rows: values that 8-bit or 4-bit codes with a shared scale can hold.
//!
//! The scale is a power of two, so dividing by it and multiplying with it is exact, and the
//! rounded values can be stored as codes without further loss.
//!
//! Source: MODEL.md section 2.10.

/// Values that share one scale in [`round_fp8`].
pub const FP8_BLOCK: usize = 64;

/// Values that share one scale in [`round_fp4`].
pub const FP4_BLOCK: usize = 32;

/// Rounds a block to E4M3FN values times a power of two.
///
/// ```text
/// A = max(1e-4, max |x|),  s = 2^ceil(log2(A / 448)),  x = s * E4M3(clamp(x / s, -448, 448))
/// ```
///
/// Round to nearest, ties to even.
#[inline(always)]
pub fn round_fp8(block: &mut [f32; FP8_BLOCK]) {
    let largest = largest_magnitude(block).max(1e-4);
    // 448 = 1.75 * 2^8: the scale's exponent is that of `largest`, minus 8, plus one when the
    // mantissa exceeds 1.75.
    let scale = f32::from_bits((((largest.to_bits() + 0x1f_ffff) >> 23) - 8) << 23);
    for x in block {
        *x = scale * nearest_e4m3((*x / scale).clamp(-448.0, 448.0));
    }
}

/// Rounds a block to E2M1 values times a power of two.
///
/// ```text
/// A = max(6 * 2^-126, max |x|),  s = 2^ceil(log2(A / 6)),  x = s * E2M1(clamp(x / s, -6, 6))
/// ```
///
/// Round to nearest, ties to the even code.
#[inline(always)]
pub fn round_fp4(block: &mut [f32; FP4_BLOCK]) {
    // 6 = 1.5 * 2^2, and 6 * 2^-126 = 1.5 * 2^-124.
    let largest = largest_magnitude(block).max(f32::from_bits(3 << 23 | 1 << 22));
    let scale = f32::from_bits((((largest.to_bits() + 0x3f_ffff) >> 23) - 2) << 23);
    for x in block {
        *x = scale * nearest_e2m1((*x / scale).clamp(-6.0, 6.0));
    }
}

#[inline(always)]
fn largest_magnitude(block: &[f32]) -> f32 {
    block.iter().fold(0.0, |largest, x| x.abs().max(largest))
}

/// The E4M3FN value nearest to `x`, which is within its range.
#[inline(always)]
fn nearest_e4m3(x: f32) -> f32 {
    /// Adding and subtracting 1.5 * 2^14 leaves a multiple of 2^-9, the subnormal step.
    const SUBNORMAL: f32 = 24576.0;

    let magnitude = x.abs();
    let bits = magnitude.to_bits();
    // Three of 23 mantissa bits stay.
    let normal = (bits + 0x7_ffff + (bits >> 20 & 1)) & !0xf_ffff;
    let subnormal = (magnitude + SUBNORMAL) - SUBNORMAL;
    // The smallest normal value is 2^-6.
    let rounded = if bits < 121 << 23 { subnormal } else { f32::from_bits(normal) };
    rounded.copysign(x)
}

/// The E2M1 value nearest to `x`, which is within its range.
#[inline(always)]
fn nearest_e2m1(x: f32) -> f32 {
    /// Adding and subtracting 1.5 * 2^23 leaves a whole number.
    const WHOLE: f32 = 12_582_912.0;

    let magnitude = x.abs();
    // Steps of the magnitudes 0, 0.5, 1, 1.5, 2, 3, 4, 6; multiplying by their inverse is exact.
    let (inverse, step) = if magnitude < 2.0 {
        (2.0, 0.5)
    } else if magnitude < 4.0 {
        (1.0, 1.0)
    } else {
        (0.5, 2.0)
    };
    let rounded = (magnitude * inverse + WHOLE) - WHOLE;
    (rounded * step).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::super::vendor::{e2m1_to_f32, e4m3_to_f32};
    use super::*;

    #[test]
    fn nearest_is_a_code_and_no_code_is_nearer() {
        let e4m3: Vec<f32> = (0..0x7f).map(e4m3_to_f32).collect();
        let e2m1: Vec<f32> = (0..8).map(e2m1_to_f32).collect();
        for i in 0..=44_800u16 {
            let x = f32::from(i) / 100.0;
            for (codes, rounded, x) in
                [(&e4m3, nearest_e4m3(x), x), (&e2m1, nearest_e2m1(x / 75.0), x / 75.0)]
            {
                let nearest = codes.iter().map(|c| (c - x).abs()).fold(f32::MAX, f32::min);
                assert!(codes.iter().any(|c| c.to_bits() == rounded.to_bits()), "{x}: {rounded}");
                assert!((rounded - x).abs() <= nearest, "{x}: {rounded}");
            }
        }
    }

    #[test]
    fn a_rounded_block_stays_as_it_is() {
        let mut block: [f32; 64] = std::array::from_fn(|i| (i as f32 * 0.7).sin() * 9.0);
        round_fp8(&mut block);
        let once = block;
        round_fp8(&mut block);
        assert_eq!(block[..], once[..]);
        let mut zeros = [0.0; 32];
        round_fp4(&mut zeros);
        assert_eq!(zeros[..], [0.0; 32]);
    }
}
