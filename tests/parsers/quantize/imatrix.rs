//! Importance files: good ones and hostile ones.

use ds4::quantize::Imatrix;
use proptest::prelude::*;

/// One entry in the file's form.
pub(super) fn entry(name: &[u8], n_calls: i32, values: &[f32]) -> Vec<u8> {
    let mut bytes = i32::try_from(name.len()).unwrap().to_le_bytes().to_vec();
    bytes.extend(name);
    bytes.extend(n_calls.to_le_bytes());
    bytes.extend(i32::try_from(values.len()).unwrap().to_le_bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

/// A file of these entries, without trailer.
pub(super) fn file(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = i32::try_from(entries.len()).unwrap().to_le_bytes().to_vec();
    bytes.extend(entries.iter().flatten());
    bytes
}

fn fault(bytes: &[u8]) -> String {
    Imatrix::parse(bytes).unwrap_err().to_string()
}

#[test]
fn a_file_with_a_trailer_is_read() {
    let mut bytes = file(&[entry(b"blk.0.ffn_up_exps.weight", 2, &[4.0, 6.0])]);
    assert_eq!(Imatrix::parse(&bytes).unwrap().n_entries(), 1);
    bytes.extend(7_i32.to_le_bytes());
    bytes.extend(4_i32.to_le_bytes());
    bytes.extend(b"text");
    let imatrix = Imatrix::parse(&bytes).unwrap();
    assert_eq!((imatrix.chunks, imatrix.dataset.as_deref()), (Some(7), Some("text")));
}

#[test]
fn hostile_files_are_refused_by_name() {
    assert_eq!(fault(b""), "the file ends inside the number of entries, at byte 0");
    assert_eq!(fault(&(-1_i32).to_le_bytes()), "the number of entries at byte 0 is -1");
    let many = i32::MAX.to_le_bytes();
    assert_eq!(fault(&many), "the number of entries at byte 0 is 2147483647");

    let mut long = file(&[entry(b"a", 1, &[1.0])]);
    long[4..8].copy_from_slice(&5000_i32.to_le_bytes());
    assert_eq!(fault(&long), "a name at byte 4 is 5000");

    let mut values = file(&[entry(b"a", 1, &[1.0])]);
    values[13..17].copy_from_slice(&1_000_000_i32.to_le_bytes());
    assert_eq!(fault(&values), "a value count at byte 13 is 1000000");

    let name = file(&[entry(b"\xff\xfe", 1, &[1.0])]);
    assert_eq!(fault(&name), "the name at byte 8 is not UTF-8");
    assert_eq!(fault(&file(&[entry(b"a", 1, &[0.5, f32::NAN])])), "a: value 1 is NaN");
    assert_eq!(fault(&file(&[entry(b"a", 1, &[-1.0])])), "a: value 0 is -1");
    let twice = [entry(b"a", 1, &[1.0]), entry(b"a", 1, &[1.0])];
    assert_eq!(fault(&file(&twice)), "a is there twice");
    assert_eq!(fault(&file(&[entry(b"a", -3, &[1.0])])), "a call count at byte 9 is -3");

    let mut trailing = file(&[entry(b"a", 1, &[1.0])]);
    trailing.extend([1, 0, 0, 0, 0, 0, 0, 0, 9]);
    assert_eq!(fault(&trailing), "1 bytes follow the end");
}

proptest! {
    #[test]
    fn any_bytes_give_a_value_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Imatrix::parse(&bytes);
    }

    #[test]
    fn any_cut_of_a_good_file_gives_a_value_or_an_error(cut in 0..60_usize) {
        let bytes = file(&[entry(b"one", 1, &[1.0, 2.0]), entry(b"two", 1, &[3.0])]);
        let _ = Imatrix::parse(&bytes[..cut.min(bytes.len())]);
    }
}
