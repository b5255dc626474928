//! The small floating-point types of the vendor's checkpoints.
//!
//! Source: MODEL.md section 5.7; the OCP specifications of FP8 and MX formats.

/// The value of an E4M3FN byte: no infinities, 0x7f and 0xff are NaN, the largest is 448.
#[inline(always)]
#[must_use]
pub const fn e4m3_to_f32(bits: u8) -> f32 {
    /// 2^-6, the smallest normal value.
    const SMALLEST_NORMAL: u32 = 121 << 23;

    let bits = bits as u32;
    let sign = (bits & 0x80) << 24;
    let magnitude = (bits & 0x7f) << 20;
    let subnormal = f32::from_bits(magnitude + SMALLEST_NORMAL) - f32::from_bits(SMALLEST_NORMAL);
    let finite = if magnitude < 1 << 23 { subnormal.to_bits() } else { magnitude + (120 << 23) };
    f32::from_bits(sign | if bits & 0x7f == 0x7f { f32::NAN.to_bits() } else { finite })
}

/// The value of an E2M1 code in the low four bits: 0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives.
#[inline(always)]
#[must_use]
pub const fn e2m1_to_f32(code: u8) -> f32 {
    let code = code as u32;
    let sign = (code & 8) << 28;
    let magnitude = code & 7;
    let subnormal = if magnitude == 1 { 0.5f32.to_bits() } else { 0 };
    let normal = (magnitude << 22) + (126 << 23);
    f32::from_bits(sign | if magnitude < 2 { subnormal } else { normal })
}

/// The scale of an E8M0 byte: 2^(e - 127), and NaN for 255.
#[inline(always)]
#[must_use]
pub const fn e8m0_to_f32(e: u8) -> f32 {
    /// 2^-127, below the smallest normal single.
    const SMALLEST: u32 = 1 << 22;

    f32::from_bits(match e {
        0 => SMALLEST,
        255 => f32::NAN.to_bits(),
        e => (e as u32) << 23,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e4m3_has_the_specified_values() {
        for bits in 0..=255u8 {
            let (exponent, mantissa) = (i32::from(bits >> 3 & 15), f64::from(bits & 7));
            let magnitude = match exponent {
                0 => mantissa / 8.0 * (-6f64).exp2(),
                _ => (1.0 + mantissa / 8.0) * f64::from(exponent - 7).exp2(),
            };
            let expected = if bits & 0x80 == 0 { magnitude } else { -magnitude };
            let actual = e4m3_to_f32(bits);
            if bits & 0x7f == 0x7f {
                assert!(actual.is_nan());
            } else {
                assert_eq!(f64::from(actual).to_bits(), expected.to_bits(), "{bits:#04x}");
            }
        }
    }

    #[test]
    fn e2m1_and_e8m0_have_the_specified_values() {
        for (code, expected) in (0u8..).zip([0.0f32, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0]) {
            assert_eq!(e2m1_to_f32(code).to_bits(), expected.to_bits());
            assert_eq!(e2m1_to_f32(code | 8).to_bits(), (-expected).to_bits());
        }
        for e in 0..255u8 {
            assert_eq!(
                f64::from(e8m0_to_f32(e)).to_bits(),
                (f64::from(e) - 127.0).exp2().to_bits()
            );
        }
        assert!(e8m0_to_f32(255).is_nan());
    }
}
