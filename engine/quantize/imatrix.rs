//! Importance matrices: how much each input column of a matrix matters.
//!
//! Source: MODEL.md section 5.8.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use super::error::{Error, Result};

/// Longest name accepted, in bytes.
const MAX_NAME: usize = 4096;

/// What is wrong with an importance matrix.
#[derive(Debug, thiserror::Error)]
pub enum ImatrixFault {
    /// The file ends inside an entry.
    #[error("the file ends inside {what}, at byte {offset}")]
    Truncated {
        /// What was being read.
        what: &'static str,
        /// Where, in bytes.
        offset: usize,
    },
    /// A count is negative or larger than the file allows.
    #[error("{what} at byte {offset} is {found}")]
    Count {
        /// Which count.
        what: &'static str,
        /// Where, in bytes.
        offset: usize,
        /// The count found.
        found: i32,
    },
    /// A name is not UTF-8.
    #[error("the name at byte {offset} is not UTF-8")]
    Name {
        /// Where, in bytes.
        offset: usize,
    },
    /// Two entries have the same name.
    #[error("{name} is there twice")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// A value is negative or not finite.
    #[error("{name}: value {index} is {value}")]
    Value {
        /// The entry.
        name: String,
        /// Index of the value.
        index: usize,
        /// The value.
        value: f32,
    },
    /// Bytes follow the trailer.
    #[error("{bytes} bytes follow the end")]
    Trailing {
        /// How many.
        bytes: usize,
    },
    /// No entry belongs to a tensor that is being quantized.
    #[error("no entry belongs to this model")]
    Unrelated,
}

/// An importance matrix: for each tensor the mean square of each input column, for stacked
/// experts one expert after another.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Imatrix {
    entries: HashMap<String, Vec<f32>>,
    /// Chunks of text that it was made from, if the file says so.
    pub chunks: Option<i32>,
    /// The text that it was made from, if the file says so.
    pub dataset: Option<String>,
}

impl Imatrix {
    /// Reads a file of the `.dat` form.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], and [`Error::Imatrix`] for a malformed file.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes =
            fs::read(path).map_err(|source| Error::Io { path: path.to_path_buf(), source })?;
        Self::parse(&bytes).map_err(|source| Error::Imatrix { path: path.to_path_buf(), source })
    }

    /// Parses the `.dat` form.
    ///
    /// # Errors
    ///
    /// The first [`ImatrixFault`] met.
    pub fn parse(bytes: &[u8]) -> std::result::Result<Self, ImatrixFault> {
        let mut cursor = Cursor { bytes, offset: 0 };
        // The shortest entry is four numbers' worth of bytes.
        let n_entries = cursor.count("the number of entries", bytes.len() / 12)?;
        let mut imatrix = Self::default();
        for _ in 0..n_entries {
            let name = cursor.text("a name", MAX_NAME)?;
            let n_calls = cursor.count("a call count", i32::MAX as usize)?;
            let n_values = cursor.count("a value count", cursor.left() / 4)?;
            let values = cursor.floats(n_values, n_calls)?;
            let bad = values.iter().position(|value| !(value.is_finite() && *value >= 0.0));
            if let Some(index) = bad {
                return Err(ImatrixFault::Value { name, index, value: values[index] });
            }
            if imatrix.entries.insert(name.clone(), values).is_some() {
                return Err(ImatrixFault::Duplicate { name });
            }
        }
        if cursor.left() > 0 {
            imatrix.chunks = Some(cursor.number("the chunk count")?);
        }
        if cursor.left() > 0 {
            imatrix.dataset = Some(cursor.text("the name of the text", MAX_NAME)?);
        }
        match cursor.left() {
            0 => Ok(imatrix),
            bytes => Err(ImatrixFault::Trailing { bytes }),
        }
    }

    /// Entries in the file.
    #[must_use]
    pub fn n_entries(&self) -> usize {
        self.entries.len()
    }

    /// Importance of the columns of one expert of a stacked tensor: an entry of its own, or its
    /// part of the tensor's entry. `Err` holds the number of values of an entry that does not
    /// have `n_experts · width` of them.
    pub(super) fn expert(
        &self,
        tensor: &str,
        (expert, n_experts): (usize, usize),
        width: usize,
    ) -> std::result::Result<Option<&[f32]>, usize> {
        for name in [format!("{tensor}.expert.{expert}"), format!("{tensor}.expert_{expert}")] {
            if let Some(values) = self.entries.get(&name) {
                return if values.len() == width { Ok(Some(values)) } else { Err(values.len()) };
            }
        }
        match self.entries.get(tensor) {
            None => Ok(None),
            Some(values) if values.len() == n_experts * width => {
                Ok(Some(&values[expert * width..][..width]))
            }
            Some(values) => Err(values.len()),
        }
    }
}

struct Cursor<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Cursor<'a> {
    fn left(&self) -> usize {
        self.bytes.len() - self.offset
    }

    fn take(
        &mut self,
        n: usize,
        what: &'static str,
    ) -> std::result::Result<&'a [u8], ImatrixFault> {
        let truncated = ImatrixFault::Truncated { what, offset: self.offset };
        let taken = self.bytes[self.offset..].get(..n).ok_or(truncated)?;
        self.offset += n;
        Ok(taken)
    }

    fn number(&mut self, what: &'static str) -> std::result::Result<i32, ImatrixFault> {
        let bytes = self.take(4, what)?;
        Ok(i32::from_le_bytes(bytes.try_into().expect("four bytes were taken")))
    }

    fn count(
        &mut self,
        what: &'static str,
        max: usize,
    ) -> std::result::Result<usize, ImatrixFault> {
        let offset = self.offset;
        let found = self.number(what)?;
        let count = usize::try_from(found).ok().filter(|count| *count <= max);
        count.ok_or(ImatrixFault::Count { what, offset, found })
    }

    fn text(
        &mut self,
        what: &'static str,
        max: usize,
    ) -> std::result::Result<String, ImatrixFault> {
        let length = self.count(what, max)?;
        let offset = self.offset;
        let bytes = self.take(length, what)?;
        String::from_utf8(bytes.to_vec()).map_err(|_| ImatrixFault::Name { offset })
    }

    /// Values divided by the number of calls they were summed over.
    fn floats(&mut self, n: usize, n_calls: usize) -> std::result::Result<Vec<f32>, ImatrixFault> {
        let bytes = self.take(4 * n, "the values")?;
        let calls = n_calls.max(1) as f32;
        let values = bytes.as_chunks().0.iter();
        Ok(values.map(|bytes| f32::from_le_bytes(*bytes) / calls).collect())
    }
}
