//! Everything that can be wrong with the bytes of a file, and the list of what was found.

#![forbid(unsafe_code)]

use std::fmt;

use super::TensorType;

/// Problems that a message shows; the rest are counted.
const SHOWN: usize = 16;
/// Characters of a name that a message shows.
const NAME_SHOWN: usize = 80;

/// The part of a file in which reading stopped or stumbled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Magic, version and the two counts.
    Header,
    /// A metadata key, counted from zero.
    Key(u64),
    /// The value of a metadata key.
    Value(String),
    /// The record of a tensor, counted from zero.
    Tensor(u64),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => f.write_str("header"),
            Self::Key(at) => write!(f, "metadata key number {at}"),
            Self::Value(key) => write!(f, "metadata key {}", name(key)),
            Self::Tensor(at) => write!(f, "tensor record number {at}"),
        }
    }
}

/// One thing wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each variant says what its fields are")]
pub enum Problem {
    /// The first four bytes are those of something else.
    #[error("magic: expected \"GGUF\", found \"{}\"", found.escape_ascii())]
    Magic { found: [u8; 4] },
    /// The version reads right from the other end.
    #[error("byte order: expected little-endian, found a big-endian file of version {version}")]
    BigEndian { version: u32 },
    /// A version with another layout.
    #[error("version: expected 2 or 3, found {found}")]
    Version { found: u32 },
    /// The file ends in the middle of something.
    #[error("{part}: expected {needs} bytes at byte {at}, found the end of the file after {left}")]
    Ended { part: Part, at: u64, needs: u64, left: u64 },
    /// What precedes the weights is longer than any real file's.
    #[error("{part}: lies past byte {cap}, the longest header accepted")]
    HeaderTooLong { part: Part, cap: u64 },
    /// A count that the rest of the file cannot hold.
    #[error("{part}: {count} {unit} need at least {needs} bytes, found {left}")]
    Count { part: Part, unit: &'static str, count: u64, needs: u128, left: u64 },
    /// A count beyond what any real file needs.
    #[error("{part}: expected at most {cap} {unit}, found {count}")]
    TooMany { part: Part, unit: &'static str, count: u64, cap: u64 },
    /// A name longer than the format allows.
    #[error("{part}: expected a name of at most {cap} bytes, found {bytes}")]
    NameTooLong { part: Part, bytes: u64, cap: u64 },
    /// Text that is not text.
    #[error("{part}: expected UTF-8 at byte {at}, found {}", name(lossy))]
    NotUtf8 { part: Part, at: u64, lossy: String },
    /// A number that names no metadata type.
    #[error("{part}: expected a value type from 0 to 12 at byte {at}, found {found}")]
    ValueType { part: Part, at: u64, found: u32 },
    /// Arrays in arrays in arrays.
    #[error("{part}: expected arrays at most {cap} deep, found more")]
    TooDeep { part: Part, cap: u32 },
    /// A truth value that is neither.
    #[error("{part}: expected 0 or 1 for a truth value at byte {at}, found {found}")]
    Bool { part: Part, at: u64, found: u8 },
    /// A key that occurs more than once.
    #[error("metadata key {}: occurs more than once", name(key))]
    DuplicateKey { key: String },
    /// An alignment that cannot be one.
    #[error(
        "metadata key `general.alignment`: expected a power of two from 8 to {cap}, found {found}"
    )]
    Alignment { found: String, cap: u64 },
    /// A tensor name that occurs more than once.
    #[error("tensor {}: occurs more than once", name(tensor))]
    DuplicateTensor { tensor: String },
    /// No dimensions, or too many.
    #[error("tensor {}: expected 1 to 4 dimensions, found {found}", name(tensor))]
    DimCount { tensor: String, found: u32 },
    /// A tensor without values.
    #[error("tensor {}: expected dimensions above 0, found {dims:?}", name(tensor))]
    ZeroDim { tensor: String, dims: Vec<u64> },
    /// A tensor whose size does not fit 64 bits.
    #[error("tensor {}: expected a size below 2^64, found dimensions {dims:?}", name(tensor))]
    Overflow { tensor: String, dims: Vec<u64> },
    /// A number that no public format has.
    #[error(
        "tensor {}: type number {found} is no public format, so its size is unknown",
        name(tensor)
    )]
    UnknownType { tensor: String, found: u32 },
    /// Rows that end in the middle of a block.
    #[error("tensor {}: expected rows of a multiple of {} values for {ty}, found {row}",
        name(tensor), ty.block_values())]
    PartialBlock { tensor: String, ty: TensorType, row: u64 },
    /// A tensor that does not start where the alignment asks.
    #[error(
        "tensor {}: expected an offset that is a multiple of {alignment}, found {offset}",
        name(tensor)
    )]
    Misaligned { tensor: String, offset: u64, alignment: u64 },
    /// A tensor that the file does not hold.
    #[error("tensor {}: ends at byte {end}, the file at byte {file_bytes}", name(tensor))]
    PastEnd { tensor: String, end: u128, file_bytes: u64 },
    /// Two tensors that share bytes.
    #[error(
        "tensor {}: starts at offset {offset}, before {} ends at {end}",
        name(tensor),
        name(other)
    )]
    Overlap { tensor: String, offset: u64, other: String, end: u128 },
}

impl Problem {
    /// What a user can do about this one, and how much it explains the others (less is more).
    fn help(&self) -> (u8, &'static str) {
        match self {
            Self::Magic { found: [b'v', b'e', b'r', b's'] } => {
                (0, "this looks like a Git LFS pointer; fetch the file it stands for")
            }
            Self::Magic { .. } => (0, "`ds4 quantize` makes a GGUF file from a checkpoint"),
            Self::BigEndian { .. } => (0, "write the file again in little-endian byte order"),
            Self::Version { found: 1 } => (0, "convert the file to GGUF version 3"),
            Self::Version { found: 4.. } => (0, "the file needs a later release of this program"),
            Self::UnknownType { .. } => (1, "look for a file made with public formats"),
            Self::Ended { .. } | Self::Count { .. } | Self::PastEnd { .. } => {
                (2, "the file may be cut short; compare its size with the original's")
            }
            _ => (3, "the file is damaged or its writer faulty; fetch or make it again"),
        }
    }
}

/// What was found wrong with a file, in the order found; the first few in full.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    kept: Vec<Problem>,
    n_more: usize,
}

impl Problems {
    /// Adds one; beyond the number that is shown, only the count grows.
    pub(super) fn push(&mut self, problem: Problem) {
        if self.kept.len() < SHOWN {
            self.kept.push(problem);
        } else {
            self.n_more += 1;
        }
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// How many there are, kept or only counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.len() + self.n_more
    }

    /// Those that were kept.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Problem> {
        self.kept.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.kept {
            writeln!(f, "  {problem}")?;
        }
        if self.n_more > 0 {
            writeln!(f, "  and {} more", self.n_more)?;
        }
        let help = self.kept.iter().map(Problem::help).min_by_key(|(rank, _)| *rank);
        help.map_or(Ok(()), |(_, text)| write!(f, "help: {text}"))
    }
}

/// A name as messages show it: quoted, printable, not too long.
fn name(text: &str) -> String {
    let mut shown: String = text.chars().take(NAME_SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("`{}`", shown.escape_debug())
}
