//! What constraints allow, token by token, and that what ds4-tiny writes under them is valid at any
//! temperature.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "tests say what they measured")]

mod calls;
mod content;
mod cost;
mod model;
mod refusals;
mod schemas;
#[path = "../support/tiny.rs"]
#[expect(dead_code, reason = "prompts are texts here")]
mod tiny;

use std::sync::{Arc, OnceLock};

use ds4::{
    chat::{Mode, protocol},
    gguf::Gguf,
    grammar::{Choice, Constraint, Format, Grammars, Rules, Tool},
    tokenizer::{TokenId, Tokenizer},
};
use serde_json::Value;

fn tokenizer() -> Arc<Tokenizer> {
    static TOKENIZER: OnceLock<Arc<Tokenizer>> = OnceLock::new();
    let tokenizer = TOKENIZER.get_or_init(|| {
        let file = Gguf::open(&tiny::tiny()).unwrap();
        let tokenizer = Tokenizer::from_metadata(|key| file.metadata().get(key));
        Arc::new(tokenizer.unwrap())
    });
    Arc::clone(tokenizer)
}

fn grammars() -> Grammars {
    static GRAMMARS: OnceLock<Grammars> = OnceLock::new();
    GRAMMARS.get_or_init(|| Grammars::new(tokenizer()).unwrap()).clone()
}

fn constraint(mode: Mode, rules: &Rules) -> Constraint {
    grammars().constraint(mode, rules).unwrap().unwrap()
}

fn tool(name: &str, schema: Value) -> Tool {
    Tool { name: name.to_owned(), schema }
}

/// Rules with tools of which the model chooses.
fn tools(tools: Vec<Tool>) -> Rules {
    Rules { tools, parallel: true, ..Rules::default() }
}

/// Rules of content alone.
fn schema(schema: Value) -> Rules {
    Rules { format: Format::JsonSchema(schema), choice: Choice::None, ..Rules::default() }
}

/// Walks along `tokens`; how many of them are allowed. Masks agree with single answers on the way.
fn walk(mut constraint: Constraint, tokens: &[TokenId]) -> usize {
    let n_tokens = u32::try_from(tokenizer().n_tokens()).unwrap();
    for (index, &token) in tokens.iter().enumerate() {
        let is_allowed = constraint.allows(token).unwrap();
        let mask = constraint.mask().unwrap();
        assert_eq!(mask.has(token), is_allowed, "token {token} at {index}");
        for other in (0..n_tokens).step_by(131).map(TokenId) {
            assert_eq!(mask.has(other), constraint.allows(other).unwrap(), "token {other}");
        }
        if !is_allowed {
            return index;
        }
        constraint.take(token).unwrap();
    }
    tokens.len()
}

/// Whether an answer and its end are allowed.
fn allows(mode: Mode, rules: &Rules, answer: &str) -> bool {
    let tokens = tokenizer().encode(&format!("{answer}{}", protocol::END));
    walk(constraint(mode, rules), &tokens) == tokens.len()
}

/// What of an answer is allowed.
fn allowed(mode: Mode, rules: &Rules, answer: &str) -> String {
    let tokens = tokenizer().encode(answer);
    let n = walk(constraint(mode, rules), &tokens);
    tokenizer().decode(&tokens[..n])
}

/// A block with one call.
fn call(name: &str, parameters: &[(&str, bool, &str)]) -> String {
    let parameters = parameters.iter().map(|(name, is_text, value)| {
        format!(
            "<｜DSML｜parameter name=\"{name}\" string=\"{is_text}\">{value}</｜DSML｜parameter>\n"
        )
    });
    let parameters = parameters.collect::<String>();
    let blank = if parameters.is_empty() { "\n" } else { "" };
    format!(
        "\n\n<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"{name}\">\n{blank}{parameters}\
         </｜DSML｜invoke>\n</｜DSML｜tool_calls>"
    )
}
