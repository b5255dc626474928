//! Checks the parts of a tokenizer and builds the tables it works with.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use foldhash::{HashMap, HashMapExt};

use super::alphabet;
use super::error::{Error, MergeProblem, Result, TokenProblem, quoted};
use super::merge::{Merges, Scratch};
use super::{TokenId, TokenType, Tokenizer, TokenizerParts};

/// Longest text of one token, in bytes; the model's longest has 256.
const MAX_TOKEN_BYTES: usize = 4096;

/// Most entries of a vocabulary; the model's has 129,280.
const MAX_TOKENS: usize = 1 << 24;

/// Bytes and type of every token, by id.
#[derive(Debug)]
pub(super) struct Tokens {
    /// The bytes of all tokens, one after the other.
    bytes: Vec<u8>,
    /// Where in `bytes` each token ends.
    ends: Vec<usize>,
    types: Vec<TokenType>,
}

impl Tokens {
    pub(super) const fn len(&self) -> usize {
        self.types.len()
    }

    pub(super) fn bytes(&self, token: TokenId) -> Option<&[u8]> {
        let end = *self.ends.get(token.index())?;
        let start = token.index().checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(&self.bytes[start..end])
    }

    pub(super) fn token_type(&self, token: TokenId) -> Option<TokenType> {
        self.types.get(token.index()).copied()
    }

    /// The base tokens with their bytes, by id.
    fn base(&self) -> impl Iterator<Item = (TokenId, &[u8])> {
        let is_base = |&token: &TokenId| self.token_type(token) == Some(TokenType::Normal);
        ids(self.len()).filter(is_base).map(|token| (token, self.bytes(token).unwrap_or_default()))
    }
}

/// Builds a tokenizer; see [`Tokenizer::from_parts`] for what is refused.
pub(super) fn build(parts: TokenizerParts) -> Result<Tokenizer> {
    let TokenizerParts { tokens: texts, token_types, merges, bos, eos } = parts;
    let types = types(&texts, &token_types)?;
    let by_text = by_text(&texts)?;
    let tokens = tokens(&texts, types)?;
    special("begin", bos, &tokens)?;
    special("end", eos, &tokens)?;

    let mut table = Merges::new(byte_tokens(&tokens)?, merges.len());
    for (rank, text) in merges.iter().enumerate() {
        push_merge(&mut table, text, &by_text, &tokens).map_err(|problem| Error::Merge {
            rank,
            text: quoted(text),
            problem,
        })?;
    }
    let whole = whole(&tokens, &table);

    let is_added = |token: &TokenId| tokens.types[token.index()].is_added();
    let added: Vec<TokenId> = ids(tokens.len()).filter(is_added).collect();
    let added_texts = added.iter().map(|token| &texts[token.index()]);
    let matcher = matcher(added_texts.clone())?;
    let added_by_text = added_texts.cloned().zip(added.iter().copied()).collect();
    Ok(Tokenizer { tokens, merges: table, whole, matcher, added, added_by_text, bos, eos })
}

/// Ids below `n_tokens`.
pub(super) fn ids(n_tokens: usize) -> impl Iterator<Item = TokenId> {
    (0_u32..).map(TokenId).take(n_tokens)
}

/// The type of each token.
fn types(texts: &[String], numbers: &[i32]) -> Result<Vec<TokenType>> {
    if texts.len() != numbers.len() {
        return Err(Error::TokenTypes { n_tokens: texts.len(), n_types: numbers.len() });
    }
    if texts.len() > MAX_TOKENS {
        return Err(Error::TooManyTokens { n_tokens: texts.len(), limit: MAX_TOKENS });
    }
    let entries = ids(texts.len()).zip(texts).zip(numbers);
    entries
        .map(|((token, text), &number)| {
            TokenType::from_number(number)
                .ok_or_else(|| token_error(token, text, TokenProblem::Type(number)))
        })
        .collect()
}

