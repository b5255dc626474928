//! Random work of many sessions, against a model of what must be visible.

use std::collections::BTreeSet;

use ds4::{kv::Kv, session::Session, tokenizer::TokenId};
use proptest::prelude::*;

use super::{Keeper, on_disk, tokens};

/// What is done next; numbers choose among whatever there is.
#[derive(Debug, Clone, Copy)]
enum Action {
    /// Adds tokens to a session: few kinds of tokens, so that timelines meet again.
    Extend(usize, usize, u32),
    /// Keeps where a session is.
    Keep(usize),
    /// Goes on beside a session.
    Fork(usize),
    /// Closes a session.
    Close(usize),
    /// Resumes a prompt that a session's tokens and some others make, with the session or without.
    Resume { session: usize, keep: usize, more: usize, kind: u32, live: bool },
    /// Forgets what is in memory: another program over the same folder.
    Reopen,
    /// Keeps nothing but what fits a part of the folder.
    Evict,
}

fn action() -> impl Strategy<Value = Action> {
    let session = 0_usize..4;
    prop_oneof![
        4 => (session.clone(), 1_usize..140, 0_u32..2).prop_map(|(s, n, k)| Action::Extend(s, n, k)),
        3 => session.clone().prop_map(Action::Keep),
        1 => session.clone().prop_map(Action::Fork),
        1 => session.clone().prop_map(Action::Close),
        4 => (session, 0_usize..300, 1_usize..20, 0_u32..2, any::<bool>())
            .prop_map(|(session, keep, more, kind, live)| Action::Resume {
                session, keep, more, kind, live,
            }),
        1 => Just(Action::Reopen),
        1 => Just(Action::Evict),
    ]
}

/// The tokens that follow `before`: they depend on where they stand and on `kind`.
fn after(before: usize, n: usize, kind: u32) -> Vec<TokenId> {
    tokens(kind, before + n).split_off(before)
}

struct World {
    keeper: Keeper,
    folder: tempfile::TempDir,
    sessions: Vec<(Session, Vec<TokenId>)>,
    /// Beginnings that must be found.
    kept: BTreeSet<Vec<TokenId>>,
}

impl World {
    fn new(memory: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut keeper = Keeper::new(&on_disk(folder.path()));
        keeper.kv = Self::open(&keeper, folder.path(), memory);
        Self { keeper, folder, sessions: vec![], kept: BTreeSet::new() }
    }

    fn open(keeper: &Keeper, folder: &std::path::Path, memory: usize) -> Kv {
        let options = ds4::kv::Options { memory, ..on_disk(folder) };
        Kv::open(&keeper.engine, &options)
    }

    fn act(&mut self, action: Action, memory: usize) {
        let n = self.sessions.len().max(1);
        match action {
            Action::Extend(number, n_tokens, kind) => {
                if self.sessions.len() <= number {
                    self.sessions.push((self.keeper.engine.session().unwrap(), vec![]));
                }
                let number = number.min(self.sessions.len() - 1);
                let (session, tokens) = &mut self.sessions[number];
                let new = after(tokens.len(), n_tokens, kind);
                let go_on = |_| std::ops::ControlFlow::Continue(());
                self.keeper.engine.extend(session, &new, go_on).unwrap();
                tokens.extend(new);
            }
            Action::Keep(number) if !self.sessions.is_empty() => {
                let (session, tokens) = &self.sessions[number % n];
                self.keeper.keep(session);
                self.keeper.kv.flush();
                if !tokens.is_empty() {
                    self.kept.insert(tokens.clone());
                }
            }
            Action::Fork(number) if !self.sessions.is_empty() => {
                let (session, tokens) = &self.sessions[number % n];
                let fork = self.keeper.engine.fork(session).unwrap();
                let tokens = tokens.clone();
                self.sessions.push((fork, tokens));
            }
            Action::Close(number) if !self.sessions.is_empty() => {
                let (session, _) = self.sessions.swap_remove(number % n);
                self.keeper.engine.close(session);
            }
            Action::Resume { session, keep, more, kind, live } if !self.sessions.is_empty() => {
                self.resume(session % n, (keep, more, kind), live);
            }
            Action::Reopen => {
                self.keeper.kv = Self::open(&self.keeper, self.folder.path(), memory);
            }
            Action::Evict => self.evict(memory),
            _ => {}
        }
    }

