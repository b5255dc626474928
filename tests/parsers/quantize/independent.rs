//! Comparison with files that an independent writer made, and with the published sizes.

#![expect(clippy::print_stdout, reason = "a comparison says how close")]

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use ds4::quantize::encode::{Rows, column_squares, encode};
use ds4::quantize::{Checkpoint, Plan, Recipe};
use ds4_plan::Format;
use serde_json::{Value, json};

use super::blocks::decode;
use super::checkpoints::{Style, bits, official, settings};
use crate::shared::{shared, skipped};

/// The folder with the small model's checkpoint and its independent conversions; where it is
/// absent the test says so and ends.
fn independent() -> Option<PathBuf> {
    shared("tiny/gguf/ds4-tiny-q2.gguf").and(shared("tiny"))
}

#[test]
fn headers_equal_those_of_the_independent_writer_byte_for_byte() {
    let Some(folder) = independent() else { return };
    let checkpoint = Checkpoint::open(&folder).unwrap();
    let mut choice = settings(Recipe::Q2);
    choice.name = "ds4-tiny";
    for (name, plan) in [
        ("ds4-tiny-q2.gguf", Plan::main(&checkpoint, choice).unwrap()),
        ("ds4-tiny-mtp-q2.gguf", Plan::draft(&checkpoint, choice).unwrap()),
    ] {
        let theirs = fs::read(folder.join("gguf").join(name)).unwrap();
        assert_eq!(plan.layout().file_bytes(), theirs.len() as u64, "{name}");
        let ours = plan.layout().header();
        let differs = ours.iter().zip(&theirs).position(|(ours, theirs)| ours != theirs);
        assert_eq!(differs, None, "{name}");
    }
}

/// Weighted and plain squared errors, summed.
#[derive(Default)]
struct Errors {
    weighted: f64,
    plain: f64,
}

impl Errors {
    fn add(&mut self, values: &[f32], decoded: &[f32], weights: &[f32]) {
        for (row, decoded) in values.chunks(weights.len()).zip(decoded.chunks(weights.len())) {
            for ((x, y), weight) in row.iter().zip(decoded).zip(weights) {
                let square = f64::from(x - y).powi(2);
                self.weighted += square * f64::from(*weight);
                self.plain += square;
            }
        }
    }
}

/// A stored matrix of the checkpoint, 256 columns of BF16.
fn matrix(checkpoint: &[u8], header: &Value, name: &str) -> Vec<f32> {
    let data =
        8 + usize::try_from(u64::from_le_bytes(checkpoint[..8].try_into().unwrap())).unwrap();
    let span = &header[name]["data_offsets"];
    let at = |i: usize| data + usize::try_from(span[i].as_u64().unwrap()).unwrap();
    decode(Format::BF16, &checkpoint[at(0)..at(1)])
}

#[test]
fn two_bit_experts_are_at_least_as_close_as_the_independent_ones() {
    let Some(folder) = independent() else { return };
    let stored = fs::read(folder.join("model.safetensors")).unwrap();
    let length = usize::try_from(u64::from_le_bytes(stored[..8].try_into().unwrap())).unwrap();
    let header: Value = serde_json::from_slice(&stored[8..8 + length]).unwrap();
    let theirs = fs::read(folder.join("gguf/ds4-tiny-q2.gguf")).unwrap();
    // Headers are equal, so this plan says where the independent file's tensors lie.
    let checkpoint = Checkpoint::open(&folder).unwrap();
    let mut choice = settings(Recipe::Q2);
    choice.name = "ds4-tiny";
    let plan = Plan::main(&checkpoint, choice).unwrap();
    let mut offset = plan.layout().header().len();
    let mut offsets = HashMap::new();
    for planned in plan.tensors() {
        offsets.insert(planned.tensor.name.as_str(), offset);
        offset += usize::try_from(planned.bytes).unwrap().next_multiple_of(32);
    }
    for (gguf, official, format) in [
        ("gate", "w1", Format::IQ2_XXS),
        ("up", "w3", Format::IQ2_XXS),
        ("down", "w2", Format::Q2_K),
    ] {
        let (mut ours, mut independent) = (Errors::default(), Errors::default());
        for (layer, expert) in [(0, 3), (2, 15), (5, 0)] {
            let name = format!("layers.{layer}.ffn.experts.{expert}.{official}.weight");
            let values = matrix(&stored, &header, &name);
            let mut weights = vec![0.0; 256];
            column_squares(&values, &mut weights);
            let rows = Rows { values: &values, width: 256, importance: Some(&weights) };
            let encoded = encode(format, rows).unwrap();
            ours.add(&values, &decode(format, &encoded), &weights);
            let name = format!("blk.{layer}.ffn_{gguf}_exps.weight");
            let at = offsets[name.as_str()] + expert * encoded.len();
            independent.add(&values, &decode(format, &theirs[at..at + encoded.len()]), &weights);
        }
        let ratios = (ours.weighted / independent.weighted, ours.plain / independent.plain);
        println!("{gguf} {format}: weighted {:.4}, plain {:.4} of theirs", ratios.0, ratios.1);
        assert!(ratios.0 <= 1.02, "{gguf}: {}", ratios.0);
    }
}

