//! Follows one row from its ticket to its end, and says what becomes of it.

use std::{collections::VecDeque, sync::Arc, time::Instant};

use super::{
    calls,
    core::Core,
    generation::Generation,
    job::{Delta, Finish, Outcome, Scored, Usage},
    problem::{Kind, Problem},
    stops::{Passed, Stops},
    vault::unguessable,
};
use crate::{
    chat::{self, End, Mode, protocol},
    generate::{Answer, Reading, Stop},
    schedule::{Event, Finished, Logprobs, Ticket},
    tokenizer::TokenId,
};

/// What is said of one answer while it is made.
#[derive(Debug)]
pub(super) struct Follower {
    core: Arc<Core>,
    generation: Arc<Generation>,
    row: usize,
    stops: Stops,
    /// The text that ended it.
    stop: Option<String>,
    reading: Reading,
    /// The token that ends reasoning, until it came.
    closes_reasoning: Option<TokenId>,
    n_reasoning: usize,
    /// Names of its calls.
    ids: Vec<String>,
    /// Tokens whose text was not passed on yet.
    scored: VecDeque<Scored>,
    /// Bytes of content that were passed on and belong to no token that was.
    n_passed: usize,
    /// When it was admitted, which is when it stopped to wait.
    begun: Option<Instant>,
}

impl Follower {
    pub(super) fn new(
        core: Arc<Core>,
        (generation, row): (Arc<Generation>, usize),
        stop: Vec<String>,
        reading: Reading,
    ) -> Self {
        let closes = || core.served.tokenizer.token_id(protocol::THINK_CLOSE);
        Self {
            closes_reasoning: (reading == Reading::Chat(Mode::Thinking)).then(closes).flatten(),
            core,
            generation,
            row,
            stops: Stops::new(stop),
            stop: None,
            reading,
            n_reasoning: 0,
            ids: vec![],
            scored: VecDeque::new(),
            n_passed: 0,
            begun: None,
        }
    }

    /// Follows the row to its end.
    pub(super) async fn run(mut self, mut ticket: Ticket) {
        let mut canceled = self.generation.cancellation();
        let mut is_canceled = false;
        loop {
            let event = tokio::select! {
                event = ticket.next() => event,
                _ = canceled.wait_for(|canceled| *canceled), if !is_canceled => {
                    is_canceled = true;
                    ticket.cancel();
                    continue;
                }
            };
            let is_over = match event {
                Some(event) => self.hear(event),
                None => {
                    let words = "the scheduler ended without an answer";
                    self.say(Delta::Failed(Problem::new(Kind::Fault, words)));
                    true
                }
            };
            if self.stop.is_some() {
                ticket.cancel();
            }
            if is_over {
                break;
            }
        }
        if self.begun.is_none() {
            self.core.load.left_queue();
        } else {
            self.core.load.ended(self.begun.map_or(0.0, |begun| begun.elapsed().as_secs_f64()));
        }
        self.core.count_load();
    }

    /// Passes an event on; whether it was the last.
    fn hear(&mut self, event: Event) -> bool {
        match event {
            Event::Queued { position } => self.say(Delta::Queued { position }),
            Event::Resumed(_) => {
                self.begin();
                self.say(Delta::Begun);
            }
            Event::Prefilled { done, total } => {
                self.begin();
                self.say(Delta::Prefilled { done, total });
            }
            Event::Token { token, logprobs } => {
                self.begin();
                self.token(token, logprobs.as_deref());
            }
            Event::Piece(piece) => self.piece(piece),
            Event::Done(finished) => {
                self.done(*finished);
                return true;
            }
            Event::Failed(failure) => {
                tracing::warn!(id = self.generation.id, "an answer failed: {failure}");
                self.say(Delta::Failed(Problem::from(&failure)));
                return true;
            }
        }
        false
    }

    fn begin(&mut self) {
        if self.begun.is_none() {
            self.begun = Some(Instant::now());
            self.core.load.began();
            self.core.count_load();
        }
    }

