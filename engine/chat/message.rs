//! The messages of a conversation, as chat services exchange them.
//!
//! They are read from JSON with the reference's leniency: fields that do not change the prompt
//! are skipped, a null stands for an absent field.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::error::{Error, Result};
use super::json::Json;
use super::prompt::Segment;
use super::protocol;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The operator; opens the prompt.
    System,
    /// The operator, in the place of a user.
    Developer,
    /// The person.
    User,
    /// The model.
    Assistant,
    /// The result of a call.
    Tool,
    /// Date, place and client of the user message that follows.
    LatestReminder,
}

/// What the model is to do at once and without thinking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Choose whether to search.
    Action,
    /// Write search queries.
    Query,
    /// Judge whether an authoritative source is needed.
    Authority,
    /// Name the domain.
    Domain,
    /// Judge whether to read an address.
    ReadUrl,
    /// Write the conversation's title; asked after an answer.
    Title,
}

/// The body of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Plain text.
    Text(String),
    /// Parts in order.
    Parts(Vec<Part>),
}

/// One part of a body.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Plain text.
    Text(String),
    /// Anything else, by its `type`.
    Other(String),
}

/// One call that the model asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// Ties the call to its result; empty when not known.
    pub id: String,
    /// The function.
    pub name: String,
    /// The JSON text of its arguments.
    pub arguments: String,
}

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// The body; `None` is JSON's null.
    pub content: Option<Content>,
    /// What the model thought before an assistant message.
    pub reasoning: String,
    /// The calls at the end of an assistant message.
    pub tool_calls: Vec<ToolCall>,
    /// The calls exactly as the model wrote them, with the blanks before them; rendered in the place
    /// of `tool_calls`, which may be spaced and ordered otherwise.
    pub written_calls: Vec<Segment>,
    /// The call a tool message answers.
    pub tool_call_id: String,
    /// The `function` object of each tool a system or developer message declares.
    pub tools: Vec<Json>,
    /// The schema that replies must follow, declared by a system or developer message.
    pub response_format: Option<Json>,
    /// The quick task asked for after this message.
    pub task: Option<Task>,
    /// Leaves out the end token of an assistant message, so that the model continues it.
    pub without_end: bool,
}

impl Role {
    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Developer => "developer",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
            Self::LatestReminder => "latest_reminder",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Ok(match name {
            "system" => Self::System,
            "developer" => Self::Developer,
            "user" => Self::User,
            "assistant" => Self::Assistant,
            "tool" => Self::Tool,
            "latest_reminder" => Self::LatestReminder,
            _ => return Err(Error::UnknownRole(name.to_owned())),
        })
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

impl Task {
    /// The special token that asks for it.
    #[must_use]
    pub fn token(self) -> &'static str {
        match self {
            Self::Action => protocol::TASK_ACTION,
            Self::Query => protocol::TASK_QUERY,
            Self::Authority => protocol::TASK_AUTHORITY,
            Self::Domain => protocol::TASK_DOMAIN,
            Self::ReadUrl => protocol::TASK_READ_URL,
            Self::Title => protocol::TASK_TITLE,
        }
    }
}

impl std::str::FromStr for Task {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Ok(match name {
            "action" => Self::Action,
            "query" => Self::Query,
            "authority" => Self::Authority,
            "domain" => Self::Domain,
            "read_url" => Self::ReadUrl,
            "title" => Self::Title,
            _ => return Err(Error::UnknownTask(name.to_owned())),
        })
    }
}

impl Message {
    /// A message of text and nothing else.
    #[must_use]
    pub fn new(role: Role, text: impl Into<String>) -> Self {
        Self {
            role,
            content: Some(Content::Text(text.into())),
            reasoning: String::new(),
            tool_calls: Vec::new(),
            written_calls: Vec::new(),
            tool_call_id: String::new(),
            tools: Vec::new(),
            response_format: None,
            task: None,
            without_end: false,
        }
    }

