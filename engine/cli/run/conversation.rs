//! The messages so far, and how they become a prompt.

use anyhow::Result;

use super::options::ChatArgs;
use crate::{
    chat::{self, EncodeOptions, Message, Mode, Parsed, Role, ToolCall, json::Json},
    cli::sessions::{Saved, now},
    generate::prompt_tokens,
    grammar::Format,
    tokenizer::{TokenId, Tokenizer},
};

/// A conversation between one person and the model.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Conversation {
    system: Option<String>,
    tools: Vec<Json>,
    messages: Vec<Message>,
    options: EncodeOptions,
    /// The schema that answers must follow, which the model is told.
    format: Option<Json>,
}

impl Conversation {
    /// A conversation without messages.
    pub(in crate::cli) fn new(args: &ChatArgs) -> Result<Self> {
        let options = EncodeOptions {
            mode: args.mode().unwrap_or(Mode::Chat),
            effort: args.effort,
            release: args.release,
            ..EncodeOptions::default()
        };
        options.effort_text()?;
        let (system, tools) = (args.system.clone(), args.declared_tools()?);
        Ok(Self { system, tools, messages: Vec::new(), options, format: None })
    }

    /// Goes on with a conversation that was kept; what `args` say comes before what it says.
    pub(super) fn continue_with(&mut self, saved: Saved, args: &ChatArgs) {
        self.messages = saved.messages;
        if args.mode().is_none() {
            self.options.mode = saved.mode;
        }
        if self.system.is_none() {
            self.system = saved.system;
        }
        if args.tools.is_none() {
            self.tools = saved.tools;
        }
    }

    /// The conversation as it is kept, with the model called `model`.
    pub(super) fn saved(&self, model: &str) -> Saved {
        Saved {
            model: model.to_owned(),
            updated: now(),
            mode: self.options.mode,
            system: self.system.clone(),
            tools: self.tools.clone(),
            messages: self.messages.clone(),
        }
    }

    /// Tells the model of the format of its answers.
    pub(super) fn set_format(&mut self, format: &Format) {
        if let Format::JsonSchema(schema) = format {
            self.format = Json::parse(&schema.to_string()).ok();
        }
    }

    /// The declared tools.
    pub(super) fn tools(&self) -> &[Json] {
        &self.tools
    }

    /// Goes on after these messages.
    pub(in crate::cli) fn follow(&mut self, messages: Vec<Message>) {
        self.messages = messages;
    }

    /// Adds a message of the person.
    pub(in crate::cli) fn ask(&mut self, text: &str) {
        self.messages.push(Message::new(Role::User, text));
    }

    /// Takes the person's last message back.
    pub(super) fn take_back(&mut self) {
        if self.messages.last().is_some_and(|message| message.role == Role::User) {
            self.messages.pop();
        }
    }

    /// Adds an answer, whole or not.
    pub(super) fn answered(&mut self, parsed: Parsed) {
        let mut message = Message::new(Role::Assistant, parsed.content);
        message.reasoning = parsed.reasoning;
        let calls = parsed.tool_calls.into_iter();
        message.tool_calls = calls
            .map(|call| ToolCall { id: String::new(), name: call.name, arguments: call.arguments })
            .collect();
        self.messages.push(message);
    }

    /// Begins anew; instructions and mode stay.
    pub(super) fn clear(&mut self) {
        self.messages.clear();
    }

    /// Replaces the instructions; empty text removes them.
    pub(super) fn set_system(&mut self, text: &str) {
        self.system = Some(text.to_owned()).filter(|text| !text.is_empty());
    }

    /// Whether the next answers begin with reasoning.
    pub(in crate::cli) fn set_mode(&mut self, mode: Mode) {
        self.options.mode = mode;
    }

    pub(in crate::cli) fn mode(&self) -> Mode {
        self.options.mode
    }

    /// Messages so far, without the instructions.
    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    /// The tokens of the whole conversation, up to where the model is to answer.
    pub(in crate::cli) fn prompt(&self, tokenizer: &Tokenizer) -> Result<Vec<TokenId>> {
        let mut messages = Vec::with_capacity(self.messages.len() + 1);
        if self.system.is_some() || !self.tools.is_empty() || self.format.is_some() {
            let mut system = Message::new(Role::System, self.system.clone().unwrap_or_default());
            system.tools.clone_from(&self.tools);
            system.response_format.clone_from(&self.format);
            messages.push(system);
        }
        messages.extend(self.messages.iter().cloned());
        Ok(prompt_tokens(tokenizer, &chat::encode(&messages, &self.options)?))
    }
}
