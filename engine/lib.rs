//! The engine: binds a GGUF file to the generated plan and runs it.
//!
//! Imports point downward: `cli` > `serve`, `verify` > `schedule` > `generate` > `kv`, `perplexity` > `session` >
//! `model` > `device` > the generated plan; `quantize`, `grammar`, `sample`, `tokenizer`, `chat`, `formats` and `gguf`
//! know nothing above them. `tests/layers.rs` has the table and fails otherwise.

#![warn(missing_docs)]

pub mod chat;
pub mod cli;
pub mod device;
pub mod formats;
pub mod generate;
pub mod gguf;
pub mod grammar;
pub mod kv;
pub mod model;
pub mod perplexity;
pub mod quantize;
pub mod sample;
pub mod schedule;
pub mod serve;
pub mod session;
pub mod tokenizer;
pub mod verify;
