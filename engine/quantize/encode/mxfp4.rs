//! `MXFP4`: 32 E2M1 codes and one power-of-two scale.

const VALUES: usize = 32;
const BYTES: usize = 17;

/// Magnitudes of the E2M1 codes 0..8; bit 3 of a code is the sign.
const MAGNITUDES: [f32; 8] = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0];

/// Halfway points between neighboring magnitudes; a tie takes the even code.
const MIDPOINTS: [f32; 7] = [0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5.0];

/// Largest scale code; 255 means "not a number".
const MAX_SCALE: i32 = 254;

/// Encodes one row: value `j` of a block in the low nibble of byte `j`, `j + 16` in the high one.
///
/// Blocks that are exact at some scale (every block of the vendor's FP4 weights) stay exact: the
/// first scale tried puts the largest magnitude at 4 or 6, which represents all that a larger
/// scale could.
/// Source: MODEL.md section 5.6.
pub(super) fn row(values: &[f32], out: &mut [u8]) {
    for (out, block) in out.chunks_exact_mut(BYTES).zip(values.chunks_exact(VALUES)) {
        let largest = block.iter().fold(0.0_f32, |max, value| max.max(value.abs()));
        let scale = best_scale(block, largest);
        out[0] = u8::try_from(scale).expect("a scale code is at most 254");
        let step = power(scale);
        let (low, high) = block.split_at(VALUES / 2);
        for ((byte, &low), &high) in out[1..].iter_mut().zip(low).zip(high) {
            *byte = code_of(low, step) | code_of(high, step) << 4;
        }
    }
}

/// The scale code of least squared error among those around the largest magnitude.
fn best_scale(block: &[f32], largest: f32) -> i32 {
    if largest <= 0.0 {
        return 0;
    }
    let exponent = exponent_of(largest);
    let candidates = [exponent - 2, exponent - 1, exponent - 3];
    let codes = candidates.map(|exponent| (exponent + 127).clamp(0, MAX_SCALE));
    let error = |code: i32| {
        let step = power(code);
        let difference = |&value: &f32| {
            let magnitude = MAGNITUDES[usize::from(code_of(value, step) & 7)];
            f64::from(value.abs()) - f64::from(magnitude) * f64::from(step)
        };
        block.iter().map(difference).map(|difference| difference * difference).sum::<f64>()
    };
    let mut best = (codes[0], error(codes[0]));
    for &code in &codes[1..] {
        let error = error(code);
        if error < best.1 {
            best = (code, error);
        }
    }
    best.0
}

/// `floor(log2(value))` of a positive finite value.
fn exponent_of(value: f32) -> i32 {
    let bits = value.to_bits();
    match bits >> 23 {
        0 => -118 - bits.leading_zeros().cast_signed(),
        biased => biased.cast_signed() - 127,
    }
}

/// `2^(code − 127)`.
fn power(code: i32) -> f32 {
    match code.cast_unsigned() {
        0 => f32::from_bits(1 << 22),
        code => f32::from_bits(code << 23),
    }
}

fn code_of(value: f32, step: f32) -> u8 {
    let magnitude = value.abs() / step;
    let mut code = 0;
    for (below, midpoint) in MIDPOINTS.iter().enumerate() {
        let up = if below % 2 == 0 { magnitude > *midpoint } else { magnitude >= *midpoint };
        code += u8::from(up);
    }
    code | u8::from(value.is_sign_negative()) << 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_cover_normal_and_denormal_numbers() {
        for (value, exponent) in [(1.0, 0), (6.0, 2), (0.75, -1), (f32::MIN_POSITIVE, -126)] {
            assert_eq!(exponent_of(value), exponent, "{value}");
        }
        assert_eq!(exponent_of(f32::from_bits(1)), -149);
        assert_eq!(exponent_of(f32::from_bits(1 << 22)), -127);
    }
}
