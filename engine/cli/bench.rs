//! `ds4 bench`.

mod frontier;
mod picture;
mod report;
mod roofline;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};

use self::{
    frontier::{Bench, WARM_UP},
    report::{Csv, Line, Report},
    roofline::Roofline,
};
use super::open::{self, EngineArgs};
use crate::session::{self, Engine};

const HELP: &str = "\
Examples:
  What this machine does with the chosen model:
    ds4 bench
  A model file, a prompt that grows to 32768 tokens, one session and 16 at once:
    ds4 bench -m flash.gguf --device cuda --contexts 512,2048,8192,32768 --rows 1,16 --csv out.csv --plot out.svg
  A million tokens, without the quarter of an hour that reading them takes:
    ds4 bench --device cuda --contexts 1048512 --computed 32768 --gen 32
  The same without a file, with random weights of the same shapes and formats:
    ds4 bench --synthetic --device cuda --contexts 512,2048,8192,32768 --rows 1,16
  The small model in another recipe:
    ds4 bench --synthetic -m tiny --recipe q8 --device vulkan --contexts 256
  Where the time of a token of Flash goes, kernel by kernel:
    ds4 bench --synthetic --device cuda --roofline --contexts 4096
  And that of a prompt, a step of 2048 tokens, four times:
    ds4 bench --synthetic --device cuda --roofline=prefill --contexts 8192 --chunk 2048 --gen 4

What is measured: one timeline of random tokens (always the same ones) grows from frontier to
frontier, computed unless --computed says otherwise. At each frontier it is copied, with all that is
cached, to as many sessions as --rows says; these are stepped together, each with random tokens of
its own, and then dropped. Before the first frontier, one chunk and two decode steps run untimed.

Columns of the table and of --csv:
  context         tokens of the timeline where decoding begins
  prefill_tokens  tokens from the frontier before to this one
  prefill_tps     prefill_tokens in a second, logits after the last of them included
  rows            sessions that are stepped together
  gen_tokens      tokens decoded in the time that counts: --gen for each row
  gen_tps         those in a second, all rows together, after 2 steps that do not count; a step
                  ends when the most probable token of every row is chosen from its logits
  first_token_ms  time of the first decode step after the copy, the choice of tokens included; it
                  is one of those that do not count in gen_tps
  load_s          time to open the device, make or find its kernels' machine code, and bind the
                  model's weights
The table also has ms_step, the median time of the steps that count: of one row, the time of a
token.

--roofline lists the kernels of a step, the slowest first: launches in a step; bytes that they read
and bytes that they move, as `ds4 kernels list` counts them (a decode step of one row is a token);
their time in a step, on average over --gen steps; its share of the time of all; bytes moved in a
second, and their share of what copying large buffers reaches; floating-point operations in a second.
A kernel whose values are in a cache can go beyond that share. While launches are timed, nothing of
one overlaps with the next, so together they may take longer than the step whose time stands above
the list. --csv then has a line for each kernel.

Where output goes: the table goes to standard output line by line, as does --csv to its file;
--plot is drawn anew with each line;
everything else goes to standard error.";

/// Measures how fast a model reads prompts and writes answers, at growing contexts.
///
/// Nothing is generated that means anything: tokens are random. Times are those of a user of
/// `ds4 run`, since the same steps run through the same sessions.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "See --help for examples and what each column means.",
    after_long_help = HELP
)]
pub(super) struct Args {
    /// Frontiers: tokens of the timeline at which decoding is measured, ascending.
    #[arg(
        long,
        value_name = "TOKENS,...",
        value_delimiter = ',',
        default_value = "512,2048",
        value_parser = open::positive
    )]
    contexts: Vec<usize>,
    /// Tokens that each row decodes at each frontier.
    #[arg(long = "gen", value_name = "TOKENS", default_value = "64", value_parser = open::positive)]
    decoded: usize,
    /// Sessions that are stepped together, one measurement for each number.
    #[arg(
        long,
        value_name = "N,...",
        value_delimiter = ',',
        default_value = "1",
        value_parser = open::positive
    )]
    rows: Vec<usize>,
    /// Compute timelines up to this length only: to a frontier beyond it, copies of the timeline's
    /// own pages lead, and the last chunk is computed again.
    #[arg(long, value_name = "TOKENS", value_parser = open::positive)]
    computed: Option<usize>,
    /// Write the measurements to this file as well.
    #[arg(long, value_name = "FILE.csv")]
    csv: Option<PathBuf>,
    /// Draw the speeds over the contexts.
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// Random weights in the memory of a GPU instead of a file; -m then names the model, `flash`
    /// (by default) or `tiny`.
    #[arg(long)]
    synthetic: bool,
    /// Formats of random weights, as `ds4 quantize` names them.
    #[arg(long, value_name = "NAME", default_value = "q2", requires = "synthetic")]
    recipe: String,
    /// Show instead what each kernel of a step reaches of the memory's speed: of a decode step of
    /// the first of --rows at the last of --contexts, or of a prefill step of --chunk tokens that
    /// ends there.
    #[arg(
        long,
        value_name = "STEP",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "decode",
        conflicts_with = "plot"
    )]
    roofline: Option<Step>,
    #[command(flatten)]
    engine: EngineArgs,
}

