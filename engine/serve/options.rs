//! Options that several protocols share.

use super::{
    core::Core,
    fields::{Fields, Result, value},
    job::{Asked, Choice, Format, Job, Rules, Tool},
    problem::Problem,
    vault::any_seed,
};
use crate::{
    chat::{Effort, EncodeOptions, Message, Mode, Release, Role, json::Json},
    sample::SamplingOptions,
    schedule::Priority,
    tokenizer::TokenId,
};

/// Most others beside a token whose logarithm of probability is asked for.
pub(crate) const MOST_LOGPROBS: usize = 20;

/// Most texts that end an answer.
pub(crate) const MOST_STOPS: usize = 16;

/// How tokens are chosen, and whether the same request is answered the same.
pub(crate) fn sampling(fields: &mut Fields, core: &Core) -> Result<(SamplingOptions, bool)> {
    let base = core.served.sampling;
    let seed = fields.seed("seed")?.or_else(|| core.served.is_seeded.then_some(base.seed));
    let top_p = fields.number("top_p", 0.0..=1.0)?.map(|share| share.max(f32::MIN_POSITIVE));
    let options = SamplingOptions {
        temperature: fields.number("temperature", 0.0..=2.0)?.unwrap_or(base.temperature),
        top_k: fields.whole("top_k", 0..=usize::MAX)?.unwrap_or(base.top_k),
        top_p: top_p.unwrap_or(base.top_p),
        min_p: fields.number("min_p", 0.0..=1.0)?.unwrap_or(base.min_p),
        repetition_penalty: fields
            .number("repetition_penalty", 0.01..=100.0)?
            .unwrap_or(base.repetition_penalty),
        presence_penalty: fields
            .number("presence_penalty", -2.0..=2.0)?
            .unwrap_or(base.presence_penalty),
        frequency_penalty: fields
            .number("frequency_penalty", -2.0..=2.0)?
            .unwrap_or(base.frequency_penalty),
        penalty_window: base.penalty_window,
        seed: seed.unwrap_or_else(any_seed),
    };
    let is_repeatable = seed.is_some() || options.temperature <= 0.0;
    Ok((options, is_repeatable))
}

/// Who goes first.
pub(crate) fn priority(fields: &mut Fields) -> Result<Priority> {
    let named = |name: &str| Priority::ALL.into_iter().find(|priority| priority.name() == name);
    let Some(name) = fields.text("priority")? else { return Ok(Priority::Normal) };
    named(&name).ok_or_else(|| {
        Problem::field("priority", format!("priority: expected high, normal or low, found {name}"))
    })
}

/// What is added to logits, by token.
pub(crate) fn bias(fields: &mut Fields, core: &Core) -> Result<Vec<(TokenId, f32)>> {
    let at = "logit_bias";
    let Some(json) = fields.take(at) else { return Ok(vec![]) };
    let Json::Object(pairs) = &json else {
        return Err(super::fields::mismatch(at, "an object of token ids", &json));
    };
    let names: Vec<String> = pairs.iter().map(|(name, _)| name.clone()).collect();
    let mut numbers = Fields::of(json, at)?;
    let n_vocab = core.served.tokenizer.n_tokens();
    let one = |name: String| {
        let token = name.parse().ok().filter(|token: &u32| (*token as usize) < n_vocab);
        let token = token.ok_or_else(|| {
            let words = format!("{at}: expected token ids below {n_vocab}, found `{name}`");
            Problem::field(at, words)
        })?;
        let number = numbers.number(&name, -100.0..=100.0)?;
        Ok((TokenId(token), number.unwrap_or_default()))
    };
    names.into_iter().map(one).collect()
}

/// How a conversation is encoded: whether the model reasons, and for how long.
///
/// `effort` is the word that a client uses; clients have more of them than the model.
pub(crate) fn encoding(
    core: &Core,
    (named, asked): (Option<bool>, Option<bool>),
    effort: Option<&str>,
) -> Result<EncodeOptions> {
    let release = core.served.release;
    let is_preview = release == Release::Preview;
    let effort = match effort {
        None => None,
        Some("none") => Some(Effort::None),
        Some("minimal" | "low") => Some(Effort::Low),
        Some("medium" | "high") => Some(Effort::High),
        Some("xhigh" | "max") => Some(Effort::Max),
        Some(other) => {
            let words = format!(
                "reasoning effort: expected none, minimal, low, medium, high, xhigh or max, \
                 found `{other}`"
            );
            return Err(Problem::field("reasoning_effort", words));
        }
    };
    let wanted = asked.or(effort.map(|effort| effort != Effort::None));
    let thinks = named.or(wanted).unwrap_or(core.served.thinks);
    let effort = match effort {
        Some(Effort::None) => None,
        // The preview knows no short reasoning.
        Some(Effort::Low) if is_preview => None,
        other => other,
    };
    Ok(EncodeOptions {
        mode: if thinks { Mode::Thinking } else { Mode::Chat },
        effort: effort.filter(|_| thinks),
        release,
        ..EncodeOptions::default()
    })
}

