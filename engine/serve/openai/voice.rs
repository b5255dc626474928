//! Chat completions as chunks of a stream.

use serde_json::{Value, json};

use super::{finish, logprobs, usage};
use crate::serve::{
    collect::{self, stopped},
    job::{Delta, Finish, Outcome, Scored, Usage},
    problem::Problem,
    stream::{Frames, Voice},
};

/// Speaks as a chat completion.
#[derive(Debug)]
pub(super) struct Chunks {
    pub(super) id: String,
    pub(super) created: u64,
    pub(super) model: String,
    pub(super) n: usize,
    pub(super) include_usage: bool,
    pub(super) with_logprobs: bool,
    rows: Vec<Row>,
    usage: Usage,
    receipt: Option<Outcome>,
    progress: Value,
    has_failed: bool,
}

#[derive(Debug, Default)]
struct Row {
    scored: Vec<Scored>,
}

impl Chunks {
    pub(super) fn new(
        (id, created): (String, u64),
        model: String,
        n: usize,
        (include_usage, with_logprobs): (bool, bool),
    ) -> Self {
        Self {
            id,
            created,
            model,
            n,
            include_usage,
            with_logprobs,
            rows: (0..n).map(|_| Row::default()).collect(),
            usage: Usage::default(),
            receipt: None,
            progress: Value::Null,
            has_failed: false,
        }
    }

    fn chunk(&self, choices: &[Value]) -> Value {
        let mut chunk = json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "system_fingerprint": super::models::FINGERPRINT,
            "choices": choices,
        });
        if self.include_usage {
            chunk["usage"] = Value::Null;
        }
        chunk
    }

    fn delta(&mut self, row: usize, delta: &Value, out: &mut Frames) {
        let mut choice = json!({"index": row, "delta": delta, "finish_reason": null});
        if self.with_logprobs {
            let scored = std::mem::take(&mut self.rows[row].scored);
            let is_silent = scored.is_empty();
            choice["logprobs"] = if is_silent { Value::Null } else { logprobs::chat(&scored) };
        }
        out.data(&self.chunk(&[choice]));
    }

    fn done(&mut self, row: usize, outcome: &Outcome, out: &mut Frames) {
        if outcome.finish == Finish::Canceled {
            return self.fail(&stopped(), out);
        }
        let reason = finish(&outcome.finish);
        out.data(&self.chunk(&[json!({"index": row, "delta": {}, "finish_reason": reason})]));
        self.usage.add(&outcome.usage);
        self.receipt.get_or_insert_with(|| outcome.clone());
    }

    fn fail(&mut self, problem: &Problem, out: &mut Frames) {
        self.has_failed = true;
        out.data(&json!({"error": problem.openai()}));
    }
}

impl Voice for Chunks {
    fn open(&mut self, out: &mut Frames) {
        for row in 0..self.n {
            self.delta(row, &json!({"role": "assistant", "content": ""}), out);
        }
    }

    fn hear(&mut self, row: usize, delta: &Delta, out: &mut Frames) {
        if self.has_failed {
            return;
        }
        let said = match delta {
            Delta::Queued { position } => {
                self.progress = json!({"phase": "queued", "position": position});
                return;
            }
            Delta::Prefilled { done, total } => {
                self.progress = json!({"phase": "prefill", "done": done, "total": total});
                return;
            }
            Delta::Begun | Delta::CallEnd => return,
            Delta::Token(token) => return self.rows[row].scored.push(token.clone()),
            Delta::Reasoning(text) => json!({"reasoning_content": text}),
            Delta::Content(text) => json!({"content": text}),
            Delta::Call { index, id, name } => json!({"tool_calls": [{
                "index": index,
                "id": format!("call_{id}"),
                "type": "function",
                "function": {"name": name, "arguments": ""},
            }]}),
            Delta::Arguments { index, json } => {
                json!({"tool_calls": [{"index": index, "function": {"arguments": json}}]})
            }
            Delta::Done(outcome) => return self.done(row, outcome, out),
            Delta::Failed(problem) => return self.fail(problem, out),
        };
        self.progress = json!({"phase": "decode"});
        self.delta(row, &said, out);
    }

    /// A chunk that changes nothing; how far things are is beside it.
    fn beat(&mut self, out: &mut Frames) {
        let mut chunk = self.chunk(&[json!({"index": 0, "delta": {}, "finish_reason": null})]);
        chunk["ds4"] = self.progress.clone();
        out.data(&chunk);
    }

    fn close(&mut self, out: &mut Frames) {
        if self.include_usage && !self.has_failed {
            let mut chunk = self.chunk(&[]);
            chunk["usage"] = usage(&self.usage, self.receipt.as_ref());
            out.data(&chunk);
        }
        out.text("[DONE]");
    }
}

/// The message of a whole answer.
pub(super) fn message(answer: &collect::Collected) -> Value {
    let calls = answer.calls.iter().map(|call| {
        json!({
            "id": format!("call_{}", call.id),
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        })
    });
    let calls: Vec<Value> = calls.collect();
    let is_silent = answer.content.is_empty() && !calls.is_empty();
    let content = if is_silent { Value::Null } else { json!(answer.content) };
    let mut message = json!({"role": "assistant", "content": content, "refusal": null});
    if !answer.reasoning.is_empty() {
        message["reasoning_content"] = json!(answer.reasoning);
    }
    if !calls.is_empty() {
        message["tool_calls"] = Value::Array(calls);
    }
    message
}
