//! Metadata values.
//!
//! Writers differ in the width and sign of the integers they choose, so the accessors convert:
//! a value counts as an integer when it is one, whatever its type, and fits the type asked for.

#![forbid(unsafe_code)]

use std::fmt;

/// The type of a metadata value; its discriminant is the number in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// Unsigned byte.
    U8 = 0,
    /// Signed byte.
    I8 = 1,
    /// Unsigned 16-bit integer.
    U16 = 2,
    /// Signed 16-bit integer.
    I16 = 3,
    /// Unsigned 32-bit integer.
    U32 = 4,
    /// Signed 32-bit integer.
    I32 = 5,
    /// IEEE single.
    F32 = 6,
    /// One byte, 0 or 1.
    Bool = 7,
    /// Length-prefixed UTF-8.
    String = 8,
    /// Elements of one type.
    Array = 9,
    /// Unsigned 64-bit integer.
    U64 = 10,
    /// Signed 64-bit integer.
    I64 = 11,
    /// IEEE double.
    F64 = 12,
}

impl ValueType {
    /// Every type, by the number in the file.
    pub const ALL: [Self; 13] = [
        Self::U8,
        Self::I8,
        Self::U16,
        Self::I16,
        Self::U32,
        Self::I32,
        Self::F32,
        Self::Bool,
        Self::String,
        Self::Array,
        Self::U64,
        Self::I64,
        Self::F64,
    ];

    /// The type with this number in the file, if there is one.
    #[must_use]
    pub fn from_gguf(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|ty| ty.gguf_number() == number)
    }

    /// The number in the file.
    #[must_use]
    pub const fn gguf_number(self) -> u32 {
        self as u32
    }

    /// Bytes of the smallest value of this type: an empty string, an empty array.
    #[must_use]
    pub const fn min_bytes(self) -> u64 {
        match self {
            Self::U8 | Self::I8 | Self::Bool => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::String | Self::U64 | Self::I64 | Self::F64 => 8,
            Self::Array => 12,
        }
    }

    /// The name that messages use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::I8 => "i8",
            Self::U16 => "u16",
            Self::I16 => "i16",
            Self::U32 => "u32",
            Self::I32 => "i32",
            Self::F32 => "f32",
            Self::Bool => "bool",
            Self::String => "string",
            Self::Array => "array",
            Self::U64 => "u64",
            Self::I64 => "i64",
            Self::F64 => "f64",
        }
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One metadata value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Unsigned byte.
    U8(u8),
    /// Signed byte.
    I8(i8),
    /// Unsigned 16-bit integer.
    U16(u16),
    /// Signed 16-bit integer.
    I16(i16),
    /// Unsigned 32-bit integer.
    U32(u32),
    /// Signed 32-bit integer.
    I32(i32),
    /// IEEE single.
    F32(f32),
    /// Truth value.
    Bool(bool),
    /// Text.
    String(String),
    /// Elements, all of the given type.
    Array(ValueType, Vec<Self>),
    /// Unsigned 64-bit integer.
    U64(u64),
    /// Signed 64-bit integer.
    I64(i64),
    /// IEEE double.
    F64(f64),
}

impl Value {
    /// The type of this value.
    #[must_use]
    pub const fn ty(&self) -> ValueType {
        match self {
            Self::U8(_) => ValueType::U8,
            Self::I8(_) => ValueType::I8,
            Self::U16(_) => ValueType::U16,
            Self::I16(_) => ValueType::I16,
            Self::U32(_) => ValueType::U32,
            Self::I32(_) => ValueType::I32,
            Self::F32(_) => ValueType::F32,
            Self::Bool(_) => ValueType::Bool,
            Self::String(_) => ValueType::String,
            Self::Array(..) => ValueType::Array,
            Self::U64(_) => ValueType::U64,
            Self::I64(_) => ValueType::I64,
            Self::F64(_) => ValueType::F64,
        }
    }

    /// An integer of any width and sign that is not negative.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        if let Self::U64(value) = self { Some(*value) } else { self.as_i64()?.try_into().ok() }
    }

    /// An integer of any width and sign that fits 64 signed bits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match *self {
            Self::U8(value) => Some(value.into()),
            Self::I8(value) => Some(value.into()),
            Self::U16(value) => Some(value.into()),
            Self::I16(value) => Some(value.into()),
            Self::U32(value) => Some(value.into()),
            Self::I32(value) => Some(value.into()),
            Self::U64(value) => value.try_into().ok(),
            Self::I64(value) => Some(value),
            Self::F32(_) | Self::F64(_) | Self::Bool(_) | Self::String(_) | Self::Array(..) => None,
        }
    }

    /// A floating-point number of either width; an integer is not one.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match *self {
            Self::F32(value) => Some(value.into()),
            Self::F64(value) => Some(value),
            _ => None,
        }
    }

    /// A truth value; an integer is not one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// Text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(value) = self { Some(value) } else { None }
    }

    /// The elements of an array, whatever their type.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(_, elements) = self { Some(elements) } else { None }
    }

    /// An array whose elements all satisfy [`Self::as_u64`].
    #[must_use]
    pub fn as_u64s(&self) -> Option<Vec<u64>> {
        self.as_array()?.iter().map(Self::as_u64).collect()
    }

    /// An array whose elements all satisfy [`Self::as_i64`].
    #[must_use]
    pub fn as_i64s(&self) -> Option<Vec<i64>> {
        self.as_array()?.iter().map(Self::as_i64).collect()
    }

    /// An array whose elements all satisfy [`Self::as_f64`].
    #[must_use]
    pub fn as_f64s(&self) -> Option<Vec<f64>> {
        self.as_array()?.iter().map(Self::as_f64).collect()
    }

    /// An array of text.
    #[must_use]
    pub fn as_strs(&self) -> Option<Vec<&str>> {
        self.as_array()?.iter().map(Self::as_str).collect()
    }

    /// The value in a message about a wrong one: its type, and a whole number itself, since it may
    /// be out of range.
    #[must_use]
    pub fn found(&self) -> String {
        match (self, self.as_i64()) {
            (_, Some(number)) => format!("{number} ({})", self.ty()),
            (Self::U64(number), None) => format!("{number} (u64)"),
            (_, None) => self.describe(),
        }
    }

    /// What the value is, without its contents: `u32`, `array of 44 i32`.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Array(element, elements) => format!("array of {} {element}", elements.len()),
            _ => self.ty().name().to_owned(),
        }
    }
}
