//! Answers by sessions that come back from what is kept.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
};

use super::{
    Case, Error, Result, Trace,
    paths::{Running, answer, decode, read_prompt, whole},
};
use crate::{
    kv::{self, Kv, disk::Settings},
    session::{Engine, Session},
    tokenizer::TokenId,
};

/// Tokens that a session goes elsewhere with before it is taken back.
const ELSEWHERE: usize = 9;

/// Sessions are kept in memory, go elsewhere and are taken back.
pub(super) fn rewound(engine: &mut Engine, cases: &[Case], n_tokens: usize) -> Result<Vec<Trace>> {
    let mut kv = in_memory(engine);
    let mut back = |engine: &mut Engine, session| rewind(engine, &mut kv, session);
    cases.iter().map(|case| interrupted(engine, case, n_tokens, &mut back)).collect()
}

/// Sessions are kept in a folder, all is closed, and they are read from there.
pub(super) fn restored(engine: &mut Engine, cases: &[Case], n_tokens: usize) -> Result<Vec<Trace>> {
    let folder = Scratch::new()?;
    let mut back = |engine: &mut Engine, session| restore(engine, &folder, session);
    cases.iter().map(|case| interrupted(engine, case, n_tokens, &mut back)).collect()
}

/// An answer whose session goes away and comes `back`, in the prompt and in the answer.
fn interrupted(
    engine: &mut Engine,
    case: &Case,
    n_tokens: usize,
    back: &mut dyn FnMut(&mut Engine, Session) -> Result<Session>,
) -> Result<Trace> {
    let half = case.prompt.len() / 2;
    let mut session = engine.session()?;
    if half > 0 {
        engine.extend(&mut session, &case.prompt[..half], whole)?;
        session = back(engine, session)?;
    }
    let mut running = read_prompt(engine, session, case)?;
    for _ in 1..n_tokens.div_ceil(2) {
        decode(engine, &mut [&mut running])?;
    }
    let Running { case, session, trace } = running;
    let session = back(engine, session)?;
    Ok(answer(engine, Running { case, session, trace }, n_tokens)?)
}

/// What keeps positions in memory, however much that takes.
pub(super) fn in_memory(engine: &Engine) -> Kv {
    Kv::open(engine, &kv::Options { memory: usize::MAX, ..kv::Options::default() })
}

/// `session`, after it went elsewhere from where it is and was taken back.
pub(super) fn rewind(engine: &mut Engine, kv: &mut Kv, mut session: Session) -> Result<Session> {
    let tokens = session.tokens().to_vec();
    kv.keep_tokens(engine, &session)?;
    let elsewhere = [TokenId(tokens[0].0 / 2); ELSEWHERE];
    let room = engine.context().saturating_sub(tokens.len()).min(ELSEWHERE);
    engine.extend(&mut session, &elsewhere[..room], whole)?;
    engine.close(session);
    find(engine, kv, &tokens)
}

/// A session like `session`, which is closed, from a folder.
pub(super) fn restore(engine: &mut Engine, folder: &Scratch, session: Session) -> Result<Session> {
    let tokens = session.tokens().to_vec();
    let mut kv = folder.open(engine);
    kv.keep_tokens(engine, &session)?;
    engine.close(session);
    kv.flush();
    let warnings = kv.take_warnings();
    drop(kv);
    if !warnings.is_empty() {
        return Err(Error::NotKept { n_tokens: tokens.len(), warnings: warnings.join("; ") });
    }
    let mut kv = folder.open(engine);
    find(engine, &mut kv, &tokens)
}

/// The session after `tokens` that `kv` has.
fn find(engine: &mut Engine, kv: &mut Kv, tokens: &[TokenId]) -> Result<Session> {
    let found = kv.session_at(engine, tokens)?;
    found.ok_or_else(|| Error::NotKept {
        n_tokens: tokens.len(),
        warnings: kv.take_warnings().join("; "),
    })
}

/// A folder of its own, which goes with the value.
#[derive(Debug)]
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new() -> Result<Self> {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("ds4-verify-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        // One that is there is somebody else's.
        std::fs::create_dir(&folder)?;
        Ok(Self(folder))
    }

    /// What the folder keeps, and nothing in memory.
    fn open(&self, engine: &Engine) -> Kv {
        let disk = Settings { folder: self.0.clone(), limit: u64::MAX, secret: None };
        Kv::open(engine, &kv::Options { memory: 0, disk: Some(disk), ..kv::Options::default() })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The system removes what is left among passing files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
