//! What every GPU API offers to a GPU device: buffers, kernels, and dispatches in order.
//!
//! It knows nothing about models. One implementation for each API; callers check nothing that
//! these do, and a kernel that keeps to its arrays behaves the same on all of them.

use std::{fmt, time::Duration};

use self::upload::Upload;
use super::{Error, Result};

mod bind;
mod buffers;
mod device;
pub mod kernels;
mod pool;
pub mod repack;
mod room;
mod rows;
mod speed;
#[cfg(test)]
mod tests;
pub mod upload;
mod weights;

pub use device::{GpuDevice, Program};
pub use room::fit;
pub use rows::{describe_rows, lengths};
pub use speed::copy as copy_speed;

/// Offsets of bindings are multiples of this many bytes, which every API accepts.
pub const OFFSET_ALIGNMENT: u64 = 256;

/// Bytes that go through the host at a time where an API does not copy by itself.
const COPIED_AT_ONCE: usize = 16 << 20;

/// Programs and buffers of one GPU API.
///
/// A buffer or kernel belongs to the device that made it, is given back when dropped, and may
/// outlive the device.
pub trait Gpu: Send + fmt::Debug {
    /// Memory that kernels see.
    type Buffer: Send + fmt::Debug;
    /// A program, ready to run.
    type Kernel: Send + fmt::Debug;

    /// The API and the device, in words.
    fn describe(&self) -> String;

    /// Lanes of a subgroup.
    fn subgroup(&self) -> usize;

    /// Bytes of the largest buffer that the device allows, however much memory it has.
    fn largest_buffer(&self) -> u64 {
        u64::MAX
    }

    /// Bytes of memory that buffers can still have, as far as that is known.
    ///
    /// # Errors
    ///
    /// [`Error::Driver`] when the device fails.
    fn free_memory(&mut self) -> Result<Option<u64>> {
        Ok(None)
    }

