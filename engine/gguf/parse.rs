//! Reads the header of a file: counts, metadata and tensor records, in that order.
//!
//! Nothing in the file is believed before it is checked: a count is compared with the bytes that
//! are left before anything of that count is read, and lists grow as their elements arrive.
//! What cannot be skipped (an unknown value type, a count that lies) ends the reading; everything
//! else is noted and read past, so that one message can name all that is wrong.

#![forbid(unsafe_code)]

use super::check;
use super::cursor::{Cursor, Short};
use super::index::NameIndex;
use super::{Error, Metadata, Part, Problem, Problems, Result, TensorInfo, Value, ValueType};

/// Longest accepted header, in bytes: all before the weights. Flash has about 6 MB, nearly all
/// of it tokens and merges.
pub const MAX_HEADER_BYTES: u64 = 64 << 20;
/// Most metadata keys accepted. Flash has about 60.
pub const MAX_KEYS: u64 = 1 << 16;
/// Most tensors accepted. Flash has 1328.
pub const MAX_TENSORS: u64 = 1 << 16;
/// Most array elements accepted, of all metadata together. Flash has about 390 thousand.
///
/// An element of one byte takes 32 in memory; this bounds all of them to 128 MiB.
pub const MAX_ELEMENTS: u64 = 1 << 22;
/// Most arrays inside one another. No known key nests at all.
pub const MAX_DEPTH: u32 = 4;
/// Longest key or tensor name, in bytes.
pub const MAX_NAME_BYTES: u64 = 65_535;
/// Most dimensions of a tensor.
pub const MAX_DIMS: u32 = 4;

/// Bytes of the shortest metadata entry: empty name, type, one byte.
const MIN_KEY_BYTES: u64 = 8 + 4 + 1;
/// Bytes of the shortest tensor record: empty name, no dimensions, type, offset.
const MIN_TENSOR_BYTES: u64 = 8 + 4 + 4 + 8;

/// The header of a file.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// Version of the container: 2 or 3.
    pub version: u32,
    /// What every tensor's offset is a multiple of, in bytes.
    pub alignment: u64,
    /// Where the data section starts, in bytes from the start of the file.
    pub data_start: u64,
    /// Keys and values.
    pub metadata: Metadata,
    /// Tensors, in file order. Each lies inside the file and shares no byte with another.
    pub tensors: Vec<TensorInfo>,
    by_name: NameIndex,
}

impl Parsed {
    /// The tensor with this name.
    #[must_use]
    pub fn tensor(&self, name: &str) -> Option<&TensorInfo> {
        let at = self.by_name.find(name, |at| &self.tensors[at].name)?;
        self.tensors.get(at)
    }
}

/// A tensor record as the file has it.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) name: String,
    /// How many dimensions the file claims; `dims` is empty when that is too many.
    pub(super) n_dims: u32,
    pub(super) dims: Vec<u64>,
    pub(super) type_number: u32,
    pub(super) offset: u64,
}

/// Parses the header in `bytes`, which start a file of `file_len` bytes.
///
/// `bytes` may be the whole file or any part of it that holds the header; `file_len` decides
/// whether the tensors fit.
///
/// # Errors
///
/// [`Error::Malformed`] with everything that can be told to be wrong.
pub fn parse(bytes: &[u8], file_len: u64) -> Result<Parsed> {
    let mut scan = Scan {
        cursor: Cursor::new(bytes),
        problems: Problems::default(),
        n_elements: 0,
        entries: Vec::new(),
        records: Vec::new(),
    };
    let outcome = scan.header();
    let header_end = scan.cursor.at();
    let Scan { mut problems, entries, records, .. } = scan;
    let (version, complete) = match outcome {
        Ok(version) => (version, true),
        Err(stop) => {
            problems.push(*stop);
            (0, false)
        }
    };
    let metadata = Metadata::new(entries);
    for key in metadata.duplicates() {
        problems.push(Problem::DuplicateKey { key: key.to_owned() });
    }
    let alignment = check::alignment(&metadata, &mut problems);
    // Header and alignment are capped far below 2^63, so rounding up cannot overflow.
    let data_start = alignment.map(|alignment| header_end.next_multiple_of(alignment));
    let by_name = NameIndex::new(records.len(), |at| &records[at].name);
    for tensor in by_name.duplicates(|at| &records[at].name) {
        problems.push(Problem::DuplicateTensor { tensor: tensor.to_owned() });
    }
    let room = check::Room {
        alignment,
        // Without all records, where the data section starts is unknown.
        data_start: data_start.filter(|_| complete),
        file_bytes: file_len,
    };
    let tensors = check::tensors(records, &room, &mut problems);
    match (alignment, data_start) {
        (Some(alignment), Some(data_start)) if problems.is_empty() => {
            Ok(Parsed { version, alignment, data_start, metadata, tensors, by_name })
        }
        _ => Err(Error::Malformed { path: None, problems }),
    }
}

