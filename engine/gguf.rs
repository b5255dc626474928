//! Reads and writes GGUF files.

mod value;

pub use value::{Value, ValueType};