    fn token(&mut self, token: TokenId, logprobs: Option<&Logprobs>) {
        if self.closes_reasoning.is_some() {
            self.n_reasoning += 1;
            if self.closes_reasoning == Some(token) {
                self.closes_reasoning = None;
            }
        } else if let Some(logprobs) = logprobs.filter(|_| self.ids.is_empty()) {
            let tokenizer = &self.core.served.tokenizer;
            let bytes = |token| tokenizer.token_bytes(token).unwrap_or_default().to_vec();
            let top = logprobs.top.iter().map(|(token, logprob)| (bytes(*token), *logprob));
            let (logprob, top) = (logprobs.chosen, top.collect());
            self.scored.push_back(Scored { bytes: bytes(token), logprob, top });
        }
    }

    fn piece(&mut self, piece: chat::Event) {
        if self.stop.is_some() {
            return;
        }
        match piece {
            chat::Event::ReasoningDelta(text) => self.say(Delta::Reasoning(text)),
            chat::Event::ContentDelta(text) => {
                let Passed { text, stop } = self.stops.push(&text);
                self.content(text);
                self.stop = stop;
            }
            chat::Event::ToolCallStart { index, name } => {
                let text = self.stops.finish();
                self.content(text);
                let id = unguessable();
                self.ids.push(id.clone());
                self.say(Delta::Call { index, id, name });
            }
            chat::Event::ToolCallArgumentsDelta { index, json } => {
                self.say(Delta::Arguments { index, json });
            }
            chat::Event::ToolCallEnd { .. } => self.say(Delta::CallEnd),
            chat::Event::Repaired { .. } => {}
        }
    }

    /// Passes content on, behind the tokens that it is made of.
    fn content(&mut self, text: String) {
        if text.is_empty() {
            return;
        }
        self.n_passed += text.len();
        while let Some(first) = self.scored.front() {
            if first.bytes.len() > self.n_passed {
                break;
            }
            self.n_passed -= first.bytes.len();
            if let Some(token) = self.scored.pop_front() {
                self.say(Delta::Token(token));
            }
        }
        self.say(Delta::Content(text));
    }

    fn done(&mut self, finished: Finished) {
        let Finished { answer, queued } = finished;
        if self.stop.is_none() {
            let text = self.stops.finish();
            self.content(text);
        }
        let finish = match (&self.stop, answer.stop) {
            (Some(text), _) => Finish::StopText(text.clone()),
            (None, Stop::End) if !self.ids.is_empty() => Finish::Calls,
            (None, Stop::End) => Finish::Stop,
            (None, Stop::MaxTokens) => Finish::MaxTokens,
            (None, Stop::ContextFull) => Finish::ContextFull,
            (None, Stop::Canceled) => Finish::Canceled,
        };
        if finish == Finish::Calls && answer.end == End::Complete {
            self.keep_calls(&answer);
        }
        if finish == Finish::Canceled {
            self.core.metrics.canceled.increment(1);
        }
        let stats = answer.stats;
        let usage = Usage {
            prompt: stats.n_prompt,
            cached: stats.n_reused,
            completion: stats.n_generated,
            reasoning: self.n_reasoning,
        };
        let outcome = Outcome { finish, usage, stats, queued: queued.as_secs_f64() };
        self.core.metrics.ended(&outcome);
        self.say(Delta::Done(Box::new(outcome)));
    }

    /// Keeps the calls as the model wrote them.
    fn keep_calls(&self, answer: &Answer) {
        let parsed = &answer.parsed;
        let reasoning = match self.reading {
            Reading::Chat(Mode::Thinking) => parsed.reasoning.len() + protocol::THINK_CLOSE.len(),
            _ => 0,
        };
        let from = reasoning + parsed.content.len();
        let written = calls::written(&self.core.served.tokenizer, &answer.tokens, from);
        self.core.calls.keep(written, parsed, &self.ids);
    }

    fn say(&self, delta: Delta) {
        self.generation.say(self.row, delta);
    }
}
