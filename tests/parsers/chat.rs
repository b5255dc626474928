//! Tests of `ds4::chat`.
