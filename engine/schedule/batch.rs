//! Requests that share a device, one step at a time.

use std::{fmt, sync::Arc, time::Instant};

use super::{
    Ending, Event, Failure, Limits, Options, Refusal, Request, Ticket, Timelines,
    admit::Waiting,
    limits::Gate,
    outbox::Outbox,
    pace::Pace,
    queue::{Queue, Turns},
    row::{Outcome, Row},
};
use crate::{
    generate::{self, Choosing, Stop},
    session::Engine,
    tokenizer::Tokenizer,
};

/// Tells the time.
pub type Clock = Box<dyn Fn() -> Instant + Send>;

/// A model, the requests that wait for it and those that it answers.
pub struct Batch {
    pub(super) engine: Engine,
    pub(super) tokenizer: Arc<Tokenizer>,
    pub(super) timelines: Box<dyn Timelines>,
    options: Options,
    pub(super) gate: Arc<Gate>,
    pub(super) clock: Clock,
    pub(super) queue: Queue<Waiting>,
    /// In order of admission.
    pub(super) rows: Vec<Row>,
    /// Ended answers whose listeners have not heard all of it.
    pub(super) leaving: Vec<Outbox>,
    pace: Pace,
    /// Whose prompt goes on next.
    turns: Turns,
    /// Whether the head of the queue found no room, and nothing changed since.
    pub(super) is_blocked: bool,
    /// The last step.
    did: Did,
    n_steps: u64,
}

/// What a step was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    /// Nothing, since there is nothing to do.
    Nothing,
    /// Nothing, until listeners take events.
    Waited,
    /// A part of a prompt.
    Prefill {
        /// Its tokens.
        tokens: usize,
    },
    /// A token for each of several rows.
    Decode {
        /// How many.
        rows: usize,
    },
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("engine", &self.engine)
            .field("options", &self.options)
            .field("waiting", &self.queue.len())
            .field("running", &self.rows.len())
            .finish_non_exhaustive()
    }
}

impl Batch {
    /// A batch without requests.
    #[must_use]
    pub fn new(
        mut engine: Engine,
        tokenizer: Arc<Tokenizer>,
        timelines: Box<dyn Timelines>,
        options: Options,
    ) -> Self {
        let limits = Limits::new(&mut engine, &options);
        Self {
            pace: Pace::new(options.gap, engine.chunk()),
            engine,
            tokenizer,
            timelines,
            options,
            gate: Gate::new(limits),
            clock: Box::new(Instant::now),
            queue: Queue::default(),
            rows: vec![],
            leaving: vec![],
            turns: Turns::default(),
            is_blocked: false,
            did: Did::Nothing,
            n_steps: 0,
        }
    }