/// What --roofline shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Step {
    Decode,
    Prefill,
}

impl Args {
    pub(super) fn run(self) -> Result<()> {
        ensure!(
            self.contexts.is_sorted_by(|a, b| a < b),
            "--contexts {}: expected numbers that ascend",
            self.contexts.iter().map(usize::to_string).collect::<Vec<_>>().join(",")
        );
        if let Some(step) = self.roofline {
            return self.roofline(step);
        }
        let mut report = Report::create(self.csv.as_deref(), self.plot.as_deref())?;
        let (mut engine, load, title) = self.open()?;
        report.begin(title)?;
        let chunk = engine.chunk();
        let mut bench = Bench::new(&mut engine, self.computed)?;
        bench.warm_up(chunk.min(self.contexts[0]))?;
        for &context in &self.contexts {
            let prefill = bench.prefill_to(context)?;
            for &rows in &self.rows {
                let decode = bench
                    .decode(rows, self.decoded)
                    .with_context(|| format!("cannot decode {rows} rows at {context} tokens"))?;
                report.add(Line { context, prefill, rows, decode, load })?;
            }
        }
        Ok(())
    }

    fn roofline(&self, step: Step) -> Result<()> {
        let target = self.engine.target().context(
            "--roofline needs a device that times kernels, and the CPU does not\n\
             help: choose a GPU, as with `--device cuda`",
        )?;
        let mut csv = self.csv.as_deref().map(Csv::create).transpose()?;
        let (mut engine, ..) = self.open()?;
        let context = self.contexts.last().copied().unwrap_or(1);
        let chunk = engine.chunk();
        let mut bench = Bench::new(&mut engine, self.computed)?;
        let roofline = match step {
            Step::Decode => {
                bench.prefill_to(context)?;
                let rows = self.rows.first().copied().unwrap_or(1);
                Roofline::decode(&mut bench, target, (rows, self.decoded))?
            }
            Step::Prefill => {
                let rows = chunk.min(context);
                if rows < context {
                    bench.prefill_to(context - rows)?;
                }
                Roofline::prefill(&mut bench, target, (rows, self.decoded))?
            }
        };
        if let Some(csv) = &mut csv {
            roofline.write_csv(csv)?;
        }
        roofline.print()
    }

    /// The model with room for the last frontier and what is decoded there, the time it took, and
    /// what it runs on.
    fn open(&self) -> Result<(Engine, Duration, String)> {
        let longest = self.contexts.last().copied().unwrap_or(0) + self.n_decoded();
        // The timeline, and its copies.
        let sessions = self.rows.iter().max().map_or(1, |rows| rows.saturating_add(1));
        let begun = Instant::now();
        let engine = if self.synthetic {
            self.engine.synthetic(&self.recipe, longest, sessions)
        } else {
            self.engine.engine(longest, sessions)
        };
        let load = begun.elapsed();
        let mut engine = engine.map_err(|error| match error.downcast_ref() {
            Some(session::Error::ContextTooLong { .. }) => {
                error.context("the last of --contexts and what is decoded there do not fit")
            }
            _ => error,
        })?;
        let name = engine.model().plan.model.name;
        let device = engine.device().describe();
        let title = format!("{name} on {device}");
        eprintln!("{title}, loaded in {:.1} s", load.as_secs_f64());
        Ok((engine, load, title))
    }

    /// Most tokens that one copy of the timeline decodes.
    const fn n_decoded(&self) -> usize {
        match self.roofline {
            None => WARM_UP + self.decoded,
            // As many again, with times.
            Some(Step::Decode) => WARM_UP + 2 * self.decoded,
            // The last step ends at the last frontier.
            Some(Step::Prefill) => 0,
        }
    }
}
