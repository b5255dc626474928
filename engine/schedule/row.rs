//! One admitted request.

use std::{
    ops::ControlFlow,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Event, Failure, Finished, Priority, Taken, Timelines, outbox::Outbox};
use crate::{
    generate::{self, Answering, Choosing, Chosen, Stop, Update},
    grammar::Constraint,
    sample::Sampler,
    session::{self, Engine, Session},
    tokenizer::{TokenId, Tokenizer},
};

/// A timeline on its way to the end of its answer.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) priority: Priority,
    /// Its session and its prompt.
    pub(super) taken: Taken,
    pub(super) sampler: Sampler,
    /// What its text must be, as it stands.
    pub(super) constraint: Option<Constraint>,
    /// Alternatives to tell of.
    pub(super) logprobs: Option<usize>,
    pub(super) answer: Answering<Arc<Tokenizer>>,
    /// The token to decode; `None` until the prompt is done.
    pub(super) token: Option<TokenId>,
    pub(super) outbox: Outbox,
    /// Pages that are promised to it.
    pub(super) pages: usize,
    /// Time in the queue.
    pub(super) queued: Duration,
    /// The last step in which its prompt had a part, to go round.
    pub(super) served: u64,
}

/// How a row ends.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Its answer is whole or was stopped; the session can be extended.
    Stopped(Stop),
    /// It failed; the session can be extended.
    Failed(Failure),
    /// The device failed, and nobody knows what the session holds.
    Broken(Arc<session::Error>),
}

impl From<generate::Error> for Outcome {
    fn from(error: generate::Error) -> Self {
        match error {
            generate::Error::Sample(error) => Self::Failed(error.into()),
            generate::Error::Grammar(error) => Self::Failed(error.into()),
            generate::Error::Session(error) => Self::Broken(Arc::new(error)),
            generate::Error::EmptyPrompt => unreachable!("the prompt was checked"),
        }
    }
}

impl Row {
    /// Whether its next step is a part of its prompt.
    pub(super) const fn is_prefilling(&self) -> bool {
        self.token.is_none()
    }

    /// Whether it has a part in a decode step: not while something waits for its listener.
    pub(super) fn decodes(&self) -> bool {
        self.token.is_some() && self.outbox.is_clear()
    }

    /// Pages that are promised to it and that it does not hold yet.
    pub(super) const fn n_outstanding(&self) -> usize {
        self.pages.saturating_sub(self.taken.session.n_pages())
    }

    /// Prefills at most `n` more tokens of the prompt, and chooses the first token of the answer
    /// after the last one; how many, and how the row ends if it does.
    pub(super) fn prefill(
        &mut self,
        engine: &mut Engine,
        timelines: &mut dyn Timelines,
        n: usize,
        clock: &dyn Fn() -> Instant,
    ) -> (usize, Option<Outcome>) {
        match timelines.step(engine, &mut self.taken, n) {
            Ok(0) => {}
            Ok(n) => {
                self.mention_prefilled();
                return (n, None);
            }
            Err(error) => return (n, Some(Outcome::Broken(Arc::new(error)))),
        }
        let Taken { session, prompt, .. } = &mut self.taken;
        let rest = &prompt[session.len()..];
        let (n, go_on) = (rest.len(), |_| ControlFlow::Continue(()));
        let Self { sampler, constraint, logprobs, .. } = self;
        let mut choosing =
            Choosing { sampler, constraint: constraint.as_mut(), logprobs: *logprobs };
        let chosen = generate::first(engine, session, (rest, &mut choosing), go_on);
        let now = clock();
        let outcome = match chosen {
            Ok(Some(chosen)) => {
                self.mention_prefilled();
                self.answer.prefilled(self.taken.session.len(), now);
                self.take(&chosen, engine.context(), now)
            }
            Ok(None) => unreachable!("nobody broke off"),
            Err(error) => Some(error.into()),
        };
        (n, outcome)
    }

    /// Takes the token that follows what the session holds; how the row ends, if it does.
    pub(super) fn take(
        &mut self,
        chosen: &Chosen,
        context: usize,
        now: Instant,
    ) -> Option<Outcome> {
        let is_full = self.taken.session.len() >= context;
        let outbox = &mut self.outbox;
        let stop = self.answer.take(chosen, (is_full, now), &mut |update| {
            outbox.send(event(&update));
            ControlFlow::Continue(())
        });
        self.token = Some(chosen.token);
        stop.map(Outcome::Stopped)
    }

    /// Says how the row ended; what is left are its session and what the listener did not hear yet.
    pub(super) fn end(self, outcome: &Outcome, now: Instant) -> (Session, Outbox) {
        let Self { mut outbox, answer, queued, taken, .. } = self;
        let last = match outcome {
            Outcome::Stopped(stop) => {
                let answer = answer.finish((*stop, now), &mut |update| {
                    outbox.send(event(&update));
                    ControlFlow::Continue(())
                });
                Event::Done(Box::new(Finished { answer, queued }))
            }
            Outcome::Failed(failure) => Event::Failed(failure.clone()),
            Outcome::Broken(error) => Event::Failed(Failure::Session(Arc::clone(error))),
        };
        outbox.send(last);
        (taken.session, outbox)
    }

    fn mention_prefilled(&mut self) {
        let (done, total) = (self.taken.session.len(), self.taken.prompt.len());
        self.outbox.mention(Event::Prefilled { done, total });
    }
}

/// What a listener in another thread hears.
fn event(update: &Update<'_>) -> Event {
    match *update {
        Update::Prefilled { done, total } => Event::Prefilled { done, total },
        Update::Token { token, logprobs } => {
            Event::Token { token, logprobs: logprobs.cloned().map(Box::new) }
        }
        Update::Piece(piece) => Event::Piece(piece.clone()),
    }
}
