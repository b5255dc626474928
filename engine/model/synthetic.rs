//! Random weights of a plan's exact shapes, made piece by piece while a device takes them.

use std::sync::Arc;

use ds4_plan::{Format, Plan, Role, WeightSlot};
use half::f16;
use rayon::prelude::*;

use crate::device::{Source, Synthesize, WeightRef, Weights, gpu::kernels::Formats};

/// Bytes of a matrix that are made; the rest of a larger one repeats its beginning.
const MADE: usize = 4 << 20;

/// Bytes that a thread makes at a time.
const PIECE: usize = 64 << 10;

/// The values of one model.
#[derive(Debug)]
struct Values {
    n_experts: usize,
}

/// A weight of each slot of `plan` in the format that `formats` has for it.
pub(super) fn weights(plan: &'static Plan, formats: &Formats) -> Weights {
    let mut next = 0;
    let mut refs = |formats: &[Format]| -> Vec<WeightRef> {
        let refs = formats.iter().zip(next..).map(|(&format, tensor)| WeightRef { tensor, format });
        let refs = refs.collect();
        next += formats.len();
        refs
    };
    Weights {
        source: Source::Synthetic(Arc::new(Values { n_experts: plan.model.n_experts })),
        globals: refs(&formats.globals),
        layers: plan.layers.iter().map(|layer| refs(&formats.kinds[layer.kind])).collect(),
    }
}

impl Synthesize for Values {
    fn rows(&self, slot: &WeightSlot, weight: WeightRef) -> Vec<u8> {
        let n_values: usize = slot.dims.iter().product();
        let width = slot.dims.last().copied().unwrap_or(1).max(1);
        let mut random = Random::new(weight.tensor as u64, 0);
        match slot.role {
            Role::Table => {
                let rows = (0..n_values / width).flat_map(|_| self.experts(width, &mut random));
                rows.flat_map(i32::to_le_bytes).collect()
            }
            Role::Vector => {
                let values = (0..n_values).map(|_| vector_value(slot.name, &mut random));
                encode_plain(weight.format, values)
            }
            Role::Matrix => matrix(weight, n_values / width, width),
        }
    }

    fn bytes(&self, slot: &WeightSlot, weight: WeightRef) -> usize {
        let n_values: usize = slot.dims.iter().product();
        let width = slot.dims.last().copied().unwrap_or(1).max(1);
        let bytes =
            |values: usize| values / weight.format.block_values() * weight.format.block_bytes();
        match slot.role {
            Role::Table | Role::Vector => bytes(n_values),
            Role::Matrix => bytes(width) * made_rows(bytes(width), n_values / width),
        }
    }
}

/// Rows of a matrix of `rows` that are made.
fn made_rows(row_bytes: usize, rows: usize) -> usize {
    rows.min((MADE / row_bytes).max(1))
}

impl Values {
    /// The experts of one token: `width` different ones.
    fn experts(&self, width: usize, random: &mut Random) -> impl Iterator<Item = i32> + use<> {
        let (first, n) = (random.below(self.n_experts), self.n_experts);
        (0..width).map(move |k| i32::try_from((first + k) % n).unwrap_or(0))
    }
}

/// A value that keeps the model in its usual range.
fn vector_value(name: &str, random: &mut Random) -> f32 {
    match name {
        name if name.contains("norm") => 1.0,
        // Small enough that scores choose experts, not their biases.
        name if name.contains("exp_probs_b") => 0.01 * random.unit(),
        name if name.contains("scale") => 0.5,
        _ => 0.5 * random.unit(),
    }
}

/// Values of a format that is not packed in blocks.
fn encode_plain(format: Format, values: impl Iterator<Item = f32>) -> Vec<u8> {
    match format {
        Format::F16 => values.flat_map(|x| f16::from_f32(x).to_le_bytes()).collect(),
        Format::BF16 => {
            values.flat_map(|x| (x.to_bits() >> 16).to_le_bytes()[..2].to_vec()).collect()
        }
        _ => values.flat_map(f32::to_le_bytes).collect(),
    }
}

/// Packed rows, at most [`MADE`] bytes of them and at least one, whose products with values near 1
/// are near 1.
fn matrix(weight: WeightRef, rows: usize, width: usize) -> Vec<u8> {
    let WeightRef { tensor, format } = weight;
    let row = width / format.block_values() * format.block_bytes();
    let mut out = vec![0; row * made_rows(row, rows)];
    let scale = 1.7 / (width as f32).sqrt();
    let piece = PIECE / format.block_bytes() * format.block_bytes();
    out.par_chunks_mut(piece).enumerate().for_each(|(number, piece)| {
        let mut random = Random::new(tensor as u64, 1 + number as u64);
        random.fill(piece);
        for block in piece.chunks_exact_mut(format.block_bytes()) {
            rescale(format, scale, block);
        }
    });
    out
}

