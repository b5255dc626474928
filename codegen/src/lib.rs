//! The build-time generator: describes the model as an op graph and writes plans from it.
//!
//! ```text
//! model.rs        the numbers: FLASH, TINY
//! graph/*.rs      the forward pass: ops applied to named tensors, once per step kind
//! ops/*.rs        the ops: formula, argument table, source
//!     | verify    kinds, shapes, one writer per tensor, written before read
//!     | memory    lifetimes -> offsets in one scratch arena
//!     | lower     graphs -> launches and a kernel table
//!     v
//! emit/*.rs       plan.rs, cpu.rs; kernels as CUDA and HIP (emit/cpp)
//! ```
//!
//! Kernels of GPUs begin as templates:
//!
//! ```text
//! stage/*.rs      templates with the constants of one use -> WGSL
//!     v
//! shader/*.rs     WGSL -> a validated module without what targets get wrong
//!     v
//! emit/*.rs       msl.rs, spirv.rs
//! ```
//!
//! The generator is pure: it probes no device, runs no compiler, reads no file, and writes the
//! same bytes on every machine.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod emit;
pub mod gpu;
pub mod graph;
pub mod lower;
pub mod memory;
pub mod model;
pub mod ops;
pub mod rope;
#[cfg(feature = "gpu")]
pub mod shader;
pub mod stage;
pub mod verify;

/// Tokens of one page of the cache: a multiple of every compression ratio, small enough that a
/// short conversation wastes little.
pub const PAGE_TOKENS: usize = 256;

/// A generated file: its path below the folder of generated files, and its bytes.
pub type Output = (String, Vec<u8>);

/// Everything that every build has: the plans, and the dispatch of the CPU device.
///
/// # Errors
///
/// [`verify::Invalid`] when the description of a model is wrong.
pub fn generate() -> Result<Vec<Output>, verify::Invalid> {
    let program = lower::lower(&model::MODELS)?;
    Ok(emit::emit(&program))
}

/// The plans and kernels of one GPU target.
///
/// # Errors
///
/// [`GpuError`] when the description of a model, an op or a template is wrong.
#[cfg(feature = "gpu")]
pub fn generate_gpu(target: gpu::target::Target) -> Result<Vec<Output>, GpuError> {
    let program = lower::lower(&model::MODELS)?;
    let gpu_program = gpu::lower::lower(&program.plans, target)?;
    emit::emit_gpu(&gpu_program, &program.plans)
}

/// Why there are no kernels for a GPU target.
#[cfg(feature = "gpu")]
#[derive(Debug, thiserror::Error)]
pub enum GpuError {
    /// The description of a model is wrong.
    #[error(transparent)]
    Graph(#[from] verify::Invalid),
    /// A template is wrong.
    #[error(transparent)]
    Stage(#[from] stage::StageError),
    /// A kernel has no code for the target.
    #[error(transparent)]
    Kernel(#[from] emit::kernel::KernelError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generating_twice_gives_the_same_bytes() {
        assert_eq!(generate().unwrap(), generate().unwrap());
    }

    #[cfg(feature = "gpu")]
    #[test]
    fn generating_kernels_twice_gives_the_same_bytes() {
        for target in gpu::target::Target::ALL {
            let [one, other] = std::thread::scope(|scope| {
                let runs = [(); 2].map(|()| scope.spawn(|| generate_gpu(target).unwrap()));
                runs.map(|run| run.join().unwrap())
            });
            assert!(!one.is_empty());
            // Not printed whole, since there are megabytes of text.
            let differs = one.iter().zip(&other).find(|(one, other)| one != other);
            assert_eq!(differs.map(|(one, _)| &one.0), None, "{}", target.name());
            assert_eq!(one.len(), other.len(), "{}", target.name());
        }
    }

    #[test]
    fn every_plan_is_written_with_its_launches() {
        let files = generate().unwrap();
        let text = |name: &str| {
            let (_, bytes) = files.iter().find(|(file, _)| file == name).unwrap();
            String::from_utf8(bytes.clone()).unwrap()
        };
        for model in model::MODELS {
            let plan = text(&format!("plan_{}_{}.rs", model.name, model.cache.name()));
            let rounds = plan.contains("ROUND_FP8");
            assert_eq!(rounds, model.cache == ds4_plan::CacheRounding::Rounded, "{}", model.name);
            assert!(plan.contains("launch(EMBED_"), "{}", model.name);
        }
        for kernel in &lower::lower(&model::MODELS).unwrap().kernels {
            assert!(text("cpu.rs").contains(&format!("fn {}", kernel.name)), "{}", kernel.name);
        }
    }
}
