//! The upper half of an IEEE single.

use ds4_plan::Format;

use super::{Decode, SPAN};

/// The upper 16 bits of an IEEE single, little-endian.
#[derive(Debug, Clone, Copy)]
pub struct BF16;

impl Decode for BF16 {
    const FORMAT: Format = Format::BF16;

    #[inline(always)]
    fn decode(bytes: &[u8], out: &mut [f32; SPAN]) {
        let (values, _) = bytes[..Self::SPAN_BYTES].as_chunks::<2>();
        for (out, value) in out.iter_mut().zip(values) {
            *out = f32::from_bits(u32::from(u16::from_le_bytes(*value)) << 16);
        }
    }
}
