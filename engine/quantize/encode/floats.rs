//! Formats without blocks.

use half::{bf16, f16};

/// IEEE single, as it is.
pub(super) fn f32_row(values: &[f32], out: &mut [u8]) {
    for (out, value) in out.chunks_exact_mut(4).zip(values) {
        out.copy_from_slice(&value.to_le_bytes());
    }
}

/// IEEE half, rounded to nearest even.
pub(super) fn f16_row(values: &[f32], out: &mut [u8]) {
    for (out, &value) in out.chunks_exact_mut(2).zip(values) {
        out.copy_from_slice(&f16::from_f32(value).to_le_bytes());
    }
}

/// The upper half of an IEEE single, rounded to nearest even.
pub(super) fn bf16_row(values: &[f32], out: &mut [u8]) {
    for (out, &value) in out.chunks_exact_mut(2).zip(values) {
        out.copy_from_slice(&bf16::from_f32(value).to_le_bytes());
    }
}

/// Signed integers, rounded to nearest.
pub(super) fn i32_row(values: &[f32], out: &mut [u8]) {
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
    let integer = |value: f32| value.round() as i32;
    for (out, &value) in out.chunks_exact_mut(4).zip(values) {
        out.copy_from_slice(&integer(value).to_le_bytes());
    }
}
