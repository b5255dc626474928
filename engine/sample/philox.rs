//! Random numbers that are a function of a seed and a number, with no state in between.
//!
//! Any device can compute draw `n` of a session without the draws before it.

/// Multipliers of the two halves of a round.
const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];

/// What each round adds to the key.
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

const N_ROUNDS: usize = 10;

/// Four random words for a counter and a key: Philox4x32-10.
///
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011).
#[must_use]
pub fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..N_ROUNDS {
        let (high0, low0) = halves(MULTIPLIERS[0], counter[0]);
        let (high1, low1) = halves(MULTIPLIERS[1], counter[2]);
        counter = [high1 ^ counter[1] ^ key[0], low1, high0 ^ counter[3] ^ key[1], low0];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

/// Draw `number` of the sequence that `seed` names: a multiple of 2⁻²⁴ in `[0, 1)`.
///
/// The key is the seed, the counter the number, low words first; the first word's upper 24 bits
/// are used, because f32 holds them exactly on every device.
#[must_use]
pub fn uniform(seed: u64, number: u64) -> f32 {
    let [n0, n1] = words(number);
    let [word, ..] = philox([n0, n1, 0, 0], words(seed));
    (word >> 8) as f32 / 16_777_216.0
}

/// The words of a 64-bit number, the low one first.
#[expect(clippy::cast_possible_truncation, reason = "each half is taken apart")]
pub(super) const fn words(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}

/// The high and the low word of a product.
fn halves(a: u32, b: u32) -> (u32, u32) {
    let [low, high] = words(u64::from(a) * u64::from(b));
    (high, low)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers published with the generator.
    #[test]
    fn known_answers() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(
            philox([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            philox(
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0]
            ),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn numbers_fill_the_unit_interval() {
        let n = 100_000;
        let mut buckets = [0_u32; 10];
        for number in 0..n {
            let value = uniform(7, number);
            assert!((0.0..1.0).contains(&value));
            #[expect(clippy::cast_possible_truncation, reason = "a bucket's number")]
            #[expect(clippy::cast_sign_loss, reason = "the value is not negative")]
            let bucket = (value * 10.0) as usize;
            buckets[bucket] += 1;
        }
        // Five standard deviations of a bucket's count, 95 each.
        assert!(buckets.iter().all(|count| (9_525..=10_475).contains(count)), "{buckets:?}");
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "the same computation gives the same bits")]
    fn a_draw_depends_on_seed_and_number_only() {
        assert_eq!(uniform(1, 5), uniform(1, 5));
        assert_ne!(uniform(1, 5), uniform(2, 5));
        assert_ne!(uniform(1, 5), uniform(1, 6));
        assert_ne!(uniform(1, 5), uniform(1, 5 + (1 << 32)));
        assert_ne!(uniform(1, 5), uniform(1 + (1 << 32), 5));
    }
}
