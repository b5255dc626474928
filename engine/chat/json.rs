//! JSON in the form the prompt needs: read as Python reads it, written as Python writes it.
//!
//! Keys keep their source order, integers their digits, and a repeated key keeps its first place
//! and its last value. Nesting is bounded, so that no input exhausts the stack.

mod read;

use std::fmt::Write as _;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The deepest nesting of arrays and objects that is read.
pub const MAX_DEPTH: usize = 256;

/// One JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number without fraction and exponent: its digits, with `-0` read as `0`.
    Integer(String),
    /// Any other number; may be infinite or not a number, which Python reads and writes.
    Float(f64),
    /// Text; half a surrogate pair is read as U+FFFD.
    String(String),
    /// Values in order.
    Array(Vec<Self>),
    /// Keys, each once, with their values, in source order.
    Object(Vec<(String, Self)>),
}

/// Text that is not one JSON value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Something else stands where the grammar wants one of its parts.
    #[error("invalid JSON: expected {expected} at byte {at}")]
    Expected {
        /// The part of the grammar.
        expected: &'static str,
        /// Bytes before it.
        at: usize,
    },
    /// Arrays and objects are nested too deeply.
    #[error("JSON is nested more than {MAX_DEPTH} levels deep at byte {at}")]
    TooDeep {
        /// Bytes before the bracket that is one too many.
        at: usize,
    },
}

impl Json {
    /// Reads one value, with blanks around it.
    ///
    /// # Errors
    ///
    /// Text that is not one value, or one nested more than [`MAX_DEPTH`] levels deep.
    pub fn parse(text: &str) -> Result<Self, Error> {
        read::document(text)
    }

    /// The value of `key`, if this is an object that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(pairs) = self else { return None };
        pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Whether Python counts the value as true: it is not null, false, zero or empty.
    #[must_use]
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Integer(digits) => digits != "0",
            Self::Float(value) => value.is_nan() || value.abs() > 0.0,
            Self::String(text) => !text.is_empty(),
            Self::Array(items) => !items.is_empty(),
            Self::Object(pairs) => !pairs.is_empty(),
        }
    }

    /// What kind of value this is, with its article, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }

    /// Appends the value in Python's default form, non-ASCII kept.
    pub fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(true) => out.push_str("true"),
            Self::Bool(false) => out.push_str("false"),
            Self::Integer(digits) => out.push_str(digits),
            Self::Float(value) => write_float(*value, out),
            Self::String(text) => write_string(text, out),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(pairs) => {
                out.push('{');
                for (index, (key, value)) in pairs.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    write_string(key, out);
                    out.push_str(": ");
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

impl std::fmt::Display for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        f.write_str(&out)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::parse(raw.get()).map_err(D::Error::custom)
    }
}

/// Appends `text` as a JSON string, quotes included.
pub fn write_string(text: &str, out: &mut String) {
    out.push('"');
    write_escaped(text, out);
    out.push('"');
}

/// Appends `text` as the inside of a JSON string.
/// The result of a text is the concatenation of the results of its parts.
pub fn write_escaped(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => push_display(out, format_args!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
}

/// Appends a float as Python's `repr` does: the shortest digits that read back the same, with an
/// exponent below 1e-4 and from 1e16 on.
fn write_float(value: f64, out: &mut String) {
    if value.is_nan() {
        return out.push_str("NaN");
    }
    if value.is_infinite() {
        return out.push_str(if value > 0.0 { "Infinity" } else { "-Infinity" });
    }
    let scientific = shortest(value);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        push_plain(mantissa, exponent, out);
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        push_display(out, format_args!("{mantissa}e{sign}{:02}", exponent.abs()));
    }
}

/// The shortest digits of a finite float that read back the same, in scientific notation.
/// Of two equally near, the even one: the standard library takes the odd one at times.
fn shortest(value: f64) -> String {
    let nearest = format!("{value:e}");
    let (mantissa, _) = nearest.split_once('e').unwrap_or((&nearest, ""));
    let n_digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    let even = format!("{value:.*e}", n_digits - 1);
    let reads_back = even.parse::<f64>().is_ok_and(|read| read.to_bits() == value.to_bits());
    if reads_back { even } else { nearest }
}

/// Appends scientific notation as a plain decimal with at least one digit after the point.
fn push_plain(mantissa: &str, exponent: i32, out: &mut String) {
    let (sign, digits) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits = digits.replace('.', "");
    out.push_str(sign);
    let Ok(before_point) = usize::try_from(exponent + 1) else {
        let zeros = "0".repeat(usize::try_from(-exponent - 1).unwrap_or(0));
        return push_display(out, format_args!("0.{zeros}{digits}"));
    };
    match (before_point, digits.split_at_checked(before_point)) {
        (0, _) => push_display(out, format_args!("0.{digits}")),
        (_, Some((whole, fraction))) if !fraction.is_empty() => {
            push_display(out, format_args!("{whole}.{fraction}"));
        }
        _ => push_display(out, format_args!("{digits:0<before_point$}.0")),
    }
}

fn push_display(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    out.write_fmt(arguments).expect("writing to a string does not fail");
}
