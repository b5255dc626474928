//! IEEE half precision.

use ds4_plan::Format;

use super::{Decode, SPAN};

/// IEEE half precision, little-endian.
#[derive(Debug, Clone, Copy)]
pub struct F16;

impl Decode for F16 {
    const FORMAT: Format = Format::F16;

    #[inline(always)]
    fn decode(bytes: &[u8], out: &mut [f32; SPAN]) {
        let (values, _) = bytes[..Self::SPAN_BYTES].as_chunks::<2>();
        for (out, value) in out.iter_mut().zip(values) {
            *out = f16_to_f32(u16::from_le_bytes(*value));
        }
    }
}

/// The value of a half with these bits: exact for every finite half, infinity and NaN.
///
/// Selects instead of branches, so that loops over it become vector code; subnormal halves never
/// pass through a subnormal single, which some processors handle slowly.
#[inline(always)]
#[must_use]
pub const fn f16_to_f32(bits: u16) -> f32 {
    /// Difference of the exponent biases, 127 - 15, in place.
    const REBIAS: u32 = 112 << 23;
    /// 2^-14, the smallest normal half.
    const SMALLEST_NORMAL: u32 = 113 << 23;

    let bits = bits as u32;
    let sign = (bits & 0x8000) << 16;
    let magnitude = (bits & 0x7fff) << 13;
    let subnormal = f32::from_bits(magnitude + SMALLEST_NORMAL) - f32::from_bits(SMALLEST_NORMAL);
    let infinite = if magnitude >= 31 << 23 { REBIAS } else { 0 };
    let normal = magnitude + REBIAS + infinite;
    f32::from_bits(sign | if magnitude < 1 << 23 { subnormal.to_bits() } else { normal })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_has_its_value() {
        for bits in 0..=u16::MAX {
            let expected = half::f16::from_bits(bits).to_f32();
            let actual = f16_to_f32(bits);
            if expected.is_nan() {
                assert!(actual.is_nan(), "{bits:#06x}");
            } else {
                assert_eq!(actual.to_bits(), expected.to_bits(), "{bits:#06x}");
            }
        }
    }
}
