//! `ds4 run`.

mod chat;
mod command;
pub(super) mod conversation;
mod input;
mod interactive;
pub(super) mod options;
pub(super) mod progress;
pub(super) mod report;
mod rules;
mod style;
mod view;

use std::{
    io::{self, IsTerminal, Read},
    sync::Arc,
};

use anyhow::{Context, Result, ensure};

pub(super) use self::style::{Harmless, Style};
use self::{
    chat::Chat,
    conversation::Conversation,
    options::{ChatArgs, SamplingArgs},
    report::Report,
    rules::FormatArgs,
    view::View,
};
use super::{
    interrupt::{Interrupt, Interrupted},
    keeping::KeepingArgs,
    open::{self, EngineArgs},
    sessions::Named,
};
use crate::{
    generate::{Answer, Reading, Stop, raw_tokens},
    grammar::Format,
    kv::Kv,
    sample::Sampler,
};

const EXAMPLES: &str = "\
Examples:
  Chat (inside, /help lists the commands):
    ds4 run
  Ask once:
    ds4 run -p 'What is the capital of Japan?'
  Let the model think first:
    ds4 run --think -p 'What is 27 + 58?'
  Ask about a file:
    { echo 'Summarize this:'; cat notes.txt; } | ds4 run
  The same text each time:
    ds4 run --temp 0 -p 'Tell me a story.'
    ds4 run --seed 7 -p 'Tell me a story.'
  A conversation that goes on another day, without reading it again:
    ds4 run --session trip -p 'Where is Oslo?'
    ds4 run --session trip -p 'And how do I get there?'
  Continue a text, without any chat format:
    ds4 run --raw -p 'Once upon a time'
  Offer tools (calls are shown, not carried out):
    ds4 run --tools tools.json -p 'What is the weather in Paris?'
  Have an answer that is valid for a JSON Schema:
    ds4 run --json-schema person.json -p 'Invent a person.'
  For a script:
    ds4 run --json -p 'Who are you?' | jq -r .text

Where output goes: the answer goes to standard output, everything else to standard error. On a
terminal, reasoning stands before the answer, dimmed; with NO_COLOR set, between <think> and
</think> instead. When standard output is no terminal, it holds the answer alone, and reasoning
goes to standard error (nowhere with --quiet).

--json prints one object: text, reasoning, tool_calls (name, arguments), finish_reason (stop,
length, context_full, canceled), seed, and stats (prompt_tokens, reused_tokens, prefilled_tokens,
generated_tokens, load_seconds, prefill_seconds, decode_seconds, first_token_seconds,
prefill_tokens_per_second, decode_tokens_per_second, and reuse: what of the prompt was not computed
again, where it came from (nothing, live, fork, memory, disk), and the first token that differed from
what is kept, with why: unknown, longer, text, tokens, not_kept).

Special tokens that are written in a message have no effect; with --raw they count.
Ctrl-C ends the answer; the exit status is then 130. Twice, it ends the program at once.";

/// Chats with the model, or answers one prompt.
///
/// With -p, or when standard input is not a terminal, the prompt is answered and the program ends.
/// Otherwise it is a conversation: each message is answered knowing those before it.
#[derive(Debug, clap::Args)]
#[command(after_help = "See --help for examples and where output goes.", after_long_help = EXAMPLES)]
pub(super) struct Args {
    /// The prompt; without it, standard input is read, or a conversation begins on a terminal.
    #[arg(short, long, value_name = "TEXT")]
    prompt: Option<String>,
    /// Take the prompt as it is: no chat format, special tokens in it count, and everything that
    /// follows is printed. The begin token is put before it unless it begins with it.
    #[arg(long, conflicts_with_all = ["system", "tools", "think", "nothink", "effort", "release", "session"])]
    raw: bool,
    /// Begin or continue the conversation of this name, which is kept; `ds4 sessions` lists them.
    #[arg(long, value_name = "NAME")]
    session: Option<String>,
    /// Print one JSON object at the end, and nothing else on standard output.
    #[arg(long)]
    json: bool,
    /// Print no progress, notes and speeds.
    #[arg(short, long)]
    quiet: bool,
    /// Longest conversation in tokens, prompt and answers together; 0 for the model's most.
    #[arg(short, long, value_name = "TOKENS", default_value_t = 0)]
    ctx: usize,
    /// Most tokens of an answer; by default, as many as the context holds.
    #[arg(short = 'n', long, value_name = "TOKENS", value_parser = open::positive)]
    max_tokens: Option<usize>,
    #[command(flatten)]
    chat: ChatArgs,
    #[command(flatten)]
    format: FormatArgs,
    #[command(flatten)]
    sampling: SamplingArgs,
    #[command(flatten)]
    keeping: KeepingArgs,
    #[command(flatten)]
    engine: EngineArgs,
}

