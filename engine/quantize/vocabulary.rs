//! The tokenizer definition as GGUF keys.
//!
//! Source: MODEL.md sections 4.4 and 6.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::config::Config;
use super::error::{Error, Result};
use crate::gguf::{Value, ValueType};

/// Why a tokenizer definition does not fit the model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VocabularyFault {
    /// The model is not byte-pair encoding.
    #[error("its model is {kind}, expected BPE")]
    Kind {
        /// The model's kind.
        kind: String,
    },
    /// A token lies outside the model's vocabulary.
    #[error("token {id} lies outside the vocabulary of {n_vocab}")]
    Outside {
        /// The token.
        id: usize,
        /// Entries of the vocabulary.
        n_vocab: usize,
    },
    /// Entries of the vocabulary have no text.
    #[error("{missing} of {n_vocab} tokens have no text, the first is {first}")]
    Holes {
        /// How many.
        missing: usize,
        /// The first.
        first: usize,
        /// Entries of the vocabulary.
        n_vocab: usize,
    },
    /// Two entries of the base vocabulary are the same token.
    #[error("token {id} has two texts")]
    Duplicate {
        /// The token.
        id: usize,
    },
}

/// The `token_type` of an ordinary entry.
const NORMAL: i32 = 1;
/// The `token_type` of an added token with the "special" flag.
const CONTROL: i32 = 3;
/// The `token_type` of any other added token.
const USER_DEFINED: i32 = 4;

#[derive(Deserialize)]
struct Definition {
    #[serde(default)]
    added_tokens: Vec<Added>,
    model: Model,
}

#[derive(Deserialize)]
struct Added {
    id: usize,
    content: String,
    #[serde(default)]
    special: bool,
}

#[derive(Deserialize)]
struct Model {
    #[serde(rename = "type")]
    kind: String,
    vocab: BTreeMap<String, usize>,
    merges: Vec<Merge>,
}

/// A merge in either of the spellings in use.
#[derive(Deserialize)]
#[serde(untagged)]
enum Merge {
    Joined(String),
    Pair([String; 2]),
}

/// Reads a `tokenizer.json` and returns its keys, in file order.
pub(super) fn read(path: &Path, config: &Config) -> Result<Vec<(String, Value)>> {
    let text = fs::read(path).map_err(|source| Error::Io { path: path.to_path_buf(), source })?;
    let definition: Definition = serde_json::from_slice(&text)
        .map_err(|source| Error::Json { path: path.to_path_buf(), source })?;
    let entries = entries(&definition, config.vocab_size)
        .map_err(|source| Error::Vocabulary { path: path.to_path_buf(), source })?;
    let types = entries.iter().map(|(_, kind)| Value::I32(*kind)).collect();
    let tokens = entries.into_iter().map(|(text, _)| Value::String(text)).collect();
    let merges = definition.model.merges.into_iter().map(|merge| match merge {
        Merge::Joined(text) => Value::String(text),
        Merge::Pair([left, right]) => Value::String(format!("{left} {right}")),
    });
    let text = |text: &str| Value::String(text.to_owned());
    let keys = [
        ("model", text("gpt2")),
        ("pre", text("joyai-llm")),
        ("tokens", Value::Array(ValueType::String, tokens)),
        ("token_type", Value::Array(ValueType::I32, types)),
        ("merges", Value::Array(ValueType::String, merges.collect())),
        ("bos_token_id", Value::U32(config.bos_token_id)),
        ("eos_token_id", Value::U32(config.eos_token_id)),
        // The vendor pads with the end token.
        ("padding_token_id", Value::U32(config.eos_token_id)),
        ("add_bos_token", Value::Bool(false)),
    ];
    Ok(keys.into_iter().map(|(key, value)| (format!("tokenizer.ggml.{key}"), value)).collect())
}

/// Text and type of every entry; added tokens replace base entries of the same number.
fn entries(
    definition: &Definition,
    n_vocab: usize,
) -> std::result::Result<Vec<(String, i32)>, VocabularyFault> {
    if definition.model.kind != "BPE" {
        return Err(VocabularyFault::Kind { kind: definition.model.kind.clone() });
    }
    let mut entries: Vec<Option<(String, i32)>> = vec![None; n_vocab];
    for (text, &id) in &definition.model.vocab {
        let entry = entries.get_mut(id).ok_or(VocabularyFault::Outside { id, n_vocab })?;
        if entry.replace((text.clone(), NORMAL)).is_some() {
            return Err(VocabularyFault::Duplicate { id });
        }
    }
    for Added { id, content, special } in &definition.added_tokens {
        let id = *id;
        let entry = entries.get_mut(id).ok_or(VocabularyFault::Outside { id, n_vocab })?;
        *entry = Some((content.clone(), if *special { CONTROL } else { USER_DEFINED }));
    }
    let missing = entries.iter().filter(|entry| entry.is_none()).count();
    match entries.iter().position(Option::is_none) {
        Some(first) => Err(VocabularyFault::Holes { missing, first, n_vocab }),
        None => Ok(entries.into_iter().flatten().collect()),
    }
}
