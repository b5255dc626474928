//! Checkpoints made for the tests, in the vendor's layout.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ds4::gguf::Overwrite;
use ds4::quantize::{Plan, PlannedTensor, Progress, Recipe, Settings};
use serde_json::{Value, json};

/// How weights are stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// BF16.
    Plain,
    /// FP8 projections, FP4 experts.
    Vendor,
}

/// One stored tensor: element type, shape, data.
pub(super) type Stored = (&'static str, Vec<usize>, Vec<u8>);

/// A configuration small enough to be written in a moment, with sizes that differ pairwise and
/// rows that are not whole blocks of every format.
pub(super) fn small_config() -> Value {
    json!({
        "model_type": "deepseek_v4", "vocab_size": 8, "hidden_size": 160,
        "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 1,
        "head_dim": 96, "qk_rope_head_dim": 64, "q_lora_rank": 256, "o_groups": 2,
        "o_lora_rank": 48, "moe_intermediate_size": 64, "n_routed_experts": 3,
        "num_experts_per_tok": 2, "n_shared_experts": 1, "num_hash_layers": 1,
        "norm_topk_prob": true, "routed_scaling_factor": 1.5, "swiglu_limit": 10.0,
        "sliding_window": 128, "index_n_heads": 2, "index_head_dim": 32, "index_topk": 16,
        "hc_mult": 4, "hc_sinkhorn_iters": 20, "hc_eps": 1e-6, "rms_norm_eps": 1e-6,
        "rope_theta": 10000, "compress_rope_theta": 160000,
        "rope_scaling": { "type": "yarn", "factor": 16, "beta_fast": 32, "beta_slow": 1,
            "original_max_position_embeddings": 4096 },
        "max_position_embeddings": 65536, "num_nextn_predict_layers": 1,
        "bos_token_id": 0, "eos_token_id": 1, "compress_ratios": [0, 4, 128, 0]
    })
}

/// Names, types and shapes of a checkpoint's tensors, from MODEL.md section 4.1.
pub(super) fn official(config: &Value, style: Style) -> Vec<(String, &'static str, Vec<usize>)> {
    let n = |key: &str| usize::try_from(config[key].as_u64().unwrap()).unwrap();
    let width = n("hidden_size");
    let mut all = Tensors { list: Vec::new(), style };
    all.plain("embed.weight", &[n("vocab_size"), width]);
    all.plain("head.weight", &[n("vocab_size"), width]);
    all.plain("norm.weight", &[width]);
    all.head_mix("", n("hc_mult"), width);
    for layer in 0..n("num_hidden_layers") {
        let ratio = config["compress_ratios"][layer].as_u64().unwrap();
        let hashed = layer < n("num_hash_layers");
        all.layer(&format!("layers.{layer}."), config, usize::try_from(ratio).unwrap(), hashed);
    }
    all.layer("mtp.0.", config, 0, false);
    all.head_mix("mtp.0.", n("hc_mult"), width);
    for name in ["e_proj", "h_proj"] {
        all.coarse(&format!("mtp.0.{name}.weight"), [width, width]);
    }
    for name in ["enorm", "hnorm", "norm"] {
        all.plain(&format!("mtp.0.{name}.weight"), &[width]);
    }
    all.plain("mtp.0.emb.tok_emb.weight", &[n("vocab_size"), width]);
    all.list
}

struct Tensors {
    list: Vec<(String, &'static str, Vec<usize>)>,
    style: Style,
}

impl Tensors {
    fn plain(&mut self, name: &str, shape: &[usize]) {
        self.list.push((name.to_owned(), "BF16", shape.to_vec()));
    }

    fn single(&mut self, name: &str, shape: &[usize]) {
        self.list.push((name.to_owned(), "F32", shape.to_vec()));
    }

    fn coarse(&mut self, name: &str, [rows, width]: [usize; 2]) {
        if self.style == Style::Plain {
            return self.plain(name, &[rows, width]);
        }
        self.list.push((name.to_owned(), "F8_E4M3", vec![rows, width]));
        let scales = vec![rows.div_ceil(128), width.div_ceil(128)];
        self.list.push((name.replace(".weight", ".scale"), "F8_E8M0", scales));
    }

    fn expert(&mut self, name: &str, [rows, width]: [usize; 2]) {
        if self.style == Style::Plain {
            return self.plain(name, &[rows, width]);
        }
        self.list.push((name.to_owned(), "I8", vec![rows, width / 2]));
        self.list.push((name.replace(".weight", ".scale"), "F8_E8M0", vec![rows, width / 32]));
    }

    fn head_mix(&mut self, prefix: &str, streams: usize, width: usize) {
        self.single(&format!("{prefix}hc_head_fn"), &[streams, streams * width]);
        self.single(&format!("{prefix}hc_head_base"), &[streams]);
        self.single(&format!("{prefix}hc_head_scale"), &[1]);
    }

    fn layer(&mut self, prefix: &str, config: &Value, ratio: usize, hashed: bool) {
        let n = |key: &str| usize::try_from(config[key].as_u64().unwrap()).unwrap();
        let at = |name: &str| format!("{prefix}{name}");
        let (width, head, lora) = (n("hidden_size"), n("head_dim"), n("q_lora_rank"));
        let heads = n("num_attention_heads") * head;
        let rank = n("o_groups") * n("o_lora_rank");
        let inner = n("moe_intermediate_size");
        self.coarse(&at("attn.wq_a.weight"), [lora, width]);
        self.coarse(&at("attn.wq_b.weight"), [heads, lora]);
        self.coarse(&at("attn.wkv.weight"), [head, width]);
        self.coarse(&at("attn.wo_a.weight"), [rank, heads / n("o_groups")]);
        self.coarse(&at("attn.wo_b.weight"), [width, rank]);
        self.plain(&at("attn.q_norm.weight"), &[lora]);
        self.plain(&at("attn.kv_norm.weight"), &[head]);
        self.single(&at("attn.attn_sink"), &[n("num_attention_heads")]);
        self.plain(&at("attn_norm.weight"), &[width]);
        self.plain(&at("ffn_norm.weight"), &[width]);
        for part in ["attn", "ffn"] {
            let mixing = (2 + n("hc_mult")) * n("hc_mult");
            self.single(&at(&format!("hc_{part}_fn")), &[mixing, n("hc_mult") * width]);
            self.single(&at(&format!("hc_{part}_base")), &[mixing]);
            self.single(&at(&format!("hc_{part}_scale")), &[3]);
        }
        let halves = if ratio == 4 { 2 } else { 1 };
        if ratio != 0 {
            self.compressor(&at("attn.compressor"), [ratio, halves * head, width], head);
        }
        if ratio == 4 {
            let index = n("index_head_dim");
            self.coarse(&at("attn.indexer.wq_b.weight"), [n("index_n_heads") * index, lora]);
            self.plain(&at("attn.indexer.weights_proj.weight"), &[n("index_n_heads"), width]);
            self.compressor(&at("attn.indexer.compressor"), [ratio, 2 * index, width], index);
        }
        self.plain(&at("ffn.gate.weight"), &[n("n_routed_experts"), width]);
        if hashed {
            let shape = vec![n("vocab_size"), n("num_experts_per_tok")];
            self.list.push((at("ffn.gate.tid2eid"), "I64", shape));
        } else {
            self.single(&at("ffn.gate.bias"), &[n("n_routed_experts")]);
        }
        for (matrix, shape) in
            [("w1", [inner, width]), ("w2", [width, inner]), ("w3", [inner, width])]
        {
            self.coarse(&at(&format!("ffn.shared_experts.{matrix}.weight")), shape);
            for expert in 0..n("n_routed_experts") {
                self.expert(&at(&format!("ffn.experts.{expert}.{matrix}.weight")), shape);
            }
        }
    }

    fn compressor(&mut self, at: &str, [ratio, rows, width]: [usize; 3], norm: usize) {
        self.plain(&format!("{at}.wkv.weight"), &[rows, width]);
        self.plain(&format!("{at}.wgate.weight"), &[rows, width]);
        self.single(&format!("{at}.ape"), &[ratio, rows]);
        self.plain(&format!("{at}.norm.weight"), &[norm]);
    }
}

/// Bits of an element.
pub(super) fn bits(dtype: &str) -> usize {
    match dtype {
        "I64" => 64,
        "F32" => 32,
        "BF16" => 16,
        _ => 8,
    }
}

/// A checkpoint of the small configuration, filled with small numbers.
pub(super) fn small(style: Style) -> BTreeMap<String, Stored> {
    let mut state = 1_u32;
    let mut byte = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let fill = |(name, dtype, shape): (String, &'static str, Vec<usize>)| {
        let n: usize = shape.iter().product();
        let data = (0..n).flat_map(|i| match dtype {
            "I64" => (i as i64 % 3).to_le_bytes().to_vec(),
            // From -0.125 to 0.125.
            "F32" => (f32::from(byte().cast_signed()) / 1024.0).to_le_bytes().to_vec(),
            "BF16" => half::bf16::from_f32(f32::from(byte().cast_signed()) / 1024.0)
                .to_le_bytes()
                .to_vec(),
            "F8_E8M0" => vec![118 + byte() % 8],
            // Every code but the two that are not numbers.
            "F8_E4M3" => vec![Some(byte()).filter(|byte| byte & 0x7f != 0x7f).unwrap_or(3)],
            _ => vec![byte()],
        });
        let data = data.collect();
        (name, (dtype, shape, data))
    };
    official(&small_config(), style).into_iter().map(fill).collect()
}

/// A safetensors file.
pub(super) fn safetensors<'a>(
    tensors: impl IntoIterator<Item = (&'a String, &'a Stored)>,
) -> Vec<u8> {
    let mut header = serde_json::Map::new();
    let mut data: Vec<u8> = Vec::new();
    for (name, (dtype, shape, bytes)) in tensors {
        let span = [data.len(), data.len() + bytes.len()];
        header.insert(name.clone(), json!({"dtype": dtype, "shape": shape, "data_offsets": span}));
        data.extend(bytes);
    }
    let header = serde_json::to_vec(&header).unwrap();
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    bytes.extend(data);
    bytes
}

/// Writes a checkpoint folder.
pub(super) fn write(folder: &Path, tensors: &BTreeMap<String, Stored>) {
    fs::write(folder.join("config.json"), small_config().to_string()).unwrap();
    fs::write(folder.join("model.safetensors"), safetensors(tensors)).unwrap();
    let tokenizer = json!({
        "added_tokens": [
            {"id": 0, "content": "<bos>", "special": true},
            {"id": 7, "content": "<user>", "special": false},
        ],
        "model": {"type": "BPE", "merges": ["a b", ["ab", "c"]],
            "vocab": {"<bos>": 0, "a": 1, "b": 2, "c": 3, "ab": 4, "abc": 5, "d": 6}},
    });
    fs::write(folder.join("tokenizer.json"), tokenizer.to_string()).unwrap();
}

/// Progress that nobody watches.
pub(super) struct Silent;

impl Progress for Silent {
    fn tensor(&mut self, _: &PlannedTensor) {}
    fn written(&mut self, _: u64) {}
}

/// Settings without importance.
pub(super) fn settings(recipe: Recipe) -> Settings<'static> {
    Settings { recipe, name: "small", importance: None }
}

/// Writes a plan and returns each tensor's data.
pub(super) fn convert(plan: &Plan<'_>, target: &Path) -> BTreeMap<String, Vec<u8>> {
    plan.write(target, Overwrite::Refuse, &mut Silent).unwrap();
    let bytes = fs::read(target).unwrap();
    assert_eq!(bytes.len() as u64, plan.layout().file_bytes());
    assert!(bytes.starts_with(plan.layout().header()));
    let mut offset = plan.layout().header().len();
    let mut tensors = BTreeMap::new();
    for planned in plan.tensors() {
        let n_bytes = usize::try_from(planned.bytes).unwrap();
        tensors.insert(planned.tensor.name.clone(), bytes[offset..offset + n_bytes].to_vec());
        offset += n_bytes.next_multiple_of(32);
    }
    tensors
}
