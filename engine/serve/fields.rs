//! Reads the fields of a request one by one, and names the one that is wrong.
//!
//! A null stands for an absent field, and fields that nobody asks for are skipped: clients send
//! more than any server knows.

use std::ops::RangeInclusive;

use super::problem::Problem;
use crate::chat::json::Json;

/// The result of reading a field.
pub(crate) type Result<T, E = Problem> = std::result::Result<T, E>;

/// An object of which fields are taken.
#[derive(Debug)]
pub(crate) struct Fields {
    pairs: Vec<(String, Json)>,
    /// The names around it, each with a dot behind.
    path: String,
}

impl Fields {
    /// The fields of a body.
    pub(crate) fn body(bytes: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(bytes).map_err(|_| {
            Problem::invalid("We could not parse the JSON body of your request: it is not UTF-8")
        })?;
        let json = Json::parse(text).map_err(|error| {
            Problem::invalid(format!("We could not parse the JSON body of your request: {error}"))
        })?;
        Self::of(json, "")
    }

    /// The fields of a value that is to be an object.
    pub(crate) fn of(json: Json, name: &str) -> Result<Self> {
        let path = if name.is_empty() { String::new() } else { format!("{name}.") };
        match json {
            Json::Object(pairs) => Ok(Self { pairs, path }),
            other => {
                Err(mismatch(if name.is_empty() { "body" } else { name }, "an object", &other))
            }
        }
    }

    /// The whole name of a field.
    pub(crate) fn at(&self, name: &str) -> String {
        format!("{}{name}", self.path)
    }

    /// Takes a field, whatever it holds.
    pub(crate) fn take(&mut self, name: &str) -> Option<Json> {
        let place = self.pairs.iter().position(|(known, _)| known == name)?;
        let (_, value) = self.pairs.swap_remove(place);
        (value != Json::Null).then_some(value)
    }

    /// Takes a field that must be there.
    pub(crate) fn need(&mut self, name: &str) -> Result<Json> {
        let at = self.at(name);
        self.take(name).ok_or_else(|| Problem::field(&at, format!("{at}: Field required")))
    }

    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            Some(other) => Err(mismatch(&self.at(name), "a string", &other)),
        }
    }

    pub(crate) fn need_text(&mut self, name: &str) -> Result<String> {
        match self.need(name)? {
            Json::String(text) => Ok(text),
            other => Err(mismatch(&self.at(name), "a string", &other)),
        }
    }

    pub(crate) fn flag(&mut self, name: &str) -> Result<Option<bool>> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Bool(flag)) => Ok(Some(flag)),
            Some(other) => Err(mismatch(&self.at(name), "a boolean", &other)),
        }
    }

    /// A number of a range.
    #[expect(clippy::cast_possible_truncation, reason = "options have the precision of logits")]
    pub(crate) fn number(&mut self, name: &str, range: RangeInclusive<f32>) -> Result<Option<f32>> {
        let number = match self.take(name) {
            None => return Ok(None),
            Some(Json::Integer(digits)) => digits.parse().unwrap_or(f32::INFINITY),
            Some(Json::Float(number)) => number as f32,
            Some(other) => return Err(mismatch(&self.at(name), "a number", &other)),
        };
        if range.contains(&number) {
            return Ok(Some(number));
        }
        let (at, low, high) = (self.at(name), range.start(), range.end());
        Err(Problem::field(&at, format!("{at}: expected {low} to {high}, found {number}")))
    }

    /// A whole number of a range.
    pub(crate) fn whole(
        &mut self,
        name: &str,
        range: RangeInclusive<usize>,
    ) -> Result<Option<usize>> {
        let at = self.at(name);
        let number = match self.take(name) {
            None => return Ok(None),
            Some(Json::Integer(digits)) => digits,
            Some(other) => return Err(mismatch(&at, "a whole number", &other)),
        };
        let read = number.parse().ok().filter(|number| range.contains(number));
        let (low, high) = (range.start(), range.end());
        read.map(Some).ok_or_else(|| {
            let most = if *high == usize::MAX { String::new() } else { format!(" to {high}") };
            let words = format!("{at}: expected a whole number from {low}{most}, found {number}");
            Problem::field(&at, words)
        })
    }

    /// Where random numbers begin: any whole number, of which 64 bits count.
    pub(crate) fn seed(&mut self, name: &str) -> Result<Option<u64>> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Integer(digits)) => {
                let signed = || digits.parse::<i64>().ok().map(i64::cast_unsigned);
                let seed = digits.parse::<u64>().ok().or_else(signed);
                let at = self.at(name);
                seed.map(Some).ok_or_else(|| {
                    Problem::field(&at, format!("{at}: expected 64 bits, found {digits}"))
                })
            }
            Some(other) => Err(mismatch(&self.at(name), "a whole number", &other)),
        }
    }

    pub(crate) fn list(&mut self, name: &str) -> Result<Option<Vec<Json>>> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Array(items)) => Ok(Some(items)),
            Some(other) => Err(mismatch(&self.at(name), "an array", &other)),
        }
    }

    pub(crate) fn object(&mut self, name: &str) -> Result<Option<Self>> {
        let at = self.at(name);
        self.take(name).map(|json| Self::of(json, &at)).transpose()
    }

    /// A string, or an array of strings, of which there are at most `most`.
    pub(crate) fn texts(&mut self, name: &str, most: usize) -> Result<Vec<String>> {
        let at = self.at(name);
        let items = match self.take(name) {
            None => return Ok(vec![]),
            Some(Json::Array(items)) => items,
            Some(one) => vec![one],
        };
        if items.len() > most {
            return Err(Problem::field(&at, format!("{at}: expected at most {most} of them")));
        }
        let text = |item| match item {
            Json::String(text) if text.is_empty() => {
                Err(Problem::field(&at, format!("{at}: an empty string stops everything")))
            }
            Json::String(text) => Ok(text),
            other => Err(mismatch(&at, "a string or an array of strings", &other)),
        };
        items.into_iter().map(text).collect()
    }
}

