//! What the text of an answer must be: tool calls that fit the tools, content that fits a schema.
//!
//! A [`Constraint`] walks along an answer, token by token, and knows which tokens may follow. It
//! follows the format that [`chat`](crate::chat) reads: reasoning, content, a block of calls. What
//! is fixed there, and which call and argument comes next, is decided here; what a value may be is
//! asked of `llguidance`, one grammar for each argument and one for content that must be JSON.
//! Free text stays free, but for two things that no answer may contain: special tokens where the
//! format has none, and their text spelled in other tokens where a reader would take it for them.

#![forbid(unsafe_code)]

use std::{fmt, sync::Arc};

use serde_json::Value;

use crate::{chat::Mode, tokenizer::Tokenizer};

mod calls;
mod compile;
mod constraint;
mod error;
mod schema;
mod value;
mod vocabulary;

pub use constraint::Constraint;
pub use error::{Error, Result};
pub use vocabulary::Mask;

use calls::Calls;
use compile::Compiler;
use constraint::Content;
use vocabulary::Vocabulary;

/// Makes constraints for one tokenizer; cheap to clone, for use by any thread.
#[derive(Clone)]
pub struct Grammars {
    vocabulary: Arc<Vocabulary>,
    compiler: Arc<Compiler>,
}

/// What an answer must be.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rules {
    /// What can be called.
    pub tools: Vec<Tool>,
    /// Whether something is called.
    pub choice: Choice,
    /// Whether an answer may have more than one call.
    pub parallel: bool,
    /// What content must be.
    pub format: Format,
}

/// Something that can be called.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// The JSON Schema of its arguments, an object.
    pub schema: Value,
}

/// Whether an answer calls tools.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Choice {
    /// It cannot.
    None,
    /// As the model likes.
    #[default]
    Auto,
    /// It must, at once where content would begin.
    Required,
    /// It must call this one and no other.
    Named(String),
}

/// What the content of an answer must be.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Format {
    /// Anything.
    #[default]
    Text,
    /// A JSON object.
    JsonObject,
    /// JSON that is valid for this JSON Schema.
    JsonSchema(Value),
}

impl fmt::Debug for Grammars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grammars").finish_non_exhaustive()
    }
}

impl Grammars {
    /// Reads the vocabulary. The tree of tokens that schemas need is built for the first of them.
    ///
    /// # Errors
    ///
    /// [`Error::Vocabulary`] when a token of the format is missing.
    pub fn new(tokenizer: Arc<Tokenizer>) -> Result<Self> {
        let vocabulary = Arc::new(Vocabulary::new(tokenizer)?);
        let compiler = Arc::new(Compiler::new(Arc::clone(&vocabulary)));
        Ok(Self { vocabulary, compiler })
    }

    /// What an answer in `mode` must be by `rules`. `None` where nothing is ruled, which is never:
    /// without tools, an answer still cannot call.
    ///
    /// # Errors
    ///
    /// [`Error`] that names the tool, the argument and the part of a schema that cannot be followed.
    pub fn constraint(&self, mode: Mode, rules: &Rules) -> Result<Option<Constraint>> {
        let calls = Calls::new(rules, &self.compiler, None)?;
        self.with_calls((mode, rules), calls).map(Some)
    }

    /// [`Grammars::constraint`] for tools that need not be followed strictly: an argument whose
    /// schema cannot be followed can be anything of its type. What was left out is told.
    ///
    /// # Errors
    ///
    /// As [`Grammars::constraint`], but for the schemas of arguments.
    pub fn loose(&self, mode: Mode, rules: &Rules) -> Result<(Constraint, Vec<Error>)> {
        let mut left_out = vec![];
        let calls = Calls::new(rules, &self.compiler, Some(&mut left_out))?;
        Ok((self.with_calls((mode, rules), calls)?, left_out))
    }

    fn with_calls(
        &self,
        (mode, rules): (Mode, &Rules),
        calls: Option<Calls>,
    ) -> Result<Constraint> {
        let calls = calls.map(Arc::new);
        let must_call = matches!(rules.choice, Choice::Required | Choice::Named(_));
        let content = match &rules.format {
            _ if must_call => Content::Calls,
            Format::Text => Content::Text,
            Format::JsonObject => Content::Json(self.compiler.content(&schema::any_object())?),
            Format::JsonSchema(schema) => Content::Json(self.compiler.content(schema)?),
        };
        Ok(Constraint::new(Arc::clone(&self.vocabulary), mode, (content, calls)))
    }
}