/// Why reading cannot go on. Boxed since it is rare and large.
type Stop = Box<Problem>;

/// The state of reading a header.
#[derive(Debug)]
struct Scan<'a> {
    cursor: Cursor<'a>,
    problems: Problems,
    /// Array elements so far, to be compared with [`MAX_ELEMENTS`].
    n_elements: u64,
    entries: Vec<(String, Value)>,
    records: Vec<Record>,
}

impl<'a> Scan<'a> {
    /// Reads everything and returns the version.
    fn header(&mut self) -> Result<u32, Stop> {
        let version = self.version()?;
        let n_tensors = self.cursor.u64().map_err(at(Part::Header))?;
        let n_keys = self.cursor.u64().map_err(at(Part::Header))?;
        let tensors_fit = self.fits(Part::Header, Unit::TENSORS, n_tensors);
        if let Err(keys) = self.fits(Part::Header, Unit::KEYS, n_keys) {
            tensors_fit.unwrap_or_else(|tensors| self.problems.push(*tensors));
            return Err(keys);
        }
        for key in 0..n_keys {
            let entry = self.entry(key)?;
            self.entries.push(entry);
        }
        // A count that lies says nothing about what follows the keys.
        tensors_fit?;
        for tensor in 0..n_tensors {
            let record = self.record(tensor)?;
            self.records.push(record);
        }
        Ok(version)
    }

    /// Reads magic and version.
    fn version(&mut self) -> Result<u32, Stop> {
        let found: [u8; 4] = self.cursor.array().map_err(at(Part::Header))?;
        if found != *b"GGUF" {
            return Err(Box::new(Problem::Magic { found }));
        }
        let version = self.cursor.u32().map_err(at(Part::Header))?;
        match (version, version.swap_bytes()) {
            (2 | 3, _) => Ok(version),
            (_, version @ 1..=3) => Err(Box::new(Problem::BigEndian { version })),
            (found, _) => Err(Box::new(Problem::Version { found })),
        }
    }

    /// Reads a metadata key and its value.
    fn entry(&mut self, number: u64) -> Result<(String, Value), Stop> {
        let key = self.name(&Part::Key(number))?;
        let part = || Part::Value(key.clone());
        let ty = self.value_type(&part)?;
        let value = self.value(&part, ty, 0)?;
        Ok((key, value))
    }

    /// Reads a tensor record.
    fn record(&mut self, number: u64) -> Result<Record, Stop> {
        let part = Part::Tensor(number);
        let name = self.name(&part)?;
        let n_dims = self.cursor.u32().map_err(at(part.clone()))?;
        let sizes = self.cursor.take(u64::from(n_dims) * 8).map_err(at(part.clone()))?;
        let dims = if n_dims <= MAX_DIMS { u64s(sizes) } else { Vec::new() };
        let type_number = self.cursor.u32().map_err(at(part.clone()))?;
        let offset = self.cursor.u64().map_err(at(part))?;
        Ok(Record { name, n_dims, dims, type_number, offset })
    }

    /// Reads the name of a key or tensor.
    fn name(&mut self, part: &Part) -> Result<String, Stop> {
        let (at, bytes) = self.run(|| part.clone())?;
        let length = bytes.len() as u64;
        if length > MAX_NAME_BYTES {
            let part = part.clone();
            self.problems.push(Problem::NameTooLong { part, bytes: length, cap: MAX_NAME_BYTES });
        }
        Ok(self.text(|| part.clone(), at, bytes))
    }

    /// Reads the number of a value type.
    fn value_type(&mut self, part: &dyn Fn() -> Part) -> Result<ValueType, Stop> {
        let start = self.cursor.at();
        let found = self.cursor.u32().map_err(|short| stop(part(), short))?;
        ValueType::from_gguf(found)
            .ok_or_else(|| Box::new(Problem::ValueType { part: part(), at: start, found }))
    }

    /// Reads a value inside `depth` arrays.
    fn value(&mut self, part: &dyn Fn() -> Part, ty: ValueType, depth: u32) -> Result<Value, Stop> {
        match ty {
            ValueType::String => {
                let (at, bytes) = self.run(part)?;
                Ok(Value::String(self.text(part, at, bytes)))
            }
            ValueType::Array => self.array(part, depth),
            ValueType::Bool => {
                let start = self.cursor.at();
                let [found] = self.cursor.array().map_err(|short| stop(part(), short))?;
                if found > 1 {
                    self.problems.push(Problem::Bool { part: part(), at: start, found });
                }
                Ok(Value::Bool(found == 1))
            }
            _ => number(&mut self.cursor, ty).map_err(|short| stop(part(), short)),
        }
    }

