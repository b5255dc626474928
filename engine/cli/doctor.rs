//! `ds4 doctor`: what the machine has, what this build makes of it, what is wrong and how to mend it.
//!
//! Facts are gathered by small functions over files, commands and devices; findings are pure
//! functions of facts; text and JSON are two ways to write both.

mod command;
mod facts;
mod finding;
mod gather;
mod machine;
#[cfg(any(target_os = "macos", test))]
mod macos;
mod nvidia;
mod power;
mod root;
mod storage;
mod text;

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use clap::{ValueEnum as _, builder::PossibleValue};

use self::{
    facts::{Facts, Storage},
    finding::Severity,
    root::Root,
};
use super::{keeping, open::DeviceChoice, quiet_pipe, run::Style};
use crate::{gguf::Gguf, model::Model};

/// Looks for what keeps a model from running, or from running fast, and says how to mend it.
///
/// Lists what is found: the build, the machine, its devices, drivers and compilers, the model and
/// whether it fits each device, memory, limits, other processes and power; then what that means.
/// The bound on speed is the bytes that a token moves over a bandwidth that is measured for a
/// moment; answers are slower, but for a model so small that caches hold it. Nothing is loaded and
/// nothing is changed.
///
/// The exit status is 1 if a problem keeps ds4 from running the model (with --device, from running
/// it there), else 0: notes and warnings do not count.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "See --help for exit status, JSON and examples.",
    after_long_help = "\
JSON:
  --json prints one object. `facts` has the fields build, machine, devices, compilers, model, speed,
  storage, limits, others and power; sizes are in bytes, and null is what could not be found out.
  `findings` is a list, the worst first, of objects with severity (problem, warning, note or ok),
  section (one of those fields), found, expected, mend (words, or null) and commands (a list).
  Fields may be added, none is renamed.

Examples:
  ds4 doctor                                     the model of the other commands, every device
  ds4 doctor -m flash.gguf --device cuda         what keeps this file from running on the card
  ds4 doctor --json | jq -r '.findings[] | select(.severity == \"problem\") | .commands[]'
  ds4 doctor -m flash.gguf > /dev/null && ds4 serve -m flash.gguf"
)]
pub(super) struct Args {
    /// Model file; by default the one chosen with `ds4 use`, else ds4-tiny.
    #[arg(short, long, value_name = "FILE.gguf")]
    model: Option<PathBuf>,
    /// Where the model has to run; by default anywhere.
    #[arg(long, value_enum)]
    device: Option<DeviceChoice>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self) -> Result<()> {
        let facts = gather(self.model);
        let asked = self.device.and_then(|device| device.to_possible_value());
        let findings = finding::all(&facts, asked.as_ref().map(PossibleValue::get_name));
        let output = if self.json {
            let report = serde_json::json!({ "facts": facts, "findings": findings });
            serde_json::to_string_pretty(&report).context("cannot write the report as JSON")? + "\n"
        } else {
            text::render(&facts, &findings, Style::of(&io::stdout()))
        };
        quiet_pipe(io::stdout().write_all(output.as_bytes()))?;
        match findings.iter().filter(|finding| finding.severity == Severity::Problem).count() {
            0 => Ok(()),
            1 => bail!("a problem keeps ds4 from running the model"),
            n => bail!("{n} problems keep ds4 from running the model"),
        }
    }
}

/// All facts.
fn gather(named: Option<PathBuf>) -> Facts {
    let root = Root::new(Path::new("/"));
    let mut facts = Facts {
        build: gather::build(),
        machine: machine::machine(&root),
        limits: machine::limits(&root),
        power: power::power(&root),
        ..Facts::default()
    };
    #[cfg(target_os = "macos")]
    macos::add(&mut facts);
    facts.others = machine::others(&root, facts.machine.memory);
    // Before devices are opened, which makes this process one of those that hold memory.
    (facts.power.cards, facts.others.on_gpus) = nvidia::gather();
    facts.devices = gather::devices();
    facts.compilers = gather::compilers(&root, &facts.devices);
    let (about, model) = gather::model(named);
    facts.model = about;
    if let Some(model) = &model {
        facts.model.fits = gather::fits(model, &facts.devices, &facts.machine);
    }
    facts.storage = storage(&root, facts.model.path.as_deref(), model.as_ref());
    facts.speed = gather::speeds(model.as_ref(), &facts.devices, &facts.machine);
    facts
}

/// Where files are.
fn storage(root: &Root, path: Option<&str>, model: Option<&Model>) -> Storage {
    let mounts = root.text("proc/self/mountinfo").unwrap_or_default();
    let path = path.and_then(|path| fs::canonicalize(path).ok());
    let file = model.and_then(Model::file).filter(|file| storage::tells_residence(file.path()));
    Storage {
        model: path.and_then(|path| storage::mount(&mounts, &path)),
        cached: file.and_then(Gguf::resident_bytes),
        kept: keeping::folder().ok().map(|folder| storage::folder(&folder)),
    }
}
