//! Many clients at a time, of whom some leave, some read slowly and some send too much: over a
//! script for a few seconds, and over `ds4 serve` for as many as `DS4_SERVE_LOAD` says.

mod client;
mod report;

use std::{
    collections::HashMap,
    env,
    net::SocketAddr,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use ds4::serve::Settings;

use self::{
    client::{Client, Seen},
    report::Report,
};
use super::{
    http::{request, send},
    program::Program,
    script::Script,
    scripted, settings,
};

const CLIENTS: u64 = 64;

/// Most bytes of a body; clients that send too much send more.
const MOST: usize = 100_000;

/// Lets the clients ask until the time is over, and checks what every one of them saw.
fn load(address: SocketAddr, texts: &HashMap<&'static str, String>, time: Duration) -> Report {
    let until = Instant::now() + time;
    let seen: Vec<Seen> = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|n| scope.spawn(move || Client::new(address, texts, n).ask_until(until)))
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    expect_idle(address);
    Report::new(seen)
}

/// Waits until nothing runs and nobody waits.
fn expect_idle(address: SocketAddr) {
    let begun = Instant::now();
    loop {
        let ready = send(address, &request("GET", "/ready", "", "")).whole().json();
        if ready["running"] == 0 && ready["waiting"] == 0 {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "stuck: {ready}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn many_clients_hear_everything() {
    let says = "One two three four five six seven eight nine ten.";
    let mut script = Script::new(says);
    script.pace = Duration::from_millis(10);
    let server = scripted(&Arc::new(script), Settings { max_body: MOST, ..settings() });
    let texts = client::QUESTIONS.map(|question| (question, says.to_owned()));
    let report = load(server.address(), &texts.into(), Duration::from_secs(3));
    report.expect_gaps_below(settings().heartbeat);
    println!("{report}");
}

/// What it answers where nobody else asks; the temperature leaves no choice.
fn texts(address: SocketAddr) -> HashMap<&'static str, String> {
    let ask = |question| {
        let body = client::body("/v1/chat/completions", question, false).to_string();
        let asked = request("POST", "/v1/chat/completions", "", &body);
        let answer = send(address, &asked).whole().ok();
        let text = &answer["choices"][0]["message"]["content"];
        (question, text.as_str().unwrap().to_owned())
    };
    client::QUESTIONS.map(ask).into()
}

#[test]
fn a_program_under_load_stays_small_and_prompt() {
    let Some(seconds) = env::var("DS4_SERVE_LOAD").ok() else {
        return println!("skipped: DS4_SERVE_LOAD=600 asks for so many seconds of load");
    };
    let time = Duration::from_secs(seconds.parse().unwrap());
    // What is kept grows up to its limit, which is to be reached soon.
    let limits = ["--ctx", "1024", "--queue", "128", "--kv-memory", "32M", "--log", "off"];
    let times = ["--heartbeat", "2", "--max-body", &MOST.to_string()];
    let program = Program::start(&[&limits[..], &times].concat());
    let texts = texts(program.address);
    let mut memory = vec![];
    let report = thread::scope(|scope| {
        let running = scope.spawn(|| load(program.address, &texts, time));
        while !running.is_finished() {
            memory.extend(program.memory());
            thread::sleep(Duration::from_secs(1));
        }
        running.join().unwrap()
    });
    println!("{report}");
    report.expect_gaps_below(Duration::from_secs(2));
    if let (Some(warm), Some(most)) = (memory.get(memory.len() / 5), memory.iter().max()) {
        let [warm, most] = [warm, most].map(|bytes| bytes >> 20);
        println!("memory: {warm} MiB after a fifth of the time, {most} MiB at most");
        assert!(most < warm + warm / 8 + 16, "memory grows: {memory:?}");
    }
}
