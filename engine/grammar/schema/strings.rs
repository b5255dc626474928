//! Which strings a schema allows, written as text and not as JSON.

use llguidance::regex_to_lark;
use serde_json::{Map, Value};

/// Most schemas that are looked at; references can make a few into very many.
const MOST_STEPS: usize = 500;
/// Deepest of them, by references and options.
const MOST_DEPTH: usize = 32;

/// The keywords that bound a string.
const BOUNDS: [&str; 4] = ["minLength", "maxLength", "pattern", "format"];

/// The other keywords that say which strings are valid.
const OTHERS: [&str; 7] = ["type", "const", "enum", "$ref", "anyOf", "oneOf", "allOf"];

/// What a schema says of strings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Strings {
    /// The strings that are valid, as an expression of terminals; `None` where they can only be
    /// written as JSON, if at all.
    pub(in super::super) text: Option<String>,
    /// Whether anything else is valid, or strings that the expression leaves out.
    pub(in super::super) others: bool,
}

/// What is certain without a text: all of it can be written as JSON.
const ONLY_JSON: Strings = Strings { text: None, others: true };

/// What `root` says of strings.
pub(in super::super) fn strings(root: &Value) -> Strings {
    Reader { root, steps: MOST_STEPS }.of(root, 0)
}

/// Reads the schemas below one.
struct Reader<'a> {
    root: &'a Value,
    /// How many more.
    steps: usize,
}

impl Reader<'_> {
    fn of(&mut self, schema: &Value, depth: usize) -> Strings {
        if self.steps == 0 || depth > MOST_DEPTH {
            return ONLY_JSON;
        }
        self.steps -= 1;
        let any = || Strings { text: Some(r"/(?s:.*)/".to_owned()), others: true };
        let keywords = match schema {
            Value::Bool(true) => return any(),
            Value::Object(keywords) => keywords,
            _ => return ONLY_JSON,
        };
        let names = keywords.keys().map(String::as_str);
        let mut telling = names.filter(|name| BOUNDS.contains(name) || OTHERS.contains(name));
        let (string, others) = types(keywords.get("type"));
        let known = |names: &'static [&'static str]| move |keyword: &str| names.contains(&keyword);
        if let Some(to) = keywords.get("$ref").and_then(Value::as_str) {
            let alone = telling.all(|keyword| keyword == "$ref");
            let there = if alone { resolve(self.root, to) } else { None };
            return there.map_or(ONLY_JSON, |there| self.of(there, depth + 1));
        }
        for union in ["anyOf", "oneOf"] {
            if let Some(Value::Array(options)) = keywords.get(union) {
                let alone = telling.all(|keyword| keyword == union);
                return if alone {
                    self.either(options, union == "oneOf", depth + 1)
                } else {
                    ONLY_JSON
                };
            }
        }
        if let Some(constant) = keywords.get("const") {
            let alone = string && telling.all(known(&["const", "type"]));
            return if alone { among(std::slice::from_ref(constant)) } else { ONLY_JSON };
        }
        if let Some(Value::Array(options)) = keywords.get("enum") {
            let alone = telling.all(known(&["enum", "type"]));
            return if alone && string { among(options) } else { ONLY_JSON };
        }
        let mut telling = telling.filter(|keyword| *keyword != "type" && !BOUNDS.contains(keyword));
        match bounded(keywords).filter(|_| telling.next().is_none()) {
            Some(text) if string => Strings { text: Some(text), others },
            _ => ONLY_JSON,
        }
    }

    fn either(&mut self, options: &[Value], is_one: bool, depth: usize) -> Strings {
        let options: Vec<_> = options.iter().map(|option| self.of(option, depth)).collect();
        let others = options.iter().any(|option| option.others);
        let texts: Vec<_> = options.into_iter().filter_map(|option| option.text).collect();
        match texts.len() {
            0 => ONLY_JSON,
            // Text that two options allow is not valid for exactly one.
            2.. if is_one => ONLY_JSON,
            _ => Strings { text: Some(texts.join(" | ")), others },
        }
    }
}

/// Whether strings are among the types, and whether others are.
fn types(types: Option<&Value>) -> (bool, bool) {
    match types {
        None => (true, true),
        Some(Value::String(kind)) => (kind == "string", kind != "string"),
        Some(Value::Array(kinds)) => {
            (kinds.iter().any(|kind| kind == "string"), kinds.iter().any(|kind| kind != "string"))
        }
        Some(_) => (false, true),
    }
}

