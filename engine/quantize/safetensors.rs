//! The header of a safetensors shard.
//!
//! A shard is a `u64` header length, a JSON object of tensors and their data. The vendor's
//! checkpoints use element types (8-bit and 4-bit floats, exponents) that are kept as bytes here.

use std::fmt;
use std::io::{self, Read};

use serde_json::{Map, Value};

/// Longest header read, in bytes; the format's own limit.
const MAX_HEADER: u64 = 100_000_000;

/// An element type; the names are those of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(non_camel_case_types, reason = "the names of the format")]
pub enum Dtype {
    /// IEEE single.
    F32,
    /// IEEE half.
    F16,
    /// Upper half of an IEEE single.
    BF16,
    /// 8-bit float, 4 exponent and 3 mantissa bits.
    F8_E4M3,
    /// Power of two.
    F8_E8M0,
    /// Two 4-bit floats in a byte.
    F4,
    /// Signed byte.
    I8,
    /// Unsigned byte.
    U8,
    /// Signed 32-bit integer.
    I32,
    /// Signed 64-bit integer.
    I64,
}

impl Dtype {
    const ALL: [Self; 10] = [
        Self::F32,
        Self::F16,
        Self::BF16,
        Self::F8_E4M3,
        Self::F8_E8M0,
        Self::F4,
        Self::I8,
        Self::U8,
        Self::I32,
        Self::I64,
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dtype| format!("{dtype:?}") == name)
    }

    /// Bits of one element.
    pub(super) const fn bits(self) -> usize {
        match self {
            Self::I64 => 64,
            Self::F32 | Self::I32 => 32,
            Self::F16 | Self::BF16 => 16,
            Self::F8_E4M3 | Self::F8_E8M0 | Self::I8 | Self::U8 => 8,
            Self::F4 => 4,
        }
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What is wrong with a shard's header.
#[derive(Debug, thiserror::Error)]
pub enum HeaderFault {
    /// The file is shorter than its header says.
    #[error("the file has {found} bytes, its header needs {needed}")]
    Short {
        /// Bytes needed.
        needed: u64,
        /// Bytes of the file.
        found: u64,
    },
    /// The header is longer than the format allows.
    #[error("the header has {bytes} bytes, more than {MAX_HEADER}")]
    Long {
        /// Bytes announced.
        bytes: u64,
    },
    /// The header is not a JSON object.
    #[error("the header is not JSON")]
    Json(#[from] serde_json::Error),
    /// The file cannot be read.
    #[error("the header cannot be read")]
    Io(#[from] io::Error),
    /// An entry lacks a key or has one of the wrong type.
    #[error("{name}: {key} is missing or malformed")]
    Key {
        /// The tensor.
        name: String,
        /// The key.
        key: &'static str,
    },
    /// An element type is not known.
    #[error("{name}: unknown element type {dtype}")]
    Dtype {
        /// The tensor.
        name: String,
        /// The type's name.
        dtype: String,
    },
    /// A tensor's place does not fit its shape or the file.
    #[error("{name}: {dtype} {shape:?} does not lie at bytes {start} to {end} of {data_bytes}")]
    Span {
        /// The tensor.
        name: String,
        /// Its element type.
        dtype: Dtype,
        /// Its shape.
        shape: Vec<usize>,
        /// First byte, from the start of the data.
        start: u64,
        /// Byte after the last.
        end: u64,
        /// Bytes of data in the file.
        data_bytes: u64,
    },
    /// Two shards hold the same tensor.
    #[error("{name} is in another shard as well")]
    Duplicate {
        /// The tensor.
        name: String,
    },
    /// The index names a shard outside its own folder.
    #[error("{name} is not a file name")]
    Shard {
        /// The shard's name in the index.
        name: String,
    },
}

/// One tensor of a shard.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) name: String,
    pub(super) dtype: Dtype,
    /// Slowest dimension first.
    pub(super) shape: Vec<usize>,
    /// Shard that holds it.
    pub(super) shard: usize,
    /// First byte in the shard's file.
    pub(super) offset: u64,
}

/// Reads the tensor table of one shard of `file_bytes` bytes.
pub(super) fn read_header(
    mut file: impl Read,
    file_bytes: u64,
    shard: usize,
) -> Result<Vec<Stored>, HeaderFault> {
    let short = |needed| HeaderFault::Short { needed, found: file_bytes };
    if file_bytes < 8 {
        return Err(short(8));
    }
    let mut length = [0; 8];
    file.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    if length > MAX_HEADER {
        return Err(HeaderFault::Long { bytes: length });
    }
    let data = 8 + length;
    let data_bytes = file_bytes.checked_sub(data).ok_or_else(|| short(data))?;
    let mut text = Vec::new();
    file.take(length).read_to_end(&mut text)?;
    let entries: Map<String, Value> = serde_json::from_slice(&text)?;
    entries
        .into_iter()
        .filter(|(name, _)| name != "__metadata__")
        .map(|(name, entry)| {
            let mut stored = parse_entry(name, &entry, data_bytes)?;
            stored.shard = shard;
            stored.offset += data;
            Ok(stored)
        })
        .collect()
}

fn parse_entry(name: String, entry: &Value, data_bytes: u64) -> Result<Stored, HeaderFault> {
    let malformed = |key| HeaderFault::Key { name: name.clone(), key };
    let dtype = entry["dtype"].as_str().ok_or_else(|| malformed("dtype"))?;
    let dtype = Dtype::named(dtype)
        .ok_or_else(|| HeaderFault::Dtype { name: name.clone(), dtype: dtype.to_owned() })?;
    let numbers = |key| -> Result<Vec<u64>, HeaderFault> {
        let values = entry[key].as_array().ok_or_else(|| malformed(key))?;
        values.iter().map(|value| value.as_u64().ok_or_else(|| malformed(key))).collect()
    };
    let [start, end] = numbers("data_offsets")?[..] else { return Err(malformed("data_offsets")) };
    let shape = numbers("shape")?.into_iter().map(usize::try_from).collect::<Result<Vec<_>, _>>();
    let shape = shape.map_err(|_| malformed("shape"))?;
    let bits = shape.iter().try_fold(dtype.bits(), |bits, &dim| bits.checked_mul(dim));
    let fits = start <= end && end <= data_bytes;
    if !fits || bits.is_none_or(|bits| bits as u64 != 8 * (end - start)) {
        return Err(HeaderFault::Span { name, dtype, shape, start, end, data_bytes });
    }
    Ok(Stored { name, dtype, shape, shard: 0, offset: start })
}
