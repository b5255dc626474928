//! Machine code for one generation of GPUs: made side by side, and kept for later runs.
//!
//! A kept file is named by a hash of everything that decides what is in it.

use std::{
    cmp::Reverse,
    ffi::CString,
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::mpsc,
};

use rayon::ThreadPoolBuilder;
use sha2::{Digest, Sha256};

use super::nvrtc::Nvrtc;
use crate::device::{
    Error, Result,
    gpu::{KernelText, Program},
    store::{self, Magic},
};

/// What a file begins with; another layout has another word.
const MAGIC: &Magic = b"ds4cubin";

/// Stack of a thread that compiles: the compiler recurses into expressions.
const STACK: usize = 16 << 20;

/// Makes machine code of kernels for one generation of GPUs.
#[derive(Debug)]
pub struct Compiler {
    nvrtc: Nvrtc,
    prelude: &'static str,
    flags: Vec<String>,
    /// The generation, as in `sm_90`.
    arch: String,
    /// Where machine code is kept, if it is.
    folder: Option<PathBuf>,
    /// Bytes of machine code that were made or found so far.
    bytes: usize,
    warnings: Vec<String>,
}

/// The machine code of one kernel.
#[derive(Debug)]
struct Made {
    code: Vec<u8>,
    /// Why a kept file was not used.
    damaged: Option<String>,
    /// Why it is not kept.
    unkept: Option<String>,
}

impl Compiler {
    /// A compiler of the texts of `program` for `arch`, as in `sm_90`.
    ///
    /// # Errors
    ///
    /// [`Error::NoCompiler`] when NVRTC is missing, is too old, or does not know `arch`.
    pub fn open(program: &Program, arch: &str) -> Result<Self> {
        Self::new(Nvrtc::load()?, program, arch)
    }

    pub(super) fn new(nvrtc: Nvrtc, program: &Program, arch: &str) -> Result<Self> {
        nvrtc.check_arch(arch)?;
        let flags = program.flags.iter().map(|&flag| flag.to_owned());
        Ok(Self {
            nvrtc,
            prelude: program.prelude,
            flags: [format!("--gpu-architecture={arch}")].into_iter().chain(flags).collect(),
            arch: arch.to_owned(),
            folder: None,
            bytes: 0,
            warnings: vec![],
        })
    }

    /// The compiler and what it compiles for, in words.
    #[must_use]
    pub fn describe(&self) -> String {
        let ((major, minor), arch) = (self.nvrtc.version(), &self.arch);
        format!("NVRTC {major}.{minor} for {arch}")
    }

    /// Looks for machine code in `folder` before it makes any, and leaves there what it makes.
    /// Without a folder nothing is kept.
    pub fn use_store(&mut self, folder: Option<PathBuf>) {
        self.folder = folder;
    }

    /// The folder that machine code is kept in, if it is, and the bytes that were made or found so
    /// far.
    #[must_use]
    pub fn store(&self) -> Option<(&Path, usize)> {
        self.folder.as_ref().map(|folder| (folder.as_path(), self.bytes))
    }

    /// What went wrong that no work depends on, since the last call.
    pub fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// The machine code of each of `texts`, made on all cores; `progress` hears how many are done.
    ///
    /// # Errors
    ///
    /// [`Error::BadKernel`] when the compiler refuses a text, [`Error::Threads`] when there are no
    /// threads to be had.
    pub fn machine_code(
        &mut self,
        texts: &[KernelText<'_>],
        progress: &mut dyn FnMut(usize),
    ) -> Result<Vec<Vec<u8>>> {
        let pool = ThreadPoolBuilder::new().stack_size(STACK).build();
        let pool = pool.map_err(|source| Error::Threads { threads: texts.len(), source })?;
        let mut made: Vec<Option<Result<Made>>> = texts.iter().map(|_| None).collect();
        let (sender, receiver) = mpsc::channel();
        let this = &*self;
        // The longest take as long as all others: they begin first.
        let mut longest: Vec<_> = texts.iter().enumerate().collect();
        longest.sort_by_key(|(_, text)| Reverse(text.code.len()));
        pool.in_place_scope(|scope| {
            for (index, text) in longest {
                let sender = sender.clone();
                // The receiver outlives the scope.
                scope.spawn(move |_| drop(sender.send((index, this.one(text)))));
            }
            drop(sender);
            for (done, (index, one)) in receiver.iter().enumerate() {
                made[index] = Some(one);
                progress(done + 1);
            }
        });
        let made: Vec<Made> = made.into_iter().flatten().collect::<Result<_>>()?;
        self.bytes += made.iter().map(|one| one.code.len()).sum::<usize>();
        self.warnings.extend(made.iter().filter_map(|one| one.damaged.clone()));
        // What keeps one file from being written keeps all.
        self.warnings.extend(made.iter().find_map(|one| one.unkept.clone()));
        Ok(made.into_iter().map(|one| one.code).collect())
    }

    /// Finds or makes the machine code of one kernel.
    fn one(&self, text: &KernelText<'_>) -> Result<Made> {
        let source = self.source(text);
        let path = self.folder.as_ref().map(|folder| folder.join(self.file_name(&source)));
        let mut damaged = None;
        match path.as_ref().map(|path| store::read(path, MAGIC)) {
            Some(Ok(Some(code))) => return Ok(Made { code, damaged: None, unkept: None }),
            Some(Err(error)) => damaged = Some(error.to_string()),
            Some(Ok(None)) | None => {}
        }
        let bad = |reason| Error::BadKernel { kernel: text.name.to_owned(), reason };
        let source = CString::new(source).map_err(|_| bad("its text has a zero".to_owned()))?;
        let code = Nvrtc::compile(&source, &self.flags)
            .map_err(|said| bad(format!("{} refuses it: {said}", self.describe())))?;
        let unkept = path.and_then(|path| store::write(&path, MAGIC, &code).err());
        Ok(Made { code, damaged, unkept })
    }

    /// What is compiled: lines in messages count from the beginning of the kernel's own text.
    fn source(&self, text: &KernelText<'_>) -> Vec<u8> {
        let line = format!("\n#line 1 \"{}.cu\"\n", text.name);
        [self.prelude.as_bytes(), line.as_bytes(), text.code].concat()
    }

    fn file_name(&self, source: &[u8]) -> String {
        let (major, minor) = self.nvrtc.version();
        let mut hash = Sha256::new();
        let version = format!("NVRTC {major}.{minor}");
        let parts = [version.as_bytes()].into_iter().chain(self.flags.iter().map(String::as_bytes));
        for part in parts.chain([source]) {
            // Lengths keep neighbors apart.
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let mut name = format!("{}-", self.arch);
        for byte in hash.finalize() {
            let _ = write!(name, "{byte:02x}");
        }
        name + ".cubin"
    }
}
