//! The grid, and one run of eight values measured against all of it.

use crate::formats::iq2_grid::IQ2_XXS_CODES;

/// Entries of the grid.
const ENTRIES: usize = 256;

/// Combinations of four magnitudes: half an entry.
const HALVES: usize = 81;

/// The magnitudes 8, 25 and 43 in units of the smallest.
const MAGNITUDES: [f32; 3] = [1.0, 3.125, 5.375];

/// The grid in the form that the search reads.
pub(super) const GRID: Grid = Grid::new();

/// The grid: each entry as the numbers of its two halves.
pub(super) struct Grid {
    /// Base-3 number of the fields 0..4 and 4..8, first field least.
    halves: [[u8; 2]; ENTRIES],
}

impl Grid {
    const fn new() -> Self {
        let mut halves = [[0; 2]; ENTRIES];
        let mut entry = 0;
        while entry < ENTRIES {
            let code = IQ2_XXS_CODES[entry];
            let mut field = 8;
            while field > 0 {
                field -= 1;
                let digit = (code >> (2 * field) & 3) as u8;
                let half = &mut halves[entry][field / 4];
                *half = *half * 3 + digit;
            }
            entry += 1;
        }
        Self { halves }
    }

    /// Magnitude `i` of an entry.
    pub(super) fn magnitude(&self, entry: u8, i: usize) -> f32 {
        let half = self.halves[usize::from(entry)][i / 4];
        MAGNITUDES[usize::from(half) / [1, 3, 9, 27][i % 4] % 3]
    }
}

/// Reward and cost of every grid entry for one run.
#[derive(Debug, Clone)]
pub(super) struct Run {
    /// Twice the reward.
    rewards: [f32; ENTRIES],
    costs: [f32; ENTRIES],
}

impl Default for Run {
    fn default() -> Self {
        Self { rewards: [0.0; ENTRIES], costs: [0.0; ENTRIES] }
    }
}

/// Sums over four values for each combination of magnitudes.
struct Half {
    /// `Σ a·m`.
    gain: [f32; HALVES],
    /// `Σ w·m²`.
    cost: [f32; HALVES],
    /// `min a·m`.
    flip: [f32; HALVES],
}

impl Half {
    /// Builds the combinations one value at a time: 1, 3, 9, 27, 81.
    fn new(values: &[f32], weights: &[f32]) -> Self {
        let mut half =
            Self { gain: [0.0; HALVES], cost: [0.0; HALVES], flip: [f32::INFINITY; HALVES] };
        let mut n = 1;
        for (value, weight) in values.iter().zip(weights) {
            let a = weight * value.abs();
            // From the last third down, because the first third overwrites what the others read.
            for (digit, magnitude) in MAGNITUDES.iter().enumerate().rev() {
                let (gain, cost) = (a * magnitude, weight * magnitude * magnitude);
                for i in 0..n {
                    half.gain[digit * n + i] = half.gain[i] + gain;
                    half.cost[digit * n + i] = half.cost[i] + cost;
                    half.flip[digit * n + i] = half.flip[i].min(gain);
                }
            }
            n *= 3;
        }
        half
    }
}

impl Run {
    /// Computes reward and cost of every entry for eight values and their weights.
    pub(super) fn measure(&mut self, values: &[f32; 8], weights: &[f32; 8]) {
        let low = Half::new(&values[..4], &weights[..4]);
        let high = Half::new(&values[4..], &weights[4..]);
        let odd = values.iter().filter(|value| **value < 0.0).count() % 2 == 1;
        let parity = if odd { 2.0 } else { 0.0 };
        for (entry, halves) in GRID_HALVES.iter().enumerate() {
            let [l, h] = halves.map(usize::from);
            let flip = if low.flip[l] < high.flip[h] { low.flip[l] } else { high.flip[h] };
            self.rewards[entry] = 2.0 * (low.gain[l] + high.gain[h] - parity * flip);
            self.costs[entry] = low.cost[l] + high.cost[h];
        }
    }

    /// The least `g·cost − 2·reward` over all entries; times `g` it is the error.
    pub(super) fn least(&self, g: f32) -> f32 {
        let mut lanes = [f32::INFINITY; 16];
        let (rewards, _) = self.rewards.as_chunks::<16>();
        let (costs, _) = self.costs.as_chunks::<16>();
        for (rewards, costs) in rewards.iter().zip(costs) {
            for lane in 0..16 {
                let error = g * costs[lane] - rewards[lane];
                lanes[lane] = if error < lanes[lane] { error } else { lanes[lane] };
            }
        }
        lanes.into_iter().fold(f32::INFINITY, f32::min)
    }

    /// The first entry of least error at scale `g`.
    pub(super) fn best(&self, g: f32) -> u8 {
        let least = self.least(g);
        let mut errors =
            self.rewards.iter().zip(&self.costs).map(|(reward, cost)| g * cost - reward);
        let entry = errors.position(|error| error <= least).unwrap_or(0);
        u8::try_from(entry).expect("the grid has 256 entries")
    }

    /// Reward of one entry.
    pub(super) fn reward(&self, entry: u8) -> f32 {
        self.rewards[usize::from(entry)] / 2.0
    }

    /// Cost of one entry.
    pub(super) fn cost(&self, entry: u8) -> f32 {
        self.costs[usize::from(entry)]
    }
}

/// The halves as a static, so that the inner loop does not copy the constant.
static GRID_HALVES: [[u8; 2]; ENTRIES] = GRID.halves;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magnitudes_follow_the_codes() {
        for (entry, code) in IQ2_XXS_CODES.iter().enumerate() {
            for i in 0..8 {
                let field = usize::from(code >> (2 * i) & 3);
                let entry = u8::try_from(entry).unwrap();
                assert!((GRID.magnitude(entry, i) - MAGNITUDES[field]).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn rewards_and_costs_are_the_sums_they_stand_for() {
        let values = [0.1, -0.7, 0.3, 0.9, -0.2, -0.5, 0.05, 0.6];
        let weights = [1.0, 0.5, 2.0, 1.5, 0.1, 1.0, 3.0, 0.7];
        let mut run = Run::default();
        run.measure(&values, &weights);
        for entry in [0, 17, 255] {
            let m: [f32; 8] = std::array::from_fn(|i| GRID.magnitude(entry, i));
            let gains: [f32; 8] = std::array::from_fn(|i| weights[i] * values[i].abs() * m[i]);
            let flip = gains.iter().copied().fold(f32::INFINITY, f32::min);
            let reward = gains.iter().sum::<f32>() - 2.0 * flip;
            let cost: f32 = (0..8).map(|i| weights[i] * m[i] * m[i]).sum();
            assert!((run.reward(entry) - reward).abs() < 1e-4, "{entry}");
            assert!((run.cost(entry) - cost).abs() < 1e-3, "{entry}");
        }
    }
}
