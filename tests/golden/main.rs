//! Reference results of ds4-tiny: logits, hidden states and greedy continuations.
//!
//! The references come from an independent implementation (`../shared/golden/README.md`); nothing
//! here is ever refreshed from the engine's own output. The tests need the folder `../shared`
//! beside the checkout and say so when it is missing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod perplexity;
mod reference;
mod vectors;

use std::path::PathBuf;

/// A file or folder of the reference data, or `None` with a printed reason.
fn shared(path: &str) -> Option<PathBuf> {
    let full = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    if full.exists() {
        return Some(full);
    }
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    {
        eprintln!("skipped: {} is not there", full.display());
    }
    None
}
