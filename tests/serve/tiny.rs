//! ds4-tiny behind the server, asked directly and with the packages that clients use.

use std::{
    path::Path,
    process::{Command, Output},
    sync::{Arc, LazyLock},
};

use ds4::{
    generate::raw_tokens,
    kv::{self, Kv},
    schedule::{Batch, Kept, Options, Scheduler},
    serve::Server,
    session::{self, Engine},
};
use serde_json::{Value, json};

use super::{
    http::{post, post_with},
    served, settings, tiny_file, tokenizer,
};

/// A server of ds4-tiny, for all tests.
pub(crate) fn server() -> &'static Server {
    static SERVER: LazyLock<(Scheduler, Server)> = LazyLock::new(|| serve(4));
    &SERVER.1
}

/// A server with so many answers at a time.
pub(crate) fn serve(rows: usize) -> (Scheduler, Server) {
    let options = session::Options {
        context: 2048,
        sessions: rows,
        threads: 2,
        ..session::Options::default()
    };
    let engine = Engine::open(&tiny_file::tiny(), &options).unwrap();
    let kv = Kv::open(&engine, &kv::Options::default());
    let kept = Kept::new(kv, tokenizer(), Box::new(|_| {}));
    let options = Options { rows, queue: 16, ..Options::default() };
    let scheduler =
        Scheduler::start(Batch::new(engine, tokenizer(), Box::new(kept), options)).unwrap();
    let served = served(Arc::new(scheduler.client().clone()));
    let server = Server::start(served, settings()).unwrap();
    (scheduler, server)
}

