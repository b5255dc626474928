//! What the emitted text relies on, and the flags that it is to be compiled with.

use super::Dialect;

macro_rules! file {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../../templates/prelude/", $name)))
    };
}

/// Names and texts of the parts of a dialect's prelude, in order.
///
/// The second holds what only the vendor's compiler knows, one instruction in each function; a
/// test that runs kernels elsewhere puts its own in place of it.
#[must_use]
pub fn prelude_parts(dialect: Dialect) -> [(&'static str, &'static str); 6] {
    let [device, hooks] = match dialect {
        Dialect::Cuda => [file!("cuda_device.h"), file!("cuda.h")],
        Dialect::Hip => [file!("hip_device.h"), file!("hip.h")],
    };
    [file!("scalars.h"), device, file!("common.h"), file!("math.h"), file!("packing.h"), hooks]
}

/// The prelude of a dialect, which stands once before any number of kernels.
#[must_use]
pub fn prelude(dialect: Dialect) -> String {
    prelude_parts(dialect).map(|(_, text)| text).concat()
}

/// Flags for NVRTC, next to `--gpu-architecture`. Sums are not contracted to fused ones, so that
/// each target rounds where the template says so. Variables that nothing reads are no mistake:
/// templates name what only some of their uses need.
pub const NVRTC_FLAGS: &[&str] = &["--std=c++17", "--fmad=false", "--diag-suppress=177,550"];

/// Flags for clang and hiprtc, next to `--offload-arch`.
pub const CLANG_FLAGS: &[&str] = &["-std=c++17", "-O3", "-fdeclspec", "-ffp-contract=off"];
