//! One client among many: which of them it is differs from request to request.

use std::{
    collections::HashMap,
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    http::{Asked, request},
    load::MOST,
};

pub(super) const QUESTIONS: [&str; 4] = [
    "What is the capital of Japan?",
    "What is the capital of France?",
    "Name three colors.",
    "Count to ten.",
];

const PATHS: [&str; 3] = ["/v1/chat/completions", "/v1/messages", "/v1/responses"];

/// What it saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// How often it did what.
    pub(super) n: HashMap<&'static str, usize>,
    /// Times between two events of streams that it read as fast as it could.
    pub(super) gaps: Vec<Duration>,
    /// What was not as it should be.
    pub(super) wrong: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Client<'a> {
    address: SocketAddr,
    texts: &'a HashMap<&'static str, String>,
    random: u64,
    /// A connection on which everything was heard.
    free: Option<Asked>,
    seen: Seen,
}

impl<'a> Client<'a> {
    pub(super) fn new(
        address: SocketAddr,
        texts: &'a HashMap<&'static str, String>,
        n: u64,
    ) -> Self {
        let random = (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self { address, texts, random, free: None, seen: Seen::default() }
    }

    pub(super) fn ask_until(mut self, until: Instant) -> Seen {
        while Instant::now() < until {
            let (path, question) = (PATHS[self.below(3)], QUESTIONS[self.below(4)]);
            let (what, outcome) = match self.below(20) {
                0 => ("too large", self.send_too_much(path)),
                1 | 2 => ("left", self.leave(path)),
                3 | 4 => ("slow", self.stream(path, question, true)),
                7 => ("new", self.ask_anew(path)),
                5 | 6 => ("whole", self.whole(path, question)),
                _ => ("stream", self.stream(path, question, false)),
            };
            *self.seen.n.entry(what).or_default() += 1;
            if let Err(wrong) = outcome {
                self.seen.wrong.push(format!("{what} {path}: {wrong}"));
            }
        }
        self.seen
    }

    /// Asks on a connection that is there, or on another one.
    fn ask(&mut self, bytes: &[u8]) -> Result<Asked, String> {
        let mut asked = match self.free.take() {
            Some(asked) if self.below(4) > 0 => asked,
            _ => Asked::connect(self.address),
        };
        asked.send(bytes).map_err(|error| format!("the request cannot be sent: {error}"))?;
        Ok(asked)
    }

    fn begin(&mut self, path: &str, question: &str) -> Result<Asked, String> {
        let body = body(path, question, true).to_string();
        let mut asked = self.ask(&request("POST", path, "", &body))?;
        match asked.head().status {
            200 => Ok(asked),
            status => Err(format!("status {status}")),
        }
    }

    fn stream(&mut self, path: &str, question: &str, is_slow: bool) -> Result<(), String> {
        let found = self.hear(path, question, is_slow)?;
        self.compare(question, &found)
    }

    /// The text of a whole stream.
    fn hear(&mut self, path: &str, question: &str, is_slow: bool) -> Result<String, String> {
        let mut asked = self.begin(path, question)?;
        let mut text = String::new();
        let mut last = Instant::now();
        while let Some(chunk) = asked.chunk() {
            if is_slow {
                thread::sleep(Duration::from_millis(self.below(100) as u64));
            } else {
                self.seen.gaps.push(last.elapsed());
                last = Instant::now();
            }
            text.push_str(&String::from_utf8_lossy(&chunk));
        }
        self.free = Some(asked);
        whole_stream(path, &text)
    }

    /// A question that nobody asked before, so that there is more and more to keep.
    fn ask_anew(&mut self, path: &str) -> Result<(), String> {
        let question = self.new_question();
        self.hear(path, &question, false).map(drop)
    }

    fn new_question(&mut self) -> String {
        (0..30).map(|_| format!("{} ", self.below(1000))).collect()
    }

    fn leave(&mut self, path: &str) -> Result<(), String> {
        let question = self.new_question();
        let mut asked = self.begin(path, &question)?;
        for _ in 0..self.below(4) {
            asked.chunk();
        }
        Ok(())
    }

    fn whole(&mut self, path: &str, question: &str) -> Result<(), String> {
        let body = body(path, question, false).to_string();
        let mut asked = self.ask(&request("POST", path, "", &body))?;
        let response = asked.response();
        if response.status != 200 {
            return Err(format!("status {}: {}", response.status, response.body));
        }
        self.free = Some(asked);
        let answer = response.json();
        let text = match path {
            "/v1/messages" => &answer["content"][0]["text"],
            "/v1/responses" => &answer["output"][0]["content"][0]["text"],
            _ => &answer["choices"][0]["message"]["content"],
        };
        self.compare(question, text.as_str().unwrap_or_default())
    }

    /// More than the server takes, or so much more that it does not wait for the rest.
    fn send_too_much(&mut self, path: &str) -> Result<(), String> {
        let n_bytes = MOST * [2, 20][self.below(2)];
        let mut asked = self.ask(&request("POST", path, "", &"x".repeat(n_bytes)))?;
        let status = asked.head().status;
        if status == 413 { Ok(()) } else { Err(format!("{n_bytes} bytes: status {status}")) }
    }

    fn compare(&self, question: &str, found: &str) -> Result<(), String> {
        let expected = &self.texts[question];
        if found == expected {
            return Ok(());
        }
        Err(format!("expected {expected:?}, found {found:?}"))
    }

    fn below(&mut self, n: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random >> 33).unwrap() % n
    }
}

