//! Properties of timelines, on ds4-tiny: however tokens are divided into steps, the logits are the
//! same to the last bit.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod choose;
mod generate;
#[cfg(any(feature = "cuda", feature = "vulkan"))]
#[path = "../support/shared.rs"]
#[expect(dead_code, reason = "these tests need nothing from beside the checkout")]
mod shared;
#[path = "../support/tiny.rs"]
mod tiny;

use std::ops::ControlFlow;

use tiny::{bits, tiny, tokens};

use ds4::{
    session::{Engine, Error, Options, Session},
    tokenizer::TokenId,
};
use ds4_plan::CacheRounding;
use proptest::prelude::*;

fn open(options: Options) -> Engine {
    Engine::open(&tiny(), &options).unwrap()
}

fn engine(chunk: usize) -> Engine {
    open(Options { chunk, threads: 2, ..Options::default() })
}

fn prefill(engine: &mut Engine, session: &mut Session, tokens: &[TokenId]) -> Vec<u32> {
    let logits = engine.prefill(session, tokens, |_| ControlFlow::Continue(())).unwrap();
    bits(logits.unwrap())
}

fn decode(engine: &mut Engine, session: &mut Session, token: TokenId) -> Vec<u32> {
    bits(engine.decode(&mut [(session, token)]).unwrap())
}

/// Lengths around every boundary: windows of compressors, raw window, page, chosen rows.
const LENGTHS: [usize; 14] = [1, 3, 4, 5, 127, 128, 129, 131, 132, 255, 256, 257, 300, 520];

#[test]
fn prefill_equals_decoding_token_by_token() {
    for cache in [CacheRounding::Exact, CacheRounding::Rounded] {
        let options = Options { cache: Some(cache), threads: 2, ..Options::default() };
        let mut engine = open(options);
        let all = tokens(1, *LENGTHS.last().unwrap());
        let mut stepwise = engine.session().unwrap();
        for (i, &token) in all.iter().enumerate() {
            let logits = decode(&mut engine, &mut stepwise, token);
            if LENGTHS.contains(&(i + 1)) {
                let mut whole = engine.session().unwrap();
                let expected = prefill(&mut engine, &mut whole, &all[..=i]);
                assert!(logits == expected, "{cache:?}: logits differ after {} tokens", i + 1);
                engine.close(whole);
            }
        }
    }
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let all = tokens(2, 300);
    let logits = [1, 2, 3].map(|threads| {
        let mut engine = open(Options { threads, ..Options::default() });
        let mut session = engine.session().unwrap();
        prefill(&mut engine, &mut session, &all)
    });
    assert!(logits[0] == logits[1] && logits[1] == logits[2]);
}

#[test]
fn sessions_do_not_see_each_other() {
    check_isolation(&mut engine(64));
}

/// Logits of sessions that take their steps together are those that each has alone.
fn check_isolation(engine: &mut Engine) {
    let prompts: Vec<_> = [1, 5, 130, 260].iter().map(|&n| tokens(n, n as usize)).collect();
    let mut alone: Vec<Vec<Vec<u32>>> = vec![];
    for prompt in &prompts {
        let mut session = engine.session().unwrap();
        prefill(engine, &mut session, prompt);
        alone.push((0..6).map(|i| decode(engine, &mut session, TokenId(50 + i))).collect());
        engine.close(session);
    }
    let mut sessions: Vec<_> = prompts
        .iter()
        .map(|prompt| {
            let mut session = engine.session().unwrap();
            prefill(engine, &mut session, prompt);
            session
        })
        .collect();
    let mut together: Vec<Vec<Vec<u32>>> = vec![vec![]; prompts.len()];
    for i in 0..6 {
        let mut rows: Vec<_> = sessions.iter_mut().map(|s| (s, TokenId(50 + i))).collect();
        let logits = bits(engine.decode(&mut rows).unwrap());
        let n_vocab = logits.len() / prompts.len();
        together.iter_mut().zip(logits.chunks(n_vocab)).for_each(|(t, l)| t.push(l.to_vec()));
    }
    assert!(alone == together, "logits of a batch differ from those alone");
}

#[test]
fn a_reused_slot_starts_empty() {
    check_reuse(&mut engine(512));
}

fn check_reuse(engine: &mut Engine) {
    let mut first = engine.session().unwrap();
    let expected = prefill(engine, &mut first, &tokens(3, 140));
    prefill(engine, &mut first, &tokens(4, 200));
    engine.close(first);
    let mut second = engine.session().unwrap();
    assert!(prefill(engine, &mut second, &tokens(3, 140)) == expected);
    engine.close(second);
}

