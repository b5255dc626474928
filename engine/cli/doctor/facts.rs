//! What is known of the program, the machine and the model. `None` is what could not be found out.
//!
//! Names of fields are those of `--json`; sizes are in bytes.

use serde::Serialize;

/// Everything that findings are made of.
#[derive(Debug, Default, Serialize)]
pub(super) struct Facts {
    pub(super) build: Build,
    pub(super) machine: Machine,
    pub(super) devices: Vec<Device>,
    pub(super) compilers: Compilers,
    pub(super) model: Model,
    pub(super) speed: Vec<Speed>,
    pub(super) storage: Storage,
    pub(super) limits: Limits,
    pub(super) others: Others,
    pub(super) power: Power,
}

/// The program.
#[derive(Debug, Default, Serialize)]
pub(super) struct Build {
    pub(super) version: &'static str,
    /// Whether it was built without optimization.
    pub(super) debug: bool,
    /// Processor and system that it was built for.
    pub(super) target: String,
    /// Features for GPUs.
    pub(super) features: Vec<&'static str>,
    /// Targets that it has kernels for, as `ds4 kernels` names them.
    pub(super) kernels: Vec<&'static str>,
}

/// The computer, but for its GPUs.
#[derive(Debug, Default, Serialize)]
pub(super) struct Machine {
    pub(super) system: Option<String>,
    pub(super) kernel: Option<String>,
    /// Threads that the program may run at a time.
    pub(super) threads: usize,
    pub(super) memory: Option<u64>,
    /// What programs can have without others giving up memory.
    pub(super) available: Option<u64>,
    pub(super) swap: Option<u64>,
    pub(super) swap_free: Option<u64>,
    /// What the container may use, if the program is in one with a limit.
    pub(super) container: Option<Container>,
    /// The mode of huge pages, as `madvise`.
    pub(super) huge_pages: Option<String>,
    /// Makers of the GPUs on the bus, whether or not there is a driver for them.
    pub(super) gpus: Vec<&'static str>,
}

/// A limit of a control group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Container {
    pub(super) limit: u64,
    /// What of it programs hold, files in memory left out.
    pub(super) used: Option<u64>,
}

impl Machine {
    /// Bytes that the program can have: what the system has and the container allows.
    pub(super) fn usable(&self) -> Option<u64> {
        let allowed = self.container.map(|it| it.limit.saturating_sub(it.used.unwrap_or(0)));
        [self.available, allowed].into_iter().flatten().min()
    }

    /// Bytes of memory that the program can be given at most.
    pub(super) fn most(&self) -> Option<u64> {
        [self.memory, self.container.map(|it| it.limit)].into_iter().flatten().min()
    }
}

/// A device of the machine, or a kind of device that there is none of.
#[derive(Debug, Default, Serialize)]
pub(super) struct Device {
    /// What `--device` calls its kind.
    pub(super) device: &'static str,
    /// What `--gpu` calls it.
    pub(super) gpu: Option<usize>,
    pub(super) name: String,
    /// Whether this build has the kind.
    pub(super) built: bool,
    pub(super) memory: Option<u64>,
    pub(super) free: Option<u64>,
    /// Versions and the like.
    pub(super) details: Vec<(&'static str, String)>,
    /// Why it cannot be used.
    pub(super) reason: Option<String>,
    /// What to do about it.
    pub(super) help: String,
}

impl Device {
    /// How commands are told to use it.
    pub(super) fn flag(&self) -> String {
        flag(self.device, self.gpu)
    }
}

/// How commands are told to use a device.
pub(super) fn flag(device: &str, gpu: Option<usize>) -> String {
    gpu.map_or_else(|| device.to_owned(), |gpu| format!("{device} {gpu}"))
}

/// What makes machine code of kernels, and where that is kept.
#[derive(Debug, Default, Serialize)]
pub(super) struct Compilers {
    /// Version of NVRTC, where the build has CUDA and there is a card to ask through.
    pub(super) nvrtc: Option<String>,
    /// Files of NVRTC that the process has loaded.
    pub(super) nvrtc_paths: Vec<String>,
    /// Driver of a Vulkan device, which compiles SPIR-V.
    pub(super) vulkan: Option<String>,
    /// Where machine code is kept, for each kind of device of the build.
    pub(super) kept: Vec<Folder>,
}

/// A folder that the program writes, which need not be there yet.
#[derive(Debug, Default, Clone, Serialize)]
pub(super) struct Folder {
    pub(super) path: String,
    pub(super) bytes: u64,
    /// What the file system has left.
    pub(super) free: Option<u64>,
    pub(super) writable: Option<bool>,
}

/// The model that commands would run.
#[derive(Debug, Default, Serialize)]
pub(super) struct Model {
    pub(super) path: Option<String>,
    pub(super) name: Option<&'static str>,
    pub(super) bytes: Option<u64>,
    /// Formats of its tensors, those with most bytes first, as `IQ2_XXS 65 %`.
    pub(super) formats: Vec<String>,
    /// The longest context that it has.
    pub(super) context: Option<usize>,
    /// What keeps it from being opened.
    pub(super) reason: Option<String>,
    pub(super) help: String,
    /// How it fits each usable device.
    pub(super) fits: Vec<Fit>,
}

/// What a model takes of a device.
#[derive(Debug, Default, Clone, Serialize)]
pub(super) struct Fit {
    pub(super) device: &'static str,
    pub(super) gpu: Option<usize>,
    /// Tokens that there is to be room for from the beginning.
    pub(super) context: usize,
    pub(super) weights: u64,
    pub(super) state: u64,
    pub(super) cached_rows: u64,
    pub(super) scratch: u64,
    pub(super) free: Option<u64>,
    /// A context that fits where this one does not.
    pub(super) fitting_context: Option<usize>,
    /// Why the device refuses the model.
    pub(super) refused: Option<String>,
    pub(super) help: String,
}

impl Fit {
    /// What has to be in memory beside the weights.
    pub(super) const fn beside(&self) -> u64 {
        self.state.saturating_add(self.cached_rows).saturating_add(self.scratch)
    }

