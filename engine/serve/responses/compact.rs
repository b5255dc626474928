//! `/v1/responses/compact`: a conversation as a summary that only this server can read.

use axum::response::Response;
use serde_json::json;

use super::{
    items::{Reader, SUMMARY},
    request,
    voice::usage,
};
use crate::{
    chat::{Message, Role},
    serve::{
        call::Call,
        collect::{self, collect},
        fields::Result,
        job::Rules,
        options,
    },
};

/// What the model is asked.
const ASK: &str = "\
Summarize this conversation for someone who continues it without having read it. Keep what was asked \
for, what was decided and done, names, paths and numbers that matter, what failed, and what is left \
to do. Write the summary alone.";

/// Tokens of a summary.
const MOST: usize = 4096;

/// Makes a summary of a conversation.
pub(in crate::serve) async fn create(call: Call) -> Result<Response> {
    let core = &call.core;
    let mut fields = call.fields()?;
    let named = core.served.find(&fields.need_text("model")?, &[])?;
    let instructions = fields.text("instructions")?;
    let (_, before, input) = request::input(&mut fields, core, &call.caller.name)?;
    let mut reader = Reader::new(&core.vault, instructions.as_deref());
    reader.read(&before)?;
    reader.read(&input)?;
    let mut messages = reader.finish();
    messages.push(Message::new(Role::User, ASK));
    let (sampling, is_repeatable) = options::sampling(&mut fields, core)?;
    let encoding = options::encoding(core, (named.thinks, Some(false)), None)?;
    let most = core.served.backend.limits().context / 4;
    let max_tokens = Some(MOST.min(most.max(1)));
    let job = options::conversation((messages, encoding), sampling, max_tokens, Rules::default());
    let listener = core.ask(job, Some(call.again(is_repeatable))).await?;
    let generation = listener.generation();
    let (id, created) = (generation.id.clone(), generation.created);
    let answers = collect(listener, 1).await?;
    let body = json!({
        "id": format!("resp_{id}"),
        "object": "response.compaction",
        "created_at": created,
        "model": named.name,
        "output": [{
            "id": format!("cmp_{id}"),
            "type": "compaction",
            "encrypted_content": core.vault.seal(SUMMARY, &answers[0].content),
        }],
        "usage": usage(&collect::usage(&answers), answers[0].outcome.as_ref()),
    });
    Ok(call.whole(&body, &answers))
}
