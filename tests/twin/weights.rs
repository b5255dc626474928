//! Models with random weights: every tensor of a plan in the formats of a recipe.
//!
//! Layers of one kind share their tensors, and of large tensors only those rows hold values that
//! a step of the tests uses; the rest of the file is a hole.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{Seek, SeekFrom, Write},
    sync::Arc,
};

use ds4::{
    device::{Source, WeightRef, Weights},
    gguf::{Gguf, Layout, NewTensor},
};
use ds4_codegen::{gpu::recipes::Recipe, graph::MatrixClass};
use ds4_plan::{Format, Layer, Plan, Role, WeightSlot};
use half::f16;
use tempfile::NamedTempFile;

use crate::random::Random;

/// Tokens that the tests use.
pub(crate) const TOKENS: usize = 48;

/// Experts that the tests use.
const EXPERTS: usize = 12;

/// Rows of other large matrices that hold values, at either end.
const ROWS: usize = 1024;

/// A plan with one layer of each kind, and weights for it.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) plan: &'static Plan,
    pub(crate) weights: Weights,
    pub(crate) file: Arc<Gguf>,
    _file: NamedTempFile,
}

/// The model of `plan` in the formats of `recipe`.
pub(crate) fn model(plan: &'static Plan, recipe: &Recipe) -> Model {
    let layers: Vec<Layer> = (0..plan.kinds.len())
        .map(|kind| *plan.layers.iter().find(|layer| layer.kind == kind).unwrap())
        .collect();
    let slots: BTreeMap<String, &WeightSlot> = plan
        .kinds
        .iter()
        .flat_map(|kind| kind.weights)
        .chain(plan.globals)
        .map(|slot| (tensor_name(slot), slot))
        .collect();
    let tensors: Vec<NewTensor> = slots
        .values()
        .map(|slot| NewTensor {
            name: tensor_name(slot),
            dims: slot.dims.iter().rev().map(|&n| n as u64).collect(),
            format: format(slot, recipe),
        })
        .collect();
    let layout = Layout::new(&[], &tensors).unwrap();
    let mut temporary = NamedTempFile::new().unwrap();
    let file = temporary.as_file_mut();
    file.set_len(layout.file_bytes()).unwrap();
    file.write_all(layout.header()).unwrap();
    let mut start = layout.header().len() as u64;
    let mut random = Random::new(7);
    for (slot, tensor) in slots.values().zip(&tensors) {
        fill(file, start, slot, tensor.format, &mut random);
        start += tensor.bytes().unwrap().next_multiple_of(32);
    }
    file.flush().unwrap();
    let file = Arc::new(Gguf::open(temporary.path()).unwrap());
    let find = |slot: &WeightSlot| {
        let tensor = file.tensors().iter().position(|info| info.name == tensor_name(slot)).unwrap();
        WeightRef { tensor, format: format(slot, recipe) }
    };
    let refs = |slots: &[WeightSlot]| slots.iter().map(find).collect::<Vec<_>>();
    let weights = Weights {
        globals: refs(plan.globals),
        layers: layers.iter().map(|layer| refs(plan.kinds[layer.kind].weights)).collect(),
        source: Source::File(Arc::clone(&file)),
    };
    let plan = Box::leak(Box::new(Plan { layers: layers.leak(), ..*plan }));
    Model { plan, weights, file, _file: temporary }
}

/// Kinds of layers have weights of one name in several shapes.
fn tensor_name(slot: &WeightSlot) -> String {
    format!("{} {:?}", slot.name, slot.dims)
}

fn format(slot: &WeightSlot, recipe: &Recipe) -> Format {
    match slot.role {
        Role::Matrix => recipe.format(MatrixClass::of(slot.name), *slot.dims.last().unwrap()),
        Role::Vector => Format::F32,
        Role::Table => Format::I32,
    }
}

