//! `ds4 verify --memory`.

use std::time::Instant;

use anyhow::{Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::{
    cli::{open::EngineArgs, say},
    device::{Bytes, Needs},
    verify::{Memory, memory},
};

#[derive(Serialize)]
struct MemoryJson {
    tokens: usize,
    chunk: usize,
    state: u64,
    cached_rows: u64,
    scratch: u64,
    planned: u64,
    grown: Option<u64>,
    seconds: f64,
    holds: bool,
}

/// Fills a timeline of `tokens` tokens and says what it took.
pub(super) fn run(args: &EngineArgs, tokens: usize, is_json: bool) -> Result<()> {
    ensure!(
        args.target().is_none(),
        "--memory measures the processor's memory\n\
         help: a GPU reserves what is planned before anything is loaded, and says so if it does \
         not fit"
    );
    let mut engine = args.engine(tokens, 1)?;
    let bar = ProgressBar::new(tokens as u64);
    bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} tokens {eta}")?);
    let begun = Instant::now();
    let found = memory(&mut engine, tokens, |done| bar.set_position(done as u64))?;
    let seconds = begun.elapsed().as_secs_f64();
    bar.finish_and_clear();
    let text = if is_json { json(&found, seconds)? } else { table(&found, seconds) };
    say(&text)?;
    let (planned, grown) = (Bytes(found.planned_bytes()), found.grown.map_or(Bytes(0), Bytes));
    ensure!(found.holds(), "a timeline of {tokens} tokens took {grown}, and {planned} are planned");
    Ok(())
}

fn table(found: &Memory, seconds: f64) -> String {
    let Memory { room, planned: Needs { state, pages, scratch, .. }, grown } = found;
    let grown = match grown {
        Some(bytes) => Bytes(*bytes).to_string(),
        None => "not known on this system".to_owned(),
    };
    format!(
        "{} tokens in steps of {}, {seconds:.1} s\n  state        {}\n  cached rows  {}\n  \
         scratch      {}\n  planned      {}\n  measured     {grown}",
        room.context,
        room.chunk,
        Bytes(*state),
        Bytes(*pages),
        Bytes(*scratch),
        Bytes(found.planned_bytes()),
    )
}

fn json(found: &Memory, seconds: f64) -> Result<String> {
    let Memory { room, planned, grown } = *found;
    Ok(serde_json::to_string(&MemoryJson {
        tokens: room.context,
        chunk: room.chunk,
        state: planned.state,
        cached_rows: planned.pages,
        scratch: planned.scratch,
        planned: found.planned_bytes(),
        grown,
        seconds,
        holds: found.holds(),
    })?)
}
