//! Reads what messages are asked for.

use crate::{
    chat::{Content, Message, Part, Role, ToolCall, json::Json},
    serve::{
        core::Core,
        fields::{Fields, Result, mismatch, value},
        job::{Choice, Format, Job, Rules, Tool},
        options::{self, MOST_STOPS},
        problem::Problem,
        served::Named,
    },
};

/// What clients call the models that they know; they ask for small ones under names of their own.
const OTHERS: [&str; 2] = ["claude-", "anthropic/"];

/// What a client writes before its instructions, different each time, for a service's accounts.
const BILLING: &str = "x-anthropic-billing-header:";

/// A message that is asked for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) named: Named,
    pub(super) job: Job,
    pub(super) stream: bool,
    /// Whether the same request is answered the same.
    pub(super) is_repeatable: bool,
}

/// Reads a message that is asked for.
pub(super) fn read(mut fields: Fields, core: &Core) -> Result<Asked> {
    let max_tokens = fields.whole("max_tokens", 1..=usize::MAX)?;
    let max_tokens =
        max_tokens.ok_or_else(|| Problem::field("max_tokens", "max_tokens: Field required"))?;
    let (named, mut job, is_repeatable) = conversation(&mut fields, core)?;
    job.max_tokens = Some(max_tokens);
    job.stop = fields.texts("stop_sequences", MOST_STOPS)?;
    let stream = fields.flag("stream")?.unwrap_or(false);
    Ok(Asked { named, job, stream, is_repeatable })
}

/// Reads a message whose tokens are to be counted.
pub(super) fn count(mut fields: Fields, core: &Core) -> Result<Job> {
    conversation(&mut fields, core).map(|(_, job, _)| job)
}

fn conversation(fields: &mut Fields, core: &Core) -> Result<(Named, Job, bool)> {
    let named = core.served.find(&fields.need_text("model")?, &OTHERS)?;
    let mut messages = vec![];
    if let Some(system) = fields.take("system") {
        messages.push(Message::new(Role::System, self::system(system)?));
    }
    let items = fields.list("messages")?;
    let items = items.ok_or_else(|| Problem::field("messages", "messages: Field required"))?;
    if items.is_empty() {
        let words = "messages: at least one message is required";
        return Err(Problem::field("messages", words));
    }
    for (index, item) in items.into_iter().enumerate() {
        message(item, &format!("messages.{index}"), core, &mut messages)?;
    }
    let (sampling, is_repeatable) = options::sampling(fields, core)?;
    let (thinks, effort, format) = output(fields)?;
    let encoding = options::encoding(core, (named.thinks, thinks), effort.as_deref())?;
    let items = fields.list("tools")?.unwrap_or_default();
    let tools: Vec<_> = items.into_iter().enumerate().map(tool).collect::<Result<_>>()?;
    let (declared, tools) = tools.into_iter().unzip();
    let (choice, parallel) = choice(fields.object("tool_choice")?)?;
    let (format, schema) = match format {
        Some(json) => options::format(Some(json), "output_config.format")?,
        None => (Format::Text, None),
    };
    let rules = Rules { tools, choice, parallel, format };
    options::check(&rules)?;
    options::declare(&mut messages, declared, schema);
    let job = options::conversation((messages, encoding), sampling, None, rules);
    Ok((named, job, is_repeatable))
}

/// Whether the model reasons, how long, and the form of its answer.
fn output(fields: &mut Fields) -> Result<(Option<bool>, Option<String>, Option<Json>)> {
    let thinks = match fields.object("thinking")? {
        None => None,
        Some(mut thinking) => match thinking.need_text("type")?.as_str() {
            "enabled" | "adaptive" => Some(true),
            "disabled" => Some(false),
            other => {
                let words = format!(
                    "thinking.type: Input should be 'enabled', 'adaptive' or 'disabled', found \
                     '{other}'"
                );
                return Err(Problem::field("thinking.type", words));
            }
        },
    };
    let (mut effort, mut format) = (None, fields.take("output_format"));
    if let Some(mut config) = fields.object("output_config")? {
        effort = config.text("effort")?;
        format = config.take("format").or(format);
    }
    // An effort alone does not make the model reason.
    Ok((thinks.or(Some(false).filter(|_| effort.is_some())), effort, format))
}

/// The operator's instructions.
fn system(json: Json) -> Result<String> {
    let blocks = match json {
        Json::String(text) => return Ok(text),
        Json::Array(blocks) => blocks,
        other => return Err(mismatch("system", "a string or an array of blocks", &other)),
    };
    let mut texts = vec![];
    for (index, block) in blocks.into_iter().enumerate() {
        let mut block = Fields::of(block, &format!("system.{index}"))?;
        block.text("type")?;
        let text = block.need_text("text")?;
        if !text.starts_with(BILLING) {
            texts.push(text);
        }
    }
    Ok(texts.join("\n\n"))
}

/// Adds a message, and one more for each result that it holds.
fn message(json: Json, at: &str, core: &Core, out: &mut Vec<Message>) -> Result<()> {
    let mut fields = Fields::of(json, at)?;
    let role = fields.need_text("role")?;
    let content = fields.need("content")?;
    let at = fields.at("content");
    match role.as_str() {
        "user" => user(content, &at, out),
        "assistant" => assistant(content, &at, core, out),
        "system" => {
            out.push(Message::new(Role::System, system(content)?));
            Ok(())
        }
        other => {
            let at = fields.at("role");
            let words = format!("{at}: Input should be 'user' or 'assistant', found '{other}'");
            Err(Problem::field(at, words))
        }
    }
}

