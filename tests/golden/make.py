#!/usr/bin/env python3
"""Makes the reference vectors of models/ds4-tiny.gguf with independent programs.

    make.py CHECKPOINT_DIR PROMPTS_DIR MODEL.gguf OUT_DIR

The weights are decoded by the `gguf` package and run by the public reference
implementation (`transformers`, float32, eager). CHECKPOINT_DIR supplies
config.json; PROMPTS_DIR holds NAME.safetensors with the prompts' `ids`.

Needs: pip install torch transformers==5.17.0 gguf safetensors
"""
import json
import pathlib
import sys
import tempfile

import gguf
import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from transformers import DeepseekV4ForCausalLM

PROMPTS = ["bos", "hello", "story_start", "math_think", "turns", "tools", "window_127_131",
           "needle_long"]
GREEDY_STEPS = 24

GLOBAL = {
    "token_embd.weight": "embed.weight",
    "output.weight": "head.weight",
    "output_norm.weight": "norm.weight",
    "output_hc_fn.weight": "hc_head_fn",
    "output_hc_base.weight": "hc_head_base",
    "output_hc_scale.weight": "hc_head_scale",
}
LAYER = {
    "hc_attn_fn.weight": "hc_attn_fn",
    "hc_attn_scale.weight": "hc_attn_scale",
    "hc_attn_base.weight": "hc_attn_base",
    "hc_ffn_fn.weight": "hc_ffn_fn",
    "hc_ffn_scale.weight": "hc_ffn_scale",
    "hc_ffn_base.weight": "hc_ffn_base",
    "attn_norm.weight": "attn_norm.weight",
    "attn_q_a.weight": "attn.wq_a.weight",
    "attn_q_a_norm.weight": "attn.q_norm.weight",
    "attn_q_b.weight": "attn.wq_b.weight",
    "attn_kv.weight": "attn.wkv.weight",
    "attn_kv_a_norm.weight": "attn.kv_norm.weight",
    "attn_sinks.weight": "attn.attn_sink",
    "attn_output_a.weight": "attn.wo_a.weight",
    "attn_output_b.weight": "attn.wo_b.weight",
    "ffn_norm.weight": "ffn_norm.weight",
    "ffn_gate_inp.weight": "ffn.gate.weight",
    "exp_probs_b.bias": "ffn.gate.bias",
    "ffn_gate_tid2eid.weight": "ffn.gate.tid2eid",
    "ffn_gate_shexp.weight": "ffn.shared_experts.w1.weight",
    "ffn_up_shexp.weight": "ffn.shared_experts.w3.weight",
    "ffn_down_shexp.weight": "ffn.shared_experts.w2.weight",
    "attn_compressor_kv.weight": "attn.compressor.wkv.weight",
    "attn_compressor_gate.weight": "attn.compressor.wgate.weight",
    "attn_compressor_ape.weight": "attn.compressor.ape",
    "attn_compressor_norm.weight": "attn.compressor.norm.weight",
    "indexer.attn_q_b.weight": "attn.indexer.wq_b.weight",
    "indexer.proj.weight": "attn.indexer.weights_proj.weight",
    "indexer_compressor_kv.weight": "attn.indexer.compressor.wkv.weight",
    "indexer_compressor_gate.weight": "attn.indexer.compressor.wgate.weight",
    "indexer_compressor_ape.weight": "attn.indexer.compressor.ape",
    "indexer_compressor_norm.weight": "attn.indexer.compressor.norm.weight",
}
EXPERTS = {"ffn_gate_exps.weight": "w1", "ffn_up_exps.weight": "w3", "ffn_down_exps.weight": "w2"}


def decode(tensor):
    """Values of a GGUF tensor, slowest dimension first."""
    shape = [int(n) for n in reversed(tensor.shape)]
    if tensor.tensor_type == gguf.GGMLQuantizationType.I32:
        return np.array(tensor.data).view(np.int32).reshape(shape).astype(np.int64)
    return gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32).reshape(shape)


def official(model):
    """The weights under the vendor's names."""
    weights = {}
    for tensor in gguf.GGUFReader(model).tensors:
        values = decode(tensor)
        if tensor.name in GLOBAL:
            weights[GLOBAL[tensor.name]] = values
            continue
        _, layer, name = tensor.name.split(".", 2)
        if name in EXPERTS:
            for expert, matrix in enumerate(values):
                key = f"layers.{layer}.ffn.experts.{expert}.{EXPERTS[name]}.weight"
                weights[key] = np.ascontiguousarray(matrix)
        else:
            weights[f"layers.{layer}.{LAYER[name]}"] = values
    return weights


def main(checkpoint, prompts, model, out):
    out = pathlib.Path(out)
    with tempfile.TemporaryDirectory() as folder:
        config = json.loads((pathlib.Path(checkpoint) / "config.json").read_text())
        config["torch_dtype"] = "float32"
        (pathlib.Path(folder) / "config.json").write_text(json.dumps(config))
        save_file(official(model), f"{folder}/model.safetensors", metadata={"format": "pt"})
        net = DeepseekV4ForCausalLM.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager").eval()
    run = torch.no_grad()(lambda ids: net(torch.tensor([ids])).logits[0].numpy())
    for name in PROMPTS:
        ids = load_file(f"{prompts}/{name}.safetensors")["ids"].tolist()
        n = len(ids)
        logits = run(ids)
        positions = sorted({0, n // 3, 2 * n // 3, n - 1})
        greedy, margins, all_ids = [], [], list(ids)
        while len(greedy) < GREEDY_STEPS and (not greedy or greedy[-1] != config["eos_token_id"]):
            last = logits[-1] if not greedy else run(all_ids)[-1]
            best = np.sort(last)[-2:]
            greedy.append(int(last.argmax()))
            margins.append(best[1] - best[0])
            all_ids.append(greedy[-1])
        save_file({
            "ids": np.array(ids, np.int32),
            "logit_pos": np.array(positions, np.int32),
            "logits": np.ascontiguousarray(logits[positions]),
            "greedy_ids": np.array(greedy, np.int32),
            "greedy_margin": np.array(margins, np.float32),
        }, out / f"{name}.safetensors")
        print(name, n, positions, greedy[:8])


if __name__ == "__main__":
    main(*sys.argv[1:])
