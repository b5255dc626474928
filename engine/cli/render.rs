//! `ds4 render`.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use serde::Serialize;

use super::{open, quiet_pipe, say};
use crate::chat::json::Json;
use crate::chat::{self, Effort, EncodeOptions, Message, Mode, Release, Role};
use crate::generate::prompt_tokens;
use crate::tokenizer::TokenId;

const EXAMPLES: &str = r#"Examples:
  Show the prompt of one question, as the model reads it:
    echo '[{"role": "user", "content": "Hi"}]' | ds4 render

  Without thinking, from a file:
    ds4 render --mode chat conversation.json

  With tools, as a chat service receives them:
    echo '{"messages": [{"role": "user", "content": "Rain in Rome?"}],
           "tools": [{"type": "function", "function": {"name": "weather"}}]}' | ds4 render

  Text and token ids, for a script:
    ds4 render --json conversation.json

The input is an array of messages, or an object with `messages` and, if wanted, `tools` and
`response_format`. A message has a `role` (system, developer, user, assistant, tool,
latest_reminder) and `content`; it may have `reasoning_content`, `tool_calls`, `tool_call_id`,
`tools`, `response_format`, `task` and `wo_eos`."#;

/// Renders messages as prompt text and token ids.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The conversation as JSON; standard input if left out or `-`.
    file: Option<PathBuf>,
    /// Whether the model thinks before it answers.
    #[arg(long, default_value = "thinking", value_parser =
        PossibleValuesParser::new(Mode::NAMES).try_map(|name| name.parse::<Mode>()))]
    mode: Mode,
    /// How long the model thinks: preview has none, high and max, 0731 has low, high and max.
    #[arg(long, value_parser =
        PossibleValuesParser::new(Effort::NAMES).try_map(|name| name.parse::<Effort>()))]
    effort: Option<Effort>,
    /// The release of the model that is to read the prompt.
    #[arg(long, default_value = "preview", value_parser =
        PossibleValuesParser::new(Release::NAMES).try_map(|name| name.parse::<Release>()))]
    release: Release,
    /// Keeps what the model thought in earlier turns.
    #[arg(long)]
    keep_thinking: bool,
    /// Leaves out the begin token.
    #[arg(long)]
    no_bos: bool,
    /// Prints `{"text": ..., "ids": [...]}`.
    #[arg(long)]
    json: bool,
    /// A GGUF file whose tokenizer makes the ids; by default the one chosen with `ds4 use`, else
    /// ds4-tiny.
    #[arg(short, long, value_name = "FILE.gguf", conflicts_with = "tokenizer")]
    model: Option<PathBuf>,
    /// A tokenizer.json that makes the ids.
    #[arg(long, value_name = "FILE")]
    tokenizer: Option<PathBuf>,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Rendered {
    text: String,
    ids: Vec<TokenId>,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let messages = conversation(&read(self.file.as_deref())?)?;
        let options = EncodeOptions {
            mode: self.mode,
            effort: self.effort,
            release: self.release,
            drop_thinking: !self.keep_thinking,
            add_bos: !self.no_bos,
        };
        let prompt = chat::encode(&messages, &options)?;
        if !self.json {
            return quiet_pipe(io::stdout().write_all(prompt.text().as_bytes()));
        }
        let tokenizer = open::tokenizer(self.model, self.tokenizer.as_deref())?;
        let ids = prompt_tokens(&tokenizer, &prompt);
        let json = serde_json::to_string(&Rendered { text: prompt.text(), ids })?;
        say(&json)
    }
}

fn read(file: Option<&Path>) -> anyhow::Result<String> {
    match file.filter(|file| *file != Path::new("-")) {
        Some(file) => {
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
        }
        None => {
            let mut text = String::new();
            let read = io::stdin().read_to_string(&mut text);
            read.context("cannot read standard input")?;
            Ok(text)
        }
    }
}

/// Reads an array of messages, or an object around it.
fn conversation(text: &str) -> anyhow::Result<Vec<Message>> {
    let fields = match Json::parse(text).context("the conversation is not JSON")? {
        Json::Object(fields) => fields,
        messages => return Ok(chat::messages_from_json(messages)?),
    };
    let mut messages = None;
    let (mut tools, mut response_format) = (Vec::new(), None);
    for (name, value) in fields {
        match name.as_str() {
            "messages" => messages = Some(chat::messages_from_json(value)?),
            "tools" => tools = chat::declared_tools(value)?,
            "response_format" => response_format = Some(value),
            // These steer what happens after the prompt.
            "model" | "stream" | "temperature" | "top_p" | "max_tokens" => {}
            _ => anyhow::bail!(
                "unknown field `{name}` beside `messages`\n\
                 help: the fields are messages, tools and response_format; \
                 mode, effort and release are flags"
            ),
        }
    }
    let mut messages = messages.context("the object has no `messages`")?;
    if !tools.is_empty() || response_format.is_some() {
        let first = instructions(&mut messages);
        first.tools.extend(tools);
        first.response_format = response_format.or_else(|| first.response_format.take());
    }
    Ok(messages)
}

/// The message that can declare tools: the first one, or an empty system message before it.
fn instructions(messages: &mut Vec<Message>) -> &mut Message {
    let declares = |message: &Message| matches!(message.role, Role::System | Role::Developer);
    if !messages.first().is_some_and(declares) {
        messages.insert(0, Message::new(Role::System, ""));
    }
    &mut messages[0]
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn rendered(text: &str) -> String {
        let options = EncodeOptions { mode: Mode::Chat, ..EncodeOptions::default() };
        chat::encode(&conversation(text).unwrap(), &options).unwrap().text()
    }

    #[test]
    fn tools_beside_the_messages_are_declared_first() {
        let tools = r#""tools": [{"function": {"name": "f"}}], "response_format": {"type": "x"}"#;
        let text = rendered(&format!(
            r#"{{"messages": [{{"role": "user", "content": "q"}}], "model": "m", {tools}}}"#
        ));
        assert!(text.starts_with("<｜begin▁of▁sentence｜>\n\n## Tools\n"), "{text}");
        assert!(text.contains("\n{\"name\": \"f\"}\n"), "{text}");
        assert!(text.ends_with("{\"type\": \"x\"}<｜User｜>q<｜Assistant｜></think>"), "{text}");

        let text = rendered(&format!(
            r#"{{"messages": [{{"role": "system", "content": "S"}}], {tools}}}"#
        ));
        assert!(text.starts_with("<｜begin▁of▁sentence｜>S\n\n## Tools\n"), "{text}");
    }

    #[test]
    fn fields_that_would_be_lost_are_refused() {
        let words = |text: &str| format!("{:#}", conversation(text).unwrap_err());
        expect![[r"
            unknown field `reasoning_effort` beside `messages`
            help: the fields are messages, tools and response_format; mode, effort and release are flags"]]
        .assert_eq(&words(r#"{"messages": [], "reasoning_effort": "max"}"#));
        expect!["the object has no `messages`"].assert_eq(&words("{}"));
        expect!["message 1: `role` is missing"]
            .assert_eq(&words(r#"[{"role": "user"}, {"content": "x"}]"#));
    }
}
