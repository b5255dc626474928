//! One long timeline on several paths: all that a device holds of it, and what follows.

use std::ops::ControlFlow;

use super::{
    Result,
    kept::{Scratch, in_memory, restore, rewind},
    random_tokens,
};
use crate::{
    session::{self, Engine, Session},
    tokenizer::TokenId,
};

/// Tokens at the end of the timeline that are decoded.
const ANSWER: usize = 4;

/// Fewest tokens of a timeline.
const LEAST: usize = 4 * ANSWER;

/// Most tokens that sessions which came back go on with.
const TAIL: usize = 1024;

/// Lengths of prefill steps in turns, where the device likes longer ones.
const PIECES: [usize; 6] = [300, 1, 511, 64, 257, 129];

/// What was found of a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongReport {
    /// Tokens of the timeline.
    pub n_tokens: usize,
    /// Bytes of its state and its pages, which were compared on each path.
    pub n_bytes: usize,
    /// Rows of logits that were compared on each path: after what is prefilled, and after each of the
    /// tokens that are decoded.
    pub n_rows: usize,
    /// In the order in which they were run.
    pub outcomes: Vec<LongOutcome>,
}

/// What was found on one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongOutcome {
    /// Its name.
    pub path: &'static str,
    /// Tokens that it computed.
    pub n_computed: usize,
    /// Whether the state is the same, byte by byte.
    pub is_same_state: bool,
    /// Pages that differ in a byte.
    pub pages_differ: usize,
    /// Rows of logits that differ in a bit.
    pub rows_differ: usize,
}

/// What a timeline left, as hashes.
#[derive(Debug, PartialEq, Eq)]
struct Trace {
    slot: blake3::Hash,
    pages: Vec<blake3::Hash>,
    logits: Vec<blake3::Hash>,
    n_bytes: usize,
}

impl LongReport {
    /// Whether all paths left the same bytes.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.outcomes.iter().all(LongOutcome::holds)
    }
}

impl LongOutcome {
    /// Whether nothing differs.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.is_same_state && self.pages_differ == 0 && self.rows_differ == 0
    }
}

/// Tokens that all paths compute for a timeline of `n_tokens`.
#[must_use]
pub fn work(n_tokens: usize) -> usize {
    2 * n_tokens + 3 * tail(n_tokens)
}

/// Brings one timeline of random tokens to its end on each path, and compares with the first all
/// that the device holds of it, the state and every page, and the logits after its last tokens,
/// which are decoded. A timeline has 16 tokens at least.
///
/// The paths are `cold`, in steps as long as the device likes; `chunked`, in others; and `rewound`,
/// `forked` and `restored`, which go on from a position near the end of the one before.
/// `progress` hears the path, and how many tokens of [`work`] are done.
///
/// # Errors
///
/// As [`determinism`](super::determinism).
pub fn long(
    engine: &mut Engine,
    n_tokens: usize,
    progress: &mut dyn FnMut(&'static str, usize),
) -> Result<LongReport> {
    let n_tokens = n_tokens.max(LEAST);
    let all = random_tokens(engine.model().plan.model.n_vocab, n_tokens, 0);
    let mut run = Run { engine, all: &all, done: 0, progress };
    let session = run.engine.session()?;
    let expected = run.trace(session, "cold", &[usize::MAX])?;
    let mut report = LongReport {
        n_tokens,
        n_bytes: expected.n_bytes,
        n_rows: expected.logits.len(),
        outcomes: vec![],
    };
    let mut compare = |path, n_computed, found: &Trace| {
        report.outcomes.push(LongOutcome::new((path, n_computed), (&expected, found)));
    };

    let shared = n_tokens - tail(n_tokens);
    let mut session = run.engine.session()?;
    run.extend(&mut session, "chunked", shared, &PIECES)?;
    // The one that goes on and the copy share their pages from here on.
    let fork = run.engine.fork(&session)?;
    let found = run.trace(session, "chunked", &PIECES)?;
    compare("chunked", n_tokens, &found);

    let mut kv = in_memory(run.engine);
    let second = run.engine.fork(&fork)?;
    let back = rewind(run.engine, &mut kv, second)?;
    drop(kv);
    let found = run.trace(back, "rewound", &[usize::MAX])?;
    compare("rewound", n_tokens - shared, &found);

    let second = run.engine.fork(&fork)?;
    let found = run.trace(second, "forked", &PIECES)?;
    compare("forked", n_tokens - shared, &found);

    let folder = Scratch::new()?;
    let back = restore(run.engine, &folder, fork)?;
    let found = run.trace(back, "restored", &[usize::MAX])?;
    compare("restored", n_tokens - shared, &found);
    Ok(report)
}

/// Tokens at the end of a timeline that sessions which came back go on with.
const fn tail(n_tokens: usize) -> usize {
    let half = n_tokens / 2;
    if half < TAIL { half } else { TAIL }
}

/// What all paths need.
struct Run<'a> {
    engine: &'a mut Engine,
    all: &'a [TokenId],
    /// Tokens that were computed on all paths so far.
    done: usize,
    progress: &'a mut dyn FnMut(&'static str, usize),
}

