//! Where files are, and how much room there is.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::facts::{Folder, Mount};

/// File systems whose files come over a network, or from another system.
const REMOTE: [&str; 14] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "sshfs",
    "davfs",
    "virtiofs",
    "drvfs",
];

/// The mount that `path`, an absolute one without links, is on, by the text of
/// `/proc/self/mountinfo`.
pub(super) fn mount(text: &str, path: &Path) -> Option<Mount> {
    let mounts = text.lines().filter_map(|line| {
        let (place, about) = line.split_once(" - ")?;
        let folder = PathBuf::from(unescaped(place.split(' ').nth(4)?));
        let mut about = about.split(' ');
        let (kind, source) = (about.next()?, about.next()?);
        path.starts_with(&folder).then(|| (folder, unescaped(kind), unescaped(source)))
    });
    // Of several on one folder, the last one hides the others.
    let (folder, file_system, source) =
        mounts.max_by_key(|(folder, ..)| folder.components().count())?;
    let name = file_system.strip_prefix("fuse.").unwrap_or(&file_system);
    let remote = REMOTE.contains(&name);
    Some(Mount { folder: folder.display().to_string(), source, file_system, remote })
}

/// A field with the characters that the kernel writes as three octal digits.
fn unescaped(field: &str) -> String {
    const ESCAPES: [(&str, &str); 4] =
        [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")];
    ESCAPES.iter().fold(field.to_owned(), |text, (escape, to)| text.replace(escape, to))
}

/// A folder that the program writes, or would make.
pub(super) fn folder(path: &Path) -> Folder {
    let existing = path.ancestors().find(|folder| folder.is_dir());
    Folder {
        path: path.display().to_string(),
        bytes: bytes(path),
        free: existing.and_then(free),
        writable: existing.and_then(writable),
    }
}

/// Bytes of the files in a folder, not in those below.
fn bytes(path: &Path) -> u64 {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let files = entries.filter_map(|entry| entry.metadata().ok()).filter(fs::Metadata::is_file);
    files.map(|file| file.len()).sum()
}

/// Bytes that the user can still write where `path` is.
#[cfg(unix)]
fn free(path: &Path) -> Option<u64> {
    let about = rustix::fs::statvfs(path).ok()?;
    about.f_bavail.checked_mul(about.f_frsize)
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "not every system says")]
fn writable(path: &Path) -> Option<bool> {
    use rustix::fs::{Access, access};
    Some(access(path, Access::WRITE_OK | Access::EXEC_OK).is_ok())
}

/// Whether Linux tells the truth about what of the file is in memory: only to who may write it.
#[cfg(unix)]
pub(super) fn tells_residence(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

#[cfg(not(unix))]
fn free(_: &Path) -> Option<u64> {
    None
}

#[cfg(not(unix))]
fn writable(_: &Path) -> Option<bool> {
    None
}

#[cfg(not(unix))]
pub(super) fn tells_residence(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:26 / /mnt/big\\040models rw - nfs4 server:/big\\040models rw,vers=4.2
31 22 0:27 / /mnt/far rw master:2 - fuse.sshfs me@far: rw
32 22 8:2 / /mnt ro - xfs /dev/sdb1 rw
";

    #[test]
    fn the_mount_of_a_file_is_found() {
        let of = |path: &str| mount(MOUNTS, Path::new(path)).unwrap();
        let big = of("/mnt/big models/flash.gguf");
        assert_eq!(
            (&*big.file_system, &*big.source, big.remote),
            ("nfs4", "server:/big models", true)
        );
        assert_eq!(big.folder, "/mnt/big models");
        assert!(of("/mnt/far/x").remote);
        assert_eq!(of("/mnt/farther/x").file_system, "xfs");
        let top = of("/models/flash.gguf");
        assert_eq!((&*top.file_system, &*top.folder, top.remote), ("ext4", "/", false));
    }

    #[test]
    fn broken_lists_of_mounts_are_no_mounts() {
        for text in ["", " - ", "22 1 8:1 / / rw\n", "a b c d / - ext4", "\u{0} - x y\n1 2 3 4"] {
            assert_eq!(mount(text, Path::new("/x")), None, "{text}");
        }
    }

    #[test]
    fn folders_need_not_be_there() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("file"), "12345").unwrap();
        let known = folder(home.path());
        assert_eq!((known.bytes, known.path), (5, home.path().display().to_string()));
        assert!(!cfg!(unix) || (known.free.unwrap() > 0 && known.writable == Some(true)));
        let later = folder(&home.path().join("a/b"));
        assert_eq!((later.bytes, later.writable), (0, known.writable));
    }
}
