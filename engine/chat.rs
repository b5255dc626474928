//! Renders conversations as prompt text and parses what the model writes.
//!
//! Messages go through [`encode`] and become a [`Prompt`]; the model's answer goes through a
//! [`StreamParser`] and becomes [`Event`]s. Both follow the encoder published with the model to
//! the byte; [`parse`] is its strict parser, for tests and tools.
//! Nothing here knows tokens, models or devices.

#![forbid(unsafe_code)]

mod encode;
mod error;
mod event;
pub mod json;
mod message;
mod parse;
mod prepare;
mod prompt;
pub mod protocol;
mod scan;
mod stream;

use std::fmt;
use std::str::FromStr;

pub use encode::{encode, encode_after};
pub use error::{Error, Result};
pub use event::{End, Event, Fault, Finish, Unfinished};
pub use message::{
    Content, Message, Part, Role, Task, ToolCall, declared_tools, messages_from_json,
};
pub use parse::{Call, ParseError, Parsed, parse};
pub use prompt::{Prompt, Segment};
pub use stream::{StreamParser, parse_tolerant};

/// Whether the model thinks before it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// It answers at once.
    Chat,
    /// It writes its reasoning first.
    #[default]
    Thinking,
}

/// How long the model thinks; without effect in chat mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// No instruction; preview releases only.
    None,
    /// The shortest; releases after the preview only, and their default.
    Low,
    /// Longer; the same as none in preview releases.
    High,
    /// The longest.
    Max,
}

/// The releases of the model, as far as their prompts differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Release {
    /// The first releases of Flash and Pro.
    #[default]
    Preview,
    /// The releases from 0731 on.
    R0731,
}

/// How a conversation is encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodeOptions {
    /// Whether the model is to think.
    pub mode: Mode,
    /// How long it is to think; the release's default if not given.
    pub effort: Option<Effort>,
    /// The release encoded for.
    pub release: Release,
    /// Leaves out what the model thought before the last question.
    /// Reasoning is always kept where tools are declared.
    pub drop_thinking: bool,
    /// Writes the begin token.
    pub add_bos: bool,
}

impl Default for EncodeOptions {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            effort: None,
            release: Release::default(),
            drop_thinking: true,
            add_bos: true,
        }
    }
}

impl EncodeOptions {
    /// The instruction that stands before the first message in thinking mode.
    ///
    /// # Errors
    ///
    /// An effort that the release does not have.
    pub fn effort_text(&self) -> Result<&'static str> {
        match (self.release, self.effort) {
            (Release::Preview, None | Some(Effort::None | Effort::High))
            | (Release::R0731, None | Some(Effort::Low)) => Ok(""),
            (Release::Preview, Some(Effort::Max)) | (Release::R0731, Some(Effort::High)) => {
                Ok(protocol::EFFORT_ABSOLUTE)
            }
            (Release::R0731, Some(Effort::Max)) => Ok(protocol::EFFORT_BEYOND),
            (Release::Preview, Some(effort @ Effort::Low))
            | (Release::R0731, Some(effort @ Effort::None)) => {
                Err(Error::EffortNotInRelease { effort, release: self.release })
            }
        }
    }
}

impl Mode {
    /// The names of all modes.
    pub const NAMES: [&str; 2] = ["chat", "thinking"];
}

impl Effort {
    /// The names of all efforts.
    pub const NAMES: [&str; 4] = ["none", "low", "high", "max"];
}

impl Release {
    /// The names of all releases.
    pub const NAMES: [&str; 2] = ["preview", "0731"];
}

impl FromStr for Mode {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "chat" => Ok(Self::Chat),
            "thinking" => Ok(Self::Thinking),
            _ => Err(unknown("mode", name, "chat, thinking")),
        }
    }
}

impl FromStr for Effort {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "none" => Ok(Self::None),
            "low" => Ok(Self::Low),
            "high" => Ok(Self::High),
            "max" => Ok(Self::Max),
            _ => Err(unknown("effort", name, "none, low, high, max")),
        }
    }
}

impl FromStr for Release {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "preview" => Ok(Self::Preview),
            "0731" => Ok(Self::R0731),
            _ => Err(unknown("release", name, "preview, 0731")),
        }
    }
}

impl fmt::Display for Effort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Low => "low",
            Self::High => "high",
            Self::Max => "max",
        })
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Preview => "preview",
            Self::R0731 => "0731",
        })
    }
}

fn unknown(option: &'static str, found: &str, known: &'static str) -> Error {
    Error::UnknownOption { option, found: found.to_owned(), known }
}
