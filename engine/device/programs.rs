//! The plans and kernels of the GPU targets that this build has, as generated.

use super::gpu::Program;

macro_rules! program {
    ($feature:literal, $module:ident, $file:literal, $in_place:literal) => {
        #[cfg(feature = $feature)]
        mod $module {
            include!(concat!(env!("OUT_DIR"), $file));

            pub(super) const PROGRAM: super::Program = super::Program {
                prelude: PRELUDE,
                flags: FLAGS,
                kernels: KERNELS,
                tables: TABLES,
                plans: PLANS,
                in_place: $in_place,
            };
        }
    };
}

program!("cuda", cuda, "/cuda.rs", false);
program!("rocm", hip32, "/hip32.rs", false);
program!("rocm", hip64, "/hip64.rs", false);
program!("metal", msl, "/msl.rs", true);
program!("vulkan", spirv, "/spirv.rs", false);

/// Every target of this build, by the name that `ds4 kernels` has for it.
pub const PROGRAMS: &[(&str, Program)] = &[
    #[cfg(feature = "cuda")]
    ("cuda", cuda::PROGRAM),
    #[cfg(feature = "rocm")]
    ("hip32", hip32::PROGRAM),
    #[cfg(feature = "rocm")]
    ("hip64", hip64::PROGRAM),
    #[cfg(feature = "metal")]
    ("msl", msl::PROGRAM),
    #[cfg(feature = "vulkan")]
    ("spirv", spirv::PROGRAM),
];

/// The program of Vulkan devices.
#[cfg(feature = "vulkan")]
pub const VULKAN: Program = spirv::PROGRAM;

/// The program of CUDA devices.
#[cfg(feature = "cuda")]
pub const CUDA: Program = cuda::PROGRAM;
