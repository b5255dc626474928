//! Modules as the text or code of one target.

use crate::{
    emit::{cpp, msl, spirv},
    gpu::{assemble::Module, target::Target},
    shader::{Shader, ShaderError},
};

/// A kernel for one target.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// Name in tables and of its files.
    pub name: String,
    /// Entry point in the code.
    pub entry: String,
    /// What it computes.
    pub formula: String,
    /// Source text, or SPIR-V words in little-endian bytes.
    pub code: Vec<u8>,
    /// Path of the code below the folder of generated files.
    pub file: String,
    /// The WGSL, with the comment that the code begins with.
    pub wgsl: String,
    /// Path of the WGSL below the folder of generated files.
    pub wgsl_file: String,
    /// Binding numbers that it uses, in the order of its parameters.
    pub bindings: Vec<u32>,
    /// Threads of a workgroup.
    pub threads: u32,
    /// Whether it waits for the kernel before it, and so may begin while that one ends.
    pub waits: bool,
    /// Bytes of each workgroup variable, multiples of 16.
    pub workgroup_bytes: Vec<u32>,
}

/// Why a module has no code.
#[derive(Debug, thiserror::Error)]
pub enum KernelError {
    /// The module is no kernel.
    #[error(transparent)]
    Shader(#[from] ShaderError),
    /// MSL cannot express it.
    #[error(transparent)]
    Msl(#[from] msl::MslError),
    /// SPIR-V cannot express it.
    #[error(transparent)]
    Spirv(#[from] spirv::SpirvError),
    /// Its bodies do not fit workgroup memory together.
    #[error(
        "{name} has {found} bytes of workgroup memory, and {target} at most {most}\n\
         help: smaller tiles in gpu/schedule.rs, or passes that do not share a launch"
    )]
    WorkgroupMemory {
        /// The kernel.
        name: String,
        /// The target.
        target: &'static str,
        /// Bytes that it has.
        found: u32,
        /// Bytes that it may have.
        most: u32,
    },
    /// CUDA or HIP C++ cannot express it.
    #[error(transparent)]
    Cpp(#[from] cpp::CppError),
}

/// What the texts of a target's kernels rely on: it stands once before any number of them.
#[must_use]
pub fn prelude(target: Target) -> String {
    match target {
        Target::Cuda => cpp::prelude(cpp::Dialect::Cuda),
        Target::Hip32 | Target::Hip64 => cpp::prelude(cpp::Dialect::Hip),
        Target::Metal | Target::Vulkan => String::new(),
    }
}

/// Flags for the compiler that makes machine code of a target's texts when they are first run.
#[must_use]
pub const fn flags(target: Target) -> &'static [&'static str] {
    match target {
        Target::Cuda => cpp::NVRTC_FLAGS,
        Target::Hip32 | Target::Hip64 => cpp::CLANG_FLAGS,
        Target::Metal | Target::Vulkan => &[],
    }
}

/// The code of `module` for `target`.
///
/// # Errors
///
/// [`KernelError`] when the module is no kernel or the target cannot express it.
pub fn compile(target: Target, module: &Module) -> Result<Compiled, KernelError> {
    let shader = Shader::parse(&module.name, &module.wgsl)?;
    let (entry, code, bindings, waits) = match target {
        Target::Vulkan => {
            let words = spirv::spirv(&shader)?;
            let code = words.into_iter().flat_map(u32::to_le_bytes).collect();
            (module.name.clone(), code, bindings(&shader), false)
        }
        Target::Metal => {
            let text = msl::msl(&shader)?;
            let code = commented(&module.header, &text.text).into_bytes();
            (text.entry, code, bindings(&shader), false)
        }
        Target::Cuda => of_cpp(cpp::Dialect::Cuda, &shader, module)?,
        Target::Hip32 | Target::Hip64 => of_cpp(cpp::Dialect::Hip, &shader, module)?,
    };
    let (found, most) = (workgroup_bytes(&shader).iter().sum(), target.traits().workgroup_bytes);
    if found > most {
        let name = module.name.clone();
        return Err(KernelError::WorkgroupMemory { name, target: target.name(), found, most });
    }
    Ok(Compiled {
        name: module.name.clone(),
        entry,
        formula: module.header.clone(),
        code,
        file: format!("{}/{}.{}", target.name(), module.name, target.ending()),
        wgsl: commented(&module.header, &module.wgsl),
        wgsl_file: format!("{}/{}.wgsl", target.name(), module.name),
        bindings,
        threads: module.threads,
        waits,
        workgroup_bytes: workgroup_bytes(&shader),
    })
}

/// Binding numbers of the storage buffers, ascending.
fn bindings(shader: &Shader) -> Vec<u32> {
    let globals = shader.module().global_variables.iter();
    let numbers = globals.filter_map(|(_, global)| global.binding.as_ref());
    let mut numbers: Vec<u32> = numbers.map(|resource| resource.binding).collect();
    numbers.sort_unstable();
    numbers
}

/// Bytes of each workgroup variable.
fn workgroup_bytes(shader: &Shader) -> Vec<u32> {
    let module = shader.module();
    let globals = module.global_variables.iter();
    let shared = globals.filter(|(_, global)| global.space == naga::AddressSpace::WorkGroup);
    let bytes = |ty| module.types[ty].inner.size(module.to_ctx());
    shared.map(|(_, global)| bytes(global.ty).next_multiple_of(16)).collect()
}

fn of_cpp(
    dialect: cpp::Dialect,
    shader: &Shader,
    module: &Module,
) -> Result<(String, Vec<u8>, Vec<u32>, bool), KernelError> {
    let options =
        cpp::Options { header: &module.header, resident: module.resident, tensor_cores: true };
    let text = cpp::cpp(shader.module(), shader.info(), dialect, options)?;
    Ok((text.entry, text.text.into_bytes(), text.bindings, text.waits))
}

/// `text` with `header` as comment lines above it.
fn commented(header: &str, text: &str) -> String {
    let lines = header.lines().map(|line| format!("// {line}").trim_end().to_owned() + "\n");
    lines.collect::<String>() + "\n" + text
}
