//! Compares a file with what the plans expect, and reports every difference.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    path::PathBuf,
    sync::Arc,
};

use ds4_plan::{Model, Plan, Role, WeightSlot};

use crate::{
    device::{PLANS, Source, WeightRef, Weights},
    gguf::{Gguf, TensorInfo, Value},
};

/// Differences that are shown; the others are counted.
const SHOWN: usize = 12;

/// The architecture of every model that this build runs.
const ARCHITECTURE: &str = "deepseek4";

/// A GGUF file that is not a model this build can run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Unsuitable {
    /// The file, as the user wrote it.
    pub path: PathBuf,
    /// Name of the model that the file resembles most.
    pub model: &'static str,
    /// Every difference, metadata first, then tensors in the order of the plan; never empty.
    pub mismatches: Vec<Mismatch>,
}

/// One difference between a file and a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Key or tensor.
    pub name: String,
    /// What the plan needs, and what the file has.
    pub what: What,
}

/// The kind of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The file lacks it.
    Missing,
    /// The file has something else.
    Different {
        /// What the plan needs.
        expected: String,
        /// What the file has.
        found: String,
    },
    /// The plan has no use for it.
    Unknown,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.name)?;
        match &self.what {
            What::Missing => f.write_str("missing"),
            What::Different { expected, found } => write!(f, "expected {expected}, found {found}"),
            What::Unknown => f.write_str("a tensor that this model does not have"),
        }
    }
}

impl fmt::Display for Unsuitable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        writeln!(f, "{path} is not a model this build can run; nearest is {}", self.model)?;
        for mismatch in self.mismatches.iter().take(SHOWN) {
            writeln!(f, "  {mismatch}")?;
        }
        if let Some(rest @ 1..) = self.mismatches.len().checked_sub(SHOWN) {
            writeln!(f, "  and {rest} more")?;
        }
        write!(f, "help: `ds4 info FILE` prints what a file holds")
    }
}

/// The plan of the model in `file`.
///
/// # Errors
///
/// [`Unsuitable`] with the differences from the model that the file resembles most.
pub fn check(file: &Gguf) -> Result<&'static Plan, Unsuitable> {
    let mut nearest = (PLANS[0], mismatches(file, PLANS[0]));
    for &plan in &PLANS[1..] {
        if nearest.1.is_empty() {
            break;
        }
        let mismatches = mismatches(file, plan);
        if mismatches.len() < nearest.1.len() {
            nearest = (plan, mismatches);
        }
    }
    match nearest {
        (plan, mismatches) if mismatches.is_empty() => Ok(plan),
        (plan, mismatches) => {
            Err(Unsuitable { path: file.path().to_owned(), model: plan.model.name, mismatches })
        }
    }
}

/// The weights of a checked file in the order of the plan's slots.
pub(super) fn bind(file: &Arc<Gguf>, plan: &'static Plan) -> Weights {
    let tensors = by_name(file);
    let find = |name: &str| {
        let (tensor, info) = tensors[name];
        let format = info.ty.format().expect("the file was checked");
        WeightRef { tensor, format }
    };
    Weights {
        source: Source::File(Arc::clone(file)),
        globals: plan.globals.iter().map(|slot| find(slot.name)).collect(),
        layers: slots_of_layers(plan)
            .map(|(layer, slots)| slots.iter().map(|slot| find(&layer_name(layer, slot))).collect())
            .collect(),
    }
}

fn by_name(file: &Gguf) -> HashMap<&str, (usize, &TensorInfo)> {
    file.tensors().iter().enumerate().map(|(i, info)| (info.name.as_str(), (i, info))).collect()
}

fn slots_of_layers(plan: &Plan) -> impl Iterator<Item = (usize, &'static [WeightSlot])> {
    let kinds = plan.kinds;
    plan.layers.iter().enumerate().map(move |(i, layer)| (i, kinds[layer.kind].weights))
}

