//! Each limit of the reader: a file at it is read where that is cheap, a file beyond it refused.

use ds4::gguf::{
    MAX_DEPTH, MAX_DIMS, MAX_ELEMENTS, MAX_HEADER_BYTES, MAX_KEYS, MAX_NAME_BYTES, MAX_TENSORS,
    parse,
};
use expect_test::expect;

use super::build::{File, array, ty};
use super::lies::check;

#[test]
fn more_keys_than_accepted() {
    let file = (0..=MAX_KEYS).fold(File::new(), |file, at| file.key(at.to_le_bytes(), ty::U8, [0]));
    check(
        &file,
        expect![[r#"
          header: expected at most 65536 metadata keys, found 65537
        help: the file is damaged or its writer faulty; fetch or make it again"#]],
    );
}

#[test]
fn more_tensors_than_accepted() {
    let file = (0..=MAX_TENSORS)
        .fold(File::new(), |file, at| file.tensor(&at.to_string(), &[1], 0, at * 32));
    check(
        &file,
        expect![[r#"
          header: expected at most 65536 tensors, found 65537
        help: the file is damaged or its writer faulty; fetch or make it again"#]],
    );
}

#[test]
fn more_elements_than_accepted() {
    let half = usize::try_from(MAX_ELEMENTS / 2).unwrap();
    let one = File::new().key("a", ty::ARRAY, array(ty::U8, MAX_ELEMENTS / 2, vec![0; half]));
    let two = one.clone().key("b", ty::ARRAY, array(ty::U8, MAX_ELEMENTS / 2, vec![0; half]));
    assert_eq!(two.parsed().metadata.len(), 2);
    check(
        &two.key("c", ty::ARRAY, array(ty::U8, 1, [0])),
        expect![[r#"
          metadata key `c`: expected at most 4194304 elements, found 4194305
        help: the file is damaged or its writer faulty; fetch or make it again"#]],
    );
    let all = array(ty::U8, MAX_ELEMENTS + 1, vec![0; 2 * half + 1]);
    check(
        &File::new().key("a", ty::ARRAY, all),
        expect![[r#"
          metadata key `a`: expected at most 4194304 elements, found 4194305
        help: the file is damaged or its writer faulty; fetch or make it again"#]],
    );
}

#[test]
fn deeper_arrays_than_accepted() {
    let nested = |depth: u32| {
        let innermost = array(ty::U8, 1, [1]);
        let value = (1..depth).fold(innermost, |inner, _| array(ty::ARRAY, 1, inner));
        File::new().key("a", ty::ARRAY, value)
    };
    assert_eq!(nested(MAX_DEPTH).parsed().metadata.len(), 1);
    check(
        &nested(MAX_DEPTH + 1),
        expect![[r#"
          metadata key `a`: expected arrays at most 4 deep, found more
        help: the file is damaged or its writer faulty; fetch or make it again"#]],
    );
    check(
        &nested(1000),
        expect![[r#"
          metadata key `a`: expected arrays at most 4 deep, found more
        help: the file is damaged or its writer faulty; fetch or make it again"#]],
    );
}

#[test]
fn longer_names_than_accepted() {
    let most = usize::try_from(MAX_NAME_BYTES).unwrap();
    assert_eq!(File::new().key("k".repeat(most), ty::U8, [0]).parsed().metadata.len(), 1);
    let name = "n".repeat(most + 1);
    let file = File::new().key(&name, ty::U8, [0]).tensor(&name, &[1], 0, 0).data(32);
    check(
        &file,
        expect![[r#"
          metadata key number 0: expected a name of at most 65535 bytes, found 65536
          tensor record number 0: expected a name of at most 65535 bytes, found 65536
        help: the file is damaged or its writer faulty; fetch or make it again"#]],
    );
}

#[test]
fn more_dimensions_than_accepted() {
    let dims = usize::try_from(MAX_DIMS).unwrap();
    assert_eq!(File::new().tensor("t", &vec![1; dims], 0, 0).data(32).parsed().tensors.len(), 1);
    check(
        &File::new().tensor("t", &vec![1; dims + 1], 0, 0).data(32),
        expect![[r#"
          tensor `t`: expected 1 to 4 dimensions, found 5
        help: the file is damaged or its writer faulty; fetch or make it again"#]],
    );
}

#[test]
fn a_longer_header_than_accepted() {
    // The text is never touched, so the operating system never provides it.
    let mut bytes = vec![0; usize::try_from(MAX_HEADER_BYTES).unwrap() + 64];
    let head = File::new().key("a", ty::STRING, MAX_HEADER_BYTES.to_le_bytes()).bytes();
    bytes[..head.len()].copy_from_slice(&head);
    let message = parse(&bytes, bytes.len() as u64).unwrap_err().to_string();
    expect![[r#"
        the input is not a GGUF file that can be used
          metadata key `a`: lies past byte 67108864, the longest header accepted
        help: the file is damaged or its writer faulty; fetch or make it again"#]]
    .assert_eq(&message);
}