fn user(content: Json, at: &str, out: &mut Vec<Message>) -> Result<()> {
    for (mut block, at) in blocks(content, at)? {
        let kind = block.need_text("type")?;
        match kind.as_str() {
            "text" => out.push(Message::new(Role::User, block.need_text("text")?)),
            "tool_result" => {
                let mut message = Message::new(Role::Tool, "");
                message.tool_call_id = block.need_text("tool_use_id")?;
                message.content = Some(result(block.take("content"), &at)?);
                out.push(message);
            }
            _ => return Err(unreadable(&at, &kind)),
        }
    }
    Ok(())
}

/// What a function returned; what is no text is only named.
fn result(content: Option<Json>, at: &str) -> Result<Content> {
    let Some(content) = content else { return Ok(Content::Text(String::new())) };
    if let Json::String(text) = content {
        return Ok(Content::Text(text));
    }
    let part = |(mut block, _): (Fields, String)| {
        let kind = block.need_text("type")?;
        if kind == "text" { block.need_text("text").map(Part::Text) } else { Ok(Part::Other(kind)) }
    };
    let parts = blocks(content, &format!("{at}.content"))?.into_iter().map(part);
    parts.collect::<Result<_>>().map(Content::Parts)
}

fn assistant(content: Json, at: &str, core: &Core, out: &mut Vec<Message>) -> Result<()> {
    let mut message = Message::new(Role::Assistant, "");
    let mut text = String::new();
    for (mut block, at) in blocks(content, at)? {
        let kind = block.need_text("type")?;
        match kind.as_str() {
            "text" => text.push_str(&block.need_text("text")?),
            "thinking" => {
                let thought = block.need_text("thinking")?;
                let signature = block.text("signature")?.unwrap_or_default();
                // What another model thought is not this one's reasoning.
                if core.vault.signed(&thought, &signature) {
                    message.reasoning.push_str(&thought);
                }
            }
            "redacted_thinking" => {}
            "tool_use" => {
                let input = block.take("input").unwrap_or(Json::Object(vec![]));
                message.tool_calls.push(ToolCall {
                    id: block.need_text("id")?,
                    name: block.need_text("name")?,
                    arguments: input.to_string(),
                });
            }
            _ => return Err(unreadable(&at, &kind)),
        }
    }
    message.content = Some(Content::Text(text));
    out.push(message);
    Ok(())
}

/// The blocks of content, each with where it is; a string is one of text.
fn blocks(content: Json, at: &str) -> Result<Vec<(Fields, String)>> {
    let items = match content {
        Json::String(text) => vec![Json::Object(vec![
            ("type".into(), Json::String("text".into())),
            ("text".into(), Json::String(text)),
        ])],
        Json::Array(items) => items,
        other => return Err(mismatch(at, "a string or an array of blocks", &other)),
    };
    let one = |(index, item)| {
        let at = format!("{at}.{index}");
        Fields::of(item, &at).map(|fields| (fields, at))
    };
    items.into_iter().enumerate().map(one).collect()
}

fn unreadable(at: &str, kind: &str) -> Problem {
    let words = format!(
        "{at}.type: this model reads text only, and content of type '{kind}' is none; nothing is \
         fetched for it"
    );
    Problem::field(format!("{at}.type"), words)
}

/// A function, as the model is told of it and as calls are checked.
fn tool((index, json): (usize, Json)) -> Result<(Json, Tool)> {
    let at = format!("tools.{index}");
    let mut fields = Fields::of(json, &at)?;
    if let Some(kind) = fields.text("type")?.filter(|kind| kind != "custom") {
        let words = format!("{at}.type: this server carries out no tools, and '{kind}' is one");
        return Err(Problem::field(format!("{at}.type"), words));
    }
    let name = fields.need_text("name")?;
    let schema = fields.need("input_schema")?;
    let schema_at = fields.at("input_schema");
    if !matches!(schema, Json::Object(_)) {
        return Err(mismatch(&schema_at, "an object", &schema));
    }
    value(&schema, &schema_at)?;
    let mut pairs = vec![("name".to_owned(), Json::String(name))];
    if let Some(words) = fields.text("description")? {
        pairs.push(("description".to_owned(), Json::String(words)));
    }
    pairs.push(("parameters".to_owned(), schema));
    options::tool(Json::Object(pairs), &at)
}

/// Whether functions are called, and whether several at once.
fn choice(fields: Option<Fields>) -> Result<(Choice, bool)> {
    let Some(mut fields) = fields else { return Ok((Choice::Auto, true)) };
    let parallel = !fields.flag("disable_parallel_tool_use")?.unwrap_or(false);
    let choice = match fields.need_text("type")?.as_str() {
        "auto" => Choice::Auto,
        "any" => Choice::Required,
        "none" => Choice::None,
        "tool" => Choice::Named(fields.need_text("name")?),
        other => {
            let words = format!(
                "tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none', found '{other}'"
            );
            return Err(Problem::field("tool_choice.type", words));
        }
    };
    Ok((choice, parallel))
}
