//! The data types of a plan: the only thing the generator and the engine share.
//!
//! The generator (`ds4-codegen`) builds these values from the op graph and prints them as Rust;
//! the engine reads the printed text as constants. Everything is `&'static` because on both
//! sides a plan lives as long as the program.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod format;
mod gpu;
pub mod iq2_grid;
mod launch;
mod model;
mod row;
mod work;

pub use format::Format;
pub use gpu::{
    Base, DECLARED_WORKGROUP_BYTES, FEW_ROWS, FIXED_IMMEDIATES, GpuArg, GpuKernel, GpuLaunch,
    GpuPlan, GpuScratch, GpuStep, Grid, Groups, Lengths, Variant,
};
pub use launch::{
    Arg, CachedRows, DRAW_WORDS, Kernel, Launch, Layer, LayerKind, PageLayout, Per, Plan, Ring,
    Role, Scratch, Span, Step, StepKind, WeightSlot, cached, indices, launch, logit_rows, matrix,
    ring, rows, table, vector,
};
pub use model::{Attention, CacheRounding, HyperConnections, Model, Rope, Router, Yarn};
pub use row::RowForm;
pub use work::{Amount, GpuPass, GpuUse, UseKind, Work, WorkPer, touches, work};
