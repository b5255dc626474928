//! Reads and writes GGUF files.

mod value;
mod write;

pub use value::{Value, ValueType};
pub use write::{Layout, NewTensor, Overwrite, WriteError, Writer};
