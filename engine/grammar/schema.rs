//! Schemas of strangers: how large they may be, and what of them can be followed.
//!
//! What is not followed is refused by name, but for annotations, which say nothing of what is valid,
//! and for keywords whose value forbids nothing.

use serde_json::{Map, Value, json};

use super::{Error, Result, vocabulary::Vocabulary};

mod strings;

pub(super) use strings::{Strings, strings};

/// Most bytes of a schema.
const MOST_BYTES: usize = 1 << 20;
/// Deepest nesting of schemas.
const MOST_DEPTH: usize = 64;
/// Most references of a schema.
const MOST_REFERENCES: usize = 512;
/// Most references times how deep the deepest of them stands: where each leads to the next, that is
/// how deep they are followed.
const MOST_LEVELS: usize = 8192;
/// Most parameters of a tool.
const MOST_PARAMETERS: usize = 256;
/// The largest least number of anything; it costs grammar to insist on many.
const MOST_LEAST: u64 = 10_000;
/// Where bounds from above end; no answer is longer.
const MOST_MOST: u64 = 1_000_000;
/// Longest pattern.
const MOST_PATTERN: usize = 4096;

/// The types of JSON Schema.
const TYPES: [&str; 7] = ["null", "boolean", "integer", "number", "string", "array", "object"];

/// Formats of strings that are followed; others are annotations.
const FORMATS: [&str; 10] =
    ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid", "uri"];

/// Keywords that say what is valid and cannot be followed.
const REFUSED: [&str; 16] = [
    "not",
    "if",
    "then",
    "else",
    "contains",
    "minContains",
    "maxContains",
    "uniqueItems",
    "propertyNames",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
    "unevaluatedItems",
    "unevaluatedProperties",
    "$dynamicRef",
    "$recursiveRef",
];

/// Annotations that `llguidance` does not know as such.
const ANNOTATIONS: [&str; 4] = ["deprecated", "contentSchema", "x-guidance", "nullable"];

/// The schema of any JSON object.
pub(super) fn any_object() -> Value {
    json!({ "type": "object" })
}

/// A walk through one schema.
struct Walk<'a> {
    /// What it is the schema of.
    place: &'a str,
    /// Whether its values stand in calls, else in content.
    in_calls: bool,
    n_references: usize,
    /// How deep the deepest of them stands.
    deepest: usize,
}

/// A schema without what it need not say, or why it cannot be followed.
pub(super) fn prepare(place: &str, schema: &Value, in_calls: bool) -> Result<Value> {
    let found = schema.to_string().len();
    if found > MOST_BYTES {
        let (place, what) = (place.to_owned(), "the number of bytes of its schema");
        return Err(Error::TooLarge { place, what, found, most: MOST_BYTES });
    }
    let mut schema = schema.clone();
    if let Value::Object(keywords) = &mut schema {
        // A name for the whole would only change what its own references mean.
        keywords.shift_remove("$id");
    }
    let mut walk = Walk { place, in_calls, n_references: 0, deepest: 0 };
    walk.schema(&mut schema, &mut String::new(), 0)?;
    Ok(schema)
}

/// The parameters of a tool: their names, whether they are required, and their schemas, each of
/// which can be followed alone.
pub(super) fn parameters(place: &str, schema: &Value) -> Result<Vec<(String, bool, Value)>> {
    let wrong = |problem: &str| Error::schema(place, problem);
    let none = Map::new();
    let object = match schema {
        Value::Object(object) => object,
        Value::Bool(true) | Value::Null => &none,
        _ => return Err(wrong("the schema of the arguments is not an object")),
    };
    if object.get("type").is_some_and(|kind| kind != "object") {
        return Err(wrong("the schema of the arguments is not of `type` \"object\""));
    }
    for keyword in ["$ref", "anyOf", "oneOf", "allOf", "enum", "const", "minProperties"] {
        if object.contains_key(keyword) {
            let problem =
                format!("`{keyword}` stands beside the parameters, and cannot be followed");
            return Err(wrong(&problem));
        }
    }
    let properties = object.get("properties").and_then(Value::as_object).unwrap_or(&none);
    if properties.len() > MOST_PARAMETERS {
        let (place, what, found) = (place.to_owned(), "the number of parameters", properties.len());
        return Err(Error::TooLarge { place, what, found, most: MOST_PARAMETERS });
    }
    let required: Vec<&Value> =
        object.get("required").and_then(Value::as_array).into_iter().flatten().collect();
    let names = required.iter().filter_map(|name| name.as_str());
    if let Some(name) = names.into_iter().find(|name| !properties.contains_key(*name)) {
        return Err(wrong(&format!("`{name}` is required, and has no schema in `properties`")));
    }
    let parameter = |(name, value): (&String, &Value)| {
        let is_required = required.iter().any(|required| *required == name);
        (name.clone(), is_required, alone(object, name, value))
    };
    Ok(properties.iter().map(parameter).collect())
}

