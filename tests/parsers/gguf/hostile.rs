//! Any bytes at all: a value or an error, never a panic, and not much memory.

use ds4::gguf::parse;
use proptest::collection::vec;
use proptest::prelude::*;

use super::build::valid;

/// Parses, and checks what both outcomes promise.
fn survives(bytes: &[u8], file_len: u64) {
    match parse(bytes, file_len) {
        Ok(parsed) => {
            for tensor in &parsed.tensors {
                assert_eq!(tensor.offset % parsed.alignment, 0);
                assert!(parsed.data_start + tensor.offset + tensor.bytes <= file_len);
                assert!(parsed.tensor(&tensor.name).is_some());
            }
        }
        Err(error) => {
            let message = error.to_string();
            assert!(message.contains("\nhelp: "), "{message}");
            assert!(message.lines().count() <= 19, "{message}");
        }
    }
}

proptest! {
    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..300)) {
        survives(&bytes, bytes.len() as u64);
    }

    #[test]
    fn any_bytes_after_a_start(bytes in vec(any::<u8>(), 0..300), counts in any::<[u8; 2]>()) {
        let [n_tensors, n_keys] = counts.map(|count| u64::from(count % 8).to_le_bytes());
        let bytes = [b"GGUF\x03\0\0\0", &n_tensors[..], &n_keys, &bytes].concat();
        survives(&bytes, bytes.len() as u64);
    }

    #[test]
    fn any_file_length(file_len in any::<u64>()) {
        survives(&valid().bytes(), file_len);
    }

    #[test]
    fn mutations(edits in vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = valid().bytes();
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        survives(&bytes, bytes.len() as u64);
    }

    #[test]
    fn numbers_of_eight_bytes(at in any::<prop::sample::Index>(), number in prop_oneof![
        any::<u64>(), (0_u32..64).prop_map(|bit| 1 << bit), Just(u64::MAX), Just(i64::MAX as u64)
    ]) {
        let mut bytes = valid().bytes();
        let at = at.index(bytes.len() - 8);
        bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
        survives(&bytes, bytes.len() as u64);
    }

    #[test]
    fn removals(from in any::<prop::sample::Index>(), length in 1_usize..40) {
        let mut bytes = valid().bytes();
        let from = from.index(bytes.len());
        bytes.drain(from..(from + length).min(bytes.len()));
        survives(&bytes, bytes.len() as u64);
    }
}

#[test]
fn every_truncation_is_an_error() {
    let bytes = valid().bytes();
    for length in 0..bytes.len() {
        assert!(parse(&bytes[..length], length as u64).is_err(), "{length}");
        survives(&bytes[..length], length as u64);
    }
}
