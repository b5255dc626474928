//! Encryption of what is on the disk.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use chacha20poly1305::{
    AeadInPlace as _, KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{OsRng, rand_core::RngCore as _},
};

/// Bytes of a secret.
pub(super) const SECRET_BYTES: usize = 32;

/// Bytes of the number that is used for one file only.
pub(super) const NONCE_BYTES: usize = 24;

/// Bytes by which encryption makes something longer.
pub(super) const TAG_BYTES: usize = 16;

/// Longest file that is read for a secret.
const MOST_BYTES: u64 = 4096;

/// What encrypts the files of a folder, and names them.
#[derive(Clone)]
pub struct Secret([u8; SECRET_BYTES]);

/// A file without a secret in it.
#[derive(Debug, thiserror::Error)]
pub enum BadSecret {
    /// It cannot be read.
    #[error("cannot read the key file {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It has another length.
    #[error(
        "the key file {path}: expected 32 bytes or 64 hexadecimal digits, found {found} bytes\n\
         help: `head -c 32 /dev/urandom > FILE` makes one"
    )]
    Length {
        /// The file.
        path: PathBuf,
        /// Its length in bytes, or one more than the longest that is read.
        found: usize,
    },
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// The secret in a file: 32 bytes, or 64 hexadecimal digits.
    ///
    /// # Errors
    ///
    /// [`BadSecret`] with what was found instead.
    pub fn read(path: &Path) -> Result<Self, BadSecret> {
        let read = || -> std::io::Result<Vec<u8>> {
            let mut bytes = vec![];
            File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let bytes = read().map_err(|source| BadSecret::Read { path: path.to_owned(), source })?;
        if let Ok(secret) = <[u8; SECRET_BYTES]>::try_from(&bytes[..]) {
            return Ok(Self(secret));
        }
        let text = String::from_utf8_lossy(&bytes).trim().to_lowercase();
        let key = crate::kv::key::Key::from_hex(&text);
        let bad = || BadSecret::Length { path: path.to_owned(), found: bytes.len() };
        key.map(|key| Self(key.0)).ok_or_else(bad)
    }

    /// The bytes, to make names with.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    /// A number that no file has.
    #[must_use]
    pub(super) fn nonce() -> [u8; NONCE_BYTES] {
        let mut nonce = [0; NONCE_BYTES];
        OsRng.fill_bytes(&mut nonce);
        nonce
    }

    /// Encrypts `bytes`, the part `part` of a file, and ties them to `head`.
    ///
    /// # Panics
    ///
    /// When there are more than 256 GB.
    pub(super) fn seal(
        &self,
        nonce: &[u8; NONCE_BYTES],
        part: Part,
        head: &[u8],
        bytes: &mut Vec<u8>,
    ) {
        let sealed = self.cipher().encrypt_in_place(&part.nonce(nonce), head, bytes);
        sealed.expect("a file is shorter than the cipher's limit of 256 GB");
    }

    /// Decrypts what [`Secret::seal`] made; false where it did not, or where anything changed.
    #[must_use]
    pub(super) fn open(
        &self,
        nonce: &[u8; NONCE_BYTES],
        part: Part,
        head: &[u8],
        bytes: &mut Vec<u8>,
    ) -> bool {
        self.cipher().decrypt_in_place(&part.nonce(nonce), head, bytes).is_ok()
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        let key = blake3::derive_key("ds4 2026 encryption of kept rows", &self.0);
        XChaCha20Poly1305::new(&key.into())
    }
}

/// The parts of a file that are encrypted apart.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    /// The tokens.
    Tokens,
    /// What belongs to them.
    Payload,
}

impl Part {
    /// The file's nonce, different for each part.
    fn nonce(self, nonce: &[u8; NONCE_BYTES]) -> XNonce {
        let mut nonce = *nonce;
        nonce[NONCE_BYTES - 1] ^= match self {
            Self::Tokens => 0,
            Self::Payload => 1,
        };
        nonce.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_32_bytes_or_their_digits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, [7; 32]).unwrap();
        assert_eq!(Secret::read(&path).unwrap().bytes(), &[7; 32]);
        std::fs::write(&path, format!("{}\n", "0A".repeat(32))).unwrap();
        assert_eq!(Secret::read(&path).unwrap().bytes(), &[10; 32]);
        std::fs::write(&path, "secret").unwrap();
        let error = Secret::read(&path).unwrap_err().to_string();
        assert!(error.contains("expected 32 bytes or 64 hexadecimal digits, found 6 bytes"));
        std::fs::write(&path, vec![0; 1 << 20]).unwrap();
        assert!(Secret::read(&path).unwrap_err().to_string().contains("found 4097 bytes"));
        let missing = Secret::read(&folder.path().join("none")).unwrap_err().to_string();
        assert!(missing.starts_with("cannot read the key file"), "{missing}");
    }

    #[test]
    fn any_change_of_what_is_sealed_is_noticed() {
        let secret = Secret([1; 32]);
        let nonce = Secret::nonce();
        let mut sealed = b"tokens".to_vec();
        secret.seal(&nonce, Part::Tokens, b"head", &mut sealed);
        assert_eq!(sealed.len(), 6 + TAG_BYTES);
        let opens = |secret: &Secret, nonce: &[u8; 24], part, head: &[u8], bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            secret.open(nonce, part, head, &mut bytes) && bytes == b"tokens"
        };
        assert!(opens(&secret, &nonce, Part::Tokens, b"head", &sealed));
        assert!(!opens(&secret, &nonce, Part::Payload, b"head", &sealed));
        assert!(!opens(&secret, &nonce, Part::Tokens, b"Head", &sealed));
        assert!(!opens(&secret, &Secret::nonce(), Part::Tokens, b"head", &sealed));
        assert!(!opens(&Secret([2; 32]), &nonce, Part::Tokens, b"head", &sealed));
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!opens(&secret, &nonce, Part::Tokens, b"head", &changed), "bit {bit}");
        }
    }
}
