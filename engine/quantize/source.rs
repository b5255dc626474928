//! One matrix of a checkpoint as rows of numbers.

use half::{bf16, f16};
use rayon::prelude::*;

use super::checkpoint::Checkpoint;
use super::encode::Unencodable;
use super::error::{Error, Problem, Result};
use super::safetensors::{Dtype, Stored};
use crate::formats::vendor::{e2m1_to_f32, e4m3_to_f32, e8m0_to_f32};

/// Side of the square that shares one FP8 scale.
const FP8_BLOCK: usize = 128;

/// Columns of a row that share one FP4 scale.
const FP4_BLOCK: usize = 32;

/// How a matrix is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    F32,
    F16,
    Bf16,
    /// E4M3 with a power-of-two scale for each 128×128 square.
    Fp8,
    /// E2M1, low nibble first, with a power-of-two scale for each row and 32 columns.
    Fp4,
    I32,
    I64,
}

/// A matrix (or a vector, as one row) and the companion with its scales.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) weight: Stored,
    scale: Option<Stored>,
    pub(super) coding: Coding,
    pub(super) rows: usize,
    pub(super) width: usize,
}

impl Source {
    /// Finds the tensor `name` of this shape (one or two dimensions, slowest first) and checks
    /// it, adding to `problems` whatever is wrong.
    pub(super) fn find(
        checkpoint: &Checkpoint,
        name: &str,
        shape: &[usize],
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let Some(weight) = checkpoint.tensor(name) else {
            problems.push(Problem::Missing { name: name.to_owned() });
            return None;
        };
        let width = *shape.last()?;
        let rows = shape.iter().product::<usize>() / width;
        let coding = match weight.dtype {
            Dtype::F32 => Coding::F32,
            Dtype::F16 => Coding::F16,
            Dtype::BF16 => Coding::Bf16,
            Dtype::I32 => Coding::I32,
            Dtype::I64 => Coding::I64,
            Dtype::F8_E4M3 if shape.len() == 2 => Coding::Fp8,
            Dtype::F4 | Dtype::I8 | Dtype::U8 if shape.len() == 2 => Coding::Fp4,
            found => {
                problems.push(Problem::Dtype { name: name.to_owned(), found });
                return None;
            }
        };
        let packed = [rows, width / 2];
        let stored_as =
            if coding == Coding::Fp4 && weight.dtype != Dtype::F4 { &packed } else { shape };
        let whole = coding != Coding::Fp4 || width.is_multiple_of(FP4_BLOCK);
        if weight.shape != stored_as || !whole {
            let (expected, found) = (stored_as.to_vec(), weight.shape.clone());
            problems.push(Problem::Shape { name: name.to_owned(), expected, found });
            return None;
        }
        let scale_shape = match coding {
            Coding::Fp8 => Some([rows.div_ceil(FP8_BLOCK), width.div_ceil(FP8_BLOCK)]),
            Coding::Fp4 => Some([rows, width / FP4_BLOCK]),
            _ => None,
        };
        let scale = match scale_shape {
            Some(shape) => Some(find_scale(checkpoint, name, shape, problems)?),
            None => None,
        };
        Some(Self { weight: weight.clone(), scale, coding, rows, width })
    }

    /// Whether the source holds integers.
    pub(super) fn is_integer(&self) -> bool {
        matches!(self.coding, Coding::I32 | Coding::I64)
    }

    /// Whether every value fits the upper half of an IEEE single.
    pub(super) fn fits_bf16(&self) -> bool {
        matches!(self.coding, Coding::Bf16 | Coding::Fp8 | Coding::Fp4)
    }

    /// Values of the rows `start..start + n_rows`.
    pub(super) fn values(
        &self,
        checkpoint: &Checkpoint,
        start: usize,
        n_rows: usize,
    ) -> Result<Vec<f32>> {
        let data = self.read(checkpoint, start, n_rows)?;
        let scales = self.scales(checkpoint, start, n_rows)?;
        let mut values = vec![0.0; n_rows * self.width];
        let row_bytes = data.len() / n_rows;
        let rows_a_scale = self.rows_a_scale();
        let scales_width = self.scale.as_ref().map_or(0, |scale| scale.shape[1]);
        values.par_chunks_mut(self.width).zip(data.par_chunks(row_bytes)).enumerate().for_each(
            |(row, (values, data))| {
                let scale_row = (start + row) / rows_a_scale - start / rows_a_scale;
                let scales = &scales[scale_row * scales_width..][..scales_width];
                decode_row(self.coding, values, data, scales);
            },
        );
        Ok(values)
    }

    /// Integers of the rows `start..start + n_rows`.
    pub(super) fn integers(
        &self,
        checkpoint: &Checkpoint,
        start: usize,
        n_rows: usize,
    ) -> Result<Vec<i64>> {
        let data = self.read(checkpoint, start, n_rows)?;
        Ok(match self.coding {
            Coding::I64 => {
                data.as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect()
            }
            _ => data
                .as_chunks()
                .0
                .iter()
                .map(|bytes| i64::from(i32::from_le_bytes(*bytes)))
                .collect(),
        })
    }

