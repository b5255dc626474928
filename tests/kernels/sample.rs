//! The choice of the next token.

use ds4::sample::{Sampler, SamplingOptions};
use ds4::tokenizer::TokenId;
use ds4_codegen::{
    graph::{Graph, Place},
    model::TINY,
};
use ds4_plan::{DRAW_WORDS, StepKind::Decode};

use crate::support::{Case, device, values};

/// The op on logits of `n_vocab` tokens.
fn case(n_vocab: usize) -> Case {
    let mut g = Graph::new(TINY);
    let logits = g.rows("logits", &[n_vocab]);
    let draws = g.draws(logits);
    g.sample(logits, draws);
    assert_eq!(g.info(draws).place, Place::Draws);
    Case::of(&g, &g.nodes[0], Decode)
}

/// The words of the options of a row, for draw `number`.
fn words(options: &SamplingOptions, number: u64) -> [u32; DRAW_WORDS] {
    let mut sampler = Sampler::new(*options).unwrap();
    (0..number).for_each(|_| sampler.advance());
    sampler.draw().unwrap().words()
}

/// Logits as a model has them: few large ones above a broad rest.
fn logits(n: usize, seed: u64) -> Vec<f32> {
    let (a, b) = (values(n, seed), values(n, seed + 1000));
    a.iter().zip(&b).map(|(a, b)| 6.0 * (a + b) + if *a > 0.995 { 5.0 } else { 0.0 }).collect()
}

/// Tokens that the kernel chooses for rows of logits and their draws.
fn run(n_vocab: usize, logits: &[f32], draws: &[u32], threads: i64) -> Option<Vec<u32>> {
    let mut gpu = device()?;
    let t = draws.len() / DRAW_WORDS;
    let case = case(n_vocab).threads(threads).n_rows(t).floats("logits", logits);
    let case = case.words("draws", draws).output("ids", t);
    case.run(&mut gpu, &["ids"]).pop()
}

/// What the host chooses at draw `number`.
fn host(options: SamplingOptions, logits: &[f32], number: u64) -> TokenId {
    let mut sampler = Sampler::new(options).unwrap();
    let mut token = sampler.sample(logits, &[]).unwrap();
    for _ in 0..number {
        token = sampler.sample(logits, &[]).unwrap();
    }
    token
}

fn all_options() -> Vec<SamplingOptions> {
    let base = SamplingOptions { min_p: 0.0, seed: 0x1234_5678_9abc_def0, ..Default::default() };
    vec![
        SamplingOptions::greedy(),
        SamplingOptions::default(),
        base,
        SamplingOptions { temperature: 3.0, ..base },
        SamplingOptions { top_k: 40, ..base },
        SamplingOptions { top_k: 1, temperature: 5.0, ..base },
        SamplingOptions { top_p: 0.9, ..base },
        SamplingOptions { top_p: 0.5, temperature: 2.0, seed: 7, ..base },
        SamplingOptions { top_p: 1e-4, ..base },
        SamplingOptions { top_k: 100, top_p: 0.95, min_p: 0.01, temperature: 1.5, ..base },
        SamplingOptions { top_p: 0.999_999, temperature: 4.0, ..base },
        SamplingOptions { temperature: 0.05, ..base },
    ]
}

/// Compares with the host; `n_draws` draws of each of the options.
fn compare(n_vocab: usize, threads: i64, n_draws: u64, make: impl Fn(u64) -> Vec<f32>) {
    let (mut all, mut words_of_all, mut expected) = (vec![], vec![], vec![]);
    for (i, options) in (0..).zip(all_options()) {
        for number in 0..n_draws {
            let logits = make(100 * i + number);
            let token = host(options, &logits, number);
            words_of_all.extend(words(&options, number));
            expected.push(token.0);
            all.extend(logits);
        }
    }
    let Some(found) = run(n_vocab, &all, &words_of_all, threads) else { return };
    assert_eq!(found, expected);
}

#[test]
fn the_host_chooses_the_same() {
    compare(4096, 128, 6, |seed| logits(4096, seed));
    compare(1000, 64, 3, |seed| logits(1000, seed));
}

#[test]
fn a_whole_vocabulary() {
    compare(129_280, 1024, 1, |seed| logits(129_280, seed));
}

/// Of equal logits, those with low ids are kept.
#[test]
fn equal_logits() {
    compare(1000, 64, 4, |seed| logits(1000, seed).iter().map(|x| (x / 4.0).round()).collect());
    compare(68, 32, 4, |_| vec![-0.0; 68]);
    compare(68, 32, 4, |seed| values(68, seed).iter().map(|x| x.round()).collect());
}

#[test]
fn impossible_and_wrong_logits() {
    let mut rows = vec![0.5; 5 * 64];
    rows[64..128].fill(f32::NEG_INFINITY);
    rows[100] = -3.0;
    rows[128..192].fill(f32::NEG_INFINITY);
    rows[200] = f32::NAN;
    rows[300] = f32::INFINITY;
    let options = words(&SamplingOptions::default(), 3).repeat(5);
    let Some(found) = run(64, &rows, &options, 32) else { return };
    let first = host(SamplingOptions::default(), &rows[..64], 3).0;
    assert_eq!(found, [first, 36, u32::MAX, u32::MAX, u32::MAX]);
}
