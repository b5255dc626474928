//! 256 four-bit codes with 6-bit scales and minima.

use ds4_plan::Format;

use super::{Decode, SPAN, f16_to_f32, per_group};

/// Blocks of 256 values: `f16 d`, `f16 dmin`, `u8 s[12]`, `u8 qs[128]`.
///
/// ```text
/// sub-block j of 32 values: code = low (j even) or high (j odd) nibble of qs[32 (j / 2) + l]
/// x = d * scale[j] * code - dmin * min[j]
/// ```
///
/// `s` packs eight 6-bit scales and eight 6-bit minima.
///
/// Source: MODEL.md section 5.3.
#[derive(Debug, Clone, Copy)]
#[expect(non_camel_case_types, reason = "the name of the format")]
pub struct Q4_K;

impl Decode for Q4_K {
    const FORMAT: Format = Format::Q4_K;

    #[inline(always)]
    fn decode(bytes: &[u8], out: &mut [f32; SPAN]) {
        let bytes = &bytes[..Self::SPAN_BYTES];
        let d = f16_to_f32(u16::from_le_bytes([bytes[0], bytes[1]]));
        let dmin = f16_to_f32(u16::from_le_bytes([bytes[2], bytes[3]]));
        let (scales, mins) = scales_and_mins(&bytes[4..16]);
        let (codes, _) = bytes[16..].as_chunks::<32>();
        let (runs, _) = out.as_chunks_mut::<32>();
        for (j, out) in runs.iter_mut().enumerate() {
            let scale = d * f32::from(scales[j]);
            let min = dmin * f32::from(mins[j]);
            let shift = per_group(4 * (j % 2));
            for (out, &q) in out.iter_mut().zip(&codes[j / 2]) {
                *out = scale * f32::from((q >> shift) & 15) - min;
            }
        }
    }
}

/// Unpacks the eight 6-bit scales and the eight 6-bit minima.
#[inline(always)]
fn scales_and_mins(s: &[u8]) -> ([u8; 8], [u8; 8]) {
    let mut scales = [0; 8];
    let mut mins = [0; 8];
    for j in 0..4 {
        scales[j] = s[j] & 63;
        mins[j] = s[j + 4] & 63;
        scales[j + 4] = (s[j + 8] & 15) | ((s[j] >> 6) << 4);
        mins[j + 4] = (s[j + 8] >> 4) | ((s[j + 4] >> 6) << 4);
    }
    (scales, mins)
}
