//! Tests of `ds4::quantize`.
