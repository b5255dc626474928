//! Encode, decode, compare: error bounds of every format.

use ds4::quantize::encode::{Rows, Unencodable, column_squares, encode};
use ds4_plan::Format;
use proptest::prelude::*;

use super::blocks::decode;

/// Every packed format and the largest root-mean-square error, relative to the data's, that it
/// may show on normal data.
const BOUNDS: [(Format, f64); 5] = [
    (Format::Q8_0, 0.008),
    (Format::Q4_K, 0.08),
    (Format::MXFP4, 0.13),
    (Format::Q2_K, 0.29),
    (Format::IQ2_XXS, 0.38),
];

/// Deterministic normal numbers (sums of twelve uniform ones).
pub(super) fn normal(n: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 24) as f32
    };
    (0..n).map(|_| (0..12).map(|_| uniform()).sum::<f32>() - 6.0).collect()
}

fn rows(values: &[f32], width: usize) -> Rows<'_> {
    Rows { values, width, importance: None }
}

fn round_trip(format: Format, values: &[f32]) -> Vec<f32> {
    let data = encode(format, rows(values, values.len())).unwrap();
    assert_eq!(data.len(), format.bytes(values.len()).unwrap());
    decode(format, &data)
}

fn relative_error(values: &[f32], decoded: &[f32]) -> f64 {
    let square = |value: f32| f64::from(value) * f64::from(value);
    let error: f64 = values.iter().zip(decoded).map(|(x, y)| square(x - y)).sum();
    (error / values.iter().map(|&x| square(x)).sum::<f64>()).sqrt()
}

#[test]
fn normal_data_stays_within_each_formats_error() {
    let values = normal(16 * 1024, 1);
    for scale in [1.0, 0.02, 0.004_f32] {
        let values: Vec<f32> = values.iter().map(|value| value * scale).collect();
        for (format, bound) in BOUNDS {
            // Half precision has few digits left for the scales of tiny numbers.
            let bound = if scale < 0.01 { 1.25 * bound } else { bound };
            let error = relative_error(&values, &round_trip(format, &values));
            assert!(error < bound, "{format} at {scale}: {error}");
        }
    }
}

#[test]
fn unblocked_formats_round_to_nearest_even() {
    let values = [1.0, -2.5, 1.0 + 1.0 / 2048.0, 1.0 + 3.0 / 2048.0];
    assert_eq!(round_trip(Format::F32, &values), values);
    let halves = [1.0, -2.5, 1.0, 1.0 + 2.0 / 1024.0];
    assert_eq!(round_trip(Format::F16, &values), halves);
    let values = [1.0 + 1.0 / 256.0, 1.0 + 3.0 / 256.0];
    assert_eq!(round_trip(Format::BF16, &values), [1.0, 1.0 + 2.0 / 128.0]);
}

#[test]
fn q8_0_follows_its_rule_exactly() {
    for seed in 0..50 {
        let values = normal(32, seed);
        let data = encode(Format::Q8_0, rows(&values, 32)).unwrap();
        let d = values.iter().fold(0.0_f32, |max, value| max.max(value.abs())) / 127.0;
        assert_eq!(data[..2], half::f16::from_f32(d).to_le_bytes());
        for (code, value) in data[2..].iter().zip(&values) {
            let expected = (value / d).round();
            assert_eq!(f32::from(code.cast_signed()).to_bits(), (expected + 0.0).to_bits());
        }
    }
    // A tie goes away from zero.
    let mut tie = [0.0; 32];
    (tie[0], tie[1], tie[2]) = (127.0, 0.5, -2.5);
    let data = encode(Format::Q8_0, rows(&tie, 32)).unwrap();
    assert_eq!(data[2..5].iter().map(|code| code.cast_signed()).collect::<Vec<_>>(), [127, 1, -3]);
}

#[test]
fn special_blocks_keep_what_matters() {
    for (format, _) in BOUNDS {
        assert!(round_trip(format, &[0.0; 256]).iter().all(|value| value.abs() < 1e-30));
        let denormal = [f32::from_bits(77); 256];
        assert!(round_trip(format, &denormal).iter().all(|value| value.abs() < 1e-30), "{format}");
        let mut spike = vec![0.0; 256];
        spike[100] = 60000.0;
        let decoded = round_trip(format, &spike);
        // Two bits have no zero: the spike gives way so that its neighbors come out smaller.
        let limit = if format == Format::IQ2_XXS { 0.6 } else { 0.2 };
        assert!((decoded[100] / 60000.0 - 1.0).abs() < limit, "{format}: {}", decoded[100]);
        for constant in [0.5, -0.5] {
            let error = relative_error(&[constant; 256], &round_trip(format, &[constant; 256]));
            assert!(error < 0.05, "{format} of {constant}: {error}");
        }
    }
}

