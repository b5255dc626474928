//! Cached rows: values rounded to what 8-bit or 4-bit codes with a shared scale can hold, and rows
//! packed as such codes.
//!
//! The scale is a power of two, so dividing by it and multiplying with it is exact, and packing
//! rounded values loses nothing.
//!
//! Source: MODEL.md section 2.10.

use ds4_plan::RowForm;
use half::f16;

use super::vendor::{e2m1_to_f32, e4m3_to_f32};

/// Values that share one scale in [`round_fp8`].
pub const FP8_BLOCK: usize = RowForm::FP8_BLOCK;

/// Values that share one scale in [`round_fp4`].
pub const FP4_BLOCK: usize = RowForm::FP4_BLOCK;

/// Rounds a block to E4M3FN values times a power of two.
///
/// ```text
/// A = max(1e-4, max |x|),  s = 2^ceil(log2(A / 448)),  x = s * E4M3(clamp(x / s, -448, 448))
/// ```
///
/// Round to nearest, ties to even.
#[inline(always)]
pub fn round_fp8(block: &mut [f32; FP8_BLOCK]) {
    let scale = scale(fp8_exponent(block));
    for x in block {
        *x = scale * nearest_e4m3((*x / scale).clamp(-448.0, 448.0));
    }
}

/// Rounds a block to E2M1 values times a power of two.
///
/// ```text
/// A = max(6 * 2^-126, max |x|),  s = 2^ceil(log2(A / 6)),  x = s * E2M1(clamp(x / s, -6, 6))
/// ```
///
/// Round to nearest, ties to the even code.
#[inline(always)]
pub fn round_fp4(block: &mut [f32; FP4_BLOCK]) {
    let scale = scale(fp4_exponent(block));
    for x in block {
        *x = scale * nearest_e2m1((*x / scale).clamp(-6.0, 6.0));
    }
}

/// Rounds `row` and packs it in the words of its form. For [`RowForm::Fp4`] it is rotated already.
///
/// # Panics
///
/// When there are not as many words as the form has, or the row is no whole number of blocks.
pub fn pack_row(form: RowForm, row: &[f32], words: &mut [u32]) {
    assert_eq!(words.len(), form.words(row.len()), "words of a row of {} values", row.len());
    match form {
        RowForm::Floats => words.copy_from_slice(bytemuck::cast_slice(row)),
        RowForm::Fp8 { n_halves } => {
            words.fill(0);
            let (row, halves) = row.split_at(row.len() - n_halves);
            let (codes, rest) = bytemuck::cast_slice_mut(words).split_at_mut(row.len());
            let (packed, scales) = rest.split_at_mut(2 * n_halves);
            let (blocks, []) = row.as_chunks::<FP8_BLOCK>() else { panic!("parts of blocks") };
            for (i, block) in blocks.iter().enumerate() {
                let codes = &mut codes[i * FP8_BLOCK..(i + 1) * FP8_BLOCK];
                scales[i] = pack_fp8(block, codes);
            }
            for (x, half) in halves.iter().zip(packed.as_chunks_mut().0) {
                *half = f16::from_f32(x.clamp(-65504.0, 65504.0)).to_le_bytes();
            }
        }
        RowForm::Fp4 => {
            words.fill(0);
            let (codes, scales) = bytemuck::cast_slice_mut(words).split_at_mut(row.len() / 2);
            let (blocks, []) = row.as_chunks::<FP4_BLOCK>() else { panic!("parts of blocks") };
            for (i, block) in blocks.iter().enumerate() {
                let codes = &mut codes[i * FP4_BLOCK / 2..(i + 1) * FP4_BLOCK / 2];
                scales[i] = pack_fp4(block, codes);
            }
        }
    }
}

