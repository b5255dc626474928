//! Encoders: rows of numbers to packed blocks.
//!
//! Invariant: whatever the numbers are, the result decodes to finite values or an error says
//! which number cannot be represented.

mod affine;
mod floats;
mod iq2_xxs;
mod mxfp4;
mod q2_k;
mod q4_k;
mod q8_0;
mod weights;

use ds4_plan::Format;
use half::{bf16, f16};
use rayon::prelude::*;

pub use weights::column_squares;

/// Values handed to one thread at a time; below it, threads cost more than they bring.
const PIECE: usize = 1 << 15;

/// Consecutive rows of one matrix.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// Row-major values; a whole number of rows.
    pub values: &'a [f32],
    /// Values in one row.
    pub width: usize,
    /// Non-negative weight of each column's squared error, or `None` for equal weights.
    /// Only the formats that [`searches`] names use it.
    pub importance: Option<&'a [f32]>,
}

/// A number that a format cannot represent.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("value {value} at row {row}, column {column} cannot be written as {format}")]
pub struct Unencodable {
    /// Row within the rows handed over.
    pub row: usize,
    /// Column.
    pub column: usize,
    /// The number.
    pub value: f32,
    /// The format asked for.
    pub format: Format,
}

/// Whether the encoder of `format` weighs errors by importance.
#[must_use]
pub fn searches(format: Format) -> bool {
    matches!(format, Format::Q2_K | Format::Q4_K | Format::IQ2_XXS)
}

/// Encodes rows in parallel; the result does not depend on the number of threads.
///
/// # Errors
///
/// [`Unencodable`] for the first number that is not finite or too large for the format.
///
/// # Panics
///
/// When the rows are not whole, not a whole number of blocks, or `importance` has another width.
pub fn encode(format: Format, rows: Rows<'_>) -> Result<Vec<u8>, Unencodable> {
    let Rows { values, width, importance } = rows;
    assert!(width > 0 && values.len().is_multiple_of(width), "rows are whole");
    let row_bytes = format.bytes(width).expect("a row is a whole number of blocks");
    let weights = weights::prepare(importance, width);
    let mut out = vec![0; values.len() / width * row_bytes];
    let rows_at_once = (PIECE / width).max(1);
    let found = out
        .par_chunks_mut(row_bytes * rows_at_once)
        .zip(values.par_chunks(width * rows_at_once))
        .enumerate()
        .find_map_first(|(piece, (out, values))| {
            let rows = out.chunks_exact_mut(row_bytes).zip(values.chunks_exact(width));
            rows.enumerate().find_map(|(row, (out, values))| {
                let column = unencodable(format, values);
                if column.is_none() {
                    encode_row(format, values, &weights, out);
                }
                let row = piece * rows_at_once + row;
                column.map(|column| Unencodable { row, column, value: values[column], format })
            })
        });
    found.map_or(Ok(out), Err)
}

/// The column of the first number that `format` cannot hold.
fn unencodable(format: Format, values: &[f32]) -> Option<usize> {
    let limit = match format {
        Format::F32 | Format::I32 | Format::MXFP4 => f32::MAX,
        Format::BF16 => bf16::MAX.to_f32(),
        // The formats with half-precision scales could hold a little more, but no weight is
        // that large.
        Format::F16 | Format::Q8_0 | Format::Q2_K | Format::Q4_K | Format::IQ2_XXS => {
            f16::MAX.to_f32()
        }
    };
    let fits = |value: &f32| value.abs() <= limit;
    // Checked as a whole first: that loop has no branch.
    if values.iter().fold(true, |all, value| all & fits(value)) {
        return None;
    }
    values.iter().position(|value| !fits(value))
}

fn encode_row(format: Format, values: &[f32], weights: &[f32], out: &mut [u8]) {
    match format {
        Format::F32 => floats::f32_row(values, out),
        Format::F16 => floats::f16_row(values, out),
        Format::BF16 => floats::bf16_row(values, out),
        Format::I32 => floats::i32_row(values, out),
        Format::Q8_0 => q8_0::row(values, out),
        Format::MXFP4 => mxfp4::row(values, out),
        Format::Q2_K => q2_k::row(values, weights, out),
        Format::Q4_K => q4_k::row(values, weights, out),
        Format::IQ2_XXS => iq2_xxs::row(values, weights, out),
    }
}
