//! `Q8_0`: 32 signed bytes and one scale.

use half::f16;

const VALUES: usize = 32;
const BYTES: usize = 34;

/// Encodes one row.
///
/// ```text
/// d = max|x| / 127     q = round(x / d), half away from zero
/// ```
///
/// The codes come from the unrounded `d`; the stored one is rounded to half precision.
/// Source: MODEL.md section 5.1.
pub(super) fn row(values: &[f32], out: &mut [u8]) {
    for (out, block) in out.chunks_exact_mut(BYTES).zip(values.chunks_exact(VALUES)) {
        let d = block.iter().fold(0.0_f32, |max, value| max.max(value.abs())) / 127.0;
        let (scale, codes) = out.split_at_mut(2);
        scale.copy_from_slice(&f16::from_f32(d).to_le_bytes());
        for (code, value) in codes.iter_mut().zip(block) {
            *code = if d > 0.0 { code_of(value / d) } else { 0 };
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
fn code_of(scaled: f32) -> u8 {
    (scaled.round().clamp(-127.0, 127.0) as i8).cast_unsigned()
}
