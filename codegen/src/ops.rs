//! The ops: one file each, with formula, argument table and source.
//!
//! An argument table is the signature of the op's CPU function and the contract that the graph
//! verifier checks: shapes are written in letters, which must mean the same in every argument.

use ds4_plan::Format;

pub use form::{Extent, Form, Pass, Temp, TempPlace};

mod activations;
mod attention;
mod cache;
mod compressor;
mod embed;
mod experts;
mod form;
mod hyper;
mod indexer;
mod matmul;
mod norm;
mod rope;
mod router;
mod sample;

#[cfg(test)]
pub(crate) use activations::ADD;

/// What an op is, independent of where it is used.
#[derive(Debug)]
pub struct Op {
    /// Name, also that of its CPU function.
    pub name: &'static str,
    /// What it computes.
    pub formula: &'static str,
    /// Section of the model's specification.
    pub source: &'static str,
    /// Letters that its kernels are specialized to, in the order of the CPU function's
    /// const parameters.
    pub letters: &'static str,
    /// Arguments in the order of the CPU function's parameters.
    pub args: &'static [ArgDef],
    /// Its passes on GPUs in steps of few rows.
    pub decode: &'static Form,
    /// Its passes on GPUs in steps of many rows.
    pub prefill: &'static Form,
}

/// One line of an argument table.
#[derive(Debug, Clone, Copy)]
pub struct ArgDef {
    /// Name in the formula.
    pub name: &'static str,
    /// How the op uses it.
    pub kind: ArgKind,
    /// Dimensions, slowest first, as letters, numbers and products of them (`T S*N`).
    ///
    /// `T` stands for the rows of the step (or the logit rows) and is no letter of kernels.
    pub shape: &'static str,
}

/// How an op uses an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgKind {
    /// Reads F32 scratch.
    Read,
    /// Writes F32 scratch, every value of it.
    Write,
    /// Reads U32 scratch.
    ReadIndices,
    /// Writes U32 scratch, every value of it.
    WriteIndices,
    /// Reads the indices of the rows whose logits are wanted.
    LogitRows,
    /// Reads how the token after each row is to be chosen.
    Draws,
    /// Reads packed weights.
    Matrix,
    /// Reads a small F32 weight.
    Vector,
    /// Reads integers of the file.
    Table,
    /// Reads a ring as the former steps left it.
    State,
    /// Writes the step's rows to a ring, after every reader.
    StateMut,
    /// Reads cached rows, those of this step included.
    Pages,
    /// Writes the step's new cached rows, before every reader.
    PagesMut,
    /// Token, position and session of each row.
    Rows,
    /// Token of each row.
    Tokens,
    /// A constant of the model.
    Scalar,
}

/// A constant argument.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// A number.
    F32(f32),
    /// A count.
    Usize(usize),
    /// A variant of an enum of the CPU functions, as in `Direction::Forward`.
    Variant(&'static str),
    /// A struct of the CPU functions with numbers as fields.
    Struct(&'static str, Vec<(&'static str, f32)>),
    /// A table, printed once under this name.
    Table(String, Vec<f32>),
}

/// Formats of matrices that every token reads.
pub const DENSE_FORMATS: &[Format] = &[Format::F32, Format::F16, Format::BF16, Format::Q8_0];

/// Formats of the routed experts.
pub const EXPERT_FORMATS: &[Format] = &[
    Format::F32,
    Format::F16,
    Format::BF16,
    Format::Q8_0,
    Format::Q4_K,
    Format::Q2_K,
    Format::IQ2_XXS,
    Format::MXFP4,
];

/// Shorthand for argument tables.
const fn arg(name: &'static str, kind: ArgKind, shape: &'static str) -> ArgDef {
    ArgDef { name, kind, shape }
}

/// A constant of the model.
const fn scalar(name: &'static str) -> ArgDef {
    ArgDef { name, kind: ArgKind::Scalar, shape: "" }
}

/// Token, position and session of each row.
const ROWS: ArgDef = ArgDef { name: "rows", kind: ArgKind::Rows, shape: "" };

/// Token of each row.
const TOKENS: ArgDef = ArgDef { name: "tokens", kind: ArgKind::Tokens, shape: "" };
