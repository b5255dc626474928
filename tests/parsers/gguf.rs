//! Tests of `ds4::gguf`.

mod build;
mod caps;
mod hostile;
mod info;
mod lies;

use std::path::PathBuf;

use ds4::gguf::{Error, Gguf, Value, ValueType, parse};
use ds4_plan::Format;
use expect_test::expect;

use crate::shared::shared;
use build::{File, array, string, ty, valid};

#[test]
fn a_valid_file_reads_back() {
    let parsed = valid().parsed();
    assert_eq!((parsed.version, parsed.alignment, parsed.data_start % 32), (3, 32, 0));
    assert_eq!(parsed.metadata.len(), 17);
    assert_eq!(parsed.metadata.iter().nth(2), Some(("u8", &Value::U8(200))));
    let tensor = parsed.tensor("output.weight").unwrap();
    assert_eq!((&tensor.dims[..], tensor.offset, tensor.bytes), (&[32, 2][..], 32, 68));
    assert_eq!(tensor.ty.format(), Some(Format::Q8_0));
    assert_eq!((tensor.n_values(), tensor.n_rows(), tensor.row_bytes()), (64, 2, 34));
    assert!(parsed.tensor("output").is_none());
}

#[test]
fn version_2_has_the_same_layout() {
    assert_eq!(valid().version(2).parsed().version, 2);
}

#[test]
fn integers_of_any_width_and_sign_are_integers() {
    let metadata = valid().parsed().metadata;
    assert_eq!(metadata.u64("u8").unwrap(), 200);
    assert_eq!(metadata.u32("u16").unwrap(), 60_000);
    assert_eq!(metadata.usize("i32").unwrap(), 43);
    assert_eq!(metadata.u64("u64").unwrap(), u64::MAX);
    assert_eq!(metadata.get("i64").unwrap().as_i64(), Some(i64::MIN));
    assert_eq!(metadata.get("u64").unwrap().as_i64(), None);
    assert_eq!(metadata.u64s("ratios").unwrap(), [0, 4, 128]);
    assert_eq!(metadata.i64s("ratios").unwrap(), [0, 4, 128]);
}

#[test]
fn other_values_have_getters() {
    let metadata = valid().parsed().metadata;
    assert_eq!(metadata.str("general.architecture").unwrap(), "deepseek4");
    assert!(metadata.bool("bool").unwrap());
    assert_eq!(metadata.f64("f32").unwrap().to_bits(), 1.5_f64.to_bits());
    assert_eq!(metadata.f32("f64").unwrap().to_bits(), 0.25_f32.to_bits());
    assert_eq!(metadata.f64s("limits").unwrap().len(), 1);
    assert_eq!(metadata.strs("tokens").unwrap(), ["a", "bé"]);
    let nested = metadata.get("nested").unwrap();
    assert_eq!(nested.describe(), "array of 2 array");
    let bytes = Value::Array(ValueType::U8, vec![Value::U8(7), Value::U8(8)]);
    assert_eq!(nested.as_array().unwrap()[0], bytes);
    assert_eq!(metadata.u64s("empty").unwrap(), [0_u64; 0]);
}

