//! Requests that go on from what others left: what is reused, what gives way, and that no answer
//! depends on either.

use std::{cell::RefCell, path::Path, sync::Arc};

use ds4::{
    generate::Stop,
    kv::{self, Kv, Receipt, Source, Why, disk::Settings},
    schedule::{Batch, Did, Kept, Options, Request, Ticket},
    session::{self, Engine},
    tokenizer::TokenId,
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use super::{History, alone, random, run, tiny::tiny, tokenizer, tokens};

/// A page of ds4-tiny, in tokens, and as far apart are the marks of a prompt here.
const PAGE: usize = 256;

fn engine(sessions: usize) -> Engine {
    let options = session::Options {
        context: 3 * PAGE,
        sessions,
        chunk: 64,
        threads: 2,
        ..session::Options::default()
    };
    Engine::open(&tiny(), &options).unwrap()
}

/// A batch that keeps so many bytes in memory, and all in a folder if there is one.
fn batch(engine: Engine, options: Options, (memory, folder): (usize, Option<&Path>)) -> Batch {
    let disk =
        folder.map(|folder| Settings { folder: folder.to_owned(), limit: 1 << 30, secret: None });
    let kv = Kv::open(&engine, &kv::Options { memory, spacing: PAGE, disk });
    let tokenizer = tokenizer(&engine);
    let warn = Box::new(|warning: &str| panic!("{warning}"));
    let kept = Box::new(Kept::new(kv, Arc::clone(&tokenizer), warn));
    Batch::new(engine, tokenizer, kept, options)
}

fn ask(batch: &mut Batch, request: &Request) -> History {
    let mut listeners = [(batch.submit(request.clone()).unwrap(), History::default())];
    run(batch, &mut listeners);
    let [(_, history)] = listeners;
    history
}

/// The prompt of `request` with its answer, and then `n` other tokens.
fn longer(request: &Request, history: &History, n: usize) -> Request {
    let prompt = [&request.prompt[..], &history.tokens, &tokens(77, n)].concat();
    Request { prompt, ..request.clone() }
}

fn reuse(history: &History) -> (usize, Source, Why) {
    let receipt: Receipt = history.receipt.unwrap();
    let stats = &history.done.as_ref().unwrap().answer.stats;
    assert_eq!((stats.receipt, stats.n_reused), (Some(receipt), receipt.n_reused));
    assert_eq!(stats.n_prefilled, receipt.n_prompt - receipt.n_reused);
    (receipt.n_reused, receipt.source, receipt.difference.why)
}

#[test]
fn a_receipt_tells_what_was_reused() {
    let folder = tempfile::tempdir().unwrap();
    let mut other = engine(1);
    let tokenizer = tokenizer(&other);
    let mut batch = batch(engine(3), Options::default(), (1 << 30, Some(folder.path())));
    let first = random(1, 600, 8);
    let cold = ask(&mut batch, &first);
    assert_eq!(reuse(&cold), (0, Source::Nothing, Why::Unknown));
    let mut check = |batch: &mut Batch, request: &Request, expected| {
        let history = ask(batch, request);
        assert_eq!(reuse(&history), expected);
        assert_eq!(history.tokens, alone(&mut other, &tokenizer, request).tokens);
        history
    };
    // The same once more: all but the last token, from the pages of the one that ended.
    check(&mut batch, &first, (599, Source::Fork, Why::Longer));
    // The conversation goes on: the session that ended does.
    let second = longer(&first, &cold, 90);
    let held = 600 + cold.tokens.len() - usize::from(cold.tokens.len() == 8);
    check(&mut batch, &second, (held, Source::Live, Why::Longer));
    // Another question after the same text goes back to a mark on the way.
    let mut prompt = first.prompt.clone();
    prompt[550] = TokenId(3999);
    let differs = Request { prompt, ..first.clone() };
    check(&mut batch, &differs, (512, Source::Fork, Why::Text));
    // Few tokens after a mark leave none: the prompt is read again from there.
    let short = Request { prompt: first.prompt[..520].to_vec(), ..first.clone() };
    check(&mut batch, &short, (512, Source::Fork, Why::NotKept));
    check(&mut batch, &short, (512, Source::Fork, Why::NotKept));

    // Another program finds all of it in the folder.
    let (engine, _) = batch.close();
    let mut batch = super::reuse::batch(engine, Options::default(), (0, Some(folder.path())));
    check(&mut batch, &second, (held + 90, Source::Disk, Why::Longer));
    let (engine, _) = batch.close();
    assert_eq!(engine.n_pages(), 0);
}

#[test]
fn a_mark_is_of_use_before_the_answer_that_left_it_ends() {
    let mut batch = batch(engine(2), Options::default(), (1 << 30, None));
    let first = random(1, 600, 60);
    let mut ticket = batch.submit(first.clone()).unwrap();
    let mut history = History::default();
    while history.tokens.len() < 3 {
        batch.step();
        history.listen(&mut ticket, usize::MAX);
    }
    let pages = batch.n_pages();
    let second = ask(&mut batch, &Request { max_tokens: Some(4), ..first });
    assert_eq!(reuse(&second), (599, Source::Fork, Why::Longer));
    assert!(batch.n_pages() <= pages + 1, "full pages are shared");
}

#[test]
fn what_is_kept_gives_way_to_requests() {
    for memory in [0, 1 << 30] {
        let options = Options { tokens: 3 * PAGE, rows: 2, ..Options::default() };
        let mut batch = batch(engine(2), options, (memory, None));
        let mut other = engine(1);
        let tokenizer = tokenizer(&other);
        let first = random(1, 400, 8);
        let history = ask(&mut batch, &first);
        assert_eq!((batch.n_running(), batch.n_pages()), (0, 2), "its session is kept");
        // It goes on in all the pages that there are.
        let all = Request { max_tokens: None, ..longer(&first, &history, 300) };
        let ticket = batch.submit(all.clone()).unwrap();
        batch.step();
        assert_eq!((batch.n_running(), batch.n_pages(), batch.n_waiting()), (1, 3, 0));
        let mut listeners = [(ticket, History::default())];
        run(&mut batch, &mut listeners);
        let [(_, history)] = listeners;
        assert_eq!(reuse(&history).1, Source::Live);
        assert_eq!(history.tokens, alone(&mut other, &tokenizer, &all).tokens);
        assert_eq!(batch.n_pages(), 3);
        // Two others need two of the pages and both slots at once.
        let tickets = [2, 3].map(|seed| batch.submit(random(seed, 20, 4)).unwrap());
        batch.step();
        assert_eq!((batch.n_running(), batch.n_waiting()), (2, 0));
        assert!(batch.n_pages() <= 3);
        drop(tickets);
        batch.step();
        // One that shares all of the pages, and one that shares none.
        for request in [all, Request { max_tokens: None, ..random(9, 500, 0) }] {
            let history = ask(&mut batch, &request);
            assert_eq!(history.tokens, alone(&mut other, &tokenizer, &request).tokens);
            assert_eq!(batch.n_pages(), 3);
        }
        assert_eq!(batch.close().0.n_pages(), 0);
    }
}

#[test]
fn one_long_timeline_stands_beside_short_ones() {
    let options = Options { tokens: 5 * PAGE, ..Options::default() };
    let mut batch = batch(engine(3), options, (1 << 20, None));
    let long = batch.submit(Request { max_tokens: None, ..random(1, 500, 0) }).unwrap();
    let short = [2, 3].map(|seed| batch.submit(random(seed, 30, 40)).unwrap());
    batch.step();
    assert_eq!((batch.n_running(), batch.n_pages(), batch.n_waiting()), (3, 5, 0));
    drop((long, short));
    assert_eq!(batch.step(), Did::Nothing);
}

#[test]
fn a_prompt_is_found_by_its_text() {
    let mut other = engine(1);
    let tokenizer = tokenizer(&other);
    let mut buffer = [0; 4];
    let text = "It is in Norway, where the sea is cold and the summer is short.";
    let spelled: Vec<_> =
        text.chars().flat_map(|c| tokenizer.encode_plain(c.encode_utf8(&mut buffer))).collect();
    let base = [&[tokenizer.bos()][..], &tokens(4, 90)].concat();
    let first = Request { prompt: [&base[..], &spelled].concat(), ..random(1, 0, 1) };
    let encoded = tokenizer.encode_plain(text);
    assert!(encoded.len() < spelled.len());
    let end = tokenizer.token_id("<｜User｜>").unwrap();
    let after = [&[end][..], &tokenizer.encode_plain("And where is Rome?")].concat();
    let second = Request { prompt: [&base[..], &encoded, &after].concat(), ..random(2, 0, 6) };

    let mut batch = batch(engine(2), Options::default(), (1 << 30, None));
    ask(&mut batch, &first);
    let history = ask(&mut batch, &second);
    let receipt = history.receipt.unwrap();
    assert_eq!((receipt.is_same_text, receipt.n_reused), (true, first.prompt.len()));
    let as_kept = Request { prompt: [&first.prompt[..], &after].concat(), ..second.clone() };
    assert_eq!(history.tokens, alone(&mut other, &tokenizer, &as_kept).tokens);

    // Tokens that would need another page are not taken for those that were asked for.
    let most = PAGE - second.prompt.len() + 1;
    let exact = Request { max_tokens: Some(most), ..second };
    let receipt = ask(&mut batch, &exact).receipt.unwrap();
    assert!(!receipt.is_same_text, "{receipt:?}");
}

/// What happens.
#[derive(Debug, Clone)]
enum Act {
    /// A request of a kind arrives.
    Arrive(usize),
    Steps(usize),
    /// One of those that arrived is canceled.
    Cancel(usize),
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..64_usize).prop_map(Act::Arrive),
        5 => (1..20_usize).prop_map(Act::Steps),
        1 => (0..64_usize).prop_map(Act::Cancel),
    ]
}

