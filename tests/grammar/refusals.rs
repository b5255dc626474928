//! Rules that cannot be followed, and in which words they are refused.

use std::time::{Duration, Instant};

use ds4::{
    chat::Mode,
    grammar::{Choice, Rules, Tool},
};
use serde_json::{Value, json};

use super::{grammars, schema, tool, tools};

fn refused(rules: &Rules) -> String {
    let begun = Instant::now();
    let error = grammars().constraint(Mode::Chat, rules).unwrap_err().to_string();
    assert!(begun.elapsed() < Duration::from_secs(10), "{error}: {:?}", begun.elapsed());
    error
}

fn of_schema(of: Value) -> String {
    refused(&schema(of))
}

#[expect(clippy::needless_pass_by_value, reason = "schemas are written in place")]
fn of_parameter(of: Value) -> String {
    refused(&tools(vec![tool("f", json!({ "type": "object", "properties": { "x": of } }))]))
}

#[test]
fn keywords_that_cannot_be_followed_are_named() {
    assert_eq!(
        of_schema(json!({ "type": "object", "properties": { "a": { "not": {} } } })),
        "the schema of the response: `not` cannot be followed (at /properties/a/not)"
    );
    assert_eq!(
        of_parameter(json!({ "type": "array", "items": { "uniqueItems": true } })),
        "tool `f`: `uniqueItems` cannot be followed (at /properties/x/items/uniqueItems)"
    );
    assert_eq!(
        of_schema(json!({ "$ref": "https://example.com/schema.json" })),
        "the schema of the response: the reference \"https://example.com/schema.json\" leaves the \
         schema (at /$ref)"
    );
    assert_eq!(
        of_parameter(json!({ "enum": ["a ｜DSML｜ b"] })),
        "tool `f`: \"a ｜DSML｜ b\" contains the special token `｜DSML｜` (at /properties/x/enum)"
    );
    let error = of_parameter(json!({ "type": "integer", "minimum": 3, "maximum": 2 }));
    assert!(error.starts_with("tool `f`, parameter `x`: "), "{error}");
    assert!(error.contains("minimum (3) is greater than maximum (2)"), "{error}");
    let error = of_schema(json!({ "oneOf": [{ "type": "integer" }, { "type": "number" }] }));
    assert!(error.contains("oneOf"), "{error}");
    let error = of_schema(json!({ "type": "objekt" }));
    assert!(error.contains("Invalid type: objekt"), "{error}");
    let error = of_schema(json!({ "type": "string", "pattern": "(?=a)b" }));
    assert!(error.starts_with("the schema of the response: "), "{error}");
    let error = of_schema(json!({ "$ref": "#/$defs/missing" }));
    assert!(error.contains("missing"), "{error}");
    let error = of_schema(json!("a string"));
    assert!(error.contains("an object or a boolean"), "{error}");
}

#[test]
fn keywords_that_forbid_nothing_are_left_out() {
    let open = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "https://example.com/x",
        "type": "object",
        "title": "T",
        "deprecated": true,
        "x-guidance": { "lenient": true, "whitespace_pattern": ".*" },
        "x-other": 1,
        "propertyNames": { "type": "string" },
        "properties": { "a": { "type": "array", "uniqueItems": false, "format": "odd" } },
    });
    assert!(grammars().constraint(Mode::Chat, &schema(open)).is_ok());
}

