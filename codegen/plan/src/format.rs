//! How numbers are packed in a weight tensor.

use std::fmt;

/// The packing of a tensor's values; its discriminant is the GGUF type number.
///
/// Source: MODEL.md sections 4.3 and 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(non_camel_case_types, reason = "the names of the field, as files and papers spell them")]
pub enum Format {
    /// IEEE single precision.
    F32 = 0,
    /// IEEE half precision.
    F16 = 1,
    /// 32 signed bytes and a half-precision scale.
    Q8_0 = 8,
    /// 256 two-bit codes with 4-bit scales and minima.
    Q2_K = 10,
    /// 256 four-bit codes with 6-bit scales and minima.
    Q4_K = 12,
    /// 256 values as grid indices and sign indices, 2.0625 bits each.
    IQ2_XXS = 16,
    /// Signed 32-bit integers.
    I32 = 26,
    /// The upper half of an IEEE single.
    BF16 = 30,
    /// 32 E2M1 codes and one power-of-two scale.
    MXFP4 = 39,
}

impl Format {
    /// Every format, by GGUF type number.
    pub const ALL: [Self; 9] = [
        Self::F32,
        Self::F16,
        Self::Q8_0,
        Self::Q2_K,
        Self::Q4_K,
        Self::IQ2_XXS,
        Self::I32,
        Self::BF16,
        Self::MXFP4,
    ];

    /// The format with this GGUF type number, if the engine knows it.
    #[must_use]
    pub fn from_gguf(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.gguf_number() == number)
    }

    /// The GGUF type number.
    #[must_use]
    pub const fn gguf_number(self) -> u32 {
        self as u32
    }

    /// Values in one block, the smallest unit that can be decoded alone.
    #[must_use]
    pub const fn block_values(self) -> usize {
        match self {
            Self::F32 | Self::F16 | Self::BF16 | Self::I32 => 1,
            Self::Q8_0 | Self::MXFP4 => 32,
            Self::Q2_K | Self::Q4_K | Self::IQ2_XXS => 256,
        }
    }

    /// Whether values are integers that share scales.
    #[must_use]
    pub const fn is_integers(self) -> bool {
        self.block_values() > 1
    }

    /// Bytes of one block.
    #[must_use]
    pub const fn block_bytes(self) -> usize {
        match self {
            Self::F32 | Self::I32 => 4,
            Self::F16 | Self::BF16 => 2,
            Self::Q8_0 => 34,
            Self::Q2_K => 84,
            Self::Q4_K => 144,
            Self::IQ2_XXS => 66,
            Self::MXFP4 => 17,
        }
    }

    /// Bytes of `n` values, or `None` when `n` is not a whole number of blocks or overflows.
    #[must_use]
    pub const fn bytes(self, n: usize) -> Option<usize> {
        if n.is_multiple_of(self.block_values()) {
            (n / self.block_values()).checked_mul(self.block_bytes())
        } else {
            None
        }
    }

    /// The name that files, papers and our own text use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::Q8_0 => "Q8_0",
            Self::Q2_K => "Q2_K",
            Self::Q4_K => "Q4_K",
            Self::IQ2_XXS => "IQ2_XXS",
            Self::I32 => "I32",
            Self::BF16 => "BF16",
            Self::MXFP4 => "MXFP4",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
