//! Every byte of streams, over a script.

use std::sync::Arc;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::{
    http::{post, post_with},
    script::Script,
    scripted, settings,
};

/// A call as models write it, with blanks of their own.
const CALL: &str = "I look.\n\n<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"f\">\n\
                    <｜DSML｜parameter name=\"a\" string=\"true\">x</｜DSML｜parameter>\n\
                    </｜DSML｜invoke>\n</｜DSML｜tool_calls>";

fn tool() -> Value {
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    json!({"name": "f", "description": "F", "parameters": schema})
}

/// The stream without names and times, which differ each time.
fn expect_stream(says: &str, path: &str, body: Value, expected: &Expect) {
    let server = scripted(&Arc::new(Script::new(says)), settings());
    let mut body = body;
    body["model"] = json!("ds4-tiny");
    body["stream"] = json!(true);
    let response = post(&server, path, &body);
    assert_eq!(response.status, 200, "{}", response.body);
    assert_eq!(response.header("content-type"), Some("text/event-stream; charset=utf-8"));
    assert_eq!(response.header("x-ds4-queue-position"), Some("0"));
    expected.assert_eq(&plain(&response.body));
}

fn plain(body: &str) -> String {
    let mut out = String::new();
    let mut rest = body;
    // Names of 32 digits, and numbers that are times.
    while let Some(c) = rest.chars().next() {
        let n = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        if n >= 32 {
            out.push_str("ID");
            rest = &rest[n..];
            continue;
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
        for field in ["\"created\":", "\"created_at\":", "_seconds\":", "_second\":"] {
            if out.ends_with(field) {
                out.push('0');
                rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || ".e-".contains(c));
            }
        }
    }
    out
}

#[test]
fn chat_completions() {
    let body = json!({
        "messages": [{"role": "user", "content": "Hi"}],
        "stream_options": {"include_usage": true},
    });
    expect_stream(
        "Hello",
        "/v1/chat/completions",
        body,
        &expect![[r#"
        data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":0,"model":"ds4-tiny","system_fingerprint":"ds4-0.1.0","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}

        data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":0,"model":"ds4-tiny","system_fingerprint":"ds4-0.1.0","choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}],"usage":null}

        data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":0,"model":"ds4-tiny","system_fingerprint":"ds4-0.1.0","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}

        data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":0,"model":"ds4-tiny","system_fingerprint":"ds4-0.1.0","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7,"prompt_tokens_details":{"cached_tokens":2},"completion_tokens_details":{"reasoning_tokens":0},"prompt_cache_hit_tokens":2,"prompt_cache_miss_tokens":3,"ds4":{"reused_tokens":2,"prefilled_tokens":3,"reuse":null,"queued_seconds":0,"prefill_seconds":0,"decode_seconds":0,"decode_tokens_per_second":0}}}

        data: [DONE]

    "#]],
    );
}

#[test]
fn chat_completions_that_think_and_call() {
    let body = json!({
        "messages": [{"role": "user", "content": "Hi"}],
        "thinking": {"type": "enabled"},
        "tools": [{"type": "function", "function": tool()}],
    });
    let says = format!("Hm.</think>{CALL}");
    expect_stream(
        &says,
        "/v1/chat/completions",
        body,
        &expect![[r#"
        data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":0,"model":"ds4-tiny","system_fingerprint":"ds4-0.1.0","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}

        data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":0,"model":"ds4-tiny","system_fingerprint":"ds4-0.1.0","choices":[{"index":0,"delta":{"reasoning_content":"H"},"finish_reason":null}]}

        data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":0,"model":"ds4-tiny","system_fingerprint":"ds4-0.1.0","choices":[{"index":0,"delta":{"reasoning_content":"m"},"finish_reason":null}]}

        data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":0,"model":"ds4-tiny","system_fingerprint":"ds4-0.1.0","choices":[{"index":0,"delta":{"reasoning_content":"."},"finish_reason":null}]}

        data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":0,"model":"ds4-tiny","system_fingerprint":"ds4-0.1.0","choices":[{"index":0,"delta":{"content":"I"},"finish_reason":null}]}

        data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":0,"model":"ds4-tiny","system_fingerprint":"ds4-0.1.0","choices":[{"index":0,"delta":{"content":" look"},"finish_reason":null}]}

        data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":0,"model":"ds4-tiny","system_fingerprint":"ds4-0.1.0","choices":[{"index":0,"delta":{"content":"."},"finish_reason":null}]}

        data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":0,"model":"ds4-tiny","system_fingerprint":"ds4-0.1.0","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_ID","type":"function","function":{"name":"f","arguments":""}}]},"finish_reason":null}]}

        data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":0,"model":"ds4-tiny","system_fingerprint":"ds4-0.1.0","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\": \""}}]},"finish_reason":null}]}

        data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":0,"model":"ds4-tiny","system_fingerprint":"ds4-0.1.0","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"x"}}]},"finish_reason":null}]}

        data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":0,"model":"ds4-tiny","system_fingerprint":"ds4-0.1.0","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\""}}]},"finish_reason":null}]}

        data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":0,"model":"ds4-tiny","system_fingerprint":"ds4-0.1.0","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"}"}}]},"finish_reason":null}]}

        data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":0,"model":"ds4-tiny","system_fingerprint":"ds4-0.1.0","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

        data: [DONE]

    "#]],
    );
}

