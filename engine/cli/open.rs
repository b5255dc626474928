//! Flags that several commands share, and what they open.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use ds4_plan::CacheRounding;

use super::select::model_path;
use crate::{
    gguf::Gguf,
    schedule::MOST_ROWS,
    session::{DeviceKind, Engine, Options},
    tokenizer::Tokenizer,
};

/// Which model runs, and how.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Model")]
pub(super) struct EngineArgs {
    /// Model file; by default the one chosen with `ds4 use`, else ds4-tiny.
    #[arg(short, long, value_name = "FILE.gguf")]
    model: Option<PathBuf>,
    /// Where it runs.
    #[arg(long, value_enum, default_value_t = DeviceChoice::Cpu)]
    device: DeviceChoice,
    /// Which of several GPUs, by number; by default the best.
    #[arg(long, value_name = "N")]
    gpu: Option<usize>,
    /// Threads of the CPU; 0 for one on each core.
    #[arg(short, long, value_name = "N", default_value_t = 0)]
    threads: usize,
    /// Most tokens of one prefill step; it changes speed and memory, never the result. By default
    /// 512 on the processor, and up to 4096 on a GPU, as its memory allows.
    #[arg(long, value_name = "TOKENS", value_parser = positive)]
    chunk: Option<usize>,
    /// Rounding of cached rows: `rounded` as the vendor does, `exact` not at all; by default the
    /// model's own.
    #[arg(long, value_parser = cache_parser())]
    cache: Option<CacheRounding>,
}

/// The devices that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum DeviceChoice {
    /// The processor, with as many threads as --threads says.
    Cpu,
    /// An NVIDIA card, through CUDA.
    #[cfg(feature = "cuda")]
    Cuda,
    /// A GPU, through Vulkan.
    #[cfg(feature = "vulkan")]
    Vulkan,
}

impl DeviceChoice {
    /// The device, as the engine names it.
    pub(super) const fn kind(self) -> DeviceKind {
        match self {
            Self::Cpu => DeviceKind::Cpu,
            #[cfg(feature = "cuda")]
            Self::Cuda => DeviceKind::Cuda,
            #[cfg(feature = "vulkan")]
            Self::Vulkan => DeviceKind::Vulkan,
        }
    }

    /// The target whose kernels run, as `ds4 kernels` names it, if a GPU runs them.
    pub(super) const fn target(self) -> Option<&'static str> {
        match self {
            Self::Cpu => None,
            #[cfg(feature = "cuda")]
            Self::Cuda => Some("cuda"),
            #[cfg(feature = "vulkan")]
            Self::Vulkan => Some("spirv"),
        }
    }
}

/// What timelines need at a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Space {
    /// Tokens of the longest one; 0 for the model's most.
    pub(super) context: usize,
    /// How many there are.
    pub(super) sessions: usize,
    /// Tokens of all of them together; 0 for `sessions` of `context`.
    pub(super) tokens: usize,
}

impl From<(usize, usize)> for Space {
    fn from((context, sessions): (usize, usize)) -> Self {
        Self { context, sessions, tokens: 0 }
    }
}

impl EngineArgs {
    /// Loads the model and its tokenizer, for timelines of `context` tokens (0: the model's most).
    pub(super) fn open(&self, context: usize) -> Result<(Engine, Tokenizer)> {
        self.open_with((context, 1), &mut |_, _| {})
    }

    /// [`Self::open`], with `space` for several at a time; `progress` hears how many bytes of the
    /// weights a GPU has, of how many.
    pub(super) fn open_with(
        &self,
        space: impl Into<Space>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(Engine, Tokenizer)> {
        let path = model_path(self.model.clone())?;
        let engine = warned(Engine::open_with(&path, &self.options(space.into()), progress)?);
        let file = engine.model().file().context("the model is one of a file")?;
        let tokenizer = model_tokenizer(file)?;
        Ok((engine, tokenizer))
    }

    /// Loads the model without its tokenizer, for so many timelines of `context` tokens.
    pub(super) fn engine(&self, context: usize, sessions: usize) -> Result<Engine> {
        let path = model_path(self.model.clone())?;
        Ok(warned(Engine::open(&path, &self.options((context, sessions).into()))?))
    }

    /// Makes the model that -m names, not as a file but as in `flash`, with random weights in the
    /// formats of `recipe`.
    pub(super) fn synthetic(
        &self,
        recipe: &str,
        context: usize,
        sessions: usize,
    ) -> Result<Engine> {
        let name = self.model.as_ref().map_or("flash".into(), |name| name.to_string_lossy());
        let options = self.options((context, sessions).into());
        Ok(warned(Engine::synthetic(&name, recipe, &options)?))
    }

    /// The target whose kernels run, as `ds4 kernels` names it, if a GPU runs them.
    pub(super) const fn target(&self) -> Option<&'static str> {
        self.device.target()
    }

    fn options(&self, space: Space) -> Options {
        let Space { context, sessions, tokens } = space;
        Options {
            cache: self.cache,
            context,
            sessions,
            tokens,
            threads: self.threads,
            chunk: self.chunk.unwrap_or(0),
            device: self.device.kind(),
            gpu: self.gpu,
        }
    }
}

/// The engine, once what its device warns of is said.
fn warned(mut engine: Engine) -> Engine {
    for warning in engine.device().take_warnings() {
        eprintln!("warning: {warning}");
    }
    engine
}

/// The tokenizer that `--tokenizer` names, else that of the model that a command would run.
pub(super) fn tokenizer(model: Option<PathBuf>, tokenizer: Option<&Path>) -> Result<Tokenizer> {
    match tokenizer {
        Some(path) => Tokenizer::from_json_file(path)
            .with_context(|| format!("cannot use {} as a tokenizer", path.display())),
        None => model_tokenizer(&Gguf::open(&model_path(model)?)?),
    }
}

/// The tokenizer in a model file.
pub(super) fn model_tokenizer(gguf: &Gguf) -> Result<Tokenizer> {
    let tokenizer = Tokenizer::from_metadata(|key| gguf.metadata().get(key));
    tokenizer.with_context(|| format!("cannot use the tokenizer in {}", gguf.path().display()))
}

/// Reads a number that is not zero.
pub(super) fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("expected at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err("expected a whole number".to_owned()),
    }
}

/// Reads a number of rows.
pub(super) fn parallel(text: &str) -> Result<usize, String> {
    match positive(text)? {
        n if n <= MOST_ROWS => Ok(n),
        _ => Err(format!("expected at most {MOST_ROWS}")),
    }
}

/// Reads the name of a rounding.
pub(super) fn cache_parser() -> impl TypedValueParser<Value = CacheRounding> {
    let roundings = [CacheRounding::Exact, CacheRounding::Rounded];
    PossibleValuesParser::new(roundings.map(CacheRounding::name)).map(move |name| {
        let named = roundings.into_iter().find(|rounding| rounding.name() == name);
        named.expect("the parser admits only names of roundings")
    })
}