    /// Reads an array inside `depth` others.
    fn array(&mut self, part: &dyn Fn() -> Part, depth: u32) -> Result<Value, Stop> {
        if depth == MAX_DEPTH {
            return Err(Box::new(Problem::TooDeep { part: part(), cap: MAX_DEPTH }));
        }
        let element = self.value_type(part)?;
        let count = self.cursor.u64().map_err(|short| stop(part(), short))?;
        let unit = Unit { name: "elements", min_bytes: element.min_bytes(), cap: MAX_ELEMENTS };
        // An array of its own may fit where all of them together do not.
        self.fits(part(), unit, count)?;
        self.n_elements += count;
        self.fits(part(), Unit { min_bytes: 0, ..unit }, self.n_elements)?;
        let mut elements = Vec::new();
        for _ in 0..count {
            elements.push(self.value(part, element, depth + 1)?);
        }
        Ok(Value::Array(element, elements))
    }

    /// Reads a length and that many bytes; returns where they start, too.
    fn run(&mut self, part: impl Fn() -> Part) -> Result<(u64, &'a [u8]), Stop> {
        let length = self.cursor.u64().map_err(|short| stop(part(), short))?;
        let start = self.cursor.at();
        let bytes = self.cursor.take(length).map_err(|short| stop(part(), short))?;
        Ok((start, bytes))
    }

    /// The text in `bytes`, which start at byte `start`; what is not UTF-8 is noted and replaced.
    fn text(&mut self, part: impl Fn() -> Part, start: u64, bytes: &[u8]) -> String {
        match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(error) => {
                let lossy = String::from_utf8_lossy(bytes).into_owned();
                let at = start + error.valid_up_to() as u64;
                self.problems.push(Problem::NotUtf8 { part: part(), at, lossy: lossy.clone() });
                lossy
            }
        }
    }

    /// Compares a count with the bytes that are left and with its cap.
    fn fits(&self, part: Part, unit: Unit, count: u64) -> Result<(), Stop> {
        let (needs, left) = (u128::from(count) * u128::from(unit.min_bytes), self.cursor.left());
        if needs > u128::from(left) {
            return Err(Box::new(Problem::Count { part, unit: unit.name, count, needs, left }));
        }
        if count > unit.cap {
            let Unit { name: unit, cap, .. } = unit;
            return Err(Box::new(Problem::TooMany { part, unit, count, cap }));
        }
        Ok(())
    }
}

/// What a count counts.
#[derive(Debug, Clone, Copy)]
struct Unit {
    /// The plural, for messages.
    name: &'static str,
    /// Bytes of the smallest one.
    min_bytes: u64,
    /// Most that are accepted.
    cap: u64,
}

impl Unit {
    const KEYS: Self = Self { name: "metadata keys", min_bytes: MIN_KEY_BYTES, cap: MAX_KEYS };
    const TENSORS: Self = Self { name: "tensors", min_bytes: MIN_TENSOR_BYTES, cap: MAX_TENSORS };
}

/// Reads a value that is one number.
fn number(cursor: &mut Cursor<'_>, ty: ValueType) -> Result<Value, Short> {
    Ok(match ty {
        ValueType::U8 => Value::U8(u8::from_le_bytes(cursor.array()?)),
        ValueType::I8 => Value::I8(i8::from_le_bytes(cursor.array()?)),
        ValueType::U16 => Value::U16(u16::from_le_bytes(cursor.array()?)),
        ValueType::I16 => Value::I16(i16::from_le_bytes(cursor.array()?)),
        ValueType::U32 => Value::U32(cursor.u32()?),
        ValueType::I32 => Value::I32(i32::from_le_bytes(cursor.array()?)),
        ValueType::F32 => Value::F32(f32::from_le_bytes(cursor.array()?)),
        ValueType::U64 => Value::U64(cursor.u64()?),
        ValueType::I64 => Value::I64(i64::from_le_bytes(cursor.array()?)),
        ValueType::F64 => Value::F64(f64::from_le_bytes(cursor.array()?)),
        ValueType::Bool | ValueType::String | ValueType::Array => {
            unreachable!("{ty} is no number and has a reader of its own")
        }
    })
}

/// The little-endian numbers in `bytes`, which are a multiple of eight.
fn u64s(bytes: &[u8]) -> Vec<u64> {
    let (numbers, _) = bytes.as_chunks();
    numbers.iter().copied().map(u64::from_le_bytes).collect()
}

/// Turns a short read into a problem of `part`.
fn at(part: Part) -> impl FnOnce(Short) -> Stop {
    |short| stop(part, short)
}

/// The problem of `part` that a short read is.
fn stop(part: Part, short: Short) -> Stop {
    Box::new(match short {
        Short::Ended { at, needs, left } => Problem::Ended { part, at, needs, left },
        Short::PastCap => Problem::HeaderTooLong { part, cap: MAX_HEADER_BYTES },
    })
}
