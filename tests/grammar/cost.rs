//! What constraints cost, in the vocabulary of the full model.

use std::{
    io::Read as _,
    sync::Arc,
    time::{Duration, Instant},
};

use ds4::{
    chat::Mode,
    grammar::{Format, Grammars, Rules},
    tokenizer::{TokenId, Tokenizer},
};
use serde_json::json;

use super::{call, tool, tools};

/// The vendor's tokenizer, with 129,280 entries.
fn full() -> Arc<Tokenizer> {
    let packed = include_bytes!("../fixtures/tokenizer/tokenizer.json.gz");
    let mut json = vec![];
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut json).unwrap();
    Arc::new(Tokenizer::from_json(&json).unwrap())
}

#[test]
fn a_token_costs_little() {
    let tokenizer = full();
    let begun = Instant::now();
    let grammars = Grammars::new(Arc::clone(&tokenizer)).unwrap();
    let object = Rules { format: Format::JsonObject, ..Rules::default() };
    let empty = grammars.constraint(Mode::Chat, &object).unwrap().unwrap();
    println!("{} tokens, first grammar after {:?}", tokenizer.n_tokens(), begun.elapsed());
    assert!(begun.elapsed() < Duration::from_secs(10));

    let write = json!({
        "type": "object",
        "properties": {
            "path": { "type": "string" },
            "edits": { "type": "array", "items": { "type": "object", "properties": {
                "old": { "type": "string" }, "new": { "type": "string" }, "n": { "type": "integer" },
            }, "required": ["old", "new"] } },
        },
        "required": ["path", "edits"],
    });
    let rules = tools(vec![tool("edit", write)]);
    let calls = grammars.constraint(Mode::Chat, &rules).unwrap().unwrap();
    let one = r#"{"old": "let x = 1; // the first", "new": "let x = 2;\nlet y = 3;", "n": 12}"#;
    let edits = format!("[{}]", [one; 20].join(", "));
    let path = "src/main.rs and what it has to say of itself, which is free text ".repeat(20);
    let answer = call("edit", &[("path", true, &path), ("edits", false, &edits)]);
    let json = format!("{{\"edits\": {edits}}}");
    for (what, constraint, text) in [
        ("free text", calls.clone(), "Some content, as a model writes it. ".repeat(40)),
        ("a call", calls, answer),
        ("JSON", empty, json),
    ] {
        let tokens = tokenizer.encode(&text);
        let mut walked = constraint.clone();
        let begun = Instant::now();
        walk(&mut walked, &tokens);
        let each = begun.elapsed() / u32::try_from(tokens.len()).unwrap();
        let (mut masked, mut masks) = (constraint, Duration::ZERO);
        for &token in &tokens {
            let begun = Instant::now();
            assert!(masked.mask().unwrap().has(token));
            masks += begun.elapsed();
            masked.take(token).unwrap();
        }
        let mask = masks / u32::try_from(tokens.len()).unwrap();
        println!("{what}: {} tokens, {each:?} for each, {mask:?} for a mask", tokens.len());
        assert!(each < Duration::from_millis(2), "{what}: {each:?}");
    }
}

fn walk(constraint: &mut ds4::grammar::Constraint, tokens: &[TokenId]) {
    for &token in tokens {
        assert!(constraint.allows(token).unwrap(), "{token}");
        constraint.take(token).unwrap();
    }
}
