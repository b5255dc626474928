//! What the tolerant parser says about an answer.

use super::parse::{Call, Parsed};

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// More reasoning; never empty.
    ReasoningDelta(String),
    /// More of the answer; never empty.
    ContentDelta(String),
    /// A call begins.
    ToolCallStart {
        /// The call's place among all calls of the message, from 0.
        index: usize,
        /// The function.
        name: String,
    },
    /// More of the JSON text of a call's arguments; never empty.
    ToolCallArgumentsDelta {
        /// The call's place.
        index: usize,
        /// What to append; not valid JSON by itself.
        json: String,
    },
    /// A call is whole, and its arguments are a JSON object.
    ToolCallEnd {
        /// The call's place.
        index: usize,
    },
    /// A value that the model declared as JSON is not, and stands in the arguments as a string.
    Repaired {
        /// The call's place.
        index: usize,
        /// The name of the argument.
        parameter: String,
    },
}

/// How an answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Nothing is missing, except perhaps the end token.
    Complete,
    /// The text stopped too early.
    Unfinished(Unfinished),
    /// The calls departed from the grammar.
    Malformed(Fault),
}

/// What the text stopped in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfinished {
    /// The reasoning; there is no answer.
    Reasoning,
    /// The calls; the last one may lack arguments.
    Calls,
}

/// A departure from the grammar of calls that cannot be forgiven.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Something between calls is none.
    #[error("the block of tool calls contains something else than calls")]
    Block,
    /// A call's tag has no name.
    #[error("a tool call has no name")]
    Invoke,
    /// Something in a call is no parameter, or a parameter lacks its name or kind.
    #[error("a tool call contains something else than named parameters")]
    Parameter,
    /// Two parameters of one call have the same name.
    #[error("parameter `{0}` is given twice")]
    Duplicate(String),
    /// The block of calls is followed by text.
    #[error("text follows the tool calls")]
    TextAfterCalls,
}

/// What is left when the text has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finish {
    /// What was held back and is text after all.
    pub events: Vec<Event>,
    /// How the answer ended.
    pub end: End,
}

impl Parsed {
    /// Adds one piece of the answer.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::ReasoningDelta(text) => self.reasoning.push_str(text),
            Event::ContentDelta(text) => self.content.push_str(text),
            Event::ToolCallStart { name, .. } => {
                self.tool_calls.push(Call { name: name.clone(), arguments: String::new() });
            }
            Event::ToolCallArgumentsDelta { index, json } => {
                if let Some(call) = self.tool_calls.get_mut(*index) {
                    call.arguments.push_str(json);
                }
            }
            Event::ToolCallEnd { .. } | Event::Repaired { .. } => {}
        }
    }
}
