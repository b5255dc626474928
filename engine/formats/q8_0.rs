//! 32 signed bytes and a half-precision scale.

use ds4_plan::Format;

use super::{Decode, SPAN, f16_to_f32};

/// Blocks of 32 values: `f16 d`, `i8 q[32]`.
///
/// ```text
/// x[i] = d * q[i]
/// ```
///
/// Source: MODEL.md section 5.1.
#[derive(Debug, Clone, Copy)]
pub struct Q8_0;

impl Decode for Q8_0 {
    const FORMAT: Format = Format::Q8_0;

    #[inline(always)]
    fn decode(bytes: &[u8], out: &mut [f32; SPAN]) {
        let (blocks, _) = bytes[..Self::SPAN_BYTES].as_chunks::<34>();
        let (runs, _) = out.as_chunks_mut::<32>();
        for (out, block) in runs.iter_mut().zip(blocks) {
            let d = f16_to_f32(u16::from_le_bytes([block[0], block[1]]));
            for (out, &q) in out.iter_mut().zip(&block[2..]) {
                *out = d * f32::from(q.cast_signed());
            }
        }
    }
}
