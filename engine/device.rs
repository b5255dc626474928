//! Devices: each runs whole steps of a plan.
//!
//! A device owns every buffer: scratch, the mutable state of sessions (in slots) and the pages of
//! cached rows. Above it there are only handles. Work comes in steps, which it may record and replay.

use std::{fmt, io, sync::Arc, time::Duration};

use ds4_plan::{Format, Plan, StepKind, WeightSlot};

use crate::{
    gguf::{self, Gguf},
    sample::Draw,
};

pub mod cpu;
#[cfg(feature = "cuda")]
pub mod cuda;
mod found;
pub mod gpu;
#[cfg(any(feature = "cuda", feature = "vulkan"))]
mod store;
mod transfer;
#[cfg(feature = "vulkan")]
pub mod vulkan;

/// The kernel table and constants, as generated.
pub(crate) mod kernels {
    include!(concat!(env!("OUT_DIR"), "/kernels.rs"));
}

/// The plans, as generated.
mod plans {
    include!(concat!(env!("OUT_DIR"), "/plans.rs"));
}

pub mod programs;
mod room;

pub use found::{Found, Unusable, found};
pub use kernels::KERNELS;
pub use plans::PLANS;
pub use room::{Bytes, CHUNK, LARGEST_CHUNK, Needs, NoRoom, Room};
pub use transfer::Transfer;

/// Handle of the mutable state of one session on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlotId(pub usize);

/// Handle of one page of cached rows on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PageId(pub usize);

/// Consecutive tokens of one session within a step.
#[derive(Debug, Clone, Copy)]
pub struct StepRows<'a> {
    /// State of the session.
    pub slot: SlotId,
    /// Position of the first token.
    pub start: usize,
    /// Number of tokens, at least 1.
    pub len: usize,
    /// The session's pages, enough to hold position `start + len - 1`.
    pub pages: &'a [PageId],
}

/// What one submission does.
#[derive(Debug, Clone, Copy)]
pub struct StepRequest<'a> {
    /// Which launches of the plan.
    pub kind: StepKind,
    /// Token ids of all rows, below the vocabulary's size.
    pub tokens: &'a [u32],
    /// How the rows belong to sessions, in the order of the tokens.
    pub rows: &'a [StepRows<'a>],
    /// Rows whose logits are wanted, ascending; a decode step wants all of them.
    pub logit_rows: &'a [u32],
    /// How the token after each of these rows is chosen, or nothing where the caller chooses.
    pub draws: &'a [Draw],
}

/// The weights of a model, by slot of the plan.
#[derive(Debug, Clone)]
pub struct Weights {
    /// Where their values come from.
    pub source: Source,
    /// Parallel to [`Plan::globals`].
    pub globals: Vec<WeightRef>,
    /// For each layer, parallel to the weights of its kind.
    pub layers: Vec<Vec<WeightRef>>,
}

/// Where the values of weights come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// A file has them.
    File(Arc<Gguf>),
    /// They are made up, to measure a device without a file.
    Synthetic(Arc<dyn Synthesize>),
}

/// Makes up the values of weights.
pub trait Synthesize: fmt::Debug + Send + Sync {
    /// Whole rows of a weight, packed as a file has them: all of it or, of a matrix, a beginning
    /// that the rest repeats.
    fn rows(&self, slot: &WeightSlot, weight: WeightRef) -> Vec<u8>;

    /// Bytes of these rows.
    fn bytes(&self, slot: &WeightSlot, weight: WeightRef) -> usize;
}

/// One weight of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WeightRef {
    /// Index into the file's tensors, or whatever number a weight without a file has.
    pub tensor: usize,
    /// How its values are packed.
    pub format: Format,
}

impl Weights {
    /// The packed bytes of `weight`.
    ///
    /// # Panics
    ///
    /// When no file has them.
    #[must_use]
    pub fn bytes(&self, weight: WeightRef) -> &[u8] {
        match &self.source {
            Source::File(file) => file.data(&file.tensors()[weight.tensor]),
            Source::Synthetic(_) => panic!("only weights of a file can be borrowed"),
        }
    }

