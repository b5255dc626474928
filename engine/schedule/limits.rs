//! What fits: exact bytes of a request, and what a schedule has for all of them.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use super::{MOST_ROWS, Options, Request, Wanted};
use crate::{
    device::{Bytes, Needs, Room},
    sample::{Logprobs, OptionsError},
    session::Engine,
    tokenizer::TokenId,
};

/// What a schedule has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest timeline, in tokens.
    pub context: usize,
    /// Entries of the vocabulary.
    pub n_vocab: usize,
    /// Most timelines at a time: rows, and sessions that are kept on the device.
    pub rows: usize,
    /// Pages of all of them together, each counted once.
    pub pages: usize,
    /// Tokens of a page.
    pub page_tokens: usize,
    /// Bytes of a page.
    pub page_bytes: u64,
    /// Bytes of the state of a row.
    pub state_bytes: u64,
    /// Bytes of scratch of the largest step, of whichever kind needs more.
    pub scratch_bytes: u64,
    /// Most requests that wait.
    pub queue: usize,
}

/// Why a request is not taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing to answer.
    #[error("the prompt is empty")]
    EmptyPrompt,
    /// An option of its sampling has no meaning.
    #[error(transparent)]
    Sampling(#[from] OptionsError),
    /// A bias that cannot be added, or of a token outside of the vocabulary.
    #[error(
        "a bias of {value} for token {token}: expected a number or minus infinity, and a token \
         below {n_vocab}"
    )]
    Bias {
        /// The id.
        token: u32,
        /// Its bias.
        value: f32,
        /// Entries of the vocabulary.
        n_vocab: usize,
    },
    /// Too many alternatives to each token.
    #[error("{asked} alternatives to each token: at most {} can be told", Logprobs::MOST)]
    TooManyLogprobs {
        /// How many were asked for.
        asked: usize,
    },
    /// A token id outside of the vocabulary.
    #[error("token id {token} at position {position}: the vocabulary has {n_vocab} entries")]
    UnknownToken {
        /// The id.
        token: u32,
        /// Where it stands.
        position: usize,
        /// Entries of the vocabulary.
        n_vocab: usize,
    },
    /// The prompt alone is longer than any timeline.
    #[error("a prompt of {prompt} tokens does not fit the context of {context} tokens")]
    TooLong {
        /// Tokens of the prompt.
        prompt: usize,
        /// Tokens that fit.
        context: usize,
    },
    /// Its timeline is larger than all memory of the schedule.
    #[error(
        "{} of memory are needed for {tokens} tokens, prompt and answer ({} of state, {} of cached \
         rows), and all requests together have {}\nhelp: {} tokens fit; ask for fewer tokens in \
         the answer or shorten the prompt", Bytes(state + cached), Bytes(*state), Bytes(*cached),
        Bytes(*has), fits
    )]
    NeverFits {
        /// Tokens of its timeline.
        tokens: usize,
        /// Bytes of its state.
        state: u64,
        /// Bytes of its pages.
        cached: u64,
        /// Bytes that there are for one row.
        has: u64,
        /// Tokens that would fit.
        fits: usize,
    },
    /// Too many wait.
    #[error("{most} requests wait already\nhelp: ask again when some are answered")]
    QueueFull {
        /// Most that may.
        most: usize,
    },
    /// No requests are taken any more.
    #[error("the scheduler is shutting down and takes no requests")]
    Closed,
}

impl Limits {
    /// What `engine` has room for, or less where `options` say so.
    pub(super) fn new(engine: &mut Engine, options: &Options) -> Self {
        let room = engine.room();
        let plan = engine.model().plan;
        let (n_vocab, page_tokens) = (plan.model.n_vocab, plan.pages.tokens);
        let at_most = |asked, most| if asked == 0 { most } else { usize::min(asked, most) };
        let rows = at_most(options.rows, room.sessions).min(MOST_ROWS);
        let pages = at_most(options.tokens.div_ceil(page_tokens), room.pages(page_tokens));
        let chunk = engine.chunk();
        let one = engine.needs(Room { context: page_tokens, sessions: 1, tokens: 0, chunk });
        let all = engine.needs(Room { sessions: rows, chunk, ..room });
        Self {
            context: engine.context(),
            n_vocab,
            rows,
            pages,
            page_tokens,
            page_bytes: one.pages,
            state_bytes: one.state,
            scratch_bytes: all.scratch,
            queue: options.queue,
        }
    }

