//! `ds4 kernels compile`: machine code, made before it is needed.

use std::path::PathBuf;

use anyhow::{Result, bail};
use ds4_plan::CacheRounding;

use super::view::{self, Target};
use crate::cli::open;
#[cfg(any(feature = "cuda", feature = "vulkan"))]
use crate::device::gpu::{Gpu as _, Program};

#[cfg(any(feature = "cuda", feature = "vulkan"))]
mod job;

/// Makes machine code of kernels and keeps it for later runs.
///
/// Machine code of each kernel is made when a model is first loaded, by the driver of a GPU or by
/// NVRTC, which can take minutes. This command does it now and keeps the result in the user's cache
/// folder, for each device and compiler; loading a model keeps it there too.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "See --help for examples.",
    after_long_help = "\
Examples:
  ds4 kernels compile                 for the chosen model
  ds4 kernels compile -m flash.gguf   for this file
  ds4 kernels compile --all           every kernel of this build
  ds4 kernels compile --arch sm_90    for NVIDIA's H100 and H200, on any machine with NVRTC"
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
    /// For this generation of NVIDIA's cards, as in `sm_90`, on a machine without one.
    #[cfg(feature = "cuda")]
    #[arg(long, value_name = "SM", conflicts_with = "gpu")]
    arch: Option<String>,
}

impl Args {
    pub(super) fn run(self) -> Result<()> {
        match view::program(self.target.or_else(|| self.default_target()))? {
            #[cfg(feature = "cuda")]
            ("cuda", program) => self.cuda(program),
            #[cfg(feature = "vulkan")]
            ("spirv", program) => self.vulkan(program),
            (name, _) => bail!(
                "this build has no device that makes machine code of {name}: CUDA and Vulkan have \
                 one\n\
                 help: `cargo build --release --features cuda` or `--features vulkan` brings it; \
                 `ds4 kernels show NAME` prints the text of a kernel for {name}"
            ),
        }
    }

    /// The kind of GPU that is meant where none is named.
    #[cfg_attr(not(feature = "cuda"), expect(clippy::unused_self, reason = "only CUDA asks"))]
    fn default_target(&self) -> Option<Target> {
        #[cfg(feature = "cuda")]
        if self.arch.is_some() || !cfg!(feature = "vulkan") {
            return Some(Target::Cuda);
        }
        cfg!(feature = "vulkan").then_some(Target::Spirv)
    }

    #[cfg(feature = "cuda")]
    fn cuda(self, program: &Program) -> Result<()> {
        use crate::device::cuda;

        let job = job::Job::new(program, self.model, self.cache, self.all)?;
        if let Some(arch) = &self.arch {
            let mut compiler = cuda::Compiler::open(program, arch)?;
            compiler.use_store(cuda::store_folder());
            let made = job.make(|texts, progress| {
                compiler.machine_code(texts, progress)?;
                Ok(compiler.take_warnings())
            })?;
            return made.say(&compiler.describe(), compiler.store());
        }
        let mut gpu = cuda::Cuda::open(program, self.gpu)?;
        gpu.use_store(cuda::store_folder());
        let made = job.make(|texts, progress| job::with_gpu(&mut gpu, texts, progress))?;
        made.say(&gpu.describe(), gpu.store())
    }

    #[cfg(feature = "vulkan")]
    fn vulkan(self, program: &Program) -> Result<()> {
        use crate::device::vulkan;

        let job = job::Job::new(program, self.model, self.cache, self.all)?;
        let wanted = self.gpu.map(|number| number.to_string());
        let mut gpu = vulkan::Vulkan::open(wanted.as_deref())?;
        gpu.use_store(vulkan::store_folder())?;
        let made = job.make(|texts, progress| job::with_gpu(&mut gpu, texts, progress))?;
        made.say(&gpu.describe(), gpu.store())
    }
}
