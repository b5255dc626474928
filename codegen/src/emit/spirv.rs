//! Writes kernels as SPIR-V.

use naga::back::spv::{Options, WriterFlags, ZeroInitializeWorkgroupMemoryMode, write_vec};

use super::msl::unchecked;
use crate::shader::Shader;

/// SPIR-V 1.6, that of Vulkan 1.3, which has 4 x 8-bit products in its core.
const VERSION: (u8, u8) = (1, 6);

/// Why a kernel has no SPIR-V.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the SPIR-V writer fails: {0}")]
pub struct SpirvError(String);

/// `shader` as the words of a SPIR-V module for Vulkan 1.3, with buffers in descriptor set 0 at
/// their binding numbers and the constants of a launch as push constants.
///
/// The module does what the kernel says and no more: no checks of indices, loops or divisors, and
/// workgroup memory begins with any contents.
///
/// # Errors
///
/// [`SpirvError`] when the writer cannot express the kernel.
pub fn spirv(shader: &Shader) -> Result<Vec<u32>, SpirvError> {
    let mut options = Options {
        lang_version: VERSION,
        bounds_check_policies: unchecked(),
        zero_initialize_workgroup_memory: ZeroInitializeWorkgroupMemoryMode::None,
        force_loop_bounding: false,
        emit_int_div_checks: false,
        use_storage_input_output_16: false,
        ..Options::default()
    };
    // Names and lines are for debuggers; without them the module is a third smaller.
    options.flags.remove(WriterFlags::DEBUG);
    write_vec(&shader.module, &shader.info, &options, None)
        .map_err(|error| SpirvError(error.to_string()))
}
