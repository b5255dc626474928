//! Files that appear under their name only when they are complete.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions, Permissions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process,
};

use anyhow::{Context, Result};

/// A file being written beside its target; dropped before [`AtomicFile::finish`], it is removed.
#[derive(Debug)]
pub(super) struct AtomicFile {
    target: PathBuf,
    partial: PathBuf,
    /// `None` once the file has its name.
    file: Option<BufWriter<File>>,
}

impl AtomicFile {
    /// Begins a file that will replace what is at `target`.
    pub(super) fn create(target: &Path) -> Result<Self> {
        let name = target.file_name();
        let name = name.with_context(|| format!("{} does not name a file", target.display()))?;
        let mut partial_name = OsString::from(".");
        partial_name.push(name);
        partial_name.push(format!(".{}.partial", process::id()));
        let partial = target.with_file_name(partial_name);
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&partial);
        let file = file.with_context(|| format!("cannot write {}", target.display()))?;
        Ok(Self { target: target.to_owned(), partial, file: Some(BufWriter::new(file)) })
    }

    /// Says who may read it.
    pub(super) fn permit(&self, permissions: Permissions) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), |file| file.get_ref().set_permissions(permissions))
    }

    /// Makes the file durable and gives it its name.
    pub(super) fn finish(mut self) -> Result<()> {
        let named = self.publish();
        named.with_context(|| format!("cannot write {}", self.target.display()))
    }

    fn publish(&mut self) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            file.flush()?;
            file.get_ref().sync_all()?;
            fs::rename(&self.partial, &self.target)?;
            self.file = None;
        }
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.write(bytes),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // Nothing can be done about a partial file that cannot be removed.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_when_finished() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        let n_entries = || fs::read_dir(dir.path()).unwrap().count();
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"one").unwrap();
        assert!(!path.exists());
        drop(file);
        assert_eq!(n_entries(), 0);
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"two").unwrap();
        file.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(n_entries(), 1);
    }
}
