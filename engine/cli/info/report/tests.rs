//! The full-size model against the figures of the specification.

use expect_test::expect;

use super::*;
use crate::gguf::TensorType;

/// The tensors of Flash in the 2-bit recipe, as MODEL.md 4.1 lists them.
fn flash() -> Vec<TensorInfo> {
    const GLOBAL: [(&str, &[u64], u32); 6] = [
        ("token_embd", &[4096, 129_280], 1),
        ("output", &[4096, 129_280], 8),
        ("output_norm", &[4096], 0),
        ("output_hc_fn", &[16_384, 4], 1),
        ("output_hc_base", &[4], 0),
        ("output_hc_scale", &[1], 0),
    ];
    let mut tensors: Vec<_> = GLOBAL.map(|spec| tensor(String::new(), spec)).into();
    for layer in 0..43 {
        let prefix = format!("blk.{layer}.");
        tensors.extend(layer_specs(layer).into_iter().map(|spec| tensor(prefix.clone(), spec)));
    }
    tensors
}

fn tensor(prefix: String, (stem, dims, ty): (&str, &[u64], u32)) -> TensorInfo {
    let ty = TensorType::from_gguf(ty).unwrap();
    let bytes = dims.iter().product::<u64>() / ty.block_values() * ty.block_bytes();
    TensorInfo { name: prefix + stem + ".weight", dims: dims.to_vec(), ty, offset: 0, bytes }
}

fn layer_specs(layer: usize) -> Vec<(&'static str, &'static [u64], u32)> {
    let mut specs: Vec<(_, &[u64], _)> = vec![
        ("hc_attn_fn", &[16_384, 24], 1),
        ("hc_attn_scale", &[3], 0),
        ("hc_attn_base", &[24], 0),
        ("hc_ffn_fn", &[16_384, 24], 1),
        ("hc_ffn_scale", &[3], 0),
        ("hc_ffn_base", &[24], 0),
        ("attn_norm", &[4096], 0),
        ("attn_q_a", &[4096, 1024], 8),
        ("attn_q_a_norm", &[1024], 0),
        ("attn_q_b", &[1024, 32_768], 8),
        ("attn_kv", &[4096, 512], 8),
        ("attn_kv_a_norm", &[512], 0),
        ("attn_sinks", &[64], 0),
        ("attn_output_a", &[4096, 8192], 8),
        ("attn_output_b", &[8192, 4096], 8),
        ("ffn_norm", &[4096], 0),
        ("ffn_gate_inp", &[4096, 256], 1),
        ("ffn_gate_exps", &[4096, 2048, 256], 16),
        ("ffn_up_exps", &[4096, 2048, 256], 16),
        ("ffn_down_exps", &[2048, 4096, 256], 10),
        ("ffn_gate_shexp", &[4096, 2048], 8),
        ("ffn_up_shexp", &[4096, 2048], 8),
        ("ffn_down_shexp", &[2048, 4096], 8),
    ];
    specs.push(match layer {
        0..3 => ("ffn_gate_tid2eid", &[6, 129_280], 26),
        _ => ("exp_probs_b", &[256], 0),
    });
    match layer {
        0 | 1 => {}
        _ if layer.is_multiple_of(2) => specs.extend([
            ("attn_compressor_kv", &[4096, 1024][..], 1),
            ("attn_compressor_gate", &[4096, 1024], 1),
            ("attn_compressor_ape", &[1024, 4], 1),
            ("attn_compressor_norm", &[512], 0),
            ("indexer.attn_q_b", &[1024, 8192], 1),
            ("indexer.proj", &[4096, 64], 1),
            ("indexer_compressor_kv", &[4096, 256], 1),
            ("indexer_compressor_gate", &[4096, 256], 1),
            ("indexer_compressor_ape", &[256, 4], 1),
            ("indexer_compressor_norm", &[128], 0),
        ]),
        _ => specs.extend([
            ("attn_compressor_kv", &[4096, 512][..], 1),
            ("attn_compressor_gate", &[4096, 512], 1),
            ("attn_compressor_ape", &[512, 128], 1),
            ("attn_compressor_norm", &[512], 0),
        ]),
    }
    specs
}

#[test]
fn flash_reads_what_the_specification_says() {
    let tensors = flash();
    let bytes: u64 = tensors.iter().map(|tensor| tensor.bytes).sum();
    assert_eq!((tensors.len(), bytes), (1328, 86_714_775_900));
    let decode = decode(&tensors, 6).unwrap();
    let lines: Vec<_> = decode
        .components
        .iter()
        .map(|part| format!("{:.2} {}", part.bytes as f64 / 1e6, part.component))
        .collect();
    assert_eq!(format!("{:.1}", decode.bytes_per_token as f64 / 1e6), "9559.1");
    expect![[r#"
        3066.04 attention output
        1724.65 attention query
        1149.76 shared expert
        1115.95 routed gate + up
        710.15 routed down
        562.63 LM head
        522.97 compressors
        451.47 indexers
        95.81 attention kv
        90.22 router
        67.77 hyper-connections
        1.71 norms, sinks, embedding row, hash rows"#]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn every_tensor_of_flash_has_a_group() {
    let groups = groups(&flash());
    let lines: Vec<_> = groups.iter().map(|g| format!("{} {}", g.n_tensors, g.group)).collect();
    expect![[r#"
        2 embedding, output
        258 attention
        164 compressor
        126 indexer
        86 router
        129 routed experts
        129 shared expert
        261 hyper-connections
        173 norms"#]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn draft_layers_are_kept_apart() {
    let mut tensors = flash();
    let main = decode(&tensors, 6).unwrap().bytes_per_token;
    tensors.push(tensor("blk.43.".to_owned(), ("nextn.eh_proj", &[8192, 4096], 8)));
    tensors.push(tensor("blk.43.".to_owned(), ("attn_kv", &[4096, 512], 8)));
    tensors.push(tensor("mtp.0.".to_owned(), ("ffn_gate_exps", &[4096, 2048, 256], 12)));
    assert_eq!(decode(&tensors, 6).unwrap().bytes_per_token, main);
    let draft = groups(&tensors).pop().unwrap();
    assert_eq!((draft.group, draft.n_tensors), ("MTP", 3));
    assert!(decode(&tensors[1330..], 6).is_none());
}
