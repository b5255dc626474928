//! Attention over raw rows and compressed rows.

use super::dots::{add_product, dot_rows};
use super::math::{LANES, exp, sum_lanes};
use crate::device::cpu::parallel;
use crate::device::cpu::rows::Rows;
use crate::device::cpu::simd::{Kernel, vectorize};
use crate::device::cpu::views::{PageRows, StateRows};

/// Heads that are handled together: each row is then loaded once for all of them.
const HEADS: usize = 4;

/// The compressed rows that a layer attends to.
#[derive(Debug, Clone, Copy)]
enum Extra<'a> {
    /// None: the raw window alone.
    None,
    /// Every visible row.
    All {
        /// The layer's compressed rows.
        pages: PageRows<'a>,
        /// Tokens per row.
        ratio: usize,
    },
    /// The rows that the indexer chose.
    Chosen {
        /// The layer's compressed rows.
        pages: PageRows<'a>,
        /// Row indices `[T, k]`; `u32::MAX` where there is none.
        chosen: &'a [u32],
        /// Indices per row of the step.
        k: usize,
    },
}

/// Attention of all heads over one shared vector per position.
///
/// ```text
/// s[h, j] = q[t, h] . row[j] * D^(-1/2), M = max(sink[h], max over j of s[h, j])
/// out[t, h] = sum over j of exp(s[h, j] - M) row[j]
///             / (exp(sink[h] - M) + sum over j of exp(s[h, j] - M))
/// ```
///
/// Rows are the raw rows of positions `max(0, t - window + 1) ..= t`, then the compressed rows in
/// the given order; sums run in that order.
///
/// `q`, `out` `[T, H, D]`; `kv` `[T, D]`: the raw rows of this step; `ring`: the raw rows of
/// earlier positions, at least `window - 1` of them; `sinks` `[H]` in logit units.
///
/// # Panics
///
/// When lengths disagree.
///
/// Source: MODEL.md section 2.5.
#[expect(clippy::too_many_arguments, reason = "the op's inputs, as the plan lists them")]
fn attend<const H: usize, const D: usize>(
    q: &[f32],
    kv: &[f32],
    ring: StateRows<'_>,
    sinks: &[f32],
    extra: Extra<'_>,
    rows: &Rows<'_>,
    out: &mut [f32],
) {
    let n_rows = rows.len();
    assert_eq!((q.len(), out.len()), (n_rows * H * D, n_rows * H * D), "lengths of q and out");
    assert_eq!((kv.len(), sinks.len()), (n_rows * D, H), "lengths of kv and sinks");
    let window = ring.field.n_rows;
    let visible = Visible { kv, ring, window, extra };
    let group = if H.is_multiple_of(HEADS) { HEADS } else { H };
    let groups = H / group;
    let cost = 2 * group * D * (window + extra.most(rows));
    parallel::for_each_chunk(out, group * D, cost, |i, out| {
        let (t, first) = (i / groups, i % groups * group);
        let mut unpacked = visible.buffer::<D>(rows, t);
        let rows = visible.rows::<D>(rows, t, &mut unpacked);
        let q = &q[(t * H + first) * D..(t * H + first + group) * D];
        vectorize(Heads::<D> { q, rows: &rows, sinks: &sinks[first..first + group], out });
    });
}

/// Attention over the raw window alone; see [`attend`].
#[expect(clippy::too_many_arguments, reason = "the op's inputs, as the plan lists them")]
pub fn attend_window<const H: usize, const D: usize>(
    q: &[f32],
    kv: &[f32],
    ring: StateRows<'_>,
    sinks: &[f32],
    rows: &Rows<'_>,
    out: &mut [f32],
) {
    attend::<H, D>(q, kv, ring, sinks, Extra::None, rows, out);
}

