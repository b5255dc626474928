//! Kernels as validated modules: WGSL text in, what the writers of MSL, SPIR-V, CUDA and HIP read
//! out.

use naga::valid::{
    Capabilities, ModuleInfo, ShaderStages, SubgroupOperationSet, ValidationFlags, Validator,
};

pub use lint::Refusal;

mod lint;

/// What kernels may use beyond the core of WGSL: constants set with each launch, subgroups,
/// matrices of tensor cores, halves packed into words, and memory that workgroups share.
const CAPABILITIES: Capabilities = Capabilities::IMMEDIATES
    .union(Capabilities::SUBGROUP)
    .union(Capabilities::SUBGROUP_BARRIER)
    .union(Capabilities::COOPERATIVE_MATRIX)
    .union(Capabilities::MEMORY_DECORATION_COHERENT)
    .union(Capabilities::SHADER_FLOAT16_IN_FLOAT32);

/// A kernel: one compute entry point and what it needs, valid and free of constructs that a
/// target would get wrong.
#[derive(Debug, Clone)]
pub struct Shader {
    pub(crate) module: naga::Module,
    pub(crate) info: ModuleInfo,
}

/// Why a text is no kernel. The report names file, line and column and shows the line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShaderError {
    /// The text is not WGSL.
    #[error("{name} cannot be parsed\n{report}")]
    Parse {
        /// Name of the kernel.
        name: String,
        /// What the parser says.
        report: String,
    },
    /// The text breaks a rule of WGSL.
    #[error("{name} is not valid\n{report}")]
    Invalid {
        /// Name of the kernel.
        name: String,
        /// What the validator says.
        report: String,
    },
    /// The text uses what some target cannot do, or what its writer gets wrong.
    #[error("{name} uses what kernels may not use\n{report}")]
    Refused {
        /// Name of the kernel.
        name: String,
        /// Every construct that is refused; never empty.
        refusals: Vec<Refusal>,
        /// All of them with their lines.
        report: String,
    },
}

impl Shader {
    /// The kernel with the text `wgsl`, called `name` in errors.
    ///
    /// # Errors
    ///
    /// [`ShaderError`] when the text is not WGSL, is not valid, or uses what kernels may not use.
    pub fn parse(name: &str, wgsl: &str) -> Result<Self, ShaderError> {
        let path = format!("{name}.wgsl");
        let module = naga::front::wgsl::parse_str(wgsl).map_err(|error| ShaderError::Parse {
            name: name.to_owned(),
            report: error.emit_to_string_with_path(wgsl, &path),
        })?;
        let refused = lint::refusals(&module);
        if !refused.is_empty() {
            let report =
                |refusal: &naga::WithSpan<Refusal>| refusal.emit_to_string_with_path(wgsl, &path);
            return Err(ShaderError::Refused {
                name: name.to_owned(),
                report: refused.iter().map(report).collect::<Vec<_>>().join("\n"),
                refusals: refused.into_iter().map(naga::WithSpan::into_inner).collect(),
            });
        }
        let mut validator = Validator::new(ValidationFlags::all(), CAPABILITIES);
        validator
            .subgroup_stages(ShaderStages::COMPUTE)
            .subgroup_operations(SubgroupOperationSet::all());
        let info = validator.validate(&module).map_err(|error| ShaderError::Invalid {
            name: name.to_owned(),
            report: error.emit_to_string_with_path(wgsl, &path),
        })?;
        Ok(Self { module, info })
    }

    /// The module.
    pub fn module(&self) -> &naga::Module {
        &self.module
    }

    /// What the validator found out about the module.
    pub fn info(&self) -> &ModuleInfo {
        &self.info
    }

    /// The one entry point.
    pub fn entry(&self) -> &naga::EntryPoint {
        // The lint refuses modules with none.
        &self.module.entry_points[0]
    }
}
