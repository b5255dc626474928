//! The command itself.

use anyhow::{Context, Result, ensure};
use clap::Subcommand;
use serde::Serialize;

use super::file::{self, Named, Saved};
use crate::{
    chat::{Content, Message},
    cli::{kv::age, say},
};

const EXAMPLES: &str = "\
A session is a named conversation, which `ds4 run --session NAME` begins and continues, also after
a restart. Its file holds what was said; what the model computed is kept apart, in the folder of
`ds4 kv`, so that nothing is computed again as long as that is there.

Examples:
  Begin or continue one:
    ds4 run --session trip
  Try another answer without changing it:
    ds4 sessions fork trip trip-2
    ds4 run --session trip-2 -p 'And by train?'
  See what there is, and let go of one:
    ds4 sessions list
    ds4 sessions show trip
    ds4 sessions delete trip-2";

/// Lists, shows, copies and deletes named conversations.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "See --help for what a session is, and examples.",
    after_long_help = EXAMPLES,
    arg_required_else_help = true
)]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists all sessions.
    List {
        /// Print one JSON array; times are in seconds since 1970.
        #[arg(long)]
        json: bool,
    },
    /// Shows what was said in one.
    Show {
        /// Its name.
        name: String,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Copies one under another name; both go on by themselves and share what was computed.
    Fork {
        /// Its name.
        name: String,
        /// The name of the copy, which must be free.
        new: String,
    },
    /// Deletes one. What was computed for it goes when there is no room for it.
    Delete {
        /// Its name.
        name: String,
    },
}

/// A session as `--json` prints it. Scripts rely on these names.
#[derive(Debug, Serialize)]
struct Report {
    name: String,
    model: String,
    updated: u64,
    messages: usize,
}

#[derive(Debug, Serialize)]
struct MessageReport<'a> {
    role: &'static str,
    text: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    reasoning: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<CallReport<'a>>,
}

#[derive(Debug, Serialize)]
struct CallReport<'a> {
    name: &'a str,
    arguments: &'a str,
}

#[derive(Debug, Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    report: Report,
    system: Option<&'a str>,
    conversation: Vec<MessageReport<'a>>,
}

impl Args {
    pub(in crate::cli) fn run(self) -> Result<()> {
        match self.command {
            Command::List { json } => list(json),
            Command::Show { name, json } => show(&name, json),
            Command::Fork { name, new } => fork(&name, &new),
            Command::Delete { name } => delete(&name),
        }
    }
}

fn list(json: bool) -> Result<()> {
    let folder = file::folder()?;
    let mut reports = vec![];
    for name in file::names(&folder)? {
        match file::read(&file::path(&folder, &name)) {
            Ok(saved) => reports.push(Report::new(name, &saved)),
            // The others can be listed still.
            Err(error) => eprintln!("warning: {error:#}"),
        }
    }
    if json {
        return say(&serde_json::to_string(&reports)?);
    }
    if reports.is_empty() {
        return say("There are no sessions; `ds4 run --session NAME` begins one.");
    }
    let width = reports.iter().map(|report| report.name.len()).max().unwrap_or(0).max(7);
    let line = |report: &Report| {
        let Report { name, model, updated, messages } = report;
        let age = age(file::now().saturating_sub(*updated));
        format!("{name:width$}  {model:6}  {messages:>8}  {age}")
    };
    let [session, model, messages] = ["session", "model", "messages"];
    let title = format!("{session:width$}  {model:6}  {messages:>8}  last used");
    let lines: Vec<_> = [title].into_iter().chain(reports.iter().map(line)).collect();
    say(&lines.join("\n"))
}

fn show(name: &str, json: bool) -> Result<()> {
    let saved = existing(name)?;
    if json {
        let conversation = saved.messages.iter().map(MessageReport::new).collect();
        let (report, system) = (Report::new(name.to_owned(), &saved), saved.system.as_deref());
        return say(&serde_json::to_string(&Shown { report, system, conversation })?);
    }
    let mut parts = vec![];
    parts.extend(saved.system.as_ref().map(|text| format!("[system]\n{text}")));
    for message in &saved.messages {
        let MessageReport { role, text, tool_calls, .. } = MessageReport::new(message);
        let calls =
            tool_calls.iter().map(|call| format!("\n[call] {} {}", call.name, call.arguments));
        parts.push(format!("[{role}]\n{text}{}", calls.collect::<String>()));
    }
    say(&parts.join("\n\n"))
}

fn fork(name: &str, new: &str) -> Result<()> {
    let saved = existing(name)?;
    let copy = Named::take(new)?;
    ensure!(copy.read()?.is_none(), "session {new} is there already; choose another name");
    copy.write(&Saved { updated: file::now(), ..saved })?;
    say(&format!("{new} is a copy of {name}"))
}

fn delete(name: &str) -> Result<()> {
    existing(name)?;
    Named::take(name)?.delete()?;
    say(&format!("{name} is deleted"))
}

/// The session of this name, which is only read.
fn existing(name: &str) -> Result<Saved> {
    file::check_name(name)?;
    let path = file::path(&file::folder()?, name);
    ensure!(path.exists(), "there is no session {name}\nhelp: `ds4 sessions list` lists them");
    file::read(&path).with_context(|| format!("cannot use session {name}"))
}

impl Report {
    fn new(name: String, saved: &Saved) -> Self {
        let (model, messages) = (saved.model.clone(), saved.messages.len());
        Self { name, model, updated: saved.updated, messages }
    }
}

impl<'a> MessageReport<'a> {
    fn new(message: &'a Message) -> Self {
        let text = match &message.content {
            Some(Content::Text(text)) => text,
            Some(Content::Parts(_)) | None => "",
        };
        let calls = message.tool_calls.iter();
        let tool_calls =
            calls.map(|call| CallReport { name: &call.name, arguments: &call.arguments }).collect();
        Self { role: message.role.name(), text, reasoning: &message.reasoning, tool_calls }
    }
}
