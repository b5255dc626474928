//! Admission: exact pages, and the words of each refusal.

use ds4::{
    device::Room,
    sample::SamplingOptions,
    schedule::{Did, MOST_ROWS, Options, Refusal, Request},
    tokenizer::TokenId,
};
use expect_test::{Expect, expect};

use super::{CONTEXT, batch, engine, random};

/// A page of ds4-tiny, in tokens.
const PAGE: usize = 256;

#[test]
fn what_fits_is_admitted_and_what_does_not_waits() {
    let options = Options { tokens: 3 * PAGE, ..Options::default() };
    let mut batch = batch(engine(4), options);
    let limits = *batch.limits();
    assert_eq!((limits.rows, limits.pages, limits.page_tokens), (4, 3, PAGE));
    // The last token of an answer needs no place: 250 + 7 - 1 tokens are a page, one more are two.
    let page = batch.submit(random(1, 250, 7)).unwrap();
    let pages = batch.submit(random(2, 250, 8)).unwrap();
    let next = batch.submit(random(3, 5, 2)).unwrap();
    batch.step();
    assert_eq!((batch.n_running(), batch.n_pages(), batch.n_waiting()), (2, 3, 1));
    page.cancel();
    batch.step();
    assert_eq!((batch.n_running(), batch.n_pages(), batch.n_waiting()), (2, 3, 0));
    drop((pages, next));
    assert_eq!(batch.step(), Did::Nothing);

    // Who does not fit lets nobody pass, or it might wait forever.
    let first = batch.submit(random(1, 250, 8)).unwrap();
    let large = batch.submit(random(2, 250, 8)).unwrap();
    let small = batch.submit(random(3, 5, 2)).unwrap();
    batch.step();
    assert_eq!((batch.n_running(), batch.n_pages(), batch.n_waiting()), (1, 2, 2));
    drop((first, large, small));
}

#[test]
fn limits_are_those_of_the_engine_or_less() {
    let engine = engine(40);
    let room = Room { context: CONTEXT, sessions: 1, tokens: 0, chunk: 64 };
    let one = engine.needs(room);
    let rows = engine.needs(Room { sessions: MOST_ROWS, ..room });
    let limits = *batch(engine, Options::default()).limits();
    assert_eq!((limits.rows, limits.pages), (MOST_ROWS, 80));
    assert_eq!((limits.state_bytes, 2 * limits.page_bytes), (one.state, one.pages));
    let needs = limits.needs();
    assert_eq!((needs.state, needs.scratch), (rows.state, rows.scratch));
    assert_eq!(needs.pages, 80 * limits.page_bytes);
    let options = Options { rows: 3, tokens: 1, ..Options::default() };
    let limits = *batch(super::engine(40), options).limits();
    assert_eq!((limits.rows, limits.pages), (3, 1));
}

#[test]
fn refusals_have_numbers() {
    let options = Options { tokens: 1, queue: 2, ..Options::default() };
    let mut batch = batch(engine(1), options);
    let mut refused = |request: Request, words: Expect| {
        words.assert_eq(&batch.submit(request).unwrap_err().to_string());
    };
    refused(random(1, 0, 1), expect!["the prompt is empty"]);
    refused(
        random(1, CONTEXT + 1, 1),
        expect!["a prompt of 301 tokens does not fit the context of 300 tokens"],
    );
    let cold = SamplingOptions { temperature: -1.0, ..SamplingOptions::default() };
    refused(
        Request { sampling: cold, ..random(1, 5, 1) },
        expect!["temperature -1: expected 0 to 100"],
    );
    let prompt = vec![TokenId(0), TokenId(70_000)];
    refused(
        Request { prompt, ..random(1, 5, 1) },
        expect!["token id 70000 at position 1: the vocabulary has 4096 entries"],
    );
    refused(
        Request { max_tokens: None, ..random(1, 5, 1) },
        expect![[r#"
            1.0 MB of memory are needed for 300 tokens, prompt and answer (0.7 MB of state, 0.3 MB of cached rows), and all requests together have 0.9 MB
            help: 256 tokens fit; ask for fewer tokens in the answer or shorten the prompt"#]],
    );
    let _waiting = [1, 2].map(|seed| batch.submit(random(seed, 5, 2)).unwrap());
    assert_eq!(batch.submit(random(3, 5, 2)).unwrap_err(), Refusal::QueueFull { most: 2 });
    // The first is admitted, and makes room for one more.
    batch.step();
    let _third = batch.submit(random(3, 5, 2)).unwrap();
    batch.end(ds4::schedule::Ending::Stop);
    assert_eq!(batch.submit(random(3, 5, 2)).unwrap_err(), Refusal::Closed);
}
