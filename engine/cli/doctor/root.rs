//! Files of the system, from a folder that stands for its root.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where `/proc`, `/sys` and `/etc` are.
#[derive(Debug, Clone)]
pub(super) struct Root(PathBuf);

impl Root {
    /// The files under `root`.
    pub(super) fn new(root: &Path) -> Self {
        Self(root.to_owned())
    }

    /// The text of a file, without spaces around it, if it can be read and has one.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        let bytes = fs::read(self.0.join(path)).ok()?;
        let text = String::from_utf8_lossy(&bytes).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// The number that a file has.
    pub(super) fn number(&self, path: &str) -> Option<u64> {
        self.text(path)?.parse().ok()
    }

    /// Names in a folder, in order.
    pub(super) fn names(&self, path: &str) -> Vec<String> {
        let entries = fs::read_dir(self.0.join(path)).into_iter().flatten().flatten();
        let mut names: Vec<_> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort_unstable();
        names
    }
}

/// The value after `key` in lines of keys and values with `separator` between them.
pub(super) fn value<'a>(text: &'a str, key: &str, separator: char) -> Option<&'a str> {
    let line = |line: &'a str| {
        let (found, value) = line.split_once(separator)?;
        (found.trim() == key).then(|| value.trim().trim_matches('"'))
    };
    text.lines().find_map(line)
}

/// The bytes of a value in kB, as `/proc` writes them.
pub(super) fn kilobytes(text: &str, key: &str) -> Option<u64> {
    let number = value(text, key, ':')?.strip_suffix("kB")?.trim().parse::<u64>().ok()?;
    number.checked_mul(1024)
}

#[cfg(test)]
pub(super) mod tests {
    use tempfile::TempDir;

    use super::*;

    /// A root with some files.
    pub(in crate::cli::doctor) fn root(files: &[(&str, &str)]) -> (TempDir, Root) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let root = Root::new(folder.path());
        (folder, root)
    }

    #[test]
    fn values_are_found_by_their_key() {
        let text = "MemTotal:  24 kB\nMemFree: many kB\nSwap: 18446744073709551615 kB\nA=\"b c\"\n";
        assert_eq!(kilobytes(text, "MemTotal"), Some(24 << 10));
        for key in ["Mem", "MemFree", "Swap", "A", ""] {
            assert_eq!(kilobytes(text, key), None, "{key}");
        }
        assert_eq!(value(text, "A", '='), Some("b c"));
    }

    #[test]
    fn what_cannot_be_read_is_unknown() {
        let (_folder, root) = root(&[("sys/a", " 12\n"), ("sys/b", "\n"), ("sys/c", "x")]);
        assert_eq!(
            (root.number("sys/a"), root.text("sys/b"), root.number("sys/c")),
            (Some(12), None, None)
        );
        assert_eq!((root.text("sys"), root.text("no"), root.names("no").len()), (None, None, 0));
        assert_eq!(root.names("sys"), ["a", "b", "c"]);
    }
}
