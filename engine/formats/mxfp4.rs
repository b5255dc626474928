//! 32 E2M1 codes and one power-of-two scale.

use ds4_plan::Format;

use super::vendor::{e2m1_to_f32, e8m0_to_f32};
use super::{Decode, SPAN};

/// Blocks of 32 values: `u8 e`, `u8 q[16]`.
///
/// ```text
/// x[j] = 2^(e - 127) * E2M1(q[j] & 15),  x[j + 16] = 2^(e - 127) * E2M1(q[j] >> 4)
/// ```
///
/// Source: MODEL.md section 5.6.
#[derive(Debug, Clone, Copy)]
pub struct MXFP4;

impl Decode for MXFP4 {
    const FORMAT: Format = Format::MXFP4;

    #[inline(always)]
    fn decode(bytes: &[u8], out: &mut [f32; SPAN]) {
        let (blocks, _) = bytes[..Self::SPAN_BYTES].as_chunks::<17>();
        let (runs, _) = out.as_chunks_mut::<32>();
        for (out, block) in runs.iter_mut().zip(blocks) {
            let scale = e8m0_to_f32(block[0]);
            let (low, high) = out.split_at_mut(16);
            for ((low, high), &q) in low.iter_mut().zip(high).zip(&block[1..]) {
                *low = scale * e2m1_to_f32(q & 15);
                *high = scale * e2m1_to_f32(q >> 4);
            }
        }
    }
}
