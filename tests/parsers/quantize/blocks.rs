//! Decoders of every block format, written for the tests from MODEL.md section 5.

use ds4::formats::iq2_grid::IQ2_XXS_CODES;
use ds4_plan::Format;
use half::{bf16, f16};

fn half(block: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([block[at], block[at + 1]]).to_f32()
}

/// Decodes whole blocks.
pub(crate) fn decode(format: Format, data: &[u8]) -> Vec<f32> {
    data.chunks_exact(format.block_bytes())
        .flat_map(|block| match format {
            Format::F32 | Format::I32 => vec![f32::from_le_bytes(block.try_into().unwrap())],
            Format::F16 => vec![half(block, 0)],
            Format::BF16 => vec![bf16::from_le_bytes(block.try_into().unwrap()).to_f32()],
            Format::Q8_0 => q8_0(block),
            Format::Q2_K => q2_k(block),
            Format::Q4_K => q4_k(block),
            Format::IQ2_XXS => iq2_xxs(block),
            Format::MXFP4 => mxfp4(block),
        })
        .collect()
}

fn q8_0(block: &[u8]) -> Vec<f32> {
    let d = half(block, 0);
    block[2..].iter().map(|&code| d * f32::from(code.cast_signed())).collect()
}

fn q2_k(block: &[u8]) -> Vec<f32> {
    let (d, dmin) = (half(block, 80), half(block, 82));
    (0..256)
        .map(|i| {
            let code = block[16 + i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3;
            let scales = block[i / 16];
            d * f32::from(scales & 15) * f32::from(code) - dmin * f32::from(scales >> 4)
        })
        .collect()
}

fn q4_k(block: &[u8]) -> Vec<f32> {
    let (d, dmin, s) = (half(block, 0), half(block, 2), &block[4..16]);
    (0..256)
        .map(|i| {
            let j = i / 32;
            let (scale, minimum) = if j < 4 {
                (s[j] & 63, s[j + 4] & 63)
            } else {
                (s[j + 4] & 15 | s[j - 4] >> 6 << 4, s[j + 4] >> 4 | s[j] >> 6 << 4)
            };
            let code = block[16 + j / 2 * 32 + i % 32] >> (j % 2 * 4) & 15;
            d * f32::from(scale) * f32::from(code) - dmin * f32::from(minimum)
        })
        .collect()
}

fn iq2_xxs(block: &[u8]) -> Vec<f32> {
    let d = half(block, 0);
    let mut values = Vec::new();
    for group in block[2..].chunks_exact(8) {
        let tail = u32::from_le_bytes(group[4..].try_into().unwrap());
        for (run, &index) in group[..4].iter().enumerate() {
            let signs = tail >> (7 * run) & 127;
            let signs = signs | (signs.count_ones() % 2) << 7;
            for i in 0..8 {
                let field = IQ2_XXS_CODES[usize::from(index)] >> (2 * i) & 3;
                let magnitude = [8.0, 25.0, 43.0][usize::from(field)];
                let sign = if signs >> i & 1 == 1 { -1.0 } else { 1.0 };
                let scale = d * (2 * (tail >> 28) + 1) as f32 / 8.0;
                values.push(scale * magnitude * sign);
            }
        }
    }
    values
}

fn mxfp4(block: &[u8]) -> Vec<f32> {
    let scale = 2.0_f32.powi(i32::from(block[0]) - 127);
    let value = |code: u8| {
        let magnitude = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0][usize::from(code & 7)];
        if code & 8 == 0 { magnitude * scale } else { -magnitude * scale }
    };
    let low = block[1..].iter().map(|byte| value(byte & 15));
    low.chain(block[1..].iter().map(|byte| value(byte >> 4))).collect()
}

