//! `ds4 kv list`.

use std::{
    io::{self, Write},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::Result;
use serde::Serialize;

use super::Kept;
use crate::{device::Bytes, kv::disk::Entry};

/// Digits of a name that are shown.
const DIGITS: usize = 12;

/// Lists the marks, the most recently used first.
///
/// A size is that of the mark alone; pages, which marks share, are counted at the end.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print one JSON object; sizes are in bytes, times in seconds since 1970.
    #[arg(long)]
    json: bool,
}

/// A mark as `--json` prints it. Scripts rely on these names.
#[derive(Debug, Serialize)]
pub(super) struct MarkReport {
    key: String,
    model: String,
    tokens: u64,
    bytes: u64,
    used: u64,
    pinned: bool,
    encrypted: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    dir: String,
    marks: Vec<MarkReport>,
    pages: usize,
    bytes: u64,
}

impl Args {
    pub(super) fn run(&self, kept: &Kept) -> Result<()> {
        let marks: Vec<_> = kept.marks().iter().map(|mark| MarkReport::new(kept, mark)).collect();
        let report = Report {
            dir: crate::kv::disk::Disk::path(&kept.folder).display().to_string(),
            pages: kept.catalog.entries().count() - marks.len(),
            bytes: kept.catalog.n_bytes(),
            marks,
        };
        let text = if self.json { serde_json::to_string(&report)? + "\n" } else { report.table() };
        crate::cli::quiet_pipe(io::stdout().write_all(text.as_bytes()))
    }
}

impl MarkReport {
    pub(super) fn new(kept: &Kept, mark: &Entry) -> Self {
        let head = &mark.head;
        Self {
            key: head.name.key.hex(),
            model: head.fingerprint.hex(),
            tokens: head.n_tokens,
            bytes: mark.n_bytes,
            used: mark.used.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs()),
            pinned: kept.catalog.is_pinned(&head.name.key),
            encrypted: head.nonce.is_some(),
        }
    }

    /// How long ago it was used.
    pub(super) fn age(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        age(now.as_secs().saturating_sub(self.used))
    }

    /// What is out of the ordinary about it.
    pub(super) fn notes(&self) -> String {
        let notes = [(self.pinned, "pinned"), (self.encrypted, "encrypted")];
        let notes: Vec<_> = notes.iter().filter(|(is, _)| *is).map(|(_, note)| *note).collect();
        notes.join(", ")
    }
}

impl Report {
    fn table(&self) -> String {
        let Self { dir, marks, pages, bytes } = self;
        let mut text = String::new();
        if !marks.is_empty() {
            let [key, model, tokens, size, used] = ["mark", "model", "tokens", "size", "used"];
            text += &format!("{key:DIGITS$}  {model:8}  {tokens:>8}  {size:>9}  {used}\n");
        }
        for mark in marks {
            let (key, model) = (&mark.key[..DIGITS], &mark.model[..8]);
            let (tokens, size) = (mark.tokens, Bytes(mark.bytes).to_string());
            let (age, notes) = (mark.age(), mark.notes());
            let line = format!("{key}  {model}  {tokens:>8}  {size:>9}  {age:14}  {notes}");
            text += line.trim_end();
            text.push('\n');
        }
        let (n_marks, bytes) = (marks.len(), Bytes(*bytes));
        text + &format!("{n_marks} marks, {pages} pages, {bytes} in {dir}\n")
    }
}

/// A time that has passed, in words.
pub(in crate::cli) fn age(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..60 => return "just now".to_owned(),
        60..3600 => (seconds / 60, "minute"),
        3600..86_400 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{number} {unit}{} ago", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_in_the_largest_unit() {
        let ages = [5, 60, 7300, 86_400 * 3].map(age);
        assert_eq!(ages, ["just now", "1 minute ago", "2 hours ago", "3 days ago"]);
    }
}
