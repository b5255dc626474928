//! Writes GGUF files in one pass: the header first, then every tensor in header order.
//!
//! Invariant: the target path never holds a half-written file. Bytes go to a partial file beside
//! it, which is synced and renamed at the end and removed when the writer is dropped earlier.

mod layout;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use ds4_plan::Format;

use layout::ALIGNMENT;
pub use layout::{Layout, NewTensor};

/// What happens when the target exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// The target is left alone and the writer fails.
    Refuse,
    /// The target is replaced once the whole file has been written.
    Replace,
}

/// Why a GGUF file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The target exists and replacing it was not asked for.
    #[error("{} exists\nhelp: --force replaces it", path.display())]
    Exists {
        /// The target.
        path: PathBuf,
    },
    /// The file system has no room for the file.
    #[error("no space left for {}, which needs {needed_bytes} bytes", path.display())]
    DiskFull {
        /// The target.
        path: PathBuf,
        /// Size of the complete file in bytes.
        needed_bytes: u64,
    },
    /// The system refused an operation on the target or the partial file beside it.
    #[error("cannot write {}", path.display())]
    Io {
        /// The file operated on.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A tensor cannot have this shape in this format.
    #[error("{name}: {dims:?} is not a shape that {format} can hold")]
    Shape {
        /// The tensor.
        name: String,
        /// Its dimensions, innermost first.
        dims: Vec<u64>,
        /// Its format.
        format: Format,
    },
}

/// A file being written; dropping it before [`Writer::finish`] leaves nothing behind.
#[derive(Debug)]
pub struct Writer {
    target: PathBuf,
    partial: PathBuf,
    overwrite: Overwrite,
    /// `None` once the file has been renamed.
    file: Option<BufWriter<File>>,
    layout: Layout,
    /// Tensors written completely.
    tensor: usize,
    /// Bytes of the current tensor written so far.
    written: u64,
}

impl Writer {
    /// Opens the partial file beside `target` and writes the header.
    ///
    /// # Errors
    ///
    /// [`WriteError::Exists`] when the target exists and `overwrite` refuses,
    /// [`WriteError::DiskFull`] and [`WriteError::Io`] from the system.
    pub fn create(target: &Path, layout: Layout, overwrite: Overwrite) -> Result<Self, WriteError> {
        refuse_existing(target, overwrite)?;
        let mut name = target.file_name().unwrap_or_default().to_os_string();
        name.push(".partial");
        let partial = target.with_file_name(name);
        let file = File::create(&partial)
            .map_err(|source| WriteError::Io { path: partial.clone(), source })?;
        let mut writer = Self {
            target: target.to_path_buf(),
            partial,
            overwrite,
            file: Some(BufWriter::with_capacity(1 << 20, file)),
            layout,
            tensor: 0,
            written: 0,
        };
        let header = std::mem::take(&mut writer.layout.header);
        writer.put(&header)?;
        Ok(writer)
    }

    /// Appends data of the current tensor, which is the first one not complete yet.
    ///
    /// # Errors
    ///
    /// [`WriteError::DiskFull`] and [`WriteError::Io`] from the system.
    ///
    /// # Panics
    ///
    /// When `data` is more than the tensor still lacks.
    pub fn write(&mut self, data: &[u8]) -> Result<(), WriteError> {
        let expected = self.layout.tensor_bytes.get(self.tensor).copied().unwrap_or(0);
        self.written += data.len() as u64;
        assert!(
            self.written <= expected,
            "tensor {} has {expected} bytes, not {}",
            self.tensor,
            self.written
        );
        self.put(data)?;
        if self.written == expected {
            let padding = expected.next_multiple_of(ALIGNMENT as u64) - expected;
            let padding = usize::try_from(padding).expect("it is less than the alignment");
            self.put(&[0; ALIGNMENT][..padding])?;
            self.tensor += 1;
            self.written = 0;
        }
        Ok(())
    }

