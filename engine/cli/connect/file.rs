//! Settings in files that belong to others: what is there stays.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value};
use toml_edit::{DocumentMut, Item, Table, TableLike};

use crate::cli::atomic::AtomicFile;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Toml,
}

/// A file, and what it is to say.
#[derive(Debug)]
pub(super) struct Settings {
    path: PathBuf,
    format: Format,
    /// Names from the outermost on, each with its value; null where there is to be none.
    values: Vec<(Vec<String>, Value)>,
}

impl Settings {
    pub(super) const fn new(path: PathBuf, format: Format) -> Self {
        Self { path, format, values: vec![] }
    }

    pub(super) fn set(&mut self, path: &[&str], value: Value) {
        self.values.push((path.iter().map(|&name| name.to_owned()).collect(), value));
    }

    /// `text` with these settings, and the names of those that are new in it.
    fn merge(&self, text: &str) -> Result<(String, Vec<String>)> {
        match self.format {
            Format::Json => self.merge_json(text),
            Format::Toml => self.merge_toml(text),
        }
    }

    fn merge_json(&self, text: &str) -> Result<(String, Vec<String>)> {
        let mut root = match text.trim() {
            "" => Value::Object(Map::new()),
            text => serde_json::from_str(text).context("expected JSON without comments")?,
        };
        let mut news = vec![];
        for (path, value) in &self.values {
            let (last, around) = path.split_last().context("a setting has a name")?;
            let mut at = &mut root;
            for name in around {
                at = object(at, path)?.entry(name).or_insert_with(|| Value::Object(Map::new()));
            }
            let object = object(at, path)?;
            if object.get(last).unwrap_or(&Value::Null) == value {
                continue;
            }
            news.push(path.join("."));
            if value.is_null() {
                object.shift_remove(last);
            } else {
                object.insert(last.clone(), value.clone());
            }
        }
        Ok((format!("{root:#}\n"), news))
    }

    fn merge_toml(&self, text: &str) -> Result<(String, Vec<String>)> {
        let mut document: DocumentMut = text.parse().context("expected TOML")?;
        let mut news = vec![];
        for (path, value) in &self.values {
            let (last, around) = path.split_last().context("a setting has a name")?;
            let mut at: &mut dyn TableLike = document.as_table_mut();
            for name in around {
                let table = at.entry(name).or_insert_with(implicit);
                let found = table.type_name();
                at = table.as_table_like_mut().with_context(|| unfit(path, "table", found))?;
            }
            let known = at.get(last).and_then(Item::as_value);
            if same(known, value) {
                continue;
            }
            news.push(path.join("."));
            match value {
                Value::String(text) => at.insert(last, toml_edit::value(text)),
                Value::Number(number) => {
                    at.insert(last, toml_edit::value(number.as_i64().unwrap_or(i64::MAX)))
                }
                Value::Null => at.remove(last),
                other => bail!("{}: {other} is no setting in TOML", path.join(".")),
            };
        }
        Ok((document.to_string(), news))
    }
}

/// A table that has a head only where it has values of its own.
fn implicit() -> Item {
    let mut table = Table::new();
    table.set_implicit(true);
    Item::Table(table)
}

fn same(known: Option<&toml_edit::Value>, wanted: &Value) -> bool {
    match (known, wanted) {
        (None, Value::Null) => true,
        (Some(known), Value::String(text)) => known.as_str() == Some(text),
        (Some(known), Value::Number(number)) => known.as_integer() == number.as_i64(),
        _ => false,
    }
}

fn object<'a>(value: &'a mut Value, path: &[String]) -> Result<&'a mut Map<String, Value>> {
    let found = match value {
        Value::Object(object) => return Ok(object),
        Value::Array(_) => "an array",
        Value::String(_) => "a string",
        _ => "a value",
    };
    bail!(unfit(path, "object", found))
}

fn unfit(path: &[String], expected: &str, found: &str) -> String {
    format!("{}: expected {expected}s around it, found {found}", path.join("."))
}

/// The settings as they would be in a file of their own.
pub(super) fn show(settings: &Settings) -> Result<String> {
    let (text, _) = settings.merge("")?;
    Ok(format!("{}:\n{text}", settings.path.display()))
}