#[test]
fn a_spike_does_not_silence_other_groups() {
    let mut values = normal(256, 3);
    values[7] = 40.0;
    for (format, limit) in [(Format::Q2_K, 0.5), (Format::Q4_K, 0.2), (Format::IQ2_XXS, 0.8)] {
        let decoded = round_trip(format, &values);
        let error = relative_error(&values[32..], &decoded[32..]);
        assert!(error < limit, "{format}: {error}");
    }
}

#[test]
fn importance_moves_error_to_the_columns_that_matter_less() {
    let values = normal(256 * 64, 5);
    let importance: Vec<f32> = (0..256).map(|i| if i % 4 == 0 { 100.0 } else { 1.0 }).collect();
    for format in [Format::Q2_K, Format::Q4_K, Format::IQ2_XXS] {
        let weighed = Rows { values: &values, width: 256, importance: Some(&importance) };
        let weighed = decode(format, &encode(format, weighed).unwrap());
        let plain = decode(format, &encode(format, rows(&values, 256)).unwrap());
        let error = |decoded: &[f32]| {
            let pairs = values.iter().zip(decoded).step_by(4);
            pairs.map(|(x, y)| f64::from(x - y).powi(2)).sum::<f64>()
        };
        assert!(error(&weighed) < 0.75 * error(&plain), "{format}");
    }
}

#[test]
fn unusable_importance_means_equal_weights() {
    let values = normal(256, 9);
    let plain = encode(Format::IQ2_XXS, rows(&values, 256)).unwrap();
    let zeros = Rows { importance: Some(&[0.0; 256]), ..rows(&values, 256) };
    assert_eq!(encode(Format::IQ2_XXS, zeros).unwrap(), plain);
}

#[test]
fn columns_sum_their_squares() {
    let mut sums = [1.0, 0.0];
    column_squares(&[1.0, 2.0, 3.0, -4.0], &mut sums);
    assert_eq!(sums.map(f32::to_bits), [11.0, 20.0].map(f32::to_bits));
}

#[test]
fn numbers_that_no_code_stands_for_are_refused_by_place() {
    let all = [Format::F16, Format::F32, Format::BF16].into_iter();
    for format in all.chain(BOUNDS.map(|(format, _)| format)) {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut values = normal(3 * 256, 2);
            values[2 * 256 + 5] = bad;
            let refused = encode(format, rows(&values, 256)).unwrap_err();
            assert_eq!((refused.row, refused.column, refused.format), (2, 5, format));
        }
    }
    let refused = encode(Format::F16, rows(&[1.0, 70000.0], 2)).unwrap_err();
    let expected = Unencodable { row: 0, column: 1, value: 70000.0, format: Format::F16 };
    assert_eq!(refused, expected);
    let message = "value 70000 at row 0, column 1 cannot be written as F16";
    assert_eq!(refused.to_string(), message);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the finite values, the result is finite and no further away than the largest.
    #[test]
    fn any_finite_block_decodes_to_something_near(
        bits in proptest::collection::vec(any::<u32>(), 256),
        weights in proptest::collection::vec(any::<u32>(), 256),
    ) {
        let finite = |bits: &u32| {
            let value = f32::from_bits(*bits);
            if value.abs() <= 65504.0 { value } else { f32::from_bits(*bits & 0x00ff_ffff) }
        };
        let values: Vec<f32> = bits.iter().map(finite).collect();
        let importance: Vec<f32> = weights.iter().map(|bits| finite(bits).abs()).collect();
        let largest = values.iter().fold(0.0_f32, |max, value| max.max(value.abs()));
        for (format, _) in BOUNDS {
            let rows = Rows { values: &values, width: 256, importance: Some(&importance) };
            let decoded = decode(format, &encode(format, rows).unwrap());
            for (x, y) in values.iter().zip(decoded) {
                prop_assert!((x - y).abs() <= 1.6 * largest + 1e-6, "{format}: {x} became {y}");
            }
        }
    }

    #[test]
    fn vendor_fp4_blocks_are_exact_in_mxfp4(
        codes in proptest::collection::vec(0..16_usize, 32),
        scale in 0..=250_u8,
    ) {
        let e2m1 = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0];
        let power = 2.0_f32.powi(i32::from(scale) - 127);
        let value = |&code: &usize| e2m1[code % 8] * power * if code < 8 { 1.0 } else { -1.0 };
        let values: Vec<f32> = codes.iter().map(value).collect();
        let decoded = round_trip(Format::MXFP4, &values);
        for (x, y) in values.iter().zip(decoded) {
            prop_assert_eq!(x.to_bits(), y.to_bits());
        }
    }
}
