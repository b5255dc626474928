//! Matrices in the layout that kernels read: 16-byte units, codes apart from scales.
//!
//! `templates/formats/` has the layout of each format at the top of its file; a row is packed the
//! same way wherever it is in its matrix, so rows can be repacked in pieces and in parallel.

#![forbid(unsafe_code)]

use ds4_plan::Format;
use rayon::prelude::*;

/// Bytes of the units that rows are made of.
const UNIT: usize = 16;

/// Bytes of a packed matrix of `rows` rows of `cols` values.
///
/// # Panics
///
/// When a row is no whole number of blocks or of units, or `format` holds integers.
#[must_use]
pub fn packed_bytes(format: Format, rows: usize, cols: usize) -> usize {
    rows * Sections::of(format, cols).row_bytes()
}

/// Repacks whole rows, on all threads, of `cols` values, as a GGUF file has them, into `out`.
///
/// # Panics
///
/// When `source` is no whole number of rows, `out` is not exactly as long as they are packed, or
/// [`packed_bytes`] panics.
pub fn repack(format: Format, cols: usize, source: &[u8], out: &mut [u8]) {
    let row = row_bytes(format, cols);
    let at_once = (PIECE / row).max(1);
    // The lengths of pieces are checked where they are repacked.
    let rows = source.len() / row;
    assert_eq!(out.len(), packed_bytes(format, rows, cols), "packed bytes of {rows} rows");
    source
        .par_chunks(row * at_once)
        .zip(out.par_chunks_mut(packed_bytes(format, at_once, cols)))
        .for_each(|(source, out)| repack_rows(format, cols, source, out));
}

/// [`repack`] on this thread.
pub(super) fn repack_rows(format: Format, cols: usize, source: &[u8], out: &mut [u8]) {
    let sections = Sections::of(format, cols);
    let row = row_bytes(format, cols);
    let rows = source.len() / row;
    assert_eq!(source.len(), rows * row, "bytes of {rows} rows of {cols} {format} values");
    assert_eq!(out.len(), rows * sections.row_bytes(), "packed bytes of {rows} rows");
    for (source, out) in source.chunks_exact(row).zip(out.chunks_exact_mut(sections.row_bytes())) {
        sections.repack_row(format, source, out);
    }
}

/// Whether packed rows are as a file has them.
pub(super) fn is_plain(format: Format, cols: usize) -> bool {
    let sections = Sections::of(format, cols);
    sections.codes == row_bytes(format, cols)
}

/// Bytes of a row as a file has it.
fn row_bytes(format: Format, cols: usize) -> usize {
    cols / format.block_values() * format.block_bytes()
}

/// Bytes that a thread repacks at once.
const PIECE: usize = 256 << 10;

/// Bytes of the parts of a packed row, each padded to whole units.
#[derive(Debug, Clone, Copy)]
struct Sections {
    codes: usize,
    scales: usize,
    /// One entry for each block of 256 values.
    blocks: usize,
}

impl Sections {
    fn of(format: Format, cols: usize) -> Self {
        let blocks = cols / format.block_values();
        assert_eq!(cols, blocks * format.block_values(), "a row of {cols} {format} values");
        let sections = match format {
            Format::F32 => Self { codes: 4 * cols, scales: 0, blocks: 0 },
            Format::F16 | Format::BF16 => Self { codes: 2 * cols, scales: 0, blocks: 0 },
            Format::Q8_0 => Self { codes: cols, scales: 2 * blocks, blocks: 0 },
            Format::MXFP4 => Self { codes: cols / 2, scales: blocks, blocks: 0 },
            Format::Q4_K => Self { codes: cols / 2, scales: 16 * blocks, blocks: 4 * blocks },
            Format::Q2_K => Self { codes: cols / 4, scales: 16 * blocks, blocks: 4 * blocks },
            Format::IQ2_XXS => Self { codes: cols / 4, scales: 0, blocks: 2 * blocks },
            Format::I32 => panic!("a matrix of I32 has no packed form"),
        };
        assert!(sections.codes.is_multiple_of(UNIT), "a row of {cols} {format} values");
        let pad = |bytes: usize| bytes.next_multiple_of(UNIT);
        Self { codes: sections.codes, scales: pad(sections.scales), blocks: pad(sections.blocks) }
    }