    /// Bytes of `weight`, which is bound to `slot`; of a matrix that is made up, perhaps those of
    /// whole rows at its beginning, which the others repeat.
    #[must_use]
    pub fn stored_bytes(&self, slot: &WeightSlot, weight: WeightRef) -> usize {
        match &self.source {
            Source::File(_) => self.bytes(weight).len(),
            Source::Synthetic(values) => values.bytes(slot, weight),
        }
    }
}

/// How long one launch of a step took.
#[derive(Debug, Clone, Copy)]
pub struct LaunchTime {
    /// Name of the kernel.
    pub kernel: &'static str,
    /// Time on the device.
    pub time: Duration,
}

/// A failure of a device.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No kernel of the plan takes a matrix in this format.
    #[error("no kernel {kernel} for a matrix in {format}")]
    NoKernel {
        /// Name of the kernel.
        kernel: &'static str,
        /// The matrix's format.
        format: Format,
    },
    /// The file of the weights could not be read.
    #[error(transparent)]
    File(gguf::Error),
    /// Threads that bring weights to a device could not be started.
    #[error("cannot start threads that read the weights")]
    NoThreads {
        /// What the system said.
        source: io::Error,
    },
    /// The threads of the CPU device could not be started.
    #[error("cannot start {threads} threads")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// What the system said.
        source: rayon::ThreadPoolBuildError,
    },
    /// The file mixes formats in a way that no kernel of the device was made for.
    #[error(
        "no kernel of {launch} for matrices in {found}\n\
         help: kernels exist for {}; `ds4 quantize` writes such files, and `--device cpu` runs \
         every mix", known.join("; ")
    )]
    NoMix {
        /// What would run.
        launch: &'static str,
        /// The formats of the file.
        found: String,
        /// The mixes that there are kernels for.
        known: Vec<String>,
    },
    /// The model does not fit, which is known before anything is loaded.
    #[error(transparent)]
    NoRoom(Box<NoRoom>),
    /// Memory for a buffer could not be had.
    #[error("out of memory: {bytes} bytes for {what}")]
    OutOfMemory {
        /// What the buffer holds.
        what: &'static str,
        /// Its size.
        bytes: u64,
    },
    /// A buffer is larger than the device allows, however much memory it has.
    #[error("{what} needs a buffer of {bytes} bytes; {device} allows {limit} bytes ({rule})")]
    BufferTooLarge {
        /// What the buffer holds.
        what: &'static str,
        /// Its size.
        bytes: u64,
        /// The device.
        device: String,
        /// The largest size.
        limit: u64,
        /// What the API calls the limit.
        rule: &'static str,
    },
    /// Bytes outside of a buffer were to be read or written.
    #[error("{len} bytes from byte {offset} are not within a buffer of {size} bytes")]
    BufferRange {
        /// The first byte.
        offset: u64,
        /// How many bytes.
        len: usize,
        /// Size of the buffer in bytes.
        size: u64,
    },
    /// No device of an API was found.
    #[error("no {api} device: {reason}\nhelp: {help}")]
    NoGpu {
        /// The API.
        api: &'static str,
        /// What was looked for and not found.
        reason: String,
        /// What to do.
        help: &'static str,
    },
    /// A device lacks what every kernel needs.
    #[error("{device} cannot run the kernels; it lacks {}\nhelp: {help}", missing.join(", "))]
    Unsuitable {
        /// The device.
        device: String,
        /// What it lacks; never empty.
        missing: Vec<String>,
        /// What to do.
        help: &'static str,
    },
    /// The compiler of kernels' texts is missing, or does not fit the device.
    #[error("{compiler} cannot be used: {reason}\nhelp: {help}")]
    NoCompiler {
        /// The compiler.
        compiler: &'static str,
        /// What was looked for and not found.
        reason: String,
        /// What to do.
        help: &'static str,
    },
    /// A kernel's text was refused.
    #[error("kernel {kernel}: {reason}")]
    BadKernel {
        /// Its name.
        kernel: String,
        /// Why.
        reason: String,
    },
    /// A device does not say how long its kernels take.
    #[error("{device} does not time kernels\nhelp: CUDA does, and Vulkan on most GPUs")]
    Untimed {
        /// The device.
        device: String,
    },
    /// A dispatch does not fit its kernel or its device.
    #[error("dispatch of kernel {kernel}: {reason}")]
    BadDispatch {
        /// Name of the kernel.
        kernel: String,
        /// Why.
        reason: String,
    },
    /// A call of an API failed.
    #[error("{api} cannot {doing}: {reason}")]
    Driver {
        /// The API.
        api: &'static str,
        /// What was tried.
        doing: &'static str,
        /// What the API said.
        reason: String,
    },
}