/// Attention over the raw window and every visible compressed row; see [`attend`].
#[expect(clippy::too_many_arguments, reason = "the op's inputs, as the plan lists them")]
pub fn attend_all<const H: usize, const D: usize>(
    q: &[f32],
    kv: &[f32],
    ring: StateRows<'_>,
    pages: PageRows<'_>,
    ratio: usize,
    sinks: &[f32],
    rows: &Rows<'_>,
    out: &mut [f32],
) {
    attend::<H, D>(q, kv, ring, sinks, Extra::All { pages, ratio }, rows, out);
}

/// Attention over the raw window and the compressed rows `chosen` `[T, K]`; see [`attend`].
#[expect(clippy::too_many_arguments, reason = "the op's inputs, as the plan lists them")]
pub fn attend_chosen<const H: usize, const D: usize, const K: usize>(
    q: &[f32],
    kv: &[f32],
    ring: StateRows<'_>,
    pages: PageRows<'_>,
    chosen: &[u32],
    sinks: &[f32],
    rows: &Rows<'_>,
    out: &mut [f32],
) {
    attend::<H, D>(q, kv, ring, sinks, Extra::Chosen { pages, chosen, k: K }, rows, out);
}

impl Extra<'_> {
    /// About how many compressed rows a row of the step sees at most.
    fn most(&self, rows: &Rows<'_>) -> usize {
        match self {
            Self::None => 0,
            Self::All { ratio, .. } => {
                let ends = rows.segments().iter().map(|s| (s.start + s.len) / ratio);
                ends.max().unwrap_or(0)
            }
            Self::Chosen { k, .. } => *k,
        }
    }
}

/// Where the rows that a query sees are.
#[derive(Clone, Copy)]
struct Visible<'a> {
    kv: &'a [f32],
    ring: StateRows<'a>,
    window: usize,
    extra: Extra<'a>,
}

impl<'a> Visible<'a> {
    /// Room for the compressed rows that row `t` of the step sees, if they are packed.
    fn buffer<const D: usize>(&self, rows: &Rows<'_>, t: usize) -> Vec<[f32; D]> {
        let n = match self.extra {
            Extra::None => 0,
            Extra::All { pages, .. } | Extra::Chosen { pages, .. } if pages.is_unpacked() => 0,
            Extra::All { ratio, .. } => (rows.at(t).1 + 1) / ratio,
            Extra::Chosen { k, .. } => k,
        };
        vec![[0.0; D]; n]
    }

    /// The rows that row `t` of the step sees, in the order of the sums.
    fn rows<'b, const D: usize>(
        &self,
        rows: &Rows<'_>,
        t: usize,
        unpacked: &'b mut [[f32; D]],
    ) -> Vec<&'b [f32]>
    where
        'a: 'b,
    {
        let (segment, position) = rows.at(t);
        let first = (position + 1).saturating_sub(self.window);
        let raw = (first..=position).map(|p| match p.checked_sub(segment.start) {
            Some(i) => &self.kv[(segment.row + i) * D..(segment.row + i + 1) * D],
            None => self.ring.row(segment.slot, p),
        });
        let mut visible: Vec<&[f32]> = raw.collect();
        match self.extra {
            Extra::None => {}
            Extra::All { pages, ratio } => {
                visible.extend(pages.rows(segment, 0..(position + 1) / ratio, unpacked));
            }
            Extra::Chosen { pages, chosen, k } => {
                let chosen = chosen[t * k..(t + 1) * k].iter().filter(|j| **j != u32::MAX);
                visible.extend(pages.rows(segment, chosen.map(|j| *j as usize), unpacked));
            }
        }
        visible
    }
}

/// Attention of consecutive heads of one row of the step.
struct Heads<'a, const D: usize> {
    q: &'a [f32],
    rows: &'a [&'a [f32]],
    sinks: &'a [f32],
    out: &'a mut [f32],
}

