//! Converts checkpoints in the vendor's layout to GGUF.
//!
//! A [`Checkpoint`] is a folder with its tensor table; a [`Plan`] says for every tensor of the
//! output where it comes from and how it is packed; [`Plan::write`] streams it. Everything that
//! can be wrong with names, shapes and types is found while planning, before a byte is written.
//!
//! Invariant: nothing here knows a model's sizes; all come from the checkpoint's `config.json`.

#![forbid(unsafe_code)]

mod checkpoint;
mod config;
mod convert;
pub mod encode;
mod error;
mod imatrix;
mod manifest;
mod metadata;
mod plan;
mod recipe;
mod safetensors;
mod source;
mod vocabulary;

pub use checkpoint::Checkpoint;
pub use config::Config;
pub use convert::Progress;
pub use error::{Error, Problem, Result};
pub use imatrix::{Imatrix, ImatrixFault};
pub use plan::{Plan, PlannedTensor, Settings};
pub use recipe::Recipe;
pub use safetensors::{Dtype, HeaderFault};
pub use vocabulary::VocabularyFault;
