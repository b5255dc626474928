//! What tells one model file from another, without reading all of it.

use crate::gguf::{Gguf, TensorInfo};

/// Files of at most so many bytes are read whole.
const WHOLE_BYTES: u64 = 64 << 20;

/// Bytes that are read of a tensor at its beginning, in its middle and at its end.
const SAMPLE_BYTES: usize = 4096;

/// A hash of the names, shapes and formats of all tensors, and of their values: of all where the
/// file is small, else of some of each tensor, which no training leaves as they are.
pub(super) fn fingerprint(file: &Gguf) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for tensor in file.tensors() {
        let TensorInfo { name, dims, ty, bytes, .. } = tensor;
        hasher.update(format!("{name} {dims:?} {ty:?} {bytes}\n").as_bytes());
        let data = file.data(tensor);
        if file.file_bytes() <= WHOLE_BYTES || data.len() <= 3 * SAMPLE_BYTES {
            hasher.update(data);
            continue;
        }
        for start in [0, data.len() / 2, data.len() - SAMPLE_BYTES] {
            hasher.update(&data[start..][..SAMPLE_BYTES.min(data.len() - start)]);
        }
    }
    *hasher.finalize().as_bytes()
}
