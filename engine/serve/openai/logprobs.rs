//! Logarithms of probabilities in OpenAI's two shapes.

use serde_json::{Map, Value, json};

use crate::serve::job::Scored;

/// The least that is said, where a token was impossible.
const LEAST: f32 = -9999.0;

/// Of a chat completion.
pub(super) fn chat(tokens: &[Scored]) -> Value {
    let entry = |bytes: &[u8], logprob: f32| {
        json!({
            "token": String::from_utf8_lossy(bytes),
            "logprob": logprob.max(LEAST),
            "bytes": bytes,
        })
    };
    let token = |scored: &Scored| {
        let mut entry_of = entry(&scored.bytes, scored.logprob);
        let top = scored.top.iter().map(|(bytes, logprob)| entry(bytes, *logprob));
        entry_of["top_logprobs"] = Value::Array(top.collect());
        entry_of
    };
    json!({"content": tokens.iter().map(token).collect::<Vec<_>>(), "refusal": null})
}

/// Of a text completion, whose first token begins at byte `at`.
pub(super) fn text(tokens: &[Scored], mut at: usize) -> Value {
    let (mut texts, mut logprobs, mut tops, mut offsets) = (vec![], vec![], vec![], vec![]);
    for scored in tokens {
        texts.push(String::from_utf8_lossy(&scored.bytes).into_owned());
        logprobs.push(scored.logprob.max(LEAST));
        let others = scored.top.iter().map(|(bytes, logprob)| {
            (String::from_utf8_lossy(bytes).into_owned(), json!(logprob.max(LEAST)))
        });
        tops.push(Value::Object(others.collect::<Map<_, _>>()));
        offsets.push(at);
        at += scored.bytes.len();
    }
    json!({
        "tokens": texts,
        "token_logprobs": logprobs,
        "top_logprobs": tops,
        "text_offset": offsets,
    })
}
