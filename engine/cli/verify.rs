//! `ds4 verify`.

mod long;
mod memory;

use std::io::{self, Write as _};

use anyhow::{Result, bail};
use serde::Serialize;

use super::{open, open::EngineArgs, quiet_pipe};
use crate::verify::{Difference, Options, Outcome, PATHS, Report, determinism};

const HELP: &str = "\
Examples:
  The chosen model on the processor:
    ds4 verify --determinism
  A model file on an NVIDIA card, prompts of these lengths, 32 tokens for each:
    ds4 verify --determinism -m flash.gguf --device cuda --prompts 5,129,1025 --gen 32
  One long timeline on the processor, and all that is held of it:
    ds4 verify --determinism --tokens 65536
  The memory of a long timeline on the processor:
    ds4 verify --memory 65536
  For a script:
    ds4 verify --determinism --json | jq '.paths[] | select(.holds | not)'

What is compared: prompts of random tokens (always the same ones) are answered alone, one after
another, and then once more on each path. On every path, the tokens of each answer and the logits
that each was chosen from are compared with those made alone, bit by bit. One answer in two takes
the most probable token always, the others are drawn from all tokens.

Paths:
  twice        the same once more
  batched      all answers in the same decode steps
  paired       two answers in a decode step, the last one first
  chunked      prompts in prefill steps of other lengths
  interleaved  parts of prompts between decode steps of other answers
  forked       copies of sessions, in a prompt and in an answer, while the originals go elsewhere
  rewound      sessions that went elsewhere and back, in a prompt and in an answer
  restored     sessions that were closed and read from a disk, in a prompt and in an answer
  stepwise     the second half of each prompt in decode steps

What is promised: the same bits on every path whose steps are of the same kinds as alone, where
prompts take prefill steps and answers take decode steps. On a GPU these two kinds sum in different
orders, so that the last path is measured there and promises nothing; on the processor it gives the
same bits as the others.

The exit status is 0 when every promise is kept. Otherwise the first difference of each path stands
on standard error: the prompt (from 0), the position of the token, the token, and the logit.

--json prints one object: model, device, prompts (their lengths), tokens (of each answer), n_vocab,
holds, and paths (path, what, promised, holds, rows, rows_differ, answers_differ,
largest_difference, first_difference); first_difference is null or has prompt, position, token
(expected, found) and logit (null, or token, expected, found).

--tokens brings one timeline of random tokens to its end: cold; chunked, in prefill steps of other
lengths; and rewound, forked and restored from a temporary folder, each of which goes on from 1024
tokens before the end. State, pages and the logits of the last five positions are compared byte by
byte with those of the cold one. With --json: tokens, bytes, rows (of logits), seconds, holds, and
paths (path, computed, holds, same_state, pages_differ, rows_differ).

--memory fills one timeline with random tokens, on the processor, and compares by how much the
memory of the process grew with what the plan says of the state, the cached rows and the scratch;
weights are mapped and not counted. A tenth and a megabyte more are allowed, for what functions
take while they run. With --json: tokens, chunk, state, cached_rows, scratch, planned, grown (null where the system
does not say; all in bytes), seconds and holds.";

/// Proves that a model on a device does what is promised.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "See --help for examples and what is compared.",
    after_long_help = HELP
)]
pub(super) struct Args {
    /// Prove that answers depend on nothing but their prompts: not on batches, chunks or copies.
    #[arg(long, required_unless_present = "memory")]
    determinism: bool,
    /// Prove that a timeline of so many tokens takes as much of the processor's memory as planned.
    #[arg(long, value_name = "TOKENS", conflicts_with = "determinism", value_parser = open::positive)]
    memory: Option<usize>,
    /// Compare one timeline of so many tokens instead, with all that the device holds of it.
    #[arg(long, value_name = "TOKENS", conflicts_with = "memory", value_parser = open::positive)]
    tokens: Option<usize>,
    /// Tokens of each prompt.
    #[arg(
        long,
        value_name = "TOKENS,...",
        value_delimiter = ',',
        default_value = "5,127,129,257,520",
        value_parser = open::positive
    )]
    prompts: Vec<usize>,
    /// Tokens of each answer.
    #[arg(long = "gen", value_name = "TOKENS", default_value = "12", value_parser = open::positive)]
    decoded: usize,
    /// Where the random tokens begin.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engine: EngineArgs,
}