/// The values of a row that [`pack_row`] packed.
///
/// # Panics
///
/// When there are not as many words as the form has.
pub fn unpack_row(form: RowForm, words: &[u32], row: &mut [f32]) {
    assert_eq!(words.len(), form.words(row.len()), "words of a row of {} values", row.len());
    match form {
        RowForm::Floats => row.copy_from_slice(bytemuck::cast_slice(words)),
        RowForm::Fp8 { n_halves } => {
            let (row, halves) = row.split_at_mut(row.len() - n_halves);
            let (codes, rest) = bytemuck::cast_slice(words).split_at(row.len());
            let (packed, scales) = rest.split_at(2 * n_halves);
            let blocks = row.chunks_mut(FP8_BLOCK).zip(codes.chunks(FP8_BLOCK));
            for ((block, codes), &exponent) in blocks.zip(scales) {
                let scale = scale(exponent);
                for (x, &code) in block.iter_mut().zip(codes) {
                    *x = scale * E4M3[usize::from(code)];
                }
            }
            for (x, half) in halves.iter_mut().zip(packed.as_chunks().0) {
                *x = f16::from_le_bytes(*half).to_f32();
            }
        }
        RowForm::Fp4 => {
            let (codes, scales) = bytemuck::cast_slice(words).split_at(row.len() / 2);
            let blocks = row.chunks_mut(FP4_BLOCK).zip(codes.chunks(FP4_BLOCK / 2));
            for ((block, codes), &exponent) in blocks.zip(scales) {
                let scale = scale(exponent);
                for (pair, &codes) in block.as_chunks_mut::<2>().0.iter_mut().zip(codes) {
                    *pair = [codes & 15, codes >> 4].map(|code| scale * E2M1[usize::from(code)]);
                }
            }
        }
    }
}

/// The value of every E4M3FN code.
static E4M3: [f32; 256] = {
    let mut values = [0.0; 256];
    let mut code = 0u8;
    loop {
        values[code as usize] = e4m3_to_f32(code);
        let Some(next) = code.checked_add(1) else { break values };
        code = next;
    }
};

/// The value of every E2M1 code.
static E2M1: [f32; 16] = {
    let mut values = [0.0; 16];
    let mut code = 0u8;
    while code < 16 {
        values[code as usize] = e2m1_to_f32(code);
        code += 1;
    }
    values
};

/// The codes of a block, and the exponent field of its scale.
fn pack_fp8(block: &[f32; FP8_BLOCK], codes: &mut [u8]) -> u8 {
    let exponent = fp8_exponent(block);
    let scale = scale(exponent);
    for (x, code) in block.iter().zip(codes) {
        let rounded = nearest_e4m3((x / scale).clamp(-448.0, 448.0));
        let magnitude = rounded.abs();
        // The smallest normal value is 2^-6, 120 less than that of an F32 with the same exponent
        // field; below it are multiples of 2^-9.
        #[expect(clippy::cast_possible_truncation, reason = "seven bits")]
        #[expect(clippy::cast_sign_loss, reason = "a magnitude")]
        let bits = if magnitude < 0.015625 {
            (magnitude * 512.0) as u8
        } else {
            ((magnitude.to_bits() >> 20) - (120 << 3)) as u8
        };
        *code = bits | u8::from(rounded.is_sign_negative()) << 7;
    }
    exponent
}

/// The codes of a block, two in a byte, and the exponent field of its scale.
fn pack_fp4(block: &[f32; FP4_BLOCK], codes: &mut [u8]) -> u8 {
    let exponent = fp4_exponent(block);
    let scale = scale(exponent);
    let code = |x: f32| {
        let rounded = nearest_e2m1((x / scale).clamp(-6.0, 6.0));
        let magnitude = rounded.abs();
        let code = (0..8).find(|&code| E2M1[usize::from(code)].to_bits() == magnitude.to_bits());
        code.unwrap_or(0) | u8::from(rounded.is_sign_negative()) << 3
    };
    for (pair, codes) in block.as_chunks::<2>().0.iter().zip(codes) {
        *codes = code(pair[0]) | code(pair[1]) << 4;
    }
    exponent
}

/// The exponent field of the scale of a block in FP8.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "an exponent has eight bits")]
fn fp8_exponent(block: &[f32; FP8_BLOCK]) -> u8 {
    let largest = largest_magnitude(block).max(1e-4);
    // 448 = 1.75 * 2^8: the scale's exponent is that of `largest`, minus 8, plus one when the
    // mantissa exceeds 1.75.
    (((largest.to_bits() + 0x1f_ffff) >> 23) - 8) as u8
}

/// The exponent field of the scale of a block in FP4.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "an exponent has eight bits")]
fn fp4_exponent(block: &[f32; FP4_BLOCK]) -> u8 {
    // 6 = 1.5 * 2^2, and 6 * 2^-126 = 1.5 * 2^-124.
    let largest = largest_magnitude(block).max(f32::from_bits(3 << 23 | 1 << 22));
    (((largest.to_bits() + 0x3f_ffff) >> 23) - 2) as u8
}

/// The power of two with this exponent field.
#[inline(always)]
const fn scale(exponent: u8) -> f32 {
    f32::from_bits((exponent as u32) << 23)
}

#[inline(always)]
fn largest_magnitude(block: &[f32]) -> f32 {
    block.iter().fold(0.0, |largest, x| x.abs().max(largest))
}

