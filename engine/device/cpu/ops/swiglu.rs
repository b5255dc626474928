//! The clamped SwiGLU of the shared expert.

use super::math::sigmoid;
use crate::device::cpu::parallel;
use crate::device::cpu::simd::{Kernel, vectorize};

/// Elements that one task handles.
const CHUNK: usize = 1024;

/// Clamped SwiGLU.
///
/// ```text
/// g = min(gate, limit),  u = clamp(up, -limit, limit),  y = g * sigmoid(g) * u
/// ```
///
/// `gate`, `up`, `y` of one length; `limit` is positive.
///
/// # Panics
///
/// When lengths disagree.
///
/// Source: MODEL.md section 2.9.
pub fn swiglu(gate: &[f32], up: &[f32], limit: f32, y: &mut [f32]) {
    assert_eq!((gate.len(), up.len()), (y.len(), y.len()), "lengths of gate and up");
    let (chunks, rest) = y.split_at_mut(y.len() / CHUNK * CHUNK);
    let done = chunks.len();
    parallel::for_each_chunk(chunks, CHUNK, 16 * CHUNK, |i, y| {
        let range = i * CHUNK..(i + 1) * CHUNK;
        vectorize(Swiglu { gate: &gate[range.clone()], up: &up[range], limit, y });
    });
    vectorize(Swiglu { gate: &gate[done..], up: &up[done..], limit, y: rest });
}

struct Swiglu<'a> {
    gate: &'a [f32],
    up: &'a [f32],
    limit: f32,
    y: &'a mut [f32],
}

impl Kernel for Swiglu<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for ((y, gate), up) in self.y.iter_mut().zip(self.gate).zip(self.up) {
            *y = swiglu_value(*gate, *up, self.limit);
        }
    }
}

/// The formula of [`swiglu`] for one element.
#[inline(always)]
pub(crate) fn swiglu_value(gate: f32, up: f32, limit: f32) -> f32 {
    let gate = gate.min(limit);
    gate * sigmoid(gate) * up.clamp(-limit, limit)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_close, floats, math_vectors, values};
    use super::*;

    #[test]
    fn agrees_with_the_published_vectors() {
        let case = &math_vectors()["swiglu_clamp"];
        let (gate, up) = (floats(&case["gate"]), floats(&case["up"]));
        let mut y = vec![0.0; gate.len()];
        swiglu(&gate, &up, 10.0, &mut y);
        assert_close(&y, &floats(&case["mid"]), 1e-6);
    }

    #[test]
    fn long_rows_equal_short_ones() {
        let n = 130 * 256 + 3;
        let (gate, up, mut y) = (values(n, 1), values(n, 2), values(n, 3));
        swiglu(&gate, &up, 1.5, &mut y);
        for i in 0..n {
            let mut one = [0.0];
            swiglu(&gate[i..=i], &up[i..=i], 1.5, &mut one);
            assert_eq!(y[i].to_bits(), one[0].to_bits());
        }
    }
}
