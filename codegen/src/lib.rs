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
//! The generator is pure: it probes no device, runs no compiler, reads no file, and writes the
//! same bytes on every machine.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod emit;
pub mod graph;
pub mod lower;
pub mod memory;
pub mod model;
pub mod ops;
pub mod rope;
pub mod stage;
pub mod verify;

/// Tokens of one page of the cache: a multiple of every compression ratio, small enough that a
/// short conversation wastes little.
pub const PAGE_TOKENS: usize = 256;

/// Everything that the generator writes, by file name.
///
/// # Errors
///
/// [`verify::Invalid`] when the description of a model is wrong.
pub fn generate() -> Result<Vec<(String, String)>, verify::Invalid> {
    let program = lower::lower(&model::MODELS)?;
    Ok(emit::emit(&program))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generating_twice_gives_the_same_bytes() {
        assert_eq!(generate().unwrap(), generate().unwrap());
    }

    #[test]
    fn every_plan_is_written_with_its_launches() {
        let files = generate().unwrap();
        let text = |name: &str| &files.iter().find(|(file, _)| file == name).unwrap().1;
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
