//! Any body of any protocol is answered, and by nothing that is a fault of the server.
//!
//! The first byte chooses the path; `tests/fuzz/requests.dict` is a dictionary of fields, for
//! `-dict`. What answers refuses everything, so that only the reading of requests is tried.

#![no_main]

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{Arc, LazyLock},
};

use ds4::{
    chat::Release,
    sample::SamplingOptions,
    schedule::{Limits, Refusal, Request, Ticket},
    serve::{Backend, Served, Server, Settings},
    tokenizer::Tokenizer,
};
use libfuzzer_sys::fuzz_target;

const JSON: &[u8] = include_bytes!("../../fixtures/tokenizer/tiny.tokenizer.json");

const PATHS: [&str; 6] = [
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/messages",
    "/v1/messages/count_tokens",
    "/v1/responses",
    "/v1/responses/compact",
];

/// Answers nothing.
#[derive(Debug)]
struct Nobody;

impl Backend for Nobody {
    fn submit(&self, _: Request) -> Result<Ticket, Refusal> {
        Err(Refusal::EmptyPrompt)
    }

    fn limits(&self) -> Limits {
        Limits {
            context: 4096,
            n_vocab: 4096,
            rows: 1,
            pages: 64,
            page_tokens: 64,
            page_bytes: 1,
            state_bytes: 1,
            scratch_bytes: 1,
            queue: 1,
        }
    }
}

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let served = Served {
        name: "m".into(),
        aliases: vec![],
        backend: Arc::new(Nobody),
        tokenizer: Arc::new(Tokenizer::from_json(JSON).unwrap()),
        sampling: SamplingOptions::default(),
        is_seeded: false,
        release: Release::Preview,
        thinks: false,
        max_tokens: None,
    };
    let settings = Settings { address: ([127, 0, 0, 1], 0).into(), ..Settings::default() };
    Server::start(served, settings).unwrap()
});

fuzz_target!(|bytes: &[u8]| {
    let Some((which, body)) = bytes.split_first() else { return };
    let path = PATHS[usize::from(*which) % PATHS.len()];
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(SERVER.address()).unwrap();
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let status = response.split(' ').nth(1).unwrap_or_default();
    assert!(status.starts_with('2') || status.starts_with('4'), "{response}");
});
