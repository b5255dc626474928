//! The facts that `ds4 info` prints, as text or as JSON.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use ds4_plan::Plan;
use serde::Serialize;

use super::component::{Component, Group, Reads, Roles};
use crate::{
    gguf::{Gguf, Metadata, TensorInfo, Value},
    model::Unsuitable,
};

/// Elements of an array that are shown.
const ELEMENTS_SHOWN: usize = 8;

/// Memory bandwidths that many machines have, in GB per second, as their makers state them.
const BANDWIDTHS: [(&str, u32); 6] = [
    ("AMD MI300X", 5300),
    ("NVIDIA H200", 4800),
    ("Apple M3 Ultra", 819),
    ("Apple M4 Max", 546),
    ("NVIDIA GB10", 273),
    ("AMD Ryzen AI Max", 256),
];

/// The devices of this build.
const DEVICES: [&str; 1] = ["CPU"];

/// Everything known about one file. Sizes are in bytes.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) path: String,
    pub(super) file_bytes: u64,
    pub(super) version: u32,
    pub(super) alignment: u64,
    pub(super) architecture: Option<String>,
    pub(super) name: Option<String>,
    pub(super) n_metadata_keys: usize,
    pub(super) n_tensors: usize,
    pub(super) tensor_bytes: u64,
    pub(super) groups: Vec<GroupTotal>,
    /// `None` when the file is not a model that decodes by itself.
    pub(super) decode: Option<Decode>,
    pub(super) runs: Runs,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) metadata: Option<Vec<Entry>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tensors: Option<Vec<Tensor>>,
}

/// The tensors of one part of the model.
#[derive(Debug, Serialize)]
pub(super) struct GroupTotal {
    pub(super) group: &'static str,
    pub(super) n_tensors: usize,
    pub(super) bytes: u64,
    /// By format, how many tensors and bytes.
    pub(super) formats: BTreeMap<&'static str, FormatTotal>,
}

/// The tensors of one format in a group.
#[derive(Debug, Default, Serialize)]
pub(super) struct FormatTotal {
    pub(super) n_tensors: usize,
    pub(super) bytes: u64,
}

/// What one decoded token reads, without the cache.
#[derive(Debug, Serialize)]
pub(super) struct Decode {
    pub(super) bytes_per_token: u64,
    pub(super) n_experts_used: u64,
    /// Largest first.
    pub(super) components: Vec<ComponentTotal>,
    pub(super) limits: Vec<Limit>,
}

/// What one decoded token reads of one part of the model.
#[derive(Debug, Serialize)]
pub(super) struct ComponentTotal {
    pub(super) component: &'static str,
    pub(super) bytes: u64,
}

/// The decode speed at which a memory is fully busy.
#[derive(Debug, Serialize)]
pub(super) struct Limit {
    pub(super) machine: &'static str,
    pub(super) gb_per_second: u32,
    pub(super) tokens_per_second: f64,
}

/// Whether this build can run the file.
#[derive(Debug, Serialize)]
pub(super) struct Runs {
    pub(super) can_run: bool,
    /// The model that it is, or the one that it resembles most.
    pub(super) model: &'static str,
    /// Where it runs.
    pub(super) devices: &'static [&'static str],
    /// Everything that keeps it from running.
    pub(super) mismatches: Vec<String>,
}

impl Runs {
    fn new(checked: Result<&'static Plan, Unsuitable>) -> Self {
        match checked {
            Ok(plan) => Self {
                can_run: true,
                model: plan.model.name,
                devices: &DEVICES,
                mismatches: vec![],
            },
            Err(Unsuitable { path: _, model, mismatches }) => Self {
                can_run: false,
                model,
                devices: &[],
                mismatches: mismatches.iter().map(ToString::to_string).collect(),
            },
        }
    }
}

/// One metadata key.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    pub(super) key: String,
    #[serde(rename = "type")]
    pub(super) ty: &'static str,
    /// Elements of an array, of which `value` holds the first few.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) length: Option<usize>,
    pub(super) value: serde_json::Value,
}

/// One tensor.
#[derive(Debug, Serialize)]
pub(super) struct Tensor {
    pub(super) name: String,
    /// Innermost first.
    pub(super) dims: Vec<u64>,
    pub(super) format: &'static str,
    pub(super) offset: u64,
    pub(super) bytes: u64,
    pub(super) group: &'static str,
}

impl Report {
    /// Adds up a file; `checked` is its comparison with the models of this build.
    pub(super) fn new(gguf: &Gguf, checked: Result<&'static Plan, Unsuitable>) -> Self {
        let metadata = gguf.metadata();
        let text = |key| metadata.str(key).ok().map(str::to_owned);
        let architecture = text("general.architecture");
        Self {
            path: gguf.path().display().to_string(),
            file_bytes: gguf.file_bytes(),
            version: gguf.version(),
            alignment: gguf.alignment(),
            name: text("general.name"),
            n_metadata_keys: metadata.len(),
            n_tensors: gguf.tensors().len(),
            tensor_bytes: gguf.tensors().iter().map(|tensor| tensor.bytes).sum(),
            groups: groups(gguf.tensors()),
            decode: decode_of(gguf),
            runs: Runs::new(checked),
            architecture,
            metadata: None,
            tensors: None,
        }
    }

