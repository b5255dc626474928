use proptest::prelude::*;

use super::*;

/// All filters off.
fn open() -> SamplingOptions {
    SamplingOptions { min_p: 0.0, ..SamplingOptions::default() }
}

fn sampler(options: SamplingOptions) -> Sampler {
    Sampler::new(options).unwrap()
}

/// The tokens that many draws from `logits` give, ascending.
fn reached(options: SamplingOptions, logits: &[f32]) -> Vec<u32> {
    let mut sampler = sampler(options);
    let mut tokens: Vec<u32> = (0..2000).map(|_| sampler.sample(logits, &[]).unwrap().0).collect();
    tokens.sort_unstable();
    tokens.dedup();
    tokens
}

/// Logits with these probabilities.
fn of(probabilities: &[f32]) -> Vec<f32> {
    probabilities.iter().map(|p| p.ln()).collect()
}

#[test]
fn greedy_takes_the_lowest_id_of_equals() {
    let mut greedy = sampler(SamplingOptions::greedy());
    assert_eq!(greedy.sample(&[1.0, 3.0, 3.0, -1.0], &[]), Ok(TokenId(1)));
    assert_eq!(greedy.sample(&[f32::NEG_INFINITY, -0.0, 0.0], &[]), Ok(TokenId(1)));
    assert_eq!(greedy.n_drawn(), 2);
}

#[test]
fn unusable_logits_are_errors() {
    for temperature in [0.0, 1.0] {
        let mut sampler = sampler(SamplingOptions { temperature, ..open() });
        let error = sampler.sample(&[0.0, f32::NAN], &[]).unwrap_err();
        assert!(matches!(error, Error::NotFinite { token: TokenId(1), .. }));
        assert_eq!(
            error.to_string(),
            "the logit of token 1 is NaN: the model's output cannot be used"
        );
        let error = sampler.sample(&[f32::INFINITY, 0.0], &[]).unwrap_err();
        assert!(matches!(error, Error::NotFinite { token: TokenId(0), .. }));
        let error = sampler.sample(&[f32::NEG_INFINITY; 3], &[]).unwrap_err();
        assert_eq!(error, Error::NoToken { n_logits: 3 });
        assert_eq!(sampler.sample(&[], &[]), Err(Error::NoToken { n_logits: 0 }));
    }
}

#[test]
fn options_out_of_range_are_refused() {
    let refused = |options: SamplingOptions| Sampler::new(options).unwrap_err().to_string();
    assert_eq!(
        refused(SamplingOptions { temperature: -1.0, ..open() }),
        "temperature -1: expected 0 to 100"
    );
    assert_eq!(
        refused(SamplingOptions { top_p: 0.0, ..open() }),
        "top-p 0: expected more than 0, at most 1"
    );
    assert_eq!(
        refused(SamplingOptions { min_p: f32::NAN, ..open() }),
        "min-p NaN: expected 0 to 1"
    );
    assert_eq!(
        refused(SamplingOptions { repetition_penalty: 0.0, ..open() }),
        "repetition penalty 0: expected 0.01 to 100"
    );
}

#[test]
fn filters_keep_what_they_say() {
    let logits = of(&[0.1, 0.5, 0.04, 0.3, 0.06]);
    assert_eq!(reached(open(), &logits), [0, 1, 2, 3, 4]);
    assert_eq!(reached(SamplingOptions { top_k: 2, ..open() }, &logits), [1, 3]);
    assert_eq!(reached(SamplingOptions { top_k: 9, ..open() }, &logits), [0, 1, 2, 3, 4]);
    // 0.5 and 0.3 are less than 0.85, with 0.1 it is reached.
    assert_eq!(reached(SamplingOptions { top_p: 0.85, ..open() }, &logits), [0, 1, 3]);
    assert_eq!(reached(SamplingOptions { top_p: 1e-6, ..open() }, &logits), [1]);
    assert_eq!(reached(SamplingOptions { min_p: 0.11, ..open() }, &logits), [0, 1, 3, 4]);
    assert_eq!(reached(SamplingOptions { min_p: 1.0, ..open() }, &logits), [1]);
    // Of the two that top-k leaves, the first holds 0.625.
    let both = SamplingOptions { top_k: 2, top_p: 0.6, ..open() };
    assert_eq!(reached(both, &logits), [1]);
}

