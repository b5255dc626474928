//! Shows an answer while it is written.

use std::io::{self, IsTerminal, Write};

use super::style::{Harmless, Style};
use crate::chat::Event;

/// Where reasoning is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ReasoningPlace {
    /// Before the answer; dimmed, or between tags where there is no color.
    Answer,
    /// On standard error.
    Error,
    Nowhere,
}

/// What was shown last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Nothing,
    Reasoning,
    Content,
    Call,
}

/// Writes the pieces of one answer to the terminal or to a file.
#[derive(Debug)]
pub(super) struct View {
    reasoning: ReasoningPlace,
    /// Nothing is shown at all.
    silent: bool,
    is_terminal: bool,
    style: Style,
    part: Part,
    /// Whether the last character of the answer was a line break, or there is none.
    at_line_start: bool,
    /// The first failure to write.
    failure: Option<io::Error>,
}

impl View {
    /// A view of one answer.
    pub(super) fn new(quiet: bool) -> Self {
        let is_terminal = io::stdout().is_terminal();
        let reasoning = match (is_terminal, quiet) {
            (true, _) => ReasoningPlace::Answer,
            (false, false) => ReasoningPlace::Error,
            (false, true) => ReasoningPlace::Nowhere,
        };
        Self {
            reasoning,
            silent: false,
            is_terminal,
            style: Style::of(&io::stdout()),
            part: Part::Nothing,
            at_line_start: true,
            failure: None,
        }
    }

    /// A view that shows nothing.
    pub(super) fn silent() -> Self {
        Self { silent: true, ..Self::new(true) }
    }

    /// Shows a piece; false when it cannot be shown.
    pub(super) fn show(&mut self, event: &Event) -> bool {
        if self.silent {
            return true;
        }
        if self.failure.is_none() {
            self.failure = self.write(event).and_then(|()| io::stdout().flush()).err();
        }
        self.failure.is_none()
    }

    /// Ends the answer; with `whole_lines` also its last line. A reader that left is no failure.
    pub(super) fn end(mut self, whole_lines: bool) -> anyhow::Result<()> {
        let mut ended = self.failure.take().map_or(Ok(()), Err);
        if ended.is_ok() && !self.silent {
            ended = self.enter(Part::Nothing).and_then(|()| {
                let needs_break = !self.at_line_start && (whole_lines || self.is_terminal);
                if needs_break { self.answer("\n") } else { Ok(()) }
            });
            ended = ended.and_then(|()| io::stdout().flush());
        }
        crate::cli::quiet_pipe(ended)
    }

    fn write(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::ReasoningDelta(text) => {
                self.enter(Part::Reasoning)?;
                self.think(text)
            }
            Event::ContentDelta(text) => {
                // A blank line already separates the answer from the reasoning before it.
                let begins = self.part == Part::Reasoning;
                self.enter(Part::Content)?;
                let text = if begins { text.trim_start_matches('\n') } else { text };
                self.answer(text)
            }
            Event::ToolCallStart { name, .. } => {
                self.enter(Part::Call)?;
                let (bold, reset) = (self.style.bold(), self.style.reset());
                let line_break = if self.at_line_start { "" } else { "\n" };
                self.markup(&format!("{line_break}{bold}[call] "))?;
                self.answer(name)?;
                self.markup(reset)?;
                self.answer(" ")
            }
            Event::ToolCallArgumentsDelta { json, .. } => self.answer(json),
            Event::ToolCallEnd { .. } => self.answer("\n"),
            Event::Repaired { .. } => Ok(()),
        }
    }

    /// Ends the part that was shown and begins another.
    fn enter(&mut self, part: Part) -> io::Result<()> {
        if part == self.part {
            return Ok(());
        }
        let place = self.reasoning;
        if self.part == Part::Reasoning {
            match (place, self.style) {
                (ReasoningPlace::Answer, Style::Color) => {
                    self.markup(&format!("{}\n\n", self.style.reset()))?;
                }
                (ReasoningPlace::Answer, Style::Plain) => self.markup("</think>\n\n")?,
                (ReasoningPlace::Error, _) => {
                    writeln!(io::stderr(), "{}", Style::of(&io::stderr()).reset())?;
                }
                (ReasoningPlace::Nowhere, _) => {}
            }
            self.at_line_start = true;
        }
        if part == Part::Reasoning {
            match (place, self.style) {
                (ReasoningPlace::Answer, Style::Color) => self.markup(self.style.dim())?,
                (ReasoningPlace::Answer, Style::Plain) => self.markup("<think>")?,
                (ReasoningPlace::Error, _) => {
                    write!(io::stderr(), "{}", Style::of(&io::stderr()).dim())?;
                }
                (ReasoningPlace::Nowhere, _) => {}
            }
        }
        self.part = part;
        Ok(())
    }

    fn think(&mut self, text: &str) -> io::Result<()> {
        match self.reasoning {
            ReasoningPlace::Answer => self.answer(text),
            ReasoningPlace::Error if io::stderr().is_terminal() => {
                write!(io::stderr(), "{}", Harmless(text))
            }
            ReasoningPlace::Error => io::stderr().write_all(text.as_bytes()),
            ReasoningPlace::Nowhere => Ok(()),
        }
    }

    /// Writes text of the model.
    fn answer(&mut self, text: &str) -> io::Result<()> {
        if !text.is_empty() {
            self.at_line_start = text.ends_with('\n');
        }
        if self.is_terminal {
            write!(io::stdout(), "{}", Harmless(text))
        } else {
            io::stdout().write_all(text.as_bytes())
        }
    }

    /// Writes what is not the model's.
    fn markup(&mut self, text: &str) -> io::Result<()> {
        io::stdout().write_all(text.as_bytes())
    }
}
