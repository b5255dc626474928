//! However a timeline comes to a position, it goes on with the same logits.

use std::path::Path;

use ds4::{
    kv::{Kv, Options, Source, Why},
    session::Session,
    tokenizer::TokenId,
};

use super::{Keeper, on_disk, tokens};

/// Contexts around every boundary: the raw window, pages, chosen rows.
const CONTEXTS: [usize; 10] = [1, 127, 128, 129, 511, 512, 513, 1023, 1024, 1025];

/// Tokens of an answer; enough to cross whatever lies behind a context.
const ANSWER: usize = 5;

fn answer() -> Vec<TokenId> {
    tokens(9, ANSWER)
}

/// Where [`Keeper::resume`] begins and from where, for a prompt that a kept context begins.
fn resumed(
    keeper: &mut Keeper,
    live: Option<Session>,
    prompt: &[TokenId],
    expected: (usize, Source),
) -> Session {
    let resumed = keeper.resume(live, prompt);
    assert_eq!((resumed.receipt.n_reused, resumed.receipt.source), expected);
    assert_eq!(resumed.session.len(), expected.0);
    assert_eq!(resumed.prompt, prompt);
    resumed.session
}

/// Goes on after `context` tokens in every way; all ways give the same logits.
///
/// `growing` is a session before an earlier context.
fn check_ways(keeper: &mut Keeper, folder: &Path, growing: &mut Session, context: usize) {
    let mut prompt = tokens(3, context);
    let next = TokenId(77);
    prompt.push(next);
    let answer = answer();

    let mut cold = keeper.engine.session().unwrap();
    let expected = keeper.go_on(&mut cold, &prompt, &answer);
    keeper.engine.close(cold);

    // In small chunks, with a mark at the context, in memory and in a folder.
    for chunk in prompt[growing.len()..context].chunks(37) {
        let go_on = |_| std::ops::ControlFlow::Continue(());
        assert!(keeper.engine.extend(growing, chunk, go_on).unwrap());
    }
    keeper.keep(growing);
    let mut disk = Kv::open(&keeper.engine, &on_disk(folder));
    disk.keep(&mut keeper.engine, &keeper.tokenizer, growing).unwrap();
    disk.flush();
    assert_eq!(disk.take_warnings(), [""; 0]);
    let mut session = keeper.engine.fork(growing).unwrap();
    let logits = keeper.go_on(&mut session, &prompt, &answer);
    assert!(logits == expected, "chunked, {context} tokens");

    // Taken back to the mark.
    let mut session = resumed(keeper, Some(session), &prompt, (context, Source::Live));
    let logits = keeper.go_on(&mut session, &prompt, &answer);
    assert!(logits == expected, "rewound, {context} tokens");

    // Beside the session whose pages it shares; neither sees the other.
    let has_pages = context >= keeper.engine.page_tokens();
    let source = if has_pages { Source::Fork } else { Source::Memory };
    let n_pages = keeper.engine.n_pages();
    let mut fork = resumed(keeper, None, &prompt, (context, source));
    let n_own = usize::from(!context.is_multiple_of(keeper.engine.page_tokens()));
    assert_eq!(keeper.engine.n_pages(), n_pages + n_own, "full pages are shared");
    let mut copy = keeper.engine.fork(&fork).unwrap();
    let mut other = keeper.engine.fork(&copy).unwrap();
    let _ = keeper.engine.decode(&mut [(&mut other, TokenId(5))]).unwrap();
    let logits = keeper.go_on(&mut fork, &prompt, &answer);
    assert!(logits == expected, "resumed beside another, {context} tokens");
    let logits = keeper.go_on(&mut copy, &prompt, &answer);
    assert!(logits == expected, "forked, {context} tokens");
    [session, fork, copy, other].into_iter().for_each(|session| keeper.engine.close(session));

    // From the host's memory, when nothing is on the device.
    let tokens = growing.tokens().to_vec();
    let other = keeper.engine.session().unwrap();
    keeper.engine.close(std::mem::replace(growing, other));
    assert_eq!(keeper.engine.n_pages(), 0);
    let mut session = resumed(keeper, None, &prompt, (context, Source::Memory));
    let logits = keeper.go_on(&mut session, &prompt, &answer);
    assert!(logits == expected, "restored from memory, {context} tokens");
    keeper.engine.close(session);

    // From the folder, as another program does.
    std::mem::swap(&mut keeper.kv, &mut disk);
    drop(std::mem::replace(&mut keeper.kv, Kv::open(&keeper.engine, &on_disk(folder))));
    let mut restored = resumed(keeper, None, &prompt, (context, Source::Disk));
    std::mem::swap(&mut keeper.kv, &mut disk);
    assert_eq!(disk.take_warnings(), [""; 0]);
    let logits = keeper.go_on(&mut restored, &prompt, &answer);
    assert!(logits == expected, "restored from the disk, {context} tokens");
    keeper.engine.close(restored);

    // The next context goes on from here.
    let next = [&tokens[..], &[next]].concat();
    let again = resumed(keeper, None, &next, (context, Source::Memory));
    let other = std::mem::replace(growing, again);
    keeper.engine.close(other);
}

fn check_all(keeper: &mut Keeper, folder: &Path, contexts: &[usize]) {
    let mut growing = keeper.engine.session().unwrap();
    for &context in contexts {
        check_ways(keeper, folder, &mut growing, context);
    }
    keeper.engine.close(growing);
}

#[test]
fn every_way_to_a_context_goes_on_alike() {
    let folder = tempfile::tempdir().unwrap();
    let mut keeper = Keeper::new(&Options::default());
    check_all(&mut keeper, folder.path(), &CONTEXTS);
}

