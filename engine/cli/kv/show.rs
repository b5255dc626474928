//! `ds4 kv show`.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use anyhow::{Context, Result, anyhow};
use serde::Serialize;

use super::{Kept, list::MarkReport};
use crate::{
    cli::open,
    device::Bytes,
    kv::disk::{Entry, Secret},
    tokenizer::TokenId,
};

/// Shows one mark: its tokens, its pages, and with --text what it says.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The first digits of its name.
    key: String,
    /// Print one JSON object; sizes are in bytes.
    #[arg(long)]
    json: bool,
    /// Print the text too, as the tokenizer of the model reads it.
    #[arg(long)]
    text: bool,
    /// The model whose tokenizer reads the text; by default the one chosen with `ds4 use`.
    #[arg(short, long, value_name = "FILE.gguf", requires = "text")]
    model: Option<PathBuf>,
    /// The key file of an encrypted mark, for its text.
    #[arg(long, value_name = "FILE", requires = "text")]
    key_file: Option<PathBuf>,
}

/// A mark with its pages, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Report {
    #[serde(flatten)]
    mark: MarkReport,
    pages: Vec<PageReport>,
    /// Whether all of its pages are there.
    whole: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

#[derive(Debug, Serialize)]
struct PageReport {
    key: String,
    tokens: u32,
    bytes: u64,
}

impl Args {
    pub(super) fn run(self, kept: &Kept) -> Result<()> {
        let mark = kept.find(&self.key)?;
        let pages = kept.pages(mark);
        let whole = pages.iter().all(Option::is_some);
        let text = if self.text { Some(self.read(mark, &pages)?) } else { None };
        let page = |page: &&Entry| PageReport {
            key: page.head.name.key.hex(),
            tokens: page.head.n_own,
            bytes: page.n_bytes,
        };
        let pages = pages.iter().flatten().map(page).collect();
        let report = Report { mark: MarkReport::new(kept, mark), pages, whole, text };
        let text =
            if self.json { serde_json::to_string(&report)? + "\n" } else { report.describe(mark) };
        crate::cli::quiet_pipe(io::stdout().write_all(text.as_bytes()))
    }

    /// The text of all tokens before a mark.
    fn read(&self, mark: &Entry, pages: &[Option<&Entry>]) -> Result<String> {
        let secret = self.key_file.as_deref().map(Secret::read).transpose()?;
        let tokenizer = open::tokenizer(self.model.clone(), None)?;
        let mut tokens: Vec<TokenId> = vec![];
        for entry in pages.iter().copied().chain([Some(mark)]) {
            let entry = entry.context("a page is missing, so the text is not whole")?;
            let own = entry.head.tokens(&entry.opening, secret.as_ref());
            let help = "\nhelp: --key-file names the key it was encrypted with";
            tokens
                .extend(own.map_err(|reason| anyhow!("{}: {reason}{help}", entry.head.name.key))?);
        }
        Ok(tokenizer.decode(&tokens))
    }
}

impl Report {
    fn describe(&self, mark: &Entry) -> String {
        let head = &mark.head;
        let page_bytes: u64 = self.pages.iter().map(|page| page.bytes).sum();
        let missing = if self.whole { "" } else { ", and one is missing" };
        let (n_pages, pages) = (self.pages.len(), Bytes(page_bytes));
        let mut text = format!("mark      {}\n", head.name.key);
        text += &format!("model     {}\n", head.fingerprint);
        text += &format!("tokens    {}\n", head.n_tokens);
        text += &format!("size      {}\n", Bytes(mark.n_bytes));
        text += &format!("pages     {n_pages}, {pages}{missing}\n");
        text += &format!("used      {}\n", self.mark.age());
        let notes = self.mark.notes();
        if !notes.is_empty() {
            text += &format!("notes     {notes}\n");
        }
        if let Some(said) = &self.text {
            text += &format!("\n{said}\n");
        }
        text
    }
}