    /// Bytes of everything that requests can make the device hold.
    #[must_use]
    pub const fn needs(&self) -> Needs {
        Needs {
            weights: 0,
            state: self.state_bytes.saturating_mul(self.rows as u64),
            pages: self.page_bytes.saturating_mul(self.pages as u64),
            scratch: self.scratch_bytes,
        }
    }

    /// Tokens of the longest timeline that `request` can make: the last token of an answer is chosen
    /// and not appended.
    #[must_use]
    pub fn tokens(&self, request: &Request) -> usize {
        let answer = request.max_tokens.map_or(usize::MAX, |most| most.saturating_sub(1));
        request.prompt.len().saturating_add(answer).min(self.context)
    }

    /// Pages of a timeline of `tokens` tokens.
    #[must_use]
    pub const fn pages_of(&self, tokens: usize) -> usize {
        tokens.div_ceil(self.page_tokens)
    }

    /// What `request` needs.
    pub(super) fn wanted<'a>(&self, request: &'a Request) -> Wanted<'a> {
        let tokens = self.tokens(request);
        let pages = self.pages_of(tokens);
        let room = (pages * self.page_tokens).min(self.context);
        // An answer that ends with the context has no length to be kept.
        let answer = request.max_tokens.map_or(0, |most| most.saturating_sub(1));
        let most = room.saturating_sub(answer).max(request.prompt.len());
        Wanted { prompt: &request.prompt, pages, most }
    }

    /// Refuses what could never be answered.
    ///
    /// # Errors
    ///
    /// Every [`Refusal`] except [`Refusal::QueueFull`] and [`Refusal::Closed`].
    pub fn check(&self, request: &Request) -> Result<(), Refusal> {
        let &Self { context, n_vocab, .. } = self;
        let prompt = request.prompt.len();
        if prompt == 0 {
            return Err(Refusal::EmptyPrompt);
        }
        request.sampling.check()?;
        let is_wrong = |&&(token, value): &&(TokenId, f32)| {
            token.0 as usize >= n_vocab || value.is_nan() || value == f32::INFINITY
        };
        if let Some(&(TokenId(token), value)) = request.bias.iter().find(is_wrong) {
            return Err(Refusal::Bias { token, value, n_vocab });
        }
        if let Some(asked) = request.logprobs.filter(|&asked| asked > Logprobs::MOST) {
            return Err(Refusal::TooManyLogprobs { asked });
        }
        if prompt > context {
            return Err(Refusal::TooLong { prompt, context });
        }
        let unknown = request.prompt.iter().position(|token| token.0 as usize >= n_vocab);
        if let Some(position) = unknown {
            let token = request.prompt[position].0;
            return Err(Refusal::UnknownToken { token, position, n_vocab });
        }
        let tokens = self.tokens(request);
        let pages = self.pages_of(tokens);
        if pages > self.pages {
            return Err(Refusal::NeverFits {
                tokens,
                state: self.state_bytes,
                cached: self.page_bytes.saturating_mul(pages as u64),
                has: self.page_bytes.saturating_mul(self.pages as u64) + self.state_bytes,
                fits: self.pages * self.page_tokens,
            });
        }
        Ok(())
    }
}

/// What requests pass on their way to the queue, from any thread.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) limits: Limits,
    /// Requests that wait, those on their way included.
    waiting: AtomicUsize,
    is_closed: AtomicBool,
}

impl Gate {
    pub(super) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, waiting: AtomicUsize::new(0), is_closed: AtomicBool::new(false) })
    }

    /// Lets `request` in, or says why not.
    pub(super) fn enter(&self, request: &Request) -> Result<(), Refusal> {
        self.limits.check(request)?;
        if self.is_closed() {
            return Err(Refusal::Closed);
        }
        let most = self.limits.queue;
        let one_more = |waiting| (waiting < most).then_some(waiting + 1);
        let entered = self.waiting.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_more);
        entered.map(|_| ()).map_err(|_| Refusal::QueueFull { most })
    }

    /// `n` requests wait no longer.
    pub(super) fn leave(&self, n: usize) {
        self.waiting.fetch_sub(n, Ordering::SeqCst);
    }

    /// Whether nobody is let in any more.
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::SeqCst)
    }

    /// Lets nobody in any more.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
    }
}
