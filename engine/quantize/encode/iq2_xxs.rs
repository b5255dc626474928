//! `IQ2_XXS`: 256 values as indices into a grid of eight magnitudes and indices of signs.
//!
//! A run of eight values is `g·m[i]·sign[i]` with `g = d·(2s + 1)`, where `m` is one of 256 grid
//! entries in units of its smallest magnitude and the number of negative signs is even.
//! With `a = w·|x|` the weighted squared error of a run is
//!
//! ```text
//! Σ w·x²  −  2g·reward  +  g²·cost
//! cost   = Σ w·m²
//! reward = Σ a·m  −  (odd number of negative values: 2·min(a·m), the cheapest sign flip)
//! ```
//!
//! `reward` and `cost` do not depend on `g`, so they are computed once for all entries, and the
//! search over entries is exact for every scale tried.

mod grid;

use half::f16;

use grid::{GRID, Run};

const VALUES: usize = 256;
const BYTES: usize = 66;
/// Values that share a scale.
const GROUP: usize = 32;
/// Runs in a group.
const RUNS: usize = 4;
const GROUPS: usize = VALUES / GROUP;
/// Values in a run.
const RUN: usize = 8;

/// Largest of the odd multiples `2s + 1`.
const MAX_MULTIPLE: f32 = 31.0;

/// Below this largest magnitude a block is written as zeros: half precision has no scale that
/// small.
const NEGLIGIBLE: f32 = 1e-12;

/// Scales tried for each group, relative to the root mean square of its values: dense where the
/// best scale of normal data lies, up to the one that is exact when all magnitudes are equal.
const TRIED: [f32; 9] = [0.2, 0.28, 0.34, 0.39, 0.44, 0.5, 0.58, 0.72, 1.0];

/// Rounds of choosing multiples and fitting `d`; the error stops improving after three.
const ROUNDS: usize = 4;

/// Encodes one row.
///
/// Source: MODEL.md section 5.4.
pub(super) fn row(values: &[f32], weights: &[f32], out: &mut [u8]) {
    let mut search = Search::new();
    let blocks = values.chunks_exact(VALUES).zip(weights.chunks_exact(VALUES));
    for (out, (values, weights)) in out.chunks_exact_mut(BYTES).zip(blocks) {
        search.block(values, weights, out);
    }
}

/// The choices of one block.
#[derive(Debug, Clone, Copy)]
struct Choice {
    d: f16,
    /// `s` of each group.
    scales: [u8; GROUPS],
}

/// Working memory of one block: reward and cost of every grid entry for its 32 runs.
struct Search {
    runs: Vec<Run>,
    /// Values divided by the largest magnitude.
    unit: [f32; VALUES],
}

impl Search {
    fn new() -> Self {
        Self { runs: vec![Run::default(); VALUES / RUN], unit: [0.0; VALUES] }
    }

    fn block(&mut self, values: &[f32], weights: &[f32], out: &mut [u8]) {
        let largest = values.iter().fold(0.0_f32, |max, value| max.max(value.abs()));
        out.fill(0);
        if largest < NEGLIGIBLE {
            return;
        }
        for (unit, value) in self.unit.iter_mut().zip(values) {
            *unit = value / largest;
        }
        let runs = self.unit.as_chunks::<RUN>().0.iter().zip(weights.as_chunks::<RUN>().0);
        for (run, (values, weights)) in self.runs.iter_mut().zip(runs) {
            run.measure(values, weights);
        }
        let choice = self.choose(largest);
        self.write(choice, largest, weights, out);
    }

    /// Finds `d` and the multiples of least error.
    fn choose(&self, largest: f32) -> Choice {
        let scales: [f32; GROUPS] = std::array::from_fn(|group| self.group_scale(group));
        let mut d = scales.iter().fold(0.0_f32, |max, scale| max.max(*scale)) / MAX_MULTIPLE;
        let mut choice = Choice { d: f16::ZERO, scales: [0; GROUPS] };
        for (s, scale) in choice.scales.iter_mut().zip(scales) {
            *s = nearest_multiple(scale / d);
        }
        let mut best = (f32::INFINITY, choice);
        for round in 0..ROUNDS {
            let before = std::mem::replace(&mut choice.d, f16::from_f32(d * largest));
            if round > 0 && choice.d == before {
                break;
            }
            let step = choice.d.to_f32() / largest;
            let mut error = 0.0;
            let mut sums = (0.0, 0.0);
            for group in 0..GROUPS {
                let (s, group_error) = self.multiple(group, choice.scales[group], step);
                choice.scales[group] = s;
                error += group_error;
                let multiple = f32::from(2 * s + 1);
                let (reward, cost) = self.chosen(group, step * multiple);
                sums.0 += multiple * reward;
                sums.1 += multiple * multiple * cost;
            }
            if error < best.0 {
                best = (error, choice);
            }
            if sums.0 > 0.0 {
                d = sums.0 / sums.1;
            }
        }
        best.1
    }

