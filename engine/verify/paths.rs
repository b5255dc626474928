//! The ways to an answer that are compared.

use std::ops::{ControlFlow, Range};

use super::{Case, Trace, kept};
use crate::{
    sample::Draw,
    session::{Engine, Result, Session},
    tokenizer::TokenId,
};

/// A way to make answers.
#[derive(Debug)]
pub struct Path {
    /// Its name.
    pub name: &'static str,
    /// What is done differently than alone, in words.
    pub what: &'static str,
    /// Whether its steps are of the kinds that they are of alone.
    pub same_kinds: bool,
    /// Makes an answer of so many tokens to each prompt.
    pub(super) run: fn(&mut Engine, &[Case], usize) -> super::Result<Vec<Trace>>,
}

/// All of them.
pub const PATHS: &[Path] = &[
    Path { name: "twice", what: "the same once more", same_kinds: true, run: twice },
    Path {
        name: "batched",
        what: "all answers in the same decode steps",
        same_kinds: true,
        run: |engine, cases, n_tokens| Ok(batched(engine, cases, (n_tokens, usize::MAX))?),
    },
    Path {
        name: "paired",
        what: "two answers in a decode step, the last one first",
        same_kinds: true,
        run: |engine, cases, n_tokens| Ok(batched(engine, cases, (n_tokens, 2))?),
    },
    Path {
        name: "chunked",
        what: "prompts in prefill steps of other lengths",
        same_kinds: true,
        run: |engine, cases, n_tokens| Ok(chunked(engine, cases, n_tokens)?),
    },
    Path {
        name: "interleaved",
        what: "parts of prompts between decode steps of other answers",
        same_kinds: true,
        run: |engine, cases, n_tokens| Ok(interleaved(engine, cases, n_tokens)?),
    },
    Path {
        name: "forked",
        what: "copies of sessions, in a prompt and in an answer, while the originals go elsewhere",
        same_kinds: true,
        run: |engine, cases, n_tokens| Ok(forked(engine, cases, n_tokens)?),
    },
    Path {
        name: "rewound",
        what: "sessions that went elsewhere and back, in a prompt and in an answer",
        same_kinds: true,
        run: kept::rewound,
    },
    Path {
        name: "restored",
        what: "sessions that were closed and read from a disk, in a prompt and in an answer",
        same_kinds: true,
        run: kept::restored,
    },
    Path {
        name: "stepwise",
        what: "the second half of each prompt in decode steps",
        same_kinds: false,
        run: |engine, cases, n_tokens| Ok(stepwise(engine, cases, n_tokens)?),
    },
];

/// Lengths of prefill steps in turns: a token, a few, and some around tiles.
const PIECES: [usize; 6] = [7, 1, 64, 33, 16, 128];

/// A timeline with what followed its prompt so far.
#[derive(Debug)]
pub(super) struct Running<'a> {
    pub(super) case: &'a Case,
    pub(super) session: Session,
    pub(super) trace: Trace,
}

fn twice(engine: &mut Engine, cases: &[Case], n_tokens: usize) -> super::Result<Vec<Trace>> {
    Ok(alone(engine, cases, n_tokens)?)
}

/// Every answer by itself, its prompt in steps as long as the device likes.
pub(super) fn alone(engine: &mut Engine, cases: &[Case], n_tokens: usize) -> Result<Vec<Trace>> {
    let one = |case| {
        let session = engine.session()?;
        let running = read_prompt(engine, session, case)?;
        answer(engine, running, n_tokens)
    };
    cases.iter().map(one).collect()
}

fn batched(
    engine: &mut Engine,
    cases: &[Case],
    (n_tokens, most): (usize, usize),
) -> Result<Vec<Trace>> {
    let mut all = vec![];
    // Where rows are few, others come together in another order.
    for case in cases.iter().rev() {
        let session = engine.session()?;
        all.push(read_prompt(engine, session, case)?);
    }
    if most >= all.len() {
        all.reverse();
    }
    for _ in 1..n_tokens {
        for rows in all.chunks_mut(most.min(cases.len())) {
            decode(engine, &mut rows.iter_mut().collect::<Vec<_>>())?;
        }
    }
    if most < all.len() {
        all.reverse();
    }
    Ok(all.into_iter().map(|running| finish(engine, running)).collect())
}

fn chunked(engine: &mut Engine, cases: &[Case], n_tokens: usize) -> Result<Vec<Trace>> {
    let one = |case: &Case| {
        let mut session = engine.session()?;
        for piece in beginning(case.prompt.len(), 0) {
            engine.extend(&mut session, &case.prompt[piece], whole)?;
        }
        let running = read_prompt(engine, session, case)?;
        answer(engine, running, n_tokens)
    };
    cases.iter().map(one).collect()
}

/// After each part of a prompt, the answers to the prompts before it go on by a token.
fn interleaved(engine: &mut Engine, cases: &[Case], n_tokens: usize) -> Result<Vec<Trace>> {
    let mut all: Vec<Running<'_>> = vec![];
    for (index, case) in cases.iter().enumerate() {
        let mut session = engine.session()?;
        for piece in beginning(case.prompt.len(), index) {
            engine.extend(&mut session, &case.prompt[piece], whole)?;
            go_on(engine, &mut all, n_tokens)?;
        }
        all.push(read_prompt(engine, session, case)?);
        go_on(engine, &mut all, n_tokens)?;
    }
    while go_on(engine, &mut all, n_tokens)? {}
    Ok(all.into_iter().map(|running| finish(engine, running)).collect())
}

