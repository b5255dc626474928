//! `/v1/chat/completions`.

use axum::response::Response;
use serde_json::{Value, json};

use super::{finish, logprobs, models::FINGERPRINT, request, usage, voice};
use crate::serve::{
    call::Call,
    collect::{self, Collected, collect},
    fields::Result,
};

/// Answers a conversation.
pub(in crate::serve) async fn create(call: Call) -> Result<Response> {
    let asked = request::read(call.fields()?, &call.core)?;
    let again = call.again(asked.is_repeatable);
    let (n, with_logprobs) = (asked.job.n, asked.job.logprobs.is_some());
    let model = asked.named.name;
    let listener = call.core.ask(asked.job, Some(again)).await?;
    let generation = listener.generation();
    let (id, created) = (format!("chatcmpl-{}", generation.id), generation.created);
    if asked.stream {
        let flags = (asked.include_usage, with_logprobs);
        let chunks = voice::Chunks::new((id, created), model, n, flags);
        return Ok(call.stream(listener, chunks));
    }
    let answers = collect(listener, n).await?;
    let body = json!({
        "id": id,
        "object": "chat.completion",
        "created": created,
        "model": model,
        "system_fingerprint": FINGERPRINT,
        "choices": answers.iter().enumerate().map(|each| choice(each, with_logprobs)).collect::<Vec<_>>(),
        "usage": usage(&collect::usage(&answers), answers[0].outcome.as_ref()),
    });
    Ok(call.whole(&body, &answers))
}

fn choice((index, answer): (usize, &Collected), with_logprobs: bool) -> Value {
    let scored = with_logprobs.then(|| logprobs::chat(&answer.scored));
    json!({
        "index": index,
        "message": voice::message(answer),
        "logprobs": scored,
        "finish_reason": answer.finish().map(finish),
    })
}