/// The token that each text belongs to.
fn by_text(texts: &[String]) -> Result<HashMap<&str, TokenId>> {
    let mut by_text = HashMap::with_capacity(texts.len());
    for (token, text) in ids(texts.len()).zip(texts) {
        let problem = if text.is_empty() {
            TokenProblem::Empty
        } else if text.len() > MAX_TOKEN_BYTES {
            TokenProblem::TooLong
        } else if by_text.insert(text.as_str(), token).is_some() {
            TokenProblem::Duplicate
        } else {
            continue;
        };
        return Err(token_error(token, text, problem));
    }
    Ok(by_text)
}

/// Bytes of each token: base tokens from the alphabet, others as they are written.
fn tokens(texts: &[String], types: Vec<TokenType>) -> Result<Tokens> {
    let mut bytes = Vec::with_capacity(texts.iter().map(String::len).sum());
    let mut ends = Vec::with_capacity(texts.len());
    for ((token, text), &token_type) in ids(texts.len()).zip(texts).zip(&types) {
        if token_type == TokenType::Normal {
            for symbol in text.chars() {
                let byte = alphabet::byte_of(symbol);
                let error = || token_error(token, text, TokenProblem::Alphabet);
                bytes.push(byte.ok_or_else(error)?);
            }
        } else {
            bytes.extend_from_slice(text.as_bytes());
        }
        ends.push(bytes.len());
    }
    Ok(Tokens { bytes, ends, types })
}

fn special(role: &'static str, token: TokenId, tokens: &Tokens) -> Result<()> {
    match tokens.token_type(token) {
        Some(_) => Ok(()),
        None => Err(Error::MissingSpecial { role, wanted: format!("with the id {token}") }),
    }
}

/// The base token of each single byte.
fn byte_tokens(tokens: &Tokens) -> Result<Box<[TokenId; 256]>> {
    let mut found = [None; 256];
    for (token, bytes) in tokens.base() {
        if let &[byte] = bytes {
            found[usize::from(byte)] = Some(token);
        }
    }
    let mut byte_tokens = Box::new([TokenId::default(); 256]);
    for (byte, (slot, token)) in (0..=u8::MAX).zip(byte_tokens.iter_mut().zip(found)) {
        *slot = token.ok_or(Error::MissingByte { byte })?;
    }
    Ok(byte_tokens)
}

/// Adds the merge written `text`, "left right".
fn push_merge(
    merges: &mut Merges,
    text: &str,
    by_text: &HashMap<&str, TokenId>,
    tokens: &Tokens,
) -> std::result::Result<(), MergeProblem> {
    let (left, right) = text.split_once(' ').ok_or(MergeProblem::Form)?;
    if left.is_empty() || right.is_empty() || right.contains(' ') {
        return Err(MergeProblem::Form);
    }
    let base = |text: &str| {
        let token = by_text.get(text).copied();
        token.filter(|&token| tokens.token_type(token) == Some(TokenType::Normal))
    };
    let parts = base(left).zip(base(right)).ok_or(MergeProblem::Part)?;
    let product = base(&[left, right].concat()).ok_or(MergeProblem::Product)?;
    if merges.push(parts.0, parts.1, product) { Ok(()) } else { Err(MergeProblem::Duplicate) }
}

/// The base tokens whose bytes the merges join to that very token.
fn whole(tokens: &Tokens, merges: &Merges) -> HashMap<Box<[u8]>, TokenId> {
    let mut whole = HashMap::with_capacity(tokens.len());
    let mut scratch = Scratch::default();
    let mut joined = Vec::new();
    for (token, bytes) in tokens.base() {
        joined.clear();
        merges.encode(bytes, &mut scratch, &mut joined);
        if joined == [token] {
            whole.insert(bytes.into(), token);
        }
    }
    whole
}

/// A matcher of literal texts: leftmost first, the longest of those that begin there.
fn matcher<'t>(texts: impl Iterator<Item = &'t String>) -> Result<AhoCorasick> {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        // A full transition table would let a small file ask for much memory.
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .build(texts)
        .map_err(|error| Error::Added(error.into()))
}

fn token_error(token: TokenId, text: &str, problem: TokenProblem) -> Error {
    Error::Token { token, text: quoted(text), problem }
}
