//! Flags about sampling and about the conversation.

use std::{
    fs,
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::{
    chat::{self, Effort, Mode, Release, json::Json},
    sample::SamplingOptions,
};

/// How tokens are chosen.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Sampling")]
pub(in crate::cli) struct SamplingArgs {
    /// Randomness: 0 takes the most probable token always, 1 the model's own distribution
    /// [default: 1; for ds4-tiny 0.7].
    #[arg(long, value_name = "NUMBER", visible_alias = "temperature", allow_hyphen_values = true)]
    temp: Option<f32>,
    /// Choose among this many most probable tokens; 0 for all.
    #[arg(long, value_name = "N", default_value_t = 0)]
    top_k: usize,
    /// Choose among the most probable tokens that together reach this probability
    /// [default: 1, which is all; for ds4-tiny 0.95].
    #[arg(long, value_name = "SHARE")]
    top_p: Option<f32>,
    /// Leave out tokens less probable than this share of the most probable one; 0 for none.
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    min_p: f32,
    /// Make tokens that occurred less probable; 1 changes nothing, 1.1 a little.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    repeat_penalty: f32,
    /// Subtract from the logits of tokens that occurred.
    #[arg(long, value_name = "NUMBER", default_value_t = 0.0, allow_hyphen_values = true)]
    presence_penalty: f32,
    /// Subtract from the logits of tokens, as often as they occurred.
    #[arg(long, value_name = "NUMBER", default_value_t = 0.0, allow_hyphen_values = true)]
    frequency_penalty: f32,
    /// How many tokens back the penalties look, in prompt and answer.
    #[arg(long, value_name = "TOKENS", default_value_t = 64)]
    repeat_last_n: usize,
    /// Where random numbers begin: the same seed gives the same text [default: another each time].
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

/// What the conversation begins with.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Conversation")]
pub(in crate::cli) struct ChatArgs {
    /// Instructions that stand before the conversation.
    #[arg(long, value_name = "TEXT")]
    pub(super) system: Option<String>,
    /// Tools that the model may ask to call: a JSON array, as chat services receive it. Calls are
    /// shown and not carried out.
    #[arg(long, value_name = "FILE.json")]
    pub(super) tools: Option<PathBuf>,
    /// Let the model think before it answers.
    #[arg(long)]
    think: bool,
    /// Let it answer at once, which is the default.
    #[arg(long, conflicts_with = "think")]
    nothink: bool,
    /// How long it thinks: preview has none, high and max, 0731 has low, high and max.
    #[arg(long, conflicts_with = "nothink", value_parser =
        PossibleValuesParser::new(Effort::NAMES).try_map(|name| name.parse::<Effort>()))]
    pub(super) effort: Option<Effort>,
    /// The model's release, which decides how prompts are written.
    #[arg(long, default_value = "preview", value_parser =
        PossibleValuesParser::new(Release::NAMES).try_map(|name| name.parse::<Release>()))]
    pub(super) release: Release,
}

impl ChatArgs {
    /// Whether the model is to think, where that was said.
    pub(super) fn mode(&self) -> Option<Mode> {
        match (self.think, self.nothink) {
            (true, _) => Some(Mode::Thinking),
            (false, true) => Some(Mode::Chat),
            (false, false) => None,
        }
    }

    /// The declarations in the file of `--tools`.
    pub(super) fn declared_tools(&self) -> Result<Vec<Json>> {
        let Some(path) = &self.tools else { return Ok(Vec::new()) };
        let text = fs::read_to_string(path);
        let text = text.with_context(|| format!("cannot read {}", path.display()))?;
        let json = Json::parse(&text).with_context(|| format!("{} is not JSON", path.display()))?;
        chat::declared_tools(json)
            .with_context(|| format!("{} does not declare tools", path.display()))
    }
}

impl SamplingArgs {
    /// Whether the random numbers begin where the user said.
    pub(in crate::cli) const fn is_seeded(&self) -> bool {
        self.seed.is_some()
    }

    /// The options for a model; defaults are those of its generation configuration, without the
    /// tail that min-p cuts off.
    pub(in crate::cli) fn options(&self, model: &str) -> Result<SamplingOptions> {
        let (temperature, top_p) = if model == "tiny" { (0.7, 0.95) } else { (1.0, 1.0) };
        let options = SamplingOptions {
            temperature: self.temp.unwrap_or(temperature),
            top_k: self.top_k,
            top_p: self.top_p.unwrap_or(top_p),
            min_p: self.min_p,
            repetition_penalty: self.repeat_penalty,
            presence_penalty: self.presence_penalty,
            frequency_penalty: self.frequency_penalty,
            penalty_window: self.repeat_last_n,
            seed: self.seed.unwrap_or_else(any_seed),
        };
        options.check()?;
        Ok(options)
    }
}

/// A seed that differs from run to run, short enough to be typed.
fn any_seed() -> u64 {
    let time = SystemTime::now().duration_since(UNIX_EPOCH);
    time.map_or(0, |time| u64::from(time.subsec_nanos()) ^ (time.as_secs() & 0xffff_ffff))
}
