//! Finds the first of several markers in text that may still grow.

/// What a search found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// The marker with this index begins at this byte.
    Marker { at: usize, index: usize },
    /// No marker. Text before this byte is part of none, however the text goes on.
    Nothing { clear: usize },
}

/// Finds the first of `markers` that begins at byte `from` or later.
/// Markers are not empty and begin with an ASCII character. Linear in the length of the text.
pub(super) fn find_first(text: &str, from: usize, markers: &[&str]) -> Found {
    let bytes = text.as_bytes();
    let starts = |byte: u8| markers.iter().any(|marker| marker.as_bytes()[0] == byte);
    for at in (from..bytes.len()).filter(|at| starts(bytes[*at])) {
        let rest = &bytes[at..];
        if let Some(index) = markers.iter().position(|m| rest.starts_with(m.as_bytes())) {
            return Found::Marker { at, index };
        }
        if markers.iter().any(|m| m.as_bytes().starts_with(rest)) {
            return Found::Nothing { clear: at };
        }
    }
    Found::Nothing { clear: bytes.len() }
}

/// How the text begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begins {
    /// With the marker of this index.
    With(usize),
    /// Perhaps with a marker: the text is too short to tell.
    Maybe,
    /// With none of the markers.
    Otherwise,
}

/// Tells which of `markers` the text begins with; none of them begins with another.
pub(super) fn begins(text: &str, markers: &[&str]) -> Begins {
    if let Some(index) = markers.iter().position(|marker| text.starts_with(marker)) {
        return Begins::With(index);
    }
    if markers.iter().any(|marker| marker.starts_with(text)) {
        return Begins::Maybe;
    }
    Begins::Otherwise
}
