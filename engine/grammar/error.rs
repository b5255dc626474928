//! Why there is no constraint, or no token that one allows.

/// The result of making or following a constraint.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Rules that cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The vocabulary lacks a token of the answer format.
    #[error("the vocabulary has no token `{token}`, which answers need")]
    Vocabulary {
        /// Its text.
        token: &'static str,
    },
    /// A call is wanted where nothing can be called.
    #[error("a tool call is required, and there are no tools")]
    NoTools,
    /// A call is wanted of a tool that is not offered.
    #[error("the tool `{name}` is to be called, and is not among the {n_tools} tools")]
    UnknownTool {
        /// Its name.
        name: String,
        /// How many there are.
        n_tools: usize,
    },
    /// Two tools have the same name.
    #[error("two tools are called `{name}`")]
    SameName {
        /// The name.
        name: String,
    },
    /// A name that the answer format cannot carry.
    #[error(
        "{place}: the name {name:?} is empty, or has a quote, a control character or a DSML tag"
    )]
    Name {
        /// Where it is.
        place: String,
        /// The name.
        name: String,
    },
    /// Something is larger than what is worth a constraint.
    #[error("{place}: {what} is {found}; at most {most}")]
    TooLarge {
        /// Where it is.
        place: String,
        /// What it is.
        what: &'static str,
        /// How large it is.
        found: usize,
        /// How large it may be.
        most: usize,
    },
    /// A schema, or a part of one, that cannot be followed.
    #[error("{place}: {problem}")]
    Schema {
        /// The tool and the argument, or the response format, and the place within its schema.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
    /// What the rules allow has become too complex to follow.
    #[error("the constraint on the answer failed: {problem}")]
    Failed {
        /// What happened.
        problem: String,
    },
    /// No token can follow.
    #[error("no token can follow: the constraint on the answer leaves none")]
    Stuck,
}

impl Error {
    /// An error of `llguidance`, without the state that it prints.
    pub(super) fn failed(error: impl std::fmt::Display) -> Self {
        Self::Failed { problem: first_line(&error.to_string()) }
    }

    pub(super) fn schema(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Schema { place: place.into(), problem: problem.into() }
    }
}

/// The first line that says something.
pub(super) fn first_line(text: &str) -> String {
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or(text).trim().to_owned()
}
