//! The build-time generator: describes the model as an op graph and writes plans from it.

#![forbid(unsafe_code)]
#![warn(missing_docs)]
