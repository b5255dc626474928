//! Content that must be JSON.

use ds4::{
    chat::Mode,
    grammar::{Choice, Format, Rules},
    tokenizer::TokenId,
};
use serde_json::json;

use super::{allowed, allows, call, schema, tool, tools};

#[test]
fn content_is_exactly_one_value() {
    let rules = schema(json!({
        "type": "object",
        "properties": {
            "name": { "type": "string" },
            "age": { "type": "integer" },
            "kind": { "enum": ["cat", "dog", null] },
        },
        "required": ["name", "kind"],
        "additionalProperties": false,
    }));
    for answer in [
        r#"{"name": "Tom", "age": 3, "kind": "cat"}"#,
        r#"{"name":"Tom","kind":null}"#,
        "{\n  \"name\": \"\\\"T\\\"\",\n  \"kind\": \"dog\"\n}",
    ] {
        assert!(allows(Mode::Chat, &rules, answer), "{answer}");
        assert!(allows(Mode::Thinking, &rules, &format!("A {{ cat.</think>{answer}")));
        assert!(!allows(Mode::Chat, &rules, &format!("{answer}.")));
        assert!(!allows(Mode::Chat, &rules, &format!("Here: {answer}")));
        assert!(!allows(Mode::Chat, &rules, &answer[..answer.len() - 1]), "cut");
    }
    for answer in [
        r#"{"name": "Tom"}"#,
        r#"{"name": "Tom", "kind": "cow"}"#,
        r#"{"name": 3, "kind": "cat"}"#,
        r#"{"name": "Tom", "kind": "cat", "more": 1}"#,
        r#"{"name": "Tom", "age": 1.5, "kind": "cat"}"#,
        "[]",
        "",
    ] {
        assert!(!allows(Mode::Chat, &rules, answer), "{answer}");
    }
}

#[test]
fn an_object_is_any_object() {
    let rules = Rules { format: Format::JsonObject, ..Rules::default() };
    assert!(allows(Mode::Chat, &rules, r#"{"a": [1, {"b": null}], "c": "d"}"#));
    assert!(allows(Mode::Chat, &rules, "{}"));
    assert!(!allows(Mode::Chat, &rules, "[]"));
    assert!(!allows(Mode::Chat, &rules, "{} {}"));
    assert_eq!(allowed(Mode::Chat, &rules, "```json"), "");
}

#[test]
fn values_other_than_objects_can_be_asked_for() {
    assert!(allows(Mode::Chat, &schema(json!({ "type": "integer", "minimum": 5 })), "17"));
    assert!(!allows(Mode::Chat, &schema(json!({ "type": "integer", "minimum": 5 })), "4"));
    assert!(allows(Mode::Chat, &schema(json!(true)), "[true]"));
    assert!(allows(Mode::Chat, &schema(json!({})), "\"x\""));
}

#[test]
fn content_or_calls() {
    let now = json!({ "type": "object", "properties": {} });
    let rules = Rules { format: Format::JsonObject, ..tools(vec![tool("now", now)]) };
    assert!(allows(Mode::Chat, &rules, "{}"));
    assert!(allows(Mode::Chat, &rules, &call("now", &[])));
    assert!(!allows(Mode::Chat, &rules, &format!("{{}}{}", call("now", &[]))));
    let rules = Rules { choice: Choice::None, ..rules };
    assert!(!allows(Mode::Chat, &rules, &call("now", &[])));
}

#[test]
fn no_answer_has_bytes_that_no_text_has() {
    let tokenizer = super::tokenizer();
    let is_byte = |token: &TokenId| tokenizer.token_bytes(*token) == Some(&[0xff]);
    let token = (0..).map(TokenId).take(tokenizer.n_tokens()).find(is_byte).unwrap();
    for rules in [Rules::default(), schema(json!({ "type": "string" }))] {
        let mut constraint = super::constraint(Mode::Chat, &rules);
        assert!(!constraint.allows(token).unwrap() && !constraint.mask().unwrap().has(token));
    }
    let mut constraint = super::constraint(Mode::Chat, &schema(json!({ "type": "string" })));
    constraint.take(tokenizer.encode("\"")[0]).unwrap();
    assert!(!constraint.allows(token).unwrap() && !constraint.mask().unwrap().has(token));
}
