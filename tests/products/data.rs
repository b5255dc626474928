//! Numbers that look random, packed matrices, and comparisons.

use ds4::{
    device::{gpu::repack, vulkan::Vulkan},
    formats::{decode_row, iq2_grid::IQ2_XXS_CODES},
};
use ds4_codegen::stage::Scope;
use ds4_plan::Format;

use crate::{
    bench::{Array, PORTABLE, RUN, body, floats, run, scope, words_out},
    random::Random,
};

/// Every format of a matrix.
pub(crate) const FORMATS: [Format; 8] = [
    Format::F32,
    Format::F16,
    Format::BF16,
    Format::Q8_0,
    Format::Q2_K,
    Format::Q4_K,
    Format::IQ2_XXS,
    Format::MXFP4,
];

/// Layouts that kernels read matrices in.
pub(crate) const LAYOUTS: [&str; 2] = ["packed", "gguf"];

/// `n` values in -1..1.
pub(crate) fn values(n: usize, seed: u64) -> Vec<f32> {
    let mut random = Random::new(seed);
    (0..n).map(|_| random.unit()).collect()
}

/// A matrix of random blocks with sensible scales in a layout, and its values.
pub(crate) fn packed(
    format: Format,
    [rows, cols]: [usize; 2],
    layout: &str,
    seed: u64,
) -> (Vec<u8>, Vec<f32>) {
    let n = rows * cols;
    let mut source = vec![0; format.bytes(n).unwrap()];
    Random::new(seed).bytes(&mut source);
    let scales: &[usize] = match format {
        Format::Q8_0 | Format::IQ2_XXS => &[0],
        Format::Q2_K => &[80, 82],
        Format::Q4_K => &[0, 2],
        _ => &[],
    };
    for (block, value) in source.chunks_exact_mut(format.block_bytes()).zip(values(n, seed + 1)) {
        for &place in scales {
            let scale = half::f16::from_f32(value / 64.0).to_le_bytes();
            block[place..place + 2].copy_from_slice(&scale);
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
    decode_row(format, &source, &mut decoded);
    if layout == "packed" {
        let mut out = vec![0; repack::packed_bytes(format, rows, cols)];
        repack::repack(format, cols, &source, &mut out);
        source = out;
    }
    (source, decoded)
}

/// What templates see of the format of the matrix `name`.
pub(crate) fn describe(scope: &mut Scope, name: &str, format: Format) {
    scope.ambient(format!("{name}_format"), format.name().to_lowercase());
    scope.ambient(format!("{name}_int"), format.is_integers());
}

/// The codebook as kernels read it.
pub(crate) fn grid() -> Array {
    floats("iq2_grid", &IQ2_XXS_CODES.map(f32::from))
}

/// Rows of `len` values as a kernel quantizes them: the words, and what they mean.
pub(crate) fn quantized(
    gpu: &mut Vulkan,
    x: &[f32],
    len: usize,
    parts: usize,
) -> (Vec<u32>, Vec<f32>) {
    let scope = scope(PORTABLE, "packed", &[("x_len", len), ("X", parts)]);
    let arrays = [floats("x", x), words_out("qx", x.len().div_ceil(256) * 160)];
    let rows = x.len() / len;
    let words = run(gpu, body!("quantize"), &scope, &arrays, ([parts, rows], rows)).remove(0);
    let meaning = records(&words, x.len() / 32).into_iter().flat_map(|record| {
        let (high, low): (Vec<_>, Vec<_>) = (0..32)
            .map(|i| {
                let byte = |word: u32| i32::from(word.to_le_bytes()[i % 4].cast_signed());
                (byte(record[i / 4]), byte(record[8 + i / 4]))
            })
            .unzip();
        let scale = f32::from_bits(record[16]);
        high.into_iter().zip(low).map(move |(high, low)| scale * (256 * high + low) as f32)
    });
    let meaning = meaning.collect();
    (words, meaning)
}

/// The first `n` records among words that are interleaved by [`RUN`].
pub(crate) fn records(words: &[u32], n: usize) -> Vec<[u32; 20]> {
    let word =
        |g: usize, i: usize| words[g / RUN * 20 * RUN + i / 4 * 4 * RUN + g % RUN * 4 + i % 4];
    (0..n).map(|g| std::array::from_fn(|i| word(g, i))).collect()
}

/// `Σ a · b` and `Σ |a · b|`.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> Sum {
    let products = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b));
    let add = |sum: Sum, p: f64| Sum { value: sum.value + p, size: sum.size + p.abs() };
    products.fold(Sum::default(), add)
}

/// A sum and the sum of the sizes of its terms, which its error is measured by.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sum {
    pub(crate) value: f64,
    pub(crate) size: f64,
}

/// Fails where a value is further than `tolerance` times the size of its sum from it.
pub(crate) fn assert_close(found: &[u32], expected: &[Sum], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let found = f64::from(f32::from_bits(*found));
        let error = (found - expected.value).abs();
        let is_close = error <= tolerance * expected.size;
        assert!(is_close, "{what}: value {i} is {found:e}, expected {:e}", expected.value);
    }
}
