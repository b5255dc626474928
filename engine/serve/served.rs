//! What is served: a model, what answers for it, and its names.

use std::{fmt, sync::Arc};

use super::{
    fields,
    problem::{Kind, Problem},
};
use crate::{
    chat::Release,
    sample::SamplingOptions,
    schedule::{Client, Limits, Refusal, Request, Ticket},
    tokenizer::Tokenizer,
};

/// Whatever answers requests: a scheduler, or a script.
pub trait Backend: Send + Sync + fmt::Debug {
    /// Hands a request over; the ticket hears what becomes of it.
    ///
    /// # Errors
    ///
    /// Every [`Refusal`].
    fn submit(&self, request: Request) -> Result<Ticket, Refusal>;

    /// What there is room for.
    fn limits(&self) -> Limits;
}

impl Backend for Client {
    fn submit(&self, request: Request) -> Result<Ticket, Refusal> {
        Self::submit(self, request)
    }

    fn limits(&self) -> Limits {
        *Self::limits(self)
    }
}

/// A model and how it answers where a request does not say.
#[derive(Debug, Clone)]
pub struct Served {
    /// Its name, the first in lists.
    pub name: String,
    /// Other names of it.
    pub aliases: Vec<String>,
    /// What answers.
    pub backend: Arc<dyn Backend>,
    /// Its tokenizer.
    pub tokenizer: Arc<Tokenizer>,
    /// How tokens are chosen; the seed is another one each time.
    pub sampling: SamplingOptions,
    /// Whether the seed counts as well.
    pub is_seeded: bool,
    /// Its release, which decides how prompts are written.
    pub release: Release,
    /// Whether it reasons first.
    pub thinks: bool,
    /// Most tokens of an answer.
    pub max_tokens: Option<usize>,
}

/// The name under which DeepSeek's service answers at once.
pub(crate) const AT_ONCE: &str = "deepseek-chat";

/// The name under which it reasons first.
pub(crate) const REASONS: &str = "deepseek-reasoner";

/// What the name of a model says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// The name that the client used.
    pub(crate) name: String,
    /// Whether it reasons first, where the name says so.
    pub(crate) thinks: Option<bool>,
}

impl Served {
    /// All names, without repetitions.
    pub(crate) fn names(&self) -> Vec<&str> {
        let all = std::iter::once(&self.name).chain(&self.aliases).map(String::as_str);
        let mut names: Vec<&str> = vec![];
        for name in all.chain([AT_ONCE, REASONS]) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The model of a name; `others` says what further names begin with, such as clients have of
    /// their own.
    pub(crate) fn find(&self, name: &str, others: &[&str]) -> fields::Result<Named> {
        let is_known =
            self.names().contains(&name) || others.iter().any(|prefix| name.starts_with(prefix));
        if !is_known {
            let names = self.names().join(", ");
            let words = format!("The model `{name}` does not exist; this server has {names}");
            let problem = Problem::new(Kind::NotFound, words).with_code("model_not_found");
            return Err(Problem { param: Some("model".into()), ..problem });
        }
        let thinks = match name {
            AT_ONCE => Some(false),
            REASONS => Some(true),
            _ => None,
        };
        Ok(Named { name: name.to_owned(), thinks })
    }
}
