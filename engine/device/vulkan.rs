//! Vulkan, loaded at run time: SPIR-V on GPUs of any vendor, and on CPUs for tests.
//!
//! A run is one command buffer with a barrier after each dispatch, submitted and waited for.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use ash::vk;

use self::{
    commands::{Commands, PipelineRun},
    context::{Context, Owned},
    memory::Place,
    sets::Sets,
    store::Store,
    timestamps::Timestamps,
};
use super::{
    Error, Result,
    gpu::{Dispatch, Gpu, KernelText, check_range},
};

mod choose;
mod commands;
mod context;
mod kernel;
mod list;
mod memory;
mod sets;
mod store;
#[cfg(test)]
mod tests;
mod timestamps;

pub use kernel::Kernel;
pub use memory::Buffer;
pub use store::store_folder;

pub(super) use list::devices;

/// Name of the API in errors.
const API: &str = "Vulkan";

/// Bytes that are copied at a time between the host and memory that it does not see.
const STAGING: u64 = 16 << 20;

/// A device that runs SPIR-V.
#[derive(Debug)]
pub struct Vulkan {
    context: Arc<Context>,
    commands: Commands,
    sets: Sets,
    cache: Owned<vk::PipelineCache>,
    /// Where buffers are.
    place: Place,
    /// What copies go through, once there was one.
    staging: Option<Buffer>,
    /// Where machine code is kept, if it is.
    store: Option<Store>,
    warnings: Vec<String>,
}

impl Vulkan {
    /// Opens the best device that can run the kernels: one with its own memory rather than one
    /// that shares the CPU's, and software last. `wanted` is a device's number or a part of its
    /// name.
    ///
    /// # Errors
    ///
    /// [`Error::NoGpu`] without a loader or device, or without the one that is wanted,
    /// [`Error::Unsuitable`] when the device lacks something, [`Error::Driver`] when it cannot be
    /// opened.
    pub fn open(wanted: Option<&str>) -> Result<Self> {
        let context = Context::open(wanted)?;
        let shares_memory = [vk::PhysicalDeviceType::INTEGRATED_GPU, vk::PhysicalDeviceType::CPU]
            .contains(&context.profile.kind);
        Self::new(context, if shares_memory { Place::Host } else { Place::Device })
    }

    fn new(context: Arc<Context>, place: Place) -> Result<Self> {
        let cache = store::cache(&context, &[])?;
        Ok(Self {
            commands: Commands::new(&context)?,
            sets: Sets::new(&context),
            cache,
            place,
            staging: None,
            store: None,
            warnings: vec![],
            context,
        })
    }

    /// Begins with the machine code that earlier runs left in `folder`, and leaves there what
    /// kernels are made of when [`Gpu::keep_kernels`] is called. A file that is damaged is a
    /// warning. Without a folder nothing is kept.
    ///
    /// # Errors
    ///
    /// [`Error::Driver`] when the driver refuses a file that is whole.
    pub fn use_store(&mut self, folder: Option<PathBuf>) -> Result<()> {
        let Some(folder) = folder else { return Ok(()) };
        let mut store = Store::new(&folder, &self.context.profile.identity);
        match store.load() {
            Ok(data) => self.cache = store::cache(&self.context, &data)?,
            Err(damaged) => self.warnings.push(damaged.to_string()),
        }
        self.store = Some(store);
        Ok(())
    }

    /// The file that machine code is kept in, if it is, and the bytes that it had when it was
    /// last read or written.
    #[must_use]
    pub fn store(&self) -> Option<(&Path, usize)> {
        self.store.as_ref().map(|store| (store.path(), store.bytes()))
    }

    /// A buffer that the host sees, of [`STAGING`] bytes.
    fn staging(&mut self) -> Result<Buffer> {
        match self.staging.take() {
            Some(buffer) => Ok(buffer),
            None => Buffer::new(&self.context, Place::Host, STAGING, "copies to the device"),
        }
    }

    /// Writes memory that the host does not see.
    fn write_staged(&mut self, buffer: &Buffer, offset: u64, bytes: &[u8]) -> Result<()> {
        let staging = self.staging()?;
        let mut to = offset;
        for part in bytes.chunks(usize::try_from(STAGING).unwrap_or(usize::MAX)) {
            staging.write_mapped(0, part)?;
            let len = part.len() as u64;
            self.commands.run("write a buffer", |recorder| {
                recorder.copy((staging.raw(), 0), (buffer.raw(), to), len);
            })?;
            to += len;
        }
        self.staging = Some(staging);
        Ok(())
    }