#[test]
fn completions() {
    let body = json!({"prompt": "One", "echo": true, "stop": [" four"], "max_tokens": 99});
    expect_stream(
        " two three four five",
        "/v1/completions",
        body,
        &expect![[r#"
        data: {"id":"cmpl-ID","object":"text_completion","created":0,"model":"ds4-tiny","system_fingerprint":"ds4-0.1.0","choices":[{"index":0,"text":"One","finish_reason":null,"logprobs":null}]}

        data: {"id":"cmpl-ID","object":"text_completion","created":0,"model":"ds4-tiny","system_fingerprint":"ds4-0.1.0","choices":[{"index":0,"text":" two","finish_reason":null,"logprobs":null}]}

        data: {"id":"cmpl-ID","object":"text_completion","created":0,"model":"ds4-tiny","system_fingerprint":"ds4-0.1.0","choices":[{"index":0,"text":" three","finish_reason":null,"logprobs":null}]}

        data: {"id":"cmpl-ID","object":"text_completion","created":0,"model":"ds4-tiny","system_fingerprint":"ds4-0.1.0","choices":[{"index":0,"text":"","finish_reason":"stop","logprobs":null}]}

        data: [DONE]

    "#]],
    );
}

/// What is asked of messages.
fn thoughtful() -> Value {
    json!({
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 100,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "tools": [{
            "name": "f",
            "description": "F",
            "input_schema": {"type": "object", "properties": {"a": {"type": "string"}}},
        }],
    })
}

#[test]
fn whole_messages() {
    let says = format!("Hm.</think>{CALL}");
    let server = scripted(&Arc::new(Script::new(&says)), settings());
    let mut asked = thoughtful();
    asked["model"] = json!("claude-any");
    let whole = post(&server, "/v1/messages?beta=true", &asked).ok();
    assert_eq!(whole["content"][0]["type"], "thinking");
    assert_eq!(whole["content"][2]["input"], json!({"a": "x"}));
    assert_eq!(whole["stop_reason"], "tool_use");
}

#[test]
fn messages() {
    let says = format!("Hm.</think>{CALL}");
    expect_stream(
        &says,
        "/v1/messages",
        thoughtful(),
        &expect![[r#"
        event: message_start
        data: {"type":"message_start","message":{"id":"msg_ID","type":"message","role":"assistant","model":"ds4-tiny","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":241,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}}

        event: ping
        data: {"type":"ping"}

        event: content_block_start
        data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"H"}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"m"}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"."}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"ID"}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":0}

        event: content_block_start
        data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"I"}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":" look"}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"."}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":1}

        event: content_block_start
        data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_ID","name":"f","input":{}}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\": \""}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"x"}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"\""}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"}"}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":2}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":121,"cache_creation_input_tokens":0,"cache_read_input_tokens":120,"output_tokens":45,"ds4":{"reused_tokens":120,"prefilled_tokens":121,"reuse":null,"queued_seconds":0,"prefill_seconds":0,"decode_seconds":0,"decode_tokens_per_second":0}}}

        event: message_stop
        data: {"type":"message_stop"}

    "#]],
    );
}