#[test]
fn a_getter_names_key_and_both_types() {
    let metadata = valid().parsed().metadata;
    let errors = [
        metadata.u64("missing").unwrap_err(),
        metadata.u64("i16").unwrap_err(),
        metadata.u32("u64").unwrap_err(),
        metadata.f64("u8").unwrap_err(),
        metadata.str("ratios").unwrap_err(),
        metadata.strs("ratios").unwrap_err(),
        metadata.u64s("bool").unwrap_err(),
    ];
    let lines: Vec<_> = errors.iter().map(Error::to_string).collect();
    expect![[r"
        metadata key `missing`: expected an unsigned integer, found nothing
        metadata key `i16`: expected an unsigned integer, found -2 (i16)
        metadata key `u64`: expected an unsigned integer below 2^32, found 18446744073709551615 (u64)
        metadata key `u8`: expected a floating-point number, found 200 (u8)
        metadata key `ratios`: expected text, found array of 3 i32
        metadata key `ratios`: expected an array of texts, found array of 3 i32
        metadata key `bool`: expected an array of unsigned integers, found bool"]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn value_type_numbers_round_trip() {
    for number in 0..13 {
        assert_eq!(ValueType::from_gguf(number).unwrap().gguf_number(), number);
    }
    assert_eq!(ValueType::from_gguf(13), None);
}

#[test]
fn other_alignments_move_the_data_section() {
    for alignment in [8_u64, 4096, ds4::gguf::MAX_ALIGNMENT] {
        let parsed = File::new().key("general.alignment", 10, alignment.to_le_bytes()).parsed();
        assert_eq!((parsed.alignment, parsed.data_start), (alignment, alignment.max(64)));
    }
}

#[test]
fn the_header_alone_is_enough_to_parse() {
    let bytes = valid().bytes();
    let header = &bytes[..bytes.len() - 100];
    assert_eq!(parse(header, bytes.len() as u64).unwrap().tensors.len(), 2);
}

#[test]
fn a_large_vocabulary_is_read() {
    let tokens: Vec<u8> = (0..130_000).flat_map(|token| string(token.to_string())).collect();
    let parsed = File::new().key("tokens", ty::ARRAY, array(ty::STRING, 130_000, tokens)).parsed();
    assert_eq!(parsed.metadata.strs("tokens").unwrap()[129_999], "129999");
}

#[test]
fn a_file_is_mapped() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("small.gguf");
    let mut bytes = valid().bytes();
    let end = bytes.len();
    bytes[end - 1] = 42;
    std::fs::write(&path, &bytes).unwrap();
    let gguf = Gguf::open(&path).unwrap();
    assert_eq!((gguf.path(), gguf.version(), gguf.file_bytes()), (&*path, 3, end as u64));
    let [norm, output] = gguf.tensors() else { panic!("{:?}", gguf.tensors()) };
    assert_eq!(gguf.data(norm), [0; 16]);
    assert_eq!(gguf.data(output).last(), Some(&42));
    assert_eq!(gguf.tensor("norm.weight"), Some(norm));
}

#[test]
fn what_cannot_be_opened_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let error = |name: &str| Gguf::open(&dir.path().join(name)).unwrap_err();
    assert!(matches!(error("absent.gguf"), Error::Open { .. }));
    let directory = error("").to_string();
    assert!(directory.contains("is not a regular file\nhelp: "), "{directory}");
    std::fs::write(dir.path().join("page.gguf"), "<!DOCTYPE html>").unwrap();
    std::fs::write(dir.path().join("empty.gguf"), "").unwrap();
    let at = dir.path().display().to_string();
    expect![[r#"
        DIR/page.gguf is not a GGUF file that can be used
          magic: expected "GGUF", found "<!DO"
        help: `ds4 quantize` makes a GGUF file from a checkpoint"#]]
    .assert_eq(&error("page.gguf").to_string().replace(&at, "DIR"));
    expect![[r"
        DIR/empty.gguf is not a GGUF file that can be used
          header: expected 4 bytes at byte 0, found the end of the file after 0
        help: the file may be cut short; compare its size with the original's"]]
    .assert_eq(&error("empty.gguf").to_string().replace(&at, "DIR"));
}

#[test]
#[should_panic(expected = "is not of")]
fn a_tensor_of_another_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("small.gguf");
    std::fs::write(&path, valid().bytes()).unwrap();
    let gguf = Gguf::open(&path).unwrap();
    let mut other = gguf.tensors()[1].clone();
    other.offset += 32;
    let _ = gguf.data(&other);
}

#[test]
fn tiny_models_read() {
    for (name, n_tensors, n_keys) in
        [("ds4-tiny-q2.gguf", 178, 47), ("ds4-tiny-mtp-q2.gguf", 32, 2)]
    {
        let Some(path) = tiny(name) else { continue };
        let gguf = Gguf::open(&path).unwrap();
        assert_eq!((gguf.tensors().len(), gguf.metadata().len()), (n_tensors, n_keys));
        assert_eq!(gguf.metadata().str("general.architecture").unwrap(), "deepseek4");
        for tensor in gguf.tensors() {
            assert!(tensor.ty.format().is_some(), "{tensor:?}");
            assert_eq!(gguf.data(tensor).len() as u64, tensor.bytes);
        }
    }
}

/// A trained model of a few megabytes, or `None` and a printed reason.
fn tiny(name: &str) -> Option<PathBuf> {
    shared(&format!("tiny/gguf/{name}"))
}
