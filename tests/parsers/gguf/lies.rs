//! One test for each way in which a file can be wrong, and the words it is told with.

use expect_test::{Expect, expect};

use super::build::{File, array, message, string, ty, valid};

/// Compares the problems of a file, without the first line that all messages share.
#[expect(clippy::needless_pass_by_value, reason = "an expectation is written in place")]
pub(super) fn check(file: &File, expected: Expect) {
    expected.assert_eq(
        file.message().strip_prefix("the input is not a GGUF file that can be used\n").unwrap(),
    );
}

#[test]
fn other_magics() {
    let first = |bytes: &[u8]| message(bytes).lines().skip(1).collect::<Vec<_>>().join("\n");
    expect![[r#"
          magic: expected "GGUF", found "PK\x03\x04"
        help: `ds4 quantize` makes a GGUF file from a checkpoint"#]]
    .assert_eq(&first(b"PK\x03\x04 an archive"));
    expect![[r#"
          magic: expected "GGUF", found "vers"
        help: this looks like a Git LFS pointer; fetch the file it stands for"#]]
    .assert_eq(&first(b"version https://git-lfs.github.com/spec/v1"));
}

#[test]
fn other_versions() {
    check(
        &valid().version(1),
        expect![[r#"
          version: expected 2 or 3, found 1
        help: convert the file to GGUF version 3"#]],
    );
    check(
        &valid().version(4),
        expect![[r#"
          version: expected 2 or 3, found 4
        help: the file needs a later release of this program"#]],
    );
    check(
        &valid().version(0),
        expect![[r#"
          version: expected 2 or 3, found 0
        help: the file is damaged or its writer faulty; fetch or make it again"#]],
    );
    check(
        &valid().version(3_u32.swap_bytes()),
        expect![[r#"
          byte order: expected little-endian, found a big-endian file of version 3
        help: write the file again in little-endian byte order"#]],
    );
}

#[test]
fn counts_beyond_the_file() {
    check(
        &valid().n_keys(u64::MAX).n_tensors(1 << 60),
        expect![[r#"
          header: 1152921504606846976 tensors need at least 27670116110564327424 bytes, found 716
          header: 18446744073709551615 metadata keys need at least 239807672958224170995 bytes, found 716
        help: the file may be cut short; compare its size with the original's"#]],
    );
    check(
        &valid().n_tensors(1 << 40),
        expect![[r#"
          header: 1099511627776 tensors need at least 26388279066624 bytes, found 716
        help: the file may be cut short; compare its size with the original's"#]],
    );
    check(
        &valid().n_keys(200),
        expect![[r#"
          header: 200 metadata keys need at least 2600 bytes, found 716
        help: the file may be cut short; compare its size with the original's"#]],
    );
}

#[test]
fn cut_short() {
    let bytes = valid().bytes();
    let cut =
        |length: usize| message(&bytes[..length]).lines().skip(1).collect::<Vec<_>>().join("\n");
    expect![[r#"
          header: expected 4 bytes at byte 4, found the end of the file after 2
        help: the file may be cut short; compare its size with the original's"#]]
    .assert_eq(&cut(6));
    expect![[r#"
          tensor record number 1: expected 16 bytes at byte 582, found the end of the file after 8
        help: the file may be cut short; compare its size with the original's"#]]
    .assert_eq(&cut(bytes.len() - 150));
    expect![[r#"
          tensor `output.weight`: ends at byte 740, the file at byte 739
        help: the file may be cut short; compare its size with the original's"#]]
    .assert_eq(&cut(bytes.len() - 1));
    expect![[r#"
          tensor `output.weight`: ends at byte 740, the file at byte 671
        help: the file may be cut short; compare its size with the original's"#]]
    .assert_eq(&cut(bytes.len() - 69));
}

#[test]
fn strings_beyond_the_file() {
    check(
        &File::new().key("a", ty::STRING, u64::MAX.to_le_bytes()),
        expect![[r#"
          metadata key `a`: expected 18446744073709551615 bytes at byte 45, found the end of the file after 0
        help: the file may be cut short; compare its size with the original's"#]],
    );
    let length = [1000_u64.to_le_bytes().as_slice(), b"short"].concat();
    check(
        &File::new().key("a", ty::STRING, length),
        expect![[r#"
          metadata key `a`: expected 1000 bytes at byte 45, found the end of the file after 5
        help: the file may be cut short; compare its size with the original's"#]],
    );
}

#[test]
fn arrays_beyond_the_file() {
    check(
        &File::new().key("a", ty::ARRAY, array(ty::U32, u64::MAX, [])),
        expect![[r#"
          metadata key `a`: 18446744073709551615 elements need at least 73786976294838206460 bytes, found 0
        help: the file may be cut short; compare its size with the original's"#]],
    );
    check(
        &File::new().key("a", ty::ARRAY, array(ty::STRING, 2, string("x"))),
        expect![[r#"
          metadata key `a`: 2 elements need at least 16 bytes, found 9
        help: the file may be cut short; compare its size with the original's"#]],
    );
}

#[test]
fn unknown_value_types() {
    check(
        &File::new().key("a", 13, []),
        expect![[r#"
          metadata key `a`: expected a value type from 0 to 12 at byte 33, found 13
        help: the file is damaged or its writer faulty; fetch or make it again"#]],
    );
    check(
        &File::new().key("a", ty::ARRAY, array(99, 1, [0])),
        expect![[r#"
          metadata key `a`: expected a value type from 0 to 12 at byte 37, found 99
        help: the file is damaged or its writer faulty; fetch or make it again"#]],
    );
}

#[test]
fn text_that_is_not() {
    let file = File::new()
        .key([b'k', 0xff], ty::U8, [0])
        .key("text", ty::STRING, string([b'a', b'b', 0xc3]))
        .key("tokens", ty::ARRAY, array(ty::STRING, 2, [string("fine"), string([0x80])].concat()));
    check(
        &file,
        expect![[r#"
          metadata key number 0: expected UTF-8 at byte 33, found `k�`
          metadata key `text`: expected UTF-8 at byte 65, found `ab�`
          metadata key `tokens`: expected UTF-8 at byte 116, found `�`
        help: the file is damaged or its writer faulty; fetch or make it again"#]],
    );
}

#[test]
fn booleans_that_are_not() {
    let file =
        File::new().key("a", ty::BOOL, [2]).key("b", ty::ARRAY, array(ty::BOOL, 3, [0, 1, 255]));
    check(
        &file,
        expect![[r#"
          metadata key `a`: expected 0 or 1 for a truth value at byte 37, found 2
          metadata key `b`: expected 0 or 1 for a truth value at byte 65, found 255
        help: the file is damaged or its writer faulty; fetch or make it again"#]],
    );
}

#[test]
fn names_twice() {
    let file = File::new()
        .key("a", ty::U8, [0])
        .key("b", ty::U8, [0])
        .key("a", ty::U8, [0])
        .key("a", ty::U8, [0])
        .tensor("t", &[1], 0, 0)
        .tensor("t", &[1], 0, 32)
        .data(64);
    check(
        &file,
        expect![[r#"
          metadata key `a`: occurs more than once
          tensor `t`: occurs more than once
        help: the file is damaged or its writer faulty; fetch or make it again"#]],
    );
}

#[test]
fn alignments_that_are_none() {
    for (alignment, shown) in [(0_u64, "0"), (4, "4"), (48, "48"), (1 << 21, "2097152")] {
        let file = File::new().key("general.alignment", 10, alignment.to_le_bytes());
        assert!(file.message().contains(&format!(", found {shown}\n")), "{}", file.message());
    }
    check(
        &File::new().key("general.alignment", ty::STRING, string("x")),
        expect![[r#"
          metadata key `general.alignment`: expected a power of two from 8 to 1048576, found string
        help: the file is damaged or its writer faulty; fetch or make it again"#]],
    );
}

#[test]
fn dimensions_that_are_none() {
    let file = File::new()
        .tensor("none", &[], 0, 0)
        .tensor("five", &[1; 5], 0, 0)
        .tensor("zero", &[4, 0], 0, 0)
        .tensor("huge", &[1 << 40, 1 << 40], 0, 0)
        .tensor("large", &[1 << 63], 0, 0)
        .tensor("part", &[100, 4], 8, 0)
        .tensor("fp8", &[128, 4], 42, 0)
        .data(32);
    check(
        &file,
        expect![[r#"
          tensor `none`: expected 1 to 4 dimensions, found 0
          tensor `five`: expected 1 to 4 dimensions, found 5
          tensor `zero`: expected dimensions above 0, found [4, 0]
          tensor `huge`: expected a size below 2^64, found dimensions [1099511627776, 1099511627776]
          tensor `large`: expected a size below 2^64, found dimensions [9223372036854775808]
          tensor `part`: expected rows of a multiple of 32 values for Q8_0, found 100
          tensor `fp8`: type number 42 is no public format, so its size is unknown
        help: look for a file made with public formats"#]],
    );
}

#[test]
fn places_that_are_none() {
    let file = File::new()
        .tensor("first", &[16], 0, 0)
        .tensor("inside", &[4], 0, 32)
        .tensor("between", &[4], 0, 72)
        .tensor("beyond", &[32], 0, 96)
        .tensor("far", &[1], 0, u64::MAX - 31)
        .data(128);
    check(
        &file,
        expect![[r#"
          tensor `between`: expected an offset that is a multiple of 32, found 72
          tensor `beyond`: ends at byte 448, the file at byte 352
          tensor `far`: ends at byte 18446744073709551812, the file at byte 352
          tensor `inside`: starts at offset 32, before `first` ends at 64
        help: the file may be cut short; compare its size with the original's"#]],
    );
}

#[test]
fn everything_wrong_is_told_at_once() {
    let file = File::new()
        .key("general.alignment", ty::U32, 33_u32.to_le_bytes())
        .key("b", ty::BOOL, [7])
        .key("b", ty::BOOL, [1])
        .tensor("t", &[33], 8, 1)
        .tensor("u", &[], 0, 0);
    check(
        &file,
        expect![[r#"
          metadata key `b`: expected 0 or 1 for a truth value at byte 70, found 7
          metadata key `b`: occurs more than once
          metadata key `general.alignment`: expected a power of two from 8 to 1048576, found 33
          tensor `t`: expected rows of a multiple of 32 values for Q8_0, found 33
          tensor `u`: expected 1 to 4 dimensions, found 0
        help: the file is damaged or its writer faulty; fetch or make it again"#]],
    );
}

#[test]
fn a_cut_does_not_hide_what_came_before() {
    let name = "u".repeat(40);
    let file = File::new().tensor("t", &[0], 0, 0).tensor(&name, &[1], 0, 1).n_tensors(3);
    check(
        &file,
        expect![[r#"
          tensor record number 2: expected 8 bytes at byte 129, found the end of the file after 0
          tensor `t`: expected dimensions above 0, found [0]
          tensor `uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu`: expected an offset that is a multiple of 32, found 1
        help: the file may be cut short; compare its size with the original's"#]],
    );
}

#[test]
fn only_the_first_problems_are_shown() {
    let file = (0..30).fold(File::new(), |file, at| file.tensor(&format!("t{at}"), &[], 0, 0));
    let message = file.message();
    assert_eq!(message.lines().count(), 1 + 16 + 2, "{message}");
    assert!(message.contains("\n  and 14 more\n"), "{message}");
}

#[test]
fn names_are_shown_printable_and_short() {
    let name = format!("a\n\u{1b}[31m{}", "x".repeat(1000));
    check(
        &File::new().tensor(&name, &[], 0, 0),
        expect![[r#"
          tensor `a\n\u{1b}[31mxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…`: expected 1 to 4 dimensions, found 0
        help: the file is damaged or its writer faulty; fetch or make it again"#]],
    );
}