/// The temperature leaves no choice, but is not 0: the same requests are answered one by one.
pub(super) fn body(path: &str, question: &str, stream: bool) -> Value {
    let messages = json!([{"role": "user", "content": question}]);
    let mut body = json!({"model": "ds4-tiny", "temperature": 1e-4, "stream": stream});
    match path {
        "/v1/responses" => {
            body["input"] = messages;
            body["max_output_tokens"] = json!(24);
            body["store"] = json!(false);
        }
        _ => {
            body["messages"] = messages;
            body["max_tokens"] = json!(24);
        }
    }
    body
}

/// The text of a stream, whose events are all there and in order.
fn whole_stream(path: &str, body: &str) -> Result<String, String> {
    let data = body.lines().filter_map(|line| line.strip_prefix("data: "));
    let events: Vec<Value> = data
        .map(|data| serde_json::from_str(data).unwrap_or_else(|_| json!({"type": data})))
        .collect();
    let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap_or("")).collect();
    let n = |kind: &str| kinds.iter().filter(|known| **known == kind).count();
    let text = |parts: &mut dyn Iterator<Item = &Value>| {
        parts.filter_map(Value::as_str).collect::<String>()
    };
    let (is_whole, text) = match path {
        "/v1/messages" => (
            kinds.first() == Some(&"message_start")
                && kinds.last() == Some(&"message_stop")
                && n("content_block_start") == n("content_block_stop"),
            text(&mut events.iter().map(|event| &event["delta"]["text"])),
        ),
        "/v1/responses" => {
            let numbers = events.iter().map(|event| event["sequence_number"].as_u64());
            let deltas = events.iter().filter(|e| e["type"] == "response.output_text.delta");
            let ends = ["response.completed", "response.incomplete"];
            (
                numbers.eq((0..events.len() as u64).map(Some))
                    && kinds.last().is_some_and(|kind| ends.contains(kind)),
                text(&mut deltas.map(|event| &event["delta"])),
            )
        }
        _ => {
            let choices = events.iter().map(|event| &event["choices"][0]);
            let ends = choices.clone().filter(|choice| choice["finish_reason"].is_string());
            (
                kinds.last() == Some(&"[DONE]") && n("[DONE]") == 1 && ends.count() == 1,
                text(&mut choices.map(|choice| &choice["delta"]["content"])),
            )
        }
    };
    if is_whole { Ok(text) } else { Err(format!("events are missing: {body}")) }
}