fn ask(more: Value) -> Value {
    let question = "What is the capital of Japan?";
    let mut body = json!({
        "model": "ds4-tiny",
        "messages": [{"role": "user", "content": question}],
        "max_tokens": 120,
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn chat(more: Value) -> Value {
    post(server(), "/v1/chat/completions", &ask(more)).ok()
}

#[test]
fn it_answers_and_reuses_what_it_read() {
    let first = chat(json!({"temperature": 0, "max_tokens": 20}));
    let text = first["choices"][0]["message"]["content"].as_str().unwrap();
    assert!(text.contains("Tokyo"), "{text}");
    let second = json!({"temperature": 0, "messages": [
        {"role": "user", "content": "What is the capital of Japan?"},
        {"role": "assistant", "content": text},
        {"role": "user", "content": "And of France?"},
    ]});
    let response = post_with(server(), "/v1/chat/completions", "", &ask(second));
    let cached = response.ok()["usage"]["prompt_tokens_details"]["cached_tokens"].clone();
    assert!(cached.as_u64().unwrap() > 10, "{cached}");
    assert_eq!(response.header("x-ds4-reused-tokens"), Some(cached.to_string().as_str()));
}

#[test]
fn what_must_be_is() {
    let schema = json!({
        "type": "object",
        "properties": {"n": {"type": "integer", "minimum": 0, "maximum": 99}},
        "required": ["n"],
        "additionalProperties": false,
    });
    for seed in 0..4 {
        let format = json!({"type": "json_schema", "json_schema": {"name": "n", "schema": schema}});
        let answer = chat(json!({"temperature": 1.5, "seed": seed, "response_format": format}));
        let text = answer["choices"][0]["message"]["content"].as_str().unwrap();
        let value: Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"));
        assert!(value["n"].as_u64().unwrap() < 100, "{text}");
        let function = json!({"name": "pick", "parameters": schema});
        let tools = json!([{"type": "function", "function": function}]);
        let named = json!({"type": "function", "function": {"name": "pick"}});
        let answer = chat(json!({"temperature": 1.5, "seed": seed, "tools": tools,
            "tool_choice": named, "parallel_tool_calls": false}));
        let calls = answer["choices"][0]["message"]["tool_calls"].as_array().unwrap();
        assert_eq!((calls.len(), &calls[0]["function"]["name"]), (1, &json!("pick")));
        let arguments = calls[0]["function"]["arguments"].as_str().unwrap();
        let arguments: Value = serde_json::from_str(arguments).unwrap();
        assert!(arguments["n"].as_u64().unwrap() < 100);
    }
    let body = json!({"response_format": {"type": "json_schema", "json_schema":
        {"schema": {"type": "nothing"}}}});
    assert_eq!(post(server(), "/v1/chat/completions", &ask(body)).status, 400);
}

#[test]
fn options_do_as_they_say() {
    let seeded = json!({"temperature": 1, "seed": 3, "max_tokens": 12, "n": 2});
    let [a, b] = [(); 2].map(|()| chat(seeded.clone())["choices"].clone());
    assert_eq!((&a, a.as_array().unwrap().len()), (&b, 2));
    let tokens = tokenizer().encode_plain("The");
    let banned = json!({"temperature": 0, "max_tokens": 4, "logit_bias":
        {tokens[0].0.to_string(): -100}, "logprobs": true, "top_logprobs": 3});
    let answer = chat(banned);
    let content = answer["choices"][0]["logprobs"]["content"].as_array().unwrap().clone();
    let text: String = content.iter().map(|token| token["token"].as_str().unwrap()).collect();
    assert_eq!(answer["choices"][0]["message"]["content"], text);
    assert!(!text.starts_with("The") && content[0]["top_logprobs"].as_array().unwrap().len() == 3);
    let counted = post(server(), "/v1/messages/count_tokens", &ask(json!({}))).ok();
    let message = post(server(), "/v1/messages", &ask(json!({"max_tokens": 2}))).ok();
    let usage = &message["usage"];
    let all =
        ["input_tokens", "cache_read_input_tokens"].map(|field| usage[field].as_u64().unwrap());
    assert_eq!(counted["input_tokens"], all[0] + all[1]);
    assert_eq!(message["stop_reason"], "max_tokens");
    let long = "word ".repeat(3000);
    let long = json!({"messages": [{"role": "user", "content": long}]});
    let refused = post(server(), "/v1/chat/completions", &ask(long));
    assert_eq!(refused.json()["error"]["code"], "context_length_exceeded");
}

#[test]
fn texts_go_on_each_by_itself() {
    let complete = |prompt: Value, more: Value| {
        let mut body = json!({"model": "ds4-tiny", "prompt": prompt, "temperature": 0.7,
            "seed": 5, "max_tokens": 6, "n": 2});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        post(server(), "/v1/completions", &body)
    };
    let alone = ["One two", "The capital of"].map(|text| complete(json!(text), json!({})).ok());
    let tokens = raw_tokens(&tokenizer(), "The capital of");
    let tokens: Vec<u32> = tokens.iter().map(|token| token.0).collect();
    let both = json!(["One two", tokens]);
    let together = complete(both.clone(), json!({})).ok();
    let texts = |answer: &Value| -> Vec<String> {
        let choices = answer["choices"].as_array().unwrap().iter().enumerate();
        let text = |(i, choice): (usize, &Value)| {
            assert_eq!(choice["index"], i);
            choice["text"].as_str().unwrap().to_owned()
        };
        choices.map(text).collect()
    };
    let expected: Vec<_> = alone.iter().flat_map(texts).collect();
    assert_eq!((texts(&together), expected.len()), (expected.clone(), 4));
    for field in ["prompt_tokens", "completion_tokens"] {
        let [a, b] = [0, 1].map(|i| alone[i]["usage"][field].as_u64().unwrap());
        assert_eq!(together["usage"][field], a + b, "{field}");
    }
    let more = json!({"stream": true, "stream_options": {"include_usage": true}});
    let events = complete(both, more).events();
    let mut streamed = vec![String::new(); 4];
    for choice in events.iter().flat_map(|event| event["choices"].as_array().unwrap()) {
        let index = usize::try_from(choice["index"].as_u64().unwrap()).unwrap();
        streamed[index].push_str(choice["text"].as_str().unwrap());
    }
    assert_eq!(streamed, expected);
    assert_eq!(events.last().unwrap()["usage"]["total_tokens"], together["usage"]["total_tokens"]);
    let echo = complete(json!(["One", "Two"]), json!({"echo": true, "n": 1})).ok();
    assert!(texts(&echo)[0].starts_with("One") && texts(&echo)[1].starts_with("Two"));
    let many = complete(json!(vec!["x"; 33]), json!({}));
    assert!(many.status == 400 && many.body.contains("at most 64 answers"), "{}", many.body);
    assert_eq!(complete(json!(["x", 1]), json!({})).status, 400);
}

/// A package's check, which prints `ok`.
fn expect_ok(output: std::io::Result<Output>, missing: &str) {
    let Ok(output) = output else { return println!("skipped: {missing}") };
    let [said, wrong] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    if output.status.code() == Some(127) || wrong.contains("ModuleNotFoundError") {
        return println!("skipped: {missing}");
    }
    assert!(output.status.success() && said.ends_with("ok\n"), "{said}{wrong}");
}

/// Where `.ci/run` installs the packages.
pub(crate) fn installed() -> String {
    std::env::var("DS4_CLIENTS")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/target/clients").into())
}

#[test]
fn the_python_packages_are_content() {
    let python = format!("{}/venv/bin/python", installed());
    let check = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/serve/clients/check.py");
    let address = format!("http://{}", server().address());
    let output = Command::new(python).args([check, &address]).output();
    expect_ok(output, "the Python packages of tests/serve/clients/requirements.txt");
}

#[test]
fn the_node_packages_are_content() {
    let missing = "Node with the packages of tests/serve/clients/package.json";
    if !Path::new(&format!("{}/node_modules/openai", installed())).exists() {
        return println!("skipped: {missing}");
    }
    let check = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/serve/clients/check.mjs");
    let address = format!("http://{}", server().address());
    let mut command = Command::new("node");
    command.args([check, &address]).env("DS4_NODE_CLIENTS", installed());
    expect_ok(command.output(), missing);
}
