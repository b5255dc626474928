//! `ds4 serve`.

use std::{
    fs,
    net::{IpAddr, SocketAddr, ToSocketAddrs as _},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use clap::{ValueEnum, builder::TypedValueParser as _};
use tracing_subscriber::fmt::time::SystemTime;

use super::{
    keeping::{self, KeepingArgs, size},
    open::{self, EngineArgs, Space},
    run::{options::SamplingArgs, progress::Loading},
    say,
};
use crate::{
    chat::Release,
    kv,
    schedule::{Ending, Options},
    serve::{self, Keys, Served, Server, Settings},
};

const HELP: &str = "\
Examples:
  Serve the chosen model at http://127.0.0.1:8000:
    ds4 serve
  Ask it:
    curl http://127.0.0.1:8000/v1/chat/completions -d \\
      '{\"model\": \"ds4-tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}'
  Let Claude Code use it, or codex, opencode, pi:
    ds4 connect claude-code --write
  For others in the network, each with a key of their own, kept across restarts:
    ds4 serve --host 0.0.0.0 --api-key-file keys.txt --kv-dir ~/.cache/ds4/kv

It speaks OpenAI's chat completions, completions and responses, and Anthropic's messages, under /v1:
streams, tools, reasoning, structured answers. /openapi.json describes them, /health and /ready say
how it is, /metrics counts. docs/serve.md has the settings of clients.

--api-key-file has a line NAME:KEY for each key. The names are in the log; keys, questions and answers
are not. --trace writes all of those, for you alone, to one file a request.

Ctrl-C, or SIGTERM, ends it: no more requests are taken, those that it has are answered, and what is
kept is written. A second one stops the answers where they are.

Memory for --tokens is reserved on a GPU at the beginning.";

/// Serves the model over HTTP, as OpenAI's and Anthropic's services are.
#[derive(Debug, clap::Args)]
#[command(after_help = "See --help for examples.", after_long_help = HELP)]
pub(super) struct Args {
    /// Where it listens: an address of this machine.
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// The port; 0 for any that is free, which is printed.
    #[arg(short, long, default_value_t = 8000)]
    port: u16,
    /// Answers at a time, at most 32.
    #[arg(long, value_name = "N", default_value = "8", value_parser = open::parallel)]
    parallel: usize,
    /// Answers that may wait for their turn; more are refused.
    #[arg(long, value_name = "N", default_value_t = 64)]
    queue: usize,
    /// Longest timeline in tokens, prompt and answer together.
    #[arg(short, long, value_name = "TOKENS", default_value_t = 65_536,
        value_parser = open::positive)]
    ctx: usize,
    /// Tokens of all answers at a time, and of kept ones, together; by default --parallel times --ctx.
    /// With less, one long conversation has room beside many short ones.
    #[arg(long, value_name = "TOKENS", default_value_t = 0, hide_default_value = true)]
    tokens: usize,
    /// Most tokens of an answer where the request does not say; by default, as many as the context
    /// holds.
    #[arg(short = 'n', long, value_name = "TOKENS", value_parser = open::positive)]
    max_tokens: Option<usize>,
    /// Longest time in milliseconds between two tokens of an answer while others' prompts are read.
    #[arg(long, value_name = "MS", default_value_t = 300)]
    gap: u64,
    /// Let the model reason first where the request does not say.
    #[arg(long)]
    think: bool,
    /// The model's release, which decides how prompts are written.
    #[arg(long, default_value = "preview", value_parser =
        clap::builder::PossibleValuesParser::new(Release::NAMES)
            .try_map(|name| name.parse::<Release>()))]
    release: Release,
    /// Another name under which clients find the model; can be given again.
    #[arg(long, value_name = "NAME")]
    alias: Vec<String>,
    #[command(flatten)]
    access: Access,
    #[command(flatten)]
    limits: Limits,
    /// How the log on standard error is written.
    #[arg(long, value_enum, default_value_t = Log::Text)]
    log: Log,
    /// Write whole transcripts to this folder, a file that only you can read for each request.
    #[arg(long, value_name = "DIR")]
    trace: Option<PathBuf>,
    #[command(flatten)]
    sampling: SamplingArgs,
    #[command(flatten)]
    keeping: KeepingArgs,
    #[command(flatten)]
    engine: EngineArgs,
}

/// Who may ask.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Access")]
struct Access {
    /// A key that requests must have.
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,
    /// Keys that requests may have: a line NAME:KEY for each.
    #[arg(long, value_name = "FILE")]
    api_key_file: Option<PathBuf>,
    /// Serve others than this machine without a key.
    #[arg(long)]
    allow_unauthenticated: bool,
    /// An origin whose pages may ask, as `http://localhost:3000`, or `*`; can be given again.
    #[arg(long, value_name = "ORIGIN")]
    cors: Vec<String>,
    /// A name by which this server is reached without a key, beside localhost; can be given again.
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
}

