//! The file format of `numpy.save`, version 1.0, for matrices of f32.

use std::io::{self, Write};

const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";

/// The data begins at a multiple of this.
const ALIGNMENT: usize = 64;

/// Writes what precedes the values of a matrix with this many rows and columns.
///
/// Source: specification of `numpy.lib.format`.
pub(super) fn write_header(out: &mut impl Write, [rows, columns]: [usize; 2]) -> io::Result<()> {
    let dict =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    // The magic, two bytes of length, the dictionary and a newline.
    let before_padding = MAGIC.len() + 2 + dict.len() + 1;
    let padding = before_padding.next_multiple_of(ALIGNMENT) - before_padding;
    let header_len = u16::try_from(dict.len() + padding + 1).map_err(io::Error::other)?;
    out.write_all(MAGIC)?;
    out.write_all(&header_len.to_le_bytes())?;
    writeln!(out, "{dict}{:padding$}", "")
}

/// Writes the next values, in row order.
pub(super) fn write_values(out: &mut impl Write, values: &[f32]) -> io::Result<()> {
    for value in values {
        out.write_all(&value.to_le_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_is_laid_out_as_specified() {
        let mut out = Vec::new();
        write_header(&mut out, [2, 3]).unwrap();
        assert_eq!(out.len() % ALIGNMENT, 0);
        assert_eq!(&out[..10], b"\x93NUMPY\x01\x00\x76\x00");
        let dict = b"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } ";
        assert_eq!(&out[10..10 + dict.len()], dict);
        assert_eq!(out.last(), Some(&b'\n'));
        write_values(&mut out, &[1.0, -2.0]).unwrap();
        assert_eq!(out[128..], [0, 0, 128, 63, 0, 0, 0, 192]);
    }
}
