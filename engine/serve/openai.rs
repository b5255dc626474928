//! The words of OpenAI's chat and text completions.

pub(super) mod chat;
pub(super) mod completions;
mod logprobs;
pub(super) mod models;
mod request;
pub(super) use request::word_choice;
mod voice;

use serde_json::{Value, json};

use super::job::{Finish, Outcome, Usage};

/// Why an answer ended.
pub(super) const fn finish(finish: &Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::StopText(_) | Finish::Canceled => "stop",
        Finish::Calls => "tool_calls",
        Finish::MaxTokens | Finish::ContextFull => "length",
    }
}

/// What was counted.
fn usage(usage: &Usage, receipt: Option<&Outcome>) -> Value {
    let mut counts = json!({
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.total(),
        "prompt_tokens_details": {"cached_tokens": usage.cached},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
        // DeepSeek's names of the same.
        "prompt_cache_hit_tokens": usage.cached,
        "prompt_cache_miss_tokens": usage.prompt.saturating_sub(usage.cached),
    });
    if let Some(outcome) = receipt {
        counts["ds4"] = super::collect::receipt(outcome);
    }
    counts
}
