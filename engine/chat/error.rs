//! What is wrong with messages or options that do not become a prompt.

use super::{Effort, Release, Role, json};

/// The result of reading and encoding messages.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Messages or options that the reference encoder would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is not JSON.
    #[error(transparent)]
    Json(#[from] json::Error),
    /// A field holds another kind of value.
    #[error("`{field}`: expected {expected}, found {found}")]
    Field {
        /// The field's name, with the names of the fields around it.
        field: &'static str,
        /// The kinds of value that fit.
        expected: &'static str,
        /// The kind of value that is there.
        found: &'static str,
    },
    /// A field that must be there is not.
    #[error("`{field}` is missing")]
    Missing {
        /// The field's name, with the names of the fields around it.
        field: &'static str,
    },
    /// A role outside the conversation format.
    #[error(
        "unknown role `{0}`\nhelp: roles are system, developer, user, assistant, tool and \
         latest_reminder"
    )]
    UnknownRole(String),
    /// A quick task that has no token.
    #[error(
        "unknown task `{0}`\nhelp: tasks are action, query, authority, domain, read_url and title"
    )]
    UnknownTask(String),
    /// The name of an option's value that no release knows.
    #[error("unknown {option} `{found}`\nhelp: it is one of {known}")]
    UnknownOption {
        /// The option.
        option: &'static str,
        /// The name given.
        found: String,
        /// The names there are.
        known: &'static str,
    },
    /// An effort that another release has.
    #[error("effort `{effort}` does not exist in release `{release}`")]
    EffortNotInRelease {
        /// The effort asked for.
        effort: Effort,
        /// The release encoded for.
        release: Release,
    },
    /// A message whose role needs content has none.
    #[error("a {role} message needs content")]
    NoContent {
        /// The role.
        role: Role,
    },
    /// Content that is not text, where the model reads only text.
    #[error("a {role} message cannot hold content of type `{kind}`")]
    UnsupportedPart {
        /// The role.
        role: Role,
        /// The part's `type`.
        kind: String,
    },
    /// The arguments of a call are JSON, but not an object.
    #[error("the arguments of the call of `{call}` are {found}, not an object")]
    ArgumentsNotObject {
        /// The function called.
        call: String,
        /// The kind of value that is there.
        found: &'static str,
    },
    /// One of the messages is at fault.
    #[error("message {index}")]
    Message {
        /// Its place in the list, from 0.
        index: usize,
        /// What is wrong with it.
        #[source]
        source: Box<Self>,
    },
}

impl Error {
    /// The same error, naming the message it is about.
    #[must_use]
    pub(super) fn in_message(self, index: usize) -> Self {
        Self::Message { index, source: Box::new(self) }
    }
}
