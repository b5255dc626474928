//! A vocabulary as a model file lists it.

use super::TokenId;
use super::error::{Error, Result};
use crate::gguf::Value;

/// The tokenizer model that the metadata must name.
const MODEL: &str = "gpt2";

/// The pre-tokenizer that the metadata must name.
const PRE_TOKENIZER: &str = "joyai-llm";

/// What a [`Tokenizer`](super::Tokenizer) is built from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenizerParts {
    /// Text of each token, by id: base tokens in the alphabet with one character a byte, added
    /// tokens as they appear in text.
    pub tokens: Vec<String>,
    /// Type of each token, parallel to `tokens`: the numbers of [`TokenType`].
    pub token_types: Vec<i32>,
    /// The pairs to join, best first, each as two base tokens with one space between.
    pub merges: Vec<String>,
    /// The token that begins a text.
    pub bos: TokenId,
    /// The token that ends a text.
    pub eos: TokenId,
}

impl TokenizerParts {
    /// Reads the `tokenizer.ggml.*` keys of a model file; `find` looks up one key.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] when a key is missing, has another type, or names a tokenizer other
    /// than this one.
    pub fn from_metadata<'v>(find: impl Fn(&str) -> Option<&'v Value>) -> Result<Self> {
        let key = |name: &str| {
            let key = format!("tokenizer.ggml.{name}");
            let value = find(&key);
            (key, value)
        };
        expect_name(key("model"), MODEL)?;
        expect_name(key("pre"), PRE_TOKENIZER)?;
        Ok(Self {
            tokens: array(key("tokens"), "an array of strings", as_string)?,
            token_types: array(key("token_type"), "an array of 32-bit integers", as_i32)?,
            merges: array(key("merges"), "an array of strings", as_string)?,
            bos: token(key("bos_token_id"))?,
            eos: token(key("eos_token_id"))?,
        })
    }
}

/// What a token is; its discriminant is the number in model files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenType {
    /// A base token, made of bytes by merges.
    Normal = 1,
    /// Stands for text that has no token; matched nowhere.
    Unknown = 2,
    /// An added token that steers the model.
    Control = 3,
    /// An added token that is ordinary text to a reader.
    UserDefined = 4,
    /// A hole in the vocabulary; matched nowhere.
    Unused = 5,
    /// A byte of a vocabulary with byte fallback; matched nowhere.
    Byte = 6,
}

impl TokenType {
    /// The type with this number, if there is one.
    #[must_use]
    pub const fn from_number(number: i32) -> Option<Self> {
        match number {
            1 => Some(Self::Normal),
            2 => Some(Self::Unknown),
            3 => Some(Self::Control),
            4 => Some(Self::UserDefined),
            5 => Some(Self::Unused),
            6 => Some(Self::Byte),
            _ => None,
        }
    }

    /// Whether the token is looked for in text as it is written.
    pub(super) const fn is_added(self) -> bool {
        matches!(self, Self::Control | Self::UserDefined)
    }
}

/// A key and what was found under it.
type Entry<'v> = (String, Option<&'v Value>);

fn expect_name((key, value): Entry<'_>, expected: &str) -> Result<()> {
    match value {
        Some(Value::String(found)) if found == expected => Ok(()),
        _ => Err(unexpected(key, &format!("{expected:?}"), value)),
    }
}

fn array<T>(
    (key, value): Entry<'_>,
    expected: &str,
    element: impl Fn(&Value) -> Option<T>,
) -> Result<Vec<T>> {
    let elements = match value {
        Some(Value::Array(_, elements)) => elements.iter().map(element).collect(),
        _ => None,
    };
    elements.ok_or_else(|| unexpected(key, expected, value))
}

fn token((key, value): Entry<'_>) -> Result<TokenId> {
    let token = match value {
        Some(&Value::U32(id)) => Some(id),
        Some(&Value::U64(id)) => u32::try_from(id).ok(),
        Some(&Value::I32(id)) => u32::try_from(id).ok(),
        Some(&Value::I64(id)) => u32::try_from(id).ok(),
        _ => None,
    };
    token.map(TokenId).ok_or_else(|| unexpected(key, "a token id", value))
}

fn as_string(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

fn as_i32(value: &Value) -> Option<i32> {
    match *value {
        Value::I32(number) => Some(number),
        Value::U32(number) => i32::try_from(number).ok(),
        _ => None,
    }
}

fn unexpected(key: String, expected: &str, found: Option<&Value>) -> Error {
    let found = match found {
        None => "nothing".to_owned(),
        Some(Value::Array(of, elements)) => format!("{} elements of type {of:?}", elements.len()),
        Some(Value::String(text)) => super::error::quoted(text),
        Some(other) => format!("{other:?}"),
    };
    Error::Setting { key, expected: expected.to_owned(), found }
}
