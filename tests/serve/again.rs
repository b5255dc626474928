//! Requests that come again, clients that leave, and silence.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use ds4::{
    schedule::Refusal,
    serve::{Ending, Settings},
};
use serde_json::{Value, json};

use super::{
    http::{post, post_with, request, send},
    script::Script,
    scripted, settings,
};

const CHAT: &str = "/v1/chat/completions";

fn body(stream: bool) -> Value {
    let messages = json!([{"role": "user", "content": "Hi"}]);
    json!({"model": "ds4-tiny", "messages": messages, "stream": stream, "max_tokens": 9})
}

#[test]
fn a_retry_hears_the_answer_that_is_there() {
    let script = Arc::new(Script::new("Hello"));
    let server = scripted(&script, settings());
    let first = post_with(&server, CHAT, "x-stainless-retry-count: 0\r\n", &body(false));
    let again = post_with(&server, CHAT, "x-stainless-retry-count: 1\r\n", &body(false));
    assert_eq!((first.status, &first.body, script.n_asked()), (200, &again.body, 1));
    let other = post(&server, CHAT, &body(false));
    assert_ne!(first.ok()["id"], other.ok()["id"]);
    assert_eq!(script.n_asked(), 2, "who does not say that it is a retry asks anew");

    let key = "idempotency-key: a\r\n";
    let streams = [(); 2].map(|()| post_with(&server, CHAT, key, &body(true)).body);
    assert_eq!((&streams[0], script.n_asked()), (&streams[1], 3));
    let mut seeded = body(false);
    seeded["seed"] = json!(7);
    let answers = [(); 2].map(|()| post(&server, CHAT, &seeded).body);
    assert_eq!((&answers[0], script.n_asked()), (&answers[1], 4));
}

#[test]
fn who_leaves_ends_the_answer() {
    let mut script = Script::new("Hello ");
    script.endless = true;
    script.pace = Duration::from_millis(2);
    let script = Arc::new(script);
    let server = scripted(&script, settings());
    let mut body = body(true);
    body.as_object_mut().unwrap().remove("max_tokens");
    for (n, stream) in [(1, true), (2, false)] {
        body["stream"] = json!(stream);
        let mut asked = send(server.address(), &request("POST", CHAT, "", &body.to_string()));
        if stream {
            asked.head();
            asked.chunk().unwrap();
        } else {
            thread::sleep(Duration::from_millis(100));
        }
        drop(asked);
        script.expect_canceled(n);
    }
}

#[test]
fn streams_are_never_silent() {
    let mut script = Script::new("Hello");
    script.silence = Duration::from_millis(500);
    let script = Arc::new(script);
    let heartbeat = Duration::from_millis(50);
    let server = scripted(&script, Settings { heartbeat, ..settings() });
    let input = json!({"model": "ds4-tiny", "input": "Hi", "stream": true});
    let beats = [
        (CHAT, body(true), "\"ds4\":{\"phase\":\"prefill\""),
        ("/v1/messages", body(true), "event: ping"),
        ("/v1/responses", input, "event: response.in_progress"),
    ];
    for (path, body, beat) in beats {
        let begun = Instant::now();
        let mut asked = send(server.address(), &request("POST", path, "", &body.to_string()));
        assert_eq!(asked.head().status, 200);
        asked.chunk().unwrap();
        assert!(begun.elapsed() < Duration::from_millis(300), "the first event comes at once");
        let rest = String::from_utf8(std::iter::from_fn(|| asked.chunk()).flatten().collect());
        let n = rest.unwrap().matches(beat).count();
        assert!((4..=12).contains(&n), "{path}: {n} beats");
    }
}

#[test]
fn who_finds_no_place_hears_when_to_come_again() {
    let mut script = Script::new("");
    script.refusal = Some(Refusal::QueueFull { most: 4 });
    let server = scripted(&Arc::new(script), settings());
    for path in [CHAT, "/v1/messages"] {
        let response = post(&server, path, &body(true));
        assert_eq!(response.status, 429);
        assert!(response.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
        assert_eq!(response.json()["error"]["type"], "rate_limit_error");
    }
}

#[test]
fn failures_are_said_in_the_stream() {
    let mut script = Script::new("Hello");
    script.fails = true;
    let server = scripted(&Arc::new(script), settings());
    let chat = post(&server, CHAT, &body(true)).body;
    assert!(chat.contains(r#"data: {"error":{"message":"#) && chat.ends_with("[DONE]\n\n"));
    let messages = post(&server, "/v1/messages", &body(true)).body;
    assert!(messages.contains("event: error") && !messages.contains("message_stop"));
    let input = json!({"model": "ds4-tiny", "input": "Hi", "stream": true});
    assert!(post(&server, "/v1/responses", &input).body.contains("event: response.failed"));
    assert_eq!(post(&server, CHAT, &body(false)).status, 500);
}

#[test]
fn a_server_finishes_what_it_has() {
    let mut script = Script::new("One two three four five six");
    script.pace = Duration::from_millis(30);
    let script = Arc::new(script);
    let server = scripted(&script, settings());
    let address = server.address();
    let mut asked = send(address, &request("POST", CHAT, "", &body(true).to_string()));
    asked.head();
    asked.chunk().unwrap();
    server.end(Ending::Finish);
    let rest = String::from_utf8(std::iter::from_fn(|| asked.chunk()).flatten().collect()).unwrap();
    assert!(rest.contains("\"finish_reason\":\"stop\"") && rest.contains("six"), "{rest}");
    server.wait();
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn a_server_that_is_stopped_says_so() {
    let mut script = Script::new("Hello ");
    (script.endless, script.pace) = (true, Duration::from_millis(5));
    let script = Arc::new(script);
    let server = scripted(&script, settings());
    let mut body = body(true);
    body["max_tokens"] = json!(100_000);
    let mut asked = send(server.address(), &request("POST", CHAT, "", &body.to_string()));
    asked.head();
    asked.chunk().unwrap();
    server.end(Ending::Stop);
    let rest = String::from_utf8(std::iter::from_fn(|| asked.chunk()).flatten().collect()).unwrap();
    assert!(rest.contains("stopped before its end") && rest.ends_with("[DONE]\n\n"));
    script.expect_canceled(1);
    server.wait();
}