/// The result of a device's work.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Runs steps of one plan, in order.
pub trait Device: Transfer + Send + fmt::Debug {
    /// What the device is, in words.
    fn describe(&self) -> String;

    /// What went wrong that no result depends on, since the last call.
    fn take_warnings(&mut self) -> Vec<String> {
        vec![]
    }

    /// The plan whose steps it runs.
    fn plan(&self) -> &'static Plan;

    /// Rows of a prefill step that suit it.
    fn chunk(&self) -> usize {
        CHUNK
    }

    /// Bytes that `room` takes; a chunk of 0 is [`Device::chunk`].
    fn needs(&self, room: Room) -> Needs;

    /// Whether decode and prefill steps give a token the same logits, to the last bit.
    fn steps_agree(&self) -> bool;

    /// Reserves state for one session, as it is before the first token.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`] when the device cannot hold another session.
    fn open_slot(&mut self) -> Result<SlotId>;

    /// Gives a slot back; its handle is then free for another session.
    fn close_slot(&mut self, slot: SlotId);

    /// Reserves a page.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`] when the device cannot hold another page.
    fn open_page(&mut self) -> Result<PageId>;

    /// Gives a page back; its handle is then free for other rows.
    fn close_page(&mut self, page: PageId);

    /// Makes the state in the slot `to` that of `from`; both are open.
    ///
    /// # Errors
    ///
    /// Errors of the device's API.
    fn copy_slot(&mut self, from: SlotId, to: SlotId) -> Result<()>;

    /// Makes the rows of the page `to` those of `from`; both are open.
    ///
    /// # Errors
    ///
    /// As [`Device::copy_slot`].
    fn copy_page(&mut self, from: PageId, to: PageId) -> Result<()>;

    /// Runs one step.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`] when scratch memory for the step cannot be had.
    fn submit(&mut self, step: &StepRequest<'_>) -> Result<()>;

    /// Runs one step and says how long each of its launches took, in their order; what lies between
    /// two launches counts for the later one.
    ///
    /// # Errors
    ///
    /// [`Error::Untimed`] when the device does not time launches; as [`Device::submit`].
    fn submit_timed(&mut self, _step: &StepRequest<'_>) -> Result<Vec<LaunchTime>> {
        Err(Error::Untimed { device: self.describe() })
    }

    /// Bytes that the device moves in a second, read and written, when it copies memory.
    ///
    /// # Errors
    ///
    /// [`Error::Untimed`] when the device does not time launches either, [`Error::OutOfMemory`]
    /// when nothing large enough to be measured fits.
    fn copy_speed(&mut self) -> Result<f64> {
        Err(Error::Untimed { device: self.describe() })
    }

    /// The logits of the last step, `[logit_rows, n_vocab]`.
    ///
    /// # Errors
    ///
    /// Errors of the device's API.
    fn logits(&mut self) -> Result<&[f32]>;

    /// The tokens that the last step chose, one for each of its draws; `u32::MAX` where the logits
    /// leave none to choose.
    fn chosen(&self) -> &[u32];

    /// Has `observer` see the residual streams `[T, S, N]` after the embedding (index 0) and after
    /// each layer of every later step, or no longer.
    fn observe(&mut self, observer: Option<Observer>);
}

/// Sees the residual streams: the number of layers applied, and the values.
pub type Observer = Box<dyn FnMut(usize, &[f32]) + Send>;
