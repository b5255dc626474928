//! Calls clang.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Names of the compiler, best first; 19 is the version that the tests were written with.
const NAMES: [&str; 2] = ["clang++-19", "clang++"];

/// What is made of a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A library whose threads switch with instructions of their own.
    Fast,
    /// A library whose threads switch with functions of the C library.
    Portable,
    /// A program that reports races.
    Sanitized,
}

/// The compiler.
#[derive(Debug)]
pub(super) struct Compiler {
    program: &'static str,
    mode: Mode,
}

impl Compiler {
    /// The first compiler that the machine has.
    pub(super) fn find(mode: Mode) -> Option<Self> {
        let runs = |name: &&&str| {
            let output = Command::new(name).arg("--version").output();
            output.is_ok_and(|output| output.status.success())
        };
        NAMES.iter().find(runs).map(|program| Self { program, mode })
    }

    /// What it makes.
    pub(super) fn mode(&self) -> Mode {
        self.mode
    }

    /// Compiles a translation unit to a file beside `source`, which is made.
    pub(super) fn compile(&self, source: &Path, unit: &str) -> Result<PathBuf, String> {
        let read = |e| format!("cannot write {}: {e}", source.display());
        std::fs::write(source, unit).map_err(read)?;
        let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/metal/include");
        let mut command = Command::new(self.program);
        command.args(["-std=c++20", "-O1", "-march=native", "-ffp-contract=off", "-fwrapv"]);
        // MSL has no `double`, and signals no errors of mathematical functions.
        command.args(["-Xclang", "-cl-single-precision-constant", "-fno-math-errno"]);
        command.args(["-w", "-I"]).arg(include);
        let result = match self.mode {
            Mode::Fast | Mode::Portable => source.with_extension("so"),
            Mode::Sanitized => source.with_extension("bin"),
        };
        match self.mode {
            Mode::Fast => command.args(["-shared", "-fPIC"]),
            Mode::Portable => command.args(["-shared", "-fPIC", "-DCPU_UCONTEXT"]),
            Mode::Sanitized => command.args(["-fsanitize=thread", "-gline-tables-only"]),
        };
        command.arg("-o").arg(&result).arg(source);
        let output = command.output().map_err(|e| format!("cannot run {}: {e}", self.program))?;
        if output.status.success() {
            return Ok(result);
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        Err(format!("{} refused it:\n{errors}", self.program))
    }
}
