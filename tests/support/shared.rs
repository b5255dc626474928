//! Reference data that is too large for the repository.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

/// The file or folder `path` of the folder `shared` beside the checkout, or `None` with a reason
/// that is seen.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    if full.exists() {
        return Some(full);
    }
    skipped(&format!("{} is not there", full.display()));
    None
}

/// Says why a test ends early.
pub(crate) fn skipped(reason: &str) {
    // Written directly, since the test runner hides what a passing test prints.
    let mut stderr = io::stderr();
    writeln!(stderr, "skipped: {reason}").unwrap();
}
