//! Responses as typed events of a stream; what is not streamed is what is left after the last.

use serde_json::{Value, json};

use super::{
    items::{INPUT, REASONING},
    request::Shape,
};
use crate::serve::{
    collect,
    job::{Delta, Finish, Outcome, Scored, Usage},
    problem::Problem,
    stream::{Frames, Voice},
    vault::Vault,
};

/// Takes the whole response when it has ended.
pub(super) type Keep = Box<dyn FnOnce(&Value) + Send>;

/// Speaks as a response.
pub(super) struct Told {
    id: String,
    created: u64,
    shape: Shape,
    vault: Vault,
    /// Items that ended.
    items: Vec<Value>,
    open: Option<Open>,
    n_events: usize,
    progress: Value,
    ended: Option<Ended>,
    keep: Option<Keep>,
}

/// The item that is being written.
enum Open {
    Reasoning(String),
    Message(String, Vec<Scored>),
    Call { id: String, name: String, arguments: String },
}

enum Ended {
    Done(Box<Outcome>),
    Failed(Problem),
}

impl Told {
    pub(super) fn new(
        (id, created): (String, u64),
        shape: Shape,
        vault: Vault,
        keep: Option<Keep>,
    ) -> Self {
        Self {
            id,
            created,
            shape,
            vault,
            items: vec![],
            open: None,
            n_events: 0,
            progress: Value::Null,
            ended: None,
            keep,
        }
    }

    /// The response as it is now.
    pub(super) fn response(&self) -> Value {
        let mut response = self.shape.echo.clone();
        let (status, details) = match &self.ended {
            None => ("in_progress", Value::Null),
            Some(Ended::Failed(_)) => ("failed", Value::Null),
            Some(Ended::Done(outcome)) => match outcome.finish {
                Finish::Canceled => ("cancelled", Value::Null),
                Finish::MaxTokens | Finish::ContextFull => {
                    ("incomplete", json!({"reason": "max_output_tokens"}))
                }
                _ => ("completed", Value::Null),
            },
        };
        response["id"] = json!(self.id);
        response["object"] = json!("response");
        response["created_at"] = json!(self.created);
        response["status"] = json!(status);
        response["incomplete_details"] = details;
        response["output"] = json!(self.items);
        response["error"] = Value::Null;
        response["usage"] = Value::Null;
        match &self.ended {
            Some(Ended::Failed(problem)) => {
                response["error"] = json!({"code": "server_error", "message": problem.message});
            }
            Some(Ended::Done(outcome)) => {
                response["usage"] = usage(&outcome.usage, Some(outcome));
            }
            None => {}
        }
        response
    }

    /// The failure that ended it.
    pub(super) fn failed(&self) -> Option<&Problem> {
        match &self.ended {
            Some(Ended::Failed(problem)) => Some(problem),
            _ => None,
        }
    }

    fn event(&mut self, kind: &str, fields: Value, out: &mut Frames) {
        let mut event = json!({"type": kind, "sequence_number": self.n_events});
        if let (Value::Object(event), Value::Object(fields)) = (&mut event, fields) {
            event.extend(fields);
        }
        self.n_events += 1;
        out.event(&event);
    }

    /// The name of the item that is being written.
    fn item_id(&self, word: &str) -> String {
        let id = self.id.trim_start_matches("resp_");
        format!("{word}_{id}{:02}", self.items.len())
    }

    fn begin(&mut self, open: Open, out: &mut Frames) {
        self.end(out);
        let (item, part) = match &open {
            Open::Reasoning(_) => (self.reasoning("", "in_progress"), None),
            Open::Message(..) => {
                let mut item = self.message("", &[], "in_progress");
                item["content"] = json!([]);
                (item, Some(self.text("", &[])))
            }
            Open::Call { id, name, .. } => (self.call((id, name), "", "in_progress"), None),
        };
        let (index, id) = (self.items.len(), item["id"].clone());
        self.open = Some(open);
        let added = json!({"output_index": index, "item": item});
        self.event("response.output_item.added", added, out);
        if let Some(part) = part {
            let added =
                json!({"item_id": id, "output_index": index, "content_index": 0, "part": part});
            self.event("response.content_part.added", added, out);
        }
    }