/// The configuration of V4 Flash, from MODEL.md section 1.1.
fn flash_config() -> Value {
    let ratio = |layer: usize| match layer {
        0 | 1 | 43 => 0,
        _ if layer.is_multiple_of(2) => 4,
        _ => 128,
    };
    json!({
        "model_type": "deepseek_v4", "vocab_size": 129_280, "hidden_size": 4096,
        "num_hidden_layers": 43, "num_attention_heads": 64, "num_key_value_heads": 1,
        "head_dim": 512, "qk_rope_head_dim": 64, "q_lora_rank": 1024, "o_groups": 8,
        "o_lora_rank": 1024, "moe_intermediate_size": 2048, "n_routed_experts": 256,
        "num_experts_per_tok": 6, "n_shared_experts": 1, "num_hash_layers": 3,
        "norm_topk_prob": true, "routed_scaling_factor": 1.5, "swiglu_limit": 10.0,
        "sliding_window": 128, "index_n_heads": 64, "index_head_dim": 128, "index_topk": 512,
        "hc_mult": 4, "hc_sinkhorn_iters": 20, "hc_eps": 1e-6, "rms_norm_eps": 1e-6,
        "rope_theta": 10000, "compress_rope_theta": 160_000,
        "rope_scaling": { "type": "yarn", "factor": 16, "beta_fast": 32, "beta_slow": 1,
            "original_max_position_embeddings": 65536 },
        "quantization_config": { "weight_block_size": [128, 128] },
        "max_position_embeddings": 1_048_576, "num_nextn_predict_layers": 1,
        "bos_token_id": 0, "eos_token_id": 1,
        "compress_ratios": (0..44).map(ratio).collect::<Vec<_>>()
    })
}

/// Writes a checkpoint of the full size whose data is a hole in the file; false where the file
/// system has no holes.
fn write_flash(folder: &Path) -> bool {
    fs::write(folder.join("config.json"), flash_config().to_string()).unwrap();
    let packed = File::open("tests/fixtures/tokenizer/tokenizer.json.gz").unwrap();
    let mut tokenizer = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut tokenizer).unwrap();
    fs::write(folder.join("tokenizer.json"), tokenizer).unwrap();
    let mut header = serde_json::Map::new();
    let mut end = 0;
    for (name, dtype, shape) in official(&flash_config(), Style::Vendor) {
        let start = end;
        end += shape.iter().product::<usize>() * bits(dtype) / 8;
        let entry = json!({"dtype": dtype, "shape": shape, "data_offsets": [start, end]});
        header.insert(name, entry);
    }
    let header = serde_json::to_vec(&header).unwrap();
    let mut file = File::create(folder.join("model.safetensors")).unwrap();
    file.write_all(&(header.len() as u64).to_le_bytes()).unwrap();
    file.write_all(&header).unwrap();
    file.set_len((8 + header.len() + end) as u64).is_ok()
}

#[test]
fn the_full_model_has_the_published_counts_and_sizes() {
    let folder = tempfile::tempdir().unwrap();
    if !write_flash(folder.path()) {
        skipped("the file system cannot hold a sparse file of the full size");
        return;
    }
    let checkpoint = Checkpoint::open(folder.path()).unwrap();
    for (recipe, bytes) in [
        (Recipe::Q2, 86_714_775_900),
        (Recipe::Q4, 164_628_167_004),
        (Recipe::Mxfp4, 155_971_123_548),
    ] {
        let plan = Plan::main(&checkpoint, settings(recipe)).unwrap();
        let count = |format| {
            plan.tensors().iter().filter(|planned| planned.tensor.format == format).count()
        };
        assert_eq!(plan.tensors().len(), 1328);
        let counts = [Format::F16, Format::F32, Format::Q8_0, Format::I32].map(count);
        assert_eq!(counts, [359, 492, 345, 3]);
        let total: u64 = plan.tensors().iter().map(|planned| planned.bytes).sum();
        assert_eq!(total, bytes, "{recipe}");
    }
    assert_eq!(Plan::draft(&checkpoint, settings(Recipe::Q4)).unwrap().tensors().len(), 32);
}
