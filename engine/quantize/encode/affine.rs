//! The search behind the formats whose values are `d·scale·code − dmin·minimum`.
//!
//! A super-block of 256 values has two half-precision numbers, `d` and `dmin`; each of its
//! sub-blocks has an integer scale and minimum; each value has an integer code.
//! The search minimizes the weighted squared error over all of them:
//!
//! 1. each sub-block alone, with real-valued scale and minimum: candidate ranges, then
//!    alternating codes and least squares;
//! 2. all together: integer scales and minima by trying neighbors, then `d` and `dmin` by least
//!    squares given everything else, repeated.

use half::f16;

/// Values in a super-block.
pub(super) const VALUES: usize = 256;

/// Below this largest magnitude a super-block is written as zeros: half precision has no scale
/// that small.
const NEGLIGIBLE: f32 = 1e-12;

/// Rounds of step 2; the error stops improving visibly after three.
const ROUNDS: usize = 4;

/// Adding and subtracting this rounds to the nearest integer without a library call.
const ROUNDING: f32 = 12_582_912.0;

/// Largest integers of a format.
#[derive(Debug, Clone, Copy)]
pub(super) struct Levels {
    /// Largest code.
    pub(super) code: f32,
    /// Largest sub-block scale and minimum.
    pub(super) scale: f32,
}

/// A fitted super-block of `S` sub-blocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Superblock<const S: usize> {
    pub(super) d: f16,
    pub(super) dmin: f16,
    pub(super) scales: [f32; S],
    pub(super) minima: [f32; S],
    pub(super) codes: [f32; VALUES],
}

/// One sub-block's numbers and their weights.
#[derive(Clone, Copy)]
struct Part<'a, const L: usize> {
    values: &'a [f32; L],
    weights: &'a [f32; L],
    max_code: f32,
}

/// A real-valued scale and minimum, the minimum counted downward.
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    scale: f32,
    minimum: f32,
}

impl<const S: usize> Superblock<S> {
    const ZERO: Self = Self {
        d: f16::ZERO,
        dmin: f16::ZERO,
        scales: [0.0; S],
        minima: [0.0; S],
        codes: [0.0; VALUES],
    };

    /// Fits 256 values in sub-blocks of `L = 256 / S`.
    pub(super) fn fit<const L: usize>(values: &[f32], weights: &[f32], levels: Levels) -> Self {
        let largest = values.iter().fold(0.0_f32, |max, value| max.max(value.abs()));
        if largest < NEGLIGIBLE {
            return Self::ZERO;
        }
        // Of magnitude one, so that no square over- or underflows.
        let mut unit = [0.0; VALUES];
        for (unit, value) in unit.iter_mut().zip(values) {
            *unit = value / largest;
        }
        let (unit, _) = unit.as_chunks::<L>();
        let (weights, _) = weights.as_chunks::<L>();
        let part =
            |s: usize| Part { values: &unit[s], weights: &weights[s], max_code: levels.code };
        let lines: [Line; S] = std::array::from_fn(|s| part(s).fit());
        let mut d = lines.iter().fold(0.0_f32, |max, line| max.max(line.scale)) / levels.scale;
        let mut dmin = lines.iter().fold(0.0_f32, |max, line| max.max(line.minimum)) / levels.scale;
        let mut best = (f32::INFINITY, Self::ZERO);
        let mut block = Self::ZERO;
        for (s, line) in lines.iter().enumerate() {
            block.scales[s] = nearest(line.scale, d, levels.scale);
            block.minima[s] = nearest(line.minimum, dmin, levels.scale);
        }
        for round in 0..ROUNDS {
            let before = (block.d, block.dmin);
            (block.d, block.dmin) = (f16::from_f32(d * largest), f16::from_f32(dmin * largest));
            if round > 0 && before == (block.d, block.dmin) {
                break;
            }
            let step =
                Line { scale: block.d.to_f32() / largest, minimum: block.dmin.to_f32() / largest };
            let error = (0..S).map(|s| block.choose(s, step, part(s), levels.scale)).sum();
            if error < best.0 {
                best = (error, block);
            }
            (d, dmin) = block.refit(unit, weights, step);
        }
        best.1
    }

    /// Chooses the integers of sub-block `s` near the present ones; returns its error.
    fn choose<const L: usize>(&mut self, s: usize, step: Line, part: Part<'_, L>, max: f32) -> f32 {
        let around = |present: f32| {
            [present, present - 1.0, present + 1.0].map(|integer| integer.clamp(0.0, max))
        };
        let mut best = (f32::INFINITY, 0.0, 0.0);
        for scale in around(self.scales[s]) {
            for minimum in around(self.minima[s]) {
                let line = Line { scale: step.scale * scale, minimum: step.minimum * minimum };
                let error = part.error(line);
                if error < best.0 {
                    best = (error, scale, minimum);
                }
            }
        }
        (self.scales[s], self.minima[s]) = (best.1, best.2);
        let line = Line { scale: step.scale * best.1, minimum: step.minimum * best.2 };
        self.codes[s * L..(s + 1) * L].copy_from_slice(&part.codes(line));
        best.0
    }

