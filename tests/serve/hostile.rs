//! Requests that make no sense: each is refused in its protocol's shape, and none is a fault.

use std::sync::{Arc, LazyLock};

use ds4::serve::Server;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    http::{Response, post, request, send},
    script::Script,
    scripted, settings,
};

const PATHS: [&str; 6] = [
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/messages",
    "/v1/messages/count_tokens",
    "/v1/responses",
    "/v1/responses/compact",
];

fn server() -> &'static Server {
    static SERVER: LazyLock<Server> =
        LazyLock::new(|| scripted(&Arc::new(Script::new("Hello")), settings()));
    &SERVER
}

fn text(path: &str, body: &str) -> Response {
    send(server().address(), &request("POST", path, "", body)).whole()
}

#[test]
fn what_is_wrong_is_named() {
    let refused = |path: &str, more: Value| {
        let mut body = json!({
            "model": "ds4-tiny",
            "max_tokens": 5,
            "messages": [{"role": "user", "content": "Hi"}],
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let response = post(server(), path, &body);
        assert_eq!(response.status, 400, "{more}: {}", response.body);
        response.json()["error"]["message"].as_str().unwrap().to_owned()
    };
    let image = json!([{"type": "image_url", "image_url": {"url": "http://localhost/x"}}]);
    let cases = [
        (json!({"messages": [{"role": "user", "content": image}]}), "image_url"),
        (json!({"messages": [{"role": "wizard", "content": "x"}]}), "unknown role `wizard`"),
        (json!({"messages": "Hi"}), "messages: expected an array"),
        (json!({"temperature": "hot"}), "temperature: expected a number"),
        (json!({"n": 99}), "n: expected a whole number from 1 to 16"),
        (json!({"tool_choice": "required"}), "there are no tools"),
        (json!({"tools": [{"type": "function", "function": {"name": "a\">"}}]}), "tools.0"),
        (json!({"reasoning_effort": "huge"}), "found `huge`"),
        (json!({"logit_bias": {"x": 1}}), "expected token ids below"),
        (json!({"stop": [""]}), "an empty string stops everything"),
    ];
    for (more, words) in cases {
        let found = refused("/v1/chat/completions", more);
        assert!(found.contains(words), "{found}");
    }
    let image = json!([{"type": "image", "source": {"type": "url", "url": "http://localhost/"}}]);
    let cases = [
        (json!({"max_tokens": null}), "max_tokens: Field required"),
        (json!({"messages": []}), "messages: at least one message is required"),
        (json!({"messages": [{"role": "user", "content": image}]}), "nothing is fetched"),
        (json!({"tool_choice": {"type": "tool", "name": "f"}}), "Tool `f` not found"),
        (json!({"tools": [{"type": "bash_20250124", "name": "bash"}]}), "carries out no tools"),
    ];
    for (more, words) in cases {
        let found = refused("/v1/messages", more);
        assert!(found.contains(words), "{found}");
    }
}

#[test]
fn what_is_no_json_is_refused() {
    let deep = "[".repeat(200_000);
    for path in PATHS {
        for body in ["", "{", "[]", "null", "\"x\"", "{\"model\": 1e999}", &deep] {
            let response = text(path, body);
            assert_eq!(response.status, 400, "{path} {}", response.body);
            assert!(response.json()["error"]["message"].is_string());
        }
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec![
            "user",
            "assistant",
            "tool",
            "text",
            "function",
            "auto",
            "",
            "é"
        ])
        .prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    let keys = prop::sample::select(vec![
        "role",
        "content",
        "type",
        "text",
        "name",
        "function",
        "arguments",
        "tool_calls",
        "id",
        "input",
        "schema",
        "parameters",
        "tool_use_id",
        "call_id",
        "effort",
        "format",
    ]);
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((keys.clone(), inner), 0..5)
                .prop_map(|pairs| pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    })
}

/// Bodies that are answered, with most of what requests may have.
fn bodies() -> [(&'static str, Value); 4] {
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let function = json!({"name": "f", "description": "F", "parameters": schema});
    let call = json!({"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let used = json!({"type": "tool_use", "id": "c", "name": "f", "input": {"a": "\u{e9}"}});
    let result = json!({"type": "tool_result", "tool_use_id": "c", "content": "21"});
    [
        (
            "/v1/chat/completions",
            json!({"model": "ds4-tiny", "stream": true, "stop": ["x"],
            "temperature": 0.5, "logit_bias": {"5": -1.5}, "tool_choice": "auto",
            "tools": [{"type": "function", "function": function}], "messages": [
            {"role": "system", "content": [{"type": "text", "text": "Be brief."}]},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": null, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c", "content": "21"}]}),
        ),
        (
            "/v1/completions",
            json!({"model": "ds4-tiny", "prompt": ["a", [1, 2]], "n": 2,
            "max_tokens": 3, "logprobs": 2, "echo": true, "seed": 7}),
        ),
        (
            "/v1/messages",
            json!({"model": "ds4-tiny", "max_tokens": 5, "system": "Be brief.",
            "thinking": {"type": "enabled", "budget_tokens": 1024},
            "tools": [{"name": "f", "input_schema": schema}], "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
            {"role": "assistant", "content": [used]}, {"role": "user", "content": [result]}]}),
        ),
        (
            "/v1/responses",
            json!({"model": "ds4-tiny", "instructions": "Be brief.", "store": false,
            "reasoning": {"effort": "none"}, "text": {"format": {"type": "text"}},
            "tools": [{"type": "function", "name": "f", "parameters": schema}], "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": "21"}]}),
        ),
    ]
}

#[test]
fn what_is_damaged_below_is_answered_whole() {
    for (path, body) in bodies() {
        assert_eq!(post(server(), path, &body).status, 200, "{path}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn damaged_bodies_are_no_fault(
        which in 0..4_usize,
        damages in prop::collection::vec((any::<prop::sample::Index>(), 0..4, any::<u8>()), 1..6),
    ) {
        let (path, body) = &bodies()[which];
        let mut bytes = body.to_string().into_bytes();
        for (at, kind, byte) in damages {
            let at = at.index(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
            match kind {
                _ if bytes.is_empty() => bytes.push(byte),
                0 => bytes[at] = byte,
                1 => bytes.insert(at, b"{}[]\",:0e-nt"[usize::from(byte) % 12]),
                2 => drop(bytes.remove(at)),
                _ => bytes.truncate(at),
            }
        }
        let head = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n",
            bytes.len());
        let response = send(server().address(), &[head.into_bytes(), bytes.clone()].concat()).whole();
        let text = String::from_utf8_lossy(&bytes);
        prop_assert!((200..500).contains(&response.status), "{text}: {response:?}");
    }

    #[test]
    fn nothing_is_a_fault(
        path in prop::sample::select(PATHS.to_vec()),
        fields in prop::collection::vec((prop::sample::select(vec![
            "messages", "input", "prompt", "system", "tools", "tool_choice", "stop", "n", "seed",
            "response_format", "text", "reasoning", "thinking", "logit_bias", "stream", "max_tokens",
            "temperature", "previous_response_id", "include", "stream_options", "output_config",
        ]), json()), 0..6),
    ) {
        let mut body = json!({
            "model": "ds4-tiny",
            "max_tokens": 5,
            "messages": [{"role": "user", "content": "Hi"}],
            "input": "Hi",
            "prompt": "Hi",
        });
        for (name, value) in fields {
            body[name] = value;
        }
        let response = post(server(), path, &body);
        prop_assert!((200..500).contains(&response.status), "{body}: {response:?}");
    }
}
