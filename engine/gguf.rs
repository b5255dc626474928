//! Reads and writes GGUF files, the container of weights and metadata.
//!
//! [`Gguf::open`] maps a file and checks all of its header before anything is used; what it
//! returns is consistent, and every tensor lies inside the file. [`parse()`] is the same
//! without a file. Start reading at `gguf/parse.rs`.
//!
//! Versions 2 and 3 are read, little-endian only. The container is described in MODEL.md 4.3.

#![deny(unsafe_code)]

mod check;
mod cursor;
mod error;
mod index;
mod map;
mod metadata;
mod parse;
mod problem;
mod tensor;
mod value;
mod write;

use std::path::{Path, PathBuf};

pub use check::MAX_ALIGNMENT;
pub use error::{Error, Result};
pub use metadata::Metadata;
pub use parse::{
    MAX_DEPTH, MAX_DIMS, MAX_ELEMENTS, MAX_HEADER_BYTES, MAX_KEYS, MAX_NAME_BYTES, MAX_TENSORS,
    Parsed, parse,
};
pub use problem::{Part, Problem, Problems};
pub use tensor::{TensorInfo, TensorType};
pub use value::{Value, ValueType};
pub use write::{Layout, NewTensor, Overwrite, WriteError, Writer};

use map::Map;

/// A GGUF file, mapped into memory.
///
/// The file must not be changed or shortened while this value lives; replacing it by renaming
/// another file over it is safe.
#[derive(Debug)]
pub struct Gguf {
    path: PathBuf,
    map: Map,
    parsed: Parsed,
}

impl Gguf {
    /// Maps the file and reads its header. No weight is read.
    ///
    /// # Errors
    ///
    /// - [`Error::Open`], [`Error::NotAFile`] or [`Error::Map`] when the file cannot be read.
    /// - [`Error::Malformed`] with everything wrong in it.
    pub fn open(path: &Path) -> Result<Self> {
        let map = Map::open(path)?;
        let parsed = parse(&map, map.len() as u64).map_err(|error| match error {
            Error::Malformed { problems, .. } => {
                Error::Malformed { path: Some(path.to_owned()), problems }
            }
            other => other,
        })?;
        Ok(Self { path: path.to_owned(), map, parsed })
    }

    /// The file, as the caller wrote it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Length of the whole file, in bytes.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        self.map.len() as u64
    }

    /// Bytes of the file that the system has in memory, in whole pages, where it says so. For a file
    /// that the user neither owns nor may write, Linux claims all of it.
    #[must_use]
    pub fn resident_bytes(&self) -> Option<u64> {
        self.map.resident()
    }

    /// Version of the container: 2 or 3.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.parsed.version
    }

    /// What every tensor's offset is a multiple of, in bytes.
    #[must_use]
    pub const fn alignment(&self) -> u64 {
        self.parsed.alignment
    }

    /// Where the data section starts, in bytes from the start of the file.
    #[must_use]
    pub const fn data_start(&self) -> u64 {
        self.parsed.data_start
    }

    /// Keys and values, in file order.
    #[must_use]
    pub const fn metadata(&self) -> &Metadata {
        &self.parsed.metadata
    }

    /// Tensors, in file order.
    #[must_use]
    pub fn tensors(&self) -> &[TensorInfo] {
        &self.parsed.tensors
    }

    /// The tensor with this name.
    #[must_use]
    pub fn tensor(&self, name: &str) -> Option<&TensorInfo> {
        self.parsed.tensor(name)
    }

    /// The bytes of a tensor of this file.
    ///
    /// # Panics
    ///
    /// When the tensor is of another file and lies outside this one.
    #[must_use]
    pub fn data(&self, tensor: &TensorInfo) -> &[u8] {
        let range = usize::try_from(self.data_start() + tensor.offset)
            .ok()
            .zip(usize::try_from(tensor.bytes).ok())
            .and_then(|(start, length)| self.map.get(start..)?.get(..length));
        assert!(range.is_some(), "{tensor:?} is not of {}", self.path.display());
        range.unwrap_or_default()
    }

    /// Copies bytes of a tensor of this file, from `offset` on, to `out`: for work on much of a
    /// file, where [`Gguf::data`] would map page after page.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] when the file cannot be read or was cut short.
    ///
    /// # Panics
    ///
    /// When the tensor has no such bytes.
    pub fn read(&self, tensor: &TensorInfo, offset: u64, out: &mut [u8]) -> Result<()> {
        let end = offset.checked_add(out.len() as u64);
        assert!(end.is_some_and(|end| end <= tensor.bytes), "bytes of {tensor:?} from {offset}");
        let offset = self.data_start() + tensor.offset + offset;
        self.map.read(offset, out).map_err(|source| Error::Read {
            path: self.path.clone(),
            offset,
            bytes: out.len(),
            source,
        })
    }
}
