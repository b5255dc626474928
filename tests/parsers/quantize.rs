//! Tests of `ds4::quantize`.

mod blocks;
mod checkpoints;
mod encoders;
mod imatrix;
mod independent;
mod refusals;
mod vendor;
