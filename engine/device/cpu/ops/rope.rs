//! Rotary position embedding.

use ds4_plan::Yarn;

use crate::device::cpu::parallel;
use crate::device::cpu::rows::Rows;
use crate::device::cpu::simd::{Kernel, vectorize};

/// Which way pairs rotate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// By the angle of the row's position.
    Forward,
    /// Back by that angle.
    Inverse,
}

/// Rotates the trailing `R` values of each head at the position of its row.
///
/// ```text
/// pair i of the tail: (a, b) -> (a cos - b sin, a sin + b cos), angle = f32(position) * freqs[i]
/// ```
///
/// `x`, `y` `[T, H, D]`; `freqs` `[R / 2]` in radians per position. The angle is one `f32`
/// product; its sine and cosine are accurate, since at long context the angle is large.
///
/// # Panics
///
/// When lengths disagree.
///
/// Source: MODEL.md section 2.6.
pub fn rope<const D: usize, const R: usize>(
    x: &[f32],
    rows: &Rows<'_>,
    freqs: &[f32],
    direction: Direction,
    y: &mut [f32],
) {
    let width = y.len() / rows.len().max(1);
    assert_eq!((x.len(), y.len()), (rows.len() * width, rows.len() * width), "lengths of x and y");
    assert!(width.is_multiple_of(D) && freqs.len() * 2 == R, "rows of {width} are no heads of {D}");
    if y.is_empty() {
        return;
    }
    // A sine and a cosine cost about as much as 200 multiply-adds.
    parallel::for_each_chunk(y, width, width + 200 * R, |t, y| {
        let rotation = Rotation::new(rows.at(t).1, freqs, direction);
        vectorize(Rope { x: &x[t * width..(t + 1) * width], head: D, rotation: &rotation, y });
    });
}

struct Rope<'a> {
    x: &'a [f32],
    head: usize,
    rotation: &'a Rotation,
    y: &'a mut [f32],
}

impl Kernel for Rope<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.y.copy_from_slice(self.x);
        for head in self.y.chunks_exact_mut(self.head) {
            self.rotation.apply(head);
        }
    }
}

/// The rotation of one position.
#[derive(Debug)]
pub(crate) struct Rotation {
    /// Cosine and sine of each pair.
    pairs: Vec<[f32; 2]>,
}

impl Rotation {
    /// The rotation at `position` with these radians per position and pair.
    pub(crate) fn new(position: usize, freqs: &[f32], direction: Direction) -> Self {
        let pairs = freqs.iter().map(|freq| {
            let (sin, cos) = f64::from(position as f32 * freq).sin_cos();
            #[expect(clippy::cast_possible_truncation, reason = "rounded once to f32")]
            let (sin, cos) = (sin as f32, cos as f32);
            match direction {
                Direction::Forward => [cos, sin],
                Direction::Inverse => [cos, -sin],
            }
        });
        Self { pairs: pairs.collect() }
    }

    /// Number of values that rotate.
    #[inline(always)]
    pub(crate) const fn width(&self) -> usize {
        2 * self.pairs.len()
    }

    /// Rotates the trailing pairs of one head.
    #[inline(always)]
    pub(crate) fn apply(&self, head: &mut [f32]) {
        let first = head.len() - self.width();
        let (tail, _) = head[first..].as_chunks_mut::<2>();
        for ([a, b], [cos, sin]) in tail.iter_mut().zip(&self.pairs) {
            (*a, *b) = (*a * cos - *b * sin, *a * sin + *b * cos);
        }
    }
}

/// Radians per position of each pair: `base^(-2 i / dim)` for `i` below `dim / 2`.
///
/// Source: MODEL.md section 2.6.
#[must_use]
pub fn rope_frequencies(base: f32, dim: usize) -> Vec<f32> {
    #[expect(clippy::cast_possible_truncation, reason = "rounded once to f32")]
    plain(base, dim).map(|freq| freq as f32).collect()
}

