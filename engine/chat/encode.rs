//! Renders turns as the text the model was trained on.

use super::error::{Error, Result};
use super::json::{self, Json};
use super::message::{Content, Message, Part, Role, Task, ToolCall};
use super::prepare::{self, Block, Body, Turn};
use super::prompt::Prompt;
use super::{EncodeOptions, Mode, protocol};

/// Encodes a whole conversation.
///
/// # Errors
///
/// An effort that the release does not have, or the first message that cannot be rendered: a
/// developer message without text, a user message or reminder whose content is null, content that
/// is not text outside of tool results, and calls whose arguments are JSON but not an object.
pub fn encode(messages: &[Message], options: &EncodeOptions) -> Result<Prompt> {
    encode_after(&[], messages, options)
}

/// Encodes the rest of a conversation, whose first messages, `context`, are already encoded.
/// Unless the context is empty, neither the begin token nor the effort is written again.
///
/// # Errors
///
/// Those of [`encode`].
pub fn encode_after(
    context: &[Message],
    messages: &[Message],
    options: &EncodeOptions,
) -> Result<Prompt> {
    let effort = options.effort_text()?;
    let mut turns = prepare::merge(context);
    let first_rendered = turns.len();
    turns.extend(prepare::merge(messages));
    prepare::order_results(&mut turns);

    let thinking = options.mode == Mode::Thinking;
    let dropping = thinking && options.drop_thinking && !turns.iter().any(Turn::declares_tools);
    let rendered = if dropping {
        prepare::drop_old(&mut turns, first_rendered)
    } else {
        turns.len() - first_rendered
    };

    // Everything from this turn on is written with its reasoning.
    let thinking_from = match prepare::last_question(&turns) {
        Some(question) if dropping => question,
        _ => 0,
    };
    let mut encoder = Encoder { prompt: Prompt::default(), turns: &turns, thinking, thinking_from };
    if context.is_empty() && options.add_bos {
        encoder.prompt.push_token(protocol::BEGIN);
    }
    for (place, turn) in turns.iter().enumerate().skip(turns.len() - rendered) {
        if place == 0 && thinking {
            encoder.prompt.push_fixed(effort);
        }
        encoder.turn(place).map_err(|error| error.in_message(turn.index))?;
    }
    Ok(encoder.prompt)
}

/// The state of one rendering.
struct Encoder<'a> {
    prompt: Prompt,
    turns: &'a [Turn<'a>],
    thinking: bool,
    /// The first turn around which reasoning is written.
    thinking_from: usize,
}

