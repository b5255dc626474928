//! Every kernel that the generator writes, through the vendors' compilers.
//!
//! A line for each kernel is left in `target/tmp/`, and what was compiled is said on standard
//! error.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::Path,
    sync::LazyLock,
    time::Instant,
};

use ds4_codegen::{
    emit::cpp::{self, Dialect},
    gpu::target::Target,
};
use rayon::prelude::*;

use crate::{
    ahead::loads_ahead,
    code::Code,
    cpu,
    generated::{self, Kernel},
    hip, hot,
    nvrtc::Nvrtc,
    sass,
};

/// Kernels of one translation unit: enough that starting compilers and disassemblers does not
/// matter, few enough that threads end together.
const KERNELS_OF_UNIT: usize = 20;

/// A kernel with its machine code for one architecture.
#[derive(Debug)]
pub(crate) struct Built<'a> {
    pub(crate) kernel: &'a Kernel,
    pub(crate) code: Code,
    /// Loads of weights before the first wait, for each pass of the kernel.
    pub(crate) ahead: Vec<usize>,
}

/// What each kernel becomes by `compile`, which gives machine code by entry point.
fn build(
    dialect: Dialect,
    kernels: &[Kernel],
    compile: impl Fn(&str) -> BTreeMap<String, Code> + Sync,
) -> Vec<Built<'_>> {
    let units = kernels.par_chunks(KERNELS_OF_UNIT).flat_map(|kernels| {
        let mut source = cpp::prelude(dialect);
        for kernel in kernels {
            source.push_str(str::from_utf8(&kernel.compiled.code).unwrap());
        }
        let mut found = compile(&source);
        let built = kernels.iter().map(|kernel| {
            let entry = &kernel.compiled.entry;
            let code = found.remove(entry).unwrap_or_else(|| panic!("{entry} has no code"));
            let ahead = kernel.parts.iter().map(|part| loads_ahead(&code, &part.weights));
            Built { kernel, ahead: ahead.collect(), code }
        });
        built.collect::<Vec<_>>()
    });
    units.collect()
}

/// Leaves a line for each kernel and says what there is.
fn report(architecture: &str, begun: Instant, built: &[Built<'_>]) {
    let mut lines = "registers shared local kernel: passes, loads of weights ahead\n".to_owned();
    for Built { kernel, code, ahead } in built {
        let Code { registers, shared_bytes, local_bytes, .. } = code;
        let name = &kernel.compiled.name;
        write!(lines, "{registers:9} {shared_bytes:6} {local_bytes:5} {name}:").unwrap();
        for (part, ahead) in kernel.parts.iter().zip(ahead) {
            write!(lines, " {part}").unwrap();
            if !part.weights.is_empty() {
                write!(lines, " {ahead}").unwrap();
            }
            lines.push(',');
        }
        lines.push('\n');
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{architecture}.txt"));
    fs::write(&path, lines).unwrap();
    let most = built.iter().map(|built| built.code.registers).max().unwrap_or(0);
    let spilling = built.iter().filter(|built| built.code.local_bytes > 0).count();
    let (n, seconds) = (built.len(), begun.elapsed().as_secs());
    // Written directly, since the test runner hides what a passing test prints.
    let line = format!(
        "{architecture}: all {n} kernels in {seconds} s, at most {most} registers, \
         {spilling} with memory of a thread; {}\n",
        path.display()
    );
    io::stderr().write_all(line.as_bytes()).unwrap();
}

/// Holds NVIDIA's machine code of every kernel against the tables.
fn nvidia(architecture: &str) {
    static KERNELS: LazyLock<Vec<Kernel>> = LazyLock::new(|| generated::kernels(Target::Cuda));
    let Some(nvrtc) = Nvrtc::find() else { return };
    let compile = |source: &str| sass::kernels(&nvrtc.cubin(source, architecture));
    check(architecture, Dialect::Cuda, &KERNELS, compile);
}

/// Holds AMD's machine code of every kernel against the tables.
fn amd(architecture: &str, target: Target) {
    static WAVE32: LazyLock<Vec<Kernel>> = LazyLock::new(|| generated::kernels(Target::Hip32));
    static WAVE64: LazyLock<Vec<Kernel>> = LazyLock::new(|| generated::kernels(Target::Hip64));
    if cpu::clang().is_none() {
        return;
    }
    let kernels = if target == Target::Hip32 { &WAVE32 } else { &WAVE64 };
    let compile = |source: &str| hip::compile(source, architecture).unwrap();
    check(architecture, Dialect::Hip, kernels, compile);
}

fn check(
    architecture: &str,
    dialect: Dialect,
    kernels: &[Kernel],
    compile: impl Fn(&str) -> BTreeMap<String, Code> + Sync,
) {
    let begun = Instant::now();
    let built = build(dialect, kernels, compile);
    report(architecture, begun, &built);
    let problems = hot::problems(architecture, &built);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_kernel_is_good_code_for_sm_80() {
    nvidia("sm_80");
}

#[test]
fn every_kernel_is_good_code_for_sm_90() {
    nvidia("sm_90");
}

#[test]
fn every_kernel_is_good_code_for_sm_120() {
    nvidia("sm_120");
}

#[test]
fn every_kernel_is_good_code_for_gfx90a() {
    amd("gfx90a", Target::Hip64);
}

#[test]
fn every_kernel_is_good_code_for_gfx942() {
    amd("gfx942", Target::Hip64);
}

#[test]
fn every_kernel_is_good_code_for_gfx1100() {
    amd("gfx1100", Target::Hip32);
}

#[test]
fn every_kernel_is_good_code_for_gfx1151() {
    amd("gfx1151", Target::Hip32);
}
