//! Proves that a server does what an agent needs: by doing it.

use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use super::{
    protocol::{Protocol, Question, TOOL},
    server::Server,
};

/// Characters of an answer that are shown.
const SHOWN: usize = 60;

/// What the tool says.
const WEATHER: &str = "Sunny, 21 degrees.";

/// Asks for a text, a stream, and a call whose result is sent back; says how each went.
pub(super) fn prove(server: &Server, protocol: Protocol, model: &str) -> Result<()> {
    type Step = fn(&Server, Protocol, &str) -> Result<String>;
    let steps: [(&str, Step); 3] = [("text", text), ("stream", stream), ("tools", tools)];
    for (name, step) in steps {
        let begun = Instant::now();
        let said = step(server, protocol, model)
            .with_context(|| format!("{name}: {} does not do what agents need", server.url()))?;
        eprintln!("{name:<7} {:6.2} s  {said}", begun.elapsed().as_secs_f64());
    }
    eprintln!("{} at {} answers, streams and calls tools", model, server.url());
    Ok(())
}

fn text(server: &Server, protocol: Protocol, model: &str) -> Result<String> {
    let answer = server.ask(protocol.path(), &protocol.ask(model, Question::Text))?;
    shown(&protocol.text(&answer))
}

fn stream(server: &Server, protocol: Protocol, model: &str) -> Result<String> {
    let mut body = protocol.ask(model, Question::Text);
    body["stream"] = true.into();
    let begun = Instant::now();
    let (mut first, mut text, mut is_whole) = (None, String::new(), false);
    let n = server.stream(protocol.path(), &body, &mut |data| {
        first.get_or_insert_with(|| begun.elapsed());
        let event: Value = serde_json::from_str(data).unwrap_or_default();
        let error = &event["error"]["message"];
        ensure!(error.is_null(), "the stream says: {error}");
        text.push_str(&protocol.delta(&event));
        is_whole |= protocol.is_last(data, &event);
        Ok(())
    })?;
    ensure!(is_whole, "the stream has {n} events and no last one");
    let first = first.unwrap_or_default().as_secs_f64();
    Ok(format!("{}, {n} events, the first after {first:.2} s", shown(&text)?))
}

fn tools(server: &Server, protocol: Protocol, model: &str) -> Result<String> {
    let answer = server.ask(protocol.path(), &protocol.ask(model, Question::Call))?;
    let Some(call) = protocol.call(&answer) else { bail!("{TOOL} was to be called: {answer}") };
    let question = Question::Result(&call, WEATHER);
    let answer = server.ask(protocol.path(), &protocol.ask(model, question))?;
    let said = shown(&protocol.text(&answer))?;
    Ok(format!("{TOOL}({}), then {said}", call.arguments))
}

/// The beginning of a text, which is not empty.
fn shown(text: &str) -> Result<String> {
    ensure!(!text.trim().is_empty(), "the answer is empty");
    let text = text.trim().replace('\n', " ");
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => Ok(format!("\"{}...\"", &text[..end])),
        None => Ok(format!("\"{text}\"")),
    }
}
