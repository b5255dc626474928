//! Who may ask.

use std::fmt;

/// Named keys, of which only fingerprints are kept.
#[derive(Clone, Default)]
pub struct Keys(Vec<(String, blake3::Hash)>);

/// A list of keys that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKeys {
    /// A line is not a name and a key.
    #[error("line {line}: expected NAME:KEY")]
    Line {
        /// Its number, from 1.
        line: usize,
    },
    /// Two keys have the same name.
    #[error("line {line}: the name `{name}` was used before")]
    Repeated {
        /// The number of the second, from 1.
        line: usize,
        /// The name.
        name: String,
    },
    /// There are no keys.
    #[error("there are no keys")]
    Empty,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Keys {
    /// One key.
    #[must_use]
    pub fn one(name: &str, key: &str) -> Self {
        Self(vec![(name.to_owned(), blake3::hash(key.as_bytes()))])
    }

    /// A line for each: a name, a colon and the key. Empty lines and those that begin with `#` are
    /// skipped.
    ///
    /// # Errors
    ///
    /// The first line that is wrong, or that there are none.
    pub fn parse(text: &str) -> Result<Self, BadKeys> {
        let mut keys = Self::default();
        for (line, text) in (1..).zip(text.lines().map(str::trim)) {
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let (name, key) = text.split_once(':').ok_or(BadKeys::Line { line })?;
            let (name, key) = (name.trim(), key.trim());
            if name.is_empty() || key.is_empty() {
                return Err(BadKeys::Line { line });
            }
            if keys.0.iter().any(|(known, _)| known == name) {
                return Err(BadKeys::Repeated { line, name: name.to_owned() });
            }
            keys.0.push((name.to_owned(), blake3::hash(key.as_bytes())));
        }
        if keys.is_empty() { Err(BadKeys::Empty) } else { Ok(keys) }
    }

    /// The keys of both.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// Whether nobody needs one.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The name of a key. Fingerprints are compared, in a time that does not depend on the key, and
    /// with every key that there is.
    #[must_use]
    pub fn name(&self, key: &str) -> Option<&str> {
        let found = blake3::hash(key.as_bytes());
        // This comparison takes the same time for any two fingerprints.
        self.0.iter().fold(
            None,
            |name, (known, print)| {
                if *print == found { Some(known.as_str()) } else { name }
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_names_and_are_not_shown() {
        let keys = Keys::parse("# people\n\nada: s3cret\nbob:with:colon\n").unwrap();
        assert_eq!(keys.name("s3cret"), Some("ada"));
        assert_eq!(keys.name("with:colon"), Some("bob"));
        assert_eq!(keys.name("s3cre"), None);
        assert_eq!(keys.name(""), None);
        assert_eq!(format!("{keys:?}"), r#"["ada", "bob"]"#);
        let both = keys.and(Keys::one("default", "k"));
        assert_eq!(both.name("k"), Some("default"));
        assert_eq!(Keys::parse("ada").unwrap_err(), BadKeys::Line { line: 1 });
        assert_eq!(Keys::parse("ada:").unwrap_err().to_string(), "line 1: expected NAME:KEY");
        assert_eq!(
            Keys::parse("a:1\na:2").unwrap_err().to_string(),
            "line 2: the name `a` was used before"
        );
        assert_eq!(Keys::parse("# none").unwrap_err(), BadKeys::Empty);
    }
}