#[test]
fn the_decoders_of_these_tests_agree_with_the_published_vectors() {
    let text = std::fs::read("tests/fixtures/quant_vectors.json").unwrap();
    let vectors: serde_json::Value = serde_json::from_slice(&text).unwrap();
    for format in [Format::Q8_0, Format::Q2_K, Format::Q4_K, Format::IQ2_XXS, Format::MXFP4] {
        for case in vectors[format.name()].as_array().unwrap() {
            let hex = case["block"].as_str().unwrap();
            let block: Vec<u8> = (0..hex.len())
                .step_by(2)
                .map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap())
                .collect();
            let values = decode(format, &block);
            for (i, expected) in case["values"].as_array().unwrap().iter().enumerate() {
                let expected = expected.as_f64().unwrap();
                let difference = (f64::from(values[i]) - expected).abs();
                assert!(difference <= 1e-6 * expected.abs(), "{format} {i}: {expected}");
            }
        }
    }
    let codes: Vec<u16> = serde_json::from_value(vectors["iq2_xxs_codes_u16"].clone()).unwrap();
    assert_eq!(codes, IQ2_XXS_CODES);
}

/// SHA-256, from its definition (FIPS 180-4).
fn sha256(data: &[u8]) -> String {
    // The fractional bits of the roots of the first primes are the constants.
    let primes = (2_u64..).filter(|n| (2..*n).all(|d| !n.is_multiple_of(d)));
    let primes: Vec<u64> = primes.take(64).collect();
    #[expect(clippy::cast_possible_truncation, reason = "a fraction times 2^32 fits 32 bits")]
    let fraction = |root: f64| (root.fract() * 2.0_f64.powi(32)) as u32;
    let k: Vec<u32> = primes.iter().map(|&n| fraction((n as f64).cbrt())).collect();
    let mut hash: Vec<u32> = primes[..8].iter().map(|&n| fraction((n as f64).sqrt())).collect();
    let mut message = data.to_vec();
    message.push(0x80);
    message.resize((message.len() + 8).next_multiple_of(64) - 8, 0);
    message.extend((8 * data.len() as u64).to_be_bytes());
    for chunk in message.as_chunks::<64>().0 {
        let mut w: Vec<u32> =
            chunk.as_chunks().0.iter().map(|bytes| u32::from_be_bytes(*bytes)).collect();
        for i in 16..64 {
            let (a, b) = (w[i - 15], w[i - 2]);
            let s0 = a.rotate_right(7) ^ a.rotate_right(18) ^ a >> 3;
            let s1 = b.rotate_right(17) ^ b.rotate_right(19) ^ b >> 10;
            w.push(w[i - 16].wrapping_add(s0).wrapping_add(w[i - 7]).wrapping_add(s1));
        }
        let mut v = hash.clone();
        for i in 0..64 {
            let s1 = v[4].rotate_right(6) ^ v[4].rotate_right(11) ^ v[4].rotate_right(25);
            let choice = v[4] & v[5] ^ !v[4] & v[6];
            let t1 = [s1, choice, k[i], w[i]].into_iter().fold(v[7], u32::wrapping_add);
            let s0 = v[0].rotate_right(2) ^ v[0].rotate_right(13) ^ v[0].rotate_right(22);
            let majority = v[0] & v[1] ^ v[0] & v[2] ^ v[1] & v[2];
            v.rotate_right(1);
            v[4] = v[4].wrapping_add(t1);
            v[0] = t1.wrapping_add(s0).wrapping_add(majority);
        }
        hash.iter_mut().zip(v).for_each(|(hash, v)| *hash = hash.wrapping_add(v));
    }
    hash.iter().map(|word| format!("{word:08x}")).collect()
}

#[test]
fn the_grid_has_the_published_checksums() {
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(sha256(b"abc"), abc);
    let codes: Vec<u8> = IQ2_XXS_CODES.iter().flat_map(|code| code.to_le_bytes()).collect();
    let expected = "915952ebc4af8ddba8113583ca1316fc818843f7b825bbf1a25ae1c39bf0e16d";
    assert_eq!(sha256(&codes), expected);
    let expand = |code: &u16| -> [u8; 8] {
        std::array::from_fn(|i| [8, 25, 43][usize::from(*code >> (2 * i) & 3)])
    };
    let entries: Vec<u8> = IQ2_XXS_CODES.iter().flat_map(expand).collect();
    let expected = "05826b5d3e472a3a78f196be62ac78acf81df0f909626e12ab9fa2a5d490dd54";
    assert_eq!(sha256(&entries), expected);
}