/// The contexts that take too long for every run: `DS4_KV_LONG=1` asks for them.
#[test]
fn every_way_to_a_long_context_goes_on_alike() {
    if std::env::var_os("DS4_KV_LONG").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut keeper = Keeper::new(&Options::default());
    check_all(&mut keeper, folder.path(), &[4095, 4096, 4097]);
}

/// The same on a GPU.
#[cfg(any(feature = "cuda", feature = "vulkan"))]
fn check_device(device: ds4::session::DeviceKind) {
    let folder = tempfile::tempdir().unwrap();
    let options = ds4::session::Options { device, ..ds4::session::Options::default() };
    match Keeper::on_device(options, &Options::default()) {
        Ok(mut keeper) => check_all(&mut keeper, folder.path(), &[257]),
        Err(ds4::session::Error::Device(error @ ds4::device::Error::NoGpu { .. })) => {
            super::skipped(&error.to_string());
        }
        Err(error) => panic!("{error}"),
    }
}

#[cfg(feature = "vulkan")]
#[test]
fn every_way_through_vulkan_goes_on_alike() {
    check_device(ds4::session::DeviceKind::Vulkan);
}

#[cfg(feature = "cuda")]
#[test]
fn every_way_on_a_card_goes_on_alike() {
    check_device(ds4::session::DeviceKind::Cuda);
}

#[test]
fn a_prefill_leaves_marks_that_later_prompts_find() {
    let mut keeper = Keeper::on(
        ds4::session::Options { threads: 2, chunk: 128, ..ds4::session::Options::default() },
        &Options { spacing: 256, ..Options::default() },
    );
    let prompt = tokens(1, 700);
    let mut session = keeper.resume(None, &prompt).session;
    let mut heard = vec![];
    let Keeper { engine, tokenizer, kv } = &mut keeper;
    let is_done = kv.prefill(engine, tokenizer, (&mut session, &prompt), |done| {
        heard.push(done);
        std::ops::ControlFlow::Continue(())
    });
    assert!(is_done.unwrap());
    assert_eq!(session.len(), 699);
    assert_eq!(heard, [128, 256, 384, 512, 640, 699]);
    assert_eq!(kv.marks(&prompt), [699, 512, 256]);
    assert_eq!(kv.marks(&prompt[..512]), [512, 256]);
    assert!(kv.session_at(engine, &prompt[..300]).unwrap().is_none());
    let n_pages = engine.n_pages();
    let mut back = kv.session_at(engine, &prompt[..512]).unwrap().unwrap();
    assert_eq!((back.len(), engine.n_pages()), (512, n_pages), "its pages are shared");
    engine.unshare(&mut back).unwrap();
    assert_eq!(engine.n_pages(), n_pages + 2);
    engine.close(back);

    // The same prompt again: all but its last token.
    let again = keeper.resume(Some(session), &prompt);
    assert_eq!((again.receipt.n_reused, again.receipt.source), (699, Source::Live));
    assert_eq!(again.receipt.difference.why, Why::Longer);

    // One that differs at 600 goes back to the mark before.
    let mut other = prompt.clone();
    other[600] = TokenId(3999);
    let back = keeper.resume(Some(again.session), &other);
    assert_eq!((back.receipt.n_reused, back.receipt.source), (512, Source::Live));
    let difference = back.receipt.difference;
    assert_eq!((difference.position, difference.why), (600, Why::Text));
    assert_eq!((difference.prompt, difference.kept), (Some(TokenId(3999)), Some(prompt[600])));

    // One that ends before the first mark has nothing to go back to.
    let short = keeper.resume(Some(back.session), &prompt[..200]);
    assert_eq!((short.receipt.n_reused, short.receipt.source), (0, Source::Nothing));
    assert_eq!(short.receipt.difference.why, Why::NotKept);
    let nothing = keeper.resume(Some(short.session), &tokens(2, 50));
    assert_eq!(nothing.receipt.difference.why, Why::Unknown);
    keeper.engine.close(nothing.session);
    assert_eq!(keeper.engine.n_pages(), 0);
}

#[test]
fn memory_keeps_to_its_budget() {
    let mut keeper = Keeper::new(&Options::default());
    let one = keeper.engine.snapshot_bytes(10);
    keeper.kv = Kv::open(&keeper.engine, &Options { memory: 3 * one, ..Options::default() });
    let prompts: Vec<_> = (0..5).map(|seed| tokens(seed, 10)).collect();
    for prompt in &prompts {
        let mut session = keeper.engine.session().unwrap();
        let first = keeper.go_on(&mut session, prompt, &[]);
        assert_eq!(first.len(), 1);
        keeper.keep(&session);
        keeper.engine.close(session);
        assert!(keeper.kv.memory_used() <= 3 * one);
    }
    assert_eq!((keeper.kv.memory_used(), keeper.kv.n_marks()), (3 * one, 3));
    for (number, prompt) in prompts.iter().enumerate() {
        let longer = [&prompt[..], &[TokenId(9)]].concat();
        let resumed = keeper.resume(None, &longer);
        assert_eq!(resumed.receipt.n_reused, if number < 2 { 0 } else { 10 });
        keeper.engine.close(resumed.session);
    }
    // More than the budget is not kept.
    keeper.kv = Kv::open(&keeper.engine, &Options { memory: one - 1, ..Options::default() });
    let mut session = keeper.engine.session().unwrap();
    keeper.go_on(&mut session, &prompts[0], &[]);
    keeper.keep(&session);
    assert_eq!((keeper.kv.memory_used(), keeper.kv.n_marks()), (0, 0));
}
