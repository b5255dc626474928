//! Reads what chat completions are asked for.

use crate::{
    chat::{Message, Role, json::Json},
    serve::{
        core::{Core, MOST_ANSWERS},
        fields::{Fields, Result, mismatch},
        job::{Choice, Job, Rules},
        options::{self, MOST_LOGPROBS, MOST_STOPS},
        problem::Problem,
        served::Named,
    },
};

/// A chat completion that is asked for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) named: Named,
    pub(super) job: Job,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
    /// Whether the same request is answered the same.
    pub(super) is_repeatable: bool,
}

/// Reads a chat completion.
pub(super) fn read(mut fields: Fields, core: &Core) -> Result<Asked> {
    let fields = &mut fields;
    let named = core.served.find(&fields.need_text("model")?, &[])?;
    let mut messages = messages(fields.need("messages")?)?;
    let (sampling, is_repeatable) = options::sampling(fields, core)?;
    let asked = thinking(fields)?;
    let effort = fields.text("reasoning_effort")?;
    let options = options::encoding(core, (named.thinks, asked), effort.as_deref())?;
    let tools = tools(fields.list("tools")?.unwrap_or_default())?;
    let (declared, tools): (Vec<_>, Vec<_>) = tools.into_iter().unzip();
    let (format, schema) = options::format(fields.take("response_format"), "response_format")?;
    let has_tools = !tools.is_empty();
    let rules = Rules {
        tools,
        choice: choice(fields.take("tool_choice"))?,
        parallel: fields.flag("parallel_tool_calls")?.unwrap_or(true),
        format,
    };
    options::check(&rules)?;
    options::declare(&mut messages, declared, schema);
    let most = 1..=usize::MAX;
    let max_tokens = fields.whole("max_completion_tokens", most.clone())?;
    let max_tokens = max_tokens.or(fields.whole("max_tokens", most)?);
    let mut job = options::conversation((messages, options), sampling, max_tokens, rules);
    job.n = fields.whole("n", 1..=MOST_ANSWERS)?.unwrap_or(1);
    job.stop = fields.texts("stop", MOST_STOPS)?;
    job.priority = options::priority(fields)?;
    job.bias = options::bias(fields, core)?;
    let top = fields.whole("top_logprobs", 0..=MOST_LOGPROBS)?;
    job.logprobs = fields.flag("logprobs")?.unwrap_or(false).then(|| top.unwrap_or(0));
    if top.is_some() && job.logprobs.is_none() {
        let words = "top_logprobs: `logprobs` must be true where this is given";
        return Err(Problem::field("top_logprobs", words));
    }
    if has_tools && fields.take("functions").is_some() {
        return Err(Problem::field("functions", "functions: expected `tools` alone"));
    }
    let stream = fields.flag("stream")?.unwrap_or(false);
    let usage = fields.object("stream_options")?;
    let usage = usage.map(|mut options| options.flag("include_usage")).transpose()?.flatten();
    let include_usage = usage.unwrap_or(false);
    Ok(Asked { named, job, stream, include_usage, is_repeatable })
}

/// The messages of a conversation.
fn messages(json: Json) -> Result<Vec<Message>> {
    let Json::Array(items) = json else { return Err(mismatch("messages", "an array", &json)) };
    if items.is_empty() {
        let words = "messages: at least one message is required";
        return Err(Problem::field("messages", words));
    }
    let message = |(index, item): (usize, Json)| {
        let mut message = Message::from_json(item).map_err(|error| {
            let problem = Problem::from(error);
            Problem { param: Some(format!("messages.{index}")), ..problem }
        })?;
        // What is the server's to say comes from other fields.
        message.tools.clear();
        (message.response_format, message.task, message.without_end) = (None, None, false);
        if message.role == Role::Developer {
            message.role = Role::System;
        }
        Ok(message)
    };
    items.into_iter().enumerate().map(message).collect()
}

/// Whether the model is to reason, in the words of DeepSeek and of those who run its models.
fn thinking(fields: &mut Fields) -> Result<Option<bool>> {
    if let Some(mut thinking) = fields.object("thinking")? {
        let kind = thinking.need_text("type")?;
        return match kind.as_str() {
            "enabled" | "adaptive" | "auto" => Ok(Some(true)),
            "disabled" => Ok(Some(false)),
            other => {
                let words = format!("thinking.type: expected enabled or disabled, found `{other}`");
                Err(Problem::field("thinking.type", words))
            }
        };
    }
    let Some(mut arguments) = fields.object("chat_template_kwargs")? else { return Ok(None) };
    Ok(arguments.flag("thinking")?.or(arguments.flag("enable_thinking")?))
}

/// The functions of a list of tools.
fn tools(items: Vec<Json>) -> Result<Vec<(Json, crate::serve::job::Tool)>> {
    let one = |(index, item): (usize, Json)| {
        let at = format!("tools.{index}");
        let mut fields = Fields::of(item, &at)?;
        let kind = fields.text("type")?.unwrap_or_else(|| "function".into());
        if kind != "function" {
            let words = format!("{at}.type: expected function, found `{kind}`");
            return Err(Problem::field(format!("{at}.type"), words));
        }
        let function = fields.need("function")?;
        options::tool(function, &fields.at("function"))
    };
    items.into_iter().enumerate().map(one).collect()
}

/// Whether functions are called.
fn choice(json: Option<Json>) -> Result<Choice> {
    let at = "tool_choice";
    let fields = match json {
        None => return Ok(Choice::Auto),
        Some(Json::String(word)) => return word_choice(&word),
        Some(other) => other,
    };
    let mut fields = Fields::of(fields, at)?;
    let kind = fields.need_text("type")?;
    match kind.as_str() {
        "function" => {
            let mut function = fields.object("function")?.unwrap_or(fields);
            Ok(Choice::Named(function.need_text("name")?))
        }
        "allowed_tools" => {
            let mut allowed = fields.object("allowed_tools")?.unwrap_or(fields);
            word_choice(&allowed.need_text("mode")?)
        }
        other => {
            let words = format!("tool_choice.type: expected function, found `{other}`");
            Err(Problem::field("tool_choice.type", words))
        }
    }
}

/// Whether functions are called, as a word.
pub(in crate::serve) fn word_choice(word: &str) -> Result<Choice> {
    match word {
        "none" => Ok(Choice::None),
        "auto" => Ok(Choice::Auto),
        "required" => Ok(Choice::Required),
        other => {
            let words = format!("tool_choice: expected none, auto or required, found `{other}`");
            Err(Problem::field("tool_choice", words))
        }
    }
}
