//! What conversion refuses and how it says so, and what it makes of unusual checkpoints.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use ds4::gguf::Overwrite;
use ds4::quantize::{Checkpoint, Imatrix, Plan, Recipe, Settings};
use ds4_plan::Format;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::checkpoints::{
    Silent, Stored, Style, bits, convert, official, safetensors, settings, small, small_config,
    write,
};
use super::imatrix::{entry, file};

fn failure(tensors: &BTreeMap<String, Stored>) -> String {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), tensors);
    let checkpoint = Checkpoint::open(folder.path()).unwrap();
    let target = folder.path().join("out.gguf");
    let result = Plan::main(&checkpoint, settings(Recipe::F32))
        .and_then(|plan| plan.write(&target, Overwrite::Refuse, &mut Silent));
    assert!(!target.exists() && !folder.path().join("out.gguf.partial").exists());
    let error = anyhow::Error::from(result.unwrap_err());
    format!("{error:#}").replace(&folder.path().display().to_string(), "FOLDER")
}

#[test]
fn every_difference_is_listed_at_once() {
    let mut tensors = small(Style::Vendor);
    tensors.remove("layers.1.attn.wq_a.weight").unwrap();
    tensors.remove("layers.1.ffn.experts.2.w2.scale").unwrap();
    tensors.insert("norm.weight".to_owned(), ("F32", vec![3], vec![0; 12]));
    tensors.insert("layers.0.attn.wkv.weight".to_owned(), ("I64", vec![96, 160], vec![0; 122_880]));
    tensors.insert("layers.9.attn_norm.weight".to_owned(), ("F32", vec![1], vec![0; 4]));
    expect_test::expect![[r"
        FOLDER does not hold the tensors of its config.json
          norm.weight: expected shape [160], found [3]
          layers.0.attn.wkv.weight: cannot be of type I64
          layers.1.attn.wq_a.weight: missing
          layers.1.ffn.experts.2.w2.scale: missing
          layers.9.attn_norm.weight: not part of the model
        help: the folder must be in the vendor's layout, with the vendor's tensor names"]]
    .assert_eq(&failure(&tensors));
}

#[test]
fn a_long_list_is_capped_and_counted() {
    let text = failure(&BTreeMap::new());
    assert_eq!(text.lines().count(), 23);
    assert!(text.contains("\n  and 90 more\n"), "{text}");
}

#[test]
fn bad_numbers_name_their_tensor_and_place() {
    let mut tensors = small(Style::Plain);
    let matrix = &mut tensors.get_mut("layers.2.ffn.experts.1.w1.weight").unwrap().2;
    let at = 2 * (5 * 160 + 7);
    matrix[at..at + 2].copy_from_slice(&half::bf16::NAN.to_le_bytes());
    expect_test::expect![
        "layers.2.ffn.experts.1.w1.weight: value NaN at row 5, column 7 cannot be written as F32"
    ]
    .assert_eq(&failure(&tensors));

    let mut tensors = small(Style::Vendor);
    tensors.get_mut("layers.0.attn.wkv.scale").unwrap().2[1] = 255;
    expect_test::expect![
        "layers.0.attn.wkv.weight: value NaN at row 0, column 128 cannot be written as F32"
    ]
    .assert_eq(&failure(&tensors));

    let mut tensors = small(Style::Plain);
    tensors.get_mut("layers.0.ffn.gate.tid2eid").unwrap().2[8 * 5] = 3;
    expect_test::expect!["layers.0.ffn.gate.tid2eid: row 2 names expert 3, but there are 3"]
        .assert_eq(&failure(&tensors));
}

#[test]
fn widths_that_are_not_whole_blocks_fall_back_with_a_note() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &small(Style::Plain));
    let checkpoint = Checkpoint::open(folder.path()).unwrap();
    let plan = Plan::main(&checkpoint, settings(Recipe::Q2)).unwrap();
    let formats = |name: &str| {
        let planned = plan.tensors().iter().find(|planned| planned.tensor.name == name).unwrap();
        (planned.tensor.format.name(), planned.instead_of.map(Format::name))
    };
    assert_eq!(formats("blk.0.ffn_gate_exps.weight"), ("Q8_0", Some("IQ2_XXS")));
    assert_eq!(formats("blk.0.ffn_down_exps.weight"), ("Q8_0", Some("Q2_K")));
    assert_eq!(formats("blk.0.attn_q_b.weight"), ("Q8_0", None));
    assert_eq!(formats("blk.1.attn_compressor_kv.weight"), ("F16", None));
    convert(&plan, &folder.path().join("q2.gguf"));
}