#[test]
fn min_p_is_taken_after_temperature() {
    let logits = of(&[0.8, 0.2]);
    assert_eq!(reached(SamplingOptions { min_p: 0.4, ..open() }, &logits), [0]);
    // The square root makes the ratio of 0.25 one half.
    let warm = SamplingOptions { min_p: 0.4, temperature: 2.0, ..open() };
    assert_eq!(reached(warm, &logits), [0, 1]);
}

#[test]
fn frequencies_follow_the_probabilities() {
    let probabilities = [0.1, 0.5, 0.04, 0.3, 0.06];
    let logits = of(&probabilities);
    let mut sampler = sampler(SamplingOptions { seed: 3, ..open() });
    let n = 20_000_u16;
    let mut counts = [0.0_f32; 5];
    for _ in 0..n {
        counts[sampler.sample(&logits, &[]).unwrap().0 as usize] += 1.0;
    }
    for (count, p) in counts.iter().zip(probabilities) {
        let deviation = (f32::from(n) * p * (1.0 - p)).sqrt();
        assert!((count - f32::from(n) * p).abs() < 5.0 * deviation, "{counts:?}");
    }
}

#[test]
fn a_flat_distribution_is_cut_exactly() {
    // More tokens than are ranked in the first rounds, all equal: the lowest ids are kept.
    let logits = vec![0.25; 10_000];
    let mut candidates = Candidates::default();
    candidates.fill(&logits, 0.25, (1.0, 0.0));
    candidates.keep_mass(0.5);
    assert_eq!(candidates.pick(0.0), Some(TokenId(0)));
    assert_eq!(candidates.pick(0.999_999), Some(TokenId(4999)));
}

#[test]
fn penalties_apply_within_the_window() {
    let greedy = SamplingOptions::greedy();
    let logits = [2.0, 1.8, -1.0, 1.5];
    let history = [0, 1, 1, 1, 99].map(TokenId);
    let choose = |options| sampler(options).sample(&logits, &history).unwrap().0;
    assert_eq!(choose(greedy), 0);
    // 2 / 2, 1.8 / 2
    assert_eq!(choose(SamplingOptions { repetition_penalty: 2.0, ..greedy }), 3);
    assert_eq!(choose(SamplingOptions { presence_penalty: 0.6, ..greedy }), 3);
    assert_eq!(choose(SamplingOptions { presence_penalty: 0.4, ..greedy }), 0);
    // Once for token 0, three times for token 1.
    assert_eq!(choose(SamplingOptions { frequency_penalty: 0.4, ..greedy }), 0);
    // Token 0 is out of the window.
    let near = SamplingOptions { penalty_window: 4, presence_penalty: 5.0, ..greedy };
    assert_eq!(choose(near), 0);
    // Negative logits move away from zero.
    let harsh = SamplingOptions { repetition_penalty: 3.0, ..greedy };
    let chosen = sampler(harsh).sample(&[-1.0, -2.0], &[TokenId(0)]).unwrap();
    assert_eq!(chosen, TokenId(1));
}

#[test]
fn logprobs_are_the_log_softmax() {
    let logits = of(&[0.1, 0.5, 0.4]);
    assert!((logprob(&logits, TokenId(1)) - 0.5_f32.ln()).abs() < 1e-6);
    assert!(logprob(&logits, TokenId(3)).is_infinite());
    assert!(logprob(&[f32::NEG_INFINITY; 2], TokenId(0)).is_infinite());
}