/// Requests whose prompts begin alike, and part at various tokens.
fn kinds(engine: &mut Engine) -> Vec<(Request, Vec<TokenId>)> {
    let tokenizer = tokenizer(engine);
    let trunk = tokens(1, 700);
    let mut all = vec![];
    for (same, more, n) in [
        (0, 30, 6),
        (40, 5, 9),
        (100, 60, 4),
        (256, 1, 5),
        (256, 70, 5),
        (300, 0, 12),
        (520, 40, 8),
    ] {
        let prompt = [&trunk[..same], &tokens(50 + n, more)].concat();
        let request = Request { prompt, ..random(n, 0, n as usize) };
        let answer = alone(engine, &tokenizer, &request).tokens;
        let next = [&request.prompt[..], &answer, &tokens(90, 20)].concat();
        let next = Request { prompt: next, ..request.clone() };
        let next_answer = alone(engine, &tokenizer, &next).tokens;
        all.extend([(request, answer), (next, next_answer)]);
    }
    all
}

struct Asked {
    kind: usize,
    ticket: Ticket,
    history: History,
    is_canceled: bool,
    /// How far its session had come when it was heard of last.
    reached: usize,
}

struct World<'a> {
    batch: Batch,
    kinds: &'a [(Request, Vec<TokenId>)],
    asked: Vec<Asked>,
    /// Beginnings that must be found where nothing gives way.
    kept: Vec<Vec<TokenId>>,
    is_ample: bool,
}

