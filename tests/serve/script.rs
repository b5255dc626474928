//! A model that says what it is told to say.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use ds4::{
    generate::{Answering, Chosen, Held, Stop, Update},
    schedule::{Event, Failure, Finished, Limits, Logprobs, Refusal, Request, Ticket},
    serve::Backend,
    tokenizer::{TokenId, Tokenizer},
};

/// Says the same to everybody, token by token.
#[derive(Debug)]
pub(crate) struct Script {
    says: String,
    /// Time before each token.
    pub(crate) pace: Duration,
    /// What goes before it in the queue, and for how long.
    pub(crate) queue: (usize, Duration),
    /// Time before the first.
    pub(crate) silence: Duration,
    /// Fails in the place of the end.
    pub(crate) fails: bool,
    /// Says it again and again, until it is canceled.
    pub(crate) endless: bool,
    pub(crate) refusal: Option<Refusal>,
    /// What was asked.
    requests: Mutex<Vec<Request>>,
    pub(crate) n_canceled: Arc<AtomicUsize>,
}

impl Script {
    pub(crate) fn new(says: &str) -> Self {
        Self {
            says: says.to_owned(),
            pace: Duration::ZERO,
            queue: (0, Duration::ZERO),
            silence: Duration::ZERO,
            fails: false,
            endless: false,
            refusal: None,
            requests: Mutex::default(),
            n_canceled: Arc::default(),
        }
    }

    /// How often it was asked.
    pub(crate) fn n_asked(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    /// The text of the last prompt.
    pub(crate) fn last_prompt(&self) -> String {
        let requests = self.requests.lock().unwrap();
        super::tokenizer().decode(&requests.last().unwrap().prompt)
    }

    /// Waits until so many answers were canceled.
    pub(crate) fn expect_canceled(&self, n: usize) {
        let begun = Instant::now();
        while self.n_canceled.load(Ordering::SeqCst) < n {
            assert!(begun.elapsed() < Duration::from_secs(5), "nothing was canceled");
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Backend for Script {
    fn submit(&self, request: Request) -> Result<Ticket, Refusal> {
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone());
        }
        self.requests.lock().unwrap().push(request.clone());
        let (events, canceled, ticket) = Ticket::scripted(64);
        let tokenizer = super::tokenizer();
        let tokens = tokenizer.encode(&self.says);
        let play = Play {
            request,
            tokens,
            events,
            canceled,
            pace: self.pace,
            queue: self.queue,
            silence: self.silence,
            fails: self.fails,
            endless: self.endless,
            n_canceled: Arc::clone(&self.n_canceled),
        };
        thread::spawn(move || play.run(&tokenizer));
        Ok(ticket)
    }

    fn limits(&self) -> Limits {
        Limits {
            context: 4096,
            n_vocab: super::tokenizer().n_tokens(),
            rows: 4,
            pages: 256,
            page_tokens: 64,
            page_bytes: 1,
            state_bytes: 1,
            scratch_bytes: 1,
            queue: 4,
        }
    }
}

struct Play {
    request: Request,
    tokens: Vec<TokenId>,
    events: tokio::sync::mpsc::Sender<Event>,
    canceled: Arc<AtomicBool>,
    pace: Duration,
    queue: (usize, Duration),
    silence: Duration,
    fails: bool,
    endless: bool,
    n_canceled: Arc<AtomicUsize>,
}

impl Play {
    fn run(self, tokenizer: &Tokenizer) {
        let n_prompt = self.request.prompt.len();
        let held = Held { n_prompt, n_reused: n_prompt / 2, receipt: None };
        let limits = (self.request.reading, self.request.max_tokens);
        let mut answer = Answering::new(tokenizer, limits, held, Instant::now());
        let send = |event| drop(self.events.blocking_send(event));
        let (position, queued) = self.queue;
        send(Event::Queued { position });
        self.sleep(queued);
        send(Event::Prefilled { done: n_prompt / 2, total: n_prompt });
        self.sleep(self.silence);
        send(Event::Prefilled { done: n_prompt, total: n_prompt });
        answer.prefilled(n_prompt, Instant::now());
        let mut hear = |update: Update<'_>| {
            match update {
                Update::Token { token, .. } => {
                    let logprobs = self.request.logprobs.map(|n| Box::new(scored(token, n)));
                    send(Event::Token { token, logprobs });
                }
                Update::Piece(piece) => send(Event::Piece(piece.clone())),
                Update::Prefilled { .. } => {}
            }
            std::ops::ControlFlow::Continue(())
        };
        let mut stop = None;
        let repeats = if self.endless { usize::MAX } else { 1 };
        let tokens = (0..repeats).flat_map(|_| &self.tokens);
        for &token in tokens.chain(&[tokenizer.eos()]) {
            self.sleep(self.pace);
            if self.is_over() {
                stop = Some(Stop::Canceled);
                self.n_canceled.fetch_add(1, Ordering::SeqCst);
                break;
            }
            let chosen = Chosen { token, logprobs: None };
            stop = answer.take(&chosen, (false, Instant::now()), &mut hear);
            if stop.is_some() {
                break;
            }
        }
        if self.fails {
            let waited = Duration::from_secs(1);
            return send(Event::Failed(Failure::Unheard { waited }));
        }
        let stop = stop.unwrap_or(Stop::End);
        let answer = answer.finish((stop, Instant::now()), &mut hear);
        send(Event::Done(Box::new(Finished { answer, queued: Duration::ZERO })));
    }

    fn is_over(&self) -> bool {
        self.canceled.load(Ordering::SeqCst) || self.events.is_closed()
    }

    /// Sleeps, but not longer than anybody waits.
    fn sleep(&self, time: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < time && !self.is_over() {
            thread::sleep((time - begun.elapsed().min(time)).min(Duration::from_millis(2)));
        }
    }
}

/// A share for the token that depends on it alone; half of what is left for the next one in the
/// vocabulary, half of what is left then for the one after, and so on.
fn scored(token: TokenId, n: usize) -> Logprobs {
    let share = [0.98, 0.9, 0.7, 0.95, 0.4, 0.99, 0.15_f32][token.0 as usize % 7];
    let mut left = 1.0 - share;
    let others = (1..).map(|i| {
        left /= 2.0;
        (TokenId(token.0 + i), left.ln())
    });
    let mut top: Vec<_> = [(token, share.ln())].into_iter().chain(others).take(n).collect();
    top.sort_by(|a, b| b.1.total_cmp(&a.1));
    Logprobs { chosen: share.ln(), top }
}
