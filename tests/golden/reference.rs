//! Reads the reference files: safetensors of F32, I32 and U8.

use std::{collections::HashMap, fs, path::Path};

use serde::Deserialize;

/// One reference file.
pub(crate) struct Reference {
    entries: HashMap<String, Entry>,
    data: Vec<u8>,
}

#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [usize; 2],
}

impl Reference {
    /// Reads the file at `path`.
    pub(crate) fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap();
        let (length, rest) = bytes.split_at(8);
        let length = usize::try_from(u64::from_le_bytes(length.try_into().unwrap())).unwrap();
        let mut header: HashMap<String, serde_json::Value> =
            serde_json::from_slice(&rest[..length]).unwrap();
        header.remove("__metadata__");
        let entries = header
            .into_iter()
            .map(|(name, entry)| (name, serde_json::from_value(entry).unwrap()))
            .collect();
        Self { entries, data: rest[length..].to_vec() }
    }

    /// Whether the file has a tensor of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// The shape of a tensor.
    pub(crate) fn shape(&self, name: &str) -> &[usize] {
        &self.entries[name].shape
    }

    /// The values of an F32 tensor.
    pub(crate) fn floats(&self, name: &str) -> Vec<f32> {
        let words = self.words(name, "F32");
        words.map(f32::from_le_bytes).collect()
    }

    /// The values of an I32 tensor, none of which is negative.
    pub(crate) fn indices(&self, name: &str) -> Vec<usize> {
        let words = self.words(name, "I32");
        words.map(|word| usize::try_from(i32::from_le_bytes(word)).unwrap()).collect()
    }

    fn words(&self, name: &str, dtype: &str) -> impl Iterator<Item = [u8; 4]> {
        let entry = &self.entries[name];
        assert_eq!(entry.dtype, dtype, "{name}");
        let [start, end] = entry.data_offsets;
        self.data[start..end].chunks_exact(4).map(|word| word.try_into().unwrap())
    }
}
