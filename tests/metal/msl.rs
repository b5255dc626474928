//! A device that runs MSL on the CPU: clang compiles the text against stand-ins for Apple's
//! headers, and each thread of a workgroup is a fiber.
//!
//! Subgroups have 32 lanes. Workgroup memory that nothing wrote holds what is not a number, and
//! writes past the end of a workgroup array or a buffer are errors.

use std::{num::NonZero, path::PathBuf, thread};

use ds4::device::{
    Error, Result,
    gpu::{Dispatch, Gpu, KernelText, Signature, check_range},
};
use rayon::prelude::*;
use tempfile::TempDir;

use self::{
    compile::Compiler,
    library::{Arguments, Library},
};

// The paths are for other test binaries, which take this file by its path.
#[path = "msl/compile.rs"]
mod compile;
#[path = "msl/library.rs"]
mod library;
#[path = "msl/memory.rs"]
mod memory;
#[path = "msl/program.rs"]
mod program;
#[path = "msl/source.rs"]
mod source;

pub(crate) use self::{compile::Mode, memory::Buffer};

const API: &str = "MSL on the CPU";

/// What to do without a compiler.
const HELP: &str = "install clang-19, and libclang-rt-19-dev for the sanitizer";

/// Bytes of the largest buffer, so that tests do not fill the machine's memory.
const LARGEST: u64 = 1 << 27;

/// Threads of a workgroup, at most.
const MAX_THREADS: u32 = 1024;

/// The CPU as a device for MSL.
#[derive(Debug)]
pub(crate) struct Msl {
    compiler: Compiler,
    /// Sources and what is made of them.
    folder: TempDir,
    n_kernels: usize,
}

/// A compiled kernel.
#[derive(Debug)]
pub(crate) struct Kernel {
    signature: Signature,
    bindings: Box<[u32]>,
    threads: u32,
    code: Code,
}

#[derive(Debug)]
enum Code {
    Library(Library),
    Program(PathBuf),
}

impl Msl {
    /// A device without kernels.
    ///
    /// # Errors
    ///
    /// [`Error::NoGpu`] where the machine has no clang, or none that can do this.
    pub(crate) fn open(mode: Mode) -> Result<Self> {
        let missing = |reason: String| Error::NoGpu { api: API, reason, help: HELP };
        let compiler =
            Compiler::find(mode).ok_or_else(|| missing("there is no clang".to_owned()))?;
        let folder = TempDir::new().map_err(|e| missing(format!("no place for sources: {e}")))?;
        compiler.compile(&folder.path().join("empty.cpp"), "int main() {}").map_err(missing)?;
        Ok(Self { compiler, folder, n_kernels: 0 })
    }

    /// Compiles the kernel of this number.
    fn make(&self, number: usize, text: &KernelText<'_>) -> Result<Kernel> {
        let bad = |reason| Error::BadKernel { kernel: text.name.to_owned(), reason };
        if !(1..=MAX_THREADS).contains(&text.threads) {
            return Err(bad(format!("{} threads; 1 to {MAX_THREADS} can run", text.threads)));
        }
        let is_program = self.compiler.mode() == Mode::Sanitized;
        let unit = source::translation_unit(text, is_program).map_err(bad)?;
        let source = self.folder.path().join(format!("{number}.cpp"));
        let made = self.compiler.compile(&source, &unit).map_err(bad)?;
        let code = if is_program {
            Code::Program(made)
        } else {
            Code::Library(Library::open(&made).map_err(bad)?)
        };
        let (signature, bindings) = (Signature::new(text), text.bindings.into());
        Ok(Kernel { signature, bindings, threads: text.threads, code })
    }
}

impl Gpu for Msl {
    type Buffer = Buffer;
    type Kernel = Kernel;

    fn describe(&self) -> String {
        format!("{API}, {:?}", self.compiler.mode())
    }

    fn subgroup(&self) -> usize {
        32
    }

    fn largest_buffer(&self) -> u64 {
        LARGEST
    }

    fn allocate(&mut self, bytes: u64, what: &'static str) -> Result<Buffer> {
        Buffer::new(bytes, what)
    }

    fn write(&mut self, buffer: &Buffer, offset: u64, bytes: &[u8]) -> Result<()> {
        check_range(offset, bytes.len(), buffer.size())?;
        buffer.write(usize::try_from(offset).unwrap(), bytes);
        Ok(())
    }

    fn read(&mut self, buffer: &Buffer, offset: u64, bytes: &mut [u8]) -> Result<()> {
        check_range(offset, bytes.len(), buffer.size())?;
        let from = &buffer.bytes()[usize::try_from(offset).unwrap()..];
        bytes.copy_from_slice(&from[..bytes.len()]);
        Ok(())
    }

    fn kernel(&mut self, text: &KernelText<'_>) -> Result<Kernel> {
        self.n_kernels += 1;
        self.make(self.n_kernels, text)
    }

    fn kernels(
        &mut self,
        texts: &[KernelText<'_>],
        progress: &mut dyn FnMut(usize),
    ) -> Result<Vec<Kernel>> {
        let first = self.n_kernels + 1;
        self.n_kernels += texts.len();
        let make = |(i, text)| self.make(first + i, text);
        let made = texts.par_iter().enumerate().map(make).collect();
        progress(texts.len());
        made
    }

    fn run(&mut self, dispatches: &[Dispatch<'_, Self>]) -> Result<()> {
        for dispatch in dispatches {
            dispatch.kernel.signature.check(dispatch, Buffer::size)?;
        }
        dispatches.iter().try_for_each(run_one)
    }
}

/// Runs a dispatch, and checks that it wrote within its buffers.
fn run_one(dispatch: &Dispatch<'_, Msl>) -> Result<()> {
    let result = match &dispatch.kernel.code {
        Code::Library(library) => run_library(library, dispatch),
        Code::Program(program) => program::run(program, dispatch),
    };
    let intact = dispatch.bindings.iter().enumerate().find(|(_, (buffer, _))| !buffer.is_intact());
    let result = match intact {
        Some((i, _)) => Err(format!("it wrote outside of buffer {i}")),
        None => result,
    };
    result.map_err(|reason| {
        let reason = format!("{}: {reason}", dispatch.kernel.signature.name());
        Error::Driver { api: API, doing: "run a kernel", reason }
    })
}

/// Runs a dispatch in this process, its workgroups on all cores.
fn run_library(library: &Library, dispatch: &Dispatch<'_, Msl>) -> Result<(), String> {
    let mut arguments = Arguments::new(dispatch.kernel.threads, dispatch.grid, dispatch.immediates);
    for (&number, &(buffer, offset)) in dispatch.kernel.bindings.iter().zip(dispatch.bindings) {
        arguments.bind(number, buffer, offset);
    }
    let n_groups: u64 = dispatch.grid.iter().map(|&n| u64::from(n)).product();
    let n_cores = thread::available_parallelism().map_or(1, NonZero::get) as u64;
    let n_workers = n_cores.min(n_groups);
    let part = |worker| n_groups * worker / n_workers..n_groups * (worker + 1) / n_workers;
    let arguments = &arguments;
    thread::scope(|scope| {
        let run = |worker| scope.spawn(move || library.run(arguments, part(worker)));
        let workers: Vec<_> = (0..n_workers).map(run).collect();
        workers.into_iter().try_for_each(|worker| worker.join().unwrap())
    })
}
