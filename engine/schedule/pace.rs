//! How long the chunks of prompts are while other rows decode.

use std::time::Duration;

/// Fewest tokens of a prefill step that others wait for: a prompt goes on, whatever the bound.
pub const LEAST_CHUNK: usize = 16;

/// Measures steps and keeps the time between two tokens of a row within a bound.
#[derive(Debug)]
pub(super) struct Pace {
    /// The bound.
    gap: Duration,
    /// Most tokens of a prefill step.
    longest: usize,
    /// Tokens of the last prefill step and its time.
    prefill: Option<(usize, Duration)>,
    /// Time of the last decode step.
    decode: Duration,
}

impl Pace {
    pub(super) const fn new(gap: Duration, longest: usize) -> Self {
        Self { gap, longest, prefill: None, decode: Duration::ZERO }
    }

    /// A prefill step of `n` tokens took `time`. One of fewer tokens than any that is asked for, as
    /// the last of a prompt, says nothing of longer ones.
    pub(super) const fn prefilled(&mut self, n: usize, time: Duration) {
        if n >= LEAST_CHUNK || self.prefill.is_none() {
            self.prefill = Some((n, time));
        }
    }

    /// A decode step took `time`.
    pub(super) const fn decoded(&mut self, time: Duration) {
        self.decode = time;
    }

    /// Tokens of the next prefill step.
    ///
    /// A row waits for it and for its own decode step. A token of a longer step takes no more time
    /// than one of a shorter step, so a step that grows in proportion to what is left of the bound
    /// stays within it; it grows no more than twofold, since measurements vary.
    pub(super) fn chunk(&self, others_decode: bool) -> usize {
        if !others_decode {
            return self.longest;
        }
        let left = self.gap.saturating_sub(self.decode);
        let fits = match self.prefill {
            None => LEAST_CHUNK,
            Some((n, time)) => {
                let fits = left.as_nanos().saturating_mul(n as u128) / time.as_nanos().max(1);
                usize::try_from(fits).unwrap_or(usize::MAX).min(n.saturating_mul(2))
            }
        };
        fits.max(LEAST_CHUNK).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn chunks_grow_to_the_bound_and_no_further() {
        let mut pace = Pace::new(100 * MS, 512);
        assert_eq!(pace.chunk(false), 512, "nobody waits");
        assert_eq!(pace.chunk(true), LEAST_CHUNK, "nothing is known");
        pace.decoded(20 * MS);
        // 10 ms for a step and 1 ms for two tokens: 140 tokens take 80 ms.
        let mut lengths = vec![];
        for _ in 0..30 {
            let n = pace.chunk(true);
            let time = 10 * MS + MS * u32::try_from(n).unwrap() / 2;
            assert!(time <= 80 * MS, "{n} tokens");
            pace.prefilled(n, time);
            lengths.push(n);
        }
        assert_eq!(lengths[..4], [16, 32, 64, 121]);
        assert!(lengths.last().unwrap().abs_diff(140) <= 1, "{lengths:?}");
    }

    #[test]
    fn prompts_go_on_where_the_bound_cannot_be_kept() {
        let mut pace = Pace::new(10 * MS, 512);
        pace.decoded(50 * MS);
        pace.prefilled(512, 1000 * MS);
        assert_eq!(pace.chunk(true), LEAST_CHUNK);
        let tiny = Pace::new(10 * MS, 4);
        assert_eq!(tiny.chunk(true), 4, "never more than the device takes");
    }
}
