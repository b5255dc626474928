//! What is in a file.
//!
//! ```text
//! head      208 bytes, as below, all numbers little-endian
//! tokens    4 bytes each; encrypted: 16 more
//! checksum  32 bytes, of all before it
//! payload   the rows of a page, or a mark's slot and its partly filled page; encrypted: 16 more
//! checksum  32 bytes, of all before it
//! ```
//!
//! The head begins with a magic word and the version; lengths follow from it and must be those of
//! the file before anything is set aside for them.

use std::{fmt, path::Path};

use super::{
    folder::Disk,
    seal::{NONCE_BYTES, Part, Secret, TAG_BYTES},
};
use crate::{
    kv::{
        key::{KEY_BYTES, Key},
        text::TextName,
    },
    tokenizer::TokenId,
};

const MAGIC: [u8; 8] = *b"ds4-kept";
const VERSION: u32 = 1;

/// Bytes of the head.
pub(super) const HEAD_BYTES: usize = 208;

/// Bytes of a checksum.
const SUM_BYTES: usize = 32;

/// Most tokens of one file.
const MOST_TOKENS: u32 = 1 << 16;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The rows of a full page.
    Page,
    /// A position that can be gone back to.
    Mark,
}

/// The name of a file: what it holds, and of which tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    /// What it holds.
    pub kind: Kind,
    /// The name of the tokens up to its end.
    pub key: Key,
}

/// What stands at the beginning of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The file's name.
    pub name: Name,
    /// What decides the rows beside the tokens: model, plan, device.
    pub fingerprint: Key,
    /// The page before it, or the root.
    pub parent: Key,
    /// Tokens up to its end.
    pub n_tokens: u64,
    /// Tokens of its own, which are in the file.
    pub n_own: u32,
    /// Bytes of the slot, where it holds one.
    pub n_slot: u64,
    /// Bytes of everything that belongs to the tokens, before encryption.
    pub n_payload: u64,
    /// The text of all tokens, where it holds a mark.
    pub text: TextName,
    /// The number that the encryption of this file alone uses, if it is encrypted.
    pub nonce: Option<[u8; NONCE_BYTES]>,
}

/// A file that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    /// The file.
    pub path: std::path::PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// A file's bytes around its payload.
#[derive(Debug)]
pub(super) struct Body {
    /// All before the payload.
    pub opening: Vec<u8>,
    /// The payload where it had to be encrypted; else it is as it was given.
    pub sealed: Option<Vec<u8>>,
    /// All after it.
    pub sum: [u8; SUM_BYTES],
}

impl Kind {
    /// The word that ends file names, and that machine-readable output uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Mark => "mark",
        }
    }
}

impl Name {
    /// The name in a folder.
    #[must_use]
    pub fn file(&self) -> String {
        format!("{}.{}", self.key.hex(), self.kind.name())
    }

    /// The name that [`Name::file`] wrote.
    #[must_use]
    pub fn parse(file: &str) -> Option<Self> {
        let (hex, kind) = file.split_once('.')?;
        let kind = [Kind::Page, Kind::Mark].into_iter().find(|known| known.name() == kind)?;
        Some(Self { kind, key: Key::from_hex(hex)? })
    }
}

impl Damaged {
    /// The file `name` of a folder, which cannot be used for `reason`.
    #[must_use]
    pub fn new(folder: &Path, name: &Name, reason: impl Into<String>) -> Self {
        Self { path: folder.join(name.file()), reason: reason.into() }
    }
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is removed: {}", self.path.display(), self.reason)
    }
}

impl std::error::Error for Damaged {}

impl Head {
    /// Bytes of the file before the payload.
    #[must_use]
    pub const fn opening_bytes(&self) -> usize {
        HEAD_BYTES + self.n_own as usize * 4 + self.tag_bytes() + SUM_BYTES
    }

    /// Bytes of the whole file; `None` where no file is so long.
    #[must_use]
    pub fn file_bytes(&self) -> Option<u64> {
        let around = (self.opening_bytes() + self.tag_bytes() + SUM_BYTES) as u64;
        self.n_payload.checked_add(around)
    }

