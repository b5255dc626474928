//! Writes kernels as Metal Shading Language.

use naga::{
    AddressSpace,
    back::msl::{BindTarget, EntryPointResources, Options, PipelineOptions, write_string},
    proc::{BoundsCheckPolicies, BoundsCheckPolicy},
};

use crate::shader::Shader;

/// Buffer index of the constants that are set with each launch.
pub const IMMEDIATES_BUFFER: u8 = 30;

/// Buffer index of what MSL takes for the sizes of buffers. No kernel reads them.
pub const SIZES_BUFFER: u8 = 29;

/// Metal 3.1 (macOS 14).
const LANGUAGE: (u8, u8) = (3, 1);

/// Lengths of threadgroup memory are multiples of this.
const THREADGROUP_ALIGN: u32 = 16;

/// A kernel in MSL and what launching it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MslText {
    /// The text.
    pub text: String,
    /// Name of the kernel function in the text.
    pub entry: String,
    /// Threads of a threadgroup along x, y, z.
    pub threads: [u32; 3],
    /// Bytes of each threadgroup argument by index, to be set with each launch; multiples of 16.
    pub threadgroup_bytes: Vec<u32>,
    /// Whether the kernel has constants at [`IMMEDIATES_BUFFER`].
    pub has_immediates: bool,
    /// Whether the kernel has a parameter at [`SIZES_BUFFER`].
    pub has_sizes: bool,
}

/// Why a kernel has no MSL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MslError {
    /// A matrix of a size that MSL lacks.
    #[error("expected matrices of 8 x 8 (coop_mat8x8), found {columns} x {rows}: MSL has no other")]
    MatrixSize {
        /// Columns.
        columns: u32,
        /// Rows.
        rows: u32,
    },
    /// More buffers than there are indices.
    #[error("expected binding numbers below {SIZES_BUFFER}, found {0}")]
    Binding(u32),
    /// The writer cannot express the kernel.
    #[error("the MSL writer fails: {0}")]
    Writer(String),
}

/// `shader` in MSL, with the buffer of binding `n` at index `n`.
///
/// The text does what the kernel says and no more: no checks of indices, loops or divisors, and
/// threadgroup memory begins with any contents.
///
/// # Errors
///
/// [`MslError`] when MSL cannot express the kernel.
pub fn msl(shader: &Shader) -> Result<MslText, MslError> {
    check_matrices(shader)?;
    let entry = shader.entry();
    let resources = EntryPointResources {
        resources: bindings(shader)?,
        immediates_buffer: Some(IMMEDIATES_BUFFER),
        sizes_buffer: Some(SIZES_BUFFER),
    };
    let options = Options {
        lang_version: LANGUAGE,
        per_entry_point_map: [(entry.name.clone(), resources)].into_iter().collect(),
        bounds_check_policies: unchecked(),
        zero_initialize_workgroup_memory: false,
        force_loop_bounding: false,
        emit_int_div_checks: false,
        fake_missing_bindings: false,
        ..Options::default()
    };
    let written = write_string(&shader.module, &shader.info, &options, &PipelineOptions::default());
    let (text, info) = written.map_err(|error| MslError::Writer(error.to_string()))?;
    let name = info.entry_point_names.into_iter().next();
    let name = name.unwrap_or_else(|| Ok(entry.name.clone()));
    let uses = shader.info.get_entry_point(0);
    let globals = || shader.module.global_variables.iter().filter(|(g, _)| !uses[*g].is_empty());
    let of_space = |space| globals().filter(move |(_, global)| global.space == space);
    let bytes = |ty| shader.module.types[ty].inner.size(shader.module.to_ctx());
    Ok(MslText {
        entry: name.map_err(|error| MslError::Writer(error.to_string()))?,
        threads: entry.workgroup_size,
        threadgroup_bytes: of_space(AddressSpace::WorkGroup)
            .map(|(_, global)| bytes(global.ty).next_multiple_of(THREADGROUP_ALIGN))
            .collect(),
        has_immediates: of_space(AddressSpace::Immediate).next().is_some(),
        has_sizes: text.contains("_mslBufferSizes&"),
        text,
    })
}

/// The buffers of `shader`, each at its binding number.
fn bindings(shader: &Shader) -> Result<naga::back::msl::BindingMap, MslError> {
    let globals = shader.module.global_variables.iter();
    let binding = |binding: naga::ResourceBinding| match u8::try_from(binding.binding) {
        Ok(slot) if slot < SIZES_BUFFER => {
            let target = BindTarget { buffer: Some(slot), mutable: true, ..BindTarget::default() };
            Ok((binding, target))
        }
        _ => Err(MslError::Binding(binding.binding)),
    };
    globals.filter_map(|(_, global)| global.binding).map(binding).collect()
}

/// The writer would spell other sizes, but MSL has no such types.
fn check_matrices(shader: &Shader) -> Result<(), MslError> {
    for (_, ty) in shader.module.types.iter() {
        if let naga::TypeInner::CooperativeMatrix { columns, rows, .. } = ty.inner {
            let (columns, rows) = (columns as u32, rows as u32);
            if (columns, rows) != (8, 8) {
                return Err(MslError::MatrixSize { columns, rows });
            }
        }
    }
    Ok(())
}

/// Indices are right by construction: tests compare every kernel with the ops of the CPU.
pub(super) fn unchecked() -> BoundsCheckPolicies {
    BoundsCheckPolicies {
        index: BoundsCheckPolicy::Unchecked,
        buffer: BoundsCheckPolicy::Unchecked,
        image_load: BoundsCheckPolicy::Unchecked,
        binding_array: BoundsCheckPolicy::Unchecked,
    }
}