fn any_logits() -> impl Strategy<Value = Vec<f32>> {
    let logit = prop_oneof![8 => -30.0..30.0_f32, 1 => Just(f32::NEG_INFINITY), 1 => Just(4.0_f32)];
    prop::collection::vec(logit, 1..400)
}

prop_compose! {
    fn any_options()(
        temperature in prop_oneof![Just(0.0_f32), 1e-30..1e-3_f32, 0.1..3.0_f32, Just(100.0)],
        top_k in 0..20_usize,
        top_p in 0.01..=1.0_f32,
        min_p in 0.0..=1.0_f32,
        repetition_penalty in 0.5..2.0_f32,
        penalty_window in 0..20_usize,
        seed: u64,
    ) -> SamplingOptions {
        SamplingOptions {
            temperature, top_k, top_p, min_p, repetition_penalty, penalty_window, seed, ..open()
        }
    }
}

proptest! {
    #[test]
    fn a_choice_is_possible_and_repeatable(
        logits in any_logits(), options in any_options(), past in prop::collection::vec(0..500_u32, 0..30)
    ) {
        let history: Vec<_> = past.into_iter().map(TokenId).collect();
        let (mut one, mut two) = (sampler(options), sampler(options));
        for _ in 0..8 {
            let choice = one.sample(&logits, &history);
            prop_assert_eq!(&choice, &two.sample(&logits, &history));
            match choice {
                Ok(token) => prop_assert!(logits[token.0 as usize] > f32::NEG_INFINITY),
                Err(error) => {
                    prop_assert!(logits.iter().all(|&logit| logit == f32::NEG_INFINITY));
                    prop_assert_eq!(error, Error::NoToken { n_logits: logits.len() });
                }
            }
        }
    }

    #[test]
    fn one_candidate_is_the_greedy_choice(logits in any_logits(), seed: u64, which in 0..3_u8) {
        let mut options = SamplingOptions { seed, ..open() };
        match which {
            0 => options.top_k = 1,
            1 => options.top_p = f32::MIN_POSITIVE,
            _ => options.temperature = f32::MIN_POSITIVE,
        }
        let greedy = sampler(SamplingOptions::greedy()).sample(&logits, &[]);
        let chosen = sampler(options).sample(&logits, &[]);
        if which < 2 {
            prop_assert_eq!(chosen, greedy);
        } else if let (Ok(chosen), Ok(greedy)) = (chosen, greedy) {
            // Equal logits stay equally probable however cold it is.
            prop_assert!(logits[chosen.0 as usize] >= logits[greedy.0 as usize]);
        }
    }

    #[test]
    fn top_k_and_top_p_keep_the_most_probable(logits in any_logits(), k in 1..9_usize, p in 0.05..1.0_f32) {
        let mut ids: Vec<u32> = (0..).take(logits.len()).collect();
        ids.sort_by(|&a, &b| logits[b as usize].total_cmp(&logits[a as usize]).then(a.cmp(&b)));
        let top = logits[ids[0] as usize];
        prop_assume!(top > f32::NEG_INFINITY);
        let weight = |id: &u32| f64::from((logits[*id as usize] - top).exp());
        let all: f64 = ids.iter().map(weight).sum();
        let mut before = 0.0;
        let nucleus = ids.iter().take_while(|id| {
            let within = before < f64::from(p) * all * (1.0 + 1e-9);
            before += weight(id);
            within
        });
        let nucleus: Vec<u32> = nucleus.copied().collect();
        let mut by_k = sampler(SamplingOptions { top_k: k, ..open() });
        let mut by_p = sampler(SamplingOptions { top_p: p, ..open() });
        for _ in 0..20 {
            let token = by_k.sample(&logits, &[]).unwrap().0;
            prop_assert!(ids[..k.min(ids.len())].contains(&token));
            let token = by_p.sample(&logits, &[]).unwrap().0;
            prop_assert!(nucleus.contains(&token), "{token} not in {nucleus:?}");
        }
    }
}

