//! `ds4 verify --determinism --tokens`.

use std::time::Instant;

use anyhow::{Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::{
    cli::{open::EngineArgs, say},
    device::Bytes,
    verify::{LongOutcome, LongReport, long, work},
};

#[derive(Serialize)]
struct LongJson {
    tokens: usize,
    bytes: usize,
    rows: usize,
    seconds: f64,
    holds: bool,
    paths: Vec<PathJson>,
}

#[derive(Serialize)]
struct PathJson {
    path: &'static str,
    computed: usize,
    holds: bool,
    same_state: bool,
    pages_differ: usize,
    rows_differ: usize,
}

/// Brings a timeline of `tokens` tokens to its end on each path and compares what it left.
pub(super) fn run(args: &EngineArgs, tokens: usize, is_json: bool) -> Result<()> {
    let mut engine = args.engine(tokens, 2)?;
    let bar = ProgressBar::new(work(tokens) as u64);
    bar.set_style(ProgressStyle::with_template("{msg:9} {wide_bar} {pos}/{len} tokens {eta}")?);
    let begun = Instant::now();
    let report = long(&mut engine, tokens, &mut |path, done| {
        bar.set_message(path);
        bar.set_position(done as u64);
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    bar.finish_and_clear();
    say(&if is_json { json(&report, seconds)? } else { table(&report, seconds) })?;
    let differing = report.outcomes.iter().filter(|outcome| !outcome.holds());
    let differing: Vec<_> = differing.map(|outcome| outcome.path).collect();
    ensure!(
        differing.is_empty(),
        "a timeline of {tokens} tokens is not the same on these paths: {}\n\
         help: this is a fault of a kernel or of the device",
        differing.join(", ")
    );
    Ok(())
}

fn table(report: &LongReport, seconds: f64) -> String {
    let LongReport { n_tokens, n_bytes, n_rows, outcomes } = report;
    let mut text = format!(
        "{n_tokens} tokens, {} of state and cached rows, {n_rows} rows of logits, {seconds:.1} s\n",
        Bytes(*n_bytes as u64)
    );
    for outcome in outcomes {
        let LongOutcome { path, n_computed, is_same_state, pages_differ, rows_differ } = outcome;
        let found = if outcome.holds() {
            "same bytes, same logits".to_owned()
        } else {
            let state = if *is_same_state { "the same state" } else { "another state" };
            format!("{state}, {pages_differ} pages and {rows_differ} rows of logits differ")
        };
        text += &format!("\n{path:<12} {n_computed:>8} tokens computed   {found}");
    }
    text
}

fn json(report: &LongReport, seconds: f64) -> Result<String> {
    let path = |outcome: &LongOutcome| PathJson {
        path: outcome.path,
        computed: outcome.n_computed,
        holds: outcome.holds(),
        same_state: outcome.is_same_state,
        pages_differ: outcome.pages_differ,
        rows_differ: outcome.rows_differ,
    };
    Ok(serde_json::to_string(&LongJson {
        tokens: report.n_tokens,
        bytes: report.n_bytes,
        rows: report.n_rows,
        seconds,
        holds: report.holds(),
        paths: report.outcomes.iter().map(path).collect(),
    })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_what_differs() {
        let same = LongOutcome {
            path: "chunked",
            n_computed: 600,
            is_same_state: true,
            pages_differ: 0,
            rows_differ: 0,
        };
        let differs =
            LongOutcome { path: "restored", is_same_state: false, pages_differ: 2, ..same.clone() };
        let report = LongReport {
            n_tokens: 600,
            n_bytes: 2_000_000,
            n_rows: 5,
            outcomes: vec![same, differs],
        };
        assert_eq!(
            table(&report, 1.0),
            "600 tokens, 2.0 MB of state and cached rows, 5 rows of logits, 1.0 s\n\n\
             chunked           600 tokens computed   same bytes, same logits\n\
             restored          600 tokens computed   another state, 2 pages and 0 rows of logits \
             differ"
        );
        let json: serde_json::Value = serde_json::from_str(&json(&report, 1.0).unwrap()).unwrap();
        assert_eq!(json["holds"], false);
        assert_eq!(json["paths"][1]["pages_differ"], 2);
    }
}