#[test]
fn responses() {
    let body = json!({
        "input": "Hi",
        "store": false,
        "reasoning": {"effort": "high"},
        "tools": [{"type": "function", "name": "f", "parameters": tool()["parameters"]}],
    });
    let says = format!("Hm.</think>{CALL}");
    let server = scripted(&Arc::new(Script::new(&says)), settings());
    let mut asked = body;
    asked["model"] = json!("ds4-tiny");
    asked["stream"] = json!(true);
    let events = post(&server, "/v1/responses", &asked).events();
    let mut lines = String::new();
    for (number, event) in events.iter().enumerate() {
        assert_eq!(event["sequence_number"], number);
        let mut event = event.clone();
        let fields = event.as_object_mut().unwrap();
        let kind = fields.remove("type").unwrap();
        fields.remove("sequence_number");
        if let Some(response) = fields.remove("response") {
            let (status, output) = (&response["status"], response["output"].as_array().unwrap());
            lines += &format!("{}: {status}, {} items\n", kind.as_str().unwrap(), output.len());
        } else {
            lines += &format!("{}: {}\n", kind.as_str().unwrap(), plain(&event.to_string()));
        }
    }
    expect![[r#"
        response.created: "in_progress", 0 items
        response.in_progress: "in_progress", 0 items
        response.output_item.added: {"item":{"id":"rs_ID","type":"reasoning","summary":[],"content":[],"status":"in_progress"},"output_index":0}
        response.reasoning_text.delta: {"content_index":0,"delta":"H","item_id":"rs_ID","output_index":0}
        response.reasoning_text.delta: {"content_index":0,"delta":"m","item_id":"rs_ID","output_index":0}
        response.reasoning_text.delta: {"content_index":0,"delta":".","item_id":"rs_ID","output_index":0}
        response.reasoning_text.done: {"text":"Hm.","content_index":0,"item_id":"rs_ID","output_index":0}
        response.output_item.done: {"item":{"id":"rs_ID","type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}],"status":"completed"},"output_index":0}
        response.output_item.added: {"item":{"id":"msg_ID","type":"message","role":"assistant","status":"in_progress","content":[]},"output_index":1}
        response.content_part.added: {"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]},"content_index":0,"item_id":"msg_ID","output_index":1}
        response.output_text.delta: {"logprobs":[],"content_index":0,"item_id":"msg_ID","output_index":1,"delta":"I"}
        response.output_text.delta: {"logprobs":[],"content_index":0,"item_id":"msg_ID","output_index":1,"delta":" look"}
        response.output_text.delta: {"logprobs":[],"content_index":0,"item_id":"msg_ID","output_index":1,"delta":"."}
        response.output_text.done: {"logprobs":[],"text":"I look.","item_id":"msg_ID","output_index":1,"content_index":0}
        response.content_part.done: {"part":{"type":"output_text","text":"I look.","annotations":[],"logprobs":[]},"content_index":0,"item_id":"msg_ID","output_index":1}
        response.output_item.done: {"item":{"id":"msg_ID","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"I look.","annotations":[],"logprobs":[]}]},"output_index":1}
        response.output_item.added: {"item":{"id":"fc_ID","type":"function_call","status":"in_progress","call_id":"call_ID","name":"f","arguments":""},"output_index":2}
        response.function_call_arguments.delta: {"delta":"{\"a\": \"","output_index":2,"item_id":"fc_ID"}
        response.function_call_arguments.delta: {"delta":"x","output_index":2,"item_id":"fc_ID"}
        response.function_call_arguments.delta: {"delta":"\"","output_index":2,"item_id":"fc_ID"}
        response.function_call_arguments.delta: {"delta":"}","output_index":2,"item_id":"fc_ID"}
        response.function_call_arguments.done: {"name":"f","arguments":"{\"a\": \"x\"}","item_id":"fc_ID","output_index":2}
        response.output_item.done: {"item":{"id":"fc_ID","type":"function_call","status":"completed","call_id":"call_ID","name":"f","arguments":"{\"a\": \"x\"}"},"output_index":2}
        response.completed: "completed", 3 items
    "#]].assert_eq(&lines);
}

#[test]
fn texts_that_end_an_answer() {
    let script = Arc::new(Script::new("One two three four"));
    let server = scripted(&script, settings());
    let body = json!({
        "model": "ds4-tiny",
        "max_tokens": 50,
        "messages": [{"role": "user", "content": "Hi"}],
        "stop_sequences": ["x", "three"],
    });
    let message = post(&server, "/v1/messages", &body).ok();
    assert_eq!(message["content"][0]["text"], "One two ");
    assert_eq!(message["stop_reason"], "stop_sequence");
    assert_eq!(message["stop_sequence"], "three");
    let body = json!({
        "model": "ds4-tiny",
        "messages": [{"role": "user", "content": "Hi"}],
        "stop": "two",
    });
    let completion = post(&server, "/v1/chat/completions", &body).ok();
    assert_eq!(completion["choices"][0]["message"]["content"], "One ");
    assert_eq!(completion["choices"][0]["finish_reason"], "stop");
    // Nothing is generated in vain.
    script.expect_canceled(0);
    assert!(completion["usage"]["completion_tokens"].as_u64().unwrap() <= 5);
}

#[test]
fn what_is_reused_is_said() {
    let server = scripted(&Arc::new(Script::new("Hello")), settings());
    let body = json!({
        "model": "deepseek-chat",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "Hi there"}],
    });
    let response = post_with(&server, "/v1/chat/completions", "x-request-id: mine-1\r\n", &body);
    let usage = &response.ok()["usage"];
    let cached = usage["prompt_tokens_details"]["cached_tokens"].as_u64().unwrap();
    assert_eq!(cached, usage["prompt_tokens"].as_u64().unwrap() / 2);
    assert_eq!(response.header("x-ds4-reused-tokens"), Some(cached.to_string().as_str()));
    assert_eq!(response.header("x-request-id"), Some("mine-1"));
    let message = post(&server, "/v1/messages", &body).ok();
    assert_eq!(message["usage"]["cache_read_input_tokens"], cached);
}
