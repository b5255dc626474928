//! Values of names, and the names that a template may use.

use std::{collections::BTreeMap, fmt};

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// A number.
    Int(i64),
    /// Text that goes into the template as it is, as the name of a buffer or `1e-6`.
    Text(String),
    /// A condition.
    Bool(bool),
}

impl Value {
    /// What it is, for messages.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Int(n) => format!("the number {n}"),
            Self::Text(text) => format!("the text \"{text}\""),
            Self::Bool(b) => format!("the condition {b}"),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(n) => n.fmt(f),
            Self::Text(text) => text.fmt(f),
            Self::Bool(b) => b.fmt(f),
        }
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}

impl From<i32> for Value {
    fn from(n: i32) -> Self {
        Self::Int(n.into())
    }
}

impl From<u32> for Value {
    fn from(n: u32) -> Self {
        Self::Int(n.into())
    }
}

/// Saturates, far above any size of a model.
impl From<usize> for Value {
    fn from(n: usize) -> Self {
        Self::Int(i64::try_from(n).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// Names and their values, as one use of a template sees them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    names: BTreeMap<String, (Value, Need)>,
}

/// Whether a template has to use a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Must,
    May,
}

impl Scope {
    /// No names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a name that the template or its imports must use; a former value is replaced.
    pub fn given(&mut self, name: impl Into<String>, value: impl Into<Value>) -> &mut Self {
        self.names.insert(name.into(), (value.into(), Need::Must));
        self
    }

    /// Adds a name that may stay unused; a former value is replaced.
    pub fn ambient(&mut self, name: impl Into<String>, value: impl Into<Value>) -> &mut Self {
        self.names.insert(name.into(), (value.into(), Need::May));
        self
    }

    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.names.get(name).map(|(value, _)| value)
    }

    /// Every name.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// Names that must be used.
    pub(super) fn musts(&self) -> impl Iterator<Item = &str> {
        self.names.iter().filter(|(_, (_, need))| *need == Need::Must).map(|(name, _)| &**name)
    }
}
