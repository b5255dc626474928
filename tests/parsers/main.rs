//! Parsers of everything that comes from outside: properties and hostile inputs.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod chat;
mod gguf;
mod quantize;
#[path = "../support/shared.rs"]
mod shared;
mod tokenize;
mod tokenizer;
mod tokenizer_refusals;