    const fn tag_bytes(&self) -> usize {
        if self.nonce.is_some() { TAG_BYTES } else { 0 }
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.opening_bytes());
        bytes.extend(MAGIC);
        let kind = match self.name.kind {
            Kind::Page => 1,
            Kind::Mark => 2,
        };
        for word in [VERSION, kind, u32::from(self.nonce.is_some()), self.n_own] {
            bytes.extend(word.to_le_bytes());
        }
        for key in [&self.fingerprint, &self.name.key, &self.parent] {
            bytes.extend(key.0);
        }
        for number in [self.n_tokens, self.n_slot, self.n_payload, self.text.n_letters] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(self.text.hash);
        bytes.extend(self.nonce.unwrap_or_default());
        bytes
    }

    /// The head at the beginning of `bytes`, or what is wrong with it.
    ///
    /// # Errors
    ///
    /// A reason for [`Damaged`].
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let mut rest = bytes.get(..HEAD_BYTES).ok_or_else(|| {
            format!("expected a head of {HEAD_BYTES} bytes, found {} bytes", bytes.len())
        })?;
        let magic: [u8; 8] = take(&mut rest);
        if magic != MAGIC {
            return Err("no file of kept rows".to_owned());
        }
        let [version, kind, sealed, n_own] = [(); 4].map(|()| u32::from_le_bytes(take(&mut rest)));
        if version != VERSION {
            return Err(format!("expected version {VERSION}, found version {version}"));
        }
        let kind = match kind {
            1 => Kind::Page,
            2 => Kind::Mark,
            _ => return Err(format!("expected kind 1 or 2, found {kind}")),
        };
        if sealed > 1 || n_own > MOST_TOKENS {
            return Err(format!("found {n_own} tokens of its own and encryption {sealed}"));
        }
        let [fingerprint, key, parent] = [(); 3].map(|()| Key(take::<KEY_BYTES>(&mut rest)));
        let [n_tokens, n_slot, n_payload, n_letters] =
            [(); 4].map(|()| u64::from_le_bytes(take(&mut rest)));
        let text = TextName { n_letters, hash: take(&mut rest) };
        let nonce = take(&mut rest);
        let name = Name { kind, key };
        let nonce = (sealed == 1).then_some(nonce);
        Ok(Self { name, fingerprint, parent, n_tokens, n_own, n_slot, n_payload, text, nonce })
    }

    /// Checks the beginning of the file `name`, which has `n_bytes` bytes in all, and returns its
    /// head.
    ///
    /// # Errors
    ///
    /// A reason for [`Damaged`].
    pub fn check(name: &Name, opening: &[u8], n_bytes: u64) -> Result<Self, String> {
        let head = Self::parse(opening)?;
        if head.name != *name {
            return Err(format!("it holds the {} {}", head.name.kind.name(), head.name.key));
        }
        if head.file_bytes() != Some(n_bytes) {
            let expected = head.file_bytes().unwrap_or(u64::MAX);
            return Err(format!("expected {expected} bytes, found {n_bytes}"));
        }
        let bytes = opening.get(..head.opening_bytes()).ok_or("it was cut short")?;
        let (bytes, sum) = bytes.split_at(bytes.len() - SUM_BYTES);
        if blake3::hash(bytes) != *sum {
            return Err("the checksum of its beginning is wrong".to_owned());
        }
        Ok(head)
    }

    /// The file's own tokens, from all that stands before its payload, which was checked.
    ///
    /// # Errors
    ///
    /// A reason for [`Damaged`]; that a file is encrypted with another key is no damage, and has
    /// another fingerprint.
    pub fn tokens(&self, opening: &[u8], secret: Option<&Secret>) -> Result<Vec<TokenId>, String> {
        let (head, rest) = opening.split_at(HEAD_BYTES);
        let mut bytes = rest[..self.n_own as usize * 4 + self.tag_bytes()].to_vec();
        self.unseal(secret, (Part::Tokens, head), &mut bytes)?;
        let ids = bytes.chunks_exact(4).map(|id| u32::from_le_bytes([id[0], id[1], id[2], id[3]]));
        Ok(ids.map(TokenId).collect())
    }

    /// The bytes around the payload `parts` after the file's own `tokens`.
    ///
    /// # Panics
    ///
    /// When lengths are not those of the head, or it is to be encrypted and has no number.
    #[must_use]
    pub(super) fn body(
        &self,
        tokens: &[TokenId],
        parts: &[&[u8]],
        secret: Option<&Secret>,
    ) -> Body {
        assert_eq!(tokens.len(), self.n_own as usize, "the file's own tokens");
        let n_payload: usize = parts.iter().map(|part| part.len()).sum();
        assert_eq!(n_payload as u64, self.n_payload, "bytes of the payload");
        let head = self.encode();
        let mut ids: Vec<u8> = tokens.iter().flat_map(|token| token.0.to_le_bytes()).collect();
        let sealed = secret.map(|secret| {
            let nonce = self.nonce.expect("an encrypted file has a number of its own");
            secret.seal(&nonce, Part::Tokens, &head, &mut ids);
            let mut payload = parts.concat();
            secret.seal(&nonce, Part::Payload, &head, &mut payload);
            payload
        });
        let mut opening = [head, ids].concat();
        let sum = blake3::hash(&opening);
        opening.extend(sum.as_bytes());
        let mut hasher = blake3::Hasher::new();
        hasher.update(&opening);
        match &sealed {
            Some(payload) => {
                hasher.update(payload);
            }
            None => parts.iter().for_each(|part| {
                hasher.update(part);
            }),
        }
        Body { opening, sealed, sum: *hasher.finalize().as_bytes() }
    }

    /// The payload of the whole file `bytes`, whose beginning was checked.
    ///
    /// # Errors
    ///
    /// A reason for [`Damaged`].
    pub fn payload(&self, mut bytes: Vec<u8>, secret: Option<&Secret>) -> Result<Vec<u8>, String> {
        check_sum(&bytes)?;
        let head = bytes[..HEAD_BYTES].to_vec();
        bytes.truncate(bytes.len() - SUM_BYTES);
        bytes.drain(..self.opening_bytes());
        self.unseal(secret, (Part::Payload, &head), &mut bytes)?;
        Ok(bytes)
    }

    fn unseal(
        &self,
        secret: Option<&Secret>,
        (part, head): (Part, &[u8]),
        bytes: &mut Vec<u8>,
    ) -> Result<(), String> {
        match (self.nonce, secret) {
            (None, _) => Ok(()),
            (Some(nonce), Some(secret)) if secret.open(&nonce, part, head, bytes) => Ok(()),
            (Some(_), Some(_)) => Err("it does not decrypt".to_owned()),
            (Some(_), None) => Err("it is encrypted, and there is no key".to_owned()),
        }
    }
}

