//! The command line: one module a subcommand.

#![forbid(unsafe_code)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the terminal is this module's output"
)]

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

mod atomic;
mod batch;
mod bench;
mod connect;
mod doctor;
mod info;
mod interrupt;
mod keeping;
mod kernels;
mod kv;
mod logits;
mod open;
mod perplexity;
mod quantize;
mod render;
mod run;
mod select;
mod serve;
mod sessions;
mod tokenize;
mod verify;

pub use kernels::{Cost, step_costs};

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
    Batch(batch::Args),
    Serve(serve::Args),
    Connect(connect::Args),
    Info(info::Args),
    Doctor(doctor::Args),
    Use(select::Args),
    Quantize(quantize::Args),
    Tokenize(tokenize::Args),
    Render(render::Args),
    Logits(logits::Args),
    Perplexity(perplexity::Args),
    Bench(bench::Args),
    Verify(verify::Args),
    Kernels(kernels::Args),
    Kv(kv::Args),
    Sessions(sessions::Args),
}

/// Parses the arguments, runs the subcommand and prints the chain of causes of a failure.
#[must_use]
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Run(args) => args.run(),
        Command::Batch(args) => args.run(),
        Command::Serve(args) => args.run(),
        Command::Connect(args) => args.run(),
        Command::Info(args) => args.run(),
        Command::Doctor(args) => args.run(),
        Command::Use(args) => args.run(),
        Command::Quantize(args) => args.run(),
        Command::Tokenize(args) => args.run(),
        Command::Render(args) => args.run(),
        Command::Logits(args) => args.run(),
        Command::Perplexity(args) => args.run(),
        Command::Bench(args) => args.run(),
        Command::Verify(args) => args.run(),
        Command::Kernels(args) => args.run(),
        Command::Kv(args) => args.run(),
        Command::Sessions(args) => args.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<interrupt::Interrupted>() => {
            ExitCode::from(interrupt::EXIT_STATUS)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The outcome of writing output: a reader that left has seen enough.
fn quiet_pipe(written: io::Result<()>) -> anyhow::Result<()> {
    written.map_err(anyhow::Error::from).or_else(|error| {
        if is_broken_pipe(&error) { Ok(()) } else { Err(error.context("cannot write the output")) }
    })
}

/// Writes a line to standard output.
fn say(line: &str) -> anyhow::Result<()> {
    quiet_pipe(writeln!(io::stdout(), "{line}"))
}

/// Whether an error comes from a reader that left.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let cause = error.root_cause().downcast_ref::<io::Error>();
    cause.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
