//! The words in which agents ask, as far as a proof needs them.

use serde_json::{Value, json};

/// Most tokens of an answer; enough for a model that reasons first.
const MOST: usize = 512;

/// What a tool may be asked about; a list, so that no model can write anything else.
const CITIES: [&str; 2] = ["Tokyo", "Paris"];

/// The tool that is offered.
pub(super) const TOOL: &str = "get_weather";

/// The protocols of agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// Anthropic's messages.
    Messages,
    /// OpenAI's responses.
    Responses,
    /// OpenAI's chat completions.
    Chat,
}

/// A call of the tool.
#[derive(Debug, Clone)]
pub(super) struct Call {
    id: String,
    /// JSON.
    pub(super) arguments: String,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Question<'a> {
    /// For a text.
    Text,
    /// For a call of the tool.
    Call,
    /// What follows from the call's result.
    Result(&'a Call, &'a str),
}

impl Protocol {
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Messages => "/v1/messages",
            Self::Responses => "/v1/responses",
            Self::Chat => "/v1/chat/completions",
        }
    }

    /// The body that asks a model.
    pub(super) fn ask(self, model: &str, question: Question<'_>) -> Value {
        let words = match question {
            Question::Text => "What is the capital of Japan?",
            Question::Call | Question::Result(..) => "How is the weather in Tokyo?",
        };
        let user = json!({"role": "user", "content": words});
        let mut body = match self {
            Self::Responses => json!({
                "max_output_tokens": MOST, "reasoning": {"effort": "none"}, "store": false,
            }),
            Self::Messages | Self::Chat => {
                json!({"max_tokens": MOST, "thinking": {"type": "disabled"}})
            }
        };
        body["model"] = json!(model);
        let mut turns = vec![user];
        if let Question::Result(call, result) = question {
            turns.extend(self.turns(call, result));
        }
        body[if self == Self::Responses { "input" } else { "messages" }] = json!(turns);
        if !matches!(question, Question::Text) {
            body["tools"] = json!([self.tool()]);
            body["tool_choice"] = self.choice(matches!(question, Question::Call));
        }
        body
    }

    /// The call as it was made, and its result.
    fn turns(self, call: &Call, result: &str) -> [Value; 2] {
        let Call { id, arguments } = call;
        match self {
            Self::Messages => {
                let input: Value = serde_json::from_str(arguments).unwrap_or_default();
                let made = json!({"type": "tool_use", "id": id, "name": TOOL, "input": input});
                let found = json!({"type": "tool_result", "tool_use_id": id, "content": result});
                [("assistant", made), ("user", found)]
                    .map(|(role, block)| json!({"role": role, "content": [block]}))
            }
            Self::Responses => [
                json!({"type": "function_call", "call_id": id, "name": TOOL, "arguments": arguments}),
                json!({"type": "function_call_output", "call_id": id, "output": result}),
            ],
            Self::Chat => {
                let function = json!({"name": TOOL, "arguments": arguments});
                let made = json!({"id": id, "type": "function", "function": function});
                [
                    json!({"role": "assistant", "content": null, "tool_calls": [made]}),
                    json!({"role": "tool", "tool_call_id": id, "content": result}),
                ]
            }
        }
    }

    fn tool(self) -> Value {
        let about = "Tells the weather in a city.";
        let schema = json!({
            "type": "object",
            "properties": {"city": {"type": "string", "enum": CITIES}},
            "required": ["city"],
            "additionalProperties": false,
        });
        match self {
            Self::Messages => json!({"name": TOOL, "description": about, "input_schema": schema}),
            Self::Responses => json!({
                "type": "function", "name": TOOL, "description": about, "parameters": schema,
            }),
            Self::Chat => json!({
                "type": "function",
                "function": {"name": TOOL, "description": about, "parameters": schema},
            }),
        }
    }

    /// Whether the tool must be called, or must not be.
    fn choice(self, must: bool) -> Value {
        match (self, must) {
            (Self::Messages, true) => json!({"type": "tool", "name": TOOL}),
            (Self::Messages, false) => json!({"type": "none"}),
            (Self::Responses, true) => json!({"type": "function", "name": TOOL}),
            (Self::Chat, true) => json!({"type": "function", "function": {"name": TOOL}}),
            (Self::Responses | Self::Chat, false) => json!("none"),
        }
    }

    /// The text of a whole answer.
    pub(super) fn text(self, answer: &Value) -> String {
        match self {
            Self::Messages => joined(&answer["content"]),
            Self::Responses => items(&answer["output"]).map(|i| joined(&i["content"])).collect(),
            Self::Chat => word(&answer["choices"][0]["message"]["content"]),
        }
    }

    /// The call in a whole answer.
    pub(super) fn call(self, answer: &Value) -> Option<Call> {
        let call = |id: &Value, name: &Value, arguments: String| {
            (name == TOOL).then(|| Call { id: word(id), arguments })
        };
        match self {
            Self::Messages => items(&answer["content"])
                .find_map(|item| call(&item["id"], &item["name"], item["input"].to_string())),
            Self::Responses => items(&answer["output"])
                .find_map(|item| call(&item["call_id"], &item["name"], word(&item["arguments"]))),
            Self::Chat => items(&answer["choices"][0]["message"]["tool_calls"]).find_map(|item| {
                let function = &item["function"];
                call(&item["id"], &function["name"], word(&function["arguments"]))
            }),
        }
    }

    /// The text in an event of a stream.
    pub(super) fn delta(self, event: &Value) -> String {
        match self {
            Self::Messages => word(&event["delta"]["text"]),
            Self::Responses if event["type"] == "response.output_text.delta" => {
                word(&event["delta"])
            }
            Self::Responses => String::new(),
            Self::Chat => word(&event["choices"][0]["delta"]["content"]),
        }
    }

    /// Whether an event is the one that ends a whole stream.
    pub(super) fn is_last(self, data: &str, event: &Value) -> bool {
        match self {
            Self::Messages => event["type"] == "message_stop",
            Self::Responses => {
                event["type"] == "response.completed" || event["type"] == "response.incomplete"
            }
            Self::Chat => data == "[DONE]",
        }
    }
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// The texts of the parts of a message.
fn joined(parts: &Value) -> String {
    items(parts).map(|part| word(&part["text"])).collect()
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
