//! Grammars of values, in `llguidance`'s form of Lark.

use serde_json::{Value, json};

use super::schema::{self, Strings};
use crate::chat::protocol;

/// Ends the name of an argument; the kinds of values begin with it.
pub(super) const QUOTE: &str = "\"";

/// What may stand between the parts of JSON: a space, or a line break and its indentation. It is
/// bounded, so that no answer is made of blanks.
const BLANKS: &str = r"\x20|\x0A[\x20\x09]{0,32}";

/// The grammar of content that is valid for a schema.
pub(super) fn content(schema: &Value) -> String {
    format!("start: %json {}\n", with_blanks(schema))
}

/// The grammar of an argument that is valid for a schema: what stands behind its name, up to where
/// its closing tag begins.
pub(super) fn parameter(schema: &Value) -> String {
    let Strings { text, others } = schema::strings(schema);
    let close = quoted(before_dsml(protocol::PARAMETER_CLOSE));
    let [of_text, of_json] =
        protocol::PARAMETER_KINDS.map(|kind| quoted(kind.strip_prefix(QUOTE).unwrap_or(kind)));
    let json = with_blanks(schema);
    match text {
        Some(text) if others => format!(
            "start: TEXT | {of_json} json {close}\nTEXT: {of_text} ({text}) {close}\n\
             json: %json {json}\n"
        ),
        Some(text) => format!("start: TEXT\nTEXT: {of_text} ({text}) {close}\n"),
        None => format!("start: {of_json} json {close}\njson: %json {json}\n"),
    }
}

/// A schema with what `llguidance` is told beside it; it would follow what a stranger tells it.
fn with_blanks(schema: &Value) -> Value {
    let mut schema = match schema {
        Value::Bool(true) => json!({}),
        Value::Bool(false) => json!({ "enum": [] }),
        other => other.clone(),
    };
    schema["x-guidance"] = json!({ "whitespace_pattern": BLANKS });
    schema
}

/// What a tag has before the DSML token.
fn before_dsml(tag: &'static str) -> &'static str {
    tag.split_once(protocol::DSML).map_or("", |(before, _)| before)
}

/// A text as Lark quotes it, which is nearly how JSON does.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