    /// Reads a message in the form that chat services exchange.
    ///
    /// # Errors
    ///
    /// A value that is not an object, has an unknown role or task, or a field of another kind.
    pub fn from_json(json: Json) -> Result<Self> {
        let Json::Object(fields) = json else {
            return Err(mismatch("message", "an object", &json));
        };
        let mut message = Self::new(Role::User, "");
        let mut role = None;
        for (name, value) in fields {
            match name.as_str() {
                "role" => role = Some(string("role", value)?.parse()?),
                "content" => message.content = content(value)?,
                "reasoning_content" => message.reasoning = text("reasoning_content", value)?,
                "tool_calls" => {
                    let calls = items("tool_calls", value)?;
                    message.tool_calls = calls.into_iter().map(tool_call).collect::<Result<_>>()?;
                }
                "tool_call_id" => message.tool_call_id = text("tool_call_id", value)?,
                "tools" => message.tools = declared_tools(value)?,
                "response_format" => message.response_format = Some(value),
                "task" if value != Json::Null => {
                    message.task = Some(string("task", value)?.parse()?);
                }
                "wo_eos" => message.without_end = value.is_truthy(),
                _ => {}
            }
        }
        message.role = role.ok_or(Error::Missing { field: "role" })?;
        Ok(message)
    }
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_json(Json::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Reads an array of messages.
///
/// # Errors
///
/// A value that is not an array, or the first message that [`Message::from_json`] refuses.
pub fn messages_from_json(json: Json) -> Result<Vec<Message>> {
    let messages = items("messages", json)?.into_iter().enumerate();
    messages.map(|(index, m)| Message::from_json(m).map_err(|e| e.in_message(index))).collect()
}

/// Reads a list of tools and keeps the `function` object of each.
///
/// # Errors
///
/// A value that is not an array of objects with a `function`.
pub fn declared_tools(json: Json) -> Result<Vec<Json>> {
    items("tools", json)?.into_iter().map(|tool| member("tools[].function", tool)).collect()
}

fn tool_call(json: Json) -> Result<ToolCall> {
    let Json::Object(fields) = json else {
        return Err(mismatch("tool_calls[]", "an object", &json));
    };
    let mut id = String::new();
    let mut function = None;
    for (name, value) in fields {
        match name.as_str() {
            "id" => id = text("tool_calls[].id", value)?,
            "function" => function = Some(value),
            _ => {}
        }
    }
    let function = function.ok_or(Error::Missing { field: "tool_calls[].function" })?;
    let Json::Object(fields) = function else {
        return Err(mismatch("tool_calls[].function", "an object", &function));
    };
    let (mut called, mut arguments) = (None, None);
    for (name, value) in fields {
        match name.as_str() {
            "name" => called = Some(string("tool_calls[].function.name", value)?),
            "arguments" => arguments = Some(string("tool_calls[].function.arguments", value)?),
            _ => {}
        }
    }
    let name = called.ok_or(Error::Missing { field: "tool_calls[].function.name" })?;
    let arguments = arguments.ok_or(Error::Missing { field: "tool_calls[].function.arguments" })?;
    Ok(ToolCall { id, name, arguments })
}

fn content(value: Json) -> Result<Option<Content>> {
    Ok(match value {
        Json::Null => None,
        Json::String(text) => Some(Content::Text(text)),
        Json::Array(parts) => {
            Some(Content::Parts(parts.into_iter().map(part).collect::<Result<_>>()?))
        }
        other => return Err(mismatch("content", "a string, an array of parts or null", &other)),
    })
}

fn part(value: Json) -> Result<Part> {
    let Json::Object(fields) = value else {
        return Err(mismatch("content[]", "an object", &value));
    };
    let (mut kind, mut body) = (None, String::new());
    for (name, value) in fields {
        match name.as_str() {
            "type" => kind = Some(string("content[].type", value)?),
            "text" => body = text("content[].text", value)?,
            _ => {}
        }
    }
    let kind = kind.ok_or(Error::Missing { field: "content[].type" })?;
    Ok(if kind == "text" { Part::Text(body) } else { Part::Other(kind) })
}

/// The elements of an array, none of a null.
fn items(field: &'static str, value: Json) -> Result<Vec<Json>> {
    match value {
        Json::Null => Ok(Vec::new()),
        Json::Array(items) => Ok(items),
        other => Err(mismatch(field, "an array", &other)),
    }
}

/// The `function` of an object.
fn member(field: &'static str, value: Json) -> Result<Json> {
    let Json::Object(fields) = value else {
        return Err(mismatch(field, "an object around it", &value));
    };
    let found = fields.into_iter().find(|(name, _)| name == "function");
    found.map(|(_, value)| value).ok_or(Error::Missing { field })
}

/// A string, empty for a null.
fn text(field: &'static str, value: Json) -> Result<String> {
    if value == Json::Null { Ok(String::new()) } else { string(field, value) }
}

fn string(field: &'static str, value: Json) -> Result<String> {
    match value {
        Json::String(text) => Ok(text),
        other => Err(mismatch(field, "a string", &other)),
    }
}

fn mismatch(field: &'static str, expected: &'static str, found: &Json) -> Error {
    Error::Field { field, expected, found: found.kind() }
}