/// The parameters of a tool whose schema cannot be followed, as far as they can be told.
pub(super) fn loose_parameters(schema: &Value) -> Vec<(String, bool, Value)> {
    let none = Map::new();
    let object = schema.as_object().unwrap_or(&none);
    let properties = object.get("properties").and_then(Value::as_object).unwrap_or(&none);
    let required = object.get("required").and_then(Value::as_array);
    let parameter = |(name, value): (&String, &Value)| {
        let is_required = required.is_some_and(|all| all.iter().any(|one| one == name));
        (name.clone(), is_required, alone(object, name, value))
    };
    properties.iter().take(MOST_PARAMETERS).map(parameter).collect()
}

/// The schema of everything that has these types.
pub(super) fn of_type(types: Option<&Value>) -> Value {
    let is_known = |kind: &Value| kind.as_str().is_some_and(|kind| TYPES.contains(&kind));
    let is_known = match types {
        Some(Value::Array(kinds)) => !kinds.is_empty() && kinds.iter().all(is_known),
        Some(kind) => is_known(kind),
        None => false,
    };
    types.filter(|_| is_known).map_or_else(|| json!({}), |types| json!({ "type": types }))
}

/// The schema of a parameter with all that it refers to.
fn alone(tool: &Map<String, Value>, name: &str, parameter: &Value) -> Value {
    let mut alone = if has_reference(parameter) {
        let mut tool = Value::Object(tool.clone());
        move_references(&mut tool);
        let name = name.replace('~', "~0").replace('/', "~1");
        let name: String = name.bytes().map(percent).collect();
        json!({ "$ref": format!("#/$defs/tool/properties/{name}"), "$defs": { "tool": tool } })
    } else {
        parameter.clone()
    };
    if let (Some(draft), Value::Object(keywords)) = (tool.get("$schema"), &mut alone) {
        keywords.insert("$schema".to_owned(), draft.clone());
    }
    alone
}

/// A byte as a reference spells it.
fn percent(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        return char::from(byte).to_string();
    }
    format!("%{byte:02X}")
}

fn has_reference(value: &Value) -> bool {
    match value {
        Value::Object(map) => {
            map.get("$ref").is_some_and(Value::is_string) || map.values().any(has_reference)
        }
        Value::Array(items) => items.iter().any(has_reference),
        _ => false,
    }
}