    const fn row_bytes(self) -> usize {
        self.codes + self.scales + self.blocks
    }

    /// Repacks one row; what no value fills is zero.
    fn repack_row(self, format: Format, source: &[u8], out: &mut [u8]) {
        let (codes, rest) = out.split_at_mut(self.codes);
        let (scales, blocks) = rest.split_at_mut(self.scales);
        scales.fill(0);
        blocks.fill(0);
        match format {
            Format::Q8_0 => q8_0(source, codes, scales),
            Format::MXFP4 => mxfp4(source, codes, scales),
            Format::Q4_K => q4_k(source, codes, scales, blocks),
            Format::Q2_K => q2_k(source, codes, scales, blocks),
            Format::IQ2_XXS => iq2_xxs(source, codes, blocks),
            Format::F32 | Format::F16 | Format::BF16 | Format::I32 => codes.copy_from_slice(source),
        }
    }
}

/// Quants in two planes: the halves of a group are read by two loads, each next to its neighbors'.
fn q8_0(source: &[u8], codes: &mut [u8], scales: &mut [u8]) {
    let (low, high) = codes.split_at_mut(codes.len() / 2);
    let (low, _) = low.as_chunks_mut::<UNIT>();
    let (high, _) = high.as_chunks_mut::<UNIT>();
    let (scales, _) = scales.as_chunks_mut::<2>();
    let (source, _) = source.as_chunks::<34>();
    for (((block, low), high), scale) in source.iter().zip(low).zip(high).zip(scales) {
        scale.copy_from_slice(&block[..2]);
        low.copy_from_slice(&block[2..18]);
        high.copy_from_slice(&block[18..]);
    }
}

fn mxfp4(source: &[u8], codes: &mut [u8], scales: &mut [u8]) {
    let (codes, _) = codes.as_chunks_mut::<UNIT>();
    let (source, _) = source.as_chunks::<17>();
    for ((block, codes), scale) in source.iter().zip(codes).zip(scales) {
        *scale = block[0];
        codes.copy_from_slice(&block[1..]);
    }
}

/// Codes `i` and `i + 16` of a group in one byte; scale and minimum of a group side by side.
fn q4_k(source: &[u8], codes: &mut [u8], scales: &mut [u8], blocks: &mut [u8]) {
    let (codes, _) = codes.as_chunks_mut::<128>();
    let (scales, _) = scales.as_chunks_mut::<16>();
    let (blocks, _) = blocks.as_chunks_mut::<4>();
    let (source, _) = source.as_chunks::<144>();
    for (((block, codes), scales), d) in source.iter().zip(codes).zip(scales).zip(blocks) {
        d.copy_from_slice(&block[..4]);
        for (scale, entry) in scales_and_mins(&block[4..16]).iter().zip(scales.chunks_exact_mut(2))
        {
            entry.copy_from_slice(scale);
        }
        let (pairs, _) = block[16..].as_chunks::<32>();
        for (pair, groups) in pairs.iter().zip(codes.chunks_exact_mut(2 * UNIT)) {
            let (even, odd) = groups.split_at_mut(UNIT);
            let (low, high) = pair.split_at(UNIT);
            for (((even, odd), low), high) in even.iter_mut().zip(odd).zip(low).zip(high) {
                *even = low & 15 | high << 4;
                *odd = low >> 4 | high & 0xf0;
            }
        }
    }
}

/// The 6-bit scale and minimum of each of eight groups.
fn scales_and_mins(s: &[u8]) -> [[u8; 2]; 8] {
    let mut pairs = [[0; 2]; 8];
    for j in 0..4 {
        pairs[j] = [s[j] & 63, s[j + 4] & 63];
        pairs[j + 4] = [s[j + 8] & 15 | s[j] >> 6 << 4, s[j + 8] >> 4 | s[j + 4] >> 6 << 4];
    }
    pairs
}