    /// Reserves `bytes`, all zero; `what` says for what in errors.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`] when there is not enough memory, [`Error::BufferTooLarge`] when the
    /// device has no buffers of this size.
    fn allocate(&mut self, bytes: u64, what: &'static str) -> Result<Self::Buffer>;

    /// Reserves a buffer of each of `sizes`, as [`Gpu::allocate`] does, where the API can in fewer
    /// pieces than there are buffers.
    ///
    /// # Errors
    ///
    /// As [`Gpu::allocate`].
    fn allocate_all(&mut self, sizes: &[u64], what: &'static str) -> Result<Vec<Self::Buffer>> {
        sizes.iter().map(|&bytes| self.allocate(bytes, what)).collect()
    }

    /// Writes `bytes` at `offset`, both in bytes.
    ///
    /// # Errors
    ///
    /// [`Error::BufferRange`] past the end of the buffer, [`Error::Driver`] when the device fails.
    fn write(&mut self, buffer: &Self::Buffer, offset: u64, bytes: &[u8]) -> Result<()>;

    /// Writes the pieces of `upload`, which are made on several threads while others are written;
    /// `progress` hears how many bytes each had.
    ///
    /// # Errors
    ///
    /// What a piece could not be made for, [`Error::NoThreads`], and as [`Gpu::write`]; some pieces
    /// are then written.
    fn upload(
        &mut self,
        upload: &Upload<'_, Self::Buffer>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<()> {
        upload::through_write(self, upload, progress)
    }

    /// Makes kernels and writes the pieces of `upload`, side by side where the API can.
    ///
    /// # Errors
    ///
    /// As [`Gpu::kernels`] and [`Gpu::upload`].
    fn load(
        &mut self,
        texts: &[KernelText<'_>],
        upload: &Upload<'_, Self::Buffer>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Vec<Self::Kernel>> {
        let kernels = self.kernels(texts, &mut |_| {})?;
        self.upload(upload, progress)?;
        Ok(kernels)
    }

    /// Reads into `bytes` from `offset`, both in bytes.
    ///
    /// # Errors
    ///
    /// [`Error::BufferRange`] past the end of the buffer, [`Error::Driver`] when the device fails.
    fn read(&mut self, buffer: &Self::Buffer, offset: u64, bytes: &mut [u8]) -> Result<()>;

    /// Copies `len` bytes on the device, in order with everything else; buffers are given with
    /// where to begin, in bytes, and the ranges do not overlap.
    ///
    /// # Errors
    ///
    /// As [`Gpu::read`] and [`Gpu::write`].
    fn copy(
        &mut self,
        from: (&Self::Buffer, u64),
        to: (&Self::Buffer, u64),
        len: u64,
    ) -> Result<()> {
        let mut piece = vec![0; COPIED_AT_ONCE];
        for done in (0..len).step_by(COPIED_AT_ONCE) {
            let here = usize::try_from(len - done).unwrap_or(COPIED_AT_ONCE).min(COPIED_AT_ONCE);
            self.read(from.0, from.1 + done, &mut piece[..here])?;
            self.write(to.0, to.1 + done, &piece[..here])?;
        }
        Ok(())
    }

    /// Makes a kernel from its text.
    ///
    /// # Errors
    ///
    /// [`Error::BadKernel`] when the API refuses the text or the device cannot hold the kernel.
    fn kernel(&mut self, text: &KernelText<'_>) -> Result<Self::Kernel>;

    /// Makes a kernel from each text, side by side where the API can; `progress` hears how many
    /// are done.
    ///
    /// # Errors
    ///
    /// As [`Gpu::kernel`], and [`Error::NoCompiler`] when the API's compiler cannot be used.
    fn kernels(
        &mut self,
        texts: &[KernelText<'_>],
        progress: &mut dyn FnMut(usize),
    ) -> Result<Vec<Self::Kernel>> {
        let make = |(index, text)| {
            let kernel = self.kernel(text)?;
            progress(index + 1);
            Ok(kernel)
        };
        texts.iter().enumerate().map(make).collect()
    }

    /// Keeps the machine code of the kernels made so far for later runs, where the API can.
    fn keep_kernels(&mut self) {}

    /// What went wrong that no work depends on, since the last call.
    fn take_warnings(&mut self) -> Vec<String> {
        vec![]
    }

    /// Runs the dispatches in order, and returns when all have run; each sees what the ones before
    /// it wrote.
    ///
    /// # Errors
    ///
    /// [`Error::BadDispatch`] before anything runs, when a dispatch does not fit its kernel;
    /// [`Error::Driver`] when the device fails.
    fn run(&mut self, dispatches: &[Dispatch<'_, Self>]) -> Result<()>;

    /// Runs the dispatches as [`Gpu::run`] does and says how long each took, from the end of the
    /// one before it to its own.
    ///
    /// # Errors
    ///
    /// [`Error::Untimed`] where the API or the device has no clock; as [`Gpu::run`].
    fn run_timed(&mut self, _dispatches: &[Dispatch<'_, Self>]) -> Result<Vec<Duration>> {
        Err(Error::Untimed { device: self.describe() })
    }
}

/// A kernel as the generator writes it.
#[derive(Debug, Clone, Copy, Default)]
pub struct KernelText<'a> {
    /// Name in errors.
    pub name: &'a str,
    /// Name of the entry point in the text.
    pub entry: &'a str,
    /// SPIR-V words in the machine's byte order, or source text, without what stands before it
    /// ([`Program::prelude`]).
    pub code: &'a [u8],
    /// Numbers of the storage buffers, ascending; parallel to [`Dispatch::bindings`].
    pub bindings: &'a [u32],
    /// Threads of a workgroup, all along x.
    pub threads: u32,
    /// Whether it waits for the kernel before it, and so may begin while that one ends.
    pub waits: bool,
    /// Bytes of workgroup memory.
    pub workgroup_bytes: u32,
    /// Number of `u32` in [`Dispatch::immediates`].
    pub immediates: usize,
}

/// One run of a kernel.
pub struct Dispatch<'a, G: Gpu + ?Sized> {
    /// What runs.
    pub kernel: &'a G::Kernel,
    /// Workgroups along x, y and z; where one is zero, nothing runs.
    pub grid: [u32; 3],
    /// Buffers and where in them the kernel's arrays begin, in bytes, a multiple of
    /// [`OFFSET_ALIGNMENT`]; parallel to [`KernelText::bindings`].
    pub bindings: &'a [(&'a G::Buffer, u64)],
    /// Values that the kernel is given directly.
    pub immediates: &'a [u32],
}

impl<G: Gpu + ?Sized> fmt::Debug for Dispatch<'_, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dispatch")
            .field("kernel", self.kernel)
            .field("grid", &self.grid)
            .field("bindings", &self.bindings)
            .field("immediates", &self.immediates)
            .finish()
    }
}

/// What a kernel expects of its dispatches.
#[derive(Debug, Clone)]
pub struct Signature {
    name: String,
    bindings: usize,
    immediates: usize,
}

impl Signature {
    /// The signature of a kernel's text.
    #[must_use]
    pub fn new(text: &KernelText<'_>) -> Self {
        let name = text.name.to_owned();
        Self { name, bindings: text.bindings.len(), immediates: text.immediates }
    }

    /// The kernel's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Checks that a dispatch fits the kernel; `size` is the size of a buffer in bytes.
    ///
    /// # Errors
    ///
    /// [`Error::BadDispatch`] with what was expected and found.
    pub fn check<G: Gpu + ?Sized>(
        &self,
        dispatch: &Dispatch<'_, G>,
        size: impl Fn(&G::Buffer) -> u64,
    ) -> Result<()> {
        let bad = |reason| Err(Error::BadDispatch { kernel: self.name.clone(), reason });
        let (expected, found) = (self.bindings, dispatch.bindings.len());
        if expected != found {
            return bad(format!("expected {expected} buffers, found {found}"));
        }
        let (expected, found) = (self.immediates, dispatch.immediates.len());
        if expected != found {
            return bad(format!("expected {expected} immediates, found {found}"));
        }
        for (i, &(buffer, offset)) in dispatch.bindings.iter().enumerate() {
            let size = size(buffer);
            if offset >= size {
                return bad(format!("buffer {i} has {size} bytes and is bound from byte {offset}"));
            }
            if !offset.is_multiple_of(OFFSET_ALIGNMENT) {
                return bad(format!(
                    "buffer {i} is bound from byte {offset}, not a multiple of {OFFSET_ALIGNMENT}"
                ));
            }
        }
        Ok(())
    }
}

/// Checks that `len` bytes from `offset` are in a buffer of `size` bytes.
///
/// # Errors
///
/// [`Error::BufferRange`] where they are not.
pub fn check_range(offset: u64, len: usize, size: u64) -> Result<()> {
    let fits =
        u64::try_from(len).is_ok_and(|len| offset.checked_add(len).is_some_and(|end| end <= size));
    if fits { Ok(()) } else { Err(Error::BufferRange { offset, len, size }) }
}
