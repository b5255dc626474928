//! Reference results of ds4-tiny: logits, hidden states and greedy continuations.
//!
//! The references come from an independent implementation (`../shared/golden/README.md`); nothing
//! here is ever refreshed from the engine's own output. The tests need the folder `../shared`
//! beside the checkout and say so when it is missing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod perplexity;
mod reference;
#[path = "../support/shared.rs"]
mod shared;
mod vectors;

use shared::shared;