/// The schema that a reference names.
fn resolve<'a>(root: &'a Value, to: &str) -> Option<&'a Value> {
    let path = to.strip_prefix('#')?;
    // What a pointer writes in another way is left to who reads addresses.
    if path.contains('%') { None } else { root.pointer(path) }
}

fn among(values: &[Value]) -> Strings {
    let texts: Vec<_> = values.iter().filter_map(Value::as_str).collect();
    let others = texts.len() < values.len();
    if texts.is_empty() {
        return ONLY_JSON;
    }
    let literals: Vec<_> = texts.into_iter().map(literal).collect();
    Strings { text: Some(literals.join(" | ")), others }
}

/// A text as a pattern that matches it alone.
fn literal(text: &str) -> String {
    if text.is_empty() {
        // Lark has no empty pattern.
        return "/()/".to_owned();
    }
    let escape = |c: char| match c {
        c if c.is_ascii_alphanumeric() || !c.is_ascii() && !c.is_control() => c.to_string(),
        c => format!("\\x{{{:X}}}", u32::from(c)),
    };
    format!("/{}/", text.chars().map(escape).collect::<String>())
}

/// The strings within their bounds; `None` for bounds that are no text.
fn bounded(keywords: &Map<String, Value>) -> Option<String> {
    let mut parts = vec![];
    let length = |name| keywords.get(name).map(Value::as_u64);
    match (length("minLength"), length("maxLength")) {
        (None, None) => {}
        (Some(None), _) | (_, Some(None)) => return None,
        (least, most) => {
            let least = least.flatten().unwrap_or(0);
            let most = most.flatten().map(|most| most.to_string()).unwrap_or_default();
            parts.push(format!("/(?s:.{{{least},{most}}})/"));
        }
    }
    match keywords.get("pattern") {
        None => {}
        Some(pattern) => parts.push(searched(pattern.as_str()?)?),
    }
    match keywords.get("format") {
        None => {}
        Some(format) => parts.push(format!("/{}/", of_format(format.as_str()?)?)),
    }
    if parts.is_empty() {
        parts.push("/(?s:.*)/".to_owned());
    }
    Some(parts.join(" & "))
}

/// A pattern that is looked for anywhere, as one of the whole text. `None` where its anchors are not
/// at its ends alone.
fn searched(pattern: &str) -> Option<String> {
    let (is_first, rest) = pattern.strip_prefix('^').map_or((false, pattern), |rest| (true, rest));
    let last = rest.strip_suffix('$').filter(|rest| !rest.ends_with('\\'));
    let (is_last, rest) = last.map_or((false, rest), |rest| (true, rest));
    // An anchor belongs to its own alternative, and only one there is at the end of all of them.
    let has_anchors = rest.contains(['^', '$']);
    if (rest.contains('|') && (is_first || is_last)) || has_anchors || rest.is_empty() {
        return None;
    }
    let any = |is_anchored| if is_anchored { "" } else { "(?s:.*)" };
    let rest = regex_to_lark(rest, "dw");
    Some(format!("/{}({rest}){}/", any(is_first), any(is_last)))
}

/// The usual form of a format, which may be less than the format allows; `None` for those that are
/// written as JSON.
fn of_format(format: &str) -> Option<&'static str> {
    Some(match format {
        "date" => DATE,
        "time" => TIME,
        "date-time" => DATE_TIME,
        "uuid" => "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        "uri" => {
            r"[a-z][a-z0-9+.\-]*:\/\/[a-zA-Z0-9.\-]+(:[0-9]{1,4})?([\/?#][a-zA-Z0-9\-._~!$&'()*+,;=:@\/]*)?(\?[a-zA-Z0-9\-._~!$&'()*+,;=:@\/?]*)?(#[a-zA-Z0-9\-._~!$&'()*+,;=:@\/?]*)?"
        }
        "email" => {
            r"[a-zA-Z0-9_+\-]+(\.[a-zA-Z0-9_+\-]+)*@[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*(\.[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*)*"
        }
        "ipv4" => {
            r"((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
        }
        _ => return None,
    })
}

/// The days of all months, and the 29th of February in years that surely have one.
macro_rules! date {
    () => {
        "([0-9]{4}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)|[0-9]{2}(0[48]|[2468][048]|[13579][26])-02-29)"
    };
}

macro_rules! time {
    () => {
        r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+\-]([01][0-9]|2[0-3]):[0-5][0-9])"
    };
}

const DATE: &str = date!();
const TIME: &str = time!();
const DATE_TIME: &str = concat!(date!(), "T", time!());
