//! The vendor's FP8 and FP4 weights, exactly, and the draft block's file.

use ds4::quantize::{Checkpoint, Plan, Recipe};
use ds4_plan::Format;

use super::blocks::decode;
use super::checkpoints::{Stored, Style, convert, settings, small, write};

/// E4M3 from its definition: sign, exponent biased by 7, three bits of fraction.
fn e4m3(byte: u8) -> f32 {
    let (exponent, fraction) = (i32::from(byte >> 3 & 15), f32::from(byte & 7) / 8.0);
    let magnitude = if exponent == 0 {
        fraction * 2.0_f32.powi(-6)
    } else {
        (1.0 + fraction) * 2.0_f32.powi(exponent - 7)
    };
    if byte & 128 == 0 { magnitude } else { -magnitude }
}

fn fp8((_, shape, data): &Stored, (_, scale_shape, scales): &Stored) -> Vec<f32> {
    let value = |i: usize| {
        let (row, column) = (i / shape[1], i % shape[1]);
        let scale = scales[row / 128 * scale_shape[1] + column / 128];
        e4m3(data[i]) * 2.0_f32.powi(i32::from(scale) - 127)
    };
    (0..data.len()).map(value).collect()
}

fn fp4((_, shape, data): &Stored, (_, scale_shape, scales): &Stored) -> Vec<f32> {
    let width = 2 * shape[1];
    let value = |i: usize| {
        let (row, column) = (i / width, i % width);
        let code = data[i / 2] >> (4 * (column % 2)) & 15;
        let magnitude = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0][usize::from(code & 7)];
        let scale = 2.0_f32.powi(i32::from(scales[row * scale_shape[1] + column / 32]) - 127);
        if code & 8 == 0 { magnitude * scale } else { -magnitude * scale }
    };
    (0..2 * data.len()).map(value).collect()
}

#[test]
fn fp8_and_fp4_weights_are_exact_in_every_lossless_recipe() {
    let folder = tempfile::tempdir().unwrap();
    let tensors = small(Style::Vendor);
    write(folder.path(), &tensors);
    let checkpoint = Checkpoint::open(folder.path()).unwrap();
    let stored = |name: &str| &tensors[name];
    for (recipe, dense, experts) in [
        (Recipe::F32, Some(Format::F32), Format::F32),
        (Recipe::Bf16, Some(Format::BF16), Format::BF16),
        (Recipe::Mxfp4, None, Format::MXFP4),
    ] {
        let plan = Plan::main(&checkpoint, settings(recipe)).unwrap();
        let output = convert(&plan, &folder.path().join(format!("{recipe}.gguf")));
        if let Some(format) = dense {
            let expected =
                fp8(stored("layers.1.attn.wq_b.weight"), stored("layers.1.attn.wq_b.scale"));
            assert_eq!(decode(format, &output["blk.1.attn_q_b.weight"]), expected);
        }
        for (gguf, official) in [("gate", "w1"), ("up", "w3"), ("down", "w2")] {
            let all = decode(experts, &output[&format!("blk.2.ffn_{gguf}_exps.weight")]);
            for (expert, values) in all.chunks_exact(all.len() / 3).enumerate() {
                let name = |kind: &str| format!("layers.2.ffn.experts.{expert}.{official}.{kind}");
                let expected = fp4(stored(&name("weight")), stored(&name("scale")));
                assert_eq!(values, expected, "{recipe} {gguf} {expert}");
            }
        }
        let table = output["blk.0.ffn_gate_tid2eid.weight"].as_chunks().0.iter();
        let table: Vec<i32> = table.map(|bytes| i32::from_le_bytes(*bytes)).collect();
        assert_eq!(table, (0..16).map(|i| i % 3).collect::<Vec<_>>());
    }
}

#[test]
fn plain_checkpoints_pass_through_bf16_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let tensors = small(Style::Plain);
    write(folder.path(), &tensors);
    let checkpoint = Checkpoint::open(folder.path()).unwrap();
    let plan = Plan::main(&checkpoint, settings(Recipe::Bf16)).unwrap();
    let output = convert(&plan, &folder.path().join("bf16.gguf"));
    assert_eq!(output["token_embd.weight"], tensors["embed.weight"].2);
    assert_eq!(output["blk.1.hc_ffn_fn.weight"], tensors["layers.1.hc_ffn_fn"].2);
    let experts: Vec<u8> = (0..3)
        .flat_map(|expert| tensors[&format!("layers.0.ffn.experts.{expert}.w2.weight")].2.clone())
        .collect();
    assert_eq!(output["blk.0.ffn_down_exps.weight"], experts);
}

#[test]
fn the_draft_block_has_its_own_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut tensors = small(Style::Vendor);
    write(folder.path(), &tensors);
    let checkpoint = Checkpoint::open(folder.path()).unwrap();
    let plan = Plan::draft(&checkpoint, settings(Recipe::F32)).unwrap();
    let output = convert(&plan, &folder.path().join("mtp.gguf"));
    assert_eq!(output.len(), 32);
    let expected = fp8(&tensors["mtp.0.e_proj.weight"], &tensors["mtp.0.e_proj.scale"]);
    assert_eq!(decode(Format::F32, &output["mtp.0.e_proj.weight"]), expected);

    tensors.insert("mtp.1.norm.weight".to_owned(), ("F32", vec![1], vec![0; 4]));
    write(folder.path(), &tensors);
    let checkpoint = Checkpoint::open(folder.path()).unwrap();
    let error = Plan::draft(&checkpoint, settings(Recipe::F32)).unwrap_err().to_string();
    assert!(error.contains("mtp.1.norm.weight: not part of the model"), "{error}");
    assert!(Plan::main(&checkpoint, settings(Recipe::F32)).is_ok());
}
