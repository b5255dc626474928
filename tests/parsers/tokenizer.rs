//! Tests of `ds4::tokenizer`.
