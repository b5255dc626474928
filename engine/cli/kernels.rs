//! `ds4 kernels`: the kernels and launches that the generator made for GPUs.

use anyhow::Result;
use clap::Subcommand;
use ds4_plan::{Lengths, Plan, StepKind};

use crate::device::Weights;

mod compile;
mod cost;
mod graph;
mod list;
mod plan;
mod show;
mod units;
mod view;

pub use cost::Cost;
pub(super) use units::bytes;

/// Shows the kernels that this build has for GPUs, and makes machine code of them.
///
/// A model runs as steps. A decode step takes one token further, a prefill step reads many tokens
/// of a prompt. A step is a list of launches, and a launch runs one kernel: passes of several ops
/// that the generator joined, one after another or side by side. Kernels are made when ds4 is
/// built, for each target that its features name: `--features cuda`, `rocm`, `metal`, `vulkan`.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true,
    after_help = "See --help for examples.",
    after_long_help = "\
Examples:
  ds4 kernels list                              what a token of Flash costs, kernel by kernel
  ds4 kernels list --step prefill --rows 512    the same for 512 tokens of a prompt
  ds4 kernels show rms_norm                     kernels whose names begin so, or the one text
  ds4 kernels plan --layer ratio4_top_k         the launches of one kind of layer, in order
  ds4 kernels graph --layer ratio4_top_k -o layer.svg    what they pass to one another
  ds4 kernels compile -m flash.gguf             make machine code now rather than at first use"
)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// The same as `ds4 kernels compile`.
    #[arg(long)]
    compile: bool,
    #[command(flatten)]
    compile_args: compile::Args,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Args),
    Show(show::Args),
    Plan(plan::Args),
    Graph(graph::Args),
    Compile(compile::Args),
}

impl Args {
    pub(super) fn run(self) -> Result<()> {
        match self.command {
            Some(Command::List(args)) => args.run(),
            Some(Command::Show(args)) => args.run(),
            Some(Command::Plan(args)) => args.run(),
            Some(Command::Graph(args)) => args.run(),
            Some(Command::Compile(args)) => args.run(),
            None if self.compile => self.compile_args.run(),
            None => anyhow::bail!(
                "a model file alone says not what to do with it\n\
                 help: `ds4 kernels compile -m FILE` makes machine code for it"
            ),
        }
    }
}

/// What the kernels of a step of a model, its plan and its weights, move on `target`, by name and in
/// the order of first use, as `ds4 kernels list` has it.
///
/// # Errors
///
/// A target that the build has not, and weights in a mix of formats that no recipe has.
pub fn step_costs(
    target: &'static str,
    model: (&'static Plan, &Weights),
    step: (StepKind, Lengths),
) -> Result<Vec<(&'static str, Cost)>> {
    list::costs(&view::View::of_file(target, model, step)?)
}