/// Checks the checksum at the end of a whole file.
fn check_sum(bytes: &[u8]) -> Result<(), String> {
    let sum = bytes.split_last_chunk::<SUM_BYTES>();
    let is_right = sum.is_some_and(|(bytes, sum)| blake3::hash(bytes) == *sum);
    if is_right { Ok(()) } else { Err("the checksum is wrong".to_owned()) }
}

/// Reads the file of `head` whole and checks all of it.
///
/// # Errors
///
/// [`Damaged`], or `None` where there is no such file any more.
pub fn read_whole(disk: &dyn Disk, head: &Head) -> Result<Vec<u8>, Option<Damaged>> {
    let damaged = |reason: String| Some(Damaged::new(disk.path(), &head.name, reason));
    let n_bytes = head.file_bytes().and_then(|n_bytes| usize::try_from(n_bytes).ok());
    let n_bytes = n_bytes.ok_or_else(|| damaged("no memory holds it".to_owned()))?;
    // One more, to see that it ends.
    let bytes = match disk.read(&head.name.file(), n_bytes.saturating_add(1)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(None),
        Err(error) => return Err(damaged(error.to_string())),
    };
    let found = Head::check(&head.name, &bytes, bytes.len() as u64).map_err(damaged)?;
    check_sum(&bytes).map_err(damaged)?;
    if found.fingerprint != head.fingerprint || found.n_payload != head.n_payload {
        return Err(damaged("it was replaced".to_owned()));
    }
    Ok(bytes)
}

/// Checks the bytes of a whole file, whatever its name is.
///
/// # Errors
///
/// What is wrong with it.
pub fn check_whole(bytes: &[u8]) -> Result<Head, String> {
    let name = Head::parse(bytes)?.name;
    let head = Head::check(&name, bytes, bytes.len() as u64)?;
    check_sum(bytes)?;
    Ok(head)
}

/// Takes the first `N` bytes of what is left of a head.
fn take<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
    let (taken, after) = rest.split_first_chunk::<N>().expect("a head has all of its fields");
    *rest = after;
    *taken
}
