//! `ds4 kernels list`: what each kernel of a step moves and computes.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
};

use anyhow::{Context as _, Result};
use ds4_plan::{GpuKernel, GpuLaunch, Lengths};
use serde::Serialize;

use super::{
    cost::Cost,
    units::{bytes, operations, wrapped},
    view::{View, ViewArgs},
};
use crate::cli::quiet_pipe;

/// Characters of a line.
const WIDTH: usize = 116;

/// Characters of the column of names.
const NAME: usize = 44;

/// Lists the kernels of a step with what they move and compute.
///
/// The numbers are of one whole step, all layers together, and come from the plan: they say what
/// a step has to move, not what a GPU measured. Each value counts once in each launch. Of experts
/// only those count that the rows of the step can use, at most all. Compressed rows are counted
/// for steps that begin anywhere in their windows, on average. Operations are two for each
/// multiply-add of products, attention and hyper-connections.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "See --help for examples.",
    after_long_help = "\
Examples:
  ds4 kernels list                                  one token of Flash at 4096 tokens of context
  ds4 kernels list --context 100000                 how attention and the indexer grow
  ds4 kernels list --rows 16                        one token of each of 16 sessions
  ds4 kernels list --step prefill                   512 tokens of a prompt
  ds4 kernels list --model tiny --json | jq .total  for a script; sizes are in bytes"
)]
pub(super) struct Args {
    #[command(flatten)]
    view: ViewArgs,
    /// Print one JSON object; sizes are in bytes.
    #[arg(long)]
    json: bool,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Report {
    target: &'static str,
    model: &'static str,
    cache: &'static str,
    rows: usize,
    context: usize,
    /// In the order of first use.
    kernels: Vec<Row>,
    total: Cost,
}

/// One kernel.
#[derive(Debug, Serialize)]
struct Row {
    name: &'static str,
    /// Its passes, as in `rms_norm, quantize`; chains that run side by side apart by `|`.
    passes: &'static str,
    /// The sizes of each pass; kernels of equal text may have several uses of different tensors.
    shapes: Vec<String>,
    /// In this step, all layers together.
    #[serde(flatten)]
    cost: Cost,
}

impl Args {
    pub(super) fn run(self) -> Result<()> {
        let view = self.view.view()?;
        let report = report(&view)?;
        let text = if self.json {
            serde_json::to_string_pretty(&report).context("cannot write the list as JSON")? + "\n"
        } else {
            text(&view, &report)
        };
        quiet_pipe(io::stdout().write_all(text.as_bytes()))
    }
}

/// What the kernels of a step move, by name, in the order of first use.
pub(super) fn costs(view: &View) -> Result<Vec<(&'static str, Cost)>> {
    Ok(report(view)?.kernels.into_iter().map(|row| (row.name, row.cost)).collect())
}

fn report(view: &View) -> Result<Report> {
    let (mut kernels, mut total): (Vec<Row>, _) = (vec![], Cost::default());
    for segment in view.segments() {
        for launch in segment.launches {
            let variant = view.variant(launch)?;
            let cost = Cost::of(view, &segment, launch, variant).times(segment.times as u64);
            total += cost;
            let GpuKernel { name, .. } = *view.kernel(variant);
            match kernels.iter_mut().find(|row| row.name == name) {
                Some(row) => row.cost += cost,
                None => {
                    kernels.push(Row { name, passes: launch.name, shapes: shapes(launch), cost });
                }
            }
        }
    }
    let Lengths { rows, tokens, .. } = view.lengths;
    let model = view.plan.model;
    let (target, cache) = (view.target, model.cache.name());
    Ok(Report { target, model: model.name, cache, rows, context: tokens, kernels, total })
}

/// The sizes of each pass, as in `rms_norm N = 4096`.
fn shapes(launch: &GpuLaunch) -> Vec<String> {
    let passes = launch.chains.iter().copied().flatten();
    let mut shapes: Vec<String> = vec![];
    for pass in passes {
        let shape = format!("{} {}", pass.name, pass.shape).trim_end().to_owned();
        if !shapes.contains(&shape) {
            shapes.push(shape);
        }
    }
    shapes
}

fn text(view: &View, report: &Report) -> String {
    let mut out = format!("{}\n\n", view.title());
    let heads = ["launches", "weights", "read", "written", "cache read", "written", "arithmetic"];
    line(&mut out, "kernel", &heads.map(str::to_owned));
    for row in &report.kernels {
        line(&mut out, row.name, &columns(&row.cost));
        for shapes in wrapped(&row.shapes.join("; "), WIDTH - 4) {
            let _ = writeln!(out, "    {shapes}");
        }
    }
    out.push('\n');
    line(&mut out, "total of a step", &columns(&report.total));
    let per_row = report.total.bytes() / report.rows.max(1) as u64;
    let n_kernels = report.kernels.len();
    let _ = writeln!(
        out,
        "{n_kernels} kernels; {} in all, {} for each row",
        bytes(report.total.bytes()),
        bytes(per_row)
    );
    out
}

/// The numbers of one line.
fn columns(cost: &Cost) -> [String; 7] {
    [
        cost.launches.to_string(),
        bytes(cost.weight_bytes),
        bytes(cost.activation_bytes_read),
        bytes(cost.activation_bytes_written),
        bytes(cost.cache_bytes_read),
        bytes(cost.cache_bytes_written),
        operations(cost.operations),
    ]
}

/// One line; a name that is wider than its column has a line of its own.
fn line(out: &mut String, name: &str, columns: &[String; 7]) {
    let [launches, weights, read, written, cache_read, cache_written, arithmetic] = columns;
    let name =
        if name.chars().count() > NAME { format!("{name}\n{:NAME$}", "") } else { name.into() };
    let _ = writeln!(
        out,
        "{name:NAME$} {launches:>8} {weights:>9} {read:>9} {written:>9} {cache_read:>10} \
         {cache_written:>9} {arithmetic:>11}"
    );
}
