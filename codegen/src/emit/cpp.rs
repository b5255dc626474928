//! Prints a kernel as CUDA or HIP C++ that a person can read.
//!
//! The text relies on a prelude ([`prelude`]) that holds everything in which the two dialects
//! differ, so the writer asks for the dialect only where it chooses the prelude's functions for
//! hooks. Any number of kernels may follow one prelude in a translation unit: each is in a
//! namespace of its own.
//!
//! ```text
//! names.rs        C++ identifiers for the kernel's
//! types.rs        types, and whether C++ lays them out as WGSL does
//! constants.rs    literals and constant expressions
//! functions.rs    functions, the entry point, and what globals become
//! body.rs         statements
//! calls.rs        calls
//! loops.rs        `for` headers
//! values.rs       which values get a name and which stay inside of expressions
//! expressions.rs  expressions
//! math.rs         the functions of WGSL
//! subgroups.rs    subgroup operations and atomics
//! hooks.rs        functions for which the prelude has a native one
//! ```
//!
//! What differs from WGSL, as in all of the generator's targets: an index outside of its array and
//! an integer division by zero are undefined.

use naga::{Module, valid::ModuleInfo};

mod body;
mod calls;
mod code;
mod constants;
mod expressions;
mod functions;
mod hooks;
mod loops;
mod math;
mod names;
mod prelude;
mod subgroups;
mod types;
mod values;
mod walk;

#[cfg(test)]
mod tests;

pub use prelude::{CLANG_FLAGS, NVRTC_FLAGS, prelude, prelude_parts};

pub use crate::gpu::target::TileShape;

/// A C++ dialect for GPUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// NVIDIA's, as NVRTC compiles it.
    Cuda,
    /// AMD's, as hiprtc or clang compiles it.
    Hip,
}

impl TileShape {
    /// The shape that the prelude of `dialect` has for devices with `wave` threads in a wave.
    #[must_use]
    pub const fn of(dialect: Dialect, wave: u32) -> Option<Self> {
        match (dialect, wave) {
            (Dialect::Cuda, 32) => Some(Self::CUDA),
            (Dialect::Hip, 32) => Some(Self::HIP_GFX11),
            (Dialect::Hip, 64) => Some(Self::HIP_GFX9),
            _ => None,
        }
    }
}

/// What the writer is told about a kernel.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// Printed above the kernel as comment lines.
    pub header: &'a str,
    /// Workgroups that a multiprocessor must have room for, 0 where the compiler decides.
    pub resident: u32,
    /// Whether the device has tensor cores: otherwise the portable bodies of the hooks for tiles
    /// are printed.
    pub tensor_cores: bool,
}

/// A kernel's text, and how to launch it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CppText {
    /// One namespace with the kernel and all that it needs beyond the prelude.
    pub text: String,
    /// Name of the kernel's symbol.
    pub entry: String,
    /// Numbers of the bindings that the kernel uses, in the order of its parameters: each is a
    /// pointer to the binding's first byte.
    pub bindings: Vec<u32>,
    /// Bytes of the immediates, the last parameter; zero when the kernel has none.
    pub immediate_bytes: u32,
    /// Threads of a workgroup along x, y and z.
    pub workgroup: [u32; 3],
    /// Whether it waits natively for the kernel before it, and so may begin while that one ends.
    pub waits: bool,
}

/// A kernel that C++ cannot express, or not as WGSL means it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CppError {
    /// A construct that kernels do not need.
    #[error("{construct} in `{place}` cannot be written as C++\nhelp: {instead}")]
    Unsupported {
        /// The construct.
        construct: String,
        /// The function, type or variable that has it.
        place: String,
        /// What to write instead.
        instead: &'static str,
    },
    /// Not one kernel.
    #[error("expected one compute entry point, found {}", found(.entries))]
    Entries {
        /// The entry points.
        entries: Vec<String>,
    },
    /// A name that C++ or the prelude uses.
    #[error("the entry point `{entry}` is no name for a kernel in C++\nhelp: choose another name")]
    Name {
        /// The name.
        entry: String,
    },
    /// A type of a buffer whose C++ layout differs.
    #[error(
        "{what} is at {expected} bytes in WGSL and at {found} in C++\n\
         help: use vec4 for vec3, and no explicit sizes and alignments"
    )]
    Layout {
        /// The member, or the element of an array.
        what: String,
        /// Offset or stride in WGSL.
        expected: u32,
        /// Offset or stride in C++.
        found: u32,
    },
}

fn found(entries: &[String]) -> String {
    if entries.is_empty() { "none".to_owned() } else { entries.join(", ") }
}

type Result<T> = std::result::Result<T, CppError>;

/// What every part of the writer knows.
#[derive(Debug)]
struct Context<'a> {
    module: &'a Module,
    info: &'a ModuleInfo,
    dialect: Dialect,
    options: Options<'a>,
    names: names::Names,
}

/// The only kernel of `shader` as C++.
///
/// # Errors
///
/// [`CppError`] for what C++ cannot express and kernels do not need: images, run-time array
/// lengths, 64-bit floats, matrices.
pub fn cpp(
    shader: &Module,
    info: &ModuleInfo,
    dialect: Dialect,
    options: Options<'_>,
) -> Result<CppText> {
    let [entry] = &shader.entry_points[..] else {
        let entries = shader.entry_points.iter().map(|entry| entry.name.clone()).collect();
        return Err(CppError::Entries { entries });
    };
    if entry.stage != naga::ShaderStage::Compute {
        return Err(CppError::Entries {
            entries: vec![format!("{} ({:?})", entry.name, entry.stage)],
        });
    }
    if names::is_reserved(&entry.name) || names::identifier(&entry.name) != entry.name {
        return Err(CppError::Name { entry: entry.name.clone() });
    }
    let names = names::Names::new(shader);
    let context = Context { module: shader, info, dialect, options, names };
    functions::kernel(&context, entry)
}

impl Context<'_> {
    fn unsupported(
        &self,
        construct: impl Into<String>,
        place: &str,
        instead: &'static str,
    ) -> CppError {
        CppError::Unsupported { construct: construct.into(), place: place.to_owned(), instead }
    }
}
