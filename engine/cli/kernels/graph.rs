//! `ds4 kernels graph`: what the launches of a step pass to one another, as a picture.

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use anyhow::{Context as _, Result};
use clap::ValueEnum;

use super::view::{Segment, View, ViewArgs};
use crate::cli::{atomic::AtomicFile, quiet_pipe};
use flow::Flow;

mod dot;
mod flow;
mod layout;
mod svg;

/// Draws what the launches of a step read and write.
///
/// Each launch is a frame with its passes inside; chains of passes that the same workgroups run
/// stand one below another, chains that run at the same time side by side. Lines are tensors from
/// the pass that writes them to those that read them, with the bytes that move; weights and what
/// is kept of the session stand with the passes that use them.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "See --help for examples.",
    after_long_help = "\
Examples:
  ds4 kernels graph -o layer.svg                       the most frequent kind of layer of Flash
  ds4 kernels graph --layer window_hash -o layer.svg   another kind
  ds4 kernels graph --step prefill --layer tail        DOT on standard output
  ds4 kernels graph --format dot | dot -Tpdf -o layer.pdf    drawn by Graphviz"
)]
pub(super) struct Args {
    #[command(flatten)]
    view: ViewArgs,
    /// A part of the step: head, tail, or a kind of layer; by default the kind that most layers
    /// are of.
    #[arg(long, value_name = "KIND")]
    layer: Option<String>,
    /// The format; by default what the name of --output ends with, else DOT.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write to this file rather than to standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// How a graph is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for Graphviz.
    Dot,
    /// A picture for browsers.
    Svg,
}

impl Args {
    pub(super) fn run(self) -> Result<()> {
        let view = self.view.view()?;
        let segment = match &self.layer {
            Some(_) => view.chosen(self.layer.as_deref())?.into_iter().next(),
            None => view.segments().into_iter().max_by_key(|segment| segment.times),
        };
        let segment = segment.context("every step has segments")?;
        let flow = Flow::of(&view, &segment)?;
        let title = title(&view, &segment);
        let text = match self.format() {
            Format::Dot => dot::render(&flow, &title),
            Format::Svg => svg::render(&flow, &title),
        };
        match &self.output {
            None => quiet_pipe(io::stdout().write_all(text.as_bytes())),
            Some(path) => {
                let mut file = AtomicFile::create(path)?;
                let written = file.write_all(text.as_bytes());
                written.with_context(|| format!("cannot write {}", path.display()))?;
                file.finish()
            }
        }
    }

    fn format(&self) -> Format {
        let ending = self.output.as_ref().and_then(|path| path.extension());
        let by_name = match ending.and_then(|ending| ending.to_str()) {
            Some("svg") => Format::Svg,
            _ => Format::Dot,
        };
        self.format.unwrap_or(by_name)
    }
}

fn title(view: &View, segment: &Segment) -> String {
    let times = match segment.times {
        1 => String::new(),
        n => format!(" ({n} layers)"),
    };
    format!("{}{times} of {}", segment.name, view.title())
}