impl World<'_> {
    fn act(&mut self, act: &Act) -> Did {
        let n = self.asked.len();
        match *act {
            Act::Arrive(kind) => {
                let kind = kind % self.kinds.len();
                let ticket = self.batch.submit(self.kinds[kind].0.clone()).unwrap();
                let history = History::default();
                self.asked.push(Asked { kind, ticket, history, is_canceled: false, reached: 0 });
            }
            Act::Steps(n) => {
                for _ in 1..n {
                    self.step();
                }
                return self.step();
            }
            Act::Cancel(who) if n > 0 => {
                self.asked[who % n].is_canceled = true;
                self.asked[who % n].ticket.cancel();
            }
            Act::Cancel(_) => {}
        }
        Did::Waited
    }

    /// Steps, and follows what every request heard in the order in which a step does things: what
    /// was canceled ends, requests are admitted, and the device runs.
    fn step(&mut self) -> Did {
        let did = self.batch.step();
        assert!(self.batch.n_pages() <= self.batch.limits().pages);
        let before: Vec<bool> = self.asked.iter().map(|a| a.history.is_over()).collect();
        let had: Vec<bool> = self.asked.iter().map(|a| a.history.receipt.is_some()).collect();
        self.asked.iter_mut().for_each(|a| a.history.listen(&mut a.ticket, usize::MAX));
        let mut ended = vec![];
        for (asked, was_over) in self.asked.iter().zip(&before) {
            let done = asked.history.done.as_ref().filter(|_| !was_over);
            if done.is_some_and(|done| done.answer.stop == Stop::Canceled) {
                self.kept.push(asked.held(self.kinds));
            } else if done.is_some() {
                ended.push(asked.held(self.kinds));
            }
        }
        for (asked, had) in self.asked.iter().zip(had) {
            let Some(receipt) = asked.history.receipt.filter(|_| !had) else { continue };
            let prompt = &self.kinds[asked.kind].0.prompt;
            let begins =
                |kept: &&Vec<TokenId>| kept.len() < prompt.len() && prompt.starts_with(kept);
            let expected = self.kept.iter().filter(begins).map(Vec::len).max().unwrap_or(0);
            assert_eq!(receipt.source == Source::Nothing, receipt.n_reused == 0);
            if self.is_ample {
                assert_eq!(receipt.n_reused, expected, "{receipt:?}");
            } else {
                assert!(receipt.n_reused <= expected, "{receipt:?}");
            }
        }
        self.kept.extend(ended);
        for asked in &mut self.asked {
            asked.leave_marks(self.kinds, &mut self.kept);
        }
        did
    }

    fn end(&mut self) {
        while self.act(&Act::Steps(1)) != Did::Nothing {}
        assert_eq!((self.batch.n_running(), self.batch.n_waiting()), (0, 0));
        for asked in &self.asked {
            let expected = &self.kinds[asked.kind].1;
            let answer = &asked.history.done.as_ref().unwrap().answer;
            if answer.stop == Stop::Canceled {
                assert!(asked.is_canceled && expected.starts_with(&answer.tokens));
            } else {
                assert_eq!(&answer.tokens, expected, "kind {}", asked.kind);
            }
        }
    }
}

