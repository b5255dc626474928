//! What is asked for and what is answered, in no protocol's words.

pub(crate) use crate::grammar::{Choice, Format, Rules, Tool};
use crate::{
    chat::{EncodeOptions, Message},
    generate::Stats,
    sample::SamplingOptions,
    schedule::Priority,
    tokenizer::TokenId,
};

/// What is to be answered.
#[derive(Debug)]
pub(crate) enum Asked {
    /// A conversation; where the model spoke last, its message goes on.
    Chat { messages: Vec<Message>, options: EncodeOptions },
    /// Texts that go on, each by itself.
    Texts(Vec<Text>),
}

/// A text that goes on.
#[derive(Debug)]
pub(crate) enum Text {
    Words(String),
    Tokens(Vec<TokenId>),
}

/// One request, for one answer or several; answer `i` to text `t` is row `t * n + i`.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) asked: Asked,
    /// Answers to the conversation, or to each text.
    pub(crate) n: usize,
    pub(crate) sampling: SamplingOptions,
    pub(crate) max_tokens: Option<usize>,
    /// Texts of the content that end an answer.
    pub(crate) stop: Vec<String>,
    pub(crate) priority: Priority,
    /// What the text may be.
    pub(crate) rules: Rules,
    /// What is added to logits.
    pub(crate) bias: Vec<(TokenId, f32)>,
    /// Whether logarithms of probabilities are wanted, and how many others beside each token's.
    pub(crate) logprobs: Option<usize>,
}

/// What becomes of one answer, in this order: places in the queue, its beginning, the prefill,
/// pieces, and one of the last two.
#[derive(Debug)]
pub(crate) enum Delta {
    /// It waits behind so many.
    Queued { position: usize },
    /// It was admitted.
    Begun,
    /// So much of its prompt was read.
    Prefilled { done: usize, total: usize },
    /// A token of the content, where logarithms of probabilities are wanted; before its text.
    Token(Scored),
    /// More reasoning.
    Reasoning(String),
    /// More content.
    Content(String),
    /// A call begins; `id` is its unguessable name, 32 hexadecimal digits.
    Call { index: usize, id: String, name: String },
    /// More of a call's arguments, as JSON text.
    Arguments { index: usize, json: String },
    /// A call is whole.
    CallEnd,
    /// The answer ended.
    Done(Box<Outcome>),
    /// There is no answer, or no more of it.
    Failed(super::problem::Problem),
}

/// A token with the logarithm of its probability, and others that were likely.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scored {
    pub(crate) bytes: Vec<u8>,
    pub(crate) logprob: f32,
    pub(crate) top: Vec<(Vec<u8>, f32)>,
}

/// How an answer ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) finish: Finish,
    pub(crate) usage: Usage,
    pub(crate) stats: Stats,
    /// Seconds in the queue.
    pub(crate) queued: f64,
}

/// Why an answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finish {
    /// The model ended it.
    Stop,
    /// It has a text that the client named.
    StopText(String),
    /// The model wants functions called.
    Calls,
    /// It has as many tokens as were asked for.
    MaxTokens,
    /// The context is full.
    ContextFull,
    /// Nobody wants it any more.
    Canceled,
}

/// Tokens of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) prompt: usize,
    /// Tokens of the prompt that were not computed again.
    pub(crate) cached: usize,
    /// Tokens of the answer, those of its reasoning included.
    pub(crate) completion: usize,
    pub(crate) reasoning: usize,
}

impl Usage {
    /// Of several answers to one prompt.
    pub(crate) fn add(&mut self, other: &Self) {
        self.prompt = self.prompt.max(other.prompt);
        self.cached = self.cached.max(other.cached);
        self.completion += other.completion;
        self.reasoning += other.reasoning;
    }

    /// Of answers to several prompts.
    pub(crate) fn sum(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().fold(Self::default(), |sum, each| Self {
            prompt: sum.prompt + each.prompt,
            cached: sum.cached + each.cached,
            completion: sum.completion + each.completion,
            reasoning: sum.reasoning + each.reasoning,
        })
    }

    pub(crate) const fn total(&self) -> usize {
        self.prompt + self.completion
    }
}
