//! Inputs and comparisons of the op tests.

use ds4_plan::{CachedRows, Format, RowForm};
use serde_json::Value;

use crate::formats::decode_row;

/// The worked examples of the formulas.
pub(crate) fn math_vectors() -> Value {
    let text = include_str!("../../../../tests/fixtures/math_vectors.json");
    serde_json::from_str(text).unwrap()
}

/// Every number below `value`, in order.
pub(crate) fn floats(value: &Value) -> Vec<f32> {
    #[expect(clippy::cast_possible_truncation, reason = "expectations are rounded to f32")]
    match value {
        Value::Array(values) => values.iter().flat_map(floats).collect(),
        number => vec![number.as_f64().unwrap() as f32],
    }
}

/// A sequence of 32-bit numbers that looks random.
fn noise(seed: u64) -> impl Iterator<Item = u32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    std::iter::repeat_with(move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(state >> 32).unwrap()
    })
}

/// `n` values in -1..1.
pub(crate) fn values(n: usize, seed: u64) -> Vec<f32> {
    noise(seed).take(n).map(|v| (v >> 8) as f32 / 8_388_608.0 - 1.0).collect()
}

/// Random blocks of `n` values with sensible scales, and the values.
pub(crate) fn pack(format: Format, n: usize, seed: u64) -> (Vec<u8>, Vec<f32>) {
    let bytes = format.bytes(n).unwrap();
    let mut packed: Vec<u8> = noise(seed).take(bytes).map(|v| v.to_le_bytes()[3]).collect();
    let halves: &[usize] = match format {
        Format::Q8_0 | Format::IQ2_XXS => &[0],
        Format::Q2_K => &[80, 82],
        Format::Q4_K => &[0, 2],
        _ => &[],
    };
    for (block, value) in packed.chunks_exact_mut(format.block_bytes()).zip(values(n, seed + 1)) {
        for &place in halves {
            block[place..place + 2]
                .copy_from_slice(&half::f16::from_f32(value / 64.0).to_le_bytes());
        }
        match format {
            Format::F32 => block.copy_from_slice(&value.to_le_bytes()),
            Format::F16 => block.copy_from_slice(&half::f16::from_f32(value).to_le_bytes()),
            Format::BF16 => block.copy_from_slice(&half::bf16::from_f32(value).to_le_bytes()),
            Format::MXFP4 => block[0] = 120 + block[0] % 8,
            _ => {}
        }
    }
    let mut decoded = vec![0.0; n];
    decode_row(format, &packed, &mut decoded);
    (packed, decoded)
}

/// A matrix of halves and its values.
pub(crate) fn f16_matrix(rows: usize, columns: usize, seed: u64) -> (Vec<u8>, Vec<f32>) {
    pack(Format::F16, rows * columns, seed)
}

/// `x [T, n_in] . w [OUT, n_in]^T`, summed in double precision.
pub(crate) fn product(x: &[f32], w: &[f32], n_in: usize) -> Vec<f32> {
    let dot = |x: &[f32], w: &[f32]| {
        let sum: f64 = x.iter().zip(w).map(|(x, w)| f64::from(*x) * f64::from(*w)).sum();
        #[expect(clippy::cast_possible_truncation, reason = "expectations are rounded to f32")]
        let sum = sum as f32;
        sum
    };
    x.chunks_exact(n_in).flat_map(|x| w.chunks_exact(n_in).map(move |w| dot(x, w))).collect()
}

/// Cache rows spread over pages in an unordered page table.
pub(crate) fn pages(
    rows: &[f32],
    width: usize,
    rows_per_page: usize,
) -> (Vec<Box<[f32]>>, Vec<usize>, CachedRows) {
    let offset = 3;
    let n_pages = (rows.len() / width).div_ceil(rows_per_page);
    let mut pages = vec![vec![0.0; offset + rows_per_page * width].into_boxed_slice(); n_pages + 1];
    let table: Vec<usize> = (0..n_pages).map(|i| n_pages - i).collect();
    for (chunk, page) in rows.chunks(rows_per_page * width).zip(&table) {
        pages[*page][offset..offset + chunk.len()].copy_from_slice(chunk);
    }
    let field = CachedRows { offset, rows: rows_per_page, width, form: RowForm::Floats };
    (pages, table, field)
}

/// Fails where values differ by more than `tolerance` of the largest expectation, at least of 1.
#[track_caller]
pub(crate) fn assert_close(actual: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(actual.len(), expected.len());
    let largest = expected.iter().fold(1.0f32, |a, b| a.max(b.abs()));
    for (i, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        let close = (actual - expected).abs() <= tolerance * largest;
        assert!(close, "element {i} is {actual}, expected {expected}");
    }
}

/// Radians per position of the pairs of `dim` dimensions, from 1 down to about 1e-4.
pub(super) fn frequencies(dim: usize) -> Vec<f32> {
    (0..dim / 2).map(|i| 1e4_f32.powf(-2.0 * i as f32 / dim as f32)).collect()
}
