//! What is timed: a timeline that grows, and copies of it that are stepped together.

use std::{
    iter,
    ops::ControlFlow,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    device::LaunchTime,
    sample::{Draw, philox},
    session::{Engine, Session},
    tokenizer::TokenId,
};

/// Decode steps that run before those that count.
pub(super) const WARM_UP: usize = 2;

/// Seed of the random tokens.
const SEED: [u32; 2] = [4, 0];

/// A timeline and what extends it.
#[derive(Debug)]
pub(super) struct Bench<'a> {
    engine: &'a mut Engine,
    timeline: Session,
    tokens: Tokens,
    /// Longest prompt that is computed.
    most: Option<usize>,
}

/// One prefill.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prefill {
    pub(super) tokens: usize,
    pub(super) time: Duration,
}

/// Decode steps of several rows.
#[derive(Debug, Clone)]
pub(super) struct Decode {
    /// Tokens of all rows together, in the steps that count.
    pub(super) tokens: usize,
    /// Time of the first step, which does not count.
    pub(super) first: Duration,
    /// Times of the steps that count.
    pub(super) steps: Vec<Duration>,
}

impl<'a> Bench<'a> {
    /// Timelines longer than `most` tokens are lengthened with copies of their own pages.
    pub(super) fn new(engine: &'a mut Engine, most: Option<usize>) -> Result<Self> {
        let n_vocab = engine.model().plan.model.n_vocab;
        let tokens = Tokens { n_vocab, next: 0 };
        Ok(Self { timeline: engine.session()?, engine, tokens, most })
    }

    /// Runs steps of either kind in a session of their own.
    pub(super) fn warm_up(&mut self, tokens: usize) -> Result<()> {
        let mut session = self.engine.session()?;
        let tokens = self.tokens.take(tokens);
        self.engine.prefill(&mut session, &tokens, |_| ControlFlow::Continue(()))?;
        let mut rows = vec![session];
        for _ in 0..WARM_UP {
            self.step(&mut rows)?;
        }
        for session in rows {
            self.engine.close(session);
        }
        Ok(())
    }

    /// Extends the timeline to `context` tokens, which are more than it has; all of them are
    /// computed, or the last chunk.
    pub(super) fn prefill_to(&mut self, context: usize) -> Result<Prefill> {
        let page = self.engine.page_tokens();
        let copied = context.saturating_sub(self.engine.chunk()) / page * page;
        if let Some(most) = self.most.map(|most| most.max(1).next_multiple_of(page))
            && copied > most.max(self.timeline.len())
        {
            if self.timeline.len() < most {
                self.read_to(most)?;
            }
            self.lengthen(copied)?;
        }
        self.read_to(context)
    }

    /// Extends the timeline to whole pages of `context` tokens with copies of those that it has.
    fn lengthen(&mut self, context: usize) -> Result<()> {
        let page = self.engine.page_tokens();
        // What lies in a slot repeats with the positions, in less than a page.
        if !self.timeline.len().is_multiple_of(page) {
            self.read_to(self.timeline.len().next_multiple_of(page))?;
        }
        let Self { engine, timeline, .. } = self;
        let (tokens, n_full) = (timeline.tokens(), timeline.len() / page);
        let tokens: Vec<_> = tokens.iter().copied().cycle().take(context).collect();
        let snapshot = engine.snapshot(timeline)?;
        let pages = (0..context / page).map(|number| engine.page(timeline, number % n_full));
        let pages: Vec<_> = pages.collect();
        let held = pages.into_iter().filter_map(|page| engine.share(page)).collect();
        let mut longer = engine.restore(&tokens, held, &snapshot)?;
        // Rows that are many times the same would be read faster.
        let unshared = engine.unshare(&mut longer);
        engine.close(std::mem::replace(timeline, longer));
        unshared.with_context(|| format!("the device has no room for {context} tokens"))
    }

    fn read_to(&mut self, context: usize) -> Result<Prefill> {
        let tokens = self.tokens.take(context.saturating_sub(self.timeline.len()));
        let bar = bar("reading", tokens.len())?;
        let begun = Instant::now();
        let read = self.engine.prefill(&mut self.timeline, &tokens, |done| {
            bar.set_position(done as u64);
            ControlFlow::Continue(())
        });
        let time = begun.elapsed();
        bar.finish_and_clear();
        read.with_context(|| format!("cannot read a prompt of {context} tokens"))?;
        Ok(Prefill { tokens: tokens.len(), time })
    }

    /// Steps `rows` copies of the timeline together, `n` times after the warm-up.
    pub(super) fn decode(&mut self, rows: usize, n: usize) -> Result<Decode> {
        let (first, steps) = self.with_copies(rows, |bench, sessions| bench.steps(sessions, n))?;
        Ok(Decode { tokens: rows * steps.len(), first, steps })
    }

