//! CUDA, loaded at run time: machine code made by NVRTC, on NVIDIA's cards.
//!
//! Everything happens in order on one stream. A run starts all of its kernels and then waits.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use cudarc::driver::CudaStream;

use self::{
    card::{Card, failed, words},
    launch::Replay,
    memory::Staging,
    nvrtc::Nvrtc,
};
use super::{
    Error, Result,
    gpu::{
        Dispatch, Gpu, KernelText, Program,
        upload::{Queue, Upload},
    },
    store,
};

mod card;
mod compiler;
mod kernel;
mod launch;
mod list;
mod memory;
mod nvrtc;
#[cfg(test)]
mod tests;
mod timed;
mod upload;

pub use compiler::Compiler;
pub use kernel::Kernel;
pub use memory::Buffer;

pub(super) use list::devices;

/// Name of the API in errors.
const API: &str = "CUDA";

/// A card that runs machine code.
#[derive(Debug)]
pub struct Cuda {
    card: Card,
    stream: Arc<CudaStream>,
    compiler: Compiler,
    /// What copies go through, once there was one.
    staging: Option<Staging>,
    replay: Replay,
}

/// The folder where the user's machine code is kept, if the system names one.
#[must_use]
pub fn store_folder() -> Option<PathBuf> {
    store::folder("cuda")
}

impl Cuda {
    /// Opens the card of number `wanted`, or the first one, for kernels of `program`.
    ///
    /// # Errors
    ///
    /// [`Error::NoGpu`] without a driver or card, or without the one that is wanted,
    /// [`Error::Unsuitable`] when the card is too old, [`Error::NoCompiler`] when NVRTC is missing
    /// or fits neither card nor driver, [`Error::Driver`] when the card cannot be opened.
    pub fn open(program: &Program, wanted: Option<usize>) -> Result<Self> {
        let card = Card::open(wanted)?;
        let nvrtc = Nvrtc::load()?;
        check_versions(nvrtc.version(), card.driver)?;
        let compiler = Compiler::new(nvrtc, program, &card.arch)?;
        let stream = card.context.new_stream().map_err(failed("make a stream"))?;
        Ok(Self { card, stream, compiler, staging: None, replay: Replay::default() })
    }

    /// Looks for machine code in `folder` before making any, and leaves there what is made. A file
    /// that is damaged is a warning. Without a folder nothing is kept.
    pub fn use_store(&mut self, folder: Option<PathBuf>) {
        self.compiler.use_store(folder);
    }

    /// The folder that machine code is kept in, if it is, and the bytes that were made or found so
    /// far.
    #[must_use]
    pub fn store(&self) -> Option<(&Path, usize)> {
        self.compiler.store()
    }

    /// Checks a dispatch against its kernel and the card's limits.
    fn check(&self, dispatch: &Dispatch<'_, Self>) -> Result<()> {
        let signature = &dispatch.kernel.signature;
        signature.check(dispatch, Buffer::size)?;
        let limits = self.card.max_grid;
        if dispatch.grid.iter().zip(&limits).all(|(groups, limit)| groups <= limit) {
            return Ok(());
        }
        let reason = format!("{:?} workgroups; the device allows {limits:?}", dispatch.grid);
        Err(Error::BadDispatch { kernel: signature.name().to_owned(), reason })
    }
}

impl Gpu for Cuda {
    type Buffer = Buffer;
    type Kernel = Kernel;

    fn describe(&self) -> String {
        format!("{API}, {}", self.card.name)
    }

    fn subgroup(&self) -> usize {
        32
    }

    fn allocate(&mut self, bytes: u64, what: &'static str) -> Result<Buffer> {
        Buffer::new(&self.stream, bytes, what)
    }

    fn free_memory(&mut self) -> Result<Option<u64>> {
        let (free, _) = self.card.context.mem_get_info().map_err(failed("ask for free memory"))?;
        Ok(Some(free as u64))
    }

    fn allocate_all(&mut self, sizes: &[u64], what: &'static str) -> Result<Vec<Buffer>> {
        Buffer::several(&self.stream, sizes, what)
    }

