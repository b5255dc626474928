//! Reads a `tokenizer.json`.
//!
//! The format can describe many tokenizers; only the one of this engine is accepted.
//! Every setting that could change a token is compared with what the engine does, and a key that
//! is not known here is refused, since it could change anything.

use serde_json::{Map, Value, json};

use super::error::{Error, Result, TokenProblem, clipped, quoted};
use super::{TokenId, TokenType, TokenizerParts};

/// Text of the token that begins a text.
const BOS: &str = "<｜begin▁of▁sentence｜>";

/// Text of the token that ends a text.
const EOS: &str = "<｜end▁of▁sentence｜>";

/// The three expressions of [`split`](super::split), as the file writes them.
const SPLITS: [&str; 3] = [
    r"\p{N}{1,3}",
    "[一-龥\u{3040}-ゟ゠-ヿ]+",
    concat!(
        r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^"##,
        "\r\n",
        r"\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[",
        "\r\n",
        r"]*|\s*[",
        "\r\n",
        r"]+|\s+(?!\S)|\s+",
    ),
];

/// A setting of byte-level stages that moves reported offsets and no token.
const OFFSETS_ONLY: &str = "trim_offsets";

/// The parts of the tokenizer that `bytes` describes.
pub(super) fn parse(bytes: &[u8]) -> Result<TokenizerParts> {
    let file: Value = serde_json::from_slice(bytes).map_err(Error::Json)?;
    let mut file = object(Some(file), "the file")?;
    check_stages(&file)?;
    let added = array(file.remove("added_tokens"), "added_tokens")?;
    let mut model = object(file.remove("model"), "model")?;
    check_model(&model)?;
    let vocab = object(model.remove("vocab"), "model.vocab")?;
    let merges = array(model.remove("merges"), "model.merges")?;
    let (tokens, token_types) = tokens(vocab, added)?;
    let find = |role, text: &str| {
        super::vocabulary::ids(tokens.len())
            .zip(&tokens)
            .find_map(|(token, found)| (found == text).then_some(token))
            .ok_or_else(|| Error::MissingSpecial { role, wanted: quoted(text) })
    };
    let (bos, eos) = (find("begin", BOS)?, find("end", EOS)?);
    let merges = merges.into_iter().zip(0..).map(|(m, rank)| merge(m, rank)).collect::<Result<_>>();
    Ok(TokenizerParts { tokens, token_types, merges: merges?, bos, eos })
}

/// Refuses stages around the model that would change tokens.
fn check_stages(file: &Map<String, Value>) -> Result<()> {
    let missing = Value::Null;
    let stage = |key: &str| file.get(key).unwrap_or(&missing);
    for key in file.keys() {
        match key.as_str() {
            "added_tokens" | "decoder" | "model" | "normalizer" | "padding" | "post_processor"
            | "pre_tokenizer" | "truncation" | "version" => {}
            unknown => return Err(setting(unknown, "no such key", file.get(unknown))),
        }
    }
    same("version", &json!("1.0"), stage("version"))?;
    same("truncation", &Value::Null, stage("truncation"))?;
    same("padding", &Value::Null, stage("padding"))?;
    if !stage("normalizer").is_null() {
        let nothing = json!({ "type": "Sequence", "normalizers": [] });
        same("normalizer", &nothing, stage("normalizer"))?;
    }
    same("pre_tokenizer", &pre_tokenizer(), stage("pre_tokenizer"))?;
    let byte_level = json!("ByteLevel");
    if !stage("post_processor").is_null() {
        same("post_processor.type", &byte_level, &stage("post_processor")["type"])?;
    }
    same("decoder.type", &byte_level, &stage("decoder")["type"])
}

/// The stage that [`split`](super::split) and [`alphabet`](super::alphabet) implement.
fn pre_tokenizer() -> Value {
    let split = |pattern| {
        json!({
            "type": "Split",
            "pattern": { "Regex": pattern },
            "behavior": "Isolated",
            "invert": false,
        })
    };
    let mut stages: Vec<Value> = SPLITS.into_iter().map(split).collect();
    stages.push(json!({ "type": "ByteLevel", "add_prefix_space": false, "use_regex": false }));
    json!({ "type": "Sequence", "pretokenizers": stages })
}

/// Refuses a model that is not plain byte-pair encoding by merges.
fn check_model(model: &Map<String, Value>) -> Result<()> {
    same("model.type", &json!("BPE"), model.get("type").unwrap_or(&Value::Null))?;
    for (key, found) in model {
        let path = format!("model.{key}");
        match key.as_str() {
            "type" | "vocab" | "merges" => {}
            "dropout" | "unk_token" => same(&path, &Value::Null, found)?,
            "continuing_subword_prefix" | "end_of_word_suffix" => {
                if found != "" {
                    same(&path, &Value::Null, found)?;
                }
            }
            "fuse_unk" | "byte_fallback" | "ignore_merges" => same(&path, &json!(false), found)?,
            _ => return Err(setting(&path, "no such key", Some(found))),
        }
    }
    Ok(())
}