#[test]
fn a_bias_comes_before_everything() {
    let bias = vec![(TokenId(0), f32::NEG_INFINITY), (TokenId(2), 3.0), (TokenId(9), 1.0)];
    let mut biased = sampler(SamplingOptions::greedy()).with_bias(bias);
    assert_eq!(biased.sample(&[5.0, 1.0, 0.0], &[]), Ok(TokenId(2)));
    assert_eq!(biased.draw(), None, "a device does not know of it");
    let all = (0..3).map(|token| (TokenId(token), f32::NEG_INFINITY)).collect();
    let mut biased = sampler(open()).with_bias(all);
    assert_eq!(biased.sample(&[5.0, 1.0, 0.0], &[]), Err(Error::NoToken { n_logits: 3 }));
    // The penalty divides what the bias made positive.
    let options = SamplingOptions { repetition_penalty: 4.0, ..SamplingOptions::greedy() };
    let mut biased = sampler(options).with_bias(vec![(TokenId(1), 6.0)]);
    assert_eq!(biased.sample(&[1.0, -2.0], &[TokenId(1)]), Ok(TokenId(0)));
}

#[test]
fn a_token_is_drawn_again_from_the_masked_distribution() {
    let logits = of(&[0.4, 0.3, 0.2, 0.07, 0.03]);
    let is_allowed = |token: TokenId| token.0 % 2 == 1;
    let among = |options: SamplingOptions| {
        let mut sampler = sampler(options);
        let mut counts = [0_u32; 5];
        for _ in 0..20_000 {
            let mut token = sampler.sample(&logits, &[]).unwrap();
            if !is_allowed(token) {
                token = sampler.sample_among(&logits, &[], is_allowed).unwrap();
            }
            counts[token.0 as usize] += 1;
        }
        counts.map(|count| f64::from(count) / 20_000.0)
    };
    let shares = among(open());
    let expected = [0.0, 0.3 / 0.37, 0.0, 0.07 / 0.37, 0.0];
    assert!(shares.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.01), "{shares:?}");
    // What the filters take out stays out, unless nothing else is allowed.
    let shares = among(SamplingOptions { top_k: 2, ..open() });
    assert_eq!(shares.map(|share| share > 0.0), [false, true, false, false, false]);
    let shares = among(SamplingOptions { top_k: 1, ..open() });
    assert_eq!(shares.map(|share| share > 0.0), [false, true, false, false, false]);
    assert_eq!(among(SamplingOptions::greedy())[1].to_bits(), 1.0_f64.to_bits());
    let none = sampler(open()).sample_among(&logits, &[], |_| false);
    assert_eq!(none, Err(Error::NoToken { n_logits: 5 }));
}

#[test]
fn logprobs_are_a_softmax() {
    let logits = [1.0_f32, -2.0, 3.5, 3.5, f32::NEG_INFINITY];
    let sum: f64 = logits.iter().map(|&logit| f64::from(logit).exp()).sum();
    let expected = |token: usize| (f64::from(logits[token]).exp() / sum).ln();
    let logprobs = Logprobs::of(&logits, TokenId(1), 3);
    assert!((f64::from(logprobs.chosen) - expected(1)).abs() < 1e-6);
    let tokens: Vec<_> = logprobs.top.iter().map(|&(token, _)| token.0).collect();
    assert_eq!(tokens, [2, 3, 0], "of equals the lower id first");
    for &(token, value) in &logprobs.top {
        assert!((f64::from(value) - expected(token.0 as usize)).abs() < 1e-6);
    }
    assert_eq!(Logprobs::of(&logits, TokenId(4), 9).chosen.to_bits(), f32::NEG_INFINITY.to_bits());
    assert_eq!(Logprobs::of(&logits, TokenId(2), 9).top.len(), 5);
    assert!(Logprobs::of(&logits, TokenId(2), 0).top.is_empty());
}
