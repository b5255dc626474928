//! IEEE single precision.

use ds4_plan::Format;

use super::{Decode, SPAN};

/// IEEE single precision, little-endian.
#[derive(Debug, Clone, Copy)]
pub struct F32;

impl Decode for F32 {
    const FORMAT: Format = Format::F32;

    #[inline(always)]
    fn decode(bytes: &[u8], out: &mut [f32; SPAN]) {
        let (values, _) = bytes[..Self::SPAN_BYTES].as_chunks::<4>();
        for (out, value) in out.iter_mut().zip(values) {
            *out = f32::from_le_bytes(*value);
        }
    }
}