    /// The batch with another clock, by which steps are measured and listeners lose patience.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// What there is room for.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.gate.limits
    }

    /// Requests that wait.
    #[must_use]
    pub fn n_waiting(&self) -> usize {
        self.queue.len()
    }

    /// Rows that were admitted and have not ended.
    #[must_use]
    pub fn n_running(&self) -> usize {
        self.rows.len()
    }

    /// Pages on the device, and those that are promised to rows beside; never more than there are.
    #[must_use]
    pub fn n_pages(&self) -> usize {
        self.engine.n_pages() + self.n_outstanding()
    }

    /// Takes a request.
    ///
    /// # Errors
    ///
    /// Every [`Refusal`].
    pub fn submit(&mut self, request: Request) -> Result<Ticket, Refusal> {
        self.gate.enter(&request)?;
        let (outbox, ticket) = Outbox::new(self.options.events);
        self.accept(request, outbox);
        Ok(ticket)
    }

    /// Runs one step of the device, if there is one to run. Before it, requests that were canceled
    /// or lost their listener end, and those that fit are admitted.
    pub fn step(&mut self) -> Did {
        self.sweep();
        self.admit();
        self.did = match self.choose() {
            Some(Some(row)) => self.prefill(row),
            Some(None) => self.decode(),
            None if self.rows.is_empty() && self.leaving.is_empty() => Did::Nothing,
            None => Did::Waited,
        };
        self.did
    }

    /// Takes no more requests; those that wait fail, and those that run end as `ending` says.
    pub fn end(&mut self, ending: Ending) {
        self.gate.close();
        for mut waiting in self.queue.drain() {
            waiting.outbox.send(Event::Failed(Failure::ShutDown));
            self.leaving.push(waiting.outbox);
            self.gate.leave(1);
        }
        if ending == Ending::Stop {
            for row in std::mem::take(&mut self.rows) {
                self.finish(row, &Outcome::Stopped(Stop::Canceled));
            }
            // Who has no room for the end by now will not hear it.
            self.leaving.clear();
        }
    }

    /// The engine and what lent its sessions, all of which are closed; requests that are left end as
    /// [`Ending::Stop`] says.
    #[must_use]
    pub fn close(mut self) -> (Engine, Box<dyn Timelines>) {
        self.end(Ending::Stop);
        self.timelines.close(&mut self.engine);
        (self.engine, self.timelines)
    }

    pub(super) const fn options(&self) -> &Options {
        &self.options
    }

    pub(super) const fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }

    /// Queues a request that passed the gate.
    pub(super) fn accept(&mut self, request: Request, mut outbox: Outbox) {
        if self.gate.is_closed() {
            // It was on its way when the end came.
            self.gate.leave(1);
            return outbox.send(Event::Failed(Failure::ShutDown));
        }
        let arrived = (self.clock)();
        self.is_blocked = false;
        self.queue.push(request.priority, Waiting { request, outbox, arrived, told: None });
    }

    /// Ends what nobody waits for.
    fn sweep(&mut self) {
        let now = (self.clock)();
        let patience = self.options.patience;
        let has_lost = |outbox: &mut Outbox| outbox.stuck(now).filter(|&time| time >= patience);
        self.leaving.retain_mut(|outbox| !outbox.flush() && has_lost(outbox).is_none());

        let given_up = self.queue.take_if(Waiting::is_given_up);
        self.gate.leave(given_up.len());
        self.is_blocked &= given_up.is_empty();
        let cancel = |waiting: Waiting| waiting.cancel(Arc::clone(&self.tokenizer), now);
        self.leaving.extend(given_up.into_iter().map(cancel).filter(|outbox| !outbox.is_clear()));

        for index in (0..self.rows.len()).rev() {
            let outbox = &mut self.rows[index].outbox;
            let outcome = if outbox.is_canceled() || outbox.is_deserted() {
                Outcome::Stopped(Stop::Canceled)
            } else if let Some(waited) = has_lost(outbox) {
                Outcome::Failed(Failure::Unheard { waited })
            } else {
                continue;
            };
            let row = self.rows.remove(index);
            self.finish(row, &outcome);
        }
    }

    /// The row whose prompt goes on, or none of them for a decode step, or nothing. Prompts and
    /// decode steps take turns, so that a row waits for one part of a prompt at most.
    fn choose(&mut self) -> Option<Option<usize>> {
        let decodes = self.rows.iter().any(Row::decodes);
        if decodes && matches!(self.did, Did::Prefill { .. }) {
            return Some(None);
        }
        let prefills = |row: &Row, priority| row.is_prefilling() && row.priority == priority;
        let rows = &self.rows;
        let next = self.turns.take(|priority| rows.iter().any(|row| prefills(row, priority)));
        let Some(priority) = next else { return decodes.then_some(None) };
        let of_priority = self.rows.iter().enumerate().filter(|(_, row)| prefills(row, priority));
        Some(of_priority.min_by_key(|(_, row)| row.served).map(|(index, _)| index))
    }

    fn prefill(&mut self, index: usize) -> Did {
        self.n_steps += 1;
        let others_decode = self.rows.iter().any(Row::decodes);
        let chunk = self.pace.chunk(others_decode);
        let begun = (self.clock)();
        let row = &mut self.rows[index];
        row.served = self.n_steps;
        let (engine, timelines) = (&mut self.engine, &mut *self.timelines);
        let (tokens, outcome) = row.prefill(engine, timelines, chunk, &*self.clock);
        self.pace.prefilled(tokens, (self.clock)() - begun);
        if let Some(outcome) = outcome {
            let row = self.rows.remove(index);
            self.finish(row, &outcome);
        }
        Did::Prefill { tokens }
    }

    fn decode(&mut self) -> Did {
        self.n_steps += 1;
        let begun = (self.clock)();
        let part = self.rows.iter_mut().filter(|row| row.decodes());
        let mut step: Vec<_> = part
            .filter_map(|Row { taken, token, sampler, constraint, logprobs, .. }| {
                let constraint = constraint.as_mut();
                let choosing = Choosing { sampler, constraint, logprobs: *logprobs };
                let session = &mut taken.session;
                token.map(|token| generate::Row { session, token, choosing })
            })
            .collect();
        let rows = step.len();
        let chosen = generate::next(&mut self.engine, &mut step);
        let now = (self.clock)();
        self.pace.decoded(now - begun);
        let (context, mut ended) = (self.engine.context(), vec![]);
        let part = self.rows.iter_mut().enumerate().filter(|(_, row)| row.decodes());
        match chosen {
            Ok(chosen) => {
                for ((index, row), chosen) in part.zip(chosen) {
                    let outcome = match chosen {
                        Ok(chosen) => row.take(&chosen, context, now),
                        Err(error) => Some(error.into()),
                    };
                    ended.extend(outcome.map(|outcome| (index, outcome)));
                }
            }
            Err(error) => {
                let error = Arc::new(error);
                ended.extend(part.map(|(index, _)| (index, Outcome::Broken(Arc::clone(&error)))));
            }
        }
        for (index, outcome) in ended.into_iter().rev() {
            let row = self.rows.remove(index);
            self.finish(row, &outcome);
        }
        Did::Decode { rows }
    }

    /// Ends `row` and takes its session back.
    fn finish(&mut self, row: Row, outcome: &Outcome) {
        self.is_blocked = false;
        let (session, mut outbox) = row.end(outcome, (self.clock)());
        if matches!(outcome, Outcome::Broken(_)) {
            self.engine.close(session);
        } else {
            self.timelines.give(&mut self.engine, session);
        }
        if !outbox.flush() {
            self.leaving.push(outbox);
        }
    }
}
