//! Tests of `ds4::gguf`.