impl Args {
    pub(super) fn run(self) -> Result<()> {
        if let Some(tokens) = self.memory {
            return memory::run(&self.engine, tokens.max(2), self.json);
        }
        if let Some(tokens) = self.tokens {
            return long::run(&self.engine, tokens.max(16), self.json);
        }
        let longest = self.prompts.iter().max().copied().unwrap_or(1);
        let context = longest.saturating_add(self.decoded).saturating_add(FORKED);
        // One copy beside the timelines of all prompts.
        let mut engine = self.engine.engine(context, self.prompts.len() + 1)?;
        let options = Options { lengths: self.prompts, tokens: self.decoded, seed: self.seed };
        let mut number = 0;
        let report = determinism(&mut engine, &options, |path| {
            number += 1;
            eprintln!("{number} of {}: {}, {}", PATHS.len(), path.name, path.what);
        })?;
        let shown = if self.json { json(&report)? } else { table(&report) };
        quiet_pipe(io::stdout().write_all(shown.as_bytes()))?;
        judge(&report)
    }
}

/// Tokens that the original of a copy goes elsewhere with.
const FORKED: usize = 9;

/// An error that names every broken promise.
fn judge(report: &Report) -> Result<()> {
    let broken: Vec<String> = report
        .outcomes
        .iter()
        .filter(|outcome| !outcome.holds())
        .filter_map(|outcome| Some((outcome.path, outcome.first.as_ref()?)))
        .map(|(path, first)| format!("  {path}: {first}"))
        .collect();
    if broken.is_empty() {
        return Ok(());
    }
    bail!(
        "{} on {} is not deterministic; the first difference on each path:\n{}\n\
         help: this is a fault of a kernel or of the device; `ds4 verify --help` says what each \
         path does",
        report.model,
        report.device,
        broken.join("\n")
    )
}

fn table(report: &Report) -> String {
    let lengths: Vec<_> = report.lengths.iter().map(usize::to_string).collect();
    let mut text = format!(
        "{} on {}: prompts of {} tokens, {} tokens for each\n\n{:<12} {:<10} {:<22} logits\n",
        report.model,
        report.device,
        lengths.join(", "),
        report.tokens,
        "path",
        "promised",
        "tokens",
    );
    for outcome in &report.outcomes {
        let promised = if outcome.is_promised { "same bits" } else { "nothing" };
        text += &format!(
            "{:<12} {promised:<10} {:<22} {}\n",
            outcome.path,
            tokens(outcome, report.lengths.len()),
            logits(outcome)
        );
    }
    text += if report.holds() { "\nevery promise is kept\n" } else { "\na promise is broken\n" };
    text
}

fn tokens(outcome: &Outcome, n_answers: usize) -> String {
    match outcome.answers_differ {
        0 => "same".to_owned(),
        n => format!("{n} of {n_answers} answers differ"),
    }
}

fn logits(outcome: &Outcome) -> String {
    let Outcome { rows, rows_differ, largest, .. } = outcome;
    match rows_differ {
        0 => format!("same, {rows} rows"),
        n => format!("{n} of {rows} rows differ, by {largest:.1e} at most"),
    }
}

#[derive(Serialize)]
struct ReportJson<'a> {
    model: &'a str,
    device: &'a str,
    prompts: &'a [usize],
    tokens: usize,
    n_vocab: usize,
    holds: bool,
    paths: Vec<PathJson<'a>>,
}

#[derive(Serialize)]
struct PathJson<'a> {
    path: &'a str,
    what: &'a str,
    promised: bool,
    holds: bool,
    rows: usize,
    rows_differ: usize,
    answers_differ: usize,
    largest_difference: f32,
    first_difference: Option<DifferenceJson>,
}

