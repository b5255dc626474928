//! How requests become rows.

use std::{ops::ControlFlow, sync::Arc, time::Instant};

use super::{Batch, Event, Failure, Finished, Request, Space, Taken, outbox::Outbox, row::Row};
use crate::{
    generate::{Answering, Held, Stop, Update},
    sample::Sampler,
    session,
    tokenizer::Tokenizer,
};

/// A request that is not admitted yet.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) request: Request,
    pub(super) outbox: Outbox,
    pub(super) arrived: Instant,
    /// Its place in the queue when the listener heard of it last.
    pub(super) told: Option<usize>,
}

impl Batch {
    /// Pages that are promised to rows and that they do not hold yet.
    pub(super) fn n_outstanding(&self) -> usize {
        self.rows.iter().map(Row::n_outstanding).sum()
    }

    /// Admits requests in order while they fit, and tells the others where they are.
    pub(super) fn admit(&mut self) {
        while !self.is_blocked && self.rows.len() < self.gate.limits.rows {
            let n_outstanding = self.n_outstanding();
            let limits = &self.gate.limits;
            let space = Space {
                slots: limits.rows - self.rows.len(),
                pages: limits.pages.saturating_sub(n_outstanding),
                is_alone: self.rows.is_empty(),
            };
            let Some(next) = self.queue.peek() else { break };
            let wanted = limits.wanted(&next.request);
            let pages = wanted.pages;
            let taken = match self.timelines.take(&mut self.engine, &wanted, &space) {
                Ok(None) => {
                    self.is_blocked = true;
                    break;
                }
                Ok(Some(taken)) => Ok(taken),
                Err(error) => Err(error),
            };
            let waiting = self.queue.pop().expect("there is one");
            self.gate.leave(1);
            self.begin(waiting, (taken, pages));
        }
        for (position, waiting) in self.queue.places() {
            if waiting.told != Some(position) {
                waiting.told = Some(position);
                waiting.outbox.mention(Event::Queued { position });
            }
        }
    }

    fn begin(&mut self, waiting: Waiting, (taken, pages): (session::Result<Taken>, usize)) {
        let Waiting { request, mut outbox, arrived, .. } = waiting;
        let Request { reading, sampling, bias, logprobs, constraint, max_tokens, priority, .. } =
            request;
        let now = (self.clock)();
        let taken = match taken {
            Ok(taken) => taken,
            Err(error) => {
                outbox.send(Event::Failed(Failure::Session(Arc::new(error))));
                return self.leaving.push(outbox);
            }
        };
        let Taken { ref prompt, n_reused, receipt, .. } = taken;
        if let Some(receipt) = receipt {
            outbox.send(Event::Resumed(receipt));
        }
        let held = Held { n_prompt: prompt.len(), n_reused, receipt };
        let tokenizer = Arc::clone(&self.tokenizer);
        self.rows.push(Row {
            priority,
            taken,
            sampler: Sampler::new(sampling).expect("the options were checked").with_bias(bias),
            constraint,
            logprobs,
            answer: Answering::new(tokenizer, (reading, max_tokens), held, now),
            token: None,
            outbox,
            pages,
            queued: now - arrived,
            served: 0,
        });
    }
}

impl Waiting {
    /// Whether nobody waits for it any more.
    pub(super) fn is_given_up(&self) -> bool {
        self.outbox.is_canceled() || self.outbox.is_deserted()
    }

    /// Ends it without an answer.
    pub(super) fn cancel(mut self, tokenizer: Arc<Tokenizer>, now: Instant) -> Outbox {
        let Request { prompt, reading, max_tokens, .. } = self.request;
        let held = Held { n_prompt: prompt.len(), n_reused: 0, receipt: None };
        let answer = Answering::new(tokenizer, (reading, max_tokens), held, now);
        let nothing = &mut |_: Update<'_>| ControlFlow::Continue(());
        let answer = answer.finish((Stop::Canceled, now), nothing);
        self.outbox.send(Event::Done(Box::new(Finished { answer, queued: now - self.arrived })));
        self.outbox
    }
}
