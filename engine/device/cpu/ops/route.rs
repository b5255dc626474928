//! The router: which experts a token uses, and with what weights.

use crate::device::cpu::parallel;

/// Takes the experts of each token from a table.
///
/// ```text
/// a = sqrt(softplus(logits[t])), ids[t] = table[tokens[t]], weights[t, k] = scale * a[ids[t, k]] / sum over k
/// ```
///
/// `logits` `[T, E]`; `table` `[V, K]`; `tokens` `[T]`; `ids`, `weights` `[T, K]`. Entries outside
/// the experts, which loading refuses, are taken as the last expert.
///
/// # Panics
///
/// When a token is outside the table or lengths disagree.
///
/// Source: MODEL.md section 2.9.
#[expect(clippy::too_many_arguments, reason = "the op's inputs, as the plan lists them")]
pub fn route_hash<const E: usize, const K: usize>(
    logits: &[f32],
    table: &[i32],
    tokens: &[u32],
    scale: f32,
    ids: &mut [u32],
    weights: &mut [f32],
) {
    check::<E, K>(logits, ids, weights);
    assert_eq!(tokens.len() * K, ids.len(), "{} tokens", tokens.len());
    for (t, ids) in ids.chunks_exact_mut(K).enumerate() {
        let entries = &table[tokens[t] as usize * K..(tokens[t] as usize + 1) * K];
        for (id, entry) in ids.iter_mut().zip(entries) {
            *id = entry.cast_unsigned().min(last::<E>());
        }
    }
    let ids = &*ids;
    parallel::for_each_chunk(weights, K, 100 * K, |t, weights| {
        let (logits, ids) = (&logits[t * E..(t + 1) * E], &ids[t * K..(t + 1) * K]);
        weigh(ids, |id| affinity(logits[id]), scale, weights);
    });
}

/// Chooses the experts with the largest biased affinities.
///
/// ```text
/// a = sqrt(softplus(logits[t])), ids[t] = the K largest of a + bias, best first
/// weights[t, k] = scale * a[ids[t, k]] / sum over k
/// ```
///
/// `logits` `[T, E]`; `bias` `[E]`; `ids`, `weights` `[T, K]`. Of equal experts the lower index is
/// chosen.
///
/// # Panics
///
/// When lengths disagree.
///
/// Source: MODEL.md section 2.9.
pub fn route_top_k<const E: usize, const K: usize>(
    logits: &[f32],
    bias: &[f32],
    scale: f32,
    ids: &mut [u32],
    weights: &mut [f32],
) {
    check::<E, K>(logits, ids, weights);
    assert_eq!(bias.len(), E, "length of bias");
    for (t, (ids, weights)) in ids.chunks_exact_mut(K).zip(weights.chunks_exact_mut(K)).enumerate()
    {
        let mut affinities = [0.0; E];
        let mut biased = [0.0; E];
        for e in 0..E {
            affinities[e] = affinity(logits[t * E + e]);
            biased[e] = affinities[e] + bias[e];
        }
        choose(&mut biased, ids);
        weigh(ids, |id| affinities[id], scale, weights);
    }
}

fn check<const E: usize, const K: usize>(logits: &[f32], ids: &[u32], weights: &[f32]) {
    let n_rows = ids.len() / K;
    assert_eq!((ids.len(), weights.len()), (n_rows * K, n_rows * K), "lengths of ids and weights");
    assert_eq!(logits.len(), n_rows * E, "length of logits");
}

/// `sqrt(ln(1 + e^z))`, rounded once.
fn affinity(logit: f32) -> f32 {
    let z = f64::from(logit);
    // Past 40 the logarithm is z to the last bit.
    let softplus = if z > 40.0 { z } else { z.exp().ln_1p() };
    #[expect(clippy::cast_possible_truncation, reason = "rounded once to f32")]
    let root = softplus.sqrt() as f32;
    root
}

/// The indices of the largest values, largest first; takes them out of `values`.
fn choose<const E: usize>(values: &mut [f32; E], ids: &mut [u32]) {
    let mut taken = [false; E];
    for id in ids {
        let mut best: Option<usize> = None;
        for e in (0..E).filter(|e| !taken[*e]) {
            if best.is_none_or(|best| values[e] > values[best]) {
                best = Some(e);
            }
        }
        let best = best.unwrap_or(0);
        taken[best] = true;
        *id = index(best);
    }
}

/// The weights of the chosen experts, in their order.
fn weigh(ids: &[u32], affinity: impl Fn(usize) -> f32, scale: f32, weights: &mut [f32]) {
    /// Keeps the sum from zero where every affinity underflows.
    const GUARD: f32 = 1e-20;

    let mut sum = 0.0;
    for (weight, id) in weights.iter_mut().zip(ids) {
        *weight = affinity(*id as usize);
        sum += *weight;
    }
    for weight in weights {
        *weight = *weight / (sum + GUARD) * scale;
    }
}

fn last<const E: usize>() -> u32 {
    index(E - 1)
}

#[expect(clippy::cast_possible_truncation, reason = "models have fewer than 2^32 experts")]
fn index(expert: usize) -> u32 {
    expert as u32
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_close, floats, math_vectors};
    use super::*;

    #[test]
    fn top_k_agrees_with_the_published_vectors() {
        let case = &math_vectors()["router_top6_of_16"];
        let selected: Vec<u32> = serde_json::from_value(case["selected"].clone()).unwrap();
        for t in [1, 3, 130] {
            let logits = floats(&case["logits"]).repeat(t);
            let (mut ids, mut weights) = (vec![0; t * 6], vec![0.0; t * 6]);
            route_top_k::<16, 6>(&logits, &floats(&case["bias"]), 1.5, &mut ids, &mut weights);
            assert_eq!(ids, selected.repeat(t));
            assert_close(&weights, &floats(&case["weights"]).repeat(t), 1e-6);

            let table: Vec<i32> = selected.iter().map(|e| e.cast_signed()).collect();
            let (mut hashed, mut hashed_weights) = (vec![0; t * 6], vec![0.0; t * 6]);
            let tokens = vec![1; t];
            let table = [vec![-1; 6], table].concat();
            route_hash::<16, 6>(&logits, &table, &tokens, 1.5, &mut hashed, &mut hashed_weights);
            assert_eq!((hashed, hashed_weights), (ids, weights));
        }
    }

    #[test]
    fn ties_go_to_the_lower_index_and_bad_entries_stay_in_bounds() {
        let (mut ids, mut weights) = ([9; 2], [0.0; 2]);
        route_top_k::<4, 2>(&[0.0, 1.0, 1.0, 1.0], &[0.0; 4], 1.0, &mut ids, &mut weights);
        assert_eq!((ids, weights), ([1, 2], [0.5, 0.5]));
        route_top_k::<4, 2>(&[f32::NAN; 4], &[0.0; 4], 1.0, &mut ids, &mut weights);
        assert_eq!(ids, [0, 1]);
        route_hash::<4, 2>(&[0.0; 4], &[-1, 77], &[0], 1.0, &mut ids, &mut weights);
        assert_eq!(ids, [3, 3]);
    }
}
