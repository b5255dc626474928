//! Who may ask, and what everybody may.

use std::{sync::Arc, time::Duration};

use ds4::serve::Settings;
use serde_json::json;

use super::{
    http::{Asked, get, post, post_with, request, send},
    script::Script,
    scripted, settings, with_keys,
};

#[test]
fn keys_are_asked_for_and_their_responses_are_their_own() {
    let server = scripted(&Arc::new(Script::new("Hello")), with_keys());
    let body = json!({"model": "ds4-tiny", "input": "Hi"});
    let refused = post(&server, "/v1/responses", &body);
    assert_eq!(refused.status, 401);
    assert_eq!(refused.json()["error"]["code"], "invalid_api_key");
    let wrong = post_with(&server, "/v1/messages", "x-api-key: k-eve\r\n", &body);
    assert_eq!(wrong.status, 401);
    assert_eq!(wrong.json()["error"]["type"], "authentication_error");
    assert_eq!(get(&server, "/metrics").status, 401);
    assert_eq!(get(&server, "/health").status, 200);

    let ada = "authorization: Bearer k-ada\r\n";
    let response = post_with(&server, "/v1/responses", ada, &body).ok();
    let path = format!("/v1/responses/{}", response["id"].as_str().unwrap());
    let show = |key: &str| send(server.address(), &request("GET", &path, key, "")).whole().status;
    assert_eq!((show(ada), show("x-api-key: k-bob\r\n")), (200, 404));
}

#[test]
fn pages_and_names_from_elsewhere_are_refused() {
    let allowed = "http://app.example".to_owned();
    let server =
        scripted(&Arc::new(Script::new("Hello")), Settings { cors: vec![allowed], ..settings() });
    let asked = |method: &str, headers: &str| {
        send(server.address(), &request(method, "/v1/models", headers, "")).whole()
    };
    assert_eq!(asked("GET", "origin: http://evil.example\r\n").status, 403);
    let known = asked("GET", "origin: http://app.example\r\n");
    assert_eq!(known.header("access-control-allow-origin"), Some("http://app.example"));
    assert_eq!(asked("OPTIONS", "origin: http://app.example\r\n").status, 204);
    assert_eq!(asked("OPTIONS", "origin: http://evil.example\r\n").status, 403);
    let rebound = b"GET /v1/models HTTP/1.1\r\nhost: evil.example\r\n\r\n";
    assert_eq!(send(server.address(), rebound).whole().status, 403);
}

#[test]
fn the_rest_of_the_server() {
    let server = scripted(&Arc::new(Script::new("Hello")), settings());
    let models = get(&server, "/v1/models?client_version=1").ok();
    assert_eq!(models["data"][0]["id"], "ds4-tiny");
    assert_eq!(models["models"][0]["context_window"], 4096);
    assert_eq!(get(&server, "/v1/models/deepseek-chat").ok()["max_model_len"], 4096);
    assert_eq!(get(&server, "/v1/models/gpt-5").json()["error"]["code"], "model_not_found");
    assert_eq!(get(&server, "/ready").ok()["status"], "ready");
    let document = get(&server, "/openapi.json").ok();
    for path in ["/v1/chat/completions", "/v1/messages", "/v1/responses/{id}/cancel"] {
        assert!(document["paths"][path].is_object(), "{path}");
    }
    let metrics = get(&server, "/metrics");
    assert!(metrics.body.contains("ds4_requests_total{route=\"/ready\",status=\"200\"} 1"));
    let unknown = get(&server, "/v1/unknown");
    assert_eq!((unknown.status, &unknown.json()["error"]["code"]), (404, &json!("unknown_url")));
    let method = get(&server, "/v1/messages");
    assert_eq!((method.status, method.header("allow")), (405, Some("POST")));
    assert_eq!(method.json()["error"]["type"], "invalid_request_error");
}

#[test]
fn limits_of_bodies_and_times() {
    let short = Duration::from_millis(200);
    let server = scripted(
        &Arc::new(Script::new("Hello")),
        Settings { max_body: 1000, head_time: short, body_time: short, ..settings() },
    );
    let large = json!({"model": "ds4-tiny", "input": "x".repeat(2000)});
    assert_eq!(post(&server, "/v1/responses", &large).status, 413);
    assert_eq!(post(&server, "/v1/messages", &large).json()["error"]["type"], "request_too_large");
    let huge = b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99999999\r\n\r\n";
    assert_eq!(send(server.address(), huge).whole().status, 413);
    // Also who does not listen before everything is sent hears why.
    let mut asked = Asked::connect(server.address());
    asked.send(&request("POST", "/v1/messages", "", &"x".repeat(8_000_000))).unwrap();
    assert_eq!(asked.head().status, 413);
    let slow = b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n{";
    assert_eq!(send(server.address(), slow).whole().status, 408);
    let mut head = send(server.address(), b"GET / HTTP/1.1\r\nhost:");
    assert!(head.is_closed() || head.is_closed(), "a head that never ends is not waited for");
    let many = "a: b\r\n".repeat(1000);
    let many = send(server.address(), &request("GET", "/health", &many, "")).whole();
    assert_eq!(many.status, 431);
    assert_eq!(get(&server, "/health").status, 200);
}