    /// Ends the item that is being written.
    fn end(&mut self, out: &mut Frames) {
        let Some(open) = self.open.take() else { return };
        let index = self.items.len();
        let item = match open {
            Open::Reasoning(text) => {
                let item = self.reasoning(&text, "completed");
                let done = json!({"item_id": item["id"], "output_index": index,
                    "content_index": 0, "text": text});
                self.event("response.reasoning_text.done", done, out);
                item
            }
            Open::Message(text, scored) => {
                let item = self.message(&text, &scored, "completed");
                let place =
                    json!({"item_id": item["id"], "output_index": index, "content_index": 0});
                let mut done = place.clone();
                done["text"] = json!(text);
                done["logprobs"] = item["content"][0]["logprobs"].clone();
                self.event("response.output_text.done", done, out);
                let mut done = place;
                done["part"] = item["content"][0].clone();
                self.event("response.content_part.done", done, out);
                item
            }
            Open::Call { id, name, arguments } => {
                let item = self.call((&id, &name), &arguments, "completed");
                let is_custom = self.shape.custom.contains(&name);
                let mut done = json!({"item_id": item["id"], "output_index": index});
                let field = if is_custom { "input" } else { "arguments" };
                done[field] = item[field].clone();
                if is_custom {
                    let mut delta = done.clone();
                    delta["delta"] = item["input"].clone();
                    self.event("response.custom_tool_call_input.delta", delta, out);
                    self.event("response.custom_tool_call_input.done", done, out);
                } else {
                    done["name"] = json!(name);
                    self.event("response.function_call_arguments.done", done, out);
                }
                item
            }
        };
        self.items.push(item.clone());
        let done = json!({"output_index": index, "item": item});
        self.event("response.output_item.done", done, out);
    }

    fn reasoning(&self, text: &str, status: &str) -> Value {
        let is_begun = !text.is_empty();
        let content =
            if is_begun { json!([{"type": "reasoning_text", "text": text}]) } else { json!([]) };
        let mut item = json!({
            "id": self.item_id("rs"),
            "type": "reasoning",
            "summary": [],
            "content": content,
            "status": status,
        });
        if self.shape.is_sealed && is_begun {
            item["encrypted_content"] = json!(self.vault.seal(REASONING, text));
        }
        item
    }

    fn message(&self, text: &str, scored: &[Scored], status: &str) -> Value {
        json!({
            "id": self.item_id("msg"),
            "type": "message",
            "role": "assistant",
            "status": status,
            "content": [self.text(text, scored)],
        })
    }

    fn text(&self, text: &str, scored: &[Scored]) -> Value {
        let logprobs = if self.shape.with_logprobs { logprobs(scored) } else { json!([]) };
        json!({"type": "output_text", "text": text, "annotations": [], "logprobs": logprobs})
    }

    fn call(&self, (id, name): (&str, &str), arguments: &str, status: &str) -> Value {
        let call_id = format!("call_{id}");
        if self.shape.custom.contains(name) {
            let arguments: Value = serde_json::from_str(arguments).unwrap_or_default();
            let input = arguments[INPUT].as_str().unwrap_or_default();
            return json!({
                "id": self.item_id("ctc"),
                "type": "custom_tool_call",
                "status": status,
                "call_id": call_id,
                "name": name,
                "input": input,
            });
        }
        json!({
            "id": self.item_id("fc"),
            "type": "function_call",
            "status": status,
            "call_id": call_id,
            "name": name,
            "arguments": arguments,
        })
    }

    fn more(&mut self, kind: &str, (word, delta): (&str, &str), with: Value, out: &mut Frames) {
        let mut fields = json!({
            "item_id": self.item_id(word),
            "output_index": self.items.len(),
            "delta": delta,
        });
        if let (Value::Object(fields), Value::Object(with)) = (&mut fields, with) {
            fields.extend(with);
        }
        self.event(kind, fields, out);
    }
}

