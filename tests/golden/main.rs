//! Reference results of ds4-tiny: logits, hidden states and greedy continuations.
//!
//! The references come from an independent implementation; nothing here is ever refreshed from the
//! engine's own output. `ds4-tiny/` has those of `models/ds4-tiny.gguf`, made by `make.py`. The
//! other tests need the folder `../shared` beside the checkout (`golden/README.md` in it tells how
//! its vectors were made) and say so when it is missing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod needles;
mod perplexity;
#[path = "../support/random.rs"]
#[expect(dead_code, reason = "documents need whole numbers")]
mod random;
mod reference;
#[path = "../support/shared.rs"]
mod shared;
mod vectors;

use shared::shared;