    /// Appends `n` random tokens to a copy of the timeline; how long that took.
    pub(super) fn chunk(&mut self, n: usize) -> Result<Duration> {
        self.with_copies(1, |bench, sessions| {
            let tokens = bench.tokens.take(n);
            let begun = Instant::now();
            let go_on = |_| ControlFlow::Continue(());
            bench.engine.prefill(&mut sessions[0], &tokens, go_on)?;
            Ok(begun.elapsed())
        })
    }

    /// The same in one step; how long each launch took.
    pub(super) fn chunk_timed(&mut self, n: usize) -> Result<Vec<LaunchTime>> {
        self.with_copies(1, |bench, sessions| {
            let tokens = bench.tokens.take(n);
            Ok(bench.engine.prefill_timed(&mut sessions[0], &tokens)?)
        })
    }

    /// Hands `rows` copies of the timeline to `work`.
    pub(super) fn with_copies<R>(
        &mut self,
        rows: usize,
        work: impl FnOnce(&mut Self, &mut [Session]) -> Result<R>,
    ) -> Result<R> {
        let mut sessions = vec![];
        let done = self.fork(rows, &mut sessions).and_then(|()| work(self, &mut sessions));
        for session in sessions {
            self.engine.close(session);
        }
        done
    }

    /// Tokens of the timeline.
    pub(super) const fn context(&self) -> usize {
        self.timeline.len()
    }

    /// The engine that is measured.
    pub(super) fn engine(&mut self) -> &mut Engine {
        self.engine
    }

    fn fork(&mut self, rows: usize, sessions: &mut Vec<Session>) -> Result<()> {
        for number in 0..rows {
            let no_room = || {
                let tokens = self.timeline.len();
                format!("the device has no room for session {} of {tokens} tokens", number + 1)
            };
            sessions.push(self.engine.fork(&self.timeline).with_context(no_room)?);
            // Rows that several sessions read would be faster than those of each.
            if let Some(fork) = sessions.last_mut() {
                self.engine.unshare(fork).with_context(no_room)?;
            }
        }
        Ok(())
    }

    /// The time of the first step, and those of the `n` that count.
    pub(super) fn steps(
        &mut self,
        sessions: &mut [Session],
        n: usize,
    ) -> Result<(Duration, Vec<Duration>)> {
        let bar = bar("decoding", n)?;
        let mut times = vec![];
        for _ in 0..WARM_UP + n {
            times.push(self.step(sessions)?);
            bar.set_position(times.len().saturating_sub(WARM_UP) as u64);
        }
        bar.finish_and_clear();
        Ok((times[0], times.split_off(WARM_UP)))
    }

    /// Appends a random token to each session and chooses the one that follows it, which is not
    /// used: of equal tokens, rows would use the same experts.
    fn step(&mut self, sessions: &mut [Session]) -> Result<Duration> {
        let tokens = self.tokens.take(sessions.len());
        let begun = Instant::now();
        let mut rows: Vec<_> = sessions.iter_mut().zip(tokens).collect();
        let draws = vec![Draw::GREEDY; rows.len()];
        self.engine.decode_choosing(&mut rows, &draws)?;
        Ok(begun.elapsed())
    }

    /// Appends a random token to each session; how long each launch took.
    pub(super) fn step_timed(&mut self, sessions: &mut [Session]) -> Result<Vec<LaunchTime>> {
        let tokens = self.tokens.take(sessions.len());
        let mut rows: Vec<_> = sessions.iter_mut().zip(tokens).collect();
        let draws = vec![Draw::GREEDY; rows.len()];
        Ok(self.engine.decode_timed(&mut rows, &draws)?)
    }
}

/// Random tokens, the same in every run.
#[derive(Debug)]
struct Tokens {
    n_vocab: usize,
    next: u32,
}

impl Tokens {
    fn take(&mut self, n: usize) -> Vec<TokenId> {
        let Self { n_vocab, next } = self;
        let one = || {
            let [low, ..] = philox::philox([*next, 0, 0, 0], SEED);
            *next += 1;
            // Below the vocabulary's size, each about equally often.
            TokenId(((u64::from(low) * *n_vocab as u64) >> 32) as u32)
        };
        iter::repeat_with(one).take(n).collect()
    }
}

/// A bar on standard error, hidden where that is no terminal.
fn bar(doing: &'static str, tokens: usize) -> Result<ProgressBar> {
    let style = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} {eta}")?;
    Ok(ProgressBar::new(tokens as u64).with_style(style).with_message(doing))
}