    /// Syncs the file to disk and gives it its name.
    ///
    /// # Errors
    ///
    /// [`WriteError::Exists`] when the target appeared meanwhile and `overwrite` refuses,
    /// [`WriteError::DiskFull`] and [`WriteError::Io`] from the system.
    ///
    /// # Panics
    ///
    /// When a tensor is not complete.
    pub fn finish(mut self) -> Result<(), WriteError> {
        assert_eq!(self.tensor, self.layout.tensor_bytes.len(), "a tensor is not complete");
        let synced = match self.file.as_mut() {
            Some(file) => file.flush().and_then(|()| file.get_ref().sync_all()),
            None => Ok(()),
        };
        synced.map_err(|source| self.error(source))?;
        refuse_existing(&self.target, self.overwrite)?;
        fs::rename(&self.partial, &self.target).map_err(|source| self.error(source))?;
        self.file = None;
        sync_folder(&self.target);
        Ok(())
    }

    fn put(&mut self, data: &[u8]) -> Result<(), WriteError> {
        let written = match self.file.as_mut() {
            Some(file) => file.write_all(data),
            None => Ok(()),
        };
        written.map_err(|source| self.error(source))
    }

    fn error(&self, source: io::Error) -> WriteError {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => WriteError::DiskFull {
                path: self.target.clone(),
                needed_bytes: self.layout.file_bytes,
            },
            _ => WriteError::Io { path: self.partial.clone(), source },
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            // The buffered rest must not be written to a file about to be removed.
            drop(file.into_parts());
            // Nothing can be done about a file that cannot be removed, and the cause of the
            // drop is already being reported.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

fn refuse_existing(target: &Path, overwrite: Overwrite) -> Result<(), WriteError> {
    match (overwrite, target.try_exists()) {
        (Overwrite::Refuse, Ok(true)) => Err(WriteError::Exists { path: target.to_path_buf() }),
        _ => Ok(()),
    }
}

/// Makes a rename durable where folders can be synced; elsewhere the system decides when.
fn sync_folder(target: &Path) {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gguf::{Value, ValueType};

    fn layout() -> Layout {
        let metadata = [("a".to_owned(), Value::Array(ValueType::U8, vec![Value::U8(7)]))];
        let tensor = |name: &str, dims: &[u64]| NewTensor {
            name: name.to_owned(),
            dims: dims.to_vec(),
            format: Format::F16,
        };
        Layout::new(&metadata, &[tensor("x", &[3, 2]), tensor("y", &[1])]).unwrap()
    }

    #[test]
    fn tensors_are_aligned_and_the_size_is_known_before() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("m.gguf");
        let layout = layout();
        let (header, needed) = (layout.header().len(), layout.file_bytes());
        let mut writer = Writer::create(&target, layout, Overwrite::Refuse).unwrap();
        writer.write(&[1; 4]).unwrap();
        writer.write(&[2; 8]).unwrap();
        writer.write(&[3; 2]).unwrap();
        writer.finish().unwrap();
        let bytes = fs::read(&target).unwrap();
        assert_eq!(bytes.len() as u64, needed);
        assert_eq!(header % 32, 0);
        assert_eq!(&bytes[header..header + 14], [1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 0, 0]);
        assert_eq!(&bytes[header + 32..header + 35], [3, 3, 0]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_unfinished_file_leaves_nothing_and_keeps_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("m.gguf");
        fs::write(&target, "old").unwrap();
        let refused = Writer::create(&target, layout(), Overwrite::Refuse).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("{} exists\nhelp: --force replaces it", target.display())
        );
        let mut writer = Writer::create(&target, layout(), Overwrite::Replace).unwrap();
        writer.write(&[1; 4]).unwrap();
        drop(writer);
        assert_eq!(fs::read(&target).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_full_disk_is_reported_with_the_size_needed() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("m.gguf");
        let writer = Writer::create(&target, layout(), Overwrite::Refuse).unwrap();
        let error = writer.error(io::Error::from(io::ErrorKind::StorageFull));
        let expected = format!("no space left for {}, which needs 192 bytes", target.display());
        assert_eq!(error.to_string(), expected);
    }
}