/// A field that holds another kind of value.
pub(crate) fn mismatch(at: &str, expected: &str, found: &Json) -> Problem {
    Problem::field(at, format!("{at}: expected {expected}, found {}", found.kind()))
}

/// The same value as other libraries know it.
pub(crate) fn value(json: &Json, at: &str) -> Result<serde_json::Value> {
    serde_json::from_str(&json.to_string())
        .map_err(|error| Problem::field(at, format!("{at}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Fields {
        Fields::body(text.as_bytes()).unwrap()
    }

    #[test]
    fn fields_are_read_and_the_wrong_one_is_named() {
        let text = r#"{"a": "x", "b": 1.5, "c": 7, "d": null, "e": ["x", "y"], "f": {"g": [1]},
            "s": -1, "t": true}"#;
        assert_eq!(fields(text).text("a").unwrap().unwrap(), "x");
        assert_eq!(fields(text).number("b", 0.0..=2.0).unwrap(), Some(1.5));
        assert_eq!(fields(text).whole("c", 1..=9).unwrap(), Some(7));
        assert_eq!(fields(text).take("d"), None);
        assert_eq!(fields(text).texts("e", 4).unwrap(), ["x", "y"]);
        assert_eq!(fields(text).seed("s").unwrap(), Some(u64::MAX));
        assert_eq!(fields(text).flag("t").unwrap(), Some(true));
        let wrong = [
            fields(text).text("b").unwrap_err(),
            fields(text).number("c", 0.0..=2.0).unwrap_err(),
            fields(text).whole("b", 0..=9).unwrap_err(),
            fields(text).need("d").unwrap_err(),
            fields(text).object("f").unwrap().unwrap().text("g").unwrap_err(),
            fields(text).texts("e", 1).unwrap_err(),
        ];
        let words: Vec<_> = wrong.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(
            words,
            [
                "b: expected a string, found a number",
                "c: expected 0 to 2, found 7",
                "b: expected a whole number, found a number",
                "d: Field required",
                "f.g: expected a string, found an array",
                "e: expected at most 1 of them",
            ]
        );
        assert_eq!(wrong[4].param.as_deref(), Some("f.g"));
    }

    #[test]
    fn bodies_that_are_no_object_are_refused() {
        for body in [&b"[]"[..], b"{", b"\xff", b"", b"null", &b"[".repeat(100_000)] {
            assert_eq!(Fields::body(body).unwrap_err().status(), 400);
        }
    }
}
