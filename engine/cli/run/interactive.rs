//! A conversation on a terminal.

use std::{fs, io, path::PathBuf};

use anyhow::{Context, Result};
use directories::ProjectDirs;
use rustyline::{DefaultEditor, error::ReadlineError};

use super::{
    chat::Chat,
    command::{self, Command, HELP},
    conversation::Conversation,
    input::Draft,
    report::{StatsReport, note_end},
    style::Style,
    view::View,
};
use crate::{
    chat::Mode,
    generate::{Reading, Stats, Stop},
    session,
};

const PROMPT: &str = ">>> ";
const PROMPT_INSIDE: &str = "... ";

/// Talks until the person ends it.
pub(super) fn run(chat: &mut Chat, conversation: Conversation) -> Result<()> {
    let file = chat.engine.model().file();
    let model = file.map_or(String::new(), |file| file.path().display().to_string());
    let context = chat.engine.context();
    if !chat.quiet {
        println!("{model}\n{}, context {context} tokens. /help for help, Ctrl-D to quit.", {
            chat.engine.device().describe()
        });
        if let Some(named) = &chat.named {
            println!("session {}, {} messages so far", named.name(), conversation.len());
        }
    }
    let mut talk = Talk { chat, conversation, attached: Vec::new(), last: None };
    let mut lines = Lines::open(talk.chat.quiet)?;
    while let Some(text) = lines.message()? {
        match command::parse(&text) {
            Some(Ok(Command::Quit)) => break,
            Some(Ok(command)) => talk.obey(command),
            Some(Err(hint)) => eprintln!("{hint}"),
            None if text.trim().is_empty() => {}
            None => talk.answer(&text)?,
        }
    }
    Ok(())
}

/// The lines that the person types.
struct Lines {
    editor: DefaultEditor,
    /// Where they are kept for another time, if that is possible.
    history: Option<PathBuf>,
}

impl Lines {
    fn open(quiet: bool) -> Result<Self> {
        let mut editor = DefaultEditor::new().context("cannot edit lines on this terminal")?;
        let history = match history_file() {
            Ok(path) => Some(path),
            Err(error) => {
                if !quiet {
                    eprintln!("messages are not kept for another time: {error:#}");
                }
                None
            }
        };
        if let Some(path) = history.as_ref().filter(|path| path.exists()) {
            // A damaged file is no reason not to talk.
            let _ = editor.load_history(path);
        }
        Ok(Self { editor, history })
    }

    /// The next message; `None` at the end.
    fn message(&mut self) -> Result<Option<String>> {
        let mut draft = Draft::default();
        let mut interrupted = false;
        loop {
            let prompt = if draft.is_open() { PROMPT_INSIDE } else { PROMPT };
            match self.editor.readline(prompt) {
                Ok(line) => {
                    interrupted = false;
                    if let Some(text) = draft.push(&line) {
                        self.keep(&text);
                        return Ok(Some(text));
                    }
                }
                Err(ReadlineError::Eof) => return Ok(None),
                Err(ReadlineError::Interrupted) if interrupted => return Ok(None),
                Err(ReadlineError::Interrupted) if draft.is_open() => draft = Draft::default(),
                Err(ReadlineError::Interrupted) => {
                    interrupted = true;
                    eprintln!("(Ctrl-C once more, Ctrl-D or /quit ends the program)");
                }
                Err(error) => return Err(error).context("cannot read from the terminal"),
            }
        }
    }

    fn keep(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let added = self.editor.add_history_entry(text).unwrap_or(false);
        if let Some(path) = self.history.as_ref().filter(|_| added) {
            // The next program misses this message, which is no reason to stop this one.
            let _ = self.editor.append_history(path);
        }
    }
}

/// The file of earlier messages; its folder exists.
fn history_file() -> Result<PathBuf> {
    let folders = ProjectDirs::from("", "", "ds4").context("the system names no home folder")?;
    let folder = folders.data_dir();
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder.join("history"))
}