/// Codes `i`, `i + 16`, `i + 32` and `i + 48` of 64 in one byte.
fn q2_k(source: &[u8], codes: &mut [u8], scales: &mut [u8], blocks: &mut [u8]) {
    let (codes, _) = codes.as_chunks_mut::<64>();
    let (scales, _) = scales.as_chunks_mut::<16>();
    let (blocks, _) = blocks.as_chunks_mut::<4>();
    let (source, _) = source.as_chunks::<84>();
    for (((block, codes), scales), d) in source.iter().zip(codes).zip(scales).zip(blocks) {
        d.copy_from_slice(&block[80..]);
        scales.copy_from_slice(&block[..16]);
        let (halves, _) = block[16..80].as_chunks::<32>();
        for (half, units) in halves.iter().zip(codes.chunks_exact_mut(2 * UNIT)) {
            let (first, second) = units.split_at_mut(UNIT);
            let (low, high) = half.split_at(UNIT);
            for (((first, second), a), b) in first.iter_mut().zip(second).zip(low).zip(high) {
                *first = a & 3 | (b & 3) << 2 | (a & 12) << 2 | (b & 12) << 4;
                *second = a >> 4 & 3 | (b >> 4 & 3) << 2 | a >> 6 << 4 | b >> 6 << 6;
            }
        }
    }
}

