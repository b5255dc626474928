//! The CPU: reference for every other device, and fast enough for small models.

pub mod ops;
mod parallel;
pub mod rows;
pub(crate) mod simd;
pub mod views;
