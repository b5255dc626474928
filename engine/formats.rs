//! Decodes and encodes the packed formats of weights and cached rows.

pub mod iq2_grid;
