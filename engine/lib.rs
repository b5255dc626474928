//! The engine: binds a GGUF file to the generated plan and runs it.
//!
//! Imports point downward: `cli` > `generate` > `session` > `model` > `device` > the generated plan;
//! `chat`, `tokenizer`, `gguf`, `formats` and `sample` know nothing above them.

#![warn(missing_docs)]

pub mod chat;
pub mod cli;
pub mod device;
pub mod formats;
pub mod generate;
pub mod gguf;
pub mod model;
pub mod perplexity;
pub mod quantize;
pub mod sample;
pub mod session;
pub mod tokenizer;