    /// `d` and `dmin` of least error for the present integers, or the present ones where the
    /// integers do not determine them.
    fn refit<const L: usize>(
        &self,
        values: &[[f32; L]],
        weights: &[[f32; L]],
        present: Line,
    ) -> (f32, f32) {
        let mut sums = Sums::default();
        for s in 0..S {
            let codes = &self.codes[s * L..(s + 1) * L];
            for ((&value, &weight), &code) in values[s].iter().zip(&weights[s]).zip(codes) {
                sums.add(value, weight, (self.scales[s] * code, self.minima[s]));
            }
        }
        let line = sums.solve().unwrap_or(present);
        (line.scale, line.minimum)
    }
}

impl<const L: usize> Part<'_, L> {
    /// The line of least error, over real scales and non-negative minima.
    fn fit(self) -> Line {
        let low = self.values.iter().fold(0.0_f32, |min, value| min.min(*value));
        let high = self.values.iter().fold(f32::MIN, |max, value| max.max(*value));
        if high - low < NEGLIGIBLE {
            return Line { scale: 0.0, minimum: -low };
        }
        let mut best = (f32::INFINITY, Line::default());
        let mut consider = |line: Line| {
            let error = self.error(line);
            if error < best.0 {
                best = (error, line);
            }
        };
        // From a range that clips the extremes to one a little wider than the values.
        for shrink in 0..8 {
            let scale = (high - low) / self.max_code * (1.05 - 0.07 * shrink as f32);
            for lift in 0..3 {
                let minimum = -low * (1.0 - 0.15 * lift as f32);
                consider(self.refine(Line { scale, minimum }));
            }
        }
        let line = best.1;
        let refined = self.refine(line);
        if self.error(refined) < best.0 { refined } else { line }
    }

    /// Codes of the line, then the best line of these codes.
    fn refine(self, line: Line) -> Line {
        let codes = self.codes(line);
        let mut sums = Sums::default();
        for ((&value, &weight), &code) in self.values.iter().zip(self.weights).zip(&codes) {
            sums.add(value, weight, (code, 1.0));
        }
        sums.solve().unwrap_or(line)
    }

    /// The nearest code of each value.
    fn codes(self, line: Line) -> [f32; L] {
        let per_step = if line.scale > 0.0 { 1.0 / line.scale } else { 0.0 };
        self.values.map(|value| code_of((value + line.minimum) * per_step, self.max_code))
    }

    /// Weighted squared error with the nearest codes.
    fn error(self, line: Line) -> f32 {
        let per_step = if line.scale > 0.0 { 1.0 / line.scale } else { 0.0 };
        // Eight sums that do not wait for each other.
        let mut lanes = [0.0_f32; 8];
        let (values, _) = self.values.as_chunks::<8>();
        let (weights, _) = self.weights.as_chunks::<8>();
        for (values, weights) in values.iter().zip(weights) {
            for lane in 0..8 {
                let lifted = values[lane] + line.minimum;
                let code = code_of(lifted * per_step, self.max_code);
                let difference = lifted - line.scale * code;
                lanes[lane] += weights[lane] * difference * difference;
            }
        }
        lanes.iter().sum()
    }
}

/// Sums of a weighted least-squares problem `x ≈ scale·p − minimum·q`.
#[derive(Debug, Default)]
struct Sums {
    pp: f32,
    pq: f32,
    qq: f32,
    xp: f32,
    xq: f32,
}

impl Sums {
    fn add(&mut self, x: f32, weight: f32, (p, q): (f32, f32)) {
        self.pp += weight * p * p;
        self.pq += weight * p * q;
        self.qq += weight * q * q;
        self.xp += weight * x * p;
        self.xq += weight * x * q;
    }

    /// The solution with both numbers non-negative, unless the problem is singular.
    fn solve(&self) -> Option<Line> {
        let determinant = self.pp * self.qq - self.pq * self.pq;
        if determinant > 1e-6 * self.pp * self.qq {
            let scale = (self.xp * self.qq - self.xq * self.pq) / determinant;
            let minimum = (self.xp * self.pq - self.xq * self.pp) / determinant;
            if scale > 0.0 && minimum >= 0.0 {
                return Some(Line { scale, minimum });
            }
        }
        let scale = self.xp / self.pp;
        (scale.is_finite() && scale > 0.0).then_some(Line { scale, minimum: 0.0 })
    }
}

fn code_of(steps: f32, max: f32) -> f32 {
    let clamped = if steps > 0.0 { steps } else { 0.0 };
    let clamped = if clamped < max { clamped } else { max };
    clamped + ROUNDING - ROUNDING
}

fn nearest(value: f32, step: f32, max: f32) -> f32 {
    if step > 0.0 { (value / step).round().clamp(0.0, max) } else { 0.0 }
}

/// The byte of a small non-negative integer held as a float.
#[expect(clippy::cast_possible_truncation, reason = "the search keeps integers within 0..=63")]
pub(super) fn byte(integer: f32) -> u8 {
    integer as u8
}