/// Puts the settings into their file and keeps what it was; what changed.
pub(super) fn write(settings: &Settings) -> Result<String> {
    // Of a link, what it leads to is changed.
    let path = fs::canonicalize(&settings.path).unwrap_or_else(|_| settings.path.clone());
    let known = match fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", path.display()));
        }
    };
    let merged = settings.merge(known.as_deref().unwrap_or_default());
    let (text, news) = merged.with_context(|| {
        format!("{} is left as it is; without --write, its settings are printed", path.display())
    })?;
    if news.is_empty() {
        return Ok(format!("{}: nothing to change", path.display()));
    }
    let mut lines = vec![format!("{}:", path.display())];
    lines.extend(news.iter().map(|name| format!("  set {name}")));
    if known.is_some() {
        lines.push(format!("  as it was: {}", back_up(&path)?.display()));
    }
    replace(&path, &text, known.is_some())?;
    Ok(lines.join("\n"))
}

/// Copies a file to the first name that is free.
fn back_up(path: &Path) -> Result<PathBuf> {
    let name = path.file_name().context("a file has a name")?.to_string_lossy();
    let named = |n: u32| path.with_file_name(format!("{name}.ds4-backup-{n}"));
    let copy = (1..).map(named).find(|copy| !copy.exists()).context("there are too many copies")?;
    fs::copy(path, &copy).with_context(|| format!("cannot write {}", copy.display()))?;
    Ok(copy)
}

fn replace(path: &Path, text: &str, is_there: bool) -> Result<()> {
    let folder = path.parent().context("a file is in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut file = AtomicFile::create(path)?;
    if is_there {
        // Others may not read what they could not before.
        let permissions = fs::metadata(path).and_then(|known| file.permit(known.permissions()));
        permissions.with_context(|| format!("cannot write {}", path.display()))?;
    }
    file.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
    file.finish()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    fn settings(format: Format) -> Settings {
        let mut settings = Settings::new("f".into(), format);
        settings.set(&["model"], json!("m"));
        settings.set(&["a", "b", "url"], json!("http://x"));
        settings.set(&["a", "b", "n"], json!(7));
        settings.set(&["a", "b", "old"], Value::Null);
        settings
    }

    #[test]
    fn what_is_there_stays() {
        let json = r#"{"z": 1, "a": {"b": {"old": true, "n": 7}, "c": [1.5]}}"#;
        let (text, news) = settings(Format::Json).merge(json).unwrap();
        let merged: Value = serde_json::from_str(&text).unwrap();
        let b = json!({"n": 7, "url": "http://x"});
        assert_eq!(merged, json!({"z": 1, "a": {"b": b, "c": [1.5]}, "model": "m"}));
        assert_eq!(news, ["model", "a.b.url", "a.b.old"]);
        assert_eq!(settings(Format::Json).merge(&text).unwrap(), (text, vec![]));

        let toml = "# mine\nz = 1 # one\n\n[a.c]\nd = [1]\n\n[a.b]\nold = true\n";
        let (text, news) = settings(Format::Toml).merge(toml).unwrap();
        expect![[r#"
            # mine
            z = 1 # one
            model = "m"

            [a.c]
            d = [1]

            [a.b]
            url = "http://x"
            n = 7
        "#]]
        .assert_eq(&text);
        assert_eq!(news, ["model", "a.b.url", "a.b.n", "a.b.old"]);
        assert_eq!(settings(Format::Toml).merge(&text).unwrap(), (text, vec![]));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let words = |format, text| {
            let error = settings(format).merge(text).unwrap_err();
            format!("{error:#}")
        };
        let found = words(Format::Json, r#"{"a": "x"}"#);
        assert_eq!(found, "a.b.url: expected objects around it, found a string");
        let found = words(Format::Toml, "a = 1");
        assert_eq!(found, "a.b.url: expected tables around it, found integer");
        assert!(words(Format::Json, "// c\n{}").starts_with("expected JSON without comments"));
        assert!(words(Format::Json, "[]").contains("found an array"));
        assert!(words(Format::Toml, "a = ").starts_with("expected TOML"));
    }
}
