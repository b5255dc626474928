//! Writes GGUF files in one pass: the header first, then every tensor in header order.
//!
//! Invariant: the target path never holds a half-written file. Bytes go to a partial file beside
//! it, which is synced and renamed at the end and removed when the writer is dropped earlier.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use ds4_plan::Format;

use super::{Value, ValueType};

/// Every tensor's data starts at a multiple of this many bytes (the container's default).
const ALIGNMENT: u64 = 32;

/// Container version.
const VERSION: u32 = 3;

/// One record of the tensor table to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTensor {
    /// Name in the file.
    pub name: String,
    /// Dimensions, innermost first; one to four, none zero.
    pub dims: Vec<u64>,
    /// Packing of the values.
    pub format: Format,
}

impl NewTensor {
    /// Bytes of the tensor's data, without padding.
    ///
    /// # Errors
    ///
    /// [`WriteError::Shape`] when rows are not whole blocks or the size overflows.
    pub fn bytes(&self) -> Result<u64, WriteError> {
        let shape = || WriteError::Shape {
            name: self.name.clone(),
            dims: self.dims.clone(),
            format: self.format,
        };
        let (&width, outer) = self.dims.split_first().ok_or_else(shape)?;
        let row = usize::try_from(width).ok().and_then(|width| self.format.bytes(width));
        let row = row.filter(|_| self.dims.len() <= 4).ok_or_else(shape)?;
        outer
            .iter()
            .try_fold(row as u64, |bytes, &dim| bytes.checked_mul(dim))
            .filter(|&bytes| bytes > 0)
            .ok_or_else(shape)
    }
}

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
    #[error("{} exists", path.display())]
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

/// The header of a file to be written, and the size of everything that follows.
#[derive(Debug, Clone)]
pub struct Layout {
    header: Vec<u8>,
    /// Data bytes of each tensor, without padding.
    tensor_bytes: Vec<u64>,
    file_bytes: u64,
}

impl Layout {
    /// Lays out a file with these keys and tensors, in this order.
    ///
    /// # Errors
    ///
    /// [`WriteError::Shape`] for the first tensor that its format cannot hold.
    ///
    /// # Panics
    ///
    /// When an array value holds an element of another type than it declares.
    pub fn new(metadata: &[(String, Value)], tensors: &[NewTensor]) -> Result<Self, WriteError> {
        let mut header = b"GGUF".to_vec();
        header.extend(VERSION.to_le_bytes());
        header.extend((tensors.len() as u64).to_le_bytes());
        header.extend((metadata.len() as u64).to_le_bytes());
        for (key, value) in metadata {
            put_string(&mut header, key);
            header.extend((type_of(value) as u32).to_le_bytes());
            put_value(&mut header, value);
        }
        let mut offset = 0_u64;
        let mut tensor_bytes = Vec::with_capacity(tensors.len());
        for tensor in tensors {
            let bytes = tensor.bytes()?;
            put_string(&mut header, &tensor.name);
            let n_dims = u32::try_from(tensor.dims.len()).expect("a shape has at most 4 dims");
            header.extend(n_dims.to_le_bytes());
            for dim in &tensor.dims {
                header.extend(dim.to_le_bytes());
            }
            header.extend(tensor.format.gguf_number().to_le_bytes());
            header.extend(offset.to_le_bytes());
            offset += bytes.next_multiple_of(ALIGNMENT);
            tensor_bytes.push(bytes);
        }
        header.resize(header.len().next_multiple_of(ALIGNMENT as usize), 0);
        let file_bytes = header.len() as u64 + offset;
        Ok(Self { header, tensor_bytes, file_bytes })
    }

    /// Size of the complete file in bytes.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        self.file_bytes
    }

    /// Everything before the data section, padding included.
    #[must_use]
    pub fn header(&self) -> &[u8] {
        &self.header
    }
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
            let padding = expected.next_multiple_of(ALIGNMENT) - expected;
            self.put(&[0; ALIGNMENT as usize][..padding as usize])?;
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

fn put_string(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

fn put_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::U8(number) => out.push(*number),
        Value::I8(number) => out.extend(number.to_le_bytes()),
        Value::U16(number) => out.extend(number.to_le_bytes()),
        Value::I16(number) => out.extend(number.to_le_bytes()),
        Value::U32(number) => out.extend(number.to_le_bytes()),
        Value::I32(number) => out.extend(number.to_le_bytes()),
        Value::F32(number) => out.extend(number.to_le_bytes()),
        Value::Bool(truth) => out.push(u8::from(*truth)),
        Value::String(text) => put_string(out, text),
        Value::Array(element, values) => {
            out.extend((*element as u32).to_le_bytes());
            out.extend((values.len() as u64).to_le_bytes());
            for value in values {
                assert_eq!(type_of(value), *element, "an array has elements of one type");
                put_value(out, value);
            }
        }
        Value::U64(number) => out.extend(number.to_le_bytes()),
        Value::I64(number) => out.extend(number.to_le_bytes()),
        Value::F64(number) => out.extend(number.to_le_bytes()),
    }
}

fn type_of(value: &Value) -> ValueType {
    match value {
        Value::U8(_) => ValueType::U8,
        Value::I8(_) => ValueType::I8,
        Value::U16(_) => ValueType::U16,
        Value::I16(_) => ValueType::I16,
        Value::U32(_) => ValueType::U32,
        Value::I32(_) => ValueType::I32,
        Value::F32(_) => ValueType::F32,
        Value::Bool(_) => ValueType::Bool,
        Value::String(_) => ValueType::String,
        Value::Array(..) => ValueType::Array,
        Value::U64(_) => ValueType::U64,
        Value::I64(_) => ValueType::I64,
        Value::F64(_) => ValueType::F64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(refused.to_string(), format!("{} exists", target.display()));
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

    #[test]
    fn shapes_that_a_format_cannot_hold_are_refused() {
        for (dims, format) in [
            (vec![33], Format::Q8_0),
            (vec![], Format::F32),
            (vec![0], Format::F32),
            (vec![1; 5], Format::F32),
            (vec![1 << 40, 1 << 40], Format::F32),
        ] {
            let tensor = NewTensor { name: "x".to_owned(), dims, format };
            assert!(matches!(tensor.bytes(), Err(WriteError::Shape { .. })), "{tensor:?}");
        }
    }
}
