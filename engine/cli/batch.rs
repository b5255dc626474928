//! `ds4 batch`.

mod line;
mod listen;

use std::{
    fs::File,
    io::{self, Read as _, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};

use self::{line::Line, listen::Listeners};
use super::{
    atomic::AtomicFile,
    interrupt::{Interrupt, Interrupted},
    keeping::{self, KeepingArgs},
    open::{self, EngineArgs, Space},
    quiet_pipe,
    run::{
        conversation::Conversation,
        options::{ChatArgs, SamplingArgs},
        progress::Loading,
    },
};
use crate::{
    sample::SamplingOptions,
    schedule::{Ending, Options, Request},
    session::LEAST_CONTEXT,
    tokenizer::Tokenizer,
};

const HELP: &str = "\
Examples:
  Answer every line of a file, eight at a time:
    ds4 batch prompts.jsonl --parallel 8 > answers.jsonl
  From another program, with the same text each time:
    echo '{\"prompt\": \"What is the capital of Japan?\"}' | ds4 batch --temp 0

Each line of the input is one request, a JSON object with either
  prompt     the text of a message; with \"raw\": true a text that is continued as it is
  messages   a conversation, as `ds4 render` reads it
and, where wanted,
  id                  any value, which the answer has as well
  think               true or false, instead of --think
  max_tokens          most tokens of the answer, instead of -n
  priority            high, normal or low: who begins first
  temperature, top_k, top_p, min_p, repetition_penalty, presence_penalty, frequency_penalty, seed
                      instead of the flags

The output has one JSON object for each line of the input, in the same order: line (from 1), id if
there was one, and then what `ds4 run --json` prints, with queued_seconds, the time before the
request was begun; or error, with what went wrong. An answer is the same however many requests
share the device.

A prompt that begins as an earlier one did, of this batch or of what --kv-dir keeps, goes on from
there; stats.reuse says how much of it and where it came from.

A line that cannot be read is an error before anything begins. A request that fails does not stop
the others; the exit status is then 1. Ctrl-C ends what runs, and the answers so far are written;
the exit status is 130. Twice, it ends the program at once.

Memory for --tokens is reserved on a GPU at the beginning.";

/// Answers many prompts, several at a time.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "See --help for examples and the fields of a line.",
    after_long_help = HELP
)]
pub(super) struct Args {
    /// One request a line, as JSON; standard input if left out or `-`.
    file: Option<PathBuf>,
    /// Write the answers to this file; it appears when all are written.
    #[arg(short, long, value_name = "FILE.jsonl")]
    output: Option<PathBuf>,
    /// Requests that are answered at a time, at most 32.
    #[arg(long, value_name = "N", default_value = "8", value_parser = open::parallel)]
    parallel: usize,
    /// Longest timeline of a request in tokens, prompt and answer together.
    #[arg(short, long, value_name = "TOKENS", default_value_t = LEAST_CONTEXT,
        value_parser = open::positive)]
    ctx: usize,
    /// Tokens of all requests at a time, and of kept ones, together; by default --parallel times --ctx.
    /// With less, one long request has room beside many short ones.
    #[arg(long, value_name = "TOKENS", default_value_t = 0, hide_default_value = true)]
    tokens: usize,
    /// Most tokens of an answer; by default, as many as the context holds.
    #[arg(short = 'n', long, value_name = "TOKENS", value_parser = open::positive)]
    max_tokens: Option<usize>,
    /// Longest time in milliseconds between two tokens of an answer while others' prompts are read.
    #[arg(long, value_name = "MS", default_value_t = 1000)]
    gap: u64,
    /// Print no progress and no speeds.
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    chat: ChatArgs,
    #[command(flatten)]
    sampling: SamplingArgs,
    #[command(flatten)]
    keeping: KeepingArgs,
    #[command(flatten)]
    engine: EngineArgs,
}

impl Args {
    pub(super) fn run(self) -> Result<()> {
        let lines = line::parse(&read(self.file.as_deref())?)?;
        ensure!(!lines.is_empty(), "there are no requests");
        self.sampling.options("")?;
        let keeping = self.keeping.options(false)?;
        let talk = Conversation::new(&self.chat)?;
        let interrupt = Interrupt::listen()?;
        let mut out = Output::create(self.output.as_deref())?;

        let loading = Loading::begin(self.quiet);
        let sessions = self.parallel.min(lines.len());
        let space = Space { context: self.ctx, sessions, tokens: self.tokens };
        let (engine, tokenizer) =
            self.engine.open_with(space, &mut |done, total| loading.advance(done, total))?;
        let load_time = loading.end();
        let sampling = self.sampling.options(engine.model().plan.model.name)?;
        let requests: Vec<Result<Request>> =
            lines.iter().map(|line| self.request(line, (&talk, sampling), &tokenizer)).collect();

        let options = Options {
            gap: Duration::from_millis(self.gap),
            queue: lines.len(),
            ..Options::default()
        };
        let warn = Box::new(|warning: &str| eprintln!("warning: {warning}"));
        let scheduler = keeping::scheduler(engine, Arc::new(tokenizer), &keeping, options, warn)?;
        let begun = Instant::now();
        let mut listeners = Listeners::new(&lines, load_time, self.quiet);
        for request in requests {
            listeners.add(scheduler.client(), request)?;
        }
        listeners.listen(&interrupt, &mut |text| out.write(text))?;
        drop(scheduler.end(Ending::Finish)?.close());
        out.finish()?;
        if !self.quiet {
            eprintln!("{}", listeners.summary(begun.elapsed()));
        }
        if interrupt.is_set() {
            return Err(Interrupted.into());
        }
        match listeners.n_failed() {
            0 => Ok(()),
            n => bail!("{n} of {} requests failed; their lines say why", lines.len()),
        }
    }

    /// What a line asks for.
    fn request(
        &self,
        line: &Line,
        (talk, sampling): (&Conversation, SamplingOptions),
        tokenizer: &Tokenizer,
    ) -> Result<Request> {
        let (prompt, reading) = line.prompt(talk.clone(), tokenizer)?;
        Ok(Request {
            prompt,
            reading,
            sampling: line.sampling(sampling),
            bias: vec![],
            logprobs: None,
            constraint: None,
            max_tokens: line.max_tokens().or(self.max_tokens),
            priority: line.priority(),
        })
    }
}

/// Where answers go.
enum Output {
    Standard(io::Stdout),
    File(AtomicFile),
}

impl Output {
    fn create(path: Option<&Path>) -> Result<Self> {
        match path {
            Some(path) => AtomicFile::create(path).map(Self::File),
            None => Ok(Self::Standard(io::stdout())),
        }
    }

    fn write(&mut self, line: &str) -> Result<()> {
        match self {
            Self::Standard(out) => quiet_pipe(writeln!(out, "{line}")),
            Self::File(file) => writeln!(file, "{line}").context("cannot write the answers"),
        }
    }

    fn finish(self) -> Result<()> {
        match self {
            Self::Standard(_) => Ok(()),
            Self::File(file) => file.finish(),
        }
    }
}

fn read(file: Option<&Path>) -> Result<String> {
    let mut text = String::new();
    match file.filter(|file| *file != Path::new("-")) {
        Some(path) => File::open(path)
            .and_then(|mut file| file.read_to_string(&mut text))
            .with_context(|| format!("cannot read {}", path.display()))?,
        None => io::stdin().read_to_string(&mut text).context("cannot read standard input")?,
    };
    Ok(text)
}
