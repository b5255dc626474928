//! The choice of tokens.

use crate::{device::cpu::parallel, sample::Draw};

/// What stands for a token where none can be chosen.
const NONE: u32 = u32::MAX;

/// Multiply-adds that the choice among one logit is worth.
const COST: usize = 8;

/// `ids[t]` = the token that `draws[t]` chooses from `logits[t]`, or `u32::MAX` where none can be.
///
/// `logits` `[T, V]`; `draws` `[T]`; `ids` `[T]` and perhaps more, which stay as they are.
///
/// # Panics
///
/// When lengths disagree.
pub fn sample<const V: usize>(logits: &[f32], draws: &[Draw], ids: &mut [u32]) {
    assert_eq!(logits.len(), draws.len() * V, "{} draws", draws.len());
    let ids = &mut ids[..draws.len()];
    parallel::for_each_chunk(ids, 1, COST * V, |t, id| {
        let token = draws[t].choose(&logits[t * V..][..V]);
        id[0] = token.map_or(NONE, |token| token.0);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_has_its_own_draw() {
        let logits = [0.0, 1.0, 0.5, f32::NAN, 0.0, 0.0, 9.0, 0.0, 0.0];
        let mut ids = [7; 4];
        sample::<3>(&logits, &[Draw::GREEDY; 3], &mut ids);
        assert_eq!(ids, [1, NONE, 0, 7]);
    }
}
