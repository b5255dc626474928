//! What is kept of timelines: a session that was taken back, forked or restored goes on with the
//! same logits, to the last bit, as one that never stopped. On ds4-tiny.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod crash;
mod damage;
mod faults;
mod paths;
mod program;
mod property;
#[path = "../support/shared.rs"]
#[expect(dead_code, reason = "these tests need nothing from beside the checkout")]
mod shared;
mod text;
#[path = "../support/tiny.rs"]
mod tiny;

use std::{ops::ControlFlow, path::Path};

use shared::skipped;
use tiny::{bits, tiny, tokens};

use ds4::{
    kv::{Kv, Options, Resumed, disk::Settings},
    session::{self, Engine, Session},
    tokenizer::{TokenId, Tokenizer},
};

/// An engine with its tokenizer and what is kept.
struct Keeper {
    engine: Engine,
    tokenizer: Tokenizer,
    kv: Kv,
}

impl Keeper {
    fn new(options: &Options) -> Self {
        Self::on(session::Options { threads: 2, ..session::Options::default() }, options)
    }

    fn on(engine: session::Options, options: &Options) -> Self {
        Self::on_device(engine, options).unwrap()
    }

    /// An error where there is no such device.
    fn on_device(engine: session::Options, options: &Options) -> Result<Self, session::Error> {
        let engine = Engine::open(&tiny(), &engine)?;
        let metadata = engine.model().file().unwrap().metadata();
        let tokenizer = Tokenizer::from_metadata(|key| metadata.get(key)).unwrap();
        let kv = Kv::open(&engine, options);
        Ok(Self { engine, tokenizer, kv })
    }

    fn resume(&mut self, live: Option<Session>, prompt: &[TokenId]) -> Resumed {
        self.kv.resume(&mut self.engine, &self.tokenizer, live, prompt).unwrap()
    }

    fn keep(&mut self, session: &Session) {
        self.kv.keep(&mut self.engine, &self.tokenizer, session).unwrap();
    }

    /// A session with all of `tokens`.
    fn session(&mut self, tokens: &[TokenId]) -> Session {
        let mut session = self.engine.session().unwrap();
        let go_on = |_| ControlFlow::Continue(());
        assert!(self.engine.extend(&mut session, tokens, go_on).unwrap());
        session
    }

    /// Reads the rest of a prompt and answers with the tokens that `answer` names; the logits
    /// after each of them, as bits.
    fn go_on(
        &mut self,
        session: &mut Session,
        prompt: &[TokenId],
        answer: &[TokenId],
    ) -> Vec<Vec<u32>> {
        let go_on = |_| ControlFlow::Continue(());
        let rest = &prompt[session.len()..];
        let first = self.engine.prefill(session, rest, go_on).unwrap().unwrap();
        let mut logits = vec![bits(first)];
        for &token in answer {
            logits.push(bits(self.engine.decode(&mut [(&mut *session, token)]).unwrap()));
        }
        logits
    }
}

/// Nothing in memory, everything in a folder.
fn on_disk(folder: &Path) -> Options {
    let disk = Settings { folder: folder.to_owned(), limit: 1 << 30, secret: None };
    Options { memory: 0, disk: Some(disk), ..Options::default() }
}
