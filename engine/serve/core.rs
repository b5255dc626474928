//! What all protocols share: jobs become rows of the backend, and rows become deltas.

use std::{io, sync::Arc};

use tokio::sync::watch;

use super::{
    calls::Calls,
    fields::Result,
    follow::Follower,
    generation::{Generation, Listener},
    job::{Asked, Job, Rules, Text},
    load::Load,
    metrics::Metrics,
    problem::{Kind, Problem},
    recent::{Again, Recent},
    responses::store::Store,
    served::Served,
    settings::Settings,
    trace::Tracer,
    vault::Vault,
};
use crate::{
    chat::{self, Message, Mode, Role},
    generate::{Reading, prompt_tokens, raw_tokens},
    grammar::{self, Constraint, Grammars},
    kv::disk::Secret,
    schedule::Request,
    tokenizer::TokenId,
};

/// Most answers to one request.
pub(crate) const MOST_ANSWERS: usize = 16;

/// Seconds after which a client may look for the next server.
const RESTART: u64 = 5;

/// Everything that a server knows.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) served: Served,
    pub(crate) settings: Settings,
    pub(crate) metrics: Metrics,
    pub(crate) load: Load,
    pub(crate) calls: Calls,
    pub(crate) vault: Vault,
    pub(crate) store: Store,
    pub(crate) tracer: Tracer,
    grammars: Grammars,
    recent: Recent,
    closing: watch::Sender<bool>,
}

impl Core {
    /// A server of `served`.
    pub(crate) fn new(served: Served, settings: Settings) -> io::Result<Arc<Self>> {
        let folder = settings.folder.as_deref();
        let vault = Vault::open(folder, settings.secret.as_ref().map(Secret::bytes))?;
        Ok(Arc::new(Self {
            metrics: Metrics::new(),
            load: Load::default(),
            calls: Calls::open(settings.calls_bytes, folder, vault.clone())?,
            store: Store::new(settings.stored, settings.stored_bytes),
            tracer: Tracer::open(settings.trace.as_deref())?,
            grammars: Grammars::new(Arc::clone(&served.tokenizer)).map_err(io::Error::other)?,
            recent: Recent::new(settings.again, settings.recent, settings.recent_bytes),
            closing: watch::Sender::new(false),
            vault,
            served,
            settings,
        }))
    }

    /// Asks for answers, or joins the same request where that is there.
    pub(crate) async fn ask(self: &Arc<Self>, job: Job, again: Option<Again>) -> Result<Listener> {
        if self.is_closing() {
            let problem = Problem::new(Kind::Closing, "the server is shutting down");
            return Err(Problem { retry_after: Some(RESTART), ..problem });
        }
        let joined = again.filter(|again| again.may_join);
        if let Some(listener) = joined.and_then(|again| self.recent.join(&again.print)) {
            self.metrics.joined.increment(1);
            return Ok(listener);
        }
        let core = Arc::clone(self);
        let (job, read) = blocking(move || {
            let (job, read) = core.read(job)?;
            let constraint = core.constraint(&job.rules, read.reading)?;
            Ok::<_, Problem>((job, Read { constraint, ..read }))
        })
        .await??;
        let listener = self.submit(&job, &read)?;
        let print = again.map_or_else(
            || *blake3::hash(listener.generation().id.as_bytes()).as_bytes(),
            |again| again.print,
        );
        self.recent.add(print, listener.generation());
        Ok(listener)
    }

    /// Tokens of the prompt of a job.
    pub(crate) async fn count(self: &Arc<Self>, job: Job) -> Result<usize> {
        let core = Arc::clone(self);
        blocking(move || core.read(job)).await?.map(|(_, read)| read.n_prompt())
    }

    /// Takes no more requests.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Ends what runs, with what it has.
    pub(crate) fn stop(&self) {
        self.recent.cancel_all();
    }

    pub(crate) fn is_closing(&self) -> bool {
        *self.closing.borrow()
    }

    /// Shows how many wait and run.
    pub(super) fn count_load(&self) {
        let (waiting, running) = self.load.counts();
        self.metrics.waiting.set(waiting as f64);
        self.metrics.running.set(running as f64);
    }

