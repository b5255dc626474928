//! `ds4 kernels compile`: machine code, made before it is needed.

use std::path::PathBuf;

use anyhow::{Result, bail};
use ds4_plan::CacheRounding;

use super::view::{self, Target};
use crate::{cli::open, device::gpu::Program};

/// Makes machine code of kernels and keeps it for later runs.
///
/// The driver of a GPU makes machine code of each kernel when a model is first loaded, which can
/// take minutes. This command does it now and keeps the result in the user's cache folder, in a
/// file for each device and driver; loading a model keeps it there too.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "See --help for examples.",
    after_long_help = "\
Examples:
  ds4 kernels compile                 for the chosen model
  ds4 kernels compile -m flash.gguf   for this file
  ds4 kernels compile --all           every kernel of this build"
)]
pub(super) struct Args {
    /// Make those that this model file needs; by default the one chosen with `ds4 use`, else
    /// ds4-tiny.
    #[arg(short, long, value_name = "FILE.gguf", conflicts_with = "all")]
    model: Option<PathBuf>,
    /// Rounding of cached rows; by default the model's own.
    #[arg(long, value_parser = open::cache_parser(), conflicts_with = "all")]
    cache: Option<CacheRounding>,
    /// Make every kernel of this build, whichever file needs it.
    #[arg(long)]
    all: bool,
    /// For which kind of GPU; by default the one that this build has a device for.
    #[arg(long, value_enum)]
    target: Option<Target>,
    /// Which of several GPUs, by number; by default the best.
    #[arg(long, value_name = "N")]
    gpu: Option<usize>,
}

impl Args {
    pub(super) fn run(self) -> Result<()> {
        let target = self.target.or_else(|| cfg!(feature = "vulkan").then_some(Target::Spirv));
        let (name, program) = view::program(target)?;
        if name != Target::Spirv.program() {
            bail!(
                "this build has no device that makes machine code of {name}: only Vulkan has one\n\
                 help: `cargo build --release --features vulkan` brings it; \
                 `ds4 kernels show NAME` prints the text of a kernel for {name}"
            );
        }
        self.vulkan(program)
    }

    #[cfg(not(feature = "vulkan"))]
    fn vulkan(self, _program: &Program) -> Result<()> {
        let Self { model: _, cache: _, all: _, target: _, gpu: _ } = self;
        bail!("this build has no Vulkan device")
    }

    #[cfg(feature = "vulkan")]
    fn vulkan(self, program: &Program) -> Result<()> {
        use std::io::{self, Write as _};

        use crate::{
            cli::{quiet_pipe, select::model_path},
            device::{gpu::kernels, vulkan},
            model::Model,
        };

        let (what, texts) = if self.all {
            ("this build".to_owned(), kernels::of_program(program))
        } else {
            let path = model_path(self.model)?;
            let model = Model::open(&path, self.cache)?;
            let texts = kernels::of_file(program, model.plan, &model.weights)?;
            (path.display().to_string(), texts)
        };
        let wanted = self.gpu.map(|number| number.to_string());
        let mut gpu = vulkan::Vulkan::open(wanted.as_deref())?;
        gpu.use_store(vulkan::store_folder())?;
        let made = make(&mut gpu, &texts)?;
        let (n, seconds) = (texts.len(), made.as_secs_f64());
        let device = crate::device::gpu::Gpu::describe(&gpu);
        let mut said = format!("{n} kernels of {what} in {seconds:.1} s, by {device}\n");
        if let Some((path, bytes)) = gpu.store() {
            let bytes = super::units::bytes(bytes as u64);
            said += &format!("machine code kept in {} ({bytes})\n", path.display());
        }
        quiet_pipe(io::stdout().write_all(said.as_bytes()))
    }
}

/// Makes the kernels and keeps them; how long it took.
#[cfg(feature = "vulkan")]
fn make(
    gpu: &mut impl crate::device::gpu::Gpu,
    texts: &[crate::device::gpu::KernelText<'_>],
) -> Result<std::time::Duration> {
    use anyhow::Context as _;
    use indicatif::{ProgressBar, ProgressStyle};

    let begun = std::time::Instant::now();
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}")
        .context("the progress bar has a template")?;
    // Hidden where standard error is no terminal.
    let bar = ProgressBar::new(texts.len() as u64).with_style(style);
    for text in texts {
        bar.set_message(text.name.to_owned());
        // Its machine code stays in the driver's cache.
        drop(gpu.kernel(text)?);
        bar.inc(1);
    }
    gpu.keep_kernels();
    bar.finish_and_clear();
    for warning in gpu.take_warnings() {
        eprintln!("warning: {warning}");
    }
    Ok(begun.elapsed())
}
