//! `ds4 info` as a program.

use std::path::Path;
use std::process::{Command, Output};

use expect_test::expect;
use serde_json::Value;

use super::build::{File, array, string, ty};
use super::tiny;

fn info(path: &Path, flags: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ds4")).arg("info").arg(path).args(flags).output().unwrap()
}

/// What it prints when it succeeds.
fn shown(path: &Path, flags: &[&str]) -> String {
    let output = info(path, flags);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A model of four tensors.
fn small() -> File {
    File::new()
        .key("general.architecture", ty::STRING, string("deepseek4"))
        .key("general.name", ty::STRING, string("small"))
        .key("deepseek4.expert_used_count", ty::U32, 2_u32.to_le_bytes())
        .key("deepseek4.epsilon", ty::F32, 1e-6_f32.to_le_bytes())
        .key("tokens", ty::ARRAY, array(ty::STRING, 9, string("t").repeat(9)))
        .tensor("token_embd.weight", &[32, 10], 1, 0)
        .tensor("blk.0.attn_q_a.weight", &[32, 32], 8, 640)
        .tensor("blk.0.ffn_up_exps.weight", &[256, 1, 4], 16, 1728)
        .tensor("blk.0.attn_norm.weight", &[32], 0, 2016)
        .data(2016 + 128)
}

#[test]
fn the_text_says_what_the_file_holds() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("small.gguf");
    std::fs::write(&path, small().bytes()).unwrap();
    let text = shown(&path, &["--all"]);
    let text = text.replace(&dir.path().display().to_string(), "DIR");
    expect![[r#"
        DIR/small.gguf
          name          small
          architecture  deepseek4
          size          2.62 KiB (2688 bytes)
          container     GGUF version 3, 5 metadata keys, 4 tensors, aligned to 32 bytes
          runs here     no: differs from tiny, the nearest model
            deepseek4.block_count: missing
            deepseek4.context_length: missing
            deepseek4.embedding_length: missing
            deepseek4.vocab_size: missing
            deepseek4.attention.head_count: missing
            deepseek4.attention.head_count_kv: missing
            deepseek4.attention.key_length: missing
            deepseek4.attention.value_length: missing
            deepseek4.rope.dimension_count: missing
            deepseek4.attention.q_lora_rank: missing
            deepseek4.attention.output_lora_rank: missing
            deepseek4.attention.output_group_count: missing
            and 201 more; --json lists all

        tensors                count        size  formats
          embedding, output        1       640 B  F16 1
          attention                1    1.06 KiB  Q8_0 1
          routed experts           1       264 B  IQ2_XXS 1
          norms                    1       128 B  F32 1
          total                    4    2.07 KiB

        read per decoded token                           MB   share
          attention query                              0.00  77.1 %
          norms, sinks, embedding row, hash rows       0.00  13.6 %
          routed gate + up                             0.00   9.3 %
          total                                        0.00
          weights only, 2 routed experts a layer; the cache comes on top

        limit by bandwidth            GB/s        tokens/s
          AMD MI300X                  5300    3753541076.5
          NVIDIA H200                 4800    3399433427.8
          Apple M3 Ultra               819     580028328.6
          Apple M4 Max                 546     386685552.4
          NVIDIA GB10                  273     193342776.2
          AMD Ryzen AI Max             256     181303116.1

        metadata
          general.architecture = "deepseek4"
          general.name = "small"
          deepseek4.expert_used_count = 2
          deepseek4.epsilon = 1e-6
          tokens = 9 elements ["t","t","t","t","t","t","t","t",…]

        tensors in file order: shape innermost first, format, bytes, offset, group
          token_embd.weight         [32, 10]              F16              640             0  embedding, output
          blk.0.attn_q_a.weight     [32, 32]              Q8_0            1088           640  attention
          blk.0.ffn_up_exps.weight  [256, 1, 4]           IQ2_XXS          264          1728  routed experts
          blk.0.attn_norm.weight    [32]                  F32              128          2016  norms
    "#]].assert_eq(&text);
    assert_eq!(shown(&path, &["--metadata", "--tensors"]), shown(&path, &["--all"]));
    assert!(!shown(&path, &[]).contains("general.name"));
}

#[test]
fn json_says_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("small.gguf");
    std::fs::write(&path, small().bytes()).unwrap();
    let short: Value = serde_json::from_str(&shown(&path, &["--json"])).unwrap();
    assert!(short.get("metadata").is_none() && short.get("tensors").is_none());
    let mut all: Value = serde_json::from_str(&shown(&path, &["--json", "--all"])).unwrap();
    all["path"] = "small.gguf".into();
    all["decode"]["limits"].as_array_mut().unwrap().truncate(1);
    all["runs"]["mismatches"].as_array_mut().unwrap().truncate(1);
    let fields = all.as_object().unwrap().iter();
    let lines: Vec<_> = fields.map(|(field, value)| format!("{field}: {value}")).collect();
    expect![[r#"
        path: "small.gguf"
        file_bytes: 2688
        version: 3
        alignment: 32
        architecture: "deepseek4"
        name: "small"
        n_metadata_keys: 5
        n_tensors: 4
        tensor_bytes: 2120
        groups: [{"group":"embedding, output","n_tensors":1,"bytes":640,"formats":{"F16":{"n_tensors":1,"bytes":640}}},{"group":"attention","n_tensors":1,"bytes":1088,"formats":{"Q8_0":{"n_tensors":1,"bytes":1088}}},{"group":"routed experts","n_tensors":1,"bytes":264,"formats":{"IQ2_XXS":{"n_tensors":1,"bytes":264}}},{"group":"norms","n_tensors":1,"bytes":128,"formats":{"F32":{"n_tensors":1,"bytes":128}}}]
        decode: {"bytes_per_token":1412,"n_experts_used":2,"components":[{"component":"attention query","bytes":1088},{"component":"norms, sinks, embedding row, hash rows","bytes":192},{"component":"routed gate + up","bytes":132}],"limits":[{"machine":"AMD MI300X","gb_per_second":5300,"tokens_per_second":3753541076.487252}]}
        runs: {"can_run":false,"model":"tiny","devices":[],"mismatches":["deepseek4.block_count: missing"]}
        metadata: [{"key":"general.architecture","type":"string","value":"deepseek4"},{"key":"general.name","type":"string","value":"small"},{"key":"deepseek4.expert_used_count","type":"u32","value":2},{"key":"deepseek4.epsilon","type":"f32","value":1e-6},{"key":"tokens","type":"array","length":9,"value":["t","t","t","t","t","t","t","t"]}]
        tensors: [{"name":"token_embd.weight","dims":[32,10],"format":"F16","offset":0,"bytes":640,"group":"embedding, output"},{"name":"blk.0.attn_q_a.weight","dims":[32,32],"format":"Q8_0","offset":640,"bytes":1088,"group":"attention"},{"name":"blk.0.ffn_up_exps.weight","dims":[256,1,4],"format":"IQ2_XXS","offset":1728,"bytes":264,"group":"routed experts"},{"name":"blk.0.attn_norm.weight","dims":[32],"format":"F32","offset":2016,"bytes":128,"group":"norms"}]"#]].assert_eq(&lines.join("\n"));
}

#[test]
fn other_architectures_are_shown_but_do_not_run() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("other.gguf");
    let file = File::new().key("general.architecture", ty::STRING, string("llama"));
    std::fs::write(&path, file.bytes()).unwrap();
    let text = shown(&path, &[]);
    let no = "runs here     no: differs from tiny, the nearest model\n    general.architecture: expected deepseek4, found";
    assert!(text.contains(no), "{text}");
    assert!(text.contains("read per decoded token: unknown"), "{text}");
}

#[test]
fn a_damaged_file_fails_with_everything_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cut.gguf");
    let bytes = small().bytes();
    std::fs::write(&path, &bytes[..bytes.len() - 500]).unwrap();
    let output = info(&path, &["--json"]);
    assert_eq!((output.status.success(), output.stdout.len()), (false, 0));
    let message = String::from_utf8(output.stderr).unwrap();
    let message = message.replace(&dir.path().display().to_string(), "DIR");
    expect![[r#"
        error: DIR/cut.gguf is not a GGUF file that can be used
          tensor `blk.0.attn_q_a.weight`: ends at byte 2272, the file at byte 2188
          tensor `blk.0.ffn_up_exps.weight`: ends at byte 2536, the file at byte 2188
          tensor `blk.0.attn_norm.weight`: ends at byte 2688, the file at byte 2188
        help: the file may be cut short; compare its size with the original's
    "#]]
    .assert_eq(&message);
    let absent = info(&dir.path().join("absent.gguf"), &[]);
    assert!(!absent.status.success());
}

#[test]
fn the_tiny_model_reads_four_of_sixteen_experts() {
    let Some(path) = tiny("ds4-tiny-q2.gguf") else { return };
    let facts: Value = serde_json::from_str(&shown(&path, &["--json"])).unwrap();
    assert_eq!(facts["n_tensors"], 178);
    let runs = r#"{"can_run":true,"model":"tiny","devices":["CPU"],"mismatches":[]}"#;
    assert_eq!(facts["runs"].to_string(), runs);
    let groups = facts["groups"].as_array().unwrap();
    assert!(groups.iter().all(|group| group["group"] != "other"), "{groups:?}");
    let routed = groups.iter().find(|group| group["group"] == "routed experts").unwrap();
    let parts = facts["decode"]["components"].as_array().unwrap();
    let read: u64 = parts
        .iter()
        .filter(|part| part["component"].as_str().unwrap().starts_with("routed"))
        .map(|part| part["bytes"].as_u64().unwrap())
        .sum();
    assert_eq!(read * 4, routed["bytes"].as_u64().unwrap());
}