    /// The real-valued scale of least error of one group.
    fn group_scale(&self, group: usize) -> f32 {
        let values = &self.unit[group * GROUP..][..GROUP];
        let rms = (values.iter().map(|value| value * value).sum::<f32>() / GROUP as f32).sqrt();
        if rms <= 0.0 {
            return 0.0;
        }
        let mut best = (f32::INFINITY, rms);
        let mut consider = |scale: f32| {
            let error = self.error(group, scale);
            if error < best.0 {
                best = (error, scale);
            }
            best.1
        };
        let mut scale = rms;
        for tried in TRIED {
            scale = consider(rms * tried);
        }
        for _ in 0..2 {
            let (reward, cost) = self.chosen(group, scale);
            if reward > 0.0 {
                scale = consider(reward / cost);
            }
        }
        scale
    }

    /// The multiple near `s` of least error, and that error.
    fn multiple(&self, group: usize, s: u8, step: f32) -> (u8, f32) {
        let mut best = (s, f32::INFINITY);
        for s in s.saturating_sub(1)..=(s + 1).min(15) {
            let error = self.error(group, step * f32::from(2 * s + 1));
            if error < best.1 {
                best = (s, error);
            }
        }
        best
    }

    /// Error of a group at scale `g`, without the constant `Σ w·x²`.
    fn error(&self, group: usize, g: f32) -> f32 {
        self.runs[group * RUNS..][..RUNS].iter().map(|run| run.least(g)).sum::<f32>() * g
    }

    /// Summed reward and cost of the entries that a group uses at scale `g`.
    fn chosen(&self, group: usize, g: f32) -> (f32, f32) {
        let mut sums = (0.0, 0.0);
        for run in &self.runs[group * RUNS..][..RUNS] {
            let entry = run.best(g);
            sums.0 += run.reward(entry);
            sums.1 += run.cost(entry);
        }
        sums
    }

    fn write(&self, choice: Choice, largest: f32, weights: &[f32], out: &mut [u8]) {
        out[..2].copy_from_slice(&choice.d.to_le_bytes());
        let step = choice.d.to_f32() / largest;
        for (group, out) in out[2..].chunks_exact_mut(8).enumerate() {
            let s = choice.scales[group];
            let mut tail = u32::from(s) << 28;
            let (entries, tail_bytes) = out.split_at_mut(RUNS);
            for (r, out) in entries.iter_mut().enumerate() {
                let run = group * RUNS + r;
                let entry = self.runs[run].best(step * f32::from(2 * s + 1));
                let span = run * RUN..(run + 1) * RUN;
                let signs = signs(&self.unit[span.clone()], &weights[span], entry);
                *out = entry;
                tail |= u32::from(signs & 0x7f) << (7 * r);
            }
            tail_bytes.copy_from_slice(&tail.to_le_bytes());
        }
    }
}

/// Sign bits of a run, an even number of them set: where the values have an odd number of
/// negatives, the sign that costs least is flipped.
fn signs(values: &[f32], weights: &[f32], entry: u8) -> u8 {
    let mut bits = 0_u8;
    let mut cheapest = (f32::INFINITY, 0);
    for (i, (value, weight)) in values.iter().zip(weights).enumerate() {
        bits |= u8::from(*value < 0.0) << i;
        let price = weight * value.abs() * GRID.magnitude(entry, i);
        if price < cheapest.0 {
            cheapest = (price, i);
        }
    }
    if bits.count_ones() % 2 == 1 { bits ^ 1 << cheapest.1 } else { bits }
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to 0..=15")]
fn nearest_multiple(ratio: f32) -> u8 {
    ((ratio - 1.0) / 2.0).round().clamp(0.0, 15.0) as u8
}