impl Encoder<'_> {
    fn turn(&mut self, place: usize) -> Result<()> {
        match &self.turns[place].body {
            Body::User { blocks, .. } => self.user(blocks)?,
            Body::Message(message) => match message.role {
                Role::System => self.instructions(message)?,
                Role::Developer => {
                    if flatten(message)?.is_empty() {
                        return Err(Error::NoContent { role: message.role });
                    }
                    self.prompt.push_token(protocol::USER);
                    self.instructions(message)?;
                }
                Role::LatestReminder => {
                    let text = required(message.role, message.content.as_ref())?;
                    self.prompt.push_token(protocol::LATEST_REMINDER);
                    self.prompt.push_text(&text);
                }
                Role::Assistant => self.assistant(place, message)?,
                Role::User | Role::Tool => unreachable!("merged into a user turn"),
            },
        }
        self.transition(place);
        Ok(())
    }

    /// Content, tools and response format of a system or developer message.
    fn instructions(&mut self, message: &Message) -> Result<()> {
        self.prompt.push_text(&flatten(message)?);
        if !message.tools.is_empty() {
            self.prompt.push_text("\n\n");
            self.prompt.push_fixed(protocol::TOOLS_BEFORE);
            let schemas: Vec<String> = message.tools.iter().map(Json::to_string).collect();
            self.prompt.push_text(&schemas.join("\n"));
            self.prompt.push_fixed(protocol::TOOLS_AFTER);
        }
        if let Some(schema) = message.response_format.as_ref().filter(|s| s.is_truthy()) {
            self.prompt.push_text("\n\n");
            self.prompt.push_fixed(protocol::RESPONSE_FORMAT);
            self.prompt.push_text(&schema.to_string());
        }
        Ok(())
    }

    fn user(&mut self, blocks: &[Block<'_>]) -> Result<()> {
        self.prompt.push_token(protocol::USER);
        for (index, block) in blocks.iter().enumerate() {
            self.prompt.push_text(if index == 0 { "" } else { "\n\n" });
            match block {
                Block::Text(content) => {
                    self.prompt.push_text(&required(Role::User, *content)?);
                }
                Block::Result { content, .. } => {
                    self.prompt.push_text(protocol::RESULT_OPEN);
                    self.prompt.push_text(&result_text(*content));
                    self.prompt.push_text(protocol::RESULT_CLOSE);
                }
            }
        }
        Ok(())
    }

    fn assistant(&mut self, place: usize, message: &Message) -> Result<()> {
        let answers_task = place > 0 && self.turns[place - 1].task().is_some();
        if self.thinking && place >= self.thinking_from && !answers_task {
            self.prompt.push_text(&message.reasoning);
            self.prompt.push_token(protocol::THINK_CLOSE);
        }
        self.prompt.push_text(&flatten(message)?);
        if !message.written_calls.is_empty() {
            self.prompt.push_segments(&message.written_calls);
        } else if !message.tool_calls.is_empty() {
            self.tool_calls(&message.tool_calls)?;
        }
        if !message.without_end {
            self.prompt.push_token(protocol::END);
        }
        Ok(())
    }

    fn tool_calls(&mut self, calls: &[ToolCall]) -> Result<()> {
        self.prompt.push_text("\n\n");
        self.prompt.push_fixed(protocol::CALLS_OPEN);
        for call in calls {
            self.prompt.push_text("\n");
            self.prompt.push_fixed(protocol::INVOKE_OPEN);
            self.prompt.push_text(protocol::PARAMETER_NAME);
            self.prompt.push_text(&call.name);
            self.prompt.push_text(protocol::INVOKE_NAME_END);
            self.prompt.push_text("\n");
            for (index, (name, value)) in arguments(call)?.iter().enumerate() {
                self.prompt.push_text(if index == 0 { "" } else { "\n" });
                self.parameter(name, value);
            }
            self.prompt.push_text("\n");
            self.prompt.push_fixed(protocol::INVOKE_CLOSE);
        }
        self.prompt.push_text("\n");
        self.prompt.push_fixed(protocol::CALLS_CLOSE);
        Ok(())
    }

    fn parameter(&mut self, name: &str, value: &Json) {
        self.prompt.push_fixed(protocol::PARAMETER_OPEN);
        self.prompt.push_text(protocol::PARAMETER_NAME);
        self.prompt.push_text(name);
        if let Json::String(text) = value {
            self.prompt.push_text(protocol::PARAMETER_KINDS[0]);
            self.prompt.push_text(text);
        } else {
            self.prompt.push_text(protocol::PARAMETER_KINDS[1]);
            self.prompt.push_text(&value.to_string());
        }
        self.prompt.push_fixed(protocol::PARAMETER_CLOSE);
    }

    /// What hands the word to the model, if it is the model's after this turn.
    fn transition(&mut self, place: usize) {
        let turn = &self.turns[place];
        let next = self.turns.get(place + 1).map(Turn::role);
        if !matches!(next, None | Some(Role::Assistant | Role::LatestReminder)) {
            return;
        }
        match turn.task() {
            None if !turn.asks() => {}
            None => {
                self.prompt.push_token(protocol::ASSISTANT);
                self.open_answer(self.thinking && place >= self.thinking_from);
            }
            Some(Task::Action) => {
                self.prompt.push_token(protocol::ASSISTANT);
                self.open_answer(self.thinking);
                self.prompt.push_token(Task::Action.token());
            }
            Some(task) => self.prompt.push_token(task.token()),
        }
    }

    fn open_answer(&mut self, thinking: bool) {
        self.prompt.push_token(if thinking { protocol::THINK_OPEN } else { protocol::THINK_CLOSE });
    }
}

/// The arguments of a call, by name.
/// Text that is not JSON becomes one argument of its own.
fn arguments(call: &ToolCall) -> Result<Vec<(String, Json)>> {
    match Json::parse(&call.arguments) {
        Ok(Json::Object(pairs)) => Ok(pairs),
        Ok(other) => {
            Err(Error::ArgumentsNotObject { call: call.name.clone(), found: other.kind() })
        }
        Err(error @ json::Error::TooDeep { .. }) => Err(error.into()),
        Err(json::Error::Expected { .. }) => {
            Ok(vec![("arguments".to_owned(), Json::String(call.arguments.clone()))])
        }
    }
}

/// The text of a message that may have none.
fn flatten(message: &Message) -> Result<String> {
    message.content.as_ref().map_or(Ok(String::new()), |content| plain(message.role, content))
}

/// The text of content that must be there.
fn required(role: Role, content: Option<&Content>) -> Result<String> {
    plain(role, content.ok_or(Error::NoContent { role })?)
}

/// The text of content that may hold nothing else; parts are separated by an empty line.
fn plain(role: Role, content: &Content) -> Result<String> {
    let parts = match content {
        Content::Text(text) => return Ok(text.clone()),
        Content::Parts(parts) => parts,
    };
    let texts = parts.iter().map(|part| match part {
        Part::Text(text) => Ok(text.as_str()),
        Part::Other(kind) => Err(Error::UnsupportedPart { role, kind: kind.clone() }),
    });
    Ok(texts.collect::<Result<Vec<_>>>()?.join("\n\n"))
}

/// The text of a tool's result, in which other content is only named.
fn result_text(content: Option<&Content>) -> String {
    let parts = match content {
        None => return String::new(),
        Some(Content::Text(text)) => return text.clone(),
        Some(Content::Parts(parts)) => parts,
    };
    let texts = parts.iter().map(|part| match part {
        Part::Text(text) => text.clone(),
        Part::Other(kind) => format!("[Unsupported {kind}]"),
    });
    texts.collect::<Vec<_>>().join("\n\n")
}