#[test]
fn shards_are_joined_and_hostile_indexes_refused() {
    let folder = tempfile::tempdir().unwrap();
    let tensors = small(Style::Plain);
    write(folder.path(), &tensors);
    let target = folder.path().join("whole.gguf");
    let whole = Checkpoint::open(folder.path()).unwrap();
    let whole = convert(&Plan::main(&whole, settings(Recipe::Bf16)).unwrap(), &target);
    fs::remove_file(folder.path().join("model.safetensors")).unwrap();

    let name = |i: usize| format!("model-{i}.safetensors");
    let mut map = serde_json::Map::new();
    for i in 0..2 {
        let part: Vec<_> = tensors.iter().skip(i).step_by(2).collect();
        fs::write(folder.path().join(name(i)), safetensors(part.iter().copied())).unwrap();
        map.extend(part.iter().map(|(tensor, _)| ((*tensor).clone(), json!(name(i)))));
    }
    let index: PathBuf = folder.path().join("model.safetensors.index.json");
    fs::write(&index, json!({"weight_map": map}).to_string()).unwrap();
    let sharded = Checkpoint::open(folder.path()).unwrap();
    let target = folder.path().join("sharded.gguf");
    assert_eq!(convert(&Plan::main(&sharded, settings(Recipe::Bf16)).unwrap(), &target), whole);

    fs::write(&index, json!({"weight_map": {"a": "../secret"}}).to_string()).unwrap();
    let error = anyhow::Error::from(Checkpoint::open(folder.path()).unwrap_err());
    assert!(format!("{error:#}").ends_with("../secret is not a file name"), "{error:#}");
}

