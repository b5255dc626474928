//! The devices of this machine, and what keeps others from being used.

#![forbid(unsafe_code)]

use std::{fs, num::NonZero, thread};

use super::{Error, cpu::simd};

/// A device of the machine, or a kind of device that it has none of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What `--device` calls its kind.
    pub device: &'static str,
    /// What `--gpu` calls it, if it is a GPU.
    pub number: Option<usize>,
    /// What its maker calls it; empty where there is none.
    pub name: String,
    /// Bytes of its memory, as far as that is known.
    pub memory: Option<u64>,
    /// Those that are free.
    pub free: Option<u64>,
    /// What else is known of it.
    pub details: Vec<(&'static str, String)>,
    /// Why it cannot be used, if it cannot.
    pub unusable: Option<Unusable>,
}

/// Why a device cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub help: String,
}

impl From<&Error> for Unusable {
    fn from(error: &Error) -> Self {
        let text = match error {
            Error::NoGpu { reason, help, .. } => {
                return Self { reason: reason.clone(), help: (*help).to_owned() };
            }
            other => other.to_string(),
        };
        let (reason, help) = text.split_once("\nhelp: ").unwrap_or((&text, ""));
        Self { reason: reason.to_owned(), help: help.to_owned() }
    }
}

/// Every device of the kinds that this build has, and an entry for each kind without one.
#[must_use]
pub fn found() -> Vec<Found> {
    let mut all = vec![cpu()];
    #[cfg(feature = "cuda")]
    all.extend(of_kind("cuda", super::cuda::devices()));
    #[cfg(not(feature = "cuda"))]
    all.push(not_built("cuda"));
    #[cfg(feature = "vulkan")]
    all.extend(of_kind("vulkan", super::vulkan::devices()));
    #[cfg(not(feature = "vulkan"))]
    all.push(not_built("vulkan"));
    all
}

/// Devices of a kind, or an entry that says why there are none.
#[cfg(any(feature = "cuda", feature = "vulkan"))]
fn of_kind(device: &'static str, found: super::Result<Vec<Found>>) -> Vec<Found> {
    found.unwrap_or_else(|error| vec![none(device, Unusable::from(&error))])
}

/// The entry of a kind that this build does not have.
#[cfg(not(all(feature = "cuda", feature = "vulkan")))]
fn not_built(device: &'static str) -> Found {
    let reason = "this build has no such device".to_owned();
    none(device, Unusable { reason, help: format!("build with `--features {device}`") })
}

fn none(device: &'static str, unusable: Unusable) -> Found {
    let (name, details) = (String::new(), vec![]);
    let unusable = Some(unusable);
    Found { device, number: None, name, memory: None, free: None, details, unusable }
}

/// The processor.
fn cpu() -> Found {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let name = value_of(&read("/proc/cpuinfo"), "model name").map(str::to_owned);
    let memory = read("/proc/meminfo");
    let bytes = |key| {
        let number = value_of(&memory, key)?.strip_suffix(" kB")?.trim().parse::<u64>().ok()?;
        number.checked_mul(1024)
    };
    Found {
        device: "cpu",
        number: None,
        name: name.unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        memory: bytes("MemTotal"),
        free: bytes("MemAvailable"),
        details: vec![("threads", threads.to_string()), ("SIMD", simd::widest().name().to_owned())],
        unusable: None,
    }
}

/// The value after `key` and a colon in lines of a file of the system.
fn value_of<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let line = |line: &'a str| Some(line.strip_prefix(key)?.trim_start().strip_prefix(':')?.trim());
    text.lines().find_map(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_always_there() {
        let all = found();
        assert_eq!((all[0].device, &all[0].unusable), ("cpu", &None));
        assert!(!all[0].name.is_empty());
        for kind in ["cuda", "vulkan"] {
            let mut entries = all.iter().filter(|found| found.device == kind).peekable();
            assert!(entries.peek().is_some(), "{kind}");
            for found in entries {
                let why = found.unusable.as_ref();
                assert!(why.is_none_or(|why| !why.reason.is_empty()), "{found:?}");
                assert!(found.number.is_some() || why.is_some(), "{found:?}");
            }
        }
    }

    #[test]
    fn values_of_the_system_are_found_by_their_key() {
        let text = "processor\t: 0\nmodel name\t: A Processor\nMemTotal:       24 kB\n";
        assert_eq!(value_of(text, "model name"), Some("A Processor"));
        assert_eq!(value_of(text, "MemTotal"), Some("24 kB"));
        assert_eq!(value_of(text, "Mem"), None);
    }

    #[test]
    fn reasons_and_help_of_errors_stand_apart() {
        let error = Error::NoGpu { api: "CUDA", reason: "no card".to_owned(), help: "buy one" };
        let expected = Unusable { reason: "no card".to_owned(), help: "buy one".to_owned() };
        assert_eq!(Unusable::from(&error), expected);
        let (compiler, reason) = ("NVRTC", "it is old".to_owned());
        let found = Unusable::from(&Error::NoCompiler { compiler, reason, help: "update it" });
        assert_eq!(found.reason, "NVRTC cannot be used: it is old");
        assert_eq!(found.help, "update it");
    }
}
