//! Compressed rows: windows of tokens pooled into one cache row each.

use ds4_plan::RowForm;

use super::hadamard::Hadamard;
use super::math::exp;
use super::rms_norm::norm_row;
use super::rope::{Direction, Rotation};
use crate::device::cpu::parallel;
use crate::device::cpu::rows::{Rows, Segment};
use crate::device::cpu::simd::{Kernel, vectorize};
use crate::device::cpu::views::{PageRowsMut, StateRows};

/// Emits the compressed row of every window that a row of the step completes.
///
/// ```text
/// row j is emitted at position p = R j + R - 1, per dimension i over the tokens of its window:
/// c[i] = sum over tokens of softmax(g[., i]) * k[., i]
/// row = packed(rope(rms_norm(c) * norm, at position R j)), FP4 after a Hadamard rotation
/// ```
///
/// With `W` = `2 D` windows overlap: the window has `2 R` tokens: the first
/// half of the previous `R` tokens' rows and the second half of the last `R` tokens' rows; row 0
/// has no previous tokens.
///
/// `k`, `g` `[T, W]`, `g` with its bias, `W` = `D` or `2 D`; `k_ring`, `g_ring`: the same of
/// earlier positions, `R` or `2 R` rows; `norm` `[D]`; `freqs`: radians per position of the
/// trailing pairs; `out`: the layer's compressed rows, `D` wide.
///
/// # Panics
///
/// When lengths disagree, or a session has no page for a row.
///
/// Source: MODEL.md section 2.7.
#[expect(clippy::too_many_arguments, reason = "the op's inputs, as the plan lists them")]
pub fn compress<const D: usize, const W: usize, const R: usize>(
    k: &[f32],
    g: &[f32],
    k_ring: StateRows<'_>,
    g_ring: StateRows<'_>,
    norm: &[f32],
    freqs: &[f32],
    eps: f32,
    rows: &Rows<'_>,
    out: &mut PageRowsMut<'_>,
) {
    if W == 2 * D {
        windows::<D, R, true>(k, g, k_ring, g_ring, norm, freqs, eps, rows, out);
    } else {
        windows::<D, R, false>(k, g, k_ring, g_ring, norm, freqs, eps, rows, out);
    }
}

/// [`compress`] with the form of the windows as a constant.
#[expect(clippy::too_many_arguments, reason = "the op's inputs, as the plan lists them")]
fn windows<const D: usize, const R: usize, const OVERLAP: bool>(
    k: &[f32],
    g: &[f32],
    k_ring: StateRows<'_>,
    g_ring: StateRows<'_>,
    norm: &[f32],
    freqs: &[f32],
    eps: f32,
    rows: &Rows<'_>,
    out: &mut PageRowsMut<'_>,
) {
    let width = if OVERLAP { 2 * D } else { D };
    assert_eq!((k.len(), g.len()), (rows.len() * width, rows.len() * width), "lengths of k and g");
    assert_eq!((norm.len(), out.field.width), (D, D), "widths of the norm and the cache rows");
    let emitted: Vec<(&Segment<'_>, usize)> = (0..rows.len())
        .map(|row| rows.at(row))
        .filter(|(_, position)| (position + 1).is_multiple_of(R))
        .map(|(segment, position)| (segment, position / R))
        .collect();

    let keys = Tokens { step: k, ring: k_ring, width };
    let gates = Tokens { step: g, ring: g_ring, width };
    let form = out.field.form;
    let mut pooled = vec![0.0; emitted.len() * D];
    parallel::for_each_chunk(&mut pooled, D, 32 * R * D, |i, row| {
        let (segment, j) = emitted[i];
        let rotation = Rotation::new(j * R, freqs, Direction::Forward);
        let keys = keys.window::<D, R, OVERLAP>(segment, j);
        let gates = gates.window::<D, R, OVERLAP>(segment, j);
        let (keys, gates) = (&keys, &gates);
        vectorize(Pool::<D> { keys, gates, norm, eps, rotation: &rotation, form, row });
    });
    for ((segment, j), row) in emitted.into_iter().zip(pooled.chunks_exact(D)) {
        out.store(segment, j, row);
    }
}

/// Rows by position: of this step, or of the state where they are earlier.
#[derive(Clone, Copy)]
struct Tokens<'a> {
    step: &'a [f32],
    ring: StateRows<'a>,
    width: usize,
}

impl<'a> Tokens<'a> {
    fn row(&self, segment: &Segment<'_>, position: usize) -> &'a [f32] {
        match position.checked_sub(segment.start) {
            Some(i) => &self.step[(segment.row + i) * self.width..][..self.width],
            None => self.ring.row(segment.slot, position),
        }
    }

    /// The parts, `D` wide each, that row `j` is pooled from, by position.
    fn window<const D: usize, const R: usize, const OVERLAP: bool>(
        &self,
        segment: &Segment<'_>,
        j: usize,
    ) -> Vec<&'a [f32]> {
        let current = (j * R..(j + 1) * R).map(|p| self.row(segment, p));
        if OVERLAP {
            let previous = (j.saturating_sub(1) * R..j * R).map(|p| self.row(segment, p));
            previous.map(|row| &row[..D]).chain(current.map(|row| &row[D..])).collect()
        } else {
            current.collect()
        }
    }
}

/// Pools, normalizes and rotates one row.
struct Pool<'a, const D: usize> {
    keys: &'a [&'a [f32]],
    gates: &'a [&'a [f32]],
    norm: &'a [f32],
    eps: f32,
    rotation: &'a Rotation,
    form: RowForm,
    row: &'a mut [f32],
}

impl<const D: usize> Kernel for Pool<'_, D> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let pooled = pool::<D>(self.keys, self.gates);
        norm_row(&pooled, self.norm, self.eps, self.row);
        self.rotation.apply(self.row);
        if self.form == RowForm::Fp4 {
            Hadamard { x: self.row }.run();
        }
    }
}

/// Softmax over the tokens for each dimension, times the keys.
#[inline(always)]
fn pool<const D: usize>(keys: &[&[f32]], gates: &[&[f32]]) -> [f32; D] {
    let mut largest = [f32::NEG_INFINITY; D];
    for gate in gates {
        for (largest, gate) in largest.iter_mut().zip(*gate) {
            *largest = largest.max(*gate);
        }
    }
    let mut sums = [0.0; D];
    let mut pooled = [0.0; D];
    for (key, gate) in keys.iter().zip(gates) {
        let (key, gate) = (&key[..D], &gate[..D]);
        for i in 0..D {
            let p = exp(gate[i] - largest[i]);
            sums[i] += p;
            pooled[i] += p * key[i];
        }
    }
    for (pooled, sum) in pooled.iter_mut().zip(&sums) {
        *pooled /= sum;
    }
    pooled
}

#[cfg(test)]
mod tests;
