//! `ds4 kernels show`: the text of one kernel.

use std::io::{self, Write as _};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use ds4_plan::GpuKernel;

use super::view::{self, Target};
use crate::{cli::quiet_pipe, device::programs::PROGRAMS};

/// Kernels that a message lists.
const LISTED: usize = 20;

/// Prints the text of one kernel: what it computes, its arguments, and the code.
///
/// A kernel is named by its passes and six letters that tell equal ones with other shapes or
/// formats apart; `ds4 kernels list` and `plan` have the names. The beginning of a name is enough
/// where it fits one kernel; else the kernels that it fits are listed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "See --help for examples.",
    after_long_help = "\
Examples:
  ds4 kernels show rms_norm                       the kernels whose names begin so
  ds4 kernels show rms_norm_abcdef                one kernel as this build's first target has it
  ds4 kernels show rms_norm_abcdef --target wgsl  the template's text that it was made from"
)]
pub(super) struct Args {
    /// The kernel, or the beginning of its name.
    name: String,
    /// In which language; by default that of the first target of this build.
    #[arg(long, value_enum)]
    target: Option<Language>,
}

/// What a kernel can be shown as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    /// What every other text is made from; of whichever target has the kernel.
    Wgsl,
    /// CUDA C++.
    Cuda,
    /// HIP C++ for AMD with 32 lanes (RDNA).
    #[value(alias = "hip32")]
    Hip,
    /// HIP C++ for AMD with 64 lanes (CDNA).
    Hip64,
    /// The Metal Shading Language.
    Msl,
    /// SPIR-V, disassembled.
    Spirv,
}

impl Args {
    pub(super) fn run(self) -> Result<()> {
        let target = match self.target {
            None | Some(Language::Wgsl) => None,
            Some(Language::Cuda) => Some(Target::Cuda),
            Some(Language::Hip) => Some(Target::Hip),
            Some(Language::Hip64) => Some(Target::Hip64),
            Some(Language::Msl) => Some(Target::Msl),
            Some(Language::Spirv) => Some(Target::Spirv),
        };
        let (name, program) = view::program(target)?;
        let is_wgsl = self.target == Some(Language::Wgsl);
        let kernels: Vec<&GpuKernel> = if is_wgsl {
            PROGRAMS.iter().flat_map(|(_, program)| program.kernels).collect()
        } else {
            program.kernels.iter().collect()
        };
        let kernel = find(&kernels, &self.name)?;
        let text = match name {
            _ if is_wgsl => kernel.wgsl.to_owned(),
            "spirv" => spirv(kernel)?,
            _ => std::str::from_utf8(kernel.code)
                .with_context(|| format!("the text of {} is not UTF-8", kernel.name))?
                .to_owned(),
        };
        quiet_pipe(io::stdout().write_all(text.as_bytes()))
    }
}

/// The kernel of this name, or the only one whose name begins so.
fn find<'a>(kernels: &[&'a GpuKernel], name: &str) -> Result<&'a GpuKernel> {
    if let Some(kernel) = kernels.iter().find(|kernel| kernel.name == name) {
        return Ok(kernel);
    }
    let mut names: Vec<_> = kernels.iter().map(|kernel| kernel.name).collect();
    names.sort_unstable();
    names.dedup();
    let fitting: Vec<_> = names.iter().copied().filter(|known| known.starts_with(name)).collect();
    match fitting[..] {
        [only] => {
            let kernel = kernels.iter().find(|kernel| kernel.name == only);
            Ok(kernel.context("the name is one of a kernel")?)
        }
        [] => bail!("no kernel {name}\nhelp: {}", suggestion(&names, name)),
        _ => bail!("{} kernels begin with {name}\n{}", fitting.len(), lines(&fitting)),
    }
}

/// Kernels that may have been meant.
fn suggestion(names: &[&str], wanted: &str) -> String {
    let holding: Vec<_> = names.iter().copied().filter(|name| name.contains(wanted)).collect();
    if !holding.is_empty() {
        return format!("names with {wanted} in them are\n{}", lines(&holding));
    }
    let nearest = names.iter().min_by_key(|name| (distance(name, wanted), name.len()));
    let nearest = nearest.copied().unwrap_or_default();
    format!("the nearest name is {nearest}; `ds4 kernels list` has those of a step")
}

fn lines(names: &[&str]) -> String {
    let mut lines: Vec<_> = names.iter().take(LISTED).map(|name| format!("  {name}")).collect();
    if names.len() > LISTED {
        lines.push(format!("  and {} more", names.len() - LISTED));
    }
    lines.join("\n")
}

/// Letters to insert, remove or replace to make `wanted` a beginning of `name`.
fn distance(name: &str, wanted: &str) -> usize {
    let name: Vec<char> = name.chars().collect();
    // Of what was seen of `wanted`, the distance to each beginning of `name`.
    let mut row: Vec<usize> = (0..=name.len()).collect();
    for (i, x) in wanted.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in name.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.into_iter().min().unwrap_or(0)
}

/// The kernel's comment and its instructions.
#[cfg(feature = "vulkan")]
fn spirv(kernel: &GpuKernel) -> Result<String> {
    use rspirv::binary::Disassemble as _;
    let (words, _) = kernel.code.as_chunks::<4>();
    let words: Vec<u32> = words.iter().map(|&word| u32::from_le_bytes(word)).collect();
    let module = rspirv::dr::load_words(words)
        .map_err(|error| anyhow::anyhow!("cannot read the SPIR-V of {}: {error}", kernel.name))?;
    let comment: String = kernel
        .formula
        .lines()
        .map(|line| format!("; {line}").trim_end().to_owned() + "\n")
        .collect();
    Ok(format!("{comment}\n{}\n", module.disassemble()))
}

#[cfg(not(feature = "vulkan"))]
fn spirv(kernel: &GpuKernel) -> Result<String> {
    bail!("{} has no SPIR-V in this build", kernel.name)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    const fn kernel(name: &'static str) -> GpuKernel {
        let (formula, wgsl, code, bindings, workgroup_bytes) = ("", "", &[], &[], &[]);
        GpuKernel {
            name,
            entry: name,
            formula,
            wgsl,
            code,
            bindings,
            threads: 128,
            waits: false,
            workgroup_bytes,
        }
    }

    #[test]
    fn kernels_are_found_by_the_beginning_of_their_names() {
        let all = ["add_abcdef", "add_ghijkl", "rms_norm_mnopqr"].map(kernel);
        let all: Vec<_> = all.iter().collect();
        let found = |name: &str| match find(&all, name) {
            Ok(kernel) => kernel.name.to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(found("add_abcdef"), "add_abcdef");
        assert_eq!(found("rms"), "rms_norm_mnopqr");
        expect![[r"
            2 kernels begin with add
              add_abcdef
              add_ghijkl"]]
        .assert_eq(&found("add"));
        expect![[r"
            no kernel norm
            help: names with norm in them are
              rms_norm_mnopqr"]]
        .assert_eq(&found("norm"));
        expect![[r"
            no kernel rns_norn
            help: the nearest name is rms_norm_mnopqr; `ds4 kernels list` has those of a step"]]
        .assert_eq(&found("rns_norn"));
    }

    #[test]
    fn distances_count_single_letters() {
        let found =
            [("", "abc"), ("abc", "abc"), ("kitten", "sitting")].map(|(a, b)| distance(a, b));
        assert_eq!(found, [3, 0, 3]);
    }
}
