//! A kernel: a function of loaded machine code.

use std::sync::Arc;

use cudarc::{
    driver::{
        CudaContext, CudaFunction,
        sys::CUfunction_attribute::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
    },
    nvrtc::Ptx,
};
use ds4_plan::DECLARED_WORKGROUP_BYTES;

use super::{
    Compiler, Cuda,
    card::{Card, words},
    launch::Launch,
};
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
    /// Whether it may begin while the kernel before it ends.
    overlaps: bool,
    /// Bytes of workgroup memory that a launch gives it.
    given_bytes: u32,
}

impl Compiler {
    /// The kernel of each of `texts` on `card`; `progress` hears how many have machine code.
    pub(super) fn load(
        &mut self,
        card: &Card,
        texts: &[KernelText<'_>],
        progress: &mut dyn FnMut(usize),
    ) -> Result<Vec<Kernel>> {
        let code = self.machine_code(texts, progress)?;
        let load = |(text, code)| Kernel::load(&card.context, card.overlaps, text, code);
        texts.iter().zip(code).map(load).collect()
    }
}

impl Kernel {
    /// Loads the machine code of a text. `overlaps` says whether the card's kernels can wait for
    /// each other.
    pub(super) fn load(
        context: &Arc<CudaContext>,
        overlaps: bool,
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
        let mut given_bytes = 0;
        if text.workgroup_bytes > DECLARED_WORKGROUP_BYTES {
            given_bytes = text.workgroup_bytes;
            let most = CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
            let bytes = i32::try_from(given_bytes).map_err(|error| bad(error.to_string()))?;
            function.set_attribute(most, bytes).map_err(|error| {
                bad(format!("it needs {bytes} bytes of workgroup memory: {}", words(error)))
            })?;
        }
        let (signature, threads) = (Signature::new(text), text.threads);
        Ok(Self { signature, function, threads, overlaps: overlaps && text.waits, given_bytes })
    }

    /// The launch of a dispatch that fits the kernel and has workgroups.
    pub(super) fn launch(&self, dispatch: &Dispatch<'_, Cuda>) -> Launch {
        let addresses = dispatch.bindings.iter().map(|(buffer, offset)| buffer.address(*offset));
        Launch {
            function: self.function.clone(),
            threads: self.threads,
            overlaps: self.overlaps,
            given_bytes: self.given_bytes,
            grid: dispatch.grid,
            addresses: addresses.collect(),
            immediates: dispatch.immediates.to_vec(),
        }
    }
}
