//! Reads what responses are asked for.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{
    items::{self, INPUT, Reader},
    store::Owner,
};
use crate::{
    chat::json::Json,
    serve::{
        core::Core,
        fields::{Fields, Result, value},
        job::{Choice, Job, Rules, Tool},
        openai::word_choice,
        options::{self, MOST_LOGPROBS},
        problem::Problem,
    },
};

/// A response that is asked for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) job: Job,
    pub(super) stream: bool,
    pub(super) store: bool,
    pub(super) background: bool,
    /// Whether the same request is answered the same.
    pub(super) is_repeatable: bool,
    /// The items of this request.
    pub(super) input: Vec<Json>,
    /// Those of the responses before it.
    pub(super) before: Vec<Json>,
    pub(super) shape: Shape,
}

/// What of a request decides how its response looks.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    /// What is said once more.
    pub(super) echo: Value,
    /// Functions that take any text.
    pub(super) custom: HashSet<String>,
    /// Whether reasoning is sealed for the client to carry.
    pub(super) is_sealed: bool,
    pub(super) with_logprobs: bool,
}

/// Reads a response that is asked for.
pub(super) fn read(mut fields: Fields, core: &Core, owner: &Owner) -> Result<Asked> {
    let fields = &mut fields;
    let named = core.served.find(&fields.need_text("model")?, &[])?;
    refuse_unknown(fields)?;
    let instructions = fields.text("instructions")?;
    let (previous, before, input) = input(fields, core, owner)?;
    let mut reader = Reader::new(&core.vault, instructions.as_deref());
    reader.read(&before)?;
    reader.read(&input)?;
    let mut messages = reader.finish();
    let (sampling, is_repeatable) = options::sampling(fields, core)?;
    let reasoning = fields.object("reasoning")?;
    let effort = reasoning.map(|mut reasoning| reasoning.text("effort")).transpose()?.flatten();
    let encoding = options::encoding(core, (named.thinks, None), effort.as_deref())?;
    let listed = fields.list("tools")?.unwrap_or_default();
    let Tools { echo: tools_echo, declared, tools, custom } = tools(listed)?;
    let (choice, choice_echo) = choice(fields.take("tool_choice"))?;
    let format = fields.object("text")?.and_then(|mut text| text.take("format"));
    let format_echo = format.as_ref().map(|format| value(format, "text.format")).transpose()?;
    let (format, schema) = options::format(format, "text.format")?;
    let parallel = fields.flag("parallel_tool_calls")?.unwrap_or(true);
    let rules = Rules { tools, choice, parallel, format };
    options::check(&rules)?;
    options::declare(&mut messages, declared, schema);
    let max_tokens = fields.whole("max_output_tokens", 1..=usize::MAX)?;
    let include = fields.texts("include", 64)?;
    let top = fields.whole("top_logprobs", 0..=MOST_LOGPROBS)?;
    let with_logprobs =
        top.is_some() || include.iter().any(|x| x == "message.output_text.logprobs");
    let mut job = options::conversation((messages, encoding), sampling, max_tokens, rules);
    job.priority = options::priority(fields)?;
    job.logprobs = with_logprobs.then(|| top.unwrap_or(0));
    let (store, background) = keeping(fields)?;
    let metadata = fields.take("metadata").map(|json| value(&json, "metadata")).transpose()?;
    let echo = json!({
        "model": named.name,
        "instructions": instructions,
        "previous_response_id": previous,
        "background": background,
        "store": store,
        "max_output_tokens": max_tokens,
        "parallel_tool_calls": parallel,
        "temperature": shown(sampling.temperature),
        "top_p": shown(sampling.top_p),
        "reasoning": {"effort": effort, "summary": null},
        "text": {"format": format_echo.unwrap_or_else(|| json!({"type": "text"}))},
        "tool_choice": choice_echo,
        "tools": tools_echo,
        "truncation": "disabled",
        "metadata": metadata.unwrap_or_else(|| json!({})),
    });
    let is_sealed = include.iter().any(|x| x == "reasoning.encrypted_content");
    let stream = fields.flag("stream")?.unwrap_or(false);
    let shape = Shape { echo, custom, is_sealed, with_logprobs };
    Ok(Asked { job, stream, store, background, is_repeatable, input, before, shape })
}