impl Asked {
    /// What its session holds.
    fn held(&self, kinds: &[(Request, Vec<TokenId>)]) -> Vec<TokenId> {
        let prompt = &kinds[self.kind].0.prompt;
        let (reached, tokens) = (self.done(), &self.history.tokens);
        let mut held = prompt[..reached].to_vec();
        let stop = self.history.done.as_ref().map(|done| done.answer.stop);
        // The last token is chosen and not appended, unless it is the end, which is no token.
        let n = tokens.len() - usize::from(stop != Some(Stop::End)).min(tokens.len());
        held.extend(&tokens[..n]);
        held
    }

    /// Tokens of its prompt that are there.
    fn done(&self) -> usize {
        let reused = self.history.receipt.map_or(0, |receipt| receipt.n_reused);
        self.history.prefilled.last().copied().unwrap_or(reused)
    }

    /// Adds the marks that it left since the last time.
    fn leave_marks(&mut self, kinds: &[(Request, Vec<TokenId>)], kept: &mut Vec<Vec<TokenId>>) {
        let Some(receipt) = self.history.receipt else { return };
        let (prompt, done) = (&kinds[self.kind].0.prompt, self.done());
        let last = prompt.len() - 1;
        let before = ((last.saturating_sub(1)) / PAGE * PAGE).max(receipt.n_reused);
        for at in self.reached.max(receipt.n_reused) + 1..=done {
            if at % PAGE == 0 && at < last || at == last && last - before >= kv::LEAST_MARK {
                kept.push(prompt[..at].to_vec());
            }
        }
        self.reached = done;
    }
}

#[test]
fn answers_do_not_depend_on_what_was_kept() {
    let mut engine = engine(6);
    let kinds = kinds(&mut engine);
    let free = RefCell::new(Some(engine));
    let config = Config { cases: 6, failure_persistence: None, ..Config::default() };
    // Pages for two of the longest timelines, or for all; memory for nothing, a little or all.
    let room =
        prop_oneof![Just((0, 1 << 30)), Just((6, 1 << 30)), Just((6, 0)), Just((4, 3 << 20))];
    let strategy = (prop::collection::vec(any_act(), 8..40), room);
    let check = |(acts, (pages, memory)): (Vec<Act>, (usize, usize))| {
        // A case that fails takes its engine with it.
        let engine = free.take().unwrap_or_else(|| super::reuse::engine(6));
        let options = Options { tokens: pages * PAGE, events: 1 << 12, ..Options::default() };
        let is_ample = memory == 1 << 30;
        let batch = batch(engine, options, (memory, None));
        let mut world = World { batch, kinds: &kinds, asked: vec![], kept: vec![], is_ample };
        for act in &acts {
            world.act(act);
        }
        world.end();
        let engine = world.batch.close().0;
        assert_eq!(engine.n_pages(), 0, "every page is given back");
        free.replace(Some(engine));
        Ok(())
    };
    TestRunner::new(config).run(&strategy, check).unwrap();
}
