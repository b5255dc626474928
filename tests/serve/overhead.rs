//! What the server costs beside the model.

use std::{
    env,
    net::SocketAddr,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use ds4::{
    generate::{Reading, raw_tokens},
    sample::SamplingOptions,
    schedule::{Client, Event, Priority, Request},
};
use serde_json::json;
use tokio::runtime::Builder;

use super::{
    http::{request, send},
    script::Script,
    scripted, settings, tiny, tokenizer,
};

const STREAMS: usize = 16;

/// Tokens of each answer.
const TOKENS: usize = 64;

/// Times both with ds4-tiny, in turns, with answers that cannot end early, and the server by itself,
/// with a script that says as many tokens at once; the shortest time of each counts.
#[test]
fn a_token_costs_little_more_than_from_the_scheduler() {
    if env::var_os("DS4_SERVE_OVERHEAD").is_none() {
        return println!("skipped: DS4_SERVE_OVERHEAD=1 measures what the server costs");
    }
    let (scheduler, server) = tiny::serve(STREAMS);
    let words = Script::new(&" a".repeat(TOKENS));
    let scripted = scripted(&Arc::new(words), settings());
    // As many threads as the server has.
    let runtime = Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let round = || {
        let begun = Instant::now();
        let client = scheduler.client();
        let tasks: Vec<_> = (0..STREAMS).map(|n| runtime.spawn(schedule(client, n))).collect();
        tasks.into_iter().for_each(|task| runtime.block_on(task).unwrap());
        [begun.elapsed(), streams(server.address()), streams(scripted.address())]
    };
    round();
    let rounds: Vec<_> = (0..5).map(|_| round()).collect();
    let [direct, served, alone] = [0, 1, 2].map(|which| {
        let shortest = rounds.iter().map(|times| times[which]).min().unwrap();
        shortest.as_secs_f64() * 1e3 / TOKENS as f64
    });
    println!(
        "a token of each of {STREAMS} streams: {direct:.3} ms from the scheduler, {served:.3} ms \
         from the server; {alone:.3} ms from the server without a model"
    );
    assert!(alone < 1.0 && served - direct < 1.0);
}

/// The time that all streams of a server take together.
fn streams(address: SocketAddr) -> Duration {
    let begun = Instant::now();
    thread::scope(|scope| (0..STREAMS).for_each(|n| drop(scope.spawn(move || stream(address, n)))));
    begun.elapsed()
}

fn prompt(n: usize) -> String {
    format!("Number {n} is")
}

fn schedule(client: &Client, n: usize) -> impl Future<Output = ()> + use<> {
    let request = Request {
        prompt: raw_tokens(&tokenizer(), &prompt(n)),
        reading: Reading::Raw,
        sampling: SamplingOptions { seed: n as u64, ..SamplingOptions::default() },
        bias: vec![(tokenizer().eos(), -100.0)],
        logprobs: None,
        constraint: None,
        max_tokens: Some(TOKENS),
        priority: Priority::Normal,
    };
    let mut ticket = client.submit(request).unwrap();
    async move {
        let mut n_tokens = 0;
        while let Some(event) = ticket.next().await {
            n_tokens += usize::from(matches!(event, Event::Token { .. }));
        }
        assert_eq!(n_tokens, TOKENS);
    }
}

fn stream(address: SocketAddr, n: usize) {
    let body = json!({
        "model": "ds4-tiny",
        "prompt": prompt(n),
        "max_tokens": TOKENS,
        "logit_bias": {tokenizer().eos().0.to_string(): -100},
        "stream": true,
        "stream_options": {"include_usage": true},
    });
    let response =
        send(address, &request("POST", "/v1/completions", "", &body.to_string())).whole();
    let usage = response.events().last().unwrap()["usage"].clone();
    assert_eq!(usage["completion_tokens"], TOKENS);
}
