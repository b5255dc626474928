//! `ds4 quantize`.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use ds4_plan::Format;
use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::gguf::{Overwrite, WriteError};
use crate::quantize::{Checkpoint, Imatrix, Plan, PlannedTensor, Progress, Recipe, Settings};

const EXAMPLES: &str = "\
Recipes:
  q2     routed experts at two bits (gate and up IQ2_XXS, down Q2_K), the rest Q8_0 and F16
  mxfp4  routed experts MXFP4: exact when the checkpoint's experts are FP4
  q4     routed experts Q4_K
  q8     every matrix Q8_0
  bf16   as exact as the checkpoint
  f32    everything in single precision

Examples:
  See what would be written, tensor by tensor:
    ds4 quantize DeepSeek-V4-Flash -o flash.gguf --recipe q2 --dry-run
  Convert to two bits, weighing errors by what calibration text used:
    ds4 quantize DeepSeek-V4-Flash -o flash.gguf --recipe q2 --imatrix flash.dat
  Convert model and draft block, replacing older files:
    ds4 quantize DeepSeek-V4-Flash -o flash.gguf --mtp flash-mtp.gguf --force";

/// Converts a checkpoint to GGUF.
///
/// The checkpoint is a folder in the vendor's layout: config.json, tokenizer.json and
/// model.safetensors, or shards with model.safetensors.index.json. Weights may be BF16, F16,
/// F32, or the vendor's FP8 and FP4. The output appears under its name only when it is complete.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES, after_help = "See --help for the recipes and examples.")]
pub(super) struct Args {
    /// Folder of the checkpoint.
    #[arg(value_name = "CHECKPOINT_DIR")]
    checkpoint: PathBuf,

    /// File to write.
    #[arg(short, long, value_name = "OUT.gguf")]
    output: PathBuf,

    /// Formats of the tensors.
    #[arg(short, long, default_value = "q2", value_parser = recipe_parser())]
    recipe: Recipe,

    /// Importance matrix (.dat); without it, columns count by the squares of their weights.
    #[arg(long, value_name = "FILE.dat")]
    imatrix: Option<PathBuf>,

    /// Also write the draft block (MTP) to this file.
    #[arg(long, value_name = "FILE.gguf")]
    mtp: Option<PathBuf>,

    /// Name of the model in the file; by default the output's name without extension.
    #[arg(long)]
    name: Option<String>,

    /// Replace files that exist.
    #[arg(short, long)]
    force: bool,

    /// Print the tensors, formats and sizes, and write nothing.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

fn recipe_parser() -> impl clap::builder::TypedValueParser<Value = Recipe> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};
    PossibleValuesParser::new(Recipe::ALL.map(Recipe::name)).map(|name| {
        let named = Recipe::ALL.into_iter().find(|recipe| recipe.name() == name);
        named.expect("the parser admits only names of recipes")
    })
}

impl Args {
    pub(super) fn run(self) -> Result<()> {
        if self.mtp.as_ref() == Some(&self.output) {
            bail!("--output and --mtp name the same file");
        }
        let checkpoint = Checkpoint::open(&self.checkpoint)?;
        let imatrix = self.imatrix.as_deref().map(Imatrix::read).transpose()?;
        let stem = self.output.file_stem().context("--output does not name a file")?;
        let name = self.name.clone().unwrap_or_else(|| stem.to_string_lossy().into_owned());
        let settings = Settings {
            recipe: self.recipe,
            name: &name,
            importance: self.imatrix.as_ref().zip(imatrix.as_ref()),
        };
        // Both are planned before either is written, so that a fault shows at once.
        let mut files = vec![(self.output.as_path(), Plan::main(&checkpoint, settings)?)];
        if let Some(path) = &self.mtp {
            if checkpoint.config().num_nextn_predict_layers == 0 {
                bail!("{} has no draft block", self.checkpoint.display());
            }
            // Importance files describe the main model only.
            let settings = Settings { importance: None, ..settings };
            files.push((path.as_path(), Plan::draft(&checkpoint, settings)?));
        }
        if !self.force && !self.dry_run {
            // Before hours of work, not after.
            if let Some((path, _)) = files.iter().find(|(path, _)| path.exists()) {
                return Err(WriteError::Exists { path: path.to_path_buf() }.into());
            }
        }
        for (path, plan) in &files {
            let written = if self.dry_run { tensors(path, plan) } else { self.write(path, plan)? };
            let text = written + &summary(plan);
            super::quiet_pipe(io::stdout().write_all(text.as_bytes()))?;
        }
        Ok(())
    }