impl Args {
    pub(super) fn run(self) -> Result<()> {
        let prompt = match self.prompt {
            Some(ref prompt) => Some(prompt.clone()),
            None if io::stdin().is_terminal() => None,
            None => Some(read_prompt(self.raw)?),
        };
        if let Some(prompt) = &prompt {
            ensure!(self.raw || !prompt.trim().is_empty(), "the prompt is empty");
        } else {
            ensure!(!self.raw && !self.json, "--raw and --json need a prompt: add -p TEXT");
        }
        let interrupt = Interrupt::listen()?;
        let mut conversation = Conversation::new(&self.chat)?;
        let format = self.format.format()?;
        conversation.set_format(&format);
        let named = self.session.as_deref().map(Named::take).transpose()?;
        if let Some(saved) = named.as_ref().map_or(Ok(None), Named::read)? {
            conversation.continue_with(saved, &self.chat);
        }
        let mut chat = self.open(interrupt, (named, format))?;
        let done = match prompt {
            Some(prompt) => self.answer_once(&mut chat, conversation, &prompt),
            None => interactive::run(&mut chat, conversation),
        };
        chat.finish();
        done
    }

    /// Loads the model.
    fn open(&self, interrupt: Interrupt, (named, format): (Option<Named>, Format)) -> Result<Chat> {
        // Options are checked before the model is loaded, with any model's defaults.
        self.sampling.options("")?;
        let kept = self.keeping.options(named.is_some())?;
        let loading = progress::Loading::begin(self.quiet);
        let (engine, tokenizer) = self
            .engine
            .open_with((self.ctx, 1), &mut |done, total| loading.advance(done, total))?;
        let load_time = loading.end();
        let options = self.sampling.options(engine.model().plan.model.name)?;
        let kv = Kv::open(&engine, &kept);
        Ok(Chat {
            engine,
            kv,
            named,
            grammars: None,
            format,
            tokenizer: Arc::new(tokenizer),
            sampler: Sampler::new(options)?,
            session: None,
            max_tokens: self.max_tokens,
            interrupt,
            quiet: self.quiet,
            load_time,
        })
    }

    fn answer_once(&self, chat: &mut Chat, mut talk: Conversation, prompt: &str) -> Result<()> {
        let (tokens, reading) = if self.raw {
            (raw_tokens(&chat.tokenizer, prompt), Reading::Raw)
        } else {
            talk.ask(prompt);
            (talk.prompt(&chat.tokenizer)?, Reading::Chat(talk.mode()))
        };
        let mut view = if self.json { View::silent() } else { View::new(self.quiet) };
        let constraint = chat.constraint(&talk, reading)?;
        let answer = chat.answer(&tokens, (reading, constraint), &mut view)?;
        if !answer.tokens.is_empty() {
            talk.answered(answer.parsed.clone());
            chat.save(&talk)?;
        }
        let is_interrupted = chat.interrupt.is_set();
        let report = Report::new(&answer, chat.sampler.options(), chat.load_time);
        if self.json {
            report.print_json()?;
        } else {
            view.end(!self.raw)?;
            // Without Ctrl-C, an answer is canceled when its reader left, who wants no more.
            let is_read = answer.stop != Stop::Canceled || is_interrupted;
            if is_read && !self.quiet {
                note(chat, &answer);
                eprintln!("{report}");
            }
        }
        if answer.stop == Stop::Canceled && is_interrupted {
            return Err(Interrupted.into());
        }
        Ok(())
    }
}

/// Says why an answer is not whole, if it is not.
fn note(chat: &Chat, answer: &Answer) {
    let note = match answer.stop {
        Stop::End | Stop::Canceled => return report::note_end(answer),
        Stop::MaxTokens => format!("the answer was cut after {} tokens", answer.tokens.len()),
        Stop::ContextFull => {
            format!("the context of {} tokens is full; --ctx sets its size", chat.engine.context())
        }
    };
    eprintln!("[{note}]");
}

/// The prompt on standard input; the last line break ends the input, except with `raw`.
fn read_prompt(raw: bool) -> Result<String> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
    if !raw {
        text.truncate(text.trim_end_matches(['\n', '\r']).len());
    }
    Ok(text)
}