/// A function as the model is told of it, and as calls are checked.
pub(crate) fn tool(function: Json, at: &str) -> Result<(Json, Tool)> {
    let name = match function.get("name") {
        Some(Json::String(name)) if is_name(name) => name.clone(),
        Some(Json::String(name)) => {
            let words = format!(
                "{at}.name: expected letters, digits, `_`, `-`, `.` and `:`, 1 to 128 of them, \
                 found `{name}`"
            );
            return Err(Problem::field(format!("{at}.name"), words));
        }
        _ => {
            let at = format!("{at}.name");
            return Err(Problem::field(&at, format!("{at}: Field required")));
        }
    };
    let schema = match function.get("parameters") {
        None | Some(Json::Null) => serde_json::json!({"type": "object", "properties": {}}),
        Some(schema @ Json::Object(_)) => value(schema, &format!("{at}.parameters"))?,
        Some(other) => {
            return Err(super::fields::mismatch(&format!("{at}.parameters"), "an object", other));
        }
    };
    Ok((function, Tool { name, schema }))
}

/// Names that can stand in the model's own form of a call.
fn is_name(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_-.:".contains(c);
    (1..=128).contains(&name.len()) && name.chars().all(is_allowed)
}

/// Refuses what no request can ask: a function that there is not, or two of one name.
pub(crate) fn check(rules: &Rules) -> Result<()> {
    for (place, tool) in rules.tools.iter().enumerate() {
        if rules.tools[..place].iter().any(|other| other.name == tool.name) {
            let words = format!("tools: Tool names must be unique, `{}` is there twice", tool.name);
            return Err(Problem::field("tools", words));
        }
    }
    match &rules.choice {
        Choice::Named(name) if !rules.tools.iter().any(|tool| tool.name == *name) => {
            let words = format!("tool_choice: Tool `{name}` not found in provided tools");
            Err(Problem::field("tool_choice", words))
        }
        Choice::Required if rules.tools.is_empty() => {
            let words = "tool_choice: a call is required, and there are no tools";
            Err(Problem::field("tool_choice", words))
        }
        _ => Ok(()),
    }
}

/// Tells the model of functions and of the schema of its answers, in the first message if that is
/// the operator's, else in one before it.
pub(crate) fn declare(messages: &mut Vec<Message>, tools: Vec<Json>, schema: Option<Json>) {
    if tools.is_empty() && schema.is_none() {
        return;
    }
    if messages.first().is_none_or(|first| first.role != Role::System) {
        messages.insert(0, Message::new(Role::System, ""));
    }
    messages[0].tools = tools;
    messages[0].response_format = schema;
}

/// The form of content, from the object that OpenAI's protocols use, and the schema that the model
/// is told.
pub(crate) fn format(json: Option<Json>, at: &str) -> Result<(Format, Option<Json>)> {
    let Some(json) = json else { return Ok((Format::Text, None)) };
    let mut fields = Fields::of(json, at)?;
    let kind = fields.need_text("type")?;
    match kind.as_str() {
        "text" => Ok((Format::Text, None)),
        "json_object" => Ok((Format::JsonObject, None)),
        "json_schema" => {
            // One of the two protocols has the schema a level deeper.
            let mut inner = fields.object("json_schema")?.unwrap_or(fields);
            let at = inner.at("schema");
            let schema = inner.need("schema")?;
            Ok((Format::JsonSchema(value(&schema, &at)?), Some(schema)))
        }
        other => {
            let at = format!("{at}.type");
            let words = format!("{at}: expected text, json_object or json_schema, found `{other}`");
            Err(Problem::field(at, words))
        }
    }
}

/// A job for a conversation.
pub(crate) fn conversation(
    (messages, options): (Vec<Message>, EncodeOptions),
    sampling: SamplingOptions,
    max_tokens: Option<usize>,
    rules: Rules,
) -> Job {
    Job {
        asked: Asked::Chat { messages, options },
        n: 1,
        sampling,
        max_tokens,
        stop: vec![],
        priority: Priority::Normal,
        rules,
        bias: vec![],
        logprobs: None,
    }
}
