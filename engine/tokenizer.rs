//! Turns text into token ids and back, exactly as the model was trained.
//!
//! Encoding has three stages, one module each:
//!
//! 1. added tokens (`<｜User｜>`, `<think>`, ...) are cut out, leftmost first, the longest of those
//!    that begin there;
//! 2. the text between them is split into pieces (`split`);
//! 3. the bytes of each piece are joined to tokens by merges (`merge`).
//!
//! A definition comes as a list of parts ([`TokenizerParts`]), from a model file's metadata or from
//! a `tokenizer.json` (`json`), and is checked whole before use (`vocabulary`).
//! The invariant behind [`Tokenizer::encode_plain`]: merges make base tokens only, so text that a
//! stranger wrote never becomes an added token.

#![forbid(unsafe_code)]

use std::fs::File;
use std::io::Read;
use std::path::Path;

use aho_corasick::AhoCorasick;
use foldhash::HashMap;
use serde::{Deserialize, Serialize};

use crate::gguf::Value;

mod alphabet;
mod error;
mod json;
mod merge;
mod parts;
mod split;
mod stream;
mod vocabulary;

pub use error::{Error, MergeProblem, Result, TokenProblem};
pub use parts::{TokenType, TokenizerParts};
pub use stream::StreamDecoder;

/// Longest `tokenizer.json` that is read; the model's own has 6 MiB.
const MAX_JSON_MIB: u64 = 256;

/// Index of an entry of the vocabulary.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct TokenId(pub u32);

impl TokenId {
    const fn index(self) -> usize {
        self.0 as usize
    }
}

impl std::fmt::Display for TokenId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A vocabulary with its merges, ready to encode and decode.
///
/// It is immutable: threads share it by reference, and equal text gives equal tokens.
#[derive(Debug)]
pub struct Tokenizer {
    tokens: vocabulary::Tokens,
    merges: merge::Merges,
    /// The base tokens that merges make of their own bytes.
    ///
    /// A piece that is found here needs no merging.
    /// Membership is proved for each entry when the vocabulary is built, so this is a shortcut
    /// and never a second definition.
    whole: HashMap<Box<[u8]>, TokenId>,
    /// Finds added tokens; its patterns are `added`, in order.
    matcher: AhoCorasick,
    added: Vec<TokenId>,
    added_by_text: HashMap<String, TokenId>,
    bos: TokenId,
    eos: TokenId,
}

impl Tokenizer {
    /// Builds from the lists of a model file.
    ///
    /// # Errors
    ///
    /// [`Error`] naming the first entry that cannot be used: lists of different lengths, a token
    /// that is empty, repeated or outside the byte alphabet, a merge of unknown parts, a byte
    /// without a token, a `bos` or `eos` outside the vocabulary.
    pub fn from_parts(parts: TokenizerParts) -> Result<Self> {
        vocabulary::build(parts)
    }