fn layer_name(layer: usize, slot: &WeightSlot) -> String {
    format!("blk.{layer}.{}", slot.name)
}

fn mismatches(file: &Gguf, plan: &'static Plan) -> Vec<Mismatch> {
    let mut all = metadata_mismatches(file, &plan.model);
    let tensors = by_name(file);
    let mut known: HashSet<String> = HashSet::new();
    let mut compare = |name: String, slot: &WeightSlot| {
        let what = match tensors.get(name.as_str()) {
            None => Some(What::Missing),
            Some((_, info)) => tensor_mismatch(file, info, slot, &plan.model),
        };
        all.extend(what.map(|what| Mismatch { name: name.clone(), what }));
        known.insert(name);
    };
    for slot in plan.globals {
        compare(slot.name.to_owned(), slot);
    }
    for (layer, slots) in slots_of_layers(plan) {
        for slot in slots {
            compare(layer_name(layer, slot), slot);
        }
    }
    let pairs = expert_pairs(file, plan);
    all.extend(pairs);
    let is_unknown =
        |info: &&TensorInfo| !known.contains(&info.name) && !info.name.starts_with("mtp.");
    let unknown = file.tensors().iter().filter(is_unknown);
    all.extend(unknown.map(|info| Mismatch { name: info.name.clone(), what: What::Unknown }));
    all
}

/// Gate and up matrices of one layer are read together, so they must have one format.
fn expert_pairs(file: &Gguf, plan: &Plan) -> Vec<Mismatch> {
    let of = |layer: usize, part: &str| file.tensor(&format!("blk.{layer}.ffn_{part}_exps.weight"));
    let pair = |layer| Some((of(layer, "gate")?, of(layer, "up")?));
    (0..plan.model.n_layers())
        .filter_map(pair)
        .filter(|(gate, up)| gate.ty != up.ty)
        .map(|(gate, up)| Mismatch {
            name: up.name.clone(),
            what: What::Different {
                expected: format!("{} as {}", gate.ty, gate.name),
                found: up.ty.to_string(),
            },
        })
        .collect()
}

fn tensor_mismatch(
    file: &Gguf,
    info: &TensorInfo,
    slot: &WeightSlot,
    model: &Model,
) -> Option<What> {
    let format = info.ty.format().filter(|format| slot.formats.contains(format));
    let values: u64 = slot.dims.iter().map(|&n| n as u64).product();
    // Leading dimensions may be joined in the file: grouped rows are stored stacked.
    let same_rows = info.dims.first().copied() == slot.dims.last().map(|&n| n as u64);
    if format.is_none() || !same_rows || info.n_values() != values {
        let formats: Vec<_> = slot.formats.iter().map(|format| format.name()).collect();
        return Some(What::Different {
            expected: format!("{:?} {}", slot.dims, formats.join("/")),
            found: format!("{:?} {}", info.dims.iter().rev().collect::<Vec<_>>(), info.ty),
        });
    }
    if slot.role == Role::Table { table_mismatch(file.data(info), model) } else { None }
}

/// The router's table must name experts that exist.
fn table_mismatch(bytes: &[u8], model: &Model) -> Option<What> {
    let entries = bytes.chunks_exact(4).map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    let is_wrong = |&expert: &i32| usize::try_from(expert).map_or(true, |e| e >= model.n_experts);
    let wrong = entries.clone().filter(is_wrong).count();
    let first = entries.into_iter().find(is_wrong)?;
    Some(What::Different {
        expected: format!("experts 0 to {}", model.n_experts - 1),
        found: format!("{wrong} other entries, the first {first}"),
    })
}

