//! Names of tokens up to a position.

use std::fmt;

use crate::tokenizer::TokenId;

/// Bytes of a [`Key`].
pub const KEY_BYTES: usize = 32;

/// The name of all tokens up to a position, with whatever else decides the rows they give: a hash,
/// so that equal beginnings have equal names whoever made them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub [u8; KEY_BYTES]);

/// Makes names, and hashes of texts.
///
/// They depend on a secret where there is one, so that nobody without it can test a guess.
#[derive(Clone)]
pub struct Namer {
    secret: [u8; KEY_BYTES],
    root: Key,
}

impl Key {
    /// The name in 64 hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The name that [`Key::hex`] wrote.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 2 * KEY_BYTES {
            return None;
        }
        let digit = |c: u8| match c {
            b'0'..=b'9' => Some(c - b'0'),
            b'a'..=b'f' => Some(c - b'a' + 10),
            _ => None,
        };
        let mut key = [0; KEY_BYTES];
        for (byte, pair) in key.iter_mut().zip(digits.chunks(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self(key))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex()[..12])
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

impl fmt::Debug for Namer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Namer").field("root", &self.root).finish_non_exhaustive()
    }
}

impl Namer {
    /// Names for rows that `fingerprint` decides beside the tokens.
    #[must_use]
    pub fn new(fingerprint: &Key, secret: Option<&[u8; KEY_BYTES]>) -> Self {
        let secret = secret.copied().unwrap_or_default();
        let secret = blake3::derive_key("ds4 2026 names of kept rows", &secret);
        let root = Key(*blake3::keyed_hash(&secret, &fingerprint.0).as_bytes());
        Self { secret, root }
    }

    /// The name of no tokens.
    #[must_use]
    pub const fn root(&self) -> Key {
        self.root
    }

    /// The name of the page that `tokens` fill, after the page `parent` or at the beginning.
    #[must_use]
    pub fn page(&self, parent: &Key, tokens: &[TokenId]) -> Key {
        self.name(b"page", parent, tokens)
    }

    /// The name of the position that `rest`, which fills no page, leads to after the page `parent`.
    #[must_use]
    pub fn mark(&self, parent: &Key, rest: &[TokenId]) -> Key {
        self.name(b"mark", parent, rest)
    }

    /// A hasher of texts.
    #[must_use]
    pub fn text(&self) -> blake3::Hasher {
        blake3::Hasher::new_keyed(&self.secret)
    }

    fn name(&self, kind: &[u8; 4], parent: &Key, tokens: &[TokenId]) -> Key {
        let mut hasher = blake3::Hasher::new_keyed(&self.secret);
        hasher.update(kind).update(&parent.0);
        for token in tokens {
            hasher.update(&token.0.to_le_bytes());
        }
        Key(*hasher.finalize().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_and_read() {
        let key = Key(std::array::from_fn(|i| u8::try_from(i * 8).unwrap()));
        assert_eq!(Key::from_hex(&key.hex()), Some(key));
        assert_eq!(Key::from_hex(&key.hex()[1..]), None);
        assert_eq!(Key::from_hex(&key.hex().replace('8', "x")), None);
        assert_eq!(Key::from_hex(&key.hex().to_uppercase()), None, "one name has one spelling");
    }

    #[test]
    fn names_differ_in_whatever_decides() {
        let fingerprints = [Key([1; 32]), Key([2; 32])];
        let tokens = [1, 2, 3].map(TokenId);
        let mut names = vec![];
        for fingerprint in &fingerprints {
            for secret in [None, Some(&[7; 32])] {
                let namer = Namer::new(fingerprint, secret);
                let page = namer.page(&namer.root(), &tokens);
                names.extend([namer.root(), page, namer.mark(&namer.root(), &tokens)]);
                names.extend([namer.page(&page, &tokens), namer.page(&page, &tokens[..2])]);
            }
        }
        let n_names = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), n_names);
    }
}
