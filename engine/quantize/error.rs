//! What can be wrong with a conversion.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::encode::Unencodable;
use super::imatrix::ImatrixFault;
use super::safetensors::{Dtype, HeaderFault};
use super::vocabulary::VocabularyFault;
use crate::gguf::WriteError;

/// Problems shown before the rest is only counted.
const SHOWN: usize = 20;

/// The result of a conversion step.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a checkpoint could not be converted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of the checkpoint cannot be read.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A file of the checkpoint is not the JSON it should be.
    #[error("{} is not as expected", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What the parser found and where.
        source: serde_json::Error,
    },
    /// The configuration describes a model that this program does not convert.
    #[error("{}: {key} is {found}, expected {expected}", path.display())]
    Config {
        /// The configuration file.
        path: PathBuf,
        /// The key in it.
        key: &'static str,
        /// Its value.
        found: String,
        /// What it would have to be.
        expected: String,
    },
    /// A shard's header is broken.
    #[error("{} is not a valid safetensors file", path.display())]
    Header {
        /// The shard.
        path: PathBuf,
        /// The fault.
        source: HeaderFault,
    },
    /// The tokenizer definition does not fit the model.
    #[error("{} does not fit the model", path.display())]
    Vocabulary {
        /// The tokenizer definition.
        path: PathBuf,
        /// The fault.
        source: VocabularyFault,
    },
    /// The importance matrix is broken or belongs to another model.
    #[error("{} is not a usable importance matrix", path.display())]
    Imatrix {
        /// The file.
        path: PathBuf,
        /// The fault.
        source: ImatrixFault,
    },
    /// The tensors are not those that the configuration asks for.
    #[error("{}", Problems { path, problems })]
    Mismatch {
        /// The checkpoint's folder.
        path: PathBuf,
        /// Every difference, in the order of the output; never empty.
        problems: Vec<Problem>,
    },
    /// A number in a tensor cannot be written.
    #[error("{tensor}")]
    Value {
        /// The tensor in the checkpoint.
        tensor: String,
        /// The number and its place.
        source: Unencodable,
    },
    /// A hash-routing table names an expert that does not exist.
    #[error("{tensor}: row {row} names expert {expert}, but there are {n_experts}")]
    Expert {
        /// The tensor in the checkpoint.
        tensor: String,
        /// Row of the table, a token.
        row: usize,
        /// The number found.
        expert: i64,
        /// Experts of the model.
        n_experts: usize,
    },
    /// The output cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// One difference between the checkpoint and what its configuration asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A tensor is absent.
    Missing {
        /// Its name in the checkpoint.
        name: String,
    },
    /// A tensor is there that no part of the model uses.
    Unexpected {
        /// Its name in the checkpoint.
        name: String,
    },
    /// A tensor has another shape.
    Shape {
        /// Its name in the checkpoint.
        name: String,
        /// The shape the configuration implies, slowest dimension first.
        expected: Vec<usize>,
        /// The shape found.
        found: Vec<usize>,
    },
    /// A tensor has an element type that its place does not allow.
    Dtype {
        /// Its name in the checkpoint.
        name: String,
        /// The type found.
        found: Dtype,
    },
    /// The importance matrix has another number of values for a tensor.
    Importance {
        /// Name of the tensor in the output.
        name: String,
        /// Values needed.
        expected: usize,
        /// Values found.
        found: usize,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name } => write!(f, "{name}: missing"),
            Self::Unexpected { name } => write!(f, "{name}: not part of the model"),
            Self::Shape { name, expected, found } => {
                write!(f, "{name}: expected shape {expected:?}, found {found:?}")
            }
            Self::Dtype { name, found } => write!(f, "{name}: cannot be of type {found}"),
            Self::Importance { name, expected, found } => {
                write!(f, "{name}: expected {expected} importance values, found {found}")
            }
        }
    }
}

struct Problems<'a> {
    path: &'a PathBuf,
    problems: &'a [Problem],
}

impl fmt::Display for Problems<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} does not hold the tensors of its config.json", self.path.display())?;
        for problem in self.problems.iter().take(SHOWN) {
            writeln!(f, "  {problem}")?;
        }
        if let Some(rest @ 1..) = self.problems.len().checked_sub(SHOWN) {
            writeln!(f, "  and {rest} more")?;
        }
        write!(f, "help: the folder must be in the vendor's layout, with the vendor's tensor names")
    }
}
