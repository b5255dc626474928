//! The strict parser: accepts what the reference accepts, refuses everything else.

use std::collections::HashSet;

use super::scan::{Found, find_first};
use super::{Mode, json, protocol};

/// A completion taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// What the model thought.
    pub reasoning: String,
    /// What it answered.
    pub content: String,
    /// What it wants called, in order.
    pub tool_calls: Vec<Call>,
}

/// A call the model wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Call {
    /// The function.
    pub name: String,
    /// The JSON text of the arguments.
    /// The strict parser copies what the model wrote as JSON without looking into it.
    pub arguments: String,
}

/// A completion that departs from the grammar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Thinking mode, but no closing tag before the calls or the end.
    #[error("the reasoning has no `</think>` before the answer")]
    ReasoningNotClosed,
    /// The answer does not end with the end token.
    #[error("the end token is missing")]
    NoEnd,
    /// A special token stands in reasoning or content.
    #[error("the text contains the special token `{0}`")]
    SpecialToken(&'static str),
    /// A part of the block of calls is missing.
    #[error("expected {expected} at byte {at} of the completion")]
    Expected {
        /// The part.
        expected: &'static str,
        /// Bytes before it.
        at: usize,
    },
    /// Two parameters of one call have the same name.
    #[error("parameter `{0}` is given twice")]
    DuplicateParameter(String),
    /// The block of calls is followed by something else than the end.
    #[error("text follows the tool calls")]
    TextAfterCalls,
    /// The end token is followed by text.
    #[error("text follows the end token")]
    TextAfterEnd,
}

/// Takes a whole completion apart by the rules of the reference parser.
///
/// # Errors
///
/// Every departure from the grammar, down to single newlines; see [`super::parse_tolerant`] for
/// what a service wants.
pub fn parse(text: &str, mode: Mode) -> Result<Parsed, ParseError> {
    let mut parsed = Parsed::default();
    let mut cursor = Cursor { text, at: 0 };
    if mode == Mode::Thinking {
        let (reasoning, stop) = cursor.until(&[protocol::THINK_CLOSE, protocol::CALLS_MARKER]);
        if stop != Some(0) {
            return Err(ParseError::ReasoningNotClosed);
        }
        reasoning.clone_into(&mut parsed.reasoning);
    }
    let (content, stop) = cursor.until(&[protocol::END, protocol::CALLS_MARKER]);
    content.clone_into(&mut parsed.content);
    match stop {
        None => return Err(ParseError::NoEnd),
        Some(0) => {}
        Some(_) => {
            parsed.tool_calls = cursor.calls()?;
            let (between, _) = cursor.until(&[protocol::END]);
            if !between.is_empty() {
                return Err(ParseError::TextAfterCalls);
            }
        }
    }
    if cursor.at < text.len() {
        return Err(ParseError::TextAfterEnd);
    }
    let specials = [
        protocol::BEGIN,
        protocol::END,
        protocol::THINK_OPEN,
        protocol::THINK_CLOSE,
        protocol::DSML,
    ];
    for token in specials {
        if parsed.content.contains(token) || parsed.reasoning.contains(token) {
            return Err(ParseError::SpecialToken(token));
        }
    }
    Ok(parsed)
}

/// The name in the text between `<｜DSML｜invoke` and the tag that follows.
pub(super) fn invoke_name(head: &str) -> Option<&str> {
    head.trim_start()
        .strip_prefix(protocol::PARAMETER_NAME.trim_start())?
        .trim_end()
        .strip_suffix(protocol::INVOKE_NAME_END)
}

