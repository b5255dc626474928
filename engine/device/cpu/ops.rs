//! The ops of the plan as functions: one op, one file.
//!
//! Activations are `f32`, row-major, `[T, N]`; `T`, the rows of the step, follows from their
//! length. Weights stay packed and are decoded one span at a time. For each output value the
//! order of arithmetic is the same whatever `T`, the chunking, the threads and the vector width,
//! so results are bit-identical between them.

mod add;
mod attend;
mod compress;
mod dots;
mod embed;
mod experts_down;
mod experts_gate_up;
mod gather;
mod grouped;
mod hadamard;
mod hc_expand;
mod hc_head;
mod hc_mix;
mod hc_reduce;
mod head_norm;
mod index_select;
mod math;
mod matmul;
mod matmul_grouped;
mod matrix;
mod position_bias;
mod ring_store;
mod rms_norm;
mod rope;
mod round_fp4;
mod round_fp8;
mod route;
mod sample;
mod swiglu;

#[cfg(test)]
mod testing;

pub use self::add::add;
pub use self::attend::{attend_all, attend_chosen, attend_window};
pub use self::compress::compress;
pub use self::embed::embed;
pub use self::experts_down::experts_down;
pub use self::experts_gate_up::experts_gate_up;
pub use self::gather::gather;
pub use self::hadamard::hadamard;
pub use self::hc_expand::hc_expand;
pub use self::hc_head::hc_head;
pub use self::hc_mix::{HcEps, hc_mix};
pub use self::hc_reduce::hc_reduce;
pub use self::head_norm::head_norm;
pub use self::index_select::index_select;
pub use self::matmul::matmul;
pub use self::matmul_grouped::matmul_grouped;
pub use self::matrix::Matrix;
pub use self::position_bias::position_bias;
pub use self::ring_store::ring_store;
pub use self::rms_norm::rms_norm;
pub use self::rope::{Direction, rope};
pub use self::round_fp4::round_fp4;
pub use self::round_fp8::round_fp8;
pub use self::route::{route_hash, route_top_k};
pub use self::sample::sample;
pub use self::swiglu::swiglu;
