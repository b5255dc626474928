//! The header of a file to be written.

use ds4_plan::Format;

use super::WriteError;
use crate::gguf::{Value, ValueType};

/// Every tensor's data starts at a multiple of this many bytes (the container's default).
pub(super) const ALIGNMENT: usize = 32;

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

/// The header of a file to be written, and the size of everything that follows.
#[derive(Debug, Clone)]
pub struct Layout {
    pub(super) header: Vec<u8>,
    /// Data bytes of each tensor, without padding.
    pub(super) tensor_bytes: Vec<u64>,
    pub(super) file_bytes: u64,
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
            offset += bytes.next_multiple_of(ALIGNMENT as u64);
            tensor_bytes.push(bytes);
        }
        header.resize(header.len().next_multiple_of(ALIGNMENT), 0);
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