    fn resume(&mut self, number: usize, (keep, more, kind): (usize, usize, u32), live: bool) {
        let tokens = self.sessions[number].1.clone();
        let mut prompt = tokens[..keep.min(tokens.len())].to_vec();
        prompt.extend(after(prompt.len(), more, kind));
        let begins = |kept: &&Vec<TokenId>| kept.len() < prompt.len() && prompt.starts_with(kept);
        let mut expected = self.kept.iter().filter(begins).map(Vec::len).max().unwrap_or(0);
        let session = live.then(|| self.sessions.swap_remove(number).0);
        if live && prompt.len() > tokens.len() && prompt.starts_with(&tokens) {
            expected = expected.max(tokens.len());
        }
        let resumed = self.keeper.resume(session, &prompt);
        assert_eq!(resumed.receipt.n_reused, expected, "{} tokens", prompt.len());
        assert_eq!(resumed.session.tokens(), &prompt[..expected]);
        assert_eq!(resumed.prompt, prompt);
        self.sessions.push((resumed.session, prompt[..expected].to_vec()));
    }

    /// Removes half of the folder; what of the kept beginnings is left is what can be resumed.
    fn evict(&mut self, memory: usize) {
        self.keeper.kv.flush();
        let disk = ds4::kv::disk::Folder::open(self.folder.path()).unwrap();
        let mut catalog = ds4::kv::disk::Catalog::default();
        catalog.refresh(&disk).unwrap();
        let half = catalog.n_bytes() / 2;
        ds4::kv::disk::evict(&disk, &mut catalog, half).unwrap().unwrap();
        assert!(catalog.n_bytes() <= half);
        self.keeper.kv = Self::open(&self.keeper, self.folder.path(), memory);
        let left = self.keeper.kv.n_marks();
        let Keeper { engine, tokenizer, kv } = &mut self.keeper;
        self.kept.retain(|tokens| {
            let prompt = [&tokens[..], &[TokenId(3999)]].concat();
            let resumed = kv.resume(engine, tokenizer, None, &prompt).unwrap();
            engine.close(resumed.session);
            resumed.receipt.n_reused == tokens.len()
        });
        assert_eq!(self.kept.len(), left);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5, ..ProptestConfig::default() })]

    #[test]
    fn sessions_see_what_was_kept_and_nothing_else(
        actions in proptest::collection::vec(action(), 1..20),
        memory in prop_oneof![Just(0_usize), Just(2 << 20), Just(1 << 30)],
    ) {
        let mut world = World::new(memory);
        for action in actions {
            world.act(action, memory);
            prop_assert!(world.keeper.kv.memory_used() <= memory);
        }
        prop_assert_eq!(world.keeper.kv.take_warnings(), Vec::<String>::new());
        // However the sessions came about, they go on as sessions that never stopped.
        let World { keeper, mut sessions, .. } = world;
        let mut keeper = keeper;
        for (session, tokens) in &mut sessions {
            prop_assert_eq!(session.tokens(), &tokens[..]);
            let next = [&tokens[..], &[TokenId(42)]].concat();
            let mut cold = keeper.engine.session().unwrap();
            let expected = keeper.go_on(&mut cold, &next, &[]);
            prop_assert!(keeper.go_on(session, &next, &[]) == expected, "{} tokens", next.len());
            keeper.engine.close(cold);
        }
        sessions.into_iter().for_each(|(session, _)| keeper.engine.close(session));
        prop_assert_eq!(keeper.engine.n_pages(), 0);
    }
}
