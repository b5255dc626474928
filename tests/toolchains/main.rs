//! Kernels through the compilers of GPU vendors, and on the CPU in place of the GPU.
//!
//! ```text
//! nvrtc.rs   CUDA text to machine code, and what is in it
//! hip.rs     HIP text to assembly, and what is in it
//! sweep.rs   every generated kernel through both, and what is wrong with it
//! hot.rs     what is asked of the machine code of kernels that matter: tables
//! ahead.rs   loads of weights before the first wait
//! cpu.rs     either text as a program for this machine, a fiber for each thread
//! ```
//!
//! A compiler that is missing is said so and its tests pass: NVRTC is found through `DS4_NVRTC`
//! (path of the library) or by its usual names, the disassembler through `DS4_NVDISASM` or `PATH`,
//! clang as `clang++-19` or `DS4_CLANG`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use ds4_codegen::emit::cpp::{self, CppText, Dialect, Options};
use naga::valid::{Capabilities, ShaderStages, SubgroupOperationSet, ValidationFlags, Validator};

mod ahead;
mod code;
mod cpu;
#[path = "../support/generated.rs"]
mod generated;
mod hip;
mod hot;
mod language;
mod memory;
mod numbers;
mod nvrtc;
mod parallel;
mod sass;
#[expect(dead_code, reason = "no reference data is needed here")]
#[path = "../support/shared.rs"]
mod shared;
mod sweep;
mod tiles;

/// A kernel of WGSL as C++.
///
/// # Panics
///
/// When naga or the writer refuses it.
#[track_caller]
fn write(dialect: Dialect, wgsl: &str) -> CppText {
    let module = match naga::front::wgsl::parse_str(wgsl) {
        Ok(module) => module,
        Err(error) => panic!("{}", error.emit_to_string(wgsl)),
    };
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::all());
    let validator = validator
        .subgroup_stages(ShaderStages::COMPUTE)
        .subgroup_operations(SubgroupOperationSet::all());
    let info = match validator.validate(&module) {
        Ok(info) => info,
        Err(error) => panic!("{}", error.emit_to_string(wgsl)),
    };
    let options = Options { header: "", resident: 0, tensor_cores: true };
    cpp::cpp(&module, &info, dialect, options).unwrap()
}

/// The prelude and these kernels: one translation unit.
fn unit(dialect: Dialect, kernels: &[CppText]) -> String {
    let mut text = cpp::prelude(dialect);
    for kernel in kernels {
        text.push_str(&kernel.text);
    }
    text
}

/// Numbers without order, the same in each run.
#[derive(Debug)]
struct Random(u64);

impl Random {
    /// Any 32 bits.
    fn word(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 32) as u32
    }

    fn words(&mut self, n: usize) -> Vec<u32> {
        (0..n).map(|_| self.word()).collect()
    }
}
