//! What the kernels did when they ran, as `tests/results/` keeps it.
//!
//! A file of runs has a line for each kernel, `max error 1.2e-5 spirv NAME`: the target, the name,
//! and the largest error of a value as a part of its row and its own size. It is `-` for a kernel
//! whose results only other kernels read. The name of the file up to the first `.` says where the
//! kernels ran.

use std::{collections::BTreeMap, path::PathBuf};

/// The largest error of each kernel, by target and name.
pub(crate) type Errors = BTreeMap<(String, String), Option<f64>>;

/// The folder of the results.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/results")
}

/// The lines of a file of runs.
pub(crate) fn write(errors: &Errors) -> String {
    let line = |((target, name), error): (&(String, String), &Option<f64>)| {
        let error = error.map_or("-".to_owned(), |error| format!("{error:.1e}"));
        format!("max error {error} {target} {name}\n")
    };
    errors.iter().map(line).collect()
}

/// The errors in the lines of `text` that have some; other output may be among them.
pub(crate) fn read(text: &str) -> Errors {
    let line = |line: &str| {
        let mut words = line.strip_prefix("max error ")?.split(' ');
        let (error, target, name) = (words.next()?, words.next()?, words.next()?);
        let error = if error == "-" { None } else { Some(error.parse().ok()?) };
        Some(((target.to_owned(), name.to_owned()), error))
    };
    text.lines().filter_map(line).collect()
}

/// Whether the results are to be written anew.
pub(crate) fn update() -> bool {
    std::env::var_os("UPDATE_EXPECT").is_some()
}