/// Texts and types of all tokens, by id.
fn tokens(vocab: Map<String, Value>, added: Vec<Value>) -> Result<(Vec<String>, Vec<i32>)> {
    // Ids are dense, so an id at or above the number of entries is an error in any case.
    let n_entries = vocab.len() + added.len();
    let mut slots: Vec<Option<(String, TokenType)>> = Vec::new();
    slots.resize_with(n_entries, || None);
    for (text, id) in vocab {
        let token = token_id(&id, n_entries)
            .ok_or_else(|| setting(&format!("model.vocab[{}]", quoted(&text)), ID, Some(&id)))?;
        let slot = &mut slots[token.index()];
        if slot.is_some() {
            return Err(Error::Token {
                token,
                text: quoted(&text),
                problem: TokenProblem::IdTaken,
            });
        }
        *slot = Some((text, TokenType::Normal));
    }
    for (entry, index) in added.into_iter().zip(0_usize..) {
        let (token, text, token_type) = added_token(&entry, index, n_entries)?;
        let slot = &mut slots[token.index()];
        // An added token may also be an entry of the vocabulary, under the same id.
        if slot.as_ref().is_some_and(|(taken, kind)| *taken != text || kind.is_added()) {
            return Err(Error::Token {
                token,
                text: quoted(&text),
                problem: TokenProblem::IdTaken,
            });
        }
        *slot = Some((text, token_type));
    }
    let n_tokens = slots.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
    slots.truncate(n_tokens);
    let entries = super::vocabulary::ids(n_tokens).zip(slots);
    entries
        .map(|(token, slot)| slot.map(|(text, kind)| (text, kind as i32)).ok_or(token))
        .collect::<std::result::Result<(Vec<_>, Vec<_>), _>>()
        .map_err(|token| Error::Missing { token })
}

/// What an id has to be.
const ID: &str = "an id below the number of entries";

/// Id, text and type of the added token `entry`, which is number `index` of the list.
fn added_token(
    entry: &Value,
    index: usize,
    n_entries: usize,
) -> Result<(TokenId, String, TokenType)> {
    let wrong = |key: &str, expected: &str| {
        setting(&format!("added_tokens[{index}].{key}"), expected, entry.get(key))
    };
    let token = entry.get("id").and_then(|id| token_id(id, n_entries));
    let token = token.ok_or_else(|| wrong("id", ID))?;
    let text = entry.get("content").and_then(Value::as_str);
    let text = text.ok_or_else(|| wrong("content", "a string"))?;
    let flag = |key: &str| match entry.get(key) {
        None => Ok(false),
        Some(found) => found.as_bool().ok_or_else(|| wrong(key, "true or false")),
    };
    if flag("single_word")? || flag("lstrip")? || flag("rstrip")? {
        return Err(Error::Token { token, text: quoted(text), problem: TokenProblem::Matching });
    }
    let token_type = if flag("special")? { TokenType::Control } else { TokenType::UserDefined };
    Ok((token, text.to_owned(), token_type))
}

fn token_id(id: &Value, n_entries: usize) -> Option<TokenId> {
    let id = u32::try_from(id.as_u64()?).ok().map(TokenId)?;
    (id.index() < n_entries).then_some(id)
}

/// The merge `entry` as "left right": it is written so, or as a list of both.
fn merge(entry: Value, rank: usize) -> Result<String> {
    match entry {
        Value::String(text) => return Ok(text),
        Value::Array(ref parts) => {
            if let [Value::String(left), Value::String(right)] = parts.as_slice() {
                return Ok(format!("{left} {right}"));
            }
        }
        _ => {}
    }
    Err(setting(&format!("model.merges[{rank}]"), "two parts", Some(&entry)))
}

/// Refuses `found` unless it asks for what `expected` does; `key` is where it stands.
fn same(key: &str, expected: &Value, found: &Value) -> Result<()> {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            for (name, value) in expected {
                same(&format!("{key}.{name}"), value, found.get(name).unwrap_or(&Value::Null))?;
            }
            let is_extra = |name: &&String| !expected.contains_key(*name) && *name != OFFSETS_ONLY;
            match found.keys().find(is_extra) {
                Some(name) => {
                    Err(setting(&format!("{key}.{name}"), "no such key", found.get(name)))
                }
                None => Ok(()),
            }
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
                same(&format!("{key}[{index}]"), expected, found)?;
            }
            Ok(())
        }
        _ if expected == found => Ok(()),
        _ => Err(setting(key, &shown(expected), Some(found))),
    }
}

fn object(value: Option<Value>, key: &str) -> Result<Map<String, Value>> {
    match value {
        Some(Value::Object(map)) => Ok(map),
        other => Err(setting(key, "an object", other.as_ref())),
    }
}

fn array(value: Option<Value>, key: &str) -> Result<Vec<Value>> {
    match value {
        Some(Value::Array(values)) => Ok(values),
        other => Err(setting(key, "a list", other.as_ref())),
    }
}

fn setting(key: &str, expected: &str, found: Option<&Value>) -> Error {
    let found = found.map_or_else(|| "nothing".to_owned(), shown);
    Error::Setting { key: clipped(key).to_owned(), expected: expected.to_owned(), found }
}

/// `value` in a few words.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(values) => format!("a list of {}", values.len()),
        Value::Object(map) => match map.get("type") {
            Some(Value::String(name)) => format!("an object of type {}", quoted(name)),
            _ => format!("an object of {} keys", map.len()),
        },
        other => other.to_string(),
    }
}
