//! The words of Anthropic's messages.

mod request;
mod voice;

use axum::response::Response;
use serde_json::{Value, json};

use super::{
    call::{self, Call},
    collect::{self, Collected, collect},
    fields::Result,
    job::{Finish, Outcome, Usage},
    vault::Vault,
};

/// `/v1/messages`.
pub(super) async fn create(call: Call) -> Result<Response> {
    let asked = request::read(call.fields()?, &call.core)?;
    let again = call.again(asked.is_repeatable);
    let model = asked.named.name;
    let listener = call.core.ask(asked.job, Some(again)).await?;
    let generation = listener.generation();
    let id = format!("msg_{}", generation.id);
    if asked.stream {
        let vault = call.core.vault.clone();
        let blocks = voice::Blocks::new(id, model, generation.n_prompt, vault);
        return Ok(call.stream(listener, blocks));
    }
    let mut answers = collect(listener, 1).await?;
    let answer = answers.remove(0);
    let body = message((&id, &model), &answer, &call.core.vault);
    Ok(call.whole(&body, &[answer]))
}

/// `/v1/messages/count_tokens`.
pub(super) async fn count(call: Call) -> Result<Response> {
    let job = request::count(call.fields()?, &call.core)?;
    let n = call.core.count(job).await?;
    Ok(call::json(&json!({"input_tokens": n})))
}

/// A whole message.
fn message((id, model): (&str, &str), answer: &Collected, vault: &Vault) -> Value {
    let mut content = vec![];
    if !answer.reasoning.is_empty() {
        content.push(json!({
            "type": "thinking",
            "thinking": answer.reasoning,
            "signature": vault.sign(&answer.reasoning),
        }));
    }
    if !answer.content.is_empty() {
        content.push(json!({"type": "text", "text": answer.content}));
    }
    for call in &answer.calls {
        let input: Value = serde_json::from_str(&call.arguments).unwrap_or_else(|_| json!({}));
        let id = format!("toolu_{}", call.id);
        content.push(json!({"type": "tool_use", "id": id, "name": call.name, "input": input}));
    }
    let (reason, sequence) = answer.finish().map_or((None, None), stop);
    json!({
        "id": id,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": reason,
        "stop_sequence": sequence,
        "usage": usage(&collect::usage(std::slice::from_ref(answer)), answer.outcome.as_ref()),
    })
}

/// Why an answer ended, and the text that ended it.
fn stop(finish: &Finish) -> (Option<&'static str>, Option<&str>) {
    match finish {
        Finish::Stop | Finish::Canceled => (Some("end_turn"), None),
        Finish::StopText(text) => (Some("stop_sequence"), Some(text)),
        Finish::Calls => (Some("tool_use"), None),
        Finish::MaxTokens | Finish::ContextFull => (Some("max_tokens"), None),
    }
}

/// What was counted; tokens that were reused are not counted as input.
fn usage(usage: &Usage, receipt: Option<&Outcome>) -> Value {
    let mut counts = json!({
        "input_tokens": usage.prompt.saturating_sub(usage.cached),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": usage.cached,
        "output_tokens": usage.completion,
    });
    if let Some(outcome) = receipt {
        counts["ds4"] = collect::receipt(outcome);
    }
    counts
}