#[test]
fn hostile_shards_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &BTreeMap::new());
    let refused = |bytes: &[u8]| {
        fs::write(folder.path().join("model.safetensors"), bytes).unwrap();
        let error = anyhow::Error::from(Checkpoint::open(folder.path()).unwrap_err());
        format!("{error:#}").split_once("valid safetensors file: ").unwrap().1.to_owned()
    };
    let header = |text: &str| [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat();
    assert_eq!(refused(b"abc"), "the file has 3 bytes, its header needs 8");
    assert_eq!(refused(&100_u64.to_le_bytes()), "the file has 8 bytes, its header needs 108");
    let long = "the header has 18446744073709551615 bytes, more than 100000000";
    assert_eq!(refused(&u64::MAX.to_le_bytes()), long);
    assert!(refused(&header("[]")).starts_with("the header is not JSON"));
    assert_eq!(refused(&header(r#"{"a": 1}"#)), "a: dtype is missing or malformed");
    let unknown = r#"{"a": {"dtype": "C64", "shape": [1], "data_offsets": [0, 8]}}"#;
    assert_eq!(refused(&header(unknown)), "a: unknown element type C64");
    for (shape, span) in
        [("[4]", "[0, 16]"), ("[9223372036854775807, 9]", "[0, 0]"), ("[0]", "[5, 2]")]
    {
        let text =
            format!(r#"{{"a": {{"dtype": "F32", "shape": {shape}, "data_offsets": {span}}}}}"#);
        assert!(refused(&header(&text)).starts_with("a: F32 "), "{shape} {span}");
    }
}

#[test]
fn configurations_of_other_models_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |key: &str, value: Value| {
        let mut config = small_config();
        config[key] = value;
        fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
        let error = anyhow::Error::from(Checkpoint::open(folder.path()).unwrap_err());
        format!("{error:#}").split_once("config.json").unwrap().1.to_owned()
    };
    let model = refused("model_type", json!("deepseek_v41"));
    assert_eq!(model, ": model_type is deepseek_v41, expected deepseek_v4");
    let ratio = refused("compress_ratios", json!([0, 0, 2]));
    assert_eq!(ratio, ": a compress_ratio is 2, expected 0, 4 or 128");
    assert_eq!(refused("hidden_size", json!(0)), ": hidden_size is 0, expected 1 to 16777216");
    let groups = refused("o_groups", json!(3));
    assert_eq!(groups, ": o_groups is 3, expected a divisor of 4 heads");
    assert!(refused("vocab_size", json!("8")).starts_with(" is not as expected: invalid type"));
}

#[test]
fn tokenizers_that_do_not_fill_the_vocabulary_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &small(Style::Plain));
    let refused = |vocab: Value| {
        let text = json!({"model": {"type": "BPE", "merges": [], "vocab": vocab}}).to_string();
        fs::write(folder.path().join("tokenizer.json"), text).unwrap();
        let checkpoint = Checkpoint::open(folder.path()).unwrap();
        let error = Plan::main(&checkpoint, settings(Recipe::Q2)).unwrap_err();
        format!("{:#}", anyhow::Error::from(error)).split_once("model: ").unwrap().1.to_owned()
    };
    let holes = refused(json!({"a": 0, "b": 2}));
    assert_eq!(holes, "6 of 8 tokens have no text, the first is 1");
    assert_eq!(refused(json!({"a": 8})), "token 8 lies outside the vocabulary of 8");
    assert_eq!(refused(json!({"a": 1, "b": 1})), "token 1 has two texts");
}

#[test]
fn importance_must_fit_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = small_config();
    config["moe_intermediate_size"] = json!(256);
    let mut tensors = small(Style::Plain);
    for (name, dtype, shape) in official(&config, Style::Plain) {
        let bytes = vec![0; shape.iter().product::<usize>() * bits(dtype) / 8];
        tensors.insert(name, (dtype, shape, bytes));
    }
    write(folder.path(), &tensors);
    fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    let checkpoint = Checkpoint::open(folder.path()).unwrap();
    let path = folder.path().join("importance.dat");
    let plan = |entry: Vec<u8>| {
        let imatrix = Imatrix::parse(&file(&[entry])).unwrap();
        let importance = Some((&path, &imatrix));
        let plan = Plan::main(&checkpoint, Settings { importance, ..settings(Recipe::Q2) });
        plan.map(|plan| plan.metadata().len()).map_err(anyhow::Error::from)
    };
    let unrelated = format!("{:#}", plan(entry(b"x", 1, &[1.0])).unwrap_err());
    assert!(unrelated.ends_with("matrix: no entry belongs to this model"), "{unrelated}");
    let short = plan(entry(b"blk.1.ffn_down_exps.weight", 1, &[1.0; 5])).unwrap_err().to_string();
    let expected = "blk.1.ffn_down_exps.weight: expected 768 importance values, found 5";
    assert!(short.contains(expected), "{short}");
    let plain = Plan::main(&checkpoint, settings(Recipe::Q2)).unwrap().metadata().len();
    let alone = b"blk.1.ffn_down_exps.weight.expert.2";
    assert_eq!(plan(entry(alone, 1, &[1.0; 256])).unwrap(), plain + 2);
    assert_eq!(plan(entry(b"blk.1.ffn_down_exps.weight", 1, &[1.0; 768])).unwrap(), plain + 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_shard_gives_a_checkpoint_or_an_error(
        entry in "[{}\\[\\]\",:a-z0-9 ]{0,80}",
        length in prop_oneof![any::<u64>(), 0..100_u64],
        valid in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &BTreeMap::new());
        let length = if valid { entry.len() as u64 } else { length };
        let bytes = [&length.to_le_bytes(), entry.as_bytes()].concat();
        fs::write(folder.path().join("model.safetensors"), bytes).unwrap();
        let _ = Checkpoint::open(folder.path());
    }
}
