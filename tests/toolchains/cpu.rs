//! Emitted C++ as a program for this machine: the prelude's vendor functions are replaced by those
//! of `cpu/`, and each thread of a workgroup is a fiber.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use ds4_codegen::emit::cpp::{self, CppText, Dialect};
use tempfile::TempDir;

use crate::shared::skipped;

/// A GPU whose way of sharing matrices among threads is imitated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gpu {
    Cuda,
    Gfx1100,
    Gfx90a,
    Gfx942,
}

impl Gpu {
    pub(crate) const ALL: [Self; 4] = [Self::Cuda, Self::Gfx1100, Self::Gfx90a, Self::Gfx942];

    pub(crate) fn dialect(self) -> Dialect {
        if self == Self::Cuda { Dialect::Cuda } else { Dialect::Hip }
    }

    /// Threads of a wave.
    pub(crate) fn wave(self) -> u32 {
        if matches!(self, Self::Gfx90a | Self::Gfx942) { 64 } else { 32 }
    }

    /// What clang defines for it.
    fn macros(self) -> &'static [&'static str] {
        match self {
            Self::Cuda => &[],
            Self::Gfx1100 => &["-D__GFX11__", "-D__gfx1100__"],
            Self::Gfx90a => &["-D__GFX9__", "-D__gfx90a__"],
            Self::Gfx942 => &["-D__GFX9__", "-D__gfx942__"],
        }
    }
}

/// Kernels that were compiled into one program.
#[derive(Debug)]
pub(crate) struct Program {
    folder: TempDir,
    kernels: Vec<CppText>,
}

/// The compiler, or a word on its absence.
pub(crate) fn clang() -> Option<&'static str> {
    static CLANG: LazyLock<Option<String>> = LazyLock::new(|| {
        let name = std::env::var("DS4_CLANG").unwrap_or_else(|_| "clang++-19".to_owned());
        if Command::new(&name).arg("--version").output().is_ok() {
            return Some(name);
        }
        skipped(&format!("{name} is not there (DS4_CLANG names another one)"));
        None
    });
    CLANG.as_deref()
}

impl Program {
    /// Compiles `kernels` for the CPU as `gpu` would run them; none without a compiler.
    ///
    /// # Panics
    ///
    /// When the text does not compile.
    #[track_caller]
    pub(crate) fn build(gpu: Gpu, kernels: Vec<CppText>) -> Option<Self> {
        let clang = clang()?;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("main.cpp"), source(gpu, &kernels)).unwrap();
        let output = Command::new(clang)
            .current_dir(folder.path())
            .args(["-std=c++20", "-O1", "-fdeclspec", "-ffp-contract=off", "-Wno-everything"])
            .args(gpu.macros())
            .args(["main.cpp", "-o", "program"])
            .output()
            .unwrap();
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{gpu:?}:\n{messages}");
        Some(Self { folder, kernels })
    }

    /// Runs a kernel over `grid` workgroups. `buffers` are its bindings in the order of their
    /// numbers, then its immediates.
    ///
    /// # Panics
    ///
    /// When the program fails.
    #[track_caller]
    pub(crate) fn run(&self, entry: &str, grid: [u32; 3], buffers: &mut [Vec<u32>]) {
        let kernel = self.kernels.iter().find(|kernel| kernel.entry == entry).unwrap();
        let paths: Vec<PathBuf> =
            (0..buffers.len()).map(|i| self.folder.path().join(format!("buffer_{i}"))).collect();
        for (path, words) in paths.iter().zip(&*buffers) {
            fs::write(path, bytemuck::cast_slice::<_, u8>(words)).unwrap();
        }
        let output = Command::new(self.folder.path().join("program"))
            .arg(entry)
            .args(grid.iter().chain(&kernel.workgroup).map(ToString::to_string))
            .args(&paths)
            .output()
            .unwrap();
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{entry}: {}\n{messages}", output.status);
        for (path, words) in paths.iter().zip(buffers) {
            let bytes = fs::read(path).unwrap();
            *words = bytes.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word)).collect();
        }
    }
}

/// The program: the imitated device, the prelude, the kernels, and a `main` that runs one of them.
fn source(gpu: Gpu, kernels: &[CppText]) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/toolchains/cpu");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let mut text = read("lanes.h");
    if gpu.dialect() == Dialect::Hip {
        text.push_str(&read("amdgcn.h"));
    }
    for (name, part) in cpp::prelude_parts(gpu.dialect()) {
        if name == "cuda_device.h" {
            text.push_str(&read(name));
        } else {
            text.push_str(part);
        }
    }
    let mut cases = String::new();
    for kernel in kernels {
        text.push_str(&kernel.text);
        let entry = &kernel.entry;
        cases.push_str(&format!(
            "  if (name == \"{entry}\") return lanes::run({entry}_ns::{entry}, n - 2, arguments + 2);\n"
        ));
    }
    format!(
        "{text}\nint main(int n, char** arguments) {{\n  const std::string name = arguments[1];\n\
         {cases}  return 2;\n}}\n"
    )
}
