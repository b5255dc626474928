//! The indexer's choice of compressed rows.

use super::dots::dot_rows;
use crate::device::cpu::parallel;
use crate::device::cpu::rows::{Rows, Segment};
use crate::device::cpu::simd::{Kernel, vectorize};
use crate::device::cpu::views::PageRows;

/// Rows that one task scores.
const CHUNK: usize = 128;

/// Chooses the compressed rows with the best scores, exactly.
///
/// ```text
/// score[t, j] = sum over h of max(0, iq[t, h] . ik[j]) * g[t, h] * (D H)^(-1/2)
/// visible: j < floor((position(t) + 1) / ratio)
/// ```
///
/// `iq` `[T, H, D]`; `g` `[T, H]`; `keys`: the indexer's rows, `D` wide; `chosen` `[T, K]`: row
/// indices in ascending order, then `u32::MAX`. Of equal scores the earlier row is chosen, and
/// zeros are equal whatever their sign. With at most `K` visible rows all are chosen unscored.
///
/// # Panics
///
/// When lengths disagree.
///
/// Source: MODEL.md section 2.8.
#[expect(clippy::too_many_arguments, reason = "the op's inputs, as the plan lists them")]
pub fn index_select<const H: usize, const D: usize, const K: usize>(
    iq: &[f32],
    g: &[f32],
    keys: PageRows<'_>,
    ratio: usize,
    rows: &Rows<'_>,
    chosen: &mut [u32],
) {
    let n_rows = rows.len();
    assert_eq!((iq.len(), g.len()), (n_rows * H * D, n_rows * H), "lengths of iq and g");
    assert_eq!(
        (chosen.len(), keys.field.width),
        (n_rows * K, D),
        "length of chosen, width of keys"
    );
    let n_scored =
        (0..n_rows).map(|t| (rows.at(t).1 + 1) / ratio).filter(|n| *n > K).sum::<usize>();
    let cost = n_scored / n_rows.max(1) * H * D;
    parallel::for_each_chunk(chosen, K, cost, |t, chosen| {
        let (segment, position) = rows.at(t);
        let n_visible = (position + 1) / ratio;
        if n_visible <= K {
            for (j, chosen) in (0..).zip(chosen.iter_mut()) {
                *chosen = if (j as usize) < n_visible { j } else { u32::MAX };
            }
            return;
        }
        let query = Query { iq: &iq[t * H * D..(t + 1) * H * D], g: &g[t * H..(t + 1) * H] };
        let mut scores = vec![0.0; n_visible];
        parallel::for_each_chunk(&mut scores, CHUNK, CHUNK * H * D, |i, scores| {
            vectorize(Score::<H, D> { query, keys, segment, first: i * CHUNK, scores });
        });
        choose(&scores, chosen);
    });
}

/// The indexer queries of one row and their weights.
#[derive(Clone, Copy)]
struct Query<'a> {
    iq: &'a [f32],
    g: &'a [f32],
}

/// Scores consecutive rows.
struct Score<'a, const H: usize, const D: usize> {
    query: Query<'a>,
    keys: PageRows<'a>,
    segment: &'a Segment<'a>,
    first: usize,
    scores: &'a mut [f32],
}

impl<const H: usize, const D: usize> Kernel for Score<'_, H, D> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let scale = 1.0 / ((D * H) as f32).sqrt();
        let (heads, _) = self.query.iq.as_chunks::<D>();
        let (blocks, rest) = heads.as_chunks::<4>();
        let (weights, rest_weights) = self.query.g.as_chunks::<4>();
        let mut unpacked = [0.0; D];
        for (i, score) in self.scores.iter_mut().enumerate() {
            let key = self.keys.row(self.segment, self.first + i, &mut unpacked);
            let mut sum = 0.0;
            for (block, weights) in blocks.iter().zip(weights) {
                let dots = dot_rows::<4, D>(block, key);
                for (dot, weight) in dots.iter().zip(weights) {
                    sum += dot.max(0.0) * (weight * scale);
                }
            }
            for (head, weight) in rest.iter().zip(rest_weights) {
                let [dot] = dot_rows::<1, D>(std::array::from_ref(head), key);
                sum += dot.max(0.0) * (weight * scale);
            }
            *score = sum;
        }
    }
}

/// The indices of the best scores, ascending.
fn choose(scores: &[f32], chosen: &mut [u32]) {
    let mut keys: Vec<u64> =
        (0u32..).zip(scores).map(|(j, s)| rank(*s) << 32 | u64::from(j)).collect();
    let n = chosen.len();
    keys.select_nth_unstable(n - 1);
    for (chosen, key) in chosen.iter_mut().zip(&keys) {
        #[expect(clippy::cast_possible_truncation, reason = "the row is the low half")]
        let row = *key as u32;
        *chosen = row;
    }
    chosen.sort_unstable();
}

/// A number that is smaller for better scores and equal for equal ones.
fn rank(score: f32) -> u64 {
    // Adding zero turns -0 into +0.
    let bits = (score + 0.0).to_bits();
    let ascending = if bits >> 31 == 0 { bits | 1 << 31 } else { !bits };
    u64::from(!ascending)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{pages, values};
    use super::*;

    const K: usize = 5;

    fn check(t: usize, start: usize, keys: &[f32]) {
        const H: usize = 6;
        const D: usize = 16;
        let n_keys = keys.len() / D;
        let (pages, table, field) = pages(keys, D, 8);
        let keys_of = PageRows { pages: &pages, field };
        let tokens = vec![0; t];
        let segments = [Segment { slot: 0, start, row: 0, len: t, pages: &table }];
        let rows = Rows::new(&tokens, &segments);
        let (iq, g) = (values(t * H * D, 1), values(t * H, 2));
        let mut chosen = vec![7; t * K];
        index_select::<H, D, K>(&iq, &g, keys_of, 4, &rows, &mut chosen);

        for t in 0..t {
            let n_visible = ((start + t + 1) / 4).min(n_keys);
            let score = |j: usize| -> f64 {
                (0..H)
                    .map(|h| {
                        let q = &iq[(t * H + h) * D..][..D];
                        let dot: f64 = q
                            .iter()
                            .zip(&keys[j * D..])
                            .map(|(a, b)| f64::from(*a) * f64::from(*b))
                            .sum();
                        dot.max(0.0) * f64::from(g[t * H + h])
                    })
                    .sum()
            };
            let mut order: Vec<usize> = (0..n_visible).collect();
            order.sort_by(|a, b| score(*b).total_cmp(&score(*a)).then(a.cmp(b)));
            order.truncate(K);
            order.sort_unstable();
            let mut expected: Vec<u32> = order.into_iter().map(|j| j.try_into().unwrap()).collect();
            expected.resize(K, u32::MAX);
            assert_eq!(chosen[t * K..(t + 1) * K], expected, "row {t}");
        }
    }

    #[test]
    fn the_best_visible_rows_are_chosen() {
        let keys = values(16 * 100, 3);
        check(1, 399, &keys);
        check(1, 2, &keys);
        check(3, 18, &keys);
        check(130, 0, &keys);
    }

    #[test]
    fn of_equal_scores_the_earlier_row_is_chosen() {
        check(130, 30, &[0.0; 16 * 50]);
        check(3, 300, &values(16, 3).repeat(100));
        let mut chosen = [0; 3];
        choose(&[-0.0, 1.0, 0.0, -1.0, -0.0], &mut chosen);
        assert_eq!(chosen, [0, 1, 2]);
    }
}
