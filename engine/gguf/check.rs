//! Checks what a header says about alignment and tensors, and sizes the tensors.

#![forbid(unsafe_code)]

use super::parse::{MAX_DIMS, Record};
use super::{Metadata, Problem, Problems, TensorInfo, TensorType};

/// The key that overrides [`DEFAULT_ALIGNMENT`].
const ALIGNMENT_KEY: &str = "general.alignment";
/// Alignment of a file that does not say, in bytes.
const DEFAULT_ALIGNMENT: u64 = 32;
/// Smallest alignment accepted: the container asks for a multiple of 8.
const MIN_ALIGNMENT: u64 = 8;
/// Largest alignment accepted, above every page size in use.
pub const MAX_ALIGNMENT: u64 = 1 << 20;

/// Where tensors may lie; `None` is what could not be determined and is not checked.
#[derive(Debug)]
pub(super) struct Room {
    /// What offsets are multiples of.
    pub(super) alignment: Option<u64>,
    /// Where the data section starts, in bytes from the start of the file.
    pub(super) data_start: Option<u64>,
    /// Length of the file.
    pub(super) file_bytes: u64,
}

/// The alignment that a file asks for, in bytes, if it is one.
///
/// Powers of two from 8 to [`MAX_ALIGNMENT`] are accepted.
pub(super) fn alignment(metadata: &Metadata, problems: &mut Problems) -> Option<u64> {
    let Some(value) = metadata.get(ALIGNMENT_KEY) else {
        return Some(DEFAULT_ALIGNMENT);
    };
    let number = value.as_u64();
    let accepted =
        number.filter(|n| n.is_power_of_two() && (MIN_ALIGNMENT..=MAX_ALIGNMENT).contains(n));
    if accepted.is_none() {
        let found = number.map_or_else(|| value.describe(), |number| number.to_string());
        problems.push(Problem::Alignment { found, cap: MAX_ALIGNMENT });
    }
    accepted
}

/// Sizes and checks every tensor; those whose size is unknown are left out and noted.
pub(super) fn tensors(
    records: Vec<Record>,
    room: &Room,
    problems: &mut Problems,
) -> Vec<TensorInfo> {
    let mut tensors = Vec::new();
    for record in records {
        if let Some(alignment) = room.alignment
            && !record.offset.is_multiple_of(alignment)
        {
            let (tensor, offset) = (record.name.clone(), record.offset);
            problems.push(Problem::Misaligned { tensor, offset, alignment });
        }
        match sized(record) {
            Ok(tensor) => {
                inside(&tensor, room, problems);
                tensors.push(tensor);
            }
            Err(problem) => problems.push(*problem),
        }
    }
    apart(&tensors, problems);
    tensors
}

/// Works out the bytes of a tensor.
fn sized(record: Record) -> Result<TensorInfo, Box<Problem>> {
    let Record { name: tensor, n_dims, dims, type_number, offset } = record;
    if n_dims == 0 || n_dims > MAX_DIMS {
        return Err(Box::new(Problem::DimCount { tensor, found: n_dims }));
    }
    if dims.contains(&0) {
        return Err(Box::new(Problem::ZeroDim { tensor, dims }));
    }
    let Some(ty) = TensorType::from_gguf(type_number) else {
        return Err(Box::new(Problem::UnknownType { tensor, found: type_number }));
    };
    let row = dims[0];
    if !row.is_multiple_of(ty.block_values()) {
        return Err(Box::new(Problem::PartialBlock { tensor, ty, row }));
    }
    let n_values = dims.iter().try_fold(1_u64, |n, &dim| n.checked_mul(dim));
    let bytes = n_values.and_then(|n| (n / ty.block_values()).checked_mul(ty.block_bytes()));
    match bytes {
        Some(bytes) => Ok(TensorInfo { name: tensor, dims, ty, offset, bytes }),
        None => Err(Box::new(Problem::Overflow { tensor, dims })),
    }
}

/// Notes a tensor that does not lie inside the file.
fn inside(tensor: &TensorInfo, room: &Room, problems: &mut Problems) {
    let Some(data_start) = room.data_start else { return };
    let end = u128::from(data_start) + end(tensor);
    if end > u128::from(room.file_bytes) {
        let (tensor, file_bytes) = (tensor.name.clone(), room.file_bytes);
        problems.push(Problem::PastEnd { tensor, end, file_bytes });
    }
}

/// Notes tensors that start before another has ended.
fn apart(tensors: &[TensorInfo], problems: &mut Problems) {
    let mut in_order: Vec<&TensorInfo> = tensors.iter().collect();
    in_order.sort_by_key(|tensor| tensor.offset);
    let mut furthest: Option<&TensorInfo> = None;
    for tensor in in_order {
        if let Some(other) = furthest
            && u128::from(tensor.offset) < end(other)
        {
            problems.push(Problem::Overlap {
                tensor: tensor.name.clone(),
                offset: tensor.offset,
                other: other.name.clone(),
                end: end(other),
            });
        }
        if furthest.is_none_or(|other| end(other) < end(tensor)) {
            furthest = Some(tensor);
        }
    }
}

/// Where a tensor ends, in bytes from the start of the data section.
fn end(tensor: &TensorInfo) -> u128 {
    u128::from(tensor.offset) + u128::from(tensor.bytes)
}
