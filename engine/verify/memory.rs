//! What a long timeline really takes of the processor's memory.

use std::{fs, ops::ControlFlow};

use super::random_tokens;
use crate::{
    device::{Needs, Room},
    session::{self, Engine},
};

/// Memory of one timeline, planned and measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Tokens of the timeline, and of its prefill steps.
    pub room: Room,
    /// What the plan says of it.
    pub planned: Needs,
    /// Bytes by which the memory of the process grew; `None` where the system does not say.
    pub grown: Option<u64>,
}

impl Memory {
    /// Bytes that the plan says beside the weights, which are mapped and not counted.
    #[must_use]
    pub const fn planned_bytes(&self) -> u64 {
        Needs { weights: 0, ..self.planned }.total()
    }

    /// Whether the memory grew by no more than the plan says, a tenth and a megabyte: functions and
    /// threads take a little while they run, and what they give back stays with the process.
    #[must_use]
    pub fn holds(&self) -> bool {
        let planned = self.planned_bytes();
        self.grown.is_none_or(|grown| grown <= planned + planned / 10 + 1_000_000)
    }
}

/// Fills one timeline with `tokens` tokens, the last of them in a decode step; `progress` hears how
/// many are done.
///
/// # Errors
///
/// [`session::Error`] when they do not fit the context or the device fails.
pub fn memory(
    engine: &mut Engine,
    tokens: usize,
    mut progress: impl FnMut(usize),
) -> session::Result<Memory> {
    let room = Room { context: tokens, sessions: 1, tokens: 0, chunk: engine.chunk() };
    let planned = engine.needs(room);
    let all = random_tokens(engine.model().plan.model.n_vocab, tokens.max(2), 0);
    let (prompt, last) = all.split_at(all.len() - 1);
    let before = resident();
    let mut session = engine.session()?;
    engine.prefill(&mut session, prompt, |done| {
        progress(done);
        ControlFlow::Continue(())
    })?;
    engine.decode(&mut [(&mut session, last[0])])?;
    let after = resident();
    engine.close(session);
    let grown = after.zip(before).map(|(after, before)| after.saturating_sub(before));
    Ok(Memory { room, planned, grown })
}

/// Bytes of the process that are no mapped file, where the system says so.
fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}
