//! Holds what a run found against what `tests/results/` says.

use std::fs;

use crate::results::{self, Errors};

/// An error may be so many times that of the record: other processors and drivers order sums
/// differently.
const SLACK: f64 = 10.0;

/// Errors below this are as good as none.
const NONE: f64 = 1e-6;

/// Compares the errors of a run with the file `name`, or writes it where `UPDATE_EXPECT` asks for
/// that.
///
/// # Panics
///
/// When the file is about other kernels, or says of one that it is far better than it is.
pub(crate) fn check(name: &str, found: &Errors) {
    let path = results::folder().join(name);
    if results::update() {
        fs::create_dir_all(results::folder()).unwrap();
        return fs::write(&path, results::write(found)).unwrap();
    }
    let recorded = results::read(&fs::read_to_string(&path).unwrap_or_default());
    let mut faults = vec![];
    for ((target, kernel), error) in found {
        match (recorded.get(&(target.clone(), kernel.clone())), error) {
            (None, _) => faults.push(format!("{target} {kernel}: not recorded")),
            (Some(Some(recorded)), Some(error)) if *error > recorded * SLACK + NONE => {
                faults
                    .push(format!("{target} {kernel}: error {error:.1e}, recorded {recorded:.1e}"));
            }
            (Some(recorded), _) if recorded.is_some() != error.is_some() => {
                faults.push(format!("{target} {kernel}: error {error:?}, recorded {recorded:?}"));
            }
            _ => {}
        }
    }
    let gone = recorded.keys().filter(|key| !found.contains_key(*key));
    faults.extend(gone.map(|(target, kernel)| format!("{target} {kernel}: recorded, did not run")));
    assert!(
        faults.is_empty(),
        "tests/results/{name} does not fit:\n{}\nhelp: UPDATE_EXPECT=1 writes it anew",
        faults.join("\n")
    );
}
