//! Decodes and encodes the packed formats of weights and cached rows.
//!
//! Each weight format is a unit type that implements [`Decode`]: code that is generic over a
//! format is compiled once per format, with the decoder inlined. [`decode_row`] is the same for a
//! format known only at run time.

#![forbid(unsafe_code)]

mod bf16;
pub mod cache;
mod f16;
mod f32;
mod iq2_xxs;
mod mxfp4;
mod q2_k;
mod q4_k;
mod q8_0;
pub mod vendor;

use ds4_plan::Format;
pub use ds4_plan::iq2_grid;

pub use self::bf16::BF16;
pub use self::f16::{F16, f16_to_f32};
pub use self::f32::F32;
pub use self::iq2_xxs::IQ2_XXS;
pub use self::mxfp4::MXFP4;
pub use self::q2_k::Q2_K;
pub use self::q4_k::Q4_K;
pub use self::q8_0::Q8_0;

/// Values decoded at a time: every row is a whole number of spans.
pub const SPAN: usize = 256;

/// A packing of weights that rows are decoded from, one span at a time.
pub trait Decode: Copy + Send + Sync + 'static {
    /// The format this type decodes.
    const FORMAT: Format;

    /// Bytes of one span.
    const SPAN_BYTES: usize = SPAN / Self::FORMAT.block_values() * Self::FORMAT.block_bytes();

    /// Decodes the first [`Self::SPAN_BYTES`] bytes; they need no alignment.
    ///
    /// # Panics
    ///
    /// When `bytes` is shorter than a span.
    fn decode(bytes: &[u8], out: &mut [f32; SPAN]);
}

/// Decodes a whole number of blocks of `format` into `out`.
///
/// # Panics
///
/// When `out` is not a whole number of blocks, `bytes` is not exactly as long as those blocks, or
/// `format` holds integers.
pub fn decode_row(format: Format, bytes: &[u8], out: &mut [f32]) {
    match format {
        Format::F32 => decode_spans::<F32>(bytes, out),
        Format::F16 => decode_spans::<F16>(bytes, out),
        Format::BF16 => decode_spans::<BF16>(bytes, out),
        Format::Q8_0 => decode_spans::<Q8_0>(bytes, out),
        Format::Q2_K => decode_spans::<Q2_K>(bytes, out),
        Format::Q4_K => decode_spans::<Q4_K>(bytes, out),
        Format::IQ2_XXS => decode_spans::<IQ2_XXS>(bytes, out),
        Format::MXFP4 => decode_spans::<MXFP4>(bytes, out),
        Format::I32 => panic!("a row of I32 has no weights to decode"),
    }
}

/// `x`, which the optimizer may not reason about.
///
/// A decoder handles groups of values, each with a scale of its own. Where the loop over the values
/// of a group is short, the compiler unrolls it and then vectorizes the loop over groups, which
/// takes gathers and scatters. With something opaque in each group it vectorizes within the group,
/// where values are neighbors.
#[inline(always)]
fn per_group<T>(x: T) -> T {
    std::hint::black_box(x)
}

/// Bytes of one span of the widest format.
const MAX_SPAN_BYTES: usize = 4 * SPAN;

fn decode_spans<F: Decode>(bytes: &[u8], out: &mut [f32]) {
    let expected = F::FORMAT.bytes(out.len());
    assert_eq!(Some(bytes.len()), expected, "bytes of {} {} values", out.len(), F::FORMAT);

    let (spans, rest) = out.as_chunks_mut::<SPAN>();
    let (whole, tail) = bytes.split_at(spans.len() * F::SPAN_BYTES);
    for (span, packed) in spans.iter_mut().zip(whole.chunks_exact(F::SPAN_BYTES)) {
        F::decode(packed, span);
    }
    if !rest.is_empty() {
        // Blocks that do not fill a span are decoded from a span padded with zero bytes.
        let mut padded = [0; MAX_SPAN_BYTES];
        padded[..tail.len()].copy_from_slice(tail);
        let mut span = [0.0; SPAN];
        F::decode(&padded, &mut span);
        rest.copy_from_slice(&span[..rest.len()]);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../tests/fixtures/quant_vectors.json")).unwrap()
    }

    fn floats(value: &Value) -> Vec<f32> {
        #[expect(clippy::cast_possible_truncation, reason = "the vectors are f32 values")]
        value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
    }

    fn bytes(value: &Value) -> Vec<u8> {
        let hex = value.as_str().unwrap();
        (0..hex.len() / 2)
            .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
            .collect()
    }

    fn bits(values: &[f32]) -> Vec<u32> {
        // The vectors print negative zero as zero.
        values.iter().map(|v| (v + 0.0).to_bits()).collect()
    }

    #[test]
    fn decoders_agree_with_the_published_vectors() {
        let vectors = vectors();
        for format in [Format::Q8_0, Format::Q2_K, Format::Q4_K, Format::IQ2_XXS, Format::MXFP4] {
            let cases = vectors[format.name()].as_array().unwrap();
            assert!(!cases.is_empty());
            for case in cases {
                let expected = floats(&case["values"]);
                let block = bytes(&case["block"]);
                let mut actual = vec![f32::NAN; expected.len()];
                decode_row(format, &block, &mut actual);
                assert_eq!(bits(&actual), bits(&expected), "{format}");

                // The same block at every place of a longer row.
                let mut row = vec![f32::NAN; 11 * expected.len()];
                decode_row(format, &block.repeat(11), &mut row);
                for copy in row.chunks(expected.len()) {
                    assert_eq!(bits(copy), bits(&expected), "{format}");
                }
            }
        }
    }

    #[test]
    fn plain_formats_keep_their_values_unaligned() {
        let values: Vec<f32> = (0u8..=255).map(|i| (f32::from(i) - 100.0) / 8.0).collect();
        let mut f32s = vec![0];
        f32s.extend(values.iter().flat_map(|v| v.to_le_bytes()));
        let mut f16s = vec![0];
        f16s.extend(values.iter().flat_map(|v| half::f16::from_f32(*v).to_le_bytes()));
        let mut bf16s = vec![0];
        bf16s.extend(values.iter().flat_map(|v| half::bf16::from_f32(*v).to_le_bytes()));
        for (format, packed) in [(Format::F32, f32s), (Format::F16, f16s), (Format::BF16, bf16s)] {
            let mut out = vec![f32::NAN; 256];
            decode_row(format, &packed[1..], &mut out);
            assert_eq!(bits(&out), bits(&values), "{format}");
        }
    }

    #[test]
    fn cache_roundings_agree_with_the_published_vectors() {
        let vectors = vectors();
        let case = &vectors["fp8_sim_block64"];
        let mut actual = floats(&case["input"]);
        actual.chunks_exact_mut(64).for_each(|b| cache::round_fp8(b.try_into().unwrap()));
        assert_eq!(bits(&actual), bits(&floats(&case["output"])));

        let case = &vectors["fp4_sim_block32"];
        let mut actual = floats(&case["input"]);
        actual.chunks_exact_mut(32).for_each(|b| cache::round_fp4(b.try_into().unwrap()));
        assert_eq!(bits(&actual), bits(&floats(&case["output"])));
    }

    #[test]
    fn grid_codes_are_the_published_ones() {
        let expected: Vec<u64> = vectors()["iq2_xxs_codes_u16"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v.as_u64().unwrap())
            .collect();
        let actual: Vec<u64> = iq2_grid::IQ2_XXS_CODES.iter().map(|&c| u64::from(c)).collect();
        assert_eq!(actual, expected);
    }
}
