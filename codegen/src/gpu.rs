//! From graphs to launches on GPUs.
//!
//! ```text
//! expand     ops -> passes over workgroups, with their temps; equal passes once
//! fuse       passes -> launches: chains of local passes, merged side by side
//! seam       the first launch of a segment -> the last one of the segment before
//! scratch    lifetimes over launches -> offsets
//! assemble   launch and formats -> one WGSL module
//! describe   what each pass reads, writes and computes, for people
//! lower      all of it for every model, into a plan and a table of kernels
//! ```

pub mod assemble;
mod describe;
pub mod expand;
pub mod follow;
pub mod fuse;
pub mod lower;
pub mod recipes;
pub mod schedule;
pub mod scratch;
pub mod seam;
pub mod target;
