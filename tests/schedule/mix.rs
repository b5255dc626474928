//! Random mixes of requests, arrivals, cancellations and listeners, against what each request is
//! answered alone.

use std::cell::RefCell;

use ds4::{
    chat::Mode,
    generate::{Answer, Stop},
    sample::SamplingOptions,
    schedule::{Batch, Did, Options, Priority, Request, Ticket},
    tokenizer::Tokenizer,
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use super::{CONTEXT, History, alone, batch, engine, question, random, tokenizer};

/// What happens.
#[derive(Debug, Clone)]
enum Act {
    /// A request of a kind arrives.
    Arrive(usize, Priority),
    Steps(usize),
    /// One of those that arrived is canceled.
    Cancel(usize),
    /// One loses its listener.
    Leave(usize),
    /// One takes so many events.
    Listen(usize, usize),
}

fn any_act() -> impl Strategy<Value = Act> {
    let who = 0..64_usize;
    prop_oneof![
        5 => (0..64_usize, prop::sample::select(Priority::ALL.to_vec()))
            .prop_map(|(kind, priority)| Act::Arrive(kind, priority)),
        6 => (1..12_usize).prop_map(Act::Steps),
        1 => who.clone().prop_map(Act::Cancel),
        1 => who.clone().prop_map(Act::Leave),
        4 => (who, 1..40_usize).prop_map(|(who, n)| Act::Listen(who, n)),
    ]
}

/// Requests that differ in everything that a request can choose.
fn kinds(tokenizer: &Tokenizer) -> Vec<Request> {
    let mut all = vec![
        question(tokenizer, Mode::Chat, "What is the capital of Japan?"),
        question(tokenizer, Mode::Thinking, "What is 27 + 58?"),
        question(tokenizer, Mode::Chat, "Who are you?"),
        random(1, 1, 9),
        random(2, 130, 12),
        random(3, 255, 4),
        random(4, 40, 0),
        random(5, 7, 1),
        // These end because the context does.
        Request { max_tokens: None, ..random(6, CONTEXT - 6, 0) },
        Request { max_tokens: None, ..random(7, CONTEXT, 0) },
    ];
    let base = SamplingOptions { seed: 5, ..SamplingOptions::default() };
    for sampling in [
        SamplingOptions { repetition_penalty: 1.4, ..base },
        SamplingOptions { frequency_penalty: 0.7, temperature: 0.0, ..base },
        SamplingOptions { top_k: 9, temperature: 1.7, ..base },
    ] {
        all.push(Request { sampling, ..random(8, 20, 14) });
    }
    all
}

/// A request on its way, and what its listener did.
struct Asked {
    kind: usize,
    /// `None` when the listener left.
    ticket: Option<Ticket>,
    history: History,
    is_canceled: bool,
}

struct World<'a> {
    batch: Batch,
    kinds: &'a [Request],
    /// Parallel to `kinds`.
    answers: &'a [Answer],
    asked: Vec<Asked>,
}

impl World<'_> {
    fn act(&mut self, act: &Act) -> Did {
        let n = self.asked.len();
        let mut did = Did::Waited;
        match *act {
            Act::Arrive(kind, priority) => {
                let kind = kind % self.kinds.len();
                let request = Request { priority, ..self.kinds[kind].clone() };
                let ticket = Some(self.batch.submit(request).unwrap());
                let history = History::default();
                self.asked.push(Asked { kind, ticket, history, is_canceled: false });
            }
            Act::Steps(n) => {
                for _ in 0..n {
                    did = self.step();
                }
            }
            Act::Cancel(who) if n > 0 => {
                let asked = &mut self.asked[who % n];
                asked.is_canceled = true;
                asked.ticket.iter().for_each(Ticket::cancel);
            }
            Act::Leave(who) if n > 0 => self.asked[who % n].ticket = None,
            Act::Listen(who, events) if n > 0 => self.asked[who % n].listen(events),
            Act::Cancel(_) | Act::Leave(_) | Act::Listen(..) => {}
        }
        did
    }

    fn step(&mut self) -> Did {
        let limits = *self.batch.limits();
        let n_waiting = self.batch.n_waiting();
        // No request takes more than two pages.
        let is_room = self.batch.n_running() < limits.rows;
        let fits = is_room && self.batch.n_pages() + 2 <= limits.pages;
        let did = self.batch.step();
        assert!(self.batch.n_running() <= limits.rows);
        assert!(self.batch.n_pages() <= limits.pages);
        assert!(n_waiting == 0 || !fits || self.batch.n_waiting() < n_waiting, "room is left");
        did
    }

    /// Lets everything end, and compares it with what was to be heard.
    fn end(&mut self) {
        for _ in 0..10_000 {
            let did = self.act(&Act::Steps(1));
            self.asked.iter_mut().for_each(|asked| asked.listen(usize::MAX));
            if did == Did::Nothing {
                break;
            }
        }
        assert_eq!((self.batch.n_running(), self.batch.n_waiting()), (0, 0));
        for Asked { kind, ticket, history, is_canceled } in &self.asked {
            let expected = &self.answers[*kind];
            assert!(expected.tokens.starts_with(&history.tokens), "kind {kind}");
            if ticket.is_none() {
                continue;
            }
            let answer = &history.done.as_ref().unwrap().answer;
            if *is_canceled && answer.stop == Stop::Canceled {
                assert_eq!((&answer.tokens, &answer.parsed), (&history.tokens, &history.pieces));
            } else {
                history.assert_whole(expected);
            }
        }
    }
}

impl Asked {
    fn listen(&mut self, n: usize) {
        if let Some(ticket) = &mut self.ticket {
            self.history.listen(ticket, n);
        }
    }
}

#[test]
fn answers_are_those_made_alone() {
    let mut engine = engine(5);
    let tokenizer = tokenizer(&engine);
    let kinds = kinds(&tokenizer);
    let answers: Vec<_> =
        kinds.iter().map(|request| alone(&mut engine, &tokenizer, request)).collect();
    assert!(answers[0].parsed.content.contains("Tokyo"), "{:?}", answers[0]);
    let stops = [Stop::End, Stop::MaxTokens, Stop::ContextFull];
    assert!(stops.iter().all(|stop| answers.iter().any(|answer| answer.stop == *stop)));

    // Few events, so that listeners are often too slow, and fewer pages than rows could take.
    let options = Options { events: 6, tokens: 6 * 256, ..Options::default() };
    let free = RefCell::new(Some(engine));
    let config = Config { cases: 6, failure_persistence: None, ..Config::default() };
    let acts = prop::collection::vec(any_act(), 10..50);
    let check = |acts: Vec<Act>| {
        // A case that fails takes its engine with it.
        let engine = free.take().unwrap_or_else(|| super::engine(5));
        let batch = batch(engine, options);
        let mut world = World { batch, kinds: &kinds, answers: &answers, asked: vec![] };
        for act in &acts {
            world.act(act);
        }
        world.end();
        free.replace(Some(world.batch.close().0));
        Ok(())
    };
    TestRunner::new(config).run(&acts, check).unwrap();
}
