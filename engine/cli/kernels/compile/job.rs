//! Which kernels are made, and what is said of it.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use ds4_plan::CacheRounding;
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    cli::{kernels::units, quiet_pipe, select::model_path},
    device::{
        self,
        gpu::{Gpu, KernelText, Program, kernels},
    },
    model::Model,
};

/// Kernels to make.
pub(super) struct Job {
    /// Whose they are.
    what: String,
    texts: Vec<KernelText<'static>>,
}

/// Kernels that were made.
pub(super) struct Made {
    job: Job,
    time: Duration,
}

impl Job {
    pub(super) fn new(
        program: &Program,
        model: Option<PathBuf>,
        cache: Option<CacheRounding>,
        all: bool,
    ) -> Result<Self> {
        if all {
            return Ok(Self { what: "this build".to_owned(), texts: kernels::of_program(program) });
        }
        let path = model_path(model)?;
        let model = Model::open(&path, cache)?;
        let texts = kernels::of_file(program, model.plan, &model.weights)?;
        Ok(Self { what: path.display().to_string(), texts })
    }

    /// Makes the kernels with `make`, which returns warnings.
    pub(super) fn make(
        self,
        make: impl FnOnce(&[KernelText<'_>], &mut dyn FnMut(usize)) -> device::Result<Vec<String>>,
    ) -> Result<Made> {
        let begun = Instant::now();
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len}")
            .context("the progress bar has a template")?;
        // Hidden where standard error is no terminal.
        let bar = ProgressBar::new(self.texts.len() as u64).with_style(style);
        let warnings = make(&self.texts, &mut |done| bar.set_position(done as u64))?;
        bar.finish_and_clear();
        for warning in warnings {
            eprintln!("warning: {warning}");
        }
        Ok(Made { job: self, time: begun.elapsed() })
    }
}

impl Made {
    /// Says what `maker` made, and where it is kept: a path, and bytes.
    pub(super) fn say(&self, maker: &str, store: Option<(&Path, usize)>) -> Result<()> {
        let Job { what, texts } = &self.job;
        let (n, seconds) = (texts.len(), self.time.as_secs_f64());
        let mut said = format!("{n} kernels of {what} in {seconds:.1} s, by {maker}\n");
        if let Some((path, bytes)) = store {
            let bytes = units::bytes(bytes as u64);
            said += &format!("machine code kept in {} ({bytes})\n", path.display());
        }
        quiet_pipe(io::stdout().write_all(said.as_bytes()))
    }
}

/// Makes kernels on a GPU and keeps their machine code; the warnings.
pub(super) fn with_gpu<G: Gpu>(
    gpu: &mut G,
    texts: &[KernelText<'_>],
    progress: &mut dyn FnMut(usize),
) -> device::Result<Vec<String>> {
    drop(gpu.kernels(texts, progress)?);
    gpu.keep_kernels();
    Ok(gpu.take_warnings())
}
