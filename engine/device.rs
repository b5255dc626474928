//! Runs steps of a plan.

pub mod cpu;
