//! Sessions that are kept between requests: every one that comes back can be gone on with.

use std::sync::Arc;

use ds4::{
    generate::resume,
    schedule::{Batch, Did, Options, Request, Space, Taken, Timelines, Wanted},
    session::{self, Engine, Session},
    tokenizer::TokenId,
};

use super::{History, alone, engine, random, run, tokenizer};

/// Keeps one session.
#[derive(Debug, Default)]
struct Last(Option<Session>);

impl Timelines for Last {
    fn take(
        &mut self,
        engine: &mut Engine,
        wanted: &Wanted<'_>,
        _: &Space,
    ) -> session::Result<Option<Taken>> {
        let session = resume(engine, self.0.take(), wanted.prompt)?;
        let (prompt, n_reused) = (wanted.prompt.to_vec(), session.len());
        Ok(Some(Taken { session, prompt, n_reused, receipt: None }))
    }

    fn give(&mut self, engine: &mut Engine, session: Session) {
        if let Some(other) = self.0.replace(session) {
            engine.close(other);
        }
    }
}

/// How much of the prompt of `request` was there, and the tokens of its answer.
fn reused(batch: &mut Batch, request: &Request) -> (usize, Vec<TokenId>) {
    let mut listeners = [(batch.submit(request.clone()).unwrap(), History::default())];
    run(batch, &mut listeners);
    let [(_, history)] = listeners;
    (history.done.unwrap().answer.stats.n_reused, history.tokens)
}

#[test]
fn what_comes_back_goes_on_as_if_it_had_not_stopped() {
    let (engine, mut other) = (engine(2), engine(1));
    let tokenizer = tokenizer(&engine);
    let kept = Box::<Last>::default();
    let mut batch = Batch::new(engine, Arc::clone(&tokenizer), kept, Options::default());
    let first = random(3, 70, 8);
    let (n, tokens) = reused(&mut batch, &first);
    assert_eq!(n, 0);
    // The same conversation, longer: all is there but the last token of a full answer.
    let longer = |more: u32, n| {
        let prompt = [&first.prompt[..], &tokens[..], &super::tokens(more, n)].concat();
        Request { prompt, ..random(4, 0, 8) }
    };
    let second = longer(9, 100);
    let held = first.prompt.len() + tokens.len() - usize::from(tokens.len() == 8);
    let (n, answer) = reused(&mut batch, &second);
    assert_eq!(n, held);
    assert_eq!(answer, alone(&mut other, &tokenizer, &second).tokens);

    // A prompt that was canceled half way is there as far as it came.
    let canceled = batch.submit(random(5, 150, 8)).unwrap();
    assert_eq!(batch.step(), Did::Prefill { tokens: 64 });
    canceled.cancel();
    assert_eq!(batch.step(), Did::Nothing);
    let (n, answer) = reused(&mut batch, &random(5, 150, 8));
    assert_eq!(n, 64);
    assert_eq!(answer, alone(&mut other, &tokenizer, &random(5, 150, 8)).tokens);
}