#[test]
fn a_copy_goes_on_where_its_session_is() {
    check_copies(&mut engine(512));
}

/// A copy of a session and the session itself do not see what becomes of the other.
fn check_copies(engine: &mut Engine) {
    // Two pages, the second one partly filled.
    let mut session = engine.session().unwrap();
    prefill(engine, &mut session, &tokens(3, 300));
    let mut copies = [engine.fork(&session).unwrap(), engine.fork(&session).unwrap()];
    assert_eq!(copies[0].tokens(), session.tokens());
    for i in 0..9 {
        decode(engine, &mut copies[1], TokenId(900 + i));
        let expected = decode(engine, &mut session, TokenId(50 + i));
        assert!(decode(engine, &mut copies[0], TokenId(50 + i)) == expected, "token {i}");
    }
    engine.close(session);
    let mut rest = copies.into_iter();
    engine.close(rest.next().unwrap());
    assert_eq!(rest.next().unwrap().len(), 309);
}

/// The same through Vulkan.
#[cfg(feature = "vulkan")]
#[test]
fn sessions_on_a_gpu_do_what_those_on_the_cpu_do() {
    let device = ds4::session::DeviceKind::Vulkan;
    match Engine::open(&tiny(), &Options { device, ..Options::default() }) {
        Ok(mut engine) => {
            check_copies(&mut engine);
            choose::check(&mut engine);
        }
        Err(Error::Device(error @ ds4::device::Error::NoGpu { .. })) => {
            shared::skipped(&error.to_string());
        }
        Err(error) => panic!("{error}"),
    }
}

/// The same on an NVIDIA card.
#[cfg(feature = "cuda")]
#[test]
fn sessions_on_a_card_do_not_see_each_other() {
    let options =
        Options { chunk: 64, device: ds4::session::DeviceKind::Cuda, ..Options::default() };
    match Engine::open(&tiny(), &options) {
        Ok(mut engine) => {
            check_isolation(&mut engine);
            check_reuse(&mut engine);
            check_copies(&mut engine);
            choose::check(&mut engine);
        }
        Err(Error::Device(error @ ds4::device::Error::NoGpu { .. })) => {
            shared::skipped(&error.to_string());
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn stopping_a_prefill_leaves_a_usable_session() {
    let mut engine = engine(50);
    let all = tokens(5, 170);
    let mut whole = engine.session().unwrap();
    let expected = prefill(&mut engine, &mut whole, &all);

    let mut session = engine.session().unwrap();
    let stop = |done| if done >= 100 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    assert!(engine.prefill(&mut session, &all, stop).unwrap().is_none());
    assert_eq!(session.tokens(), &all[..100]);
    assert!(prefill(&mut engine, &mut session, &all[100..]) == expected);
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let mut engine = open(Options { context: 16, ..Options::default() });
    let mut session = engine.session().unwrap();
    let go_on = |_| ControlFlow::Continue(());
    let error = engine.prefill(&mut session, &tokens(1, 17), go_on).unwrap_err();
    assert_eq!(error.to_string(), "17 tokens do not fit the context of 16 tokens");
    assert!(session.is_empty());

    let error = engine.decode(&mut [(&mut session, TokenId(4096))]).unwrap_err();
    assert_eq!(error.to_string(), "token id 4096 at position 0: the vocabulary has 4096 entries");

    let options = Options { context: 65_537, ..Options::default() };
    let error = Engine::open(&tiny(), &options).unwrap_err();
    assert!(matches!(error, Error::ContextTooLong { asked: 65_537, most: 65_536 }));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn any_chunks_give_the_same_logits(
        n in 1usize..420,
        cuts in proptest::collection::vec(1usize..140, 1..8),
        rounded: bool,
    ) {
        let cache = if rounded { CacheRounding::Rounded } else { CacheRounding::Exact };
        let mut engine = open(Options { cache: Some(cache), threads: 2, ..Options::default() });
        let all = tokens(7, n);
        let mut whole = engine.session().unwrap();
        let expected = prefill(&mut engine, &mut whole, &all);

        let mut session = engine.session().unwrap();
        let mut logits = vec![];
        let mut rest = all.as_slice();
        for cut in cuts.iter().cycle() {
            let (chunk, after) = rest.split_at(rest.len().min(*cut));
            logits = match chunk {
                [] => break,
                [token] => decode(&mut engine, &mut session, *token),
                chunk => prefill(&mut engine, &mut session, chunk),
            };
            rest = after;
        }
        prop_assert!(logits == expected, "{n} tokens in chunks {cuts:?}");
    }
}
