//! Tests of `ds4::chat`.

mod fixtures;
mod messages;
mod properties;
mod stream;
