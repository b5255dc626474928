//! The proof of determinism holds for the CPU, and finds what does not.

use ds4::{
    session::Engine,
    verify::{Options, PATHS, Report, determinism},
};
use ds4_plan::StepKind;

use super::{engine, probe, probe::Probe};

fn report(engine: &mut Engine, lengths: [usize; 4]) -> Report {
    let mut paths = vec![];
    let options = Options { lengths: lengths.to_vec(), tokens: 4, seed: 3 };
    let report = determinism(engine, &options, |path| paths.push(path.name)).unwrap();
    assert_eq!(paths, PATHS.iter().map(|path| path.name).collect::<Vec<_>>());
    report
}

#[test]
fn the_cpu_gives_the_same_bits_on_every_path() {
    let report = report(&mut engine(5), [1, 5, 40, 260]);
    assert!(report.holds(), "{report:#?}");
    for outcome in &report.outcomes {
        assert!(outcome.is_promised, "{}", outcome.path);
        assert_eq!((outcome.rows, outcome.rows_differ, outcome.answers_differ), (16, 0, 0));
        assert!(outcome.first.is_none() && outcome.largest.abs() < f32::MIN_POSITIVE);
    }
}

/// The first difference on each path where there is one, with a device that `spoil` disturbs.
fn disturbed(spoil: probe::Spoil) -> Vec<(&'static str, String)> {
    let script = probe::script();
    script.lock().unwrap().spoil = Some(spoil);
    let report = report(&mut engine(5).with_device(Probe::put(&script)), [1, 5, 9, 20]);
    let differing = report.outcomes.iter().filter(|outcome| !outcome.holds());
    let differing: Vec<_> = differing
        .map(|outcome| (outcome.path, outcome.first.as_ref().unwrap().to_string()))
        .collect();
    assert_eq!(report.holds(), differing.is_empty());
    differing
}

/// Makes the number that comes next after `value`.
fn nudge(value: &mut f32) {
    *value = f32::from_bits(value.to_bits() ^ 1);
}

#[test]
fn a_single_bit_in_a_batch_is_found() {
    // The second row of steps of four, and no other: of the second step on, logit 7.
    let mut n = 0;
    let found = disturbed(Box::new(move |step, logits| {
        if step.kind == StepKind::Decode && step.rows.len() == 4 {
            n += 1;
            let n_vocab = logits.len() / 4;
            if n >= 2 {
                nudge(&mut logits[n_vocab + 7]);
            }
        }
    }));
    let (path, first) = &found[0];
    assert_eq!(*path, "batched");
    // The prompt of 5 tokens: its first token stands at position 5, the third is disturbed.
    assert!(first.starts_with("prompt 1, position 7: token "), "{first}");
    assert!(first.contains(" as alone, the logit of token 7 is "), "{first}");
    assert!(found.iter().all(|(path, _)| ["batched", "interleaved"].contains(path)), "{found:?}");
}

#[test]
fn another_token_is_found() {
    // Steps of two rows make token 9 certain in their first row, as is prompt 1 with prompt 0.
    let found = disturbed(Box::new(|step, logits| {
        if step.kind == StepKind::Decode && step.rows.len() == 2 {
            logits[9] = 1000.0;
        }
    }));
    let (_, first) = found.iter().find(|(path, _)| *path == "paired").unwrap();
    assert!(first.starts_with("prompt 1, position 6: token 9 instead of "), "{first}");
    assert!(first.contains("the logit of token 9 is 1000.0 (0x447a0000) instead of "), "{first}");
}

#[test]
fn a_device_that_drifts_is_found_by_doing_the_same_twice() {
    // The answers made alone take 16 steps with logits, one for each token.
    let mut n = 0;
    let found = disturbed(Box::new(move |_, logits| {
        n += 1;
        if n > 16 {
            nudge(&mut logits[0]);
        }
    }));
    assert_eq!(found.len(), PATHS.len());
    assert_eq!(found[0].0, "twice");
    assert!(found[0].1.starts_with("prompt 0, position 1: token "), "{found:?}");
}
