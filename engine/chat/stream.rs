//! The tolerant parser: takes an answer apart while it is written, however the pieces are cut.
//!
//! It agrees with the strict parser on all that the strict one accepts, and forgives more: no end
//! token, other blanks around tags, fewer than two newlines before the calls, several blocks of
//! calls, an end anywhere. A value declared as JSON that is not becomes a string, with an
//! [`Event::Repaired`]. Other departures from the call grammar end the message: the calls closed
//! before stand, what follows is dropped, and [`Finish::end`] names the [`Fault`].
//! Think tags out of place and calls inside reasoning are passed on as text.
//!
//! Text that may be the beginning of a tag is held back until it is or is not.

use std::collections::HashSet;

use serde::de::IgnoredAny;

use super::Mode;
use super::event::{End, Event, Fault, Finish, Unfinished};
use super::json::{self, Json};
use super::parse::{Parsed, invoke_name};
use super::protocol::{self, PARAMETER_KINDS, PARAMETER_NAME, PARAMETER_STOP};
use super::scan::{Begins, Found, begins, find_first};

/// Where in the grammar the parser is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Reasoning,
    Content,
    /// Between the calls of a block.
    Block,
    /// In the tag that opens a call.
    Invoke,
    /// Between the parameters of a call.
    Call,
    /// In the tag that opens a parameter.
    Parameter,
    /// In a value that is text.
    Text,
    /// In a value that is JSON; held back until it is whole.
    Json,
    /// Behind a block.
    AfterCalls,
    Done(End),
}

/// Takes an answer apart piece by piece, in linear time.
///
/// It keeps no more than the tag or the JSON value being read, and the names of one call's
/// parameters.
#[derive(Debug, Clone)]
pub struct StreamParser {
    state: State,
    /// Text not yet understood.
    buffer: String,
    /// Bytes of the buffer already understood in the current call of [`StreamParser::push`].
    at: usize,
    /// Bytes after `at` in which no tag begins.
    clear: usize,
    /// Calls begun.
    n_calls: usize,
    /// The names of the parameters of the call being read.
    names: HashSet<String>,
    /// The name of the parameter being read.
    name: String,
    events: Vec<Event>,
}

impl StreamParser {
    /// A parser of what follows a prompt of this mode.
    #[must_use]
    pub fn new(mode: Mode) -> Self {
        Self {
            state: if mode == Mode::Thinking { State::Reasoning } else { State::Content },
            buffer: String::new(),
            at: 0,
            clear: 0,
            n_calls: 0,
            names: HashSet::new(),
            name: String::new(),
            events: Vec::new(),
        }
    }

    /// Takes the next piece of text and returns what it completes.
    pub fn push(&mut self, text: &str) -> Vec<Event> {
        if !self.is_done() {
            self.buffer.push_str(text);
            while self.step() {}
            self.buffer.drain(..self.at);
            self.at = 0;
        }
        std::mem::take(&mut self.events)
    }

    /// Ends the text.
    #[must_use]
    pub fn finish(mut self) -> Finish {
        let rest = self.buffer.len();
        // The bar occurs in no text that is held back, except at the beginning of a special token.
        let is_text = !self.buffer.contains('｜');
        let calls = End::Unfinished(Unfinished::Calls);
        let end = match self.state.clone() {
            State::Done(end) => end,
            State::Reasoning | State::Content | State::Text if is_text => {
                self.pass(rest);
                match self.state {
                    State::Reasoning => End::Unfinished(Unfinished::Reasoning),
                    State::Content => End::Complete,
                    _ => calls,
                }
            }
            State::Reasoning => End::Unfinished(Unfinished::Reasoning),
            State::Content if self.buffer.contains("｜D") => calls,
            State::Content | State::AfterCalls => End::Complete,
            State::Block
            | State::Invoke
            | State::Call
            | State::Parameter
            | State::Text
            | State::Json => calls,
        };
        Finish { events: self.events, end }
    }