fn iq2_xxs(source: &[u8], codes: &mut [u8], blocks: &mut [u8]) {
    let (codes, _) = codes.as_chunks_mut::<64>();
    let (blocks, _) = blocks.as_chunks_mut::<2>();
    let (source, _) = source.as_chunks::<66>();
    for ((block, codes), d) in source.iter().zip(codes).zip(blocks) {
        d.copy_from_slice(&block[..2]);
        codes.copy_from_slice(&block[2..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{decode_row, f16_to_f32, iq2_grid::IQ2_XXS_CODES, vendor};

    const FORMATS: [Format; 8] = [
        Format::F32,
        Format::F16,
        Format::BF16,
        Format::Q8_0,
        Format::Q2_K,
        Format::Q4_K,
        Format::IQ2_XXS,
        Format::MXFP4,
    ];

    fn half(bytes: &[u8], at: usize) -> f32 {
        f16_to_f32(u16::from_le_bytes([bytes[at], bytes[at + 1]]))
    }

    fn byte(bytes: &[u8], at: usize) -> f32 {
        f32::from(bytes[at])
    }

    /// Value `i` of a packed row of `k` values, read as the templates' comments say.
    fn value(format: Format, row: &[u8], k: usize, i: usize) -> f32 {
        let (g, j) = (i / 32, i % 32);
        let blocks = k / 256;
        // Byte j of a group's 16 codes has code j below code j + 16.
        let nibble = || row[16 * g + j % 16] >> (4 * (j / 16)) & 15;
        match format {
            Format::F32 => f32::from_le_bytes(row[4 * i..4 * i + 4].try_into().unwrap()),
            Format::F16 => half(row, 2 * i),
            Format::BF16 => f32::from_le_bytes([0, 0, row[2 * i], row[2 * i + 1]]),
            Format::Q8_0 => {
                let plane = j / 16 * (k / 2);
                half(row, k + 2 * g) * f32::from(row[plane + 16 * g + j % 16].cast_signed())
            }
            Format::MXFP4 => vendor::e8m0_to_f32(row[k / 2 + g]) * vendor::e2m1_to_f32(nibble()),
            Format::Q4_K => {
                let (scales, d) = (k / 2 + 2 * g, k / 2 + 16 * blocks + 4 * (i / 256));
                let scale = half(row, d) * byte(row, scales);
                scale * f32::from(nibble()) - half(row, d + 2) * byte(row, scales + 1)
            }
            Format::Q2_K => {
                let code = row[i / 64 * 16 + i % 16] >> (2 * (i / 16 % 4)) & 3;
                let (scale, d) = (row[k / 4 + i / 16], k / 4 + 16 * blocks + 4 * (i / 256));
                let min = half(row, d + 2) * f32::from(scale >> 4);
                half(row, d) * f32::from(scale & 15) * f32::from(code) - min
            }
            Format::IQ2_XXS => {
                let group = &row[8 * g..8 * g + 8];
                let a1 = u32::from_le_bytes(group[4..].try_into().unwrap());
                let code = IQ2_XXS_CODES[usize::from(group[j / 8])] >> (2 * (j % 8)) & 3;
                let signs = a1 >> (7 * (j / 8)) & 127;
                let signs = signs | (signs.count_ones() % 2) << 7;
                let sign = if signs >> (j % 8) & 1 == 1 { -1.0 } else { 1.0 };
                let scale = half(row, k / 4 + 2 * (i / 256)) * ((a1 >> 28) * 2 + 1) as f32;
                scale * 0.125 * [8.0, 25.0, 43.0][usize::from(code)] * sign
            }
            Format::I32 => unreachable!("not a matrix"),
        }
    }

    #[test]
    fn packed_rows_hold_the_values_of_the_source() {
        for format in FORMATS {
            for k in [64, 96, 256, 768, 2048] {
                if k % format.block_values() != 0 {
                    continue;
                }
                let rows = 3;
                let (source, expected) = noise(format, rows * k);
                let mut packed = vec![0xff; packed_bytes(format, rows, k)];
                repack(format, k, &source, &mut packed);
                for (row, expected) in
                    packed.chunks_exact(packed.len() / rows).zip(expected.chunks_exact(k))
                {
                    for (i, expected) in expected.iter().enumerate() {
                        let found = value(format, row, k, i);
                        assert_eq!(found.to_bits(), expected.to_bits(), "{format} {k}: {i}");
                    }
                }
            }
        }
    }

    /// `n` values of random bytes with finite scales.
    fn noise(format: Format, n: usize) -> (Vec<u8>, Vec<f32>) {
        let mut state = 1_u32;
        let bytes = format.bytes(n).unwrap();
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_le_bytes()[3]
        };
        let mut packed: Vec<u8> = (0..bytes).map(|_| random()).collect();
        for block in packed.chunks_exact_mut(format.block_bytes()) {
            match format {
                Format::F32 => block[3] &= 0xbf,
                Format::F16 | Format::BF16 | Format::Q8_0 | Format::IQ2_XXS => block[1] &= 0xbf,
                Format::MXFP4 => block[0] &= 0x7f,
                Format::Q4_K => (block[1], block[3]) = (block[1] & 0xbf, block[3] & 0xbf),
                Format::Q2_K => (block[81], block[83]) = (block[81] & 0xbf, block[83] & 0xbf),
                Format::I32 => unreachable!("not a matrix"),
            }
        }
        let mut values = vec![0.0; n];
        decode_row(format, &packed, &mut values);
        (packed, values)
    }

    #[test]
    fn rows_are_whole_units_of_little_more_than_the_source() {
        for (format, k, bytes) in [
            (Format::Q8_0, 4096, 4352),
            (Format::Q8_0, 64, 80),
            (Format::MXFP4, 4096, 2176),
            (Format::Q4_K, 4096, 2368),
            (Format::Q2_K, 2048, 672),
            (Format::IQ2_XXS, 4096, 1056),
            (Format::F16, 4096, 8192),
        ] {
            assert_eq!(packed_bytes(format, 1, k), bytes, "{format} {k}");
            assert_eq!(packed_bytes(format, 7, k), 7 * bytes, "{format} {k}");
        }
    }

    #[test]
    #[should_panic(expected = "packed bytes of 1 rows")]
    fn an_output_of_another_length_is_refused() {
        repack(Format::Q8_0, 32, &[0; 34], &mut [0; 32]);
    }
}
