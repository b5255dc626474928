//! A key of this installation: signs what clients carry for the server, and seals what nobody else
//! is to read.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};

/// Bytes of a nonce.
const NONCE: usize = 24;

/// The file of the key, beside what is kept of conversations.
const FILE: &str = ".serve-key";

/// Signs and seals.
#[derive(Clone)]
pub(crate) struct Vault {
    signing: [u8; 32],
    sealing: [u8; 32],
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// The key of `folder`, made where there is none; of this process alone without a folder.
    pub(crate) fn open(folder: Option<&Path>, secret: Option<&[u8; 32]>) -> io::Result<Self> {
        let key = match (secret, folder) {
            (Some(secret), _) => *secret,
            (None, Some(folder)) => kept(&folder.join(FILE))?,
            (None, None) => random(),
        };
        Ok(Self {
            signing: blake3::derive_key("ds4 2026 signatures of reasoning", &key),
            sealing: blake3::derive_key("ds4 2026 sealed texts of the server", &key),
        })
    }

    /// A signature of `text`.
    pub(crate) fn sign(&self, text: &str) -> String {
        blake3::keyed_hash(&self.signing, text.as_bytes()).to_hex().to_string()
    }

    /// Whether [`Vault::sign`] made `signature` of `text`; takes as long for any answer.
    pub(crate) fn signed(&self, text: &str, signature: &str) -> bool {
        let made = blake3::keyed_hash(&self.signing, text.as_bytes());
        blake3::Hash::from_hex(signature).is_ok_and(|found| found == made)
    }

    /// Encrypts `text`, as hexadecimal digits; `purpose` has to be the same where it is opened.
    pub(crate) fn seal(&self, purpose: &str, text: &str) -> String {
        let nonce: [u8; 32] = random();
        let nonce = XNonce::from_slice(&nonce[..NONCE]);
        let payload = Payload { msg: text.as_bytes(), aad: purpose.as_bytes() };
        let sealed = XChaCha20Poly1305::new(&self.sealing.into()).encrypt(nonce, payload);
        let sealed = sealed.expect("a text is shorter than the cipher's limit of 256 GB");
        hex(nonce) + &hex(&sealed)
    }

    /// Decrypts what [`Vault::seal`] made; nothing where it did not, or where anything changed.
    pub(crate) fn open_text(&self, purpose: &str, sealed: &str) -> Option<String> {
        let bytes = unhex(sealed)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
        let payload = Payload { msg: sealed, aad: purpose.as_bytes() };
        let cipher = XChaCha20Poly1305::new(&self.sealing.into());
        let text = cipher.decrypt(XNonce::from_slice(nonce), payload).ok()?;
        String::from_utf8(text).ok()
    }
}

/// The key in a file that its owner alone can read.
fn kept(path: &Path) -> io::Result<[u8; 32]> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    owner_only(&mut options);
    match options.open(path) {
        Ok(mut file) => {
            let key = random();
            file.write_all(&key)?;
            Ok(key)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let bytes = fs::read(path)?;
            let wrong = |_| io::Error::other(format!("{} is not a key", path.display()));
            bytes.try_into().map_err(wrong)
        }
        Err(error) => Err(error),
    }
}

/// Files that are made are the owner's alone.
pub(crate) fn owner_only(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

/// 32 bytes that nobody can guess.
fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    bytes
}

/// 128 random bits as hexadecimal digits: the name of something that nobody else can guess.
pub(crate) fn unguessable() -> String {
    hex(&random()[..16])
}

/// Where random numbers of an answer begin, when nobody says.
pub(crate) fn any_seed() -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = random();
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from(DIGITS[digit as usize]));
    bytes.iter().flat_map(digits).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |c: &u8| char::from(*c).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match pair {
        [a, b] => Some(digit(a)? << 4 | digit(b)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_outlives_the_process_and_what_changed_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(Some(folder.path()), None).unwrap();
        let again = Vault::open(Some(folder.path()), None).unwrap();
        let other = Vault::open(None, None).unwrap();
        let signature = vault.sign("I think.");
        assert!(again.signed("I think.", &signature));
        assert!(!again.signed("I thought.", &signature) && !other.signed("I think.", &signature));
        assert!(!again.signed("I think.", "") && !again.signed("I think.", "zz"));

        let sealed = vault.seal("a", "secret");
        assert!(!sealed.contains("secret"));
        assert_eq!(again.open_text("a", &sealed).as_deref(), Some("secret"));
        for (purpose, text) in [("b", sealed.as_str()), ("a", &sealed[2..]), ("a", ""), ("a", "é")]
        {
            assert_eq!(again.open_text(purpose, text), None);
        }
        assert_eq!(other.open_text("a", &sealed), None);
        assert_ne!(unguessable(), unguessable());
        assert_eq!(unguessable().len(), 32);
    }

    #[cfg(unix)]
    #[test]
    fn the_key_is_the_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        Vault::open(Some(folder.path()), None).unwrap();
        let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