    /// Writes the file and says so.
    fn write(&self, path: &Path, plan: &Plan<'_>) -> Result<String> {
        let overwrite = if self.force { Overwrite::Replace } else { Overwrite::Refuse };
        let total = plan.tensors().iter().map(|planned| planned.bytes).sum();
        let mut meter = Meter::new(total);
        let begun = Instant::now();
        let written = plan.write(path, overwrite, &mut meter);
        meter.bar.finish_and_clear();
        written?;
        let seconds = begun.elapsed().as_secs_f64();
        let source_bytes = 4.0 * n_values(plan) as f64;
        let speed = source_bytes / 1e6 / seconds.max(1e-3);
        Ok(format!(
            "{}: {} in {seconds:.1} s ({speed:.0} MB/s of weights as F32)\n",
            path.display(),
            HumanBytes(plan.layout().file_bytes())
        ))
    }
}

/// The progress bar; without a terminal, a line for each tenth.
struct Meter {
    bar: ProgressBar,
    total_bytes: u64,
    written_bytes: u64,
    tenths: u64,
    plain: bool,
}

impl Meter {
    fn new(total_bytes: u64) -> Self {
        let plain = !io::stderr().is_terminal();
        let target =
            if plain { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(total_bytes), target);
        let template = "{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta} {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar, total_bytes, written_bytes: 0, tenths: 0, plain }
    }
}

impl Progress for Meter {
    fn tensor(&mut self, tensor: &PlannedTensor) {
        self.bar.set_message(tensor.tensor.name.clone());
    }

    fn written(&mut self, bytes: u64) {
        self.bar.inc(bytes);
        self.written_bytes += bytes;
        let tenths = self.written_bytes * 10 / self.total_bytes.max(1);
        if self.plain && tenths > self.tenths {
            self.tenths = tenths;
            eprintln!("{}0 % of {}", tenths, HumanBytes(self.total_bytes));
        }
    }
}

fn n_values(plan: &Plan<'_>) -> u64 {
    plan.tensors().iter().map(|planned| planned.tensor.dims.iter().product::<u64>()).sum()
}

/// Every tensor of a file, one a line.
fn tensors(path: &Path, plan: &Plan<'_>) -> String {
    let mut text = format!("{}\n", path.display());
    for PlannedTensor { tensor, instead_of, bytes, .. } in plan.tensors() {
        let dims: Vec<String> = tensor.dims.iter().map(u64::to_string).collect();
        let note = instead_of.map_or(String::new(), |named| format!("  (no whole {named} blocks)"));
        let (name, dims, format) = (&tensor.name, dims.join(" x "), tensor.format);
        text += &format!("  {name:<42} {dims:>22}  {format:<8} {bytes:>14}{note}\n");
    }
    text
}

/// Tensors and bytes by format.
fn summary(plan: &Plan<'_>) -> String {
    let mut rows: BTreeMap<Format, (usize, u64)> = BTreeMap::new();
    for planned in plan.tensors() {
        let row = rows.entry(planned.tensor.format).or_default();
        row.0 += 1;
        row.1 += planned.bytes;
    }
    let mut text = format!("  {:<8} {:>8} {:>16}\n", "format", "tensors", "bytes");
    for (format, (n_tensors, bytes)) in &rows {
        text += &format!("  {format:<8} {n_tensors:>8} {bytes:>16}\n");
    }
    let n_tensors = plan.tensors().len();
    text += &format!("  {:<8} {n_tensors:>8} {:>16}\n", "file", plan.layout().file_bytes());
    let instead = plan.tensors().iter().filter(|planned| planned.instead_of.is_some()).count();
    if instead > 0 {
        text += &format!(
            "  {instead} tensors have rows that are not whole blocks of the recipe's format\n"
        );
    }
    text
}
