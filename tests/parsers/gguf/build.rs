//! Builds GGUF files byte by byte, right or wrong.

use ds4::gguf::{Parsed, parse};

/// Numbers of value types, as files have them.
pub(super) mod ty {
    pub(in super::super) const U8: u32 = 0;
    pub(in super::super) const U32: u32 = 4;
    pub(in super::super) const I32: u32 = 5;
    pub(in super::super) const F32: u32 = 6;
    pub(in super::super) const BOOL: u32 = 7;
    pub(in super::super) const STRING: u32 = 8;
    pub(in super::super) const ARRAY: u32 = 9;
}

/// A file in the making. Counts follow what was added unless they are told to lie.
#[derive(Debug, Clone)]
pub(super) struct File {
    version: u32,
    keys: Vec<Vec<u8>>,
    tensors: Vec<Vec<u8>>,
    n_keys: Option<u64>,
    n_tensors: Option<u64>,
    data_bytes: usize,
}

impl File {
    pub(super) fn new() -> Self {
        Self {
            version: 3,
            keys: Vec::new(),
            tensors: Vec::new(),
            n_keys: None,
            n_tensors: None,
            data_bytes: 0,
        }
    }

    pub(super) fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// Claims this many keys.
    pub(super) fn n_keys(mut self, count: u64) -> Self {
        self.n_keys = Some(count);
        self
    }

    /// Claims this many tensors.
    pub(super) fn n_tensors(mut self, count: u64) -> Self {
        self.n_tensors = Some(count);
        self
    }

    /// Adds a key with a value of the numbered type.
    pub(super) fn key(mut self, name: impl AsRef<[u8]>, ty: u32, value: impl AsRef<[u8]>) -> Self {
        let mut entry = string(name);
        entry.extend(ty.to_le_bytes());
        entry.extend(value.as_ref());
        self.keys.push(entry);
        self
    }

    /// Adds a tensor of the numbered type.
    pub(super) fn tensor(mut self, name: &str, dims: &[u64], ty: u32, offset: u64) -> Self {
        let mut record = string(name);
        record.extend(u32::try_from(dims.len()).unwrap().to_le_bytes());
        record.extend(dims.iter().flat_map(|dim| dim.to_le_bytes()));
        record.extend(ty.to_le_bytes());
        record.extend(offset.to_le_bytes());
        self.tensors.push(record);
        self
    }

    /// Puts this many bytes into the data section, which starts at a multiple of 32.
    pub(super) fn data(mut self, bytes: usize) -> Self {
        self.data_bytes = bytes;
        self
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"GGUF".to_vec();
        bytes.extend(self.version.to_le_bytes());
        bytes.extend(self.n_tensors.unwrap_or(self.tensors.len() as u64).to_le_bytes());
        bytes.extend(self.n_keys.unwrap_or(self.keys.len() as u64).to_le_bytes());
        bytes.extend(self.keys.concat());
        bytes.extend(self.tensors.concat());
        if self.data_bytes > 0 {
            bytes.resize(bytes.len().next_multiple_of(32) + self.data_bytes, 0);
        }
        bytes
    }

    /// What the file parses to.
    pub(super) fn parsed(&self) -> Parsed {
        let bytes = self.bytes();
        parse(&bytes, bytes.len() as u64).unwrap()
    }

    /// What is wrong with the file.
    pub(super) fn message(&self) -> String {
        message(&self.bytes())
    }
}

/// What is wrong with these bytes.
pub(super) fn message(bytes: &[u8]) -> String {
    parse(bytes, bytes.len() as u64).unwrap_err().to_string()
}

/// A string as files have it: its length and its bytes.
pub(super) fn string(text: impl AsRef<[u8]>) -> Vec<u8> {
    let text = text.as_ref();
    [&(text.len() as u64).to_le_bytes(), text].concat()
}

/// An array as files have it: element type, count, elements.
pub(super) fn array(element: u32, count: u64, elements: impl AsRef<[u8]>) -> Vec<u8> {
    [&element.to_le_bytes()[..], &count.to_le_bytes(), elements.as_ref()].concat()
}

/// A small file with every value type, nested arrays and two tensors.
pub(super) fn valid() -> File {
    let nested = [array(ty::U8, 2, [7, 8]), array(ty::STRING, 1, string("x"))].concat();
    File::new()
        .key("general.architecture", ty::STRING, string("deepseek4"))
        .key("general.alignment", ty::U32, 32_u32.to_le_bytes())
        .key("u8", ty::U8, [200])
        .key("i8", 1, [0xff])
        .key("u16", 2, 60_000_u16.to_le_bytes())
        .key("i16", 3, (-2_i16).to_le_bytes())
        .key("i32", ty::I32, 43_i32.to_le_bytes())
        .key("f32", ty::F32, 1.5_f32.to_le_bytes())
        .key("bool", ty::BOOL, [1])
        .key("u64", 10, u64::MAX.to_le_bytes())
        .key("i64", 11, i64::MIN.to_le_bytes())
        .key("f64", 12, 0.25_f64.to_le_bytes())
        .key("ratios", ty::ARRAY, array(ty::I32, 3, [0, 0, 0, 0, 4, 0, 0, 0, 128, 0, 0, 0]))
        .key("limits", ty::ARRAY, array(ty::F32, 1, 10_f32.to_le_bytes()))
        .key("tokens", ty::ARRAY, array(ty::STRING, 2, [string("a"), string("bé")].concat()))
        .key("nested", ty::ARRAY, array(ty::ARRAY, 2, nested))
        .key("empty", ty::ARRAY, array(ty::U32, 0, []))
        .tensor("norm.weight", &[4], 0, 0)
        .tensor("output.weight", &[32, 2], 8, 32)
        .data(32 + 68)
}