    /// Builds from the `tokenizer.ggml.*` keys of a model file; `find` looks up one key.
    ///
    /// # Errors
    ///
    /// As [`TokenizerParts::from_metadata`] and [`from_parts`](Self::from_parts).
    pub fn from_metadata<'v>(find: impl Fn(&str) -> Option<&'v Value>) -> Result<Self> {
        Self::from_parts(TokenizerParts::from_metadata(find)?)
    }

    /// Builds from the bytes of a `tokenizer.json`.
    ///
    /// # Errors
    ///
    /// [`Error::Json`] when `bytes` is not JSON, [`Error::Setting`] when it asks for anything
    /// other than this tokenizer does, else as [`from_parts`](Self::from_parts).
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        Self::from_parts(json::parse(bytes)?)
    }

    /// Builds from a `tokenizer.json`.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] and [`Error::TooLong`], else as [`from_json`](Self::from_json).
    pub fn from_json_file(path: &Path) -> Result<Self> {
        let read_error = |source| Error::Read { path: path.to_owned(), source };
        let limit = MAX_JSON_MIB << 20;
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(read_error)?;
        let n_read = file.take(limit + 1).read_to_end(&mut bytes).map_err(read_error)?;
        if n_read as u64 > limit {
            return Err(Error::TooLong { path: path.to_owned(), limit_mib: MAX_JSON_MIB });
        }
        Self::from_json(&bytes)
    }

    /// Tokens of `text`, with the added tokens that are written in it.
    ///
    /// No token is put before or after.
    /// Text from users and tools goes through [`encode_plain`](Self::encode_plain) instead.
    #[must_use]
    pub fn encode(&self, text: &str) -> Vec<TokenId> {
        let mut encoder = Encoder::new(self, text);
        let mut start = 0;
        for found in self.matcher.find_iter(text) {
            encoder.encode(&text[start..found.start()]);
            encoder.out.push(self.added[found.pattern().as_usize()]);
            start = found.end();
        }
        encoder.encode(&text[start..]);
        encoder.out
    }

    /// Tokens of `text` as a stranger's words: what looks like an added token stays text.
    #[must_use]
    pub fn encode_plain(&self, text: &str) -> Vec<TokenId> {
        let mut encoder = Encoder::new(self, text);
        encoder.encode(text);
        encoder.out
    }

    /// Text of `tokens`, with U+FFFD where their bytes are not UTF-8.
    ///
    /// Added tokens give their literal text, ids outside the vocabulary nothing.
    #[must_use]
    pub fn decode(&self, tokens: &[TokenId]) -> String {
        String::from_utf8(self.decode_bytes(tokens))
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    /// Bytes of `tokens`; see [`decode`](Self::decode).
    #[must_use]
    pub fn decode_bytes(&self, tokens: &[TokenId]) -> Vec<u8> {
        tokens.iter().filter_map(|&token| self.token_bytes(token)).flatten().copied().collect()
    }

    /// A decoder for tokens that arrive one at a time.
    #[must_use]
    pub const fn stream_decoder(&self) -> StreamDecoder<&Self> {
        StreamDecoder::new(self)
    }

    /// Bytes that `token` stands for, which need not be UTF-8; `None` outside the vocabulary.
    #[must_use]
    pub fn token_bytes(&self, token: TokenId) -> Option<&[u8]> {
        self.tokens.bytes(token)
    }

    /// The added token that is written `text`.
    #[must_use]
    pub fn token_id(&self, text: &str) -> Option<TokenId> {
        self.added_by_text.get(text).copied()
    }

    /// Whether `token` is an added token, which no merges make.
    #[must_use]
    pub fn is_added(&self, token: TokenId) -> bool {
        self.tokens.token_type(token).is_some_and(|token_type| token_type != TokenType::Normal)
    }

    /// Whether `token` steers the model and is no text for a reader.
    #[must_use]
    pub fn is_special(&self, token: TokenId) -> bool {
        self.tokens.token_type(token) == Some(TokenType::Control)
    }

    /// Entries of the vocabulary; ids are below it.
    #[must_use]
    pub fn n_tokens(&self) -> usize {
        self.tokens.len()
    }

    /// The token that begins a text; encoding does not add it.
    #[must_use]
    pub const fn bos(&self) -> TokenId {
        self.bos
    }

    /// The token that ends a text.
    #[must_use]
    pub const fn eos(&self) -> TokenId {
        self.eos
    }
}

/// One encoding in progress.
struct Encoder<'t> {
    tokenizer: &'t Tokenizer,
    scratch: merge::Scratch,
    out: Vec<TokenId>,
}

impl<'t> Encoder<'t> {
    /// Bytes of text for each token that is set aside for the result.
    const BYTES_PER_TOKEN: usize = 4;

    fn new(tokenizer: &'t Tokenizer, text: &str) -> Self {
        let out = Vec::with_capacity(text.len() / Self::BYTES_PER_TOKEN);
        Self { tokenizer, scratch: merge::Scratch::default(), out }
    }

    /// Appends the base tokens of `text`.
    fn encode(&mut self, text: &str) {
        let Self { tokenizer, scratch, out } = self;
        split::pieces(text, |piece| {
            let piece = piece.as_bytes();
            match tokenizer.whole.get(piece) {
                Some(&token) => out.push(token),
                None => tokenizer.merges.encode(piece, scratch, out),
            }
        });
    }
}
