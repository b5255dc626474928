//! Several answers at once, on ds4-tiny: each is what it is alone, and the device is shared as
//! promised.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod determinism;
mod kept;
mod limits;
mod long;
mod mix;
mod pace;
mod probe;
mod reuse;
mod steps;
mod thread;
#[path = "../support/tiny.rs"]
#[expect(dead_code, reason = "answers are compared, not logits")]
mod tiny;

use std::{ops::ControlFlow, sync::Arc};

use tiny::{tiny, tokens};

use ds4::{
    chat::{EncodeOptions, Message, Mode, Parsed, Role, encode},
    generate::{self, Answer, Reading, generate, prompt_tokens},
    kv::Receipt,
    sample::{Sampler, SamplingOptions},
    schedule::{Batch, Empty, Event, Failure, Finished, Heard, Options, Priority, Request, Ticket},
    session::{self, Engine},
    tokenizer::{TokenId, Tokenizer},
};

/// Tokens of the longest timeline, which is more than a page.
const CONTEXT: usize = 300;

fn engine(sessions: usize) -> Engine {
    let options = session::Options {
        context: CONTEXT,
        sessions,
        chunk: 64,
        threads: 2,
        ..session::Options::default()
    };
    Engine::open(&tiny(), &options).unwrap()
}

fn tokenizer(engine: &Engine) -> Arc<Tokenizer> {
    let metadata = engine.model().file().unwrap().metadata();
    Arc::new(Tokenizer::from_metadata(|key| metadata.get(key)).unwrap())
}

fn batch(engine: Engine, options: Options) -> Batch {
    let tokenizer = tokenizer(&engine);
    Batch::new(engine, tokenizer, Box::new(Empty), options)
}

/// A batch whose device does as the script says; answers do not end by themselves.
fn scripted(sessions: usize, options: Options) -> (Batch, probe::Shared) {
    let script = probe::script();
    let engine = engine(sessions).with_device(probe::Probe::put(&script));
    let (eos, n_vocab) = (tokenizer(&engine).eos(), engine.model().plan.model.n_vocab);
    script.lock().unwrap().spoil = Some(probe::endless(eos, n_vocab));
    let clock = Arc::clone(&script);
    let batch = batch(engine, options).with_clock(Box::new(move || clock.lock().unwrap().now));
    (batch, script)
}

/// A request with a random prompt, whose answer has `max_tokens` tokens unless the model ends it.
fn random(seed: u32, n: usize, max_tokens: usize) -> Request {
    Request {
        prompt: tokens(seed, n),
        reading: Reading::Raw,
        sampling: SamplingOptions { seed: seed.into(), ..SamplingOptions::default() },
        bias: vec![],
        logprobs: None,
        constraint: None,
        max_tokens: Some(max_tokens),
        priority: Priority::Normal,
    }
}

/// A request with a question.
fn question(tokenizer: &Tokenizer, mode: Mode, text: &str) -> Request {
    let options = EncodeOptions { mode, ..EncodeOptions::default() };
    let prompt = encode(&[Message::new(Role::User, text)], &options).unwrap();
    Request {
        prompt: prompt_tokens(tokenizer, &prompt),
        reading: Reading::Chat(mode),
        sampling: SamplingOptions::greedy(),
        bias: vec![],
        logprobs: None,
        constraint: None,
        max_tokens: Some(24),
        priority: Priority::Normal,
    }
}

/// The answer to `request` by itself.
fn alone(engine: &mut Engine, tokenizer: &Tokenizer, request: &Request) -> Answer {
    let mut session = engine.session().unwrap();
    let mut sampler = Sampler::new(request.sampling).unwrap().with_bias(request.bias.clone());
    let (prompt, reading) = (&request.prompt[..], request.reading);
    let max_tokens = request.max_tokens;
    let mut constraint = request.constraint.clone();
    let request = generate::Request {
        prompt,
        reading,
        sampler: &mut sampler,
        constraint: constraint.as_mut(),
        max_tokens,
        kv: None,
    };
    let go_on = |_: generate::Update<'_>| ControlFlow::Continue(());
    let answer = generate(engine, &mut session, tokenizer, request, go_on).unwrap();
    engine.close(session);
    answer
}

/// What a listener heard.
#[derive(Debug, Default)]
struct History {
    queued: Vec<usize>,
    receipt: Option<Receipt>,
    prefilled: Vec<usize>,
    tokens: Vec<TokenId>,
    pieces: Parsed,
    done: Option<Finished>,
    failed: Option<Failure>,
}

impl History {
    /// Takes the next event, and checks that it may follow those before it.
    fn hear(&mut self, event: Event) {
        assert!(!self.is_over(), "{event:?} after the last event");
        let has_begun = !self.tokens.is_empty();
        match event {
            Event::Queued { position } => {
                assert!(self.prefilled.is_empty() && !has_begun);
                self.queued.push(position);
            }
            Event::Resumed(receipt) => {
                assert!(self.prefilled.is_empty() && !has_begun && self.receipt.is_none());
                self.receipt = Some(receipt);
            }
            Event::Prefilled { done, .. } => {
                assert!(!has_begun && self.prefilled.last().is_none_or(|&before| before < done));
                self.prefilled.push(done);
            }
            Event::Token { token, .. } => self.tokens.push(token),
            Event::Piece(piece) => self.pieces.apply(&piece),
            Event::Done(finished) => self.done = Some(*finished),
            Event::Failed(failure) => self.failed = Some(failure),
        }
    }

    /// Takes at most `n` events.
    fn listen(&mut self, ticket: &mut Ticket, n: usize) {
        for _ in 0..n {
            match ticket.poll() {
                Heard::Event(event) => self.hear(event),
                Heard::Nothing => break,
                Heard::Over => {
                    assert!(self.is_over(), "the last event is missing");
                    break;
                }
            }
        }
    }

    fn is_over(&self) -> bool {
        self.done.is_some() || self.failed.is_some()
    }

    /// Checks that all of `expected` was heard.
    fn assert_whole(&self, expected: &Answer) {
        assert!(self.failed.is_none(), "{:?}", self.failed);
        let answer = &self.done.as_ref().unwrap().answer;
        assert_eq!(answer.tokens, expected.tokens);
        assert_eq!((answer.stop, &answer.end), (expected.stop, &expected.end));
        assert_eq!(answer.parsed, expected.parsed);
        let counts = |answer: &Answer| {
            let stats = &answer.stats;
            (stats.n_prompt, stats.n_reused, stats.n_prefilled, stats.n_generated)
        };
        assert_eq!(counts(answer), counts(expected));
        assert_eq!((&self.tokens, &self.pieces), (&answer.tokens, &answer.parsed));
    }
}

/// Steps until nothing is left to do, while every listener listens.
fn run(batch: &mut Batch, listeners: &mut [(Ticket, History)]) {
    while batch.step() != ds4::schedule::Did::Nothing {
        listeners.iter_mut().for_each(|(ticket, history)| history.listen(ticket, usize::MAX));
    }
    listeners.iter_mut().for_each(|(ticket, history)| history.listen(ticket, usize::MAX));
}