    fn read(&self, checkpoint: &Checkpoint, start: usize, n_rows: usize) -> Result<Vec<u8>> {
        let bits = match self.coding {
            Coding::Fp4 => 4,
            _ => self.weight.dtype.bits(),
        };
        let row_bytes = self.width * bits / 8;
        checkpoint.read(&self.weight, start * row_bytes, n_rows * row_bytes)
    }

    /// Rows of scales for the given rows of values; the first is that of row `start`.
    fn scales(&self, checkpoint: &Checkpoint, start: usize, n_rows: usize) -> Result<Vec<u8>> {
        let Some(scale) = &self.scale else { return Ok(Vec::new()) };
        let rows_a_scale = self.rows_a_scale();
        let first = start / rows_a_scale;
        let last = (start + n_rows - 1) / rows_a_scale;
        let width = scale.shape[1];
        checkpoint.read(scale, first * width, (last + 1 - first) * width)
    }

    fn rows_a_scale(&self) -> usize {
        if self.coding == Coding::Fp8 { FP8_BLOCK } else { 1 }
    }

    /// The error for a number of this source that cannot be written; `start` is the row of the
    /// source that the encoder counted as its first.
    pub(super) fn unencodable(&self, source: Unencodable, start: usize) -> Error {
        let source = Unencodable { row: source.row + start, ..source };
        Error::Value { tensor: self.weight.name.clone(), source }
    }
}

/// Decodes one row; `scales` are those of the row, one a block.
fn decode_row(coding: Coding, values: &mut [f32], data: &[u8], scales: &[u8]) {
    match coding {
        Coding::F32 => {
            for (value, bytes) in values.iter_mut().zip(data.as_chunks().0) {
                *value = f32::from_le_bytes(*bytes);
            }
        }
        Coding::F16 => {
            for (value, bytes) in values.iter_mut().zip(data.as_chunks().0) {
                *value = f16::from_le_bytes(*bytes).to_f32();
            }
        }
        Coding::Bf16 => {
            for (value, bytes) in values.iter_mut().zip(data.as_chunks().0) {
                *value = bf16::from_le_bytes(*bytes).to_f32();
            }
        }
        Coding::Fp8 => {
            let blocks = values.chunks_mut(FP8_BLOCK).zip(data.chunks(FP8_BLOCK));
            for ((values, data), scale) in blocks.zip(scales) {
                let scale = e8m0_to_f32(*scale);
                for (value, byte) in values.iter_mut().zip(data) {
                    *value = e4m3_to_f32(*byte) * scale;
                }
            }
        }
        Coding::Fp4 => {
            let blocks = values.chunks_mut(FP4_BLOCK).zip(data.chunks(FP4_BLOCK / 2));
            for ((values, data), scale) in blocks.zip(scales) {
                let scale = e8m0_to_f32(*scale);
                for ([even, odd], byte) in values.as_chunks_mut().0.iter_mut().zip(data) {
                    *even = e2m1_to_f32(byte & 15) * scale;
                    *odd = e2m1_to_f32(byte >> 4) * scale;
                }
            }
        }
        Coding::I32 | Coding::I64 => unreachable!("tables are read as integers"),
    }
}

fn find_scale(
    checkpoint: &Checkpoint,
    weight: &str,
    shape: [usize; 2],
    problems: &mut Vec<Problem>,
) -> Option<Stored> {
    let name = scale_name(weight);
    let problem = match checkpoint.tensor(&name) {
        None => Problem::Missing { name },
        Some(scale) if scale.shape != shape => {
            let (expected, found) = (shape.to_vec(), scale.shape.clone());
            Problem::Shape { name, expected, found }
        }
        Some(scale) if !matches!(scale.dtype, Dtype::F8_E8M0 | Dtype::U8) => {
            Problem::Dtype { name, found: scale.dtype }
        }
        Some(scale) => return Some(scale.clone()),
    };
    problems.push(problem);
    None
}

/// Name of the scales of a weight.
pub(super) fn scale_name(weight: &str) -> String {
    format!("{}.scale", weight.strip_suffix(".weight").unwrap_or(weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendor_floats_have_their_defined_values() {
        let cases =
            [(0x00, 0.0), (0x01, 0.001_953_125), (0x08, 0.015_625), (0x38, 1.0), (0x7e, 448.0)];
        for (byte, value) in cases {
            assert_eq!(e4m3_to_f32(byte).to_bits(), f32::to_bits(value), "{byte:#x}");
            assert_eq!(e4m3_to_f32(byte | 0x80).to_bits(), f32::to_bits(-value), "{byte:#x}");
        }
        assert!(e4m3_to_f32(0x7f).is_nan() && e4m3_to_f32(0xff).is_nan());
        assert_eq!(e8m0_to_f32(0).to_bits(), 2.0_f32.powi(-127).to_bits());
        assert_eq!(e8m0_to_f32(127).to_bits(), 1.0_f32.to_bits());
        assert!(e8m0_to_f32(255).is_nan());
    }
}