/// Makes references to the root of a tool's schema those to its new place.
fn move_references(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                match value {
                    Value::String(to) if key == "$ref" => *to = to.replacen('#', "#/$defs/tool", 1),
                    _ => move_references(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(move_references),
        _ => {}
    }
}

impl Walk<'_> {
    fn wrong(&self, at: &str, problem: impl std::fmt::Display) -> Error {
        let at = if at.is_empty() { "its root" } else { at };
        Error::schema(self.place, format!("{problem} (at {at})"))
    }

    fn schema(&mut self, schema: &mut Value, at: &mut String, depth: usize) -> Result<()> {
        if depth > MOST_DEPTH {
            let problem = format!("it is nested more than {MOST_DEPTH} schemas deep");
            return Err(self.wrong("", problem));
        }
        let keywords = match schema {
            Value::Object(keywords) => keywords,
            Value::Bool(_) => return Ok(()),
            Value::Null if depth == 0 => return Ok(()),
            _ => return Err(self.wrong(at, "a schema is an object or a boolean")),
        };
        keywords.retain(|keyword, value| {
            !ANNOTATIONS.contains(&keyword.as_str()) && !forbids_nothing(keyword, value)
        });
        for (keyword, value) in keywords.iter_mut() {
            let len = at.len();
            at.push('/');
            at.push_str(keyword);
            self.keyword((keyword, value), at, depth)?;
            at.truncate(len);
        }
        Ok(())
    }

    fn keyword(
        &mut self,
        (keyword, value): (&str, &mut Value),
        at: &mut String,
        depth: usize,
    ) -> Result<()> {
        match (keyword, value) {
            (keyword, _) if REFUSED.contains(&keyword) => {
                Err(self.wrong(at, format!("`{keyword}` cannot be followed")))
            }
            ("properties" | "patternProperties" | "$defs" | "definitions", Value::Object(map)) => {
                for (name, schema) in map.iter_mut() {
                    self.text(name, at)?;
                    self.below(name, schema, at, depth)?;
                }
                Ok(())
            }
            ("anyOf" | "oneOf" | "allOf" | "prefixItems" | "items", Value::Array(schemas)) => {
                for (index, schema) in schemas.iter_mut().enumerate() {
                    self.below(&index.to_string(), schema, at, depth)?;
                }
                Ok(())
            }
            ("items" | "additionalItems" | "additionalProperties", schema) => {
                self.schema(schema, at, depth + 1)
            }
            ("enum" | "const" | "required", value) => self.texts(value, at),
            ("$ref", Value::String(to)) => {
                self.n_references += 1;
                if !to.starts_with('#') {
                    let problem = format!("the reference {to:?} leaves the schema");
                    return Err(self.wrong(at, problem));
                }
                if self.n_references > MOST_REFERENCES {
                    let problem = format!("it has more than {MOST_REFERENCES} references");
                    return Err(self.wrong("", problem));
                }
                self.deepest = self.deepest.max(depth + 1);
                if self.n_references * self.deepest > MOST_LEVELS {
                    let Self { n_references, deepest, .. } = self;
                    let problem = format!(
                        "it has {n_references} references, up to {deepest} schemas deep: the product \
                         is at most {MOST_LEVELS}"
                    );
                    return Err(self.wrong("", problem));
                }
                Ok(())
            }
            ("minLength" | "minItems" | "minProperties", value) => match value.as_u64() {
                Some(least) if least > MOST_LEAST => {
                    Err(self.wrong(at, format!("{least} is more than {MOST_LEAST}")))
                }
                _ => Ok(()),
            },
            ("maxLength" | "maxItems" | "maxProperties", value) => {
                if value.as_u64().is_some_and(|most| most > MOST_MOST) {
                    *value = MOST_MOST.into();
                }
                Ok(())
            }
            ("pattern", Value::String(pattern)) if pattern.len() > MOST_PATTERN => {
                Err(self.wrong(at, format!("a pattern of more than {MOST_PATTERN} bytes")))
            }
            _ => Ok(()),
        }
    }

    fn below(
        &mut self,
        name: &str,
        schema: &mut Value,
        at: &mut String,
        depth: usize,
    ) -> Result<()> {
        let len = at.len();
        at.push('/');
        at.push_str(name);
        self.schema(schema, at, depth + 1)?;
        at.truncate(len);
        Ok(())
    }

    /// Refuses texts that no answer can contain.
    fn texts(&self, value: &Value, at: &str) -> Result<()> {
        match value {
            Value::String(text) => self.text(text, at),
            Value::Array(items) => items.iter().try_for_each(|item| self.texts(item, at)),
            Value::Object(map) => map.iter().try_for_each(|(name, value)| {
                self.text(name, at)?;
                self.texts(value, at)
            }),
            _ => Ok(()),
        }
    }

    fn text(&self, text: &str, at: &str) -> Result<()> {
        let marker = Vocabulary::marker_in(text, self.in_calls);
        marker.map_or(Ok(()), |marker| {
            Err(self.wrong(at, format!("{text:?} contains the special token `{marker}`")))
        })
    }
}

/// Whether a keyword with this value says nothing of what is valid.
fn forbids_nothing(keyword: &str, value: &Value) -> bool {
    let is_open = |value: &Value| *value == json!(true) || *value == json!({});
    match keyword {
        "uniqueItems" => *value == json!(false),
        // Names are strings.
        "propertyNames" => is_open(value) || *value == json!({ "type": "string" }),
        "unevaluatedItems" | "unevaluatedProperties" => is_open(value),
        "format" => !value.as_str().is_some_and(|format| FORMATS.contains(&format)),
        _ => false,
    }
}