    /// All of it.
    pub(super) const fn total(&self) -> u64 {
        self.weights.saturating_add(self.beside())
    }
}

/// How fast a device can decode at most.
#[derive(Debug, Default, Serialize)]
pub(super) struct Speed {
    pub(super) device: &'static str,
    pub(super) gpu: Option<usize>,
    /// Tokens of context at which a token is counted; `None` where weights alone are.
    pub(super) context: Option<usize>,
    pub(super) bytes_per_token: Option<u64>,
    pub(super) bytes_per_second: Option<f64>,
    /// The one over the other: an upper bound.
    pub(super) tokens_per_second: Option<f64>,
    /// Why something was not measured or counted.
    pub(super) reason: Option<String>,
}

/// Where files are.
#[derive(Debug, Default, Serialize)]
pub(super) struct Storage {
    /// Where the model's file is.
    pub(super) model: Option<Mount>,
    /// Bytes of it that the system has in memory.
    pub(super) cached: Option<u64>,
    /// Where conversations are kept.
    pub(super) kept: Option<Folder>,
}

/// A mounted file system.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Mount {
    pub(super) folder: String,
    pub(super) source: String,
    pub(super) file_system: String,
    /// Whether files come over a network, or from another system.
    pub(super) remote: bool,
}

/// Limits of the process and the system.
#[derive(Debug, Default, Serialize)]
pub(super) struct Limits {
    pub(super) locked_memory: Option<Limit>,
    pub(super) open_files: Option<Limit>,
    pub(super) address_space: Option<Limit>,
    /// `vm.overcommit_memory`: 2 promises no more than there is.
    pub(super) overcommit: Option<u64>,
    /// macOS: megabytes that a GPU may hold, 0 for the system's own choice.
    pub(super) wired_limit_mb: Option<u64>,
}

/// A limit of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Limit {
    Unlimited,
    #[serde(untagged)]
    At(u64),
}

/// What else runs.
#[derive(Debug, Default, Serialize)]
pub(super) struct Others {
    /// Processes that hold memory of an NVIDIA card.
    pub(super) on_gpus: Vec<Process>,
    /// Processes that hold much of the machine's memory, largest first.
    pub(super) large: Vec<Process>,
    /// Percentage of the last ten seconds in which some process waited for memory.
    pub(super) memory_pressure: Option<f64>,
}

/// A process and the bytes that it holds.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Process {
    pub(super) pid: u32,
    pub(super) name: String,
    pub(super) bytes: Option<u64>,
}

/// What decides how fast processors may run.
#[derive(Debug, Default, Serialize)]
pub(super) struct Power {
    /// Driver and governor of the processor's clock, and what it prefers.
    pub(super) clock_driver: Option<String>,
    pub(super) governor: Option<String>,
    pub(super) preference: Option<String>,
    /// The platform's profile, as `balanced`.
    pub(super) profile: Option<String>,
    pub(super) on_battery: Option<bool>,
    /// macOS: whether the low power mode is on.
    pub(super) low_power_mode: Option<bool>,
    /// What `nvidia-smi` says of NVIDIA cards.
    pub(super) cards: Vec<Card>,
}

/// An NVIDIA card, as `nvidia-smi` knows it.
#[derive(Debug, Default, Clone, PartialEq, Serialize)]
pub(super) struct Card {
    pub(super) index: Option<usize>,
    pub(super) name: String,
    pub(super) driver: String,
    pub(super) persistence: Option<bool>,
    pub(super) power_limit_watts: Option<f64>,
    pub(super) default_power_limit_watts: Option<f64>,
    pub(super) max_clock_mhz: Option<u64>,
    pub(super) memory: Option<u64>,
    pub(super) used: Option<u64>,
}
