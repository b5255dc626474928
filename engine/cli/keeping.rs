//! Flags about what is kept of conversations, and where.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context, Result};
use directories::ProjectDirs;

use crate::{
    kv::{
        self, Kv,
        disk::{Secret, Settings},
    },
    schedule::{self, Batch, Kept, Scheduler, Warn},
    session::Engine,
    tokenizer::Tokenizer,
};

/// What is kept of tokens that were computed, so that they are not computed again.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Kept tokens")]
pub(super) struct KeepingArgs {
    /// Keep what was computed of prompts and answers in this folder, and use what is there; by
    /// default a folder of the user's cache with --session, else none. `ds4 kv` looks after it.
    #[arg(long, value_name = "DIR")]
    kv_dir: Option<PathBuf>,
    /// Most bytes of the folder, as in 500M or 16G; the least recently used goes first.
    #[arg(long, value_name = "SIZE", default_value = "16G", value_parser = size)]
    kv_limit: u64,
    /// Encrypt what is in the folder with the 32 bytes or 64 hexadecimal digits of this file.
    #[arg(long, value_name = "FILE")]
    kv_key: Option<PathBuf>,
    /// Most bytes in memory of what can be gone back to.
    #[arg(long, value_name = "SIZE", default_value = "1G", value_parser = size)]
    kv_memory: u64,
}

impl KeepingArgs {
    /// The options; with `needs_folder`, there is a folder in any case.
    pub(super) fn options(&self, needs_folder: bool) -> Result<kv::Options> {
        let folder = match &self.kv_dir {
            Some(folder) => Some(folder.clone()),
            None if needs_folder || self.kv_key.is_some() => Some(folder()?),
            None => None,
        };
        let secret = self.kv_key.as_deref().map(Secret::read).transpose()?;
        let disk = folder.map(|folder| Settings { folder, limit: self.kv_limit, secret });
        let memory = usize::try_from(self.kv_memory).unwrap_or(usize::MAX);
        Ok(kv::Options { memory, disk, ..kv::Options::default() })
    }
}

/// Starts a scheduler whose requests go on from what `keeping` keeps; `warn` hears of what is not kept.
pub(super) fn scheduler(
    engine: Engine,
    tokenizer: Arc<Tokenizer>,
    keeping: &kv::Options,
    options: schedule::Options,
    warn: Warn,
) -> Result<Scheduler> {
    let kv = Kv::open(&engine, keeping);
    let kept = Kept::new(kv, Arc::clone(&tokenizer), warn);
    let batch = Batch::new(engine, tokenizer, Box::new(kept), options);
    Scheduler::start(batch).context("cannot start the scheduler")
}

/// The folder that is used where none is named.
pub(super) fn folder() -> Result<PathBuf> {
    let folders = ProjectDirs::from("", "", "ds4");
    let folders = folders.context("the system names no home folder; name one with --kv-dir")?;
    Ok(folders.cache_dir().join("kv"))
}

/// Reads a number of bytes, with a unit of a thousand, a million, ...
pub(super) fn size(text: &str) -> Result<u64, String> {
    let end = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text[end.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "K" | "KB" => 1_000,
        "M" | "MB" => 1_000_000,
        "G" | "GB" => 1_000_000_000,
        "T" | "TB" => 1_000_000_000_000,
        unit => return Err(format!("expected a unit of K, M, G or T, found {unit}")),
    };
    let number: u64 = end.parse().map_err(|_| "expected a whole number, as in 16G".to_owned())?;
    number.checked_mul(unit).ok_or_else(|| "too many bytes".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        let sizes = ["0", "12", "3k", "500M", "16G", "2TB"].map(|text| size(text).unwrap());
        assert_eq!(sizes, [0, 12, 3_000, 500_000_000, 16_000_000_000, 2_000_000_000_000]);
        assert!(size("1.5G").is_err() && size("G").is_err() && size("-1").is_err());
        assert!(size("99999999T").unwrap_err().contains("too many"));
        assert!(size("5X").unwrap_err().contains("found X"));
    }
}
