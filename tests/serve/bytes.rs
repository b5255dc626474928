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
    expect_stream("Hello", "/v1/chat/completions", body, &expect![[r#""#]]);
}

#[test]
fn chat_completions_that_think_and_call() {
    let body = json!({
        "messages": [{"role": "user", "content": "Hi"}],
        "thinking": {"type": "enabled"},
        "tools": [{"type": "function", "function": tool()}],
    });
    let says = format!("Hm.</think>{CALL}");
    expect_stream(&says, "/v1/chat/completions", body, &expect![[r#""#]]);
}

#[test]
fn completions() {
    let body = json!({"prompt": "One", "echo": true, "stop": [" four"], "max_tokens": 99});
    expect_stream(" two three four five", "/v1/completions", body, &expect![[r#""#]]);
}

#[test]
fn messages() {
    let body = json!({
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 100,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "tools": [{
            "name": "f",
            "description": "F",
            "input_schema": {"type": "object", "properties": {"a": {"type": "string"}}},
        }],
    });
    let says = format!("Hm.</think>{CALL}");
    let server = scripted(&Arc::new(Script::new(&says)), settings());
    let mut asked = body.clone();
    asked["model"] = json!("claude-any");
    let whole = post(&server, "/v1/messages?beta=true", &asked).ok();
    assert_eq!(whole["content"][0]["type"], "thinking");
    assert_eq!(whole["content"][2]["input"], json!({"a": "x"}));
    assert_eq!(whole["stop_reason"], "tool_use");
    expect_stream(&says, "/v1/messages", body, &expect![[r#""#]]);
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
    expect![[r#""#]].assert_eq(&lines);
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
