//! The answers to all lines, written in the order of the lines.

use std::{thread, time::Duration};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::value::RawValue;

use super::line::Line;
use crate::{
    cli::{interrupt::Interrupt, run::report::Report},
    sample::SamplingOptions,
    schedule::{Client, Event, Finished, Heard, Request, Ticket},
};

/// How often requests are looked at while nothing is heard.
const LOOK: Duration = Duration::from_millis(2);

/// Hears what becomes of every line.
pub(super) struct Listeners<'a> {
    lines: &'a [Line],
    /// In the order of the lines.
    states: Vec<State>,
    load_time: Duration,
    bar: ProgressBar,
    n_tokens: usize,
    n_prompt: usize,
    n_reused: usize,
    n_failed: usize,
}

enum State {
    Open(Ticket, SamplingOptions),
    /// What is written when it is the line's turn.
    Over(String),
    Written,
}

#[derive(Serialize)]
struct AnswerLine<'a> {
    line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RawValue>,
    #[serde(flatten)]
    report: Report<'a>,
    queued_seconds: f64,
}

#[derive(Serialize)]
struct ErrorLine<'a> {
    line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RawValue>,
    error: String,
}

impl<'a> Listeners<'a> {
    pub(super) fn new(lines: &'a [Line], load_time: Duration, quiet: bool) -> Self {
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(lines.len() as u64) };
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} answers{msg} {eta}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let states = Vec::with_capacity(lines.len());
        Self { lines, states, load_time, bar, n_tokens: 0, n_prompt: 0, n_reused: 0, n_failed: 0 }
    }

    /// Submits the next line's request.
    pub(super) fn add(&mut self, client: &Client, request: Result<Request>) -> Result<()> {
        let submitted = request.and_then(|request| {
            let sampling = request.sampling;
            Ok(State::Open(client.submit(request)?, sampling))
        });
        let state = match submitted {
            Ok(state) => state,
            Err(error) => self.failed(self.states.len(), format!("{error:#}"))?,
        };
        self.states.push(state);
        Ok(())
    }

    /// Listens until all is over, and has `write` write each line.
    pub(super) fn listen(
        &mut self,
        interrupt: &Interrupt,
        write: &mut dyn FnMut(&str) -> Result<()>,
    ) -> Result<()> {
        let (mut next, mut is_canceled) = (0, false);
        while next < self.states.len() {
            if interrupt.is_set() && !is_canceled {
                is_canceled = true;
                self.cancel();
            }
            let mut is_quiet = true;
            for index in next..self.states.len() {
                is_quiet &= !self.hear(index)?;
            }
            while let Some(State::Over(text)) = self.states.get(next) {
                write(text)?;
                self.states[next] = State::Written;
                next += 1;
            }
            if is_quiet && next < self.states.len() {
                thread::sleep(LOOK);
            }
        }
        self.bar.finish_and_clear();
        Ok(())
    }

    /// Lines whose requests failed.
    pub(super) const fn n_failed(&self) -> usize {
        self.n_failed
    }

    /// What was done in `time`.
    pub(super) fn summary(&self, time: Duration) -> String {
        let Self { n_prompt, n_reused, n_tokens, n_failed, lines, .. } = self;
        let seconds = time.as_secs_f64();
        let speed = *n_tokens as f64 / seconds.max(1e-9);
        let n_answers = lines.len() - n_failed;
        format!(
            "{n_answers} answers, {n_tokens} tokens ({speed:.1} tokens/s) to prompts of {n_prompt} \
             tokens ({n_reused} reused), in {seconds:.1} s"
        )
    }

    fn cancel(&self) {
        for state in &self.states {
            if let State::Open(ticket, _) = state {
                ticket.cancel();
            }
        }
    }

    /// Takes the events of a line; whether there were any.
    fn hear(&mut self, index: usize) -> Result<bool> {
        let mut is_heard = false;
        while let State::Open(ticket, sampling) = &mut self.states[index] {
            let sampling = *sampling;
            let over = match ticket.poll() {
                Heard::Nothing => break,
                Heard::Event(Event::Done(finished)) => self.done(index, &finished, &sampling)?,
                Heard::Event(Event::Failed(failure)) => self.failed(index, failure.to_string())?,
                Heard::Event(Event::Token { .. }) => {
                    self.n_tokens += 1;
                    is_heard = true;
                    continue;
                }
                Heard::Event(
                    Event::Queued { .. }
                    | Event::Resumed(_)
                    | Event::Prefilled { .. }
                    | Event::Piece(_),
                ) => {
                    is_heard = true;
                    continue;
                }
                Heard::Over => self.failed(index, "the scheduler ended".to_owned())?,
            };
            self.states[index] = over;
            is_heard = true;
        }
        Ok(is_heard)
    }

    fn done(
        &mut self,
        index: usize,
        finished: &Finished,
        sampling: &SamplingOptions,
    ) -> Result<State> {
        let line = &self.lines[index];
        let text = serde_json::to_string(&AnswerLine {
            line: line.number,
            id: line.id(),
            report: Report::new(&finished.answer, sampling, self.load_time),
            queued_seconds: finished.queued.as_secs_f64(),
        })?;
        self.n_prompt += finished.answer.stats.n_prompt;
        self.n_reused += finished.answer.stats.n_reused;
        let speed = self.n_tokens as f64 / self.bar.elapsed().as_secs_f64().max(1e-9);
        self.bar.set_message(format!(", {speed:.0} tokens/s"));
        self.bar.inc(1);
        Ok(State::Over(text))
    }

    fn failed(&mut self, index: usize, error: String) -> Result<State> {
        let line = &self.lines[index];
        let text = serde_json::to_string(&ErrorLine { line: line.number, id: line.id(), error })?;
        self.n_failed += 1;
        self.bar.inc(1);
        Ok(State::Over(text))
    }
}
