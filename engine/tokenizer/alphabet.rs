//! The alphabet of base tokens: one printable character for each byte.
//!
//! Vocabulary files hold text, so a base token is written in an alphabet of 256 characters:
//! printable Latin-1 bytes stand for themselves and the other 68, in ascending order, are
//! U+0100, U+0101, and so on.

/// Code point that stands for the first byte without a printable character of its own.
const FIRST_SUBSTITUTE: u32 = 0x100;

/// Substitute characters in use, one for each byte that is not printable.
const N_SUBSTITUTES: usize = 68;

/// Bytes behind U+0100, U+0101, ..., in that order.
const SUBSTITUTED: [u8; N_SUBSTITUTES] = substituted();

/// The byte that `symbol` stands for, or `None` when it is not in the alphabet.
pub(super) fn byte_of(symbol: char) -> Option<u8> {
    let code = u32::from(symbol);
    match u8::try_from(code) {
        Ok(byte) => is_printable(byte).then_some(byte),
        Err(_) => SUBSTITUTED.get(usize::try_from(code - FIRST_SUBSTITUTE).ok()?).copied(),
    }
}

/// Whether `byte` stands for itself.
const fn is_printable(byte: u8) -> bool {
    matches!(byte, 33..=126 | 161..=172 | 174..=255)
}

const fn substituted() -> [u8; N_SUBSTITUTES] {
    let mut bytes = [0; N_SUBSTITUTES];
    let mut found = 0;
    let mut byte = 0_u8;
    loop {
        if !is_printable(byte) {
            bytes[found] = byte;
            found += 1;
        }
        if byte == u8::MAX {
            return bytes;
        }
        byte += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_byte_has_one_character() {
        let bytes: Vec<u8> = ('\0'..='\u{200}').filter_map(byte_of).collect();
        assert_eq!(bytes.len(), 256);
        assert_eq!(bytes.iter().collect::<BTreeSet<_>>().len(), 256);
    }

    #[test]
    fn known_substitutes() {
        assert_eq!(byte_of('Ġ'), Some(b' '));
        assert_eq!(byte_of('Ċ'), Some(b'\n'));
        assert_eq!(byte_of('A'), Some(b'A'));
        assert_eq!(byte_of('é'), Some(0xe9));
        assert_eq!(byte_of('Ń'), Some(0xad));
        assert_eq!(byte_of('ń'), None);
        assert_eq!(byte_of(' '), None);
        assert_eq!(byte_of('中'), None);
    }
}