fn metadata_mismatches(file: &Gguf, model: &Model) -> Vec<Mismatch> {
    let mut all = vec![];
    let mut compare = |key: &str, expected: String, same: &dyn Fn(&Value) -> bool| {
        let what = match file.metadata().get(key) {
            None => What::Missing,
            Some(value) if same(value) => return,
            Some(value) => What::Different { expected, found: value.found() },
        };
        all.push(Mismatch { name: key.to_owned(), what });
    };
    compare("general.architecture", ARCHITECTURE.to_owned(), &|value| {
        value.as_str() == Some(ARCHITECTURE)
    });
    for (key, expected) in integers(model) {
        let same = |value: &Value| value.as_u64() == Some(expected as u64);
        compare(&format!("{ARCHITECTURE}.{key}"), expected.to_string(), &same);
    }
    for (key, expected) in numbers(model) {
        let close = |value: &Value| value.as_f64().is_some_and(|found| is_close(found, expected));
        compare(&format!("{ARCHITECTURE}.{key}"), expected.to_string(), &close);
    }
    let key = format!("{ARCHITECTURE}.attention.compress_ratios");
    compare(&key, format!("{:?} first", model.ratios), &|value| {
        // Draft blocks may follow the layers.
        let expected = model.ratios.iter().map(|&ratio| ratio as u64);
        value.as_u64s().is_some_and(|found| {
            found.len() >= model.n_layers()
                && expected.eq(found[..model.n_layers()].iter().copied())
        })
    });
    let key = format!("{ARCHITECTURE}.swiglu_clamp_exp");
    compare(&key, format!("{} for every layer", model.swiglu_limit), &|value| {
        value.as_f64s().is_some_and(|found| {
            found.len() >= model.n_layers()
                && found.iter().all(|&limit| is_close(limit, model.swiglu_limit))
        })
    });
    compare(&format!("{ARCHITECTURE}.expert_weights_norm"), "true".to_owned(), &|value| {
        value.as_bool() == Some(true)
    });
    all
}

/// Equal as far as a number that passed through f32 can be.
fn is_close(found: f64, expected: f32) -> bool {
    (found - f64::from(expected)).abs() <= 1e-6 * f64::from(expected).abs()
}

fn integers(m: &Model) -> [(&'static str, usize); 24] {
    [
        ("block_count", m.n_layers()),
        ("context_length", m.n_context),
        ("embedding_length", m.n_embd),
        ("vocab_size", m.n_vocab),
        ("attention.head_count", m.n_heads),
        ("attention.head_count_kv", 1),
        ("attention.key_length", m.head_dim),
        ("attention.value_length", m.head_dim),
        ("rope.dimension_count", m.rope_dim),
        ("attention.q_lora_rank", m.q_lora),
        ("attention.output_lora_rank", m.o_lora),
        ("attention.output_group_count", m.o_groups),
        ("attention.sliding_window", m.window),
        ("attention.indexer.head_count", m.index_heads),
        ("attention.indexer.key_length", m.index_dim),
        ("attention.indexer.top_k", m.index_top_k),
        ("expert_count", m.n_experts),
        ("expert_used_count", m.n_used),
        ("expert_shared_count", 1),
        ("expert_feed_forward_length", m.n_ff),
        ("hash_layer_count", m.n_hash_layers),
        ("hyper_connection.count", m.hc.n_streams),
        ("hyper_connection.sinkhorn_iterations", m.hc.sinkhorn_iters),
        ("rope.scaling.original_context_length", m.rope.yarn.original_context),
    ]
}

fn numbers(m: &Model) -> [(&'static str, f32); 8] {
    let yarn = &m.rope.yarn;
    [
        ("attention.compress_rope_freq_base", m.rope.compress_base),
        ("attention.layer_norm_rms_epsilon", m.rms_eps),
        ("rope.freq_base", m.rope.base),
        ("rope.scaling.factor", yarn.factor),
        ("rope.scaling.yarn_beta_fast", yarn.beta_fast),
        ("rope.scaling.yarn_beta_slow", yarn.beta_slow),
        ("expert_weights_scale", m.routed_scale),
        ("hyper_connection.epsilon", m.hc.eps),
    ]
}