fn forked(engine: &mut Engine, cases: &[Case], n_tokens: usize) -> Result<Vec<Trace>> {
    let one = |case: &Case| {
        let (half, elsewhere) = (case.prompt.len() / 2, TokenId(case.prompt[0].0 / 2));
        let mut original = engine.session()?;
        if half > 0 {
            engine.extend(&mut original, &case.prompt[..half], whole)?;
        }
        let copy = engine.fork(&original)?;
        engine.extend(&mut original, &[elsewhere; 9], whole)?;
        engine.close(original);
        let mut running = read_prompt(engine, copy, case)?;
        for _ in 1..n_tokens.div_ceil(2) {
            decode(engine, &mut [&mut running])?;
        }
        let copy = engine.fork(&running.session)?;
        let mut original = std::mem::replace(&mut running.session, copy);
        engine.decode(&mut [(&mut original, elsewhere)])?;
        engine.close(original);
        answer(engine, running, n_tokens)
    };
    cases.iter().map(one).collect()
}

fn stepwise(engine: &mut Engine, cases: &[Case], n_tokens: usize) -> Result<Vec<Trace>> {
    let one = |case: &Case| {
        let (prompt, mut session) = (&case.prompt, engine.session()?);
        let half = prompt.len() / 2;
        if half > 0 {
            engine.extend(&mut session, &prompt[..half], whole)?;
        }
        let (&last, others) = prompt[half..].split_last().expect("a prompt has tokens");
        for &token in others {
            engine.decode(&mut [(&mut session, token)])?;
        }
        let chosen = engine.decode_choosing(&mut [(&mut session, last)], &[case.draw(0)])?;
        let trace = Trace { tokens: chosen, logits: vec![engine.logits()?.to_vec()] };
        answer(engine, Running { case, session, trace }, n_tokens)
    };
    cases.iter().map(one).collect()
}

/// Reads what is left of a prompt and chooses the first token of the answer.
pub(super) fn read_prompt<'a>(
    engine: &mut Engine,
    mut session: Session,
    case: &'a Case,
) -> Result<Running<'a>> {
    let rest = &case.prompt[session.len()..];
    let chosen = engine.prefill_choosing(&mut session, rest, case.draw(0), whole)?;
    let logits = engine.logits()?.to_vec();
    let trace = Trace { tokens: chosen.into_iter().collect(), logits: vec![logits] };
    Ok(Running { case, session, trace })
}

/// Decodes until the answer has `n_tokens` tokens.
pub(super) fn answer(
    engine: &mut Engine,
    mut running: Running<'_>,
    n_tokens: usize,
) -> Result<Trace> {
    while running.trace.tokens.len() < n_tokens {
        decode(engine, &mut [&mut running])?;
    }
    Ok(finish(engine, running))
}

/// Lets all of a prompt be read.
pub(super) const fn whole(_: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Decodes a token of each answer that is not whole, if any is left.
fn go_on(engine: &mut Engine, all: &mut [Running<'_>], n_tokens: usize) -> Result<bool> {
    let is_left = |running: &&mut Running<'_>| running.trace.tokens.len() < n_tokens;
    let mut rows: Vec<_> = all.iter_mut().filter(is_left).collect();
    if rows.is_empty() {
        return Ok(false);
    }
    decode(engine, &mut rows)?;
    Ok(true)
}

/// Decodes the last token of each of `rows` in one step and chooses the next ones.
pub(super) fn decode(engine: &mut Engine, rows: &mut [&mut Running<'_>]) -> Result<()> {
    let draws: Vec<Draw> = rows.iter().map(|row| row.case.draw(row.trace.tokens.len())).collect();
    let last = |row: &Running<'_>| *row.trace.tokens.last().expect("an answer has begun");
    let mut step: Vec<_> = rows
        .iter_mut()
        .map(|row| {
            let token = last(row);
            (&mut row.session, token)
        })
        .collect();
    let chosen = engine.decode_choosing(&mut step, &draws)?;
    let logits = engine.logits()?;
    let n_vocab = logits.len() / chosen.len();
    for ((row, token), logits) in rows.iter_mut().zip(chosen).zip(logits.chunks(n_vocab)) {
        row.trace.tokens.push(token);
        row.trace.logits.push(logits.to_vec());
    }
    Ok(())
}

fn finish(engine: &mut Engine, running: Running<'_>) -> Trace {
    engine.close(running.session);
    running.trace
}

/// The pieces of a prompt but the last; their lengths begin with the piece `first`.
fn beginning(n_tokens: usize, first: usize) -> Vec<Range<usize>> {
    let mut lengths = PIECES.iter().cycle().skip(first);
    let mut start = 0;
    let next = || {
        let piece = start..start + lengths.next()?;
        start = piece.end;
        (start < n_tokens).then_some(piece)
    };
    std::iter::from_fn(next).collect()
}