    /// Reads memory that the host does not see.
    fn read_staged(&mut self, buffer: &Buffer, offset: u64, bytes: &mut [u8]) -> Result<()> {
        let staging = self.staging()?;
        let mut from = offset;
        for part in bytes.chunks_mut(usize::try_from(STAGING).unwrap_or(usize::MAX)) {
            let len = part.len() as u64;
            self.commands.run("read a buffer", |recorder| {
                recorder.copy((buffer.raw(), from), (staging.raw(), 0), len);
            })?;
            staging.read_mapped(0, part)?;
            from += len;
        }
        self.staging = Some(staging);
        Ok(())
    }

    /// Checks a dispatch against its kernel and the device's limits.
    fn check(&self, dispatch: &Dispatch<'_, Self>) -> Result<()> {
        let signature = &dispatch.kernel.signature;
        signature.check(dispatch, Buffer::size)?;
        let limits = self.context.profile.limits.max_compute_work_group_count;
        if dispatch.grid.iter().zip(&limits).all(|(groups, limit)| groups <= limit) {
            return Ok(());
        }
        let reason = format!("{:?} workgroups; the device allows {limits:?}", dispatch.grid);
        Err(Error::BadDispatch { kernel: signature.name().to_owned(), reason })
    }
}

impl Gpu for Vulkan {
    type Buffer = Buffer;
    type Kernel = Kernel;

    fn describe(&self) -> String {
        format!("{API}, {}", self.context.profile.name)
    }

    fn subgroup(&self) -> usize {
        self.context.profile.subgroup as usize
    }

    fn largest_buffer(&self) -> u64 {
        memory::largest_buffer(&self.context).0
    }

    fn free_memory(&mut self) -> Result<Option<u64>> {
        memory::heap_size(&self.context, self.place).map(Some)
    }

    fn allocate(&mut self, bytes: u64, what: &'static str) -> Result<Buffer> {
        let buffer = Buffer::new(&self.context, self.place, bytes, what)?;
        self.commands.run("clear a buffer", |recorder| recorder.clear(buffer.raw()))?;
        Ok(buffer)
    }

    fn write(&mut self, buffer: &Buffer, offset: u64, bytes: &[u8]) -> Result<()> {
        if buffer.write_mapped(offset, bytes)? {
            return Ok(());
        }
        self.write_staged(buffer, offset, bytes)
    }

    fn read(&mut self, buffer: &Buffer, offset: u64, bytes: &mut [u8]) -> Result<()> {
        if buffer.read_mapped(offset, bytes)? {
            return Ok(());
        }
        self.read_staged(buffer, offset, bytes)
    }

    fn copy(&mut self, from: (&Buffer, u64), to: (&Buffer, u64), len: u64) -> Result<()> {
        let bytes = usize::try_from(len).unwrap_or(usize::MAX);
        check_range(from.1, bytes, from.0.size())?;
        check_range(to.1, bytes, to.0.size())?;
        if len == 0 {
            return Ok(());
        }
        self.commands.run("copy a buffer", |recorder| {
            recorder.copy((from.0.raw(), from.1), (to.0.raw(), to.1), len);
        })
    }

    fn kernel(&mut self, text: &KernelText<'_>) -> Result<Kernel> {
        Kernel::new(&self.context, self.cache.raw(), text)
    }

    fn keep_kernels(&mut self) {
        let Some(store) = &mut self.store else { return };
        if let Err(reason) = store.save(&self.context, &self.cache) {
            self.warnings.push(reason);
        }
    }

    fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    fn run(&mut self, dispatches: &[Dispatch<'_, Self>]) -> Result<()> {
        self.run_with(dispatches, None)
    }

    fn run_timed(&mut self, dispatches: &[Dispatch<'_, Self>]) -> Result<Vec<Duration>> {
        let times = Timestamps::new(&self.context, dispatches.len())?;
        self.run_with(dispatches, Some(&times))?;
        times.read()
    }
}

impl Vulkan {
    /// Runs dispatches, and takes the time before the first and after each.
    fn run_with(
        &mut self,
        dispatches: &[Dispatch<'_, Self>],
        times: Option<&Timestamps>,
    ) -> Result<()> {
        for dispatch in dispatches {
            self.check(dispatch)?;
        }
        let sets = self.sets.bind(dispatches)?;
        self.commands.run("run kernels", |recorder| {
            if let Some(times) = times {
                recorder.reset_times(times);
                recorder.write_time(times, 0);
            }
            for (number, (dispatch, &set)) in (1..).zip(dispatches.iter().zip(&sets)) {
                if number > 1 {
                    recorder.between_dispatches();
                }
                recorder.dispatch(&PipelineRun {
                    pipeline: dispatch.kernel.pipeline.raw(),
                    layout: dispatch.kernel.layout.raw(),
                    set,
                    immediates: dispatch.immediates,
                    grid: dispatch.grid,
                });
                if let Some(times) = times {
                    recorder.write_time(times, number);
                }
            }
        })
    }
}
