//! Turns tokens into text one at a time.

use std::ops::Deref;

use super::{TokenId, Tokenizer};

/// Decodes a growing sequence of tokens without ever emitting half a character.
///
/// A token may end inside a UTF-8 sequence.
/// Its last bytes, at most three, are held back until the character is whole or cannot become
/// so; what cannot becomes U+FFFD, exactly where [`String::from_utf8_lossy`] would put it.
/// The pieces, joined, equal [`Tokenizer::decode`] of all tokens.
///
/// `T` is any way to reach a tokenizer: `&Tokenizer`, `Arc<Tokenizer>`.
#[derive(Debug, Clone)]
pub struct StreamDecoder<T> {
    tokenizer: T,
    /// Beginning of a character whose other bytes are still to come.
    pending: Vec<u8>,
}

impl<T: Deref<Target = Tokenizer>> StreamDecoder<T> {
    /// A decoder at the beginning of a text.
    pub const fn new(tokenizer: T) -> Self {
        Self { tokenizer, pending: Vec::new() }
    }

    /// Takes the next token and returns the text that it completes, often none.
    ///
    /// A token outside the vocabulary adds nothing, as in [`Tokenizer::decode`].
    pub fn push(&mut self, token: TokenId) -> String {
        self.pending.extend_from_slice(self.tokenizer.token_bytes(token).unwrap_or_default());
        let mut text = String::new();
        let n_done = decode_prefix(&self.pending, &mut text);
        self.pending.drain(..n_done);
        text
    }

    /// Ends the text: returns U+FFFD when a character is left incomplete, else nothing.
    #[must_use]
    pub fn finish(self) -> String {
        String::from_utf8_lossy(&self.pending).into_owned()
    }
}

/// Appends the decidable part of `bytes` to `text` and returns its length in bytes.
///
/// What remains is empty or the beginning of a character.
fn decode_prefix(bytes: &[u8], text: &mut String) -> usize {
    let mut n_done = 0;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        n_done += chunk.valid().len();
        let invalid = chunk.invalid();
        let could_continue = n_done + invalid.len() == bytes.len() && is_beginning(invalid);
        if invalid.is_empty() || could_continue {
            break;
        }
        text.push(char::REPLACEMENT_CHARACTER);
        n_done += invalid.len();
    }
    n_done
}

/// Whether more bytes could make a character of `bytes`.
fn is_beginning(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> (String, usize) {
        let mut text = String::new();
        let n_done = decode_prefix(bytes, &mut text);
        (text, n_done)
    }

    #[test]
    fn an_incomplete_character_waits() {
        assert_eq!(decode(b"ab\xe4\xb8"), ("ab".into(), 2));
        assert_eq!(decode(b"\xf0\x9f\x98"), (String::new(), 0));
        assert_eq!(decode("ab中".as_bytes()), ("ab中".into(), 5));
    }

    #[test]
    fn an_invalid_byte_does_not_wait() {
        assert_eq!(decode(b"a\xff"), ("a\u{fffd}".into(), 2));
        assert_eq!(decode(b"\xe4A"), ("\u{fffd}A".into(), 2));
        assert_eq!(decode(b"\x80\xe4"), ("\u{fffd}".into(), 1));
        assert_eq!(decode(b"\xed\xa0"), ("\u{fffd}\u{fffd}".into(), 2));
    }
}