/// Radians per position of each pair where the original context is extended.
///
/// ```text
/// corr(n) = dim * ln(original / (2 pi n)) / (2 ln base)
/// low = max(floor(corr(beta_fast)), 0), high = min(ceil(corr(beta_slow)), dim - 1)
/// r = clamp((i - low) / (high - low), 0, 1), f = base^(-2 i / dim)
/// freqs[i] = f / factor * r + f * (1 - r)
/// ```
///
/// Source: MODEL.md section 2.6.
#[must_use]
pub fn yarn_frequencies(base: f32, dim: usize, yarn: &Yarn) -> Vec<f32> {
    let corr = |rotations: f32| {
        let turns = f64::from(rotations) * std::f64::consts::TAU;
        dim as f64 * (yarn.original_context as f64 / turns).ln() / (2.0 * f64::from(base).ln())
    };
    let low = corr(yarn.beta_fast).floor().max(0.0);
    let high = corr(yarn.beta_slow).ceil().min(dim as f64 - 1.0);
    let scaled = plain(base, dim).enumerate().map(|(i, freq)| {
        let ramp = ((i as f64 - low) / (high - low).max(0.001)).clamp(0.0, 1.0);
        freq / f64::from(yarn.factor) * ramp + freq * (1.0 - ramp)
    });
    #[expect(clippy::cast_possible_truncation, reason = "rounded once to f32")]
    scaled.map(|freq| freq as f32).collect()
}

fn plain(base: f32, dim: usize) -> impl Iterator<Item = f64> {
    (0..dim / 2).map(move |i| f64::from(base).powf(-2.0 * i as f64 / dim as f64))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_close, floats, math_vectors, values};
    use super::*;
    use crate::device::cpu::rows::Segment;

    const YARN: Yarn =
        Yarn { factor: 16.0, beta_fast: 32.0, beta_slow: 1.0, original_context: 65_536 };

    #[test]
    fn frequencies_agree_with_the_published_tables() {
        let vectors = math_vectors();
        assert_eq!(rope_frequencies(1e4, 64), floats(&vectors["rope_freq_main"]));
        let expected = floats(&vectors["rope_freq_compress_yarn"]);
        assert_eq!(yarn_frequencies(1.6e5, 64, &YARN), expected);
    }

    #[test]
    fn tails_rotate_at_their_positions_and_back() {
        let freqs = rope_frequencies(1e4, 8);
        for (first, second) in [(1, 0), (1, 2), (100, 30)] {
            let tokens = vec![0; first + second];
            let mut segments =
                vec![Segment { slot: 0, start: 77_777, row: 0, len: first, pages: &[] }];
            if second > 0 {
                segments.push(Segment { slot: 1, start: 0, row: first, len: second, pages: &[] });
            }
            let rows = Rows::new(&tokens, &segments);
            let x = values(rows.len() * 2 * 16, 1);
            let (mut y, mut back) = (x.clone(), x.clone());
            rope::<16, 8>(&x, &rows, &freqs, Direction::Forward, &mut y);
            rope::<16, 8>(&y, &rows, &freqs, Direction::Inverse, &mut back);
            assert_close(&back, &x, 1e-6);
            for (i, (x, y)) in x.chunks_exact(16).zip(y.chunks_exact(16)).enumerate() {
                assert_eq!(x[..8], y[..8]);
                let position = if i / 2 < first { 77_777 + i / 2 } else { i / 2 - first };
                for (pair, freq) in freqs.iter().enumerate() {
                    let angle = f64::from(position as f32 * freq);
                    let (a, b) = (f64::from(x[8 + 2 * pair]), f64::from(x[9 + 2 * pair]));
                    let rotated = a * angle.cos() - b * angle.sin();
                    assert!((f64::from(y[8 + 2 * pair]) - rotated).abs() < 1e-6);
                }
            }
        }
    }
}
