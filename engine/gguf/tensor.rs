//! What a file says about its tensors, and the number formats they may have.

#![forbid(unsafe_code)]

use std::fmt;

use ds4_plan::Format;

/// One tensor of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// Its name, as in `blk.0.attn_q_a.weight`.
    pub name: String,
    /// One to four sizes, innermost first; none is zero.
    pub dims: Vec<u64>,
    /// How its values are packed.
    pub ty: TensorType,
    /// Where its bytes start, from the start of the data section.
    pub offset: u64,
    /// How many bytes it has.
    pub bytes: u64,
}

impl TensorInfo {
    /// Values in the tensor.
    #[must_use]
    pub fn n_values(&self) -> u64 {
        self.dims.iter().product()
    }

    /// Rows of the innermost dimension.
    #[must_use]
    pub fn n_rows(&self) -> u64 {
        self.dims.iter().skip(1).product()
    }

    /// Bytes of one row of the innermost dimension.
    #[must_use]
    pub fn row_bytes(&self) -> u64 {
        self.bytes / self.n_rows().max(1)
    }
}

/// A packing of values that has a public definition, whether or not the engine can run it.
///
/// Source: MODEL.md sections 4.3 and 5 for what the engine runs; the type list of the ggml
/// library for the others.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TensorType {
    number: u32,
    name: &'static str,
    block_values: u64,
    block_bytes: u64,
}

impl TensorType {
    /// Every known type, by number. The gaps are numbers that were given up.
    pub const ALL: [Self; 33] = [
        Self::new(0, "F32", 1, 4),
        Self::new(1, "F16", 1, 2),
        Self::new(2, "Q4_0", 32, 18),
        Self::new(3, "Q4_1", 32, 20),
        Self::new(6, "Q5_0", 32, 22),
        Self::new(7, "Q5_1", 32, 24),
        Self::new(8, "Q8_0", 32, 34),
        Self::new(9, "Q8_1", 32, 36),
        Self::new(10, "Q2_K", 256, 84),
        Self::new(11, "Q3_K", 256, 110),
        Self::new(12, "Q4_K", 256, 144),
        Self::new(13, "Q5_K", 256, 176),
        Self::new(14, "Q6_K", 256, 210),
        Self::new(15, "Q8_K", 256, 292),
        Self::new(16, "IQ2_XXS", 256, 66),
        Self::new(17, "IQ2_XS", 256, 74),
        Self::new(18, "IQ3_XXS", 256, 98),
        Self::new(19, "IQ1_S", 256, 50),
        Self::new(20, "IQ4_NL", 32, 18),
        Self::new(21, "IQ3_S", 256, 110),
        Self::new(22, "IQ2_S", 256, 82),
        Self::new(23, "IQ4_XS", 256, 136),
        Self::new(24, "I8", 1, 1),
        Self::new(25, "I16", 1, 2),
        Self::new(26, "I32", 1, 4),
        Self::new(27, "I64", 1, 8),
        Self::new(28, "F64", 1, 8),
        Self::new(29, "IQ1_M", 256, 56),
        Self::new(30, "BF16", 1, 2),
        Self::new(34, "TQ1_0", 256, 54),
        Self::new(35, "TQ2_0", 256, 66),
        Self::new(39, "MXFP4", 32, 17),
        Self::new(40, "NVFP4", 64, 36),
    ];

    const fn new(number: u32, name: &'static str, block_values: u64, block_bytes: u64) -> Self {
        Self { number, name, block_values, block_bytes }
    }

    /// The type with this number in the file, if it has a public definition.
    #[must_use]
    pub fn from_gguf(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|ty| ty.number == number)
    }

    /// The number in the file.
    #[must_use]
    pub const fn gguf_number(self) -> u32 {
        self.number
    }

    /// The format, if it is one that the engine can run.
    #[must_use]
    pub fn format(self) -> Option<Format> {
        Format::from_gguf(self.number)
    }

    /// The name that files and papers use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Values in one block, the smallest unit that can be decoded alone.
    #[must_use]
    pub const fn block_values(self) -> u64 {
        self.block_values
    }

    /// Bytes of one block.
    #[must_use]
    pub const fn block_bytes(self) -> u64 {
        self.block_bytes
    }
}

impl fmt::Debug for TensorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Display for TensorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_agree_with_the_formats_of_the_engine() {
        for format in Format::ALL {
            let ty = TensorType::from_gguf(format.gguf_number()).unwrap();
            assert_eq!(ty.name(), format.name());
            assert_eq!(ty.block_values(), format.block_values() as u64, "{format}");
            assert_eq!(ty.block_bytes(), format.block_bytes() as u64, "{format}");
            assert_eq!(ty.format(), Some(format));
        }
    }

    #[test]
    fn numbers_are_unique_and_ascending() {
        assert!(TensorType::ALL.is_sorted_by(|a, b| a.gguf_number() < b.gguf_number()));
    }
}