    /// What an answer must be; a text that goes on may be anything.
    fn constraint(&self, rules: &Rules, reading: Reading) -> Result<Option<Constraint>> {
        match reading {
            Reading::Raw => Ok(None),
            Reading::Chat(mode) => {
                self.grammars.constraint(mode, rules).map_err(|error| unruly(&error, rules))
            }
        }
    }

    /// The tokens of prompts, and how what follows is read.
    fn read(&self, mut job: Job) -> Result<(Job, Read)> {
        let tokenizer = &self.served.tokenizer;
        let (prompts, reading) = match &mut job.asked {
            Asked::Texts(texts) => {
                let tokens = |text| match text {
                    Text::Words(words) => raw_tokens(tokenizer, &words),
                    Text::Tokens(tokens) => tokens,
                };
                (texts.drain(..).map(tokens).collect(), Reading::Raw)
            }
            Asked::Chat { messages, options } => {
                self.calls.restore(messages);
                let goes_on = continue_last(messages);
                let prompt = prompt_tokens(tokenizer, &chat::encode(messages, options)?);
                let mode = if goes_on { Mode::Chat } else { options.mode };
                (vec![prompt], Reading::Chat(mode))
            }
        };
        Ok((job, Read { prompts, reading, constraint: None }))
    }

    /// Makes rows of a job.
    fn submit(self: &Arc<Self>, job: &Job, read: &Read) -> Result<Listener> {
        let Read { prompts, reading, constraint } = read;
        let rows = self.served.backend.limits().rows;
        let n_answers = prompts.len() * job.n;
        let generation = Generation::new(n_answers, read.n_prompt(), self.load.place(rows));
        let listener = generation.listen().expect("nobody canceled it");
        let mut tickets = vec![];
        let answers = prompts.iter().flat_map(|prompt| (0..job.n).map(move |i| (prompt, i)));
        for (prompt, i) in answers {
            let mut sampling = job.sampling;
            sampling.seed = sampling.seed.wrapping_add(i as u64);
            let request = Request {
                prompt: prompt.clone(),
                reading: *reading,
                sampling,
                bias: job.bias.clone(),
                logprobs: job.logprobs,
                constraint: constraint.clone(),
                max_tokens: job.max_tokens.or(self.served.max_tokens),
                priority: job.priority,
            };
            // Those that were taken end with their tickets.
            tickets.push(self.served.backend.submit(request).map_err(|refusal| {
                let mut problem = Problem::from(refusal);
                match problem.kind {
                    Kind::TooMany => problem.retry_after = Some(self.load.retry_after(rows)),
                    Kind::Closing => problem.retry_after = Some(RESTART),
                    _ => {}
                }
                problem
            })?);
        }
        self.load.entered(n_answers);
        self.count_load();
        for (row, ticket) in tickets.into_iter().enumerate() {
            let place = (Arc::clone(&generation), row);
            let follower = Follower::new(Arc::clone(self), place, job.stop.clone(), *reading);
            tokio::spawn(follower.run(ticket));
        }
        Ok(listener)
    }
}

/// A job as the model is asked.
#[derive(Debug)]
struct Read {
    prompts: Vec<Vec<TokenId>>,
    reading: Reading,
    constraint: Option<Constraint>,
}

impl Read {
    /// Tokens of all prompts.
    fn n_prompt(&self) -> usize {
        self.prompts.iter().map(Vec::len).sum()
    }
}

/// A schema that cannot be followed.
fn unruly(error: &grammar::Error, rules: &Rules) -> Problem {
    let field = if rules.tools.is_empty() { "response_format" } else { "tools" };
    Problem::field(field, error.to_string())
}

/// Runs what takes long on a thread where that holds up nobody.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Problem::new(Kind::Fault, "the request could not be read"))
}

/// Lets the model go on with the last message where it is its own; whether it is.
fn continue_last(messages: &mut [Message]) -> bool {
    match messages.last_mut() {
        Some(last) if last.role == Role::Assistant && last.tool_calls.is_empty() => {
            last.without_end = true;
            true
        }
        _ => false,
    }
}