impl<const D: usize> Kernel for Heads<'_, D> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let mut weights = vec![0.0; HEADS * self.rows.len()];
        let (q, q_rest) = self.q.as_chunks::<D>().0.as_chunks::<HEADS>();
        let (sinks, sinks_rest) = self.sinks.as_chunks::<HEADS>();
        let (out, out_rest) = self.out.as_chunks_mut::<D>().0.as_chunks_mut::<HEADS>();
        for ((q, sinks), out) in q.iter().zip(sinks).zip(out) {
            heads(q, self.rows, sinks, &mut weights, out);
        }
        for ((q, sink), out) in q_rest.iter().zip(sinks_rest).zip(out_rest) {
            let weights = &mut weights[..self.rows.len()];
            let (q, sink) = (std::array::from_ref(q), std::array::from_ref(sink));
            heads(q, self.rows, sink, weights, std::array::from_mut(out));
        }
    }
}

/// Attention of `H` heads; `weights` `[H, rows]` is scratch.
#[inline(always)]
fn heads<const H: usize, const D: usize>(
    q: &[[f32; D]; H],
    rows: &[&[f32]],
    sinks: &[f32; H],
    weights: &mut [f32],
    out: &mut [[f32; D]; H],
) {
    let n = rows.len();
    let scale = 1.0 / (D as f32).sqrt();
    for (j, row) in rows.iter().enumerate() {
        for (h, dot) in dot_rows(q, row).into_iter().enumerate() {
            weights[h * n + j] = dot * scale;
        }
    }
    let mut factors = [0.0; H];
    for h in 0..H {
        factors[h] = 1.0 / softmax(&mut weights[h * n..(h + 1) * n], sinks[h]);
    }
    for (h, out) in out.iter_mut().enumerate() {
        weighted_sum(&weights[h * n..(h + 1) * n], rows, factors[h], out);
    }
}

/// `out = factor * sum over j of weights[j] * rows[j]`.
#[inline(always)]
fn weighted_sum<const D: usize>(weights: &[f32], rows: &[&[f32]], factor: f32, out: &mut [f32; D]) {
    const BLOCK: usize = 4 * LANES;
    let (blocks, _) = out.as_chunks_mut::<BLOCK>();
    let n_blocks = blocks.len();
    for (c, block) in blocks.iter_mut().enumerate() {
        let ([mut s0, mut s1], [mut s2, mut s3]) = ([[0.0; LANES]; 2], [[0.0; LANES]; 2]);
        for (&weight, row) in weights.iter().zip(rows) {
            let weight = [weight; LANES];
            let (row, _) = row[c * BLOCK..(c + 1) * BLOCK].as_chunks::<LANES>();
            s0 = add_product(s0, &weight, &row[0]);
            s1 = add_product(s1, &weight, &row[1]);
            s2 = add_product(s2, &weight, &row[2]);
            s3 = add_product(s3, &weight, &row[3]);
        }
        block.copy_from_slice([s0, s1, s2, s3].as_flattened());
    }
    for (c, block) in out.as_chunks_mut::<LANES>().0.iter_mut().enumerate().skip(4 * n_blocks) {
        let mut sum = [0.0; LANES];
        for (&weight, row) in weights.iter().zip(rows) {
            sum = add_product(sum, &[weight; LANES], &row.as_chunks::<LANES>().0[c]);
        }
        *block = sum;
    }
    out.iter_mut().for_each(|out| *out *= factor);
}

/// Turns scores into weights `exp(s - M)`; returns their sum, the sink's share included.
#[inline(always)]
fn softmax(scores: &mut [f32], sink: f32) -> f32 {
    let mut largest = [sink; LANES];
    let (chunks, rest) = scores.as_chunks_mut::<LANES>();
    for chunk in chunks.iter() {
        for l in 0..LANES {
            largest[l] = largest[l].max(chunk[l]);
        }
    }
    let largest = largest.iter().chain(rest.iter()).fold(sink, |a, b| a.max(*b));
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        for l in 0..LANES {
            chunk[l] = exp(chunk[l] - largest);
            sums[l] += chunk[l];
        }
    }
    let mut sum = sum_lanes(sums) + exp(sink - largest);
    for score in rest {
        *score = exp(*score - largest);
        sum += *score;
    }
    sum
}

#[cfg(test)]
mod tests;