/// The E4M3FN value nearest to `x`, which is within its range.
#[inline(always)]
fn nearest_e4m3(x: f32) -> f32 {
    /// Adding and subtracting 1.5 * 2^14 leaves a multiple of 2^-9, the subnormal step.
    const SUBNORMAL: f32 = 24576.0;

    let magnitude = x.abs();
    let bits = magnitude.to_bits();
    // Three of 23 mantissa bits stay.
    let normal = (bits + 0x7_ffff + (bits >> 20 & 1)) & !0xf_ffff;
    let subnormal = (magnitude + SUBNORMAL) - SUBNORMAL;
    // The smallest normal value is 2^-6.
    let rounded = if bits < 121 << 23 { subnormal } else { f32::from_bits(normal) };
    rounded.copysign(x)
}

/// The E2M1 value nearest to `x`, which is within its range.
#[inline(always)]
fn nearest_e2m1(x: f32) -> f32 {
    /// Adding and subtracting 1.5 * 2^23 leaves a whole number.
    const WHOLE: f32 = 12_582_912.0;

    let magnitude = x.abs();
    // Steps of the magnitudes 0, 0.5, 1, 1.5, 2, 3, 4, 6; multiplying by their inverse is exact.
    let (inverse, step) = if magnitude < 2.0 {
        (2.0, 0.5)
    } else if magnitude < 4.0 {
        (1.0, 1.0)
    } else {
        (0.5, 2.0)
    };
    let rounded = (magnitude * inverse + WHOLE) - WHOLE;
    (rounded * step).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::super::vendor::{e2m1_to_f32, e4m3_to_f32};
    use super::*;

    #[test]
    fn nearest_is_a_code_and_no_code_is_nearer() {
        let e4m3: Vec<f32> = (0..0x7f).map(e4m3_to_f32).collect();
        let e2m1: Vec<f32> = (0..8).map(e2m1_to_f32).collect();
        for i in 0..=44_800u16 {
            let x = f32::from(i) / 100.0;
            for (codes, rounded, x) in
                [(&e4m3, nearest_e4m3(x), x), (&e2m1, nearest_e2m1(x / 75.0), x / 75.0)]
            {
                let nearest = codes.iter().map(|c| (c - x).abs()).fold(f32::MAX, f32::min);
                assert!(codes.iter().any(|c| c.to_bits() == rounded.to_bits()), "{x}: {rounded}");
                assert!((rounded - x).abs() <= nearest, "{x}: {rounded}");
            }
        }
    }

    #[test]
    fn a_rounded_block_stays_as_it_is() {
        let mut block: [f32; 64] = std::array::from_fn(|i| (i as f32 * 0.7).sin() * 9.0);
        round_fp8(&mut block);
        let once = block;
        round_fp8(&mut block);
        assert_eq!(block[..], once[..]);
        let mut zeros = [0.0; 32];
        round_fp4(&mut zeros);
        assert_eq!(zeros[..], [0.0; 32]);
    }

    #[test]
    fn packed_rows_have_the_rounded_values() {
        let row: [f32; 512] = std::array::from_fn(|i| (i as f32 * 0.7).sin() * 0.03 * i as f32);
        let form = RowForm::Fp8 { n_halves: 64 };
        let (mut words, mut found) = (vec![u32::MAX; form.words(512)], [f32::NAN; 512]);
        pack_row(form, &row, &mut words);
        unpack_row(form, &words, &mut found);
        let mut expected = row;
        expected[..448].as_chunks_mut().0.iter_mut().for_each(round_fp8);
        expected[448..].iter_mut().for_each(|x| *x = f16::from_f32(*x).to_f32());
        assert_eq!(found.map(f32::to_bits), expected.map(f32::to_bits));

        let row: [f32; 128] = std::array::from_fn(|i| row[i + 200]);
        let (mut words, mut found) = (vec![u32::MAX; RowForm::Fp4.words(128)], [f32::NAN; 128]);
        pack_row(RowForm::Fp4, &row, &mut words);
        unpack_row(RowForm::Fp4, &words, &mut found);
        let mut expected = row;
        expected.as_chunks_mut().0.iter_mut().for_each(round_fp4);
        assert_eq!(found.map(f32::to_bits), expected.map(f32::to_bits));
    }

    #[test]
    fn a_half_beyond_the_range_is_the_largest() {
        let (mut row, mut words) = ([0.0; 128], [0; 49]);
        (row[64], row[65]) = (1e9, -1e9);
        pack_row(RowForm::Fp8 { n_halves: 64 }, &row, &mut words);
        assert_eq!(words[16], 0xfbff_7bff);
    }
}