fn fill(file: &mut File, start: u64, slot: &WeightSlot, format: Format, random: &mut Random) {
    let width = *slot.dims.last().unwrap();
    let rows: usize = slot.dims.iter().product::<usize>() / width;
    let row_bytes = format.bytes(width).unwrap() as u64;
    let mut write = |first: usize, bytes: &[u8]| {
        file.seek(SeekFrom::Start(start + first as u64 * row_bytes)).unwrap();
        file.write_all(bytes).unwrap();
    };
    match slot.role {
        Role::Vector => write(0, bytemuck::cast_slice(&vector(slot, random))),
        Role::Table => {
            for token in 0..TOKENS {
                let first = random.below(EXPERTS);
                let ids: Vec<i32> =
                    (0..width).map(|k| ((first + 5 * k) % EXPERTS) as i32).collect();
                write(token, bytemuck::cast_slice(&ids));
            }
        }
        Role::Matrix => {
            let used: &[std::ops::Range<usize>] = match MatrixClass::of(slot.name) {
                MatrixClass::Embedding => &[0..TOKENS, 0..0],
                MatrixClass::GateUp | MatrixClass::Down => {
                    &[0..rows / slot.dims[0] * EXPERTS.min(slot.dims[0]), 0..0]
                }
                _ if rows > 64 * ROWS => &[0..ROWS, rows - ROWS..rows],
                _ => &[0..rows, 0..0],
            };
            for rows in used {
                write(rows.start, &matrix(format, rows.len(), width, random));
            }
        }
    }
}

/// Values that keep the model in its usual range.
fn vector(slot: &WeightSlot, random: &mut Random) -> Vec<f32> {
    let n = slot.dims.iter().product();
    let one = |i: usize, random: &mut Random| {
        let x = random.unit();
        match slot.name {
            name if name.contains("norm") => 1.0 + 0.3 * x,
            // Only the experts that hold values may win.
            name if name.contains("exp_probs_b") => {
                if i < EXPERTS {
                    10.0 + 0.3 * x
                } else {
                    0.1 * x
                }
            }
            name if name.contains("scale") => 0.5 + 0.4 * x,
            _ => 0.5 * x,
        }
    };
    (0..n).map(|i| one(i, random)).collect()
}

/// Packed rows whose products with values near 1 are near 1; a few blocks are extreme.
fn matrix(format: Format, rows: usize, width: usize, random: &mut Random) -> Vec<u8> {
    let size = 1.7 / (width as f32).sqrt();
    let (values, bytes) = (format.block_values(), format.block_bytes());
    let mut out = vec![0; rows * width / values * bytes];
    for block in out.chunks_mut(bytes) {
        let scale = match random.below(64) {
            0 => 0.0,
            1 => -size,
            2 => 8.0 * size,
            _ => size * (0.75 + 0.25 * random.unit()),
        };
        one_block(format, scale, block, random);
    }
    out
}

fn one_block(format: Format, scale: f32, block: &mut [u8], random: &mut Random) {
    let half = |x: f32| f16::from_f32(x).to_le_bytes();
    match format {
        Format::F32 => block.copy_from_slice(&(scale * random.unit()).to_le_bytes()),
        Format::F16 => block.copy_from_slice(&half(scale * random.unit())),
        Format::BF16 => {
            let bits = (scale * random.unit()).to_bits();
            block.copy_from_slice(&bits.to_le_bytes()[2..]);
        }
        Format::Q8_0 => {
            random.bytes(block);
            block[..2].copy_from_slice(&half(scale / 127.0));
        }
        Format::Q2_K => {
            random.bytes(block);
            block[80..82].copy_from_slice(&half(scale / 23.0));
            block[82..84].copy_from_slice(&half(scale / 15.0));
        }
        Format::Q4_K => {
            random.bytes(block);
            block[..2].copy_from_slice(&half(scale / 472.0));
            block[2..4].copy_from_slice(&half(scale / 63.0));
        }
        Format::IQ2_XXS => {
            random.bytes(block);
            block[..2].copy_from_slice(&half(scale / 80.0));
        }
        Format::MXFP4 => {
            random.bytes(block);
            let exponent = (scale.abs().max(1e-6) / 4.0).log2().round() as i32;
            block[0] = u8::try_from(exponent + 127).unwrap();
        }
        Format::I32 => unreachable!("matrices hold numbers with fractions"),
    }
}
