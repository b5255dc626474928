//! The longest time between two tokens of a row, counted by a device whose steps take a known time.

use std::time::Duration;

use ds4::schedule::{Did, LEAST_CHUNK, Options};
use ds4_plan::StepKind;

use super::{History, probe, random, scripted};

const MS: Duration = Duration::from_millis(1);

/// 10 ms for a token of each row; for a part of a prompt 5 ms and 1 ms for each token.
fn cost(step: &probe::Step) -> Duration {
    match step.kind {
        StepKind::Decode => 10 * MS,
        StepKind::Prefill => 5 * MS + MS * u32::try_from(step.rows[0].1).unwrap(),
    }
}

/// Times between tokens of a row while two prompts of 200 tokens come, and lengths of their parts.
fn gaps(gap: Duration) -> (Vec<Duration>, Vec<usize>) {
    let (mut batch, script) = scripted(3, Options { gap, ..Options::default() });
    script.lock().unwrap().cost = cost;
    let mut ticket = batch.submit(random(1, 8, 60)).unwrap();
    let mut history = History::default();
    let (mut others, mut times, mut chunks, mut before) = (vec![], vec![], vec![], Did::Nothing);
    loop {
        let did = batch.step();
        let n_tokens = history.tokens.len();
        history.listen(&mut ticket, usize::MAX);
        if history.tokens.len() > n_tokens {
            times.push(script.lock().unwrap().now);
        }
        if history.is_over() {
            break;
        }
        if let Did::Prefill { tokens } = did {
            let is_alone = history.tokens.len() < 2;
            assert!(is_alone || !matches!(before, Did::Prefill { .. }), "two parts in a row");
            chunks.extend((!is_alone).then_some(tokens));
        }
        if times.len() == 5 && others.is_empty() {
            others.extend([2, 3].map(|seed| batch.submit(random(seed, 200, 40)).unwrap()));
        }
        before = did;
    }
    (times.windows(2).map(|pair| pair[1] - pair[0]).collect(), chunks)
}

#[test]
fn prompts_of_others_hold_a_row_up_no_longer_than_the_bound() {
    let (gaps, chunks) = gaps(60 * MS);
    assert!(gaps.iter().all(|&gap| gap <= 60 * MS), "{gaps:?}");
    // What is left of the bound is used: 45 tokens take the 50 ms that a decode step leaves.
    let longest = *chunks.iter().max().unwrap();
    assert!((40..=45).contains(&longest), "{chunks:?}");
    assert_eq!(chunks.iter().sum::<usize>(), 400, "{chunks:?}");
}

#[test]
fn prompts_go_on_where_the_bound_cannot_be_kept() {
    let (gaps, chunks) = gaps(MS);
    assert_eq!(gaps.iter().max(), Some(&(31 * MS)), "a step and the shortest part");
    assert_eq!(chunks.iter().max(), Some(&LEAST_CHUNK), "{chunks:?}");
}

#[test]
fn prompts_of_equal_priority_go_on_in_turns() {
    let (mut batch, script) = scripted(2, Options::default());
    let tickets = [1, 2].map(|seed| batch.submit(random(seed, 256, 2)).unwrap());
    for _ in 0..6 {
        assert_eq!(batch.step(), Did::Prefill { tokens: 64 });
    }
    let slots: Vec<_> = script.lock().unwrap().steps.iter().map(|step| step.rows[0].0.0).collect();
    assert_eq!(slots, [0, 1, 0, 1, 0, 1]);
    drop(tickets);
}
