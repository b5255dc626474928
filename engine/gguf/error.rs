//! What can be wrong with opening a file and with asking it for a value.

#![forbid(unsafe_code)]

use std::io;
use std::path::{Path, PathBuf};

use super::Problems;

/// The outcome of everything in this layer that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a GGUF file could not be opened, or a metadata value not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused to open the file.
    #[error("cannot open {}", path.display())]
    Open {
        /// The file, as the user wrote it.
        path: PathBuf,
        /// Its reason.
        source: io::Error,
    },
    /// The path names a directory, a pipe or a device.
    #[error("{} is not a regular file\nhelp: name the .gguf file itself", path.display())]
    NotAFile {
        /// The file, as the user wrote it.
        path: PathBuf,
    },
    /// The operating system refused to map the file.
    #[error("cannot map {} into memory", path.display())]
    Map {
        /// The file, as the user wrote it.
        path: PathBuf,
        /// Its reason.
        source: io::Error,
    },
    /// The operating system could not read a part of the file.
    #[error("cannot read {bytes} bytes of {} from byte {offset}", path.display())]
    Read {
        /// The file, as the user wrote it.
        path: PathBuf,
        /// The first byte.
        offset: u64,
        /// How many bytes.
        bytes: usize,
        /// Its reason.
        source: io::Error,
    },
    /// The bytes are not a whole and consistent GGUF file.
    #[error("{} is not a GGUF file that can be used\n{problems}", subject(path.as_deref()))]
    Malformed {
        /// The file, as the user wrote it; `None` for bytes that were parsed on their own.
        path: Option<PathBuf>,
        /// Everything found wrong; never empty.
        problems: Problems,
    },
    /// A metadata key is absent.
    #[error("metadata key `{key}`: expected {expected}, found nothing")]
    MissingKey {
        /// The key asked for.
        key: String,
        /// What its value had to be.
        expected: &'static str,
    },
    /// A metadata key has a value of another kind, or one out of range.
    #[error("metadata key `{key}`: expected {expected}, found {found}")]
    WrongValue {
        /// The key asked for.
        key: String,
        /// What its value had to be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
}

/// What the first line of [`Error::Malformed`] talks about.
fn subject(path: Option<&Path>) -> String {
    path.map_or_else(|| "the input".to_owned(), |path| path.display().to_string())
}
