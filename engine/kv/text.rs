//! The text that tokens stand for, as far as it decides how tokens go on.

use super::key::Namer;
use crate::tokenizer::{TokenId, Tokenizer};

/// First letter that is an added token; the ones below are bytes.
const ADDED: u32 = 256;

/// Bytes of the hash of a text.
pub const TEXT_BYTES: usize = 32;

/// How long a text is, and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TextName {
    /// Its letters.
    pub n_letters: u64,
    /// Its hash.
    pub hash: [u8; TEXT_BYTES],
}

impl TextName {
    /// The name of no text: no prompt is found by it.
    pub const NONE: Self = Self { n_letters: u64::MAX, hash: [0; TEXT_BYTES] };
}

/// The text of tokens, letter by letter.
///
/// A letter is a byte, or an added token (`<｜User｜>`, `<think>`, ...), which no bytes spell: text
/// in which somebody wrote the name of a token is another text.
#[derive(Debug, Clone, Default)]
pub struct Text {
    letters: Vec<u32>,
    /// Letters up to the end of each token.
    ends: Vec<usize>,
}

impl Text {
    /// The text of `tokens`.
    #[must_use]
    pub fn new(tokenizer: &Tokenizer, tokens: &[TokenId]) -> Self {
        let mut text = Self::default();
        for &token in tokens {
            text.push(tokenizer, token);
        }
        text
    }

    fn push(&mut self, tokenizer: &Tokenizer, token: TokenId) {
        let bytes = tokenizer.token_bytes(token).unwrap_or_default();
        // What is not in the vocabulary has no text, and is nothing else.
        if tokenizer.is_added(token) || bytes.is_empty() {
            self.letters.push(ADDED + token.0);
        } else {
            self.letters.extend(bytes.iter().map(|&byte| u32::from(byte)));
        }
        self.ends.push(self.letters.len());
    }

    /// Number of letters.
    #[must_use]
    pub const fn n_letters(&self) -> usize {
        self.letters.len()
    }

    /// Letters of the first `n_tokens` tokens.
    #[must_use]
    pub fn letters_of(&self, n_tokens: usize) -> usize {
        if n_tokens == 0 { 0 } else { self.ends[n_tokens - 1] }
    }

    /// Whether this text begins with all of `other`.
    #[must_use]
    pub fn starts_with(&self, other: &Self) -> bool {
        self.letters.starts_with(&other.letters)
    }

    /// The name of the whole text.
    #[must_use]
    pub fn name(&self, namer: &Namer) -> TextName {
        let mut hasher = namer.text();
        update(&mut hasher, &self.letters);
        TextName { n_letters: self.letters.len() as u64, hash: *hasher.finalize().as_bytes() }
    }

    /// The names of the beginnings of these lengths, ascending; those that are too long are left
    /// out.
    pub fn beginnings(
        &self,
        namer: &Namer,
        lens: impl Iterator<Item = u64>,
    ) -> impl Iterator<Item = TextName> {
        let mut hasher = namer.text();
        let mut done = 0;
        lens.map_while(move |n_letters| {
            let len = usize::try_from(n_letters).ok()?;
            update(&mut hasher, self.letters.get(done..len)?);
            done = len;
            Some(TextName { n_letters, hash: *hasher.finalize().as_bytes() })
        })
    }

    /// Tokens of the text from the letter `from` on, made as those of a prompt are; `None` where a
    /// character begins before it or the text is not UTF-8.
    #[must_use]
    pub fn tokens_from(&self, tokenizer: &Tokenizer, from: usize) -> Option<Vec<TokenId>> {
        let mut tokens = vec![];
        let mut bytes = vec![];
        for &letter in &self.letters[from..] {
            match u8::try_from(letter) {
                Ok(byte) => bytes.push(byte),
                Err(_) => {
                    encode(tokenizer, &mut bytes, &mut tokens)?;
                    tokens.push(TokenId(letter - ADDED));
                }
            }
        }
        encode(tokenizer, &mut bytes, &mut tokens)?;
        Some(tokens)
    }
}

/// Appends the tokens of `bytes` and empties them.
fn encode(tokenizer: &Tokenizer, bytes: &mut Vec<u8>, tokens: &mut Vec<TokenId>) -> Option<()> {
    tokens.extend(tokenizer.encode_plain(std::str::from_utf8(bytes).ok()?));
    bytes.clear();
    Some(())
}

fn update(hasher: &mut blake3::Hasher, letters: &[u32]) {
    // In pieces: hashing four bytes at a time would be slow.
    let mut piece = Vec::with_capacity(4096);
    for letters in letters.chunks(1024) {
        piece.clear();
        piece.extend(letters.iter().flat_map(|letter| letter.to_le_bytes()));
        hasher.update(&piece);
    }
}