/// Refuses what would lead to a conversation or a prompt that is not here.
fn refuse_unknown(fields: &mut Fields) -> Result<()> {
    for unknown in ["conversation", "prompt"] {
        if fields.take(unknown).is_some() {
            let words = format!("{unknown}: this server keeps none; send `input`");
            return Err(Problem::field(unknown, words));
        }
    }
    Ok(())
}

/// Whether a response is stored, and whether it runs on by itself.
fn keeping(fields: &mut Fields) -> Result<(bool, bool)> {
    let store = fields.flag("store")?.unwrap_or(true);
    let background = fields.flag("background")?.unwrap_or(false);
    if background && !store {
        let words = "background: a response that runs on must be stored";
        return Err(Problem::field("background", words));
    }
    Ok((store, background))
}

/// The response before this one, the items up to it, and those of this request.
pub(super) fn input(
    fields: &mut Fields,
    core: &Core,
    owner: &Owner,
) -> Result<(Option<String>, Vec<Json>, Vec<Json>)> {
    let previous = fields.text("previous_response_id")?;
    let before = match &previous {
        None => vec![],
        Some(id) => core.store.context(id, owner).ok_or_else(|| {
            let words = format!("Previous response with id '{id}' not found.");
            Problem::field("previous_response_id", words).with_code("previous_response_not_found")
        })?,
    };
    let input = match fields.take("input") {
        Some(input) => items::list(input)?,
        None if previous.is_some() => vec![],
        None => return Err(Problem::field("input", "input: Field required")),
    };
    if input.is_empty() && before.is_empty() {
        return Err(Problem::field("input", "input: at least one item is required"));
    }
    Ok((previous, before, input))
}

/// The functions of a request, told to the client, to the model and to what checks calls.
#[derive(Debug, Default)]
struct Tools {
    echo: Vec<Value>,
    declared: Vec<Json>,
    tools: Vec<Tool>,
    custom: HashSet<String>,
}

/// The functions among tools; those that a service would carry out by itself are left out.
fn tools(items: Vec<Json>) -> Result<Tools> {
    let mut all = Tools::default();
    for (index, item) in items.into_iter().enumerate() {
        let at = format!("tools.{index}");
        let echo = value(&item, &at)?;
        let mut fields = Fields::of(item, &at)?;
        let kind = fields.need_text("type")?;
        let schema = match kind.as_str() {
            "function" => fields.take("parameters"),
            "custom" => Json::parse(&format!(
                r#"{{"type": "object", "properties": {{"{INPUT}": {{"type": "string"}}}}, "required": ["{INPUT}"]}}"#
            ))
            .ok(),
            _ => continue,
        };
        let name = fields.need_text("name")?;
        if kind == "custom" {
            all.custom.insert(name.clone());
        }
        let mut pairs = vec![("name".to_owned(), Json::String(name))];
        if let Some(words) = fields.text("description")? {
            pairs.push(("description".to_owned(), Json::String(words)));
        }
        pairs.extend(schema.map(|schema| ("parameters".to_owned(), schema)));
        let (declared, tool) = options::tool(Json::Object(pairs), &at)?;
        all.declared.push(declared);
        all.tools.push(tool);
        all.echo.push(echo);
    }
    Ok(all)
}

/// Whether functions are called, and how that is said once more.
fn choice(json: Option<Json>) -> Result<(Choice, Value)> {
    let at = "tool_choice";
    match json {
        None => Ok((Choice::Auto, json!("auto"))),
        Some(Json::String(word)) => Ok((word_choice(&word)?, json!(word))),
        Some(other) => {
            let echo = value(&other, at)?;
            let mut fields = Fields::of(other, at)?;
            let choice = match fields.need_text("type")?.as_str() {
                "function" | "custom" => Choice::Named(fields.need_text("name")?),
                "allowed_tools" => word_choice(&fields.need_text("mode")?)?,
                other => {
                    let words = format!("tool_choice.type: expected function, found `{other}`");
                    return Err(Problem::field("tool_choice.type", words));
                }
            };
            Ok((choice, echo))
        }
    }
}

/// A number as it was asked for, in a type that has more digits.
fn shown(number: f32) -> f64 {
    (f64::from(number) * 1e6).round() / 1e6
}