    /// Adds every metadata key.
    pub(super) fn list_metadata(&mut self, metadata: &Metadata) {
        self.metadata = Some(metadata.iter().map(|(key, value)| entry(key, value)).collect());
    }

    /// Adds every tensor.
    pub(super) fn list_tensors(&mut self, tensors: &[TensorInfo]) {
        let roles = Roles::new(tensors);
        let listed = tensors.iter().map(|tensor| Tensor {
            name: tensor.name.clone(),
            dims: tensor.dims.clone(),
            format: tensor.ty.name(),
            offset: tensor.offset,
            bytes: tensor.bytes,
            group: roles.of(tensor).group.name(),
        });
        self.tensors = Some(listed.collect());
    }
}

/// Adds tensors up by group, in the order of [`Group`].
fn groups(tensors: &[TensorInfo]) -> Vec<GroupTotal> {
    let roles = Roles::new(tensors);
    let mut by_group: BTreeMap<Group, BTreeMap<&'static str, FormatTotal>> = BTreeMap::new();
    for tensor in tensors {
        let formats = by_group.entry(roles.of(tensor).group).or_default();
        let total = formats.entry(tensor.ty.name()).or_default();
        total.n_tensors += 1;
        total.bytes += tensor.bytes;
    }
    by_group
        .into_iter()
        .map(|(group, formats)| GroupTotal {
            group: group.name(),
            n_tensors: formats.values().map(|total| total.n_tensors).sum(),
            bytes: formats.values().map(|total| total.bytes).sum(),
            formats,
        })
        .collect()
}

/// What one token of the model in a file reads, if it decodes by itself.
pub(super) fn decode_of(gguf: &Gguf) -> Option<Decode> {
    let metadata = gguf.metadata();
    let name = metadata.str("general.architecture").ok()?;
    let n_used = metadata.u64(&format!("{name}.expert_used_count")).ok()?;
    decode(gguf.tensors(), n_used)
}

/// What one token reads when it uses `n_used` experts a layer; `None` when that is nothing.
fn decode(tensors: &[TensorInfo], n_used: u64) -> Option<Decode> {
    let roles = Roles::new(tensors);
    let mut by_component: BTreeMap<Component, u64> = BTreeMap::new();
    for tensor in tensors {
        let role = roles.of(tensor);
        let Some(component) = role.component else { continue };
        let bytes = match role.reads {
            Reads::All => tensor.bytes,
            Reads::OneRow => tensor.row_bytes(),
            Reads::UsedExperts => {
                let n_experts = tensor.dims.last().copied().unwrap_or(1);
                tensor.bytes / n_experts * n_used.min(n_experts)
            }
        };
        *by_component.entry(component).or_default() += bytes;
    }
    let mut components: Vec<_> = by_component
        .into_iter()
        .map(|(component, bytes)| ComponentTotal { component: component.name(), bytes })
        .collect();
    components.sort_by_key(|total| std::cmp::Reverse(total.bytes));
    let bytes_per_token: u64 = components.iter().map(|total| total.bytes).sum();
    let limits = BANDWIDTHS
        .iter()
        .map(|&(machine, gb_per_second)| Limit {
            machine,
            gb_per_second,
            tokens_per_second: f64::from(gb_per_second) * 1e9 / bytes_per_token as f64,
        })
        .collect();
    (bytes_per_token > 0).then_some(Decode {
        bytes_per_token,
        n_experts_used: n_used,
        components,
        limits,
    })
}

/// One metadata key, with the first elements of an array.
fn entry(key: &str, value: &Value) -> Entry {
    Entry {
        key: key.to_owned(),
        ty: value.ty().name(),
        length: value.as_array().map(<[Value]>::len),
        value: json(value),
    }
}

/// A value as JSON, with the first elements of an array.
fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Bool(value) => (*value).into(),
        Value::String(value) => value.as_str().into(),
        // The shortest text that reads back as the same single, rather than the nearest double.
        Value::F32(value) => value.to_string().parse().map_or(serde_json::Value::Null, float),
        Value::F64(value) => float(*value),
        Value::Array(_, elements) => elements.iter().take(ELEMENTS_SHOWN).map(json).collect(),
        _ => match value.as_u64() {
            Some(number) => number.into(),
            None => value.as_i64().into(),
        },
    }
}

/// A number as JSON; text for the three values that JSON has no number for.
fn float(value: f64) -> serde_json::Value {
    serde_json::Number::from_f64(value)
        .map_or_else(|| value.to_string().into(), serde_json::Value::Number)
}