    /// Whether the message has ended: more text changes nothing.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done(_))
    }

    /// Understands the next part of the buffer; false if that needs more text.
    fn step(&mut self) -> bool {
        match self.state {
            State::Reasoning => self.reasoning(),
            State::Content => self.content(),
            State::Block => self.block(),
            State::Invoke => self.invoke(),
            State::Call => self.call(),
            State::Parameter => self.parameter(),
            State::Text => self.text_value(),
            State::Json => self.json_value(),
            State::AfterCalls => self.after_calls(),
            State::Done(_) => {
                self.at = self.buffer.len();
                false
            }
        }
    }

    fn reasoning(&mut self) -> bool {
        let markers = [protocol::THINK_CLOSE, protocol::END];
        let unfinished = State::Done(End::Unfinished(Unfinished::Reasoning));
        match find_first(&self.buffer, self.at, &markers) {
            Found::Nothing { clear } => self.pass(clear),
            Found::Marker { at, index } => {
                self.pass(at);
                let next = if index == 0 { State::Content } else { unfinished };
                self.enter(next, at + markers[index].len())
            }
        }
    }

    fn content(&mut self) -> bool {
        let markers = [
            protocol::END,
            protocol::CALLS_OPEN,
            protocol::CALLS_ON_NEXT_LINE,
            protocol::CALLS_AFTER_EMPTY_LINE,
        ];
        match find_first(&self.buffer, self.at, &markers) {
            Found::Nothing { clear } => self.pass(clear),
            Found::Marker { at, index } => {
                self.pass(at);
                let next = if index == 0 { State::Done(End::Complete) } else { State::Block };
                self.enter(next, at + markers[index].len())
            }
        }
    }

    fn block(&mut self) -> bool {
        let next =
            [State::Invoke, State::AfterCalls, State::Done(End::Unfinished(Unfinished::Calls))];
        let markers = [protocol::INVOKE_OPEN, protocol::CALLS_CLOSE, protocol::END];
        self.expect_tag(&markers, next, Fault::Block)
    }

    fn after_calls(&mut self) -> bool {
        let next = [State::Done(End::Complete), State::Block];
        self.expect_tag(&[protocol::END, protocol::CALLS_OPEN], next, Fault::TextAfterCalls)
    }

    fn call(&mut self) -> bool {
        let markers = [protocol::PARAMETER_OPEN, protocol::INVOKE_CLOSE, protocol::END];
        let next =
            [State::Parameter, State::Block, State::Done(End::Unfinished(Unfinished::Calls))];
        let moved = self.expect_tag(&markers, next, Fault::Parameter);
        if self.state == State::Block {
            self.arguments(if self.names.is_empty() { "{}" } else { "}" });
            self.events.push(Event::ToolCallEnd { index: self.n_calls - 1 });
        }
        moved
    }

    fn invoke(&mut self) -> bool {
        let markers = [protocol::PARAMETER_OPEN, protocol::INVOKE_STOP];
        let Some((end, marker)) = self.find(self.clear, &markers) else { return false };
        let Some(name) = invoke_name(&self.buffer[self.at..end]) else {
            return self.fail(Fault::Invoke);
        };
        let start = Event::ToolCallStart { index: self.n_calls, name: name.to_owned() };
        self.events.push(start);
        self.n_calls += 1;
        self.names.clear();
        if marker == 0 {
            return self.enter(State::Parameter, end + markers[0].len());
        }
        self.enter(State::Call, end)
    }

    fn parameter(&mut self) -> bool {
        match begins(&self.buffer[self.at..], &[PARAMETER_NAME]) {
            Begins::Maybe => return false,
            Begins::Otherwise => return self.fail(Fault::Parameter),
            Begins::With(_) => {}
        }
        let markers = [PARAMETER_KINDS[0], PARAMETER_KINDS[1], PARAMETER_STOP];
        let from = self.clear.max(PARAMETER_NAME.len());
        let Some((end, kind)) = self.find(from, &markers) else { return false };
        if kind == 2 {
            return self.fail(Fault::Parameter);
        }
        let name = self.buffer[self.at + PARAMETER_NAME.len()..end].to_owned();
        if self.names.contains(&name) {
            return self.fail(Fault::Duplicate(name));
        }
        let mut json = String::from(if self.names.is_empty() { "{" } else { ", " });
        json::write_string(&name, &mut json);
        json.push_str(if kind == 0 { ": \"" } else { ": " });
        self.arguments(&json);
        self.names.insert(name.clone());
        self.name = name;
        let next = if kind == 0 { State::Text } else { State::Json };
        self.enter(next, end + markers[kind].len())
    }

    fn text_value(&mut self) -> bool {
        let markers = [protocol::PARAMETER_CLOSE, protocol::END];
        match find_first(&self.buffer, self.at, &markers) {
            Found::Nothing { clear } => self.pass(clear),
            Found::Marker { at, index: 0 } => {
                self.pass(at);
                self.arguments("\"");
                self.enter(State::Call, at + protocol::PARAMETER_CLOSE.len())
            }
            // The end token ends the message only if nothing follows it.
            Found::Marker { at, .. } if at + protocol::END.len() == self.buffer.len() => {
                self.pass(at)
            }
            Found::Marker { at, .. } => {
                self.pass(at + 1);
                true
            }
        }
    }

    fn json_value(&mut self) -> bool {
        let Some((end, _)) = self.find(self.clear, &[protocol::PARAMETER_CLOSE]) else {
            return false;
        };
        let value = &self.buffer[self.at..end];
        if is_json(value) {
            let value = value.to_owned();
            self.arguments(&value);
        } else {
            let mut json = String::new();
            json::write_string(value, &mut json);
            let parameter = std::mem::take(&mut self.name);
            self.events.push(Event::Repaired { index: self.n_calls - 1, parameter });
            self.arguments(&json);
        }
        self.enter(State::Call, end + protocol::PARAMETER_CLOSE.len())
    }

    /// Skips blanks and takes the tag that follows them.
    fn expect_tag<const N: usize>(
        &mut self,
        markers: &[&str; N],
        mut next: [State; N],
        fault: Fault,
    ) -> bool {
        let rest = self.buffer[self.at..].trim_start();
        self.at = self.buffer.len() - rest.len();
        match begins(rest, markers) {
            Begins::Maybe => false,
            Begins::Otherwise => self.fail(fault),
            Begins::With(index) => {
                let state = std::mem::replace(&mut next[index], State::Content);
                self.enter(state, self.at + markers[index].len())
            }
        }
    }

    /// Finds the first marker at `from` bytes behind the current place or later, and remembers
    /// how far there is none.
    fn find(&mut self, from: usize, markers: &[&str]) -> Option<(usize, usize)> {
        match find_first(&self.buffer, (self.at + from).min(self.buffer.len()), markers) {
            Found::Marker { at, index } => Some((at, index)),
            Found::Nothing { clear } => {
                self.clear = clear - self.at;
                None
            }
        }
    }

    /// Passes on the buffer up to a byte, as what the current state makes of text.
    /// Returns false, as nothing more is understood.
    fn pass(&mut self, end: usize) -> bool {
        let text = self.buffer[self.at..end].to_owned();
        self.at = end;
        if text.is_empty() {
            return false;
        }
        match self.state {
            State::Reasoning => self.events.push(Event::ReasoningDelta(text)),
            State::Content => self.events.push(Event::ContentDelta(text)),
            _ => {
                let mut json = String::new();
                json::write_escaped(&text, &mut json);
                self.arguments(&json);
            }
        }
        false
    }

    /// Appends to the arguments of the call being read.
    fn arguments(&mut self, more: &str) {
        if let Some(Event::ToolCallArgumentsDelta { json, .. }) = self.events.last_mut() {
            json.push_str(more);
        } else {
            let (index, json) = (self.n_calls - 1, more.to_owned());
            self.events.push(Event::ToolCallArgumentsDelta { index, json });
        }
    }

    fn fail(&mut self, fault: Fault) -> bool {
        self.enter(State::Done(End::Malformed(fault)), self.buffer.len())
    }

    /// Goes on at a byte in another state; true, as there may be more to understand.
    fn enter(&mut self, state: State, at: usize) -> bool {
        self.state = state;
        self.at = at;
        self.clear = 0;
        true
    }
}

/// Whether a value can stand in arguments as it is.
fn is_json(value: &str) -> bool {
    // The one refuses numbers that only Python knows, the other nesting that is too deep.
    serde_json::from_str::<IgnoredAny>(value).is_ok() && Json::parse(value).is_ok()
}

/// Takes a whole answer apart as a [`StreamParser`] does.
#[must_use]
pub fn parse_tolerant(text: &str, mode: Mode) -> (Parsed, End) {
    let mut parsed = Parsed::default();
    let mut parser = StreamParser::new(mode);
    for event in parser.push(text) {
        parsed.apply(&event);
    }
    let finish = parser.finish();
    for event in &finish.events {
        parsed.apply(event);
    }
    (parsed, finish.end)
}