    fn upload(&mut self, upload: &Upload<'_, Buffer>, progress: &mut dyn FnMut(u64)) -> Result<()> {
        upload::run(&self.stream, upload, &Queue::default(), progress)
    }

    fn load(
        &mut self,
        texts: &[KernelText<'_>],
        upload: &Upload<'_, Buffer>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Vec<Kernel>> {
        let Self { card, stream, compiler, .. } = self;
        let queue = &Queue::default();
        thread::scope(|scope| {
            let make = || {
                let made = compiler.load(card, texts, &mut |_| {});
                // Weights without kernels are of no use.
                made.inspect_err(|_| queue.stop())
            };
            let kernels =
                thread::Builder::new().name("kernels".to_owned()).spawn_scoped(scope, make);
            let kernels = kernels.map_err(|source| Error::NoThreads { source })?;
            let uploaded = upload::run(stream, upload, queue, progress);
            let kernels =
                kernels.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            uploaded.map(|()| kernels)
        })
    }

    fn write(&mut self, buffer: &Buffer, offset: u64, bytes: &[u8]) -> Result<()> {
        memory::bind(&self.stream)?;
        let staging = match &mut self.staging {
            Some(staging) => staging,
            empty => empty.insert(Staging::new(&self.stream)?),
        };
        staging.write(buffer, offset, bytes)
    }

    fn read(&mut self, buffer: &Buffer, offset: u64, bytes: &mut [u8]) -> Result<()> {
        buffer.read(offset, bytes)
    }

    fn copy(&mut self, from: (&Buffer, u64), to: (&Buffer, u64), len: u64) -> Result<()> {
        from.0.copy(from.1, to, len)
    }

    fn kernel(&mut self, text: &KernelText<'_>) -> Result<Kernel> {
        let mut kernels = self.kernels(std::slice::from_ref(text), &mut |_| {})?;
        Ok(kernels.pop().expect("there is a kernel for each text"))
    }

    fn kernels(
        &mut self,
        texts: &[KernelText<'_>],
        progress: &mut dyn FnMut(usize),
    ) -> Result<Vec<Kernel>> {
        self.compiler.load(&self.card, texts, progress)
    }

    fn take_warnings(&mut self) -> Vec<String> {
        self.compiler.take_warnings()
    }

    fn run(&mut self, dispatches: &[Dispatch<'_, Self>]) -> Result<()> {
        for dispatch in dispatches {
            self.check(dispatch)?;
        }
        memory::bind(&self.stream)?;
        let failed_at = |doing, kernels: &str, error| {
            let reason = format!("{}, in {kernels}", words(error));
            Error::Driver { api: API, doing, reason }
        };
        let full: Vec<_> = dispatches.iter().filter(|d| !d.grid.contains(&0)).collect();
        let names = || full.iter().map(|d| d.kernel.signature.name()).collect::<Vec<_>>();
        let launches = full.iter().map(|dispatch| dispatch.kernel.launch(dispatch)).collect();
        let started = self.replay.start(&self.stream, launches).map_err(|(place, error)| {
            let kernels = place.map_or_else(|| names().join(" or "), |n| names()[n].to_owned());
            failed_at("start kernels", &kernels, error)
        });
        // Waited for in any case: what was started uses the buffers.
        let ended = self.stream.synchronize();
        let ended = ended.map_err(|error| failed_at("run kernels", &names().join(" or "), error));
        started.and(ended)
    }

    fn run_timed(&mut self, dispatches: &[Dispatch<'_, Self>]) -> Result<Vec<Duration>> {
        timed::run(self, dispatches)
    }
}

/// Checks that the driver loads what the compiler makes.
fn check_versions(nvrtc: (i32, i32), driver: (i32, i32)) -> Result<()> {
    if nvrtc.0 <= driver.0 {
        return Ok(());
    }
    let reason = format!(
        "version {}.{} makes machine code for drivers of CUDA {}; this one is of CUDA {}.{}",
        nvrtc.0, nvrtc.1, nvrtc.0, driver.0, driver.1
    );
    let help = "update NVIDIA's driver, or install the NVRTC of the driver's major version";
    Err(Error::NoCompiler { compiler: nvrtc::NAME, reason, help })
}
