//! What a model takes of a device's memory.

#![forbid(unsafe_code)]

use std::fmt;

/// What a device is to have room for, from when it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Tokens of each timeline.
    pub context: usize,
    /// Timelines at a time, and rows of a decode step.
    pub sessions: usize,
    /// Tokens of all timelines together; 0 for as many as `sessions` of `context` have.
    pub tokens: usize,
    /// Most rows of a prefill step, of which one has logits; 0 for as many as suit the device.
    pub chunk: usize,
}

impl Room {
    /// Pages of `page_tokens` tokens that all timelines take at most, however they divide the tokens.
    #[must_use]
    pub const fn pages(&self, page_tokens: usize) -> usize {
        let all = self.context.div_ceil(page_tokens).saturating_mul(self.sessions);
        if self.tokens == 0 {
            return all;
        }
        // The last page of each timeline may have room left.
        let some = self.tokens.div_ceil(page_tokens) + self.sessions.saturating_sub(1);
        if some < all { some } else { all }
    }
}

/// Most rows of a prefill step on a device that does not gain from more, and the fewest that one
/// with little memory is given.
pub const CHUNK: usize = 512;

/// Most rows of a prefill step on a GPU with enough memory: experts are then as good as full.
pub const LARGEST_CHUNK: usize = 4096;

/// Bytes of memory that a model takes, by what they are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// Weights and tables of constants.
    pub weights: u64,
    /// The state of sessions.
    pub state: u64,
    /// Pages of cached rows.
    pub pages: u64,
    /// What a step needs, of whichever kind needs more.
    pub scratch: u64,
}

impl Needs {
    /// All of it.
    #[must_use]
    pub const fn total(&self) -> u64 {
        let cached = self.state.saturating_add(self.pages);
        self.weights.saturating_add(cached).saturating_add(self.scratch)
    }
}

/// A model that does not fit a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoRoom {
    /// The device.
    pub device: String,
    /// What was asked for.
    pub room: Room,
    /// What that takes.
    pub needs: Needs,
    /// Bytes that the device has free.
    pub free: u64,
    /// The longest context that fits, if any does.
    pub fits: Option<usize>,
}

impl std::error::Error for NoRoom {}

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { device, room, needs, free, fits } = self;
        let Room { context, sessions, tokens, chunk } = room;
        let (total, free) = (Bytes(needs.total()), Bytes(*free));
        writeln!(f, "{total} of memory are needed and {free} are free on {device}")?;
        writeln!(f, "  weights      {}", Bytes(needs.weights))?;
        writeln!(f, "  state        {} ({sessions} at a time)", Bytes(needs.state))?;
        let cached = Bytes(needs.pages);
        match tokens {
            0 => writeln!(f, "  cached rows  {cached} ({context} tokens each)")?,
            _ => writeln!(f, "  cached rows  {cached} ({tokens} tokens of all)")?,
        }
        writeln!(f, "  scratch      {} (steps of {chunk} rows)", Bytes(needs.scratch))?;
        match fits {
            Some(fits) => write!(f, "help: a context of {fits} tokens fits"),
            None => write!(
                f,
                "help: no context fits; use a device with more memory, fewer sessions or a \
                 smaller --chunk"
            ),
        }
    }
}

/// A number of bytes, for people.
#[derive(Debug, Clone, Copy)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0 as f64;
        match self.0 {
            1_000_000_000.. => write!(f, "{:.2} GB", bytes / 1e9),
            _ => write!(f, "{:.1} MB", bytes / 1e6),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_is_needed_and_what_would_fit() {
        let room = Room { context: 1_048_576, sessions: 2, tokens: 0, chunk: 512 };
        let needs = Needs {
            weights: 86_720_000_000,
            state: 40_000_000,
            pages: 13_000_000_000,
            scratch: 900_000_000,
        };
        let device = "CUDA, Card".to_owned();
        let free = 94_000_000_000;
        let mut refusal = NoRoom { device, room, needs, free, fits: Some(65_536) };
        assert_eq!(
            refusal.to_string(),
            "100.66 GB of memory are needed and 94.00 GB are free on CUDA, Card\n  \
             weights      86.72 GB\n  \
             state        40.0 MB (2 at a time)\n  \
             cached rows  13.00 GB (1048576 tokens each)\n  \
             scratch      900.0 MB (steps of 512 rows)\n\
             help: a context of 65536 tokens fits"
        );
        refusal.fits = None;
        assert!(refusal.to_string().ends_with(
            "help: no context fits; use a device with more memory, fewer sessions or a smaller \
             --chunk"
        ));
        refusal.room.tokens = 2_000_000;
        assert!(refusal.to_string().contains("13.00 GB (2000000 tokens of all)\n"));
    }

    #[test]
    fn timelines_divide_the_pages_as_they_like() {
        let pages =
            |context, sessions, tokens| Room { context, sessions, tokens, chunk: 0 }.pages(256);
        assert_eq!((pages(3000, 3, 0), pages(3000, 3, 9000)), (36, 36));
        // One of 3,000 tokens takes 12 pages, and each of the others leaves a page partly empty.
        assert_eq!(pages(3000, 8, 3000), 12 + 7);
        assert_eq!(pages(100, 1, 100), 1);
    }
}
