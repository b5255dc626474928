//! What can be wrong with a tokenizer's definition.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::TokenId;

/// Result of building a tokenizer.
pub type Result<T> = std::result::Result<T, Error>;

/// A tokenizer definition that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file, as the user wrote it.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is longer than any tokenizer.
    #[error("{} is longer than {limit_mib} MiB, more than any tokenizer", path.display())]
    TooLong {
        /// The file, as the user wrote it.
        path: PathBuf,
        /// The longest file that is read.
        limit_mib: u64,
    },
    /// The file is not JSON, or not the JSON of a tokenizer.
    #[error("not a tokenizer.json")]
    Json(#[source] serde_json::Error),
    /// A setting asks for something other than this tokenizer does.
    #[error("{key}: expected {expected}, found {found}")]
    Setting {
        /// Where the setting is, as a path of keys.
        key: String,
        /// What this tokenizer does.
        expected: String,
        /// What the definition asks for, shortened.
        found: String,
    },
    /// The added tokens need more memory than the matcher can address.
    #[error("cannot match the added tokens")]
    Added(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The lists of tokens and of their types differ in length.
    #[error("{n_types} token types for {n_tokens} tokens")]
    TokenTypes {
        /// Length of the list of tokens.
        n_tokens: usize,
        /// Length of the list of types.
        n_types: usize,
    },
    /// The vocabulary has more entries than ids can name.
    #[error("a vocabulary of {n_tokens} tokens, more than {limit}")]
    TooManyTokens {
        /// Entries found.
        n_tokens: usize,
        /// Most entries allowed.
        limit: usize,
    },
    /// One token of the vocabulary is unusable.
    #[error("token {token} {text}: {problem}")]
    Token {
        /// Which token.
        token: TokenId,
        /// Its text, quoted and shortened.
        text: String,
        /// What is wrong with it.
        problem: TokenProblem,
    },
    /// No token has this id, although a higher one exists.
    #[error("no token has the id {token}")]
    Missing {
        /// The id that was skipped.
        token: TokenId,
    },
    /// No base token stands for a byte, so some text could not be encoded.
    #[error("no token stands for the byte {byte:#04x}")]
    MissingByte {
        /// The lowest such byte.
        byte: u8,
    },
    /// The beginning or end token is not in the vocabulary.
    #[error("no {role} token {wanted}")]
    MissingSpecial {
        /// What the token is for.
        role: &'static str,
        /// The text or id that was looked for.
        wanted: String,
    },
    /// One merge is unusable.
    #[error("merge {rank} {text}: {problem}")]
    Merge {
        /// Index in the list of merges.
        rank: usize,
        /// The merge as written, quoted and shortened.
        text: String,
        /// What is wrong with it.
        problem: MergeProblem,
    },
}

/// What is wrong with a token of the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenProblem {
    /// It has no text.
    Empty,
    /// A token before it has the same text.
    Duplicate,
    /// It is longer than any token.
    TooLong,
    /// It is a base token with a character that stands for no byte.
    Alphabet,
    /// Its type is none of those known.
    Type(i32),
    /// Its id is used by another token.
    IdTaken,
    /// It asks for matching that depends on the characters around it.
    Matching,
}

impl fmt::Display for TokenProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("has no text"),
            Self::Duplicate => f.write_str("is in the vocabulary twice"),
            Self::TooLong => f.write_str("is too long"),
            Self::Alphabet => f.write_str("has a character that stands for no byte"),
            Self::Type(found) => write!(f, "expected a token type 1 to 6, found {found}"),
            Self::IdTaken => f.write_str("has the id of another token"),
            Self::Matching => {
                f.write_str("expected single_word, lstrip and rstrip false, found one of them true")
            }
        }
    }
}

/// What is wrong with a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MergeProblem {
    /// It is not two parts with one space between.
    Form,
    /// One part is not a base token.
    Part,
    /// The parts joined are not a base token.
    Product,
    /// A merge before it has the same parts.
    Duplicate,
}

impl fmt::Display for MergeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "expected two parts with one space between",
            Self::Part => "a part is not a base token",
            Self::Product => "the joined parts are not a base token",
            Self::Duplicate => "is in the list twice",
        })
    }
}

/// `text` quoted and shortened, for a message.
pub(super) fn quoted(text: &str) -> String {
    let clip = clipped(text);
    if clip.len() < text.len() { format!("{clip:?}...") } else { format!("{text:?}") }
}

/// The first characters of `text`, at most [`SHOWN_CHARS`].
pub(super) fn clipped(text: &str) -> &str {
    text.char_indices().nth(SHOWN_CHARS).map_or(text, |(end, _)| &text[..end])
}

/// Longest text of a file that a message repeats, in characters.
const SHOWN_CHARS: usize = 120;
