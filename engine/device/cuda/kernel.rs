//! A kernel: a function of loaded machine code.

use std::{ffi::c_void, ptr, sync::Arc};

use cudarc::{
    driver::{CudaContext, CudaFunction, CudaStream, DriverError, result},
    nvrtc::Ptx,
};

use super::{Cuda, card::words};
use crate::device::{
    Error, Result,
    gpu::{Dispatch, KernelText, Signature},
};

/// A function on a card.
#[derive(Debug)]
pub struct Kernel {
    pub(super) signature: Signature,
    function: CudaFunction,
    /// Threads of a workgroup.
    threads: u32,
}

impl Kernel {
    /// Loads the machine code of a text.
    pub(super) fn load(
        context: &Arc<CudaContext>,
        text: &KernelText<'_>,
        code: Vec<u8>,
    ) -> Result<Self> {
        let bad = |reason: String| Error::BadKernel { kernel: text.name.to_owned(), reason };
        if text.entry.contains('\0') {
            return Err(bad("entry has a zero".to_owned()));
        }
        let refused = |error| bad(format!("its machine code cannot be loaded: {}", words(error)));
        let module = context.load_module(Ptx::from_binary(code)).map_err(refused)?;
        let function = module.load_function(text.entry).map_err(refused)?;
        let most = function.max_threads_per_block().map_err(refused)?;
        if i64::from(text.threads) > i64::from(most) {
            let threads = text.threads;
            return Err(bad(format!(
                "it has {threads} threads of a workgroup; its machine code allows {most}"
            )));
        }
        Ok(Self { signature: Signature::new(text), function, threads: text.threads })
    }

    /// Starts a dispatch that fits the kernel and has workgroups; what it uses must outlive what
    /// the stream does.
    pub(super) fn launch(
        &self,
        stream: &CudaStream,
        dispatch: &Dispatch<'_, Cuda>,
    ) -> Result<(), DriverError> {
        let bindings = dispatch.bindings.iter();
        let mut addresses: Vec<u64> =
            bindings.map(|(buffer, offset)| buffer.address(*offset)).collect();
        let mut arguments: Vec<*mut c_void> =
            addresses.iter_mut().map(|address| ptr::from_mut(address).cast()).collect();
        if !dispatch.immediates.is_empty() {
            // The driver only reads it.
            arguments.push(dispatch.immediates.as_ptr().cast_mut().cast());
        }
        let [x, y, z] = dispatch.grid;
        // SAFETY: the function's parameters are, by the text that it was made from, an address for
        // each binding and one struct of all immediates, and the caller checked their numbers. The
        // driver copies them during the call. The kernel keeps to its arrays, which the tests of
        // every launch check.
        unsafe {
            result::launch_kernel(
                self.function.cu_function(),
                (x, y, z),
                (self.threads, 1, 1),
                0,
                stream.cu_stream(),
                &mut arguments,
            )
        }
    }
}
