//! How cached rows are kept.

/// What one cached row is in words of 32 bits.
///
/// A row begins at any word. Its parts follow one another: codes, halves, scales, the lowest bits
/// of a word first.
///
/// Source: MODEL.md section 2.10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowForm {
    /// Values as computed, F32.
    Floats,
    /// E4M3 codes, four in a word; the last values as F16, two in a word; then the scale of each 64
    /// codes, four in a word, as the exponent field of an F32.
    Fp8 {
        /// How many values are halves: those that rotate.
        n_halves: usize,
    },
    /// E2M1 codes of the row after a Hadamard rotation, eight in a word; then the scale of each 32
    /// codes, as above.
    Fp4,
}

impl RowForm {
    /// Values that share a scale in [`RowForm::Fp8`].
    pub const FP8_BLOCK: usize = 64;

    /// Values that share a scale in [`RowForm::Fp4`].
    pub const FP4_BLOCK: usize = 32;

    /// Words of a row of `width` values.
    #[must_use]
    pub const fn words(self, width: usize) -> usize {
        match self {
            Self::Floats => width,
            Self::Fp8 { n_halves } => {
                let n_codes = width - n_halves;
                n_codes / 4 + n_halves / 2 + n_codes.div_ceil(Self::FP8_BLOCK).div_ceil(4)
            }
            Self::Fp4 => width / 8 + width.div_ceil(Self::FP4_BLOCK).div_ceil(4),
        }
    }

    /// The word in kernel names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Floats => "exact",
            Self::Fp8 { .. } => "fp8",
            Self::Fp4 => "fp4",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_published_sizes() {
        let bytes = |form: RowForm, width| 4 * form.words(width);
        assert_eq!(bytes(RowForm::Floats, 512), 2048);
        assert_eq!(bytes(RowForm::Fp8 { n_halves: 64 }, 512), 584);
        assert_eq!(bytes(RowForm::Fp4, 128), 68);
    }
}
