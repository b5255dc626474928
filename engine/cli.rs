//! The command line: one module a subcommand.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the terminal is this module's output"
)]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod info;
mod logits;
mod perplexity;
mod quantize;
mod render;
mod run;
mod select;
mod tokenize;

/// Runs DeepSeek V4 Flash on one machine.
#[derive(Debug, Parser)]
#[command(name = "ds4", version, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
    Info(info::Args),
    Use(select::Args),
    Quantize(quantize::Args),
    Tokenize(tokenize::Args),
    Render(render::Args),
    Logits(logits::Args),
    Perplexity(perplexity::Args),
}

/// Parses the arguments, runs the subcommand and prints the chain of causes of a failure.
#[must_use]
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Run(args) => args.run(),
        Command::Info(args) => args.run(),
        Command::Use(args) => args.run(),
        Command::Quantize(args) => args.run(),
        Command::Tokenize(args) => args.run(),
        Command::Render(args) => args.run(),
        Command::Logits(args) => args.run(),
        Command::Perplexity(args) => args.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
