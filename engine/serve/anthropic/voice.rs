//! Messages as events of a stream.

use serde_json::{Value, json};

use super::{stop, usage};
use crate::serve::{
    collect::stopped,
    job::{Delta, Finish, Outcome, Usage},
    problem::Problem,
    stream::{Frames, Voice},
    vault::Vault,
};

/// Speaks as a message.
#[derive(Debug)]
pub(super) struct Blocks {
    id: String,
    model: String,
    n_prompt: usize,
    vault: Vault,
    /// The block that is open.
    open: Option<Open>,
    /// Blocks that were opened.
    n_blocks: usize,
    progress: Value,
    outcome: Option<Outcome>,
    has_failed: bool,
}

#[derive(Debug)]
enum Open {
    /// With all that was thought so far, to be signed.
    Thinking(String),
    Text,
    ToolUse,
}

impl Blocks {
    pub(super) const fn new(id: String, model: String, n_prompt: usize, vault: Vault) -> Self {
        Self {
            id,
            model,
            n_prompt,
            vault,
            open: None,
            n_blocks: 0,
            progress: Value::Null,
            outcome: None,
            has_failed: false,
        }
    }

    fn begin(&mut self, open: Open, block: &Value, out: &mut Frames) {
        self.end(out);
        out.event(&json!({
            "type": "content_block_start",
            "index": self.n_blocks,
            "content_block": block,
        }));
        self.n_blocks += 1;
        self.open = Some(open);
    }

    fn delta(&self, delta: &Value, out: &mut Frames) {
        let index = self.n_blocks - 1;
        out.event(&json!({"type": "content_block_delta", "index": index, "delta": delta}));
    }

    /// Closes the block that is open.
    fn end(&mut self, out: &mut Frames) {
        let Some(open) = self.open.take() else { return };
        if let Open::Thinking(thought) = open {
            let signature = self.vault.sign(&thought);
            self.delta(&json!({"type": "signature_delta", "signature": signature}), out);
        }
        out.event(&json!({"type": "content_block_stop", "index": self.n_blocks - 1}));
    }

    fn fail(&mut self, problem: &Problem, out: &mut Frames) {
        self.has_failed = true;
        out.event(&json!({"type": "error", "error": problem.anthropic()}));
    }
}

impl Voice for Blocks {
    fn open(&mut self, out: &mut Frames) {
        let usage = usage(&Usage { prompt: self.n_prompt, ..Usage::default() }, None);
        out.event(&json!({"type": "message_start", "message": {
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": [],
            "stop_reason": null,
            "stop_sequence": null,
            "usage": usage,
        }}));
        out.event(&json!({"type": "ping"}));
    }

    fn hear(&mut self, _: usize, delta: &Delta, out: &mut Frames) {
        match delta {
            _ if self.has_failed => {}
            Delta::Queued { position } => {
                self.progress = json!({"phase": "queued", "position": position});
            }
            Delta::Prefilled { done, total } => {
                self.progress = json!({"phase": "prefill", "done": done, "total": total});
            }
            Delta::Begun | Delta::Token(_) => {}
            Delta::Reasoning(text) => {
                if !matches!(self.open, Some(Open::Thinking(_))) {
                    let block = json!({"type": "thinking", "thinking": "", "signature": ""});
                    self.begin(Open::Thinking(String::new()), &block, out);
                }
                if let Some(Open::Thinking(thought)) = &mut self.open {
                    thought.push_str(text);
                }
                self.delta(&json!({"type": "thinking_delta", "thinking": text}), out);
            }
            Delta::Content(text) => {
                if !matches!(self.open, Some(Open::Text)) {
                    self.begin(Open::Text, &json!({"type": "text", "text": ""}), out);
                }
                self.delta(&json!({"type": "text_delta", "text": text}), out);
            }
            Delta::Call { id, name, .. } => {
                let id = format!("toolu_{id}");
                let block = json!({"type": "tool_use", "id": id, "name": name, "input": {}});
                self.begin(Open::ToolUse, &block, out);
            }
            Delta::Arguments { json, .. } => {
                self.delta(&json!({"type": "input_json_delta", "partial_json": json}), out);
            }
            Delta::CallEnd => self.end(out),
            Delta::Done(outcome) if outcome.finish == Finish::Canceled => {
                self.fail(&stopped(), out);
            }
            Delta::Done(outcome) => self.outcome = Some((**outcome).clone()),
            Delta::Failed(problem) => self.fail(problem, out),
        }
    }

    /// A ping, with how far things are beside it.
    fn beat(&mut self, out: &mut Frames) {
        let mut ping = json!({"type": "ping"});
        if self.n_blocks == 0 && !self.progress.is_null() {
            ping["ds4"] = self.progress.clone();
        }
        out.event(&ping);
    }

    fn close(&mut self, out: &mut Frames) {
        let Some(outcome) = self.outcome.take().filter(|_| !self.has_failed) else { return };
        self.end(out);
        let (reason, sequence) = stop(&outcome.finish);
        out.event(&json!({
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": sequence},
            "usage": usage(&outcome.usage, Some(&outcome)),
        }));
        out.event(&json!({"type": "message_stop"}));
    }
}
