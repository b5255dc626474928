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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

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
