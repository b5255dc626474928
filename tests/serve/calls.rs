//! Histories that come back: calls as they were written, reasoning that was signed, stored
//! responses.

use std::sync::Arc;

use ds4::serve::Settings;
use serde_json::{Value, json};

use super::{
    http::{get, post, request, send},
    script::Script,
    scripted, settings,
};

/// A call with blanks that no encoder would write.
const CALL: &str = "Look.\n\n<｜DSML｜tool_calls>\n\n<｜DSML｜invoke name=\"f\">\n\
                    <｜DSML｜parameter name=\"a\" string=\"false\">{\"b\":  1}</｜DSML｜parameter>\n\
                    </｜DSML｜invoke>\n</｜DSML｜tool_calls>";

fn ask(messages: Value) -> Value {
    let tool = json!({"name": "f", "parameters": {"type": "object", "properties": {"a": {}}}});
    let tools = json!([{"type": "function", "function": tool}]);
    json!({"model": "ds4-tiny", "max_tokens": 200, "messages": messages, "tools": tools})
}

#[test]
fn calls_come_back_as_they_were_written() {
    let folder = tempfile::tempdir().unwrap();
    let settings = || Settings { folder: Some(folder.path().into()), ..settings() };
    let script = Arc::new(Script::new(CALL));
    let user = json!({"role": "user", "content": "Hi"});
    let first = scripted(&script, settings());
    let answer = post(&first, "/v1/chat/completions", &ask(json!([user]))).ok();
    let mut message = answer["choices"][0]["message"].clone();
    drop(first);
    // Another process, and a client that writes JSON in its own way.
    let second = scripted(&script, settings());
    message["tool_calls"][0]["function"]["arguments"] = json!("{\"a\":{\"b\":1}}");
    let id = message["tool_calls"][0]["id"].clone();
    let result = json!({"role": "tool", "tool_call_id": id, "content": "one"});
    let go_on = |message: &Value| {
        post(&second, "/v1/chat/completions", &ask(json!([user, message, result]))).ok();
        script.last_prompt()
    };
    assert!(go_on(&message).contains(CALL));
    message["tool_calls"][0]["function"]["arguments"] = json!("{\"a\":2}");
    assert!(!go_on(&message).contains(CALL), "what the client changed is not what was written");
}

#[test]
fn only_signed_reasoning_comes_back() {
    let script = Arc::new(Script::new("I wonder.</think>Hello"));
    let server = scripted(&script, settings());
    let tools = json!([{"name": "f", "input_schema": {"type": "object"}}]);
    let user = json!({"role": "user", "content": "Hi"});
    let ask = |messages: Value| {
        let thinking = json!({"type": "enabled", "budget_tokens": 1024});
        let body = json!({"model": "claude-x", "max_tokens": 50, "thinking": thinking,
            "tools": tools, "messages": messages,
            "system": [{"type": "text", "text": "x-anthropic-billing-header: cch=1;"},
                {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}]});
        post(&server, "/v1/messages", &body).ok()
    };
    let answer = ask(json!([user]));
    assert!(script.last_prompt().contains("Be brief.") && !script.last_prompt().contains("cch"));
    let mut content = answer["content"].clone();
    ask(json!([user, {"role": "assistant", "content": content}, user]));
    assert!(script.last_prompt().contains("I wonder.</think>Hello"));
    content[0]["signature"] = json!("ab".repeat(32));
    ask(json!([user, {"role": "assistant", "content": content}, user]));
    assert!(!script.last_prompt().contains("I wonder."));
}

#[test]
fn responses_are_kept_gone_on_from_and_forgotten() {
    let script = Arc::new(Script::new("Hello"));
    let server = scripted(&script, settings());
    let ask = |body: Value| post(&server, "/v1/responses", &body).ok();
    let first = ask(json!({"model": "ds4-tiny", "input": "One", "instructions": "Be brief."}));
    let id = first["id"].as_str().unwrap();
    let path = format!("/v1/responses/{id}");
    assert_eq!(get(&server, &path).ok(), first);
    let items = get(&server, &format!("{path}/input_items")).ok();
    assert_eq!(items["data"][0]["content"][0]["text"], "One");
    ask(json!({"model": "ds4-tiny", "input": "Two", "previous_response_id": id}));
    let prompt = script.last_prompt();
    assert!(prompt.contains("One") && prompt.contains("Hello") && prompt.contains("Two"));
    assert!(!prompt.contains("Be brief."), "instructions are of one request");
    let removed = send(server.address(), &request("DELETE", &path, "", "")).whole();
    assert_eq!(removed.ok()["deleted"], true);
    assert_eq!(get(&server, &path).status, 404);
    let body = json!({"model": "ds4-tiny", "input": "Two", "previous_response_id": id});
    let lost = post(&server, "/v1/responses", &body);
    assert_eq!(
        (lost.status, &lost.json()["error"]["code"]),
        (400, &json!("previous_response_not_found"))
    );

    let input = json!([{"role": "user", "content": "Much was said."}]);
    let body = json!({"model": "ds4-tiny", "input": input});
    let compact = post(&server, "/v1/responses/compact", &body).ok();
    let mut items = compact["output"].as_array().unwrap().clone();
    items.push(json!({"role": "user", "content": "Go on."}));
    ask(json!({"model": "ds4-tiny", "input": items}));
    assert!(script.last_prompt().contains("so far:\n\nHello"));
}

#[test]
fn responses_run_on_until_they_are_cancelled() {
    let mut script = Script::new("Hello ");
    (script.endless, script.pace) = (true, std::time::Duration::from_millis(2));
    let script = Arc::new(script);
    let server = scripted(&script, settings());
    let body = json!({"model": "ds4-tiny", "input": "Hi", "background": true});
    let response = post(&server, "/v1/responses", &body).ok();
    assert_eq!(response["status"], "queued");
    let path = format!("/v1/responses/{}", response["id"].as_str().unwrap());
    assert_eq!(get(&server, &path).ok()["status"], "in_progress");
    assert_eq!(post(&server, &format!("{path}/cancel"), &json!({})).ok()["status"], "cancelled");
    script.expect_canceled(1);
}