#[test]
fn tools_must_make_sense() {
    let object = || json!({ "type": "object" });
    assert_eq!(
        refused(&Rules { choice: Choice::Required, ..Rules::default() }),
        "a tool call is required, and there are no tools"
    );
    let rules = tools(vec![tool("f", object())]);
    assert_eq!(
        refused(&Rules { choice: Choice::Named("g".to_owned()), ..rules }),
        "the tool `g` is to be called, and is not among the 1 tools"
    );
    assert_eq!(
        refused(&tools(vec![tool("f", object()), tool("f", object())])),
        "two tools are called `f`"
    );
    let error = refused(&tools(vec![tool("a\"b", object())]));
    assert!(error.contains(r#"the name "a\"b" is empty, or has a quote"#), "{error}");
    let error = refused(&tools(vec![tool("f", json!({ "type": "object", "required": ["x"] }))]));
    assert_eq!(error, "tool `f`: `x` is required, and has no schema in `properties`");
    let error = refused(&tools(vec![tool("f", json!({ "type": "array" }))]));
    assert_eq!(error, "tool `f`: the schema of the arguments is not of `type` \"object\"");
}

#[test]
fn what_is_hostile_is_bounded() {
    let mut deep = json!({});
    for _ in 0..100 {
        deep = json!({ "items": deep });
    }
    let error = of_schema(deep);
    assert!(error.contains("more than 64 schemas deep"), "{error}");
    let many: Vec<_> = (0..2000).map(|i| tool(&format!("f{i}"), json!({}))).collect();
    let error = refused(&tools(many));
    assert_eq!(error, "the tools: their number is 2000; at most 1024");
    let error = of_schema(json!({ "description": "x".repeat(2 << 20) }));
    assert!(error.contains("the number of bytes of its schema"), "{error}");
    let error = of_schema(json!({ "type": "string", "minLength": 1_000_000_000_u64 }));
    assert!(error.contains("1000000000 is more than 10000"), "{error}");
    // A chain of references, each so many schemas below the last one.
    let chain = |n: usize, deep: usize| {
        let defs = (0..n).map(|i| {
            let mut to = json!({ "$ref": format!("#/$defs/d{}", i + 1) });
            for _ in 0..deep {
                to = json!({ "type": "array", "items": to });
            }
            (format!("d{i}"), to)
        });
        let mut defs: serde_json::Map<_, _> = defs.collect();
        defs.insert(format!("d{n}"), json!({ "type": "null" }));
        json!({ "$ref": "#/$defs/d0", "$defs": defs })
    };
    for (n, deep) in [(500, 1), (160, 48)] {
        assert!(grammars().constraint(Mode::Chat, &schema(chain(n, deep))).is_ok());
    }
    let error = of_schema(chain(3000, 1));
    assert!(error.contains("more than 512 references"), "{error}");
    let error = of_schema(chain(500, 50));
    assert!(error.contains("references, up to 52 schemas deep"), "{error}");
    let selves: Vec<_> = (0..100).map(|_| json!({ "$ref": "#/properties/x" })).collect();
    let begun = Instant::now();
    // A union of itself, as which it has no text of its own.
    let many = json!({ "type": "object", "properties": { "x": { "anyOf": selves } } });
    let _ = grammars().constraint(Mode::Chat, &tools(vec![tool("f", many)]));
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    let wide: Vec<_> = (0..20_000).map(|i| json!({ "const": format!("value {i}") })).collect();
    for odd in [
        json!({ "anyOf": wide }),
        json!({ "type": "string", "pattern": "((a{1,999}){1,999}){1,999}" }),
        json!({ "type": "string", "pattern": "(a|aa)*(b|bb)*.{300}c.{300}d" }),
        json!({ "type": "array", "minItems": 9999, "items": { "type": "array", "minItems": 9999 } }),
    ] {
        let begun = Instant::now();
        // To refuse it or not is equally fine, but soon.
        let _ = grammars().constraint(Mode::Chat, &schema(odd));
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    }
}

#[test]
fn tools_are_compiled_once() {
    let of = |n: usize| -> Vec<Tool> {
        let properties = |i: usize| {
            json!({
                "a": { "type": "string" },
                "b": { "type": "integer", "minimum": i },
                "c": { "type": "array", "items": { "type": "string" } },
            })
        };
        let tool_of =
            |i| tool(&format!("f{i}"), json!({ "type": "object", "properties": properties(i) }));
        (0..n).map(tool_of).collect()
    };
    let rules = tools(of(40));
    let time = || {
        let begun = Instant::now();
        grammars().constraint(Mode::Chat, &rules).unwrap();
        begun.elapsed()
    };
    let (first, second) = (time(), time());
    println!("40 tools with 3 parameters each: {first:?}, then {second:?}");
    assert!(first < Duration::from_secs(5) && second < Duration::from_millis(500));
}

#[test]
fn tools_can_be_followed_loosely() {
    let schema = json!({
        "type": "object",
        "properties": {
            "tags": { "type": "array", "uniqueItems": true },
            "name": { "type": "string", "not": { "const": "x" } },
            "kind": { "enum": ["a", "b"] },
        },
        "required": ["kind"],
    });
    let rules = tools(vec![tool("f", schema)]);
    let (constraint, left_out) = grammars().loose(Mode::Chat, &rules).unwrap();
    assert_eq!(
        left_out[0].to_string(),
        "tool `f`: `uniqueItems` cannot be followed (at /properties/tags/uniqueItems)"
    );
    let allows = |parameters: &[(&str, bool, &str)]| {
        let tokens = super::tokenizer().encode(&super::call("f", parameters));
        super::walk(constraint.clone(), &tokens) == tokens.len()
    };
    assert!(allows(&[("kind", true, "a"), ("tags", false, "[1, 1]"), ("name", true, "x")]));
    assert!(!allows(&[("kind", true, "c")]), "the rest is held to its schema");
    assert!(!allows(&[("kind", true, "a"), ("tags", false, "1")]), "types are");
    assert!(!allows(&[("tags", false, "[]")]), "what is required is");
}
