//! What is said about an answer when it is done.

use std::{fmt, time::Duration};

use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    chat::{Call, End, Unfinished},
    cli::say,
    generate::{Answer, Stats, Stop},
    kv::Receipt,
    sample::SamplingOptions,
    tokenizer::TokenId,
};

/// An answer as `--json` prints it. Scripts rely on these names.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct Report<'a> {
    text: &'a str,
    reasoning: &'a str,
    tool_calls: Vec<CallReport<'a>>,
    finish_reason: &'static str,
    seed: u64,
    stats: StatsReport,
    /// Whether the seed decided anything.
    #[serde(skip)]
    is_random: bool,
}

#[derive(Debug, Serialize)]
struct CallReport<'a> {
    name: &'a str,
    arguments: Arguments<'a>,
}

/// The object the model wrote; the text so far where it is none.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Arguments<'a> {
    Whole(Box<RawValue>),
    Broken(&'a str),
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct StatsReport {
    prompt_tokens: usize,
    reused_tokens: usize,
    prefilled_tokens: usize,
    generated_tokens: usize,
    load_seconds: f64,
    prefill_seconds: f64,
    decode_seconds: f64,
    /// `None` when there was no token.
    first_token_seconds: Option<f64>,
    prefill_tokens_per_second: f64,
    decode_tokens_per_second: f64,
    /// `None` where nobody looked for anything to reuse.
    reuse: Option<ReuseReport>,
    #[serde(skip)]
    receipt: Option<Receipt>,
}

/// What of a prompt was not computed again.
#[derive(Debug, Clone, Serialize)]
struct ReuseReport {
    tokens: usize,
    from: &'static str,
    /// Whether they are other tokens of the same text.
    same_text: bool,
    /// The first token that differs from what is kept.
    position: usize,
    prompt_token: Option<TokenId>,
    kept_token: Option<TokenId>,
    why: &'static str,
}

impl ReuseReport {
    fn new(receipt: &Receipt) -> Self {
        let Receipt { n_reused, source, is_same_text, difference, .. } = receipt;
        Self {
            tokens: *n_reused,
            from: source.name(),
            same_text: *is_same_text,
            position: difference.position,
            prompt_token: difference.prompt,
            kept_token: difference.kept,
            why: difference.why.name(),
        }
    }
}

impl<'a> Report<'a> {
    pub(in crate::cli) fn new(
        answer: &'a Answer,
        sampling: &SamplingOptions,
        load_time: Duration,
    ) -> Self {
        Self {
            text: &answer.parsed.content,
            reasoning: &answer.parsed.reasoning,
            tool_calls: answer.parsed.tool_calls.iter().map(CallReport::new).collect(),
            finish_reason: answer.stop.name(),
            seed: sampling.seed,
            stats: StatsReport::new(&answer.stats, load_time),
            is_random: sampling.temperature > 0.0,
        }
    }

    pub(super) fn print_json(&self) -> anyhow::Result<()> {
        let json = serde_json::to_string(self)?;
        say(&json)
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stats.fmt(f)?;
        if self.is_random { write!(f, ", seed {}", self.seed) } else { Ok(()) }
    }
}

impl<'a> CallReport<'a> {
    fn new(call: &'a Call) -> Self {
        let arguments = RawValue::from_string(call.arguments.clone());
        let arguments = arguments.map_or(Arguments::Broken(&call.arguments), Arguments::Whole);
        Self { name: &call.name, arguments }
    }
}

impl StatsReport {
    pub(super) fn new(stats: &Stats, load_time: Duration) -> Self {
        Self {
            prompt_tokens: stats.n_prompt,
            reused_tokens: stats.n_reused,
            prefilled_tokens: stats.n_prefilled,
            generated_tokens: stats.n_generated,
            load_seconds: load_time.as_secs_f64(),
            prefill_seconds: stats.prefill.as_secs_f64(),
            decode_seconds: stats.decode.as_secs_f64(),
            first_token_seconds: stats.first_token.map(|time| time.as_secs_f64()),
            prefill_tokens_per_second: stats.prefill_speed(),
            decode_tokens_per_second: stats.decode_speed(),
            reuse: stats.receipt.as_ref().map(ReuseReport::new),
            receipt: stats.receipt,
        }
    }
}

impl fmt::Display for StatsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { prefilled_tokens, prefill_tokens_per_second, .. } = self;
        write!(f, "prompt {prefilled_tokens} tokens ({prefill_tokens_per_second:.1} tokens/s")?;
        // On a first prompt there is nothing to say.
        if let Some(receipt) = self.receipt.filter(|receipt| receipt.difference.position > 0) {
            write!(f, ", {receipt}")?;
        }
        let Self { generated_tokens, decode_tokens_per_second, .. } = self;
        write!(f, "), answer {generated_tokens} tokens ({decode_tokens_per_second:.1} tokens/s)")?;
        match self.first_token_seconds {
            Some(seconds) => write!(f, ", first token after {seconds:.2} s"),
            None => Ok(()),
        }
    }
}

/// Says what is wrong with an answer that came to its end.
pub(super) fn note_end(answer: &Answer) {
    let note = match (&answer.end, answer.stop) {
        (_, Stop::Canceled) => "stopped".to_owned(),
        (End::Complete, _) => return,
        (End::Unfinished(Unfinished::Reasoning), _) => {
            "the model thought but did not answer".to_owned()
        }
        (End::Unfinished(Unfinished::Calls), _) => {
            "the model did not finish its tool calls".to_owned()
        }
        (End::Malformed(fault), _) => format!("the tool calls are malformed: {fault}"),
    };
    eprintln!("[{note}]");
}
