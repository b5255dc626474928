//! 256 two-bit codes with 4-bit scales and minima.

use ds4_plan::Format;

use super::{Decode, SPAN, f16_to_f32, per_group};

/// Blocks of 256 values: `u8 scales[16]`, `u8 qs[64]`, `f16 d`, `f16 dmin`.
///
/// ```text
/// element 128 h + 32 j + l: code = (qs[32 h + l] >> 2 j) & 3, s = scales[element / 16]
/// x = d * (s & 15) * code - dmin * (s >> 4)
/// ```
///
/// Source: MODEL.md section 5.2.
#[derive(Debug, Clone, Copy)]
#[expect(non_camel_case_types, reason = "the name of the format")]
pub struct Q2_K;

impl Decode for Q2_K {
    const FORMAT: Format = Format::Q2_K;

    #[inline(always)]
    fn decode(bytes: &[u8], out: &mut [f32; SPAN]) {
        let bytes = &bytes[..Self::SPAN_BYTES];
        let d = f16_to_f32(u16::from_le_bytes([bytes[80], bytes[81]]));
        let dmin = f16_to_f32(u16::from_le_bytes([bytes[82], bytes[83]]));
        let (codes, _) = bytes[16..80].as_chunks::<16>();
        let (runs, _) = out.as_chunks_mut::<16>();
        for (i, out) in runs.iter_mut().enumerate() {
            let scale = d * f32::from(bytes[i] & 15);
            let min = dmin * f32::from(bytes[i] >> 4);
            let shift = per_group(2 * (i / 2 % 4));
            for (out, &q) in out.iter_mut().zip(&codes[2 * (i / 8) + i % 2]) {
                *out = scale * f32::from((q >> shift) & 3) - min;
            }
        }
    }
}
