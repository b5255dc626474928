//! One answer while it is made: what to do with each token, and when it ends.
//!
//! Nothing here knows a device or a session. Whoever steps a device hands over the token that it
//! chose and is told whether the answer goes on; an answer made alone and one that shares its
//! steps with others end for the same reasons.

use std::{
    ops::{ControlFlow, Deref},
    time::Instant,
};

use super::{Answer, Chosen, Reading, Stats, Stop, Update};
use crate::{
    chat::{End, Event, Parsed, StreamParser},
    kv::Receipt,
    tokenizer::{StreamDecoder, TokenId, Tokenizer},
};

/// Turns tokens into the parts of an answer and passes them on.
///
/// `T` is any way to reach a tokenizer, as of [`StreamDecoder`].
#[derive(Debug)]
pub struct Answering<T> {
    decoder: StreamDecoder<T>,
    /// The token that ends an answer.
    eos: TokenId,
    /// `None` when everything is content.
    parser: Option<StreamParser>,
    parsed: Parsed,
    tokens: Vec<TokenId>,
    max_tokens: usize,
    stats: Stats,
    begun: Instant,
    /// When the prefill ended.
    decoding: Option<Instant>,
}

/// How much of a prompt is there before an answer begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Tokens of the prompt.
    pub n_prompt: usize,
    /// How many of them the session holds.
    pub n_reused: usize,
    /// Where those come from, where somebody knows.
    pub receipt: Option<Receipt>,
}

impl<T: Deref<Target = Tokenizer>> Answering<T> {
    /// An answer of at most `max_tokens` tokens, whose prefill begins at `begun`.
    pub fn new(
        tokenizer: T,
        (reading, max_tokens): (Reading, Option<usize>),
        held: Held,
        begun: Instant,
    ) -> Self {
        let parser = match reading {
            Reading::Raw => None,
            Reading::Chat(mode) => Some(StreamParser::new(mode)),
        };
        let Held { n_prompt, n_reused, receipt } = held;
        Self {
            eos: tokenizer.eos(),
            decoder: StreamDecoder::new(tokenizer),
            parser,
            parsed: Parsed::default(),
            tokens: Vec::new(),
            max_tokens: max_tokens.unwrap_or(usize::MAX),
            stats: Stats { n_prompt, n_reused, receipt, ..Stats::default() },
            begun,
            decoding: None,
        }
    }

    /// The prefill ended at `now`, with `n_held` tokens in the session.
    pub fn prefilled(&mut self, n_held: usize, now: Instant) {
        self.stats.n_prefilled = n_held - self.stats.n_reused;
        self.stats.prefill = now - self.begun;
        self.decoding = Some(now);
    }

    /// Takes the token that was chosen after those that the session holds: why the answer ends with
    /// it, or nothing when it is to be decoded. `is_full` says that the context has no room for
    /// that.
    pub fn take(
        &mut self,
        chosen: &Chosen,
        (is_full, now): (bool, Instant),
        listener: &mut impl FnMut(Update<'_>) -> ControlFlow<()>,
    ) -> Option<Stop> {
        if self.tokens.len() >= self.max_tokens {
            return Some(Stop::MaxTokens);
        }
        self.stats.n_generated += 1;
        self.stats.first_token.get_or_insert_with(|| now - self.begun);
        if chosen.token == self.eos {
            return Some(Stop::End);
        }
        if self.push(chosen, listener).is_break() {
            return Some(Stop::Canceled);
        }
        if self.parser.as_ref().is_some_and(StreamParser::is_done) {
            return Some(Stop::End);
        }
        if self.tokens.len() >= self.max_tokens {
            return Some(Stop::MaxTokens);
        }
        is_full.then_some(Stop::ContextFull)
    }

    /// Ends the answer at `now`: the listener hears what was held back, and can stop nothing more.
    pub fn finish(
        self,
        (stop, now): (Stop, Instant),
        listener: &mut impl FnMut(Update<'_>) -> ControlFlow<()>,
    ) -> Answer {
        let Self { decoder, mut parser, mut parsed, tokens, mut stats, decoding, .. } = self;
        let mut pass = |event: &Event| {
            parsed.apply(event);
            let _ = listener(Update::Piece(event));
        };
        read(&mut parser, &decoder.finish()).iter().for_each(&mut pass);
        let end = parser.map_or(End::Complete, |parser| {
            let finish = parser.finish();
            finish.events.iter().for_each(&mut pass);
            finish.end
        });
        stats.decode = decoding.map_or_else(Default::default, |decoding| now - decoding);
        Answer { parsed, end, stop, tokens, stats }
    }

    /// Adds the next token.
    fn push(
        &mut self,
        chosen: &Chosen,
        listener: &mut impl FnMut(Update<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let token = chosen.token;
        self.tokens.push(token);
        // All of the token's text is passed on even after a break: the answer keeps it.
        let mut flow = listener(Update::Token { token, logprobs: chosen.logprobs.as_deref() });
        let text = self.decoder.push(token);
        for event in &read(&mut self.parser, &text) {
            self.parsed.apply(event);
            if listener(Update::Piece(event)).is_break() {
                flow = ControlFlow::Break(());
            }
        }
        flow
    }
}

/// The events that a piece of text completes.
fn read(parser: &mut Option<StreamParser>, text: &str) -> Vec<Event> {
    match parser {
        Some(parser) => parser.push(text),
        None if text.is_empty() => vec![],
        None => vec![Event::ContentDelta(text.to_owned())],
    }
}
