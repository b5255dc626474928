//! The metadata of a file: keys in file order, found by name.

#![forbid(unsafe_code)]

use super::index::NameIndex;
use super::{Error, Result, Value};

/// The keys and values of a file, in file order.
///
/// The typed getters are named after what they return. Integers and floats of every width are
/// accepted, as [`Value`]'s accessors describe.
#[derive(Debug, Clone, Default)]
pub struct Metadata {
    entries: Vec<(String, Value)>,
    by_name: NameIndex,
}

impl Metadata {
    /// Takes the entries in file order; of equal keys the first is the one found by name.
    pub(super) fn new(entries: Vec<(String, Value)>) -> Self {
        let by_name = NameIndex::new(entries.len(), |at| &entries[at].0);
        Self { entries, by_name }
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no key at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Every key and its value, in file order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Whether the key is present.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The value of a key, whatever its type.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        let at = self.by_name.find(key, |at| &self.entries[at].0)?;
        Some(&self.entries[at].1)
    }

    /// An unsigned integer.
    ///
    /// # Errors
    ///
    /// [`Error::MissingKey`], or [`Error::WrongValue`] when it is no integer or negative.
    pub fn u64(&self, key: &str) -> Result<u64> {
        self.read(key, "an unsigned integer", Value::as_u64)
    }

    /// An unsigned integer that fits 32 bits.
    ///
    /// # Errors
    ///
    /// [`Error::MissingKey`], or [`Error::WrongValue`] when it is no integer or out of range.
    pub fn u32(&self, key: &str) -> Result<u32> {
        self.read(key, "an unsigned integer below 2^32", |value| value.as_u64()?.try_into().ok())
    }

    /// A count or size.
    ///
    /// # Errors
    ///
    /// [`Error::MissingKey`], or [`Error::WrongValue`] when it is no integer or out of range.
    pub fn usize(&self, key: &str) -> Result<usize> {
        self.read(key, "an unsigned integer", |value| value.as_u64()?.try_into().ok())
    }

    /// A floating-point number.
    ///
    /// # Errors
    ///
    /// [`Error::MissingKey`], or [`Error::WrongValue`] when it is not floating-point.
    pub fn f64(&self, key: &str) -> Result<f64> {
        self.read(key, "a floating-point number", Value::as_f64)
    }

    /// A floating-point number, rounded to single precision.
    ///
    /// # Errors
    ///
    /// [`Error::MissingKey`], or [`Error::WrongValue`] when it is not floating-point.
    pub fn f32(&self, key: &str) -> Result<f32> {
        #[expect(clippy::cast_possible_truncation, reason = "rounding is what is asked for")]
        self.f64(key).map(|value| value as f32)
    }

    /// A truth value.
    ///
    /// # Errors
    ///
    /// [`Error::MissingKey`], or [`Error::WrongValue`] when it is not a truth value.
    pub fn bool(&self, key: &str) -> Result<bool> {
        self.read(key, "true or false", Value::as_bool)
    }

    /// Text.
    ///
    /// # Errors
    ///
    /// [`Error::MissingKey`], or [`Error::WrongValue`] when it is not text.
    pub fn str(&self, key: &str) -> Result<&str> {
        self.read(key, "text", Value::as_str)
    }

    /// Unsigned integers.
    ///
    /// # Errors
    ///
    /// [`Error::MissingKey`], or [`Error::WrongValue`] when it is no array or has another element.
    pub fn u64s(&self, key: &str) -> Result<Vec<u64>> {
        self.read(key, "an array of unsigned integers", Value::as_u64s)
    }

    /// Signed integers.
    ///
    /// # Errors
    ///
    /// [`Error::MissingKey`], or [`Error::WrongValue`] when it is no array or has another element.
    pub fn i64s(&self, key: &str) -> Result<Vec<i64>> {
        self.read(key, "an array of integers", Value::as_i64s)
    }

    /// Floating-point numbers.
    ///
    /// # Errors
    ///
    /// [`Error::MissingKey`], or [`Error::WrongValue`] when it is no array or has another element.
    pub fn f64s(&self, key: &str) -> Result<Vec<f64>> {
        self.read(key, "an array of floating-point numbers", Value::as_f64s)
    }

    /// Texts.
    ///
    /// # Errors
    ///
    /// [`Error::MissingKey`], or [`Error::WrongValue`] when it is no array or has another element.
    pub fn strs(&self, key: &str) -> Result<Vec<&str>> {
        self.read(key, "an array of texts", Value::as_strs)
    }

    /// Keys that occur again, each once, by name.
    pub(super) fn duplicates(&self) -> Vec<&str> {
        self.by_name.duplicates(|at| &self.entries[at].0)
    }

    /// The value of `key` through `convert`, or an error that says what was `expected`.
    fn read<'a, T>(
        &'a self,
        key: &str,
        expected: &'static str,
        convert: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<T> {
        let Some(value) = self.get(key) else {
            return Err(Error::MissingKey { key: key.to_owned(), expected });
        };
        convert(value).ok_or_else(|| Error::WrongValue {
            key: key.to_owned(),
            expected,
            found: value.found(),
        })
    }
}