/// What clients may take.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
struct Limits {
    /// Most bytes of a request.
    #[arg(long, value_name = "SIZE", default_value = "32M", value_parser = size)]
    max_body: u64,
    /// Most connections at a time.
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = open::positive)]
    connections: usize,
    /// Most seconds for the head of a request to arrive, and between requests of a connection.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    head_time: u64,
    /// Most seconds for the body of a request to arrive.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    body_time: u64,
    /// Most seconds that a client may take nothing of what is sent.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    write_time: u64,
    /// Most seconds of silence in a stream.
    #[arg(long, value_name = "SECONDS", default_value_t = 5,
        value_parser = clap::value_parser!(u64).range(1..))]
    heartbeat: u64,
    /// Seconds for which an answer is kept for a client that asks for it again.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    retry_window: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Log {
    /// Lines to read.
    Text,
    /// A JSON object a line.
    Json,
    /// Nothing.
    Off,
}

impl Args {
    pub(super) fn run(self) -> Result<()> {
        let keeping = self.keeping.options(false)?;
        let settings = self.settings(&keeping)?;
        self.sampling.options("")?;
        self.begin_log();
        let loading = Loading::begin(self.log != Log::Text);
        let space = Space { context: self.ctx, sessions: self.parallel, tokens: self.tokens };
        let (engine, tokenizer) =
            self.engine.open_with(space, &mut |done, total| loading.advance(done, total))?;
        loading.end();
        let model = engine.model().plan.model.name;
        let sampling = self.sampling.options(model)?;
        let tokenizer = Arc::new(tokenizer);
        let options = Options {
            rows: self.parallel,
            queue: self.queue,
            gap: Duration::from_millis(self.gap),
            ..Options::default()
        };
        let warn = Box::new(|warning: &str| tracing::warn!("{warning}"));
        let scheduler =
            keeping::scheduler(engine, Arc::clone(&tokenizer), &keeping, options, warn)?;
        let served = Served {
            name: if model == "tiny" { "ds4-tiny".into() } else { "deepseek-v4-flash".into() },
            aliases: self.alias,
            backend: Arc::new(scheduler.client().clone()),
            tokenizer,
            sampling,
            is_seeded: self.sampling.is_seeded(),
            release: self.release,
            thinks: self.think,
            max_tokens: self.max_tokens,
        };
        let at = settings.address;
        let server = Server::start(served, settings);
        let server = server.with_context(|| format!("cannot serve at {at}"))?;
        say(&format!("listening on http://{}", server.address()))?;
        let ending = match server.run().context("cannot hear signals")? {
            serve::Ending::Finish => Ending::Finish,
            serve::Ending::Stop => Ending::Stop,
        };
        // Also answers that nobody listens to at the moment.
        let batch = scheduler.end(ending)?;
        tracing::info!("writing what is kept");
        drop(batch.close());
        Ok(())
    }

    fn settings(&self, keeping: &kv::Options) -> Result<Settings> {
        let mut keys = Keys::default();
        if let Some(path) = &self.access.api_key_file {
            let text = fs::read_to_string(path);
            let text = text.with_context(|| format!("cannot read {}", path.display()))?;
            keys = Keys::parse(&text).with_context(|| format!("{}", path.display()))?;
        }
        if let Some(key) = &self.access.api_key {
            ensure!(!key.trim().is_empty(), "--api-key is empty");
            keys = keys.and(Keys::one("default", key));
        }
        let address = self.address()?;
        if !address.ip().is_loopback() && keys.is_empty() && !self.access.allow_unauthenticated {
            bail!(
                "{} is an address for others than this machine, and there is no key\n\
                 help: --api-key KEY or --api-key-file FILE set one; --allow-unauthenticated serves \
                 everybody who reaches it",
                self.host
            );
        }
        let disk = keeping.disk.as_ref();
        let limits = &self.limits;
        let mut hosts = self.access.allow_host.clone();
        hosts.push(self.host.clone());
        if address.ip().is_unspecified() && self.access.allow_unauthenticated {
            hosts.push("*".into());
        }
        Ok(Settings {
            address,
            keys,
            cors: self.access.cors.clone(),
            hosts,
            max_body: usize::try_from(limits.max_body).unwrap_or(usize::MAX),
            connections: limits.connections,
            head_time: Duration::from_secs(limits.head_time),
            body_time: Duration::from_secs(limits.body_time),
            write_time: Duration::from_secs(limits.write_time),
            heartbeat: Duration::from_secs(limits.heartbeat),
            again: Duration::from_secs(limits.retry_window),
            trace: self.trace.clone(),
            folder: disk.map(|disk| disk.folder.clone()),
            secret: disk.and_then(|disk| disk.secret.clone()),
            ..Settings::default()
        })
    }

    fn address(&self) -> Result<SocketAddr> {
        if let Ok(ip) = self.host.parse::<IpAddr>() {
            return Ok(SocketAddr::new(ip, self.port));
        }
        let mut found = (self.host.as_str(), self.port)
            .to_socket_addrs()
            .with_context(|| format!("--host {}: not an address of this machine", self.host))?;
        found.next().with_context(|| format!("--host {}: there is no address", self.host))
    }

    fn begin_log(&self) {
        let builder = || {
            tracing_subscriber::fmt()
                .with_writer(std::io::stderr)
                .with_target(false)
                .with_timer(SystemTime)
                .with_max_level(tracing::Level::INFO)
        };
        // Somebody else's log stays.
        let _ = match self.log {
            Log::Off => Ok(()),
            Log::Text => tracing::subscriber::set_global_default(
                builder().with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).finish(),
            ),
            Log::Json => tracing::subscriber::set_global_default(
                builder().json().flatten_event(true).finish(),
            ),
        };
    }
}