/// The conversation and what it has to do with the next message.
struct Talk<'a> {
    chat: &'a mut Chat,
    conversation: Conversation,
    /// Texts of files that go before the next message.
    attached: Vec<String>,
    last: Option<Stats>,
}

impl Talk<'_> {
    fn obey(&mut self, command: Command<'_>) {
        match command {
            Command::Help => println!("{HELP}"),
            Command::Think => {
                self.conversation.set_mode(Mode::Thinking);
                println!("The model thinks before it answers.");
            }
            Command::NoThink => {
                self.conversation.set_mode(Mode::Chat);
                println!("The model answers at once.");
            }
            Command::Read(file) => match fs::read_to_string(file) {
                Ok(text) => {
                    let n_tokens = self.chat.tokenizer.encode_plain(&text).len();
                    println!("{file}: {n_tokens} tokens, which go before your next message.");
                    self.attached.push(text);
                }
                Err(error) => eprintln!("cannot read {file}: {error}"),
            },
            Command::Ctx => self.show_context(),
            Command::Stats => match &self.last {
                Some(stats) => {
                    println!("{}", StatsReport::new(stats, self.chat.load_time));
                    println!("seed {}", self.chat.sampler.options().seed);
                }
                None => println!("There was no answer yet."),
            },
            Command::Clear => {
                self.conversation.clear();
                self.attached.clear();
                self.chat.clear();
                println!("This is a new conversation.");
            }
            Command::System(text) => {
                self.conversation.set_system(text);
                let is_removed = text.is_empty();
                println!("The instructions are {}.", if is_removed { "removed" } else { "set" });
            }
            Command::Quit => {}
        }
    }

    fn show_context(&self) {
        let (used, context) = (self.chat.n_used(), self.chat.engine.context());
        let share = 100.0 * used as f64 / context as f64;
        let n_messages = self.conversation.len();
        println!("{used} of {context} tokens ({share:.1} %), {n_messages} messages");
    }

    /// How fast the answer was, in a line that does not ask for attention.
    fn show_speed(&self, stats: &Stats) {
        if !self.chat.quiet {
            let style = Style::of(&io::stderr());
            let report = StatsReport::new(stats, self.chat.load_time);
            eprintln!("{}{report}{}", style.dim(), style.reset());
        }
    }

    /// Answers one message; what is wrong with the message is said, and the talk goes on.
    fn answer(&mut self, text: &str) -> Result<()> {
        let mut parts = self.attached.clone();
        parts.push(text.to_owned());
        self.conversation.ask(&parts.join("\n\n"));
        let tokens = self.conversation.prompt(&self.chat.tokenizer)?;
        let reading = Reading::Chat(self.conversation.mode());
        self.chat.interrupt.clear();
        let mut view = View::new(self.chat.quiet);
        let constraint = self.chat.constraint(&self.conversation, reading)?;
        let answer = self.chat.answer(&tokens, (reading, constraint), &mut view);
        view.end(true)?;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                self.conversation.take_back();
                let is_full = matches!(
                    error.downcast_ref(),
                    Some(crate::generate::Error::Session(session::Error::ContextFull { .. }))
                );
                if !is_full {
                    return Err(error);
                }
                eprintln!("{error:#}\nhelp: /clear begins a new conversation");
                return Ok(());
            }
        };
        match answer.stop {
            Stop::MaxTokens => eprintln!("[cut after {} tokens]", answer.tokens.len()),
            Stop::ContextFull => eprintln!("[the context is full: /clear begins anew]"),
            Stop::End | Stop::Canceled => note_end(&answer),
        }
        self.show_speed(&answer.stats);
        self.last = Some(answer.stats);
        self.chat.interrupt.clear();
        if answer.tokens.is_empty() && answer.stop == Stop::Canceled {
            // There is nothing to remember; the files stay for the next message.
            self.conversation.take_back();
            return Ok(());
        }
        self.attached.clear();
        self.conversation.answered(answer.parsed);
        if let Err(error) = self.chat.save(&self.conversation) {
            // The talk itself can go on.
            eprintln!("warning: the conversation is not kept: {error:#}");
        }
        Ok(())
    }
}
