//! What compilers of GPU vendors made of kernels.
//!
//! A table of `tests/results/` has a line for each kernel and architecture: `kernel target arch
//! registers spill`, with tabs between. The last is bytes of a thread's memory.

use std::{fs, path::Path};

use ds4_codegen::gpu::target::Target;

use crate::{Kernels, results};

/// The architectures that kernels are compiled for, with the target that they belong to.
const ARCHITECTURES: [(&str, Target); 7] = [
    ("sm_80", Target::Cuda),
    ("sm_90", Target::Cuda),
    ("sm_120", Target::Cuda),
    ("gfx90a", Target::Hip64),
    ("gfx942", Target::Hip64),
    ("gfx1100", Target::Hip32),
    ("gfx1151", Target::Hip32),
];

const HEAD: &str = "kernel\ttarget\tarch\tregisters\tspill\n";

/// The machine code of a kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) kernel: String,
    /// Name of the target.
    pub(crate) target: String,
    pub(crate) arch: String,
    pub(crate) registers: usize,
    /// Bytes of a thread's memory.
    pub(crate) spill: usize,
}

/// The lines of a table.
///
/// # Panics
///
/// When it is no table of this form.
pub(crate) fn read(text: &str) -> Vec<Code> {
    let lines = text.strip_prefix(HEAD).expect("a table of machine code begins with its head");
    let line = |line: &str| {
        let [kernel, target, arch, registers, spill] =
            line.split('\t').collect::<Vec<_>>().try_into().ok()?;
        let [kernel, target, arch] = [kernel, target, arch].map(str::to_owned);
        let (registers, spill) = (registers.parse().ok()?, spill.parse().ok()?);
        Some(Code { kernel, target, arch, registers, spill })
    };
    lines.lines().map(|text| line(text).unwrap_or_else(|| panic!("{text}"))).collect()
}

/// A table with these lines.
pub(crate) fn write(codes: &[Code]) -> String {
    let line = |code: &Code| {
        let Code { kernel, target, arch, registers, spill } = code;
        format!("{kernel}\t{target}\t{arch}\t{registers}\t{spill}\n")
    };
    HEAD.to_owned() + &codes.iter().map(line).collect::<String>()
}

/// Makes tables of what the test `toolchains` left, for each architecture that it compiled for.
pub(crate) fn take_over(kernels: &Kernels) {
    for (arch, target) in ARCHITECTURES {
        let left = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{arch}.txt"));
        let Ok(text) = fs::read_to_string(left) else { continue };
        let code = |line: &str| {
            let mut words = line.split_whitespace();
            let (registers, _, spill) = (words.next()?, words.next()?, words.next()?);
            let kernel = words.next()?.trim_end_matches(':').to_owned();
            let (registers, spill) = (registers.parse().ok()?, spill.parse().ok()?);
            let (target, arch) = (target.name().to_owned(), arch.to_owned());
            Some(Code { kernel, target, arch, registers, spill })
        };
        let mut codes: Vec<_> = text.lines().filter_map(code).collect();
        codes.retain(|code| kernels[code.target.as_str()].contains_key(&code.kernel));
        codes.sort_by(|a, b| a.kernel.cmp(&b.kernel));
        fs::write(results::folder().join(format!("{arch}.tsv")), write(&codes)).unwrap();
    }
}