impl Voice for Told {
    fn open(&mut self, out: &mut Frames) {
        let response = self.response();
        self.event("response.created", json!({"response": response}), out);
        self.event("response.in_progress", json!({"response": response}), out);
    }

    fn hear(&mut self, _: usize, delta: &Delta, out: &mut Frames) {
        match delta {
            Delta::Queued { position } => {
                self.progress = json!({"phase": "queued", "position": position});
            }
            Delta::Prefilled { done, total } => {
                self.progress = json!({"phase": "prefill", "done": done, "total": total});
            }
            Delta::Begun => {}
            Delta::Token(token) => {
                if !matches!(self.open, Some(Open::Message(..))) {
                    self.begin(Open::Message(String::new(), vec![]), out);
                }
                if let Some(Open::Message(_, scored)) = &mut self.open {
                    scored.push(token.clone());
                }
            }
            Delta::Reasoning(text) => {
                if !matches!(self.open, Some(Open::Reasoning(_))) {
                    self.begin(Open::Reasoning(String::new()), out);
                }
                if let Some(Open::Reasoning(all)) = &mut self.open {
                    all.push_str(text);
                }
                let place = json!({"content_index": 0});
                self.more("response.reasoning_text.delta", ("rs", text), place, out);
            }
            Delta::Content(text) => {
                if !matches!(self.open, Some(Open::Message(..))) {
                    self.begin(Open::Message(String::new(), vec![]), out);
                }
                if let Some(Open::Message(all, _)) = &mut self.open {
                    all.push_str(text);
                }
                let place = json!({"content_index": 0, "logprobs": []});
                self.more("response.output_text.delta", ("msg", text), place, out);
            }
            Delta::Call { id, name, .. } => {
                let (id, name) = (id.clone(), name.clone());
                self.begin(Open::Call { id, name, arguments: String::new() }, out);
            }
            Delta::Arguments { json, .. } => {
                let Some(Open::Call { name, arguments, .. }) = &mut self.open else { return };
                arguments.push_str(json);
                if !self.shape.custom.contains(name) {
                    let kind = "response.function_call_arguments.delta";
                    self.more(kind, ("fc", json), Value::Null, out);
                }
            }
            Delta::CallEnd => self.end(out),
            Delta::Done(outcome) => self.ended = Some(Ended::Done(outcome.clone())),
            Delta::Failed(problem) => self.ended = Some(Ended::Failed(problem.clone())),
        }
    }

    /// An event that says the same once more, with how far things are.
    fn beat(&mut self, out: &mut Frames) {
        let response = self.response();
        let fields = json!({"response": response, "ds4": self.progress});
        self.event("response.in_progress", fields, out);
    }

    fn close(&mut self, out: &mut Frames) {
        self.end(out);
        let response = self.response();
        let kind = match response["status"].as_str() {
            Some("completed") => "response.completed",
            Some("incomplete") => "response.incomplete",
            _ => "response.failed",
        };
        if let Some(keep) = self.keep.take() {
            keep(&response);
        }
        self.event(kind, json!({"response": response}), out);
    }
}

fn logprobs(scored: &[Scored]) -> Value {
    let entry = |bytes: &[u8], logprob: f32| {
        let token = String::from_utf8_lossy(bytes);
        json!({"token": token, "logprob": logprob.max(-9999.0), "bytes": bytes})
    };
    let all = scored.iter().map(|token| {
        let mut all = entry(&token.bytes, token.logprob);
        let top = token.top.iter().map(|(bytes, logprob)| entry(bytes, *logprob));
        all["top_logprobs"] = top.collect();
        all
    });
    all.collect()
}

/// What was counted.
pub(super) fn usage(usage: &Usage, receipt: Option<&Outcome>) -> Value {
    let mut counts = json!({
        "input_tokens": usage.prompt,
        "input_tokens_details": {"cached_tokens": usage.cached},
        "output_tokens": usage.completion,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.total(),
    });
    if let Some(outcome) = receipt {
        counts["ds4"] = collect::receipt(outcome);
    }
    counts
}