#[derive(Serialize)]
struct DifferenceJson {
    prompt: usize,
    position: usize,
    token: PairJson<u32>,
    logit: Option<LogitJson>,
}

#[derive(Serialize)]
struct PairJson<T> {
    expected: T,
    found: T,
}

#[derive(Serialize)]
struct LogitJson {
    token: u32,
    #[serde(flatten)]
    values: PairJson<f32>,
}

fn json(report: &Report) -> Result<String> {
    let path = |outcome: &Outcome| PathJson {
        path: outcome.path,
        what: outcome.what,
        promised: outcome.is_promised,
        holds: outcome.holds(),
        rows: outcome.rows,
        rows_differ: outcome.rows_differ,
        answers_differ: outcome.answers_differ,
        largest_difference: outcome.largest,
        first_difference: outcome.first.as_ref().map(difference),
    };
    let all = ReportJson {
        model: report.model,
        device: &report.device,
        prompts: &report.lengths,
        tokens: report.tokens,
        n_vocab: report.n_vocab,
        holds: report.holds(),
        paths: report.outcomes.iter().map(path).collect(),
    };
    Ok(serde_json::to_string(&all)? + "\n")
}

fn difference(difference: &Difference) -> DifferenceJson {
    let (expected, found) = difference.token;
    let logit = difference.logit.map(|logit| LogitJson {
        token: logit.token.0,
        values: PairJson { expected: logit.expected, found: logit.found },
    });
    let Difference { prompt, position, .. } = *difference;
    DifferenceJson {
        prompt,
        position,
        token: PairJson { expected: expected.0, found: found.0 },
        logit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{tokenizer::TokenId, verify::LogitDifference};

    fn report(is_promised: bool) -> Report {
        let logit = LogitDifference { token: TokenId(3), expected: 1.5, found: 1.25 };
        let token = (TokenId(7), TokenId(8));
        let first = Difference { prompt: 1, position: 9, token, logit: Some(logit) };
        let same = Outcome {
            path: "twice",
            what: "again",
            is_promised: true,
            rows: 4,
            rows_differ: 0,
            answers_differ: 0,
            largest: 0.0,
            first: None,
        };
        let differs = Outcome {
            path: "paired",
            is_promised,
            rows_differ: 2,
            answers_differ: 1,
            largest: 0.25,
            first: Some(first),
            ..same.clone()
        };
        let (lengths, outcomes) = (vec![5, 6], vec![same, differs]);
        let device = "CPU".to_owned();
        Report { model: "tiny", device, lengths, tokens: 2, n_vocab: 10, outcomes }
    }

    #[test]
    fn a_broken_promise_is_an_error_that_names_it() {
        let error = judge(&report(true)).unwrap_err().to_string();
        let first = "  paired: prompt 1, position 9: token 8 instead of 7, the logit of token 3 is \
                     1.25 (0x3fa00000) instead of 1.5 (0x3fc00000)";
        assert_eq!(error.lines().nth(1), Some(first));
        assert!(judge(&report(false)).is_ok(), "nothing was promised");
    }

    #[test]
    fn the_table_says_what_was_found() {
        let text = table(&report(false));
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[3], "twice        same bits  same                   same, 4 rows");
        let differs = "paired       nothing    1 of 2 answers differ  2 of 4 rows differ, by 2.5e-1 \
                       at most";
        assert_eq!(lines[4], differs);
        assert!(text.ends_with("every promise is kept\n"));
        assert!(table(&report(true)).ends_with("a promise is broken\n"));
    }

    #[test]
    fn json_has_the_same() {
        let value: serde_json::Value = serde_json::from_str(&json(&report(true)).unwrap()).unwrap();
        assert_eq!(value["holds"], false);
        assert_eq!(value["paths"][0]["first_difference"], serde_json::Value::Null);
        let first = &value["paths"][1]["first_difference"];
        assert_eq!(first["token"]["found"], 8);
        assert_eq!(first["logit"]["expected"], 1.5);
    }
}