/// Makes random bytes a block of values up to about `scale`.
fn rescale(format: Format, scale: f32, block: &mut [u8]) {
    let half = |x: f32| f16::from_f32(x).to_le_bytes();
    match format {
        Format::F32 => {
            let x = f32::from(i16::from_le_bytes([block[0], block[1]])) / 32768.0;
            block.copy_from_slice(&(scale * x).to_le_bytes());
        }
        Format::F16 => {
            let x = f32::from(i16::from_le_bytes([block[0], block[1]])) / 32768.0;
            block.copy_from_slice(&half(scale * x));
        }
        Format::BF16 => {
            let x = f32::from(i16::from_le_bytes([block[0], block[1]])) / 32768.0;
            block.copy_from_slice(&(scale * x).to_le_bytes()[2..]);
        }
        Format::Q8_0 => block[..2].copy_from_slice(&half(scale / 127.0)),
        Format::Q2_K => {
            // Scales up to 15 and codes up to 3, and minima that center them.
            block[80..82].copy_from_slice(&half(scale / 23.0));
            block[82..84].copy_from_slice(&half(scale / 15.0));
        }
        Format::Q4_K => {
            block[..2].copy_from_slice(&half(scale / 472.0));
            block[2..4].copy_from_slice(&half(scale / 63.0));
        }
        Format::IQ2_XXS => block[..2].copy_from_slice(&half(scale / 80.0)),
        // A power of two, of codes up to 6.
        Format::MXFP4 => block[0] = ((scale / 4.0).to_bits() << 1).to_be_bytes()[0],
        Format::I32 => {}
    }
}

/// A stream of random numbers, by seed and number of the stream (splitmix64).
#[derive(Debug)]
struct Random {
    state: u64,
}

impl Random {
    fn new(seed: u64, stream: u64) -> Self {
        let mut random = Self { state: seed << 32 ^ stream };
        // Streams with near seeds part ways.
        random.state = random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ self.state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// From -1 to 1.
    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1 << 23) as f32 - 1.0
    }

    /// Below `n`, which is not 0.
    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap_or(0)
    }

    fn fill(&mut self, bytes: &mut [u8]) {
        for piece in bytes.chunks_mut(8) {
            piece.copy_from_slice(&self.next().to_le_bytes()[..piece.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::PLANS;

    #[test]
    fn rows_are_whole_and_finite_in_every_format() {
        let values = Values { n_experts: 8 };
        for format in Format::ALL.into_iter().filter(|format| *format != Format::I32) {
            let slot = WeightSlot {
                name: "a.weight",
                dims: &[9000, 1024],
                role: Role::Matrix,
                formats: &Format::ALL,
            };
            let weight = WeightRef { tensor: 3, format };
            let rows = values.rows(&slot, weight);
            let row = format.bytes(1024).unwrap();
            assert!(rows.len().is_multiple_of(row) && rows.len() <= MADE, "{format}");
            assert_eq!(rows, values.rows(&slot, weight), "{format} twice");
            assert_eq!(rows.len(), values.bytes(&slot, weight), "{format}");
            let mut decoded = vec![0.0; 1024 * 8];
            crate::formats::decode_row(format, &rows[..8 * row], &mut decoded);
            let largest = decoded.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
            assert!(decoded.iter().all(|x| x.is_finite()), "{format}");
            assert!((0.01..0.2).contains(&largest), "{format}: {largest}");
        }
    }

    #[test]
    fn tables_name_different_experts_that_exist() {
        let values = Values { n_experts: 8 };
        let dims = &[100, 6];
        let slot = WeightSlot { name: "table", dims, role: Role::Table, formats: &[Format::I32] };
        let rows = values.rows(&slot, WeightRef { tensor: 0, format: Format::I32 });
        let ids: Vec<i32> =
            rows.chunks_exact(4).map(|b| i32::from_le_bytes(b.try_into().unwrap())).collect();
        assert_eq!(ids.len(), 600);
        for row in ids.chunks_exact(6) {
            assert!(row.iter().all(|id| (0..8).contains(id)), "{row:?}");
            assert!((1..6).all(|k| !row[..k].contains(&row[k])), "{row:?}");
        }
    }

    #[test]
    fn every_weight_has_a_number_of_its_own() {
        for plan in PLANS {
            let formats = Formats {
                globals: plan.globals.iter().map(|slot| slot.formats[0]).collect(),
                kinds: plan
                    .kinds
                    .iter()
                    .map(|kind| kind.weights.iter().map(|slot| slot.formats[0]).collect())
                    .collect(),
            };
            let weights = weights(plan, &formats);
            let all = weights.globals.iter().chain(weights.layers.iter().flatten());
            let numbers: Vec<usize> = all.map(|weight| weight.tensor).collect();
            assert!(numbers.iter().copied().eq(0..numbers.len()), "{}", plan.model.name);
        }
    }
}
