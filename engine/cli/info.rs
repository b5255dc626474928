//! `ds4 info`: what a model file holds, without loading it; and the devices of the machine.

mod component;
mod devices;
mod report;
mod text;

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;

use super::select::model_path;
use crate::{device, gguf::Gguf, model};
use report::Report;

/// Bytes of weights that one decoded token reads, if the file is a model that decodes by itself.
pub(super) fn bytes_per_token(gguf: &Gguf) -> Option<u64> {
    Some(report::decode_of(gguf)?.bytes_per_token)
}

/// Shows what a model file holds and whether this build can run it.
///
/// Reads only the header and the routers' tables, so it takes no time for a file of any size. A
/// file that is damaged or cut short is reported with everything wrong in it, and the exit status
/// is not zero. A whole file that this build cannot run is shown with what would have to differ.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ds4 info flash.gguf               size, tensors by group, bytes per token
  ds4 info flash.gguf --metadata    every key with its value, long arrays abbreviated
  ds4 info flash.gguf --tensors     every tensor with its shape and format
  ds4 info flash.gguf --json --all  everything, for another program
  ds4 info --devices                devices of this machine, and what keeps others from use")]
pub(super) struct Args {
    /// The GGUF file; by default the one chosen with `ds4 use`, else ds4-tiny.
    file: Option<PathBuf>,
    /// The same, as other commands name it.
    #[arg(short, long, value_name = "FILE.gguf", conflicts_with = "file")]
    model: Option<PathBuf>,
    /// Print one JSON object; sizes are in bytes.
    #[arg(long)]
    json: bool,
    /// List every tensor, in file order.
    #[arg(long)]
    tensors: bool,
    /// List every metadata key, in file order.
    #[arg(long)]
    metadata: bool,
    /// List tensors and metadata keys.
    #[arg(long)]
    all: bool,
    /// List instead the devices that models can run on: what each is, and what is missing where
    /// one cannot be used.
    #[arg(long, conflicts_with_all = ["file", "model", "tensors", "metadata", "all"])]
    devices: bool,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        if self.devices {
            let found = device::found();
            return print(&if self.json {
                to_json(&devices::json(&found))?
            } else {
                devices::text(&found)
            });
        }
        let gguf = Gguf::open(&model_path(self.file.or(self.model))?)?;
        let mut report = Report::new(&gguf, model::check(&gguf));
        if self.metadata || self.all {
            report.list_metadata(gguf.metadata());
        }
        if self.tensors || self.all {
            report.list_tensors(gguf.tensors());
        }
        print(&if self.json { to_json(&report)? } else { text::render(&report) })
    }
}

fn to_json(report: &impl serde::Serialize) -> anyhow::Result<String> {
    let text = serde_json::to_string_pretty(report);
    Ok(text.context("cannot write the report as JSON")? + "\n")
}

fn print(output: &str) -> anyhow::Result<()> {
    match io::stdout().write_all(output.as_bytes()) {
        // A reader such as `head` may have seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.context("cannot write to standard output"),
    }
}