/// A place in the completion.
struct Cursor<'a> {
    text: &'a str,
    /// Bytes already read; a character boundary.
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Reads up to and with the first of `stops`, or to the end.
    /// Returns the text before it and the index of the stop.
    fn until(&mut self, stops: &[&str]) -> (&'a str, Option<usize>) {
        let start = self.at;
        let (end, stop) = match find_first(self.text, start, stops) {
            Found::Marker { at, index } => (at, Some(index)),
            Found::Nothing { .. } => (self.text.len(), None),
        };
        self.at = end + stop.map_or(0, |index| stops[index].len());
        (&self.text[start..end], stop)
    }

    /// Reads `>` and a newline, which end a tag.
    fn tag_end(&mut self) -> Result<(), ParseError> {
        self.exactly(">\n", "`>` and a newline")
    }

    fn exactly(&mut self, part: &str, expected: &'static str) -> Result<(), ParseError> {
        if !self.text[self.at..].starts_with(part) {
            return Err(ParseError::Expected { expected, at: self.at });
        }
        self.at += part.len();
        Ok(())
    }

    /// The calls of a block, from behind `<｜DSML｜tool_calls` to its closing tag.
    fn calls(&mut self) -> Result<Vec<Call>, ParseError> {
        let mut calls = Vec::new();
        self.tag_end()?;
        while !self.text[self.at..].starts_with(protocol::CALLS_CLOSE) {
            self.exactly(protocol::INVOKE_OPEN, "a call or the end of the calls")?;
            calls.push(self.call()?);
            self.tag_end()?;
        }
        self.at += protocol::CALLS_CLOSE.len();
        Ok(calls)
    }

    /// One call, from behind `<｜DSML｜invoke` to before the `>` of its closing tag.
    fn call(&mut self) -> Result<Call, ParseError> {
        let start = self.at;
        let expected = |expected| ParseError::Expected { expected, at: start };
        let (head, stop) = self.until(&[protocol::PARAMETER_OPEN, protocol::INVOKE_STOP]);
        let name = invoke_name(head).filter(|_| {
            let blanks = head.len() - head.trim_end_matches('\n').len();
            head.trim_end_matches('\n').ends_with('>') && (1..=2).contains(&blanks)
        });
        let name = name.ok_or_else(|| expected("the call's name and a newline"))?.to_owned();
        let mut names = HashSet::new();
        let mut arguments = String::from("{");
        let mut stop = stop;
        while stop == Some(0) {
            let parameter = self.parameter(&mut arguments)?;
            if !names.insert(parameter) {
                return Err(ParseError::DuplicateParameter(parameter.to_owned()));
            }
            self.tag_end()?;
            stop = if self.text[self.at..].starts_with(protocol::PARAMETER_OPEN) {
                self.at += protocol::PARAMETER_OPEN.len();
                Some(0)
            } else {
                self.exactly(protocol::INVOKE_STOP, "a parameter or the end of the call")?;
                Some(1)
            };
        }
        stop.ok_or_else(|| expected("the end of the call"))?;
        arguments.push('}');
        Ok(Call { name, arguments })
    }

    /// One parameter, from behind `<｜DSML｜parameter` to before the `>` of its closing tag.
    /// Appends it to the arguments and returns its name.
    fn parameter(&mut self, arguments: &mut String) -> Result<&'a str, ParseError> {
        let start = self.at;
        let (inside, stop) = self.until(&[protocol::PARAMETER_STOP]);
        let kinds = &protocol::PARAMETER_KINDS;
        let taken = stop.and_then(|_| {
            let inside = inside.strip_suffix('<')?.strip_prefix(protocol::PARAMETER_NAME)?;
            match find_first(inside, 0, kinds) {
                Found::Marker { at, index } => {
                    Some((&inside[..at], index, &inside[at + kinds[index].len()..]))
                }
                Found::Nothing { .. } => None,
            }
        });
        let Some((name, kind, value)) = taken else {
            let expected = "a parameter's name, kind, value and closing tag";
            return Err(ParseError::Expected { expected, at: start });
        };
        begin_argument(name, arguments);
        if kind == 0 {
            json::write_string(value, arguments);
        } else {
            arguments.push_str(value);
        }
        Ok(name)
    }
}

/// Appends an argument's name to arguments that begin with a brace.
fn begin_argument(name: &str, arguments: &mut String) {
    if arguments.len() > 1 {
        arguments.push_str(", ");
    }
    json::write_string(name, arguments);
    arguments.push_str(": ");
}