impl Run<'_> {
    /// Brings `session` to `end` in steps of these lengths, in turns and as far as the device takes
    /// them.
    fn extend(
        &mut self,
        session: &mut Session,
        path: &'static str,
        end: usize,
        lengths: &[usize],
    ) -> session::Result<()> {
        let mut lengths = lengths.iter().cycle();
        while session.len() < end {
            let begun = session.len();
            let length = *lengths.next().unwrap_or(&usize::MAX);
            let stop = end.min(begun.saturating_add(length));
            let before = self.done;
            self.engine.extend(session, &self.all[begun..stop], |n| {
                (self.progress)(path, before + n);
                ControlFlow::Continue(())
            })?;
            self.done += stop - begun;
        }
        Ok(())
    }

    /// Brings `session` to the end of the timeline, and closes it.
    fn trace(
        &mut self,
        mut session: Session,
        path: &'static str,
        lengths: &[usize],
    ) -> session::Result<Trace> {
        let (prompt, answer) = self.all.split_at(self.all.len() - ANSWER);
        let (last, rest) = prompt.split_last().expect("a timeline has more tokens");
        self.extend(&mut session, path, rest.len(), lengths)?;
        self.done += 1 + answer.len();
        let engine = &mut *self.engine;
        let mut logits = vec![];
        let go_on = |_| ControlFlow::Continue(());
        if let Some(row) = engine.prefill(&mut session, &[*last], go_on)? {
            logits.push(hash_of(row));
        }
        for &token in answer {
            logits.push(hash_of(engine.decode(&mut [(&mut session, token)])?));
        }
        let snapshot = engine.snapshot(&session)?;
        let mut pages = vec![];
        let mut n_bytes = snapshot.n_bytes();
        for number in 0..session.len() / engine.page_tokens() {
            let rows = engine.read_page(&session, number)?;
            n_bytes += rows.len();
            pages.push(blake3::hash(&rows));
        }
        pages.extend(snapshot.tail.as_deref().map(blake3::hash));
        engine.close(session);
        Ok(Trace { slot: blake3::hash(&snapshot.slot), pages, logits, n_bytes })
    }
}

impl LongOutcome {
    fn new((path, n_computed): (&'static str, usize), (expected, found): (&Trace, &Trace)) -> Self {
        let differ = |a: &[blake3::Hash], b: &[blake3::Hash]| {
            a.iter().zip(b).filter(|(a, b)| a != b).count() + a.len().abs_diff(b.len())
        };
        Self {
            path,
            n_computed,
            is_same_state: expected.slot == found.slot,
            pages_differ: differ(&expected.pages, &found.pages),
            rows_differ: differ(&expected.logits, &found.logits),
        }
    }
}

/// The hash of the bits of some logits.
fn hash_of(logits: &[f32]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for logit in logits {
        hasher.update(&logit.to_bits().to_le_bytes());
    }
    hasher.finalize()
}
