//! What ds4-tiny is asked for.

use serde_json::{Value, json};

/// Schemas of content; whatever is valid for one is short.
pub(crate) fn schemas() -> Vec<Value> {
    objects().into_iter().chain(others()).collect()
}

fn objects() -> Vec<Value> {
    let name = json!({ "type": "string", "minLength": 1, "maxLength": 12 });
    vec![
        json!({
            "type": "object",
            "properties": {
                "kind": { "enum": ["cat", "dog", 3, null, true] },
                "name": name,
                "age": { "type": "integer", "minimum": -5, "maximum": 120 },
            },
            "required": ["kind", "age"],
            "additionalProperties": false,
        }),
        json!({
            "type": "object",
            "properties": {
                "list": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 4,
                    "items": { "$ref": "#/$defs/point" },
                },
                "inner": {
                    "type": "object",
                    "properties": { "deep": { "$ref": "#/$defs/point" }, "is": { "type": "boolean" } },
                    "required": ["is"],
                    "additionalProperties": false,
                },
            },
            "required": ["inner", "list"],
            "additionalProperties": false,
            "$defs": { "point": {
                "type": "object",
                "properties": {
                    "x": { "type": "number", "minimum": 0, "maximum": 1, "multipleOf": 0.25 },
                    "label": name,
                },
                "required": ["x"],
                "additionalProperties": false,
            } },
        }),
    ]
}

fn others() -> Vec<Value> {
    let name = json!({ "type": "string", "minLength": 1, "maxLength": 12 });
    vec![
        json!({
            "type": "object",
            "properties": { "answer": { "anyOf": [
                { "type": "integer", "minimum": 0, "maximum": 9 },
                { "type": "string", "pattern": "^[a-z]{2,8}( [a-z]{1,8}){0,2}$" },
                { "type": "array", "items": { "enum": ["a", "b"] }, "maxItems": 3 },
                { "type": "null" },
            ] } },
            "required": ["answer"],
            "additionalProperties": false,
        }),
        json!({ "type": "array", "maxItems": 3, "items": { "type": "string", "format": "date" } }),
        json!({
            "type": "object",
            "properties": { "when": { "const": "now" } },
            "required": ["when"],
            "patternProperties": { "^x_[a-z]{1,5}$": { "type": "integer", "minimum": 1, "maximum": 9 } },
            "additionalProperties": false,
            "maxProperties": 3,
        }),
        json!({ "oneOf": [
            { "type": "object", "properties": { "t": { "const": "a" }, "n": name }, "required": ["t", "n"],
              "additionalProperties": false },
            { "type": "object", "properties": { "t": { "const": "b" } }, "required": ["t"],
              "additionalProperties": false },
        ] }),
    ]
}

/// Tools by name, with schemas of the same kind.
pub(crate) fn callables() -> Vec<(String, Value)> {
    let text = |most: u32| json!({ "type": "string", "maxLength": most });
    let write = json!({
        "type": "object",
        "properties": {
            "path": { "type": "string", "minLength": 1, "maxLength": 30 },
            "lines": { "type": "array", "items": text(10), "maxItems": 3 },
            "mode": { "type": "string", "enum": ["new", "append", "replace it all"] },
            "times": { "type": "integer", "minimum": 1, "maximum": 1000 },
        },
        "required": ["path"],
    });
    let search = json!({
        "type": "object",
        "properties": {
            "query": text(40),
            "where": { "anyOf": [{ "$ref": "#/$defs/place" }, text(8), { "type": "null" }] },
            "since": { "type": "string", "format": "date-time" },
            "code": { "type": "string", "pattern": "^[A-Z]{2}-[0-9]{1,4}$" },
            "exact": { "type": "boolean" },
        },
        "required": ["query", "exact"],
        "$defs": { "place": {
            "type": "object",
            "properties": { "x": { "type": "integer", "minimum": 0, "maximum": 99 }, "name": text(6) },
            "required": ["x"],
            "additionalProperties": false,
        } },
    });
    let none = json!({ "type": "object", "properties": {} });
    [("write_file", write), ("search", search), ("now", none)]
        .map(|(name, schema)| (name.to_owned(), schema))
        .into()
}
