//! Several answers at once: a queue, rows that share their steps, and the one thread that owns the
//! device.
//!
//! A [`Batch`] is all of it without a thread: requests wait in a [`queue`], are admitted when there
//! are a slot and the pages of their whole timeline ([`Limits`]), and each call of [`Batch::step`] is
//! one step of the device, of every row that decodes or of one prompt. Sessions come from
//! [`Timelines`]: [`Empty`] ones, or those of [`Kept`], which reuse what others computed and give way
//! to them. A [`Scheduler`] is a thread that steps a batch while there is work.
//!
//! What an answer says depends on its request alone: not on who shares its steps, on how its prompt
//! is divided, or on when it arrives. What happens to one request never reaches another, except for
//! a failure of the device, which fails the rows of the step that failed.

#![forbid(unsafe_code)]

use std::{sync::Arc, time::Duration};

use crate::{
    chat,
    generate::{Answer, Reading},
    grammar::{self, Constraint},
    kv::Receipt,
    sample::{self, SamplingOptions},
    session,
    tokenizer::TokenId,
};

mod admit;
mod batch;
mod kept;
mod limits;
mod outbox;
mod pace;
pub mod queue;
mod row;
mod thread;
mod ticket;
mod timelines;

pub use crate::sample::Logprobs;
pub use batch::{Batch, Clock, Did};
pub use kept::{Kept, Warn};
pub use limits::{Limits, Refusal};
pub use pace::LEAST_CHUNK;
pub use queue::Priority;
pub use thread::{Client, Died, Scheduler};
pub use ticket::{Heard, Ticket};
pub use timelines::{Empty, Space, Taken, Timelines, Wanted};

/// Most rows of a decode step.
pub const MOST_ROWS: usize = 32;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The tokens of the whole prompt.
    pub prompt: Vec<TokenId>,
    /// How the answer is read.
    pub reading: Reading,
    /// How its tokens are chosen, the seed included.
    pub sampling: SamplingOptions,
    /// What is added to the logits of tokens before everything else; minus infinity forbids one.
    pub bias: Vec<(TokenId, f32)>,
    /// How many alternatives to each token are told with its probability, at most
    /// [`Logprobs::MOST`]; `None` for neither.
    pub logprobs: Option<usize>,
    /// What the text of the answer must be.
    pub constraint: Option<Constraint>,
    /// Most tokens of the answer; `None` for as many as the context holds.
    pub max_tokens: Option<usize>,
    /// Who goes first.
    pub priority: Priority,
}

/// What the listener of a request hears, in this order: places in the queue, what was reused, the
/// prefill, tokens with the pieces that they complete, and one of the last two.
#[derive(Debug)]
pub enum Event {
    /// It waits.
    Queued {
        /// How many requests go before it, as things stand.
        position: usize,
    },
    /// It was admitted, and this much of its prompt was kept; not said where nothing is ever kept.
    /// [`Stats::receipt`](crate::generate::Stats::receipt) says it once more.
    Resumed(Receipt),
    /// This many of the prompt's `total` tokens are in its session.
    Prefilled {
        /// Tokens done.
        done: usize,
        /// All tokens of the prompt.
        total: usize,
    },
    /// The model chose a token; the text it completes follows.
    Token {
        /// The token.
        token: TokenId,
        /// What the model thinks of it, where that was asked for.
        logprobs: Option<Box<Logprobs>>,
    },
    /// A piece of the answer.
    Piece(chat::Event),
    /// The answer ended.
    Done(Box<Finished>),
    /// There is no answer, or no more of it.
    Failed(Failure),
}

/// An answer and how long it waited.
#[derive(Debug)]
pub struct Finished {
    /// The answer; its times begin when it was admitted.
    pub answer: Answer,
    /// Time in the queue.
    pub queued: Duration,
}

/// Why an admitted request has no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// The device failed in a step that the row had a part in, or had no memory for its session.
    #[error(transparent)]
    Session(Arc<session::Error>),
    /// No token could be chosen.
    #[error(transparent)]
    Sample(#[from] sample::Error),
    /// What constrains the answer leaves no token.
    #[error(transparent)]
    Grammar(#[from] grammar::Error),
    /// The listener left its events unheard.
    #[error(
        "the answer was given up: nobody took its events for {} s\n\
         help: read events as they come, or drop the ticket", waited.as_secs()
    )]
    Unheard {
        /// How long its row waited for the listener.
        waited: Duration,
    },
    /// The scheduler ended before the request was admitted.
    #[error("the scheduler is shutting down; the request was not begun")]
    ShutDown,
}

/// How requests share a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Most timelines at a time, kept ones included; 0 for as many as the engine has room for, and
    /// never more than [`MOST_ROWS`].
    pub rows: usize,
    /// Tokens of all timelines together, kept ones included, rounded up to pages; 0 for as many as
    /// the engine has room for. One timeline may have all of them.
    pub tokens: usize,
    /// Most requests that wait.
    pub queue: usize,
    /// The longest time between two tokens of a row that prompts of others may cause. It is kept as
    /// far as chunks of [`LEAST_CHUNK`] tokens allow.
    pub gap: Duration,
    /// Events that a listener can leave unheard before its row waits for it.
    pub events: usize,
    /// How long a row waits for its listener before it is given up.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rows: 0,
            tokens: 0,
            queue: 1024,
            // Three tokens a second at least, whatever prompts arrive.
            gap: Duration::from_millis(300),
            events: 256,
            patience: Duration::from_secs(30),
        }
    }
}

/// What becomes of running rows when a scheduler ends. Requests that wait fail in either case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// They are finished.
    Finish,
    /// They end as canceled before the next step, with what they have.
    Stop,
}
