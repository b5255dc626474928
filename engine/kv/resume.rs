//! Goes back to what was kept.

use std::sync::Arc;

use super::{Difference, Kv, Receipt, Resumed, Source, Why, key::Key, memory::Rows, text::Text};
use crate::{
    session::{Engine, Page, Result, Session, Snapshot},
    tokenizer::{TokenId, Tokenizer},
};

/// A way to resume a prompt, the one that saves most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    /// Letters of the prompt that it saves.
    n_letters: usize,
    kind: WayKind,
}

/// Of ways that save as much, the later ones are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum WayKind {
    /// A mark with the same text.
    Text(Key),
    /// A mark with the same tokens.
    Tokens(Key),
    /// The live session, with the same text.
    LiveText,
    /// The live session as it is.
    Live,
}

/// Everything that a session needs to go on from a mark.
struct Ready {
    tokens: Vec<TokenId>,
    snapshot: Arc<Snapshot>,
    pages: Vec<(Key, Found)>,
    /// Whether the snapshot came from memory.
    source: Source,
}

/// Where a page was found.
enum Found {
    Shared(Page),
    Host(Rows),
}

impl Kv {
    /// A session that holds as much of `prompt` as was kept anywhere, and not all of it. The
    /// session `live`, if there is one, is continued, taken back or closed.
    ///
    /// A beginning of the same text in other tokens counts; [`Resumed::prompt`] then has those
    /// tokens, and the rest of the text in tokens after them.
    ///
    /// # Errors
    ///
    /// [`Error::Device`](crate::session::Error::Device) when the device has no room for a session
    /// or fails; `live` is then closed.
    pub fn resume(
        &mut self,
        engine: &mut Engine,
        tokenizer: &Tokenizer,
        live: Option<Session>,
        prompt: &[TokenId],
    ) -> Result<Resumed> {
        let most = engine.context();
        self.resume_within(engine, tokenizer, live, (prompt, most))
    }

    /// [`Kv::resume`], with a prompt in other tokens only where these are not more than `most`.
    ///
    /// # Errors
    ///
    /// As [`Kv::resume`].
    pub fn resume_within(
        &mut self,
        engine: &mut Engine,
        tokenizer: &Tokenizer,
        live: Option<Session>,
        (prompt, most): (&[TokenId], usize),
    ) -> Result<Resumed> {
        self.refresh();
        let text = Text::new(tokenizer, prompt);
        let mut difference = self.difference(tokenizer, live.as_ref(), prompt);
        for way in self.ways(tokenizer, live.as_ref(), (prompt, &text)) {
            let key = match way.kind {
                WayKind::Live | WayKind::LiveText => None,
                WayKind::Text(key) | WayKind::Tokens(key) => Some(key),
            };
            let is_same_text = matches!(way.kind, WayKind::Text(_) | WayKind::LiveText);
            let rest = if is_same_text {
                let Some(rest) = text.tokens_from(tokenizer, way.n_letters) else { continue };
                let n_held = match key {
                    Some(key) => self.tree.mark(&key).map_or(0, |mark| mark.n_tokens),
                    None => live.as_ref().map_or(0, Session::len),
                };
                if n_held + rest.len() > most {
                    continue;
                }
                Some(rest)
            } else {
                None
            };
            let ready = match key.map(|key| self.find(engine, &key)) {
                None => None,
                Some(None) => continue,
                Some(ready) => ready,
            };
            let (session, source) = match (ready, live) {
                (None, Some(live)) => (live, Source::Live),
                (Some(ready), live) => self.go_back(engine, live, ready)?,
                (None, None) => unreachable!("a live session is a way only where there is one"),
            };
            let n_reused = session.len();
            let prompt = match rest {
                Some(rest) => [session.tokens(), &rest].concat(),
                None => prompt.to_vec(),
            };
            difference.explain(n_reused, is_same_text);
            let n_prompt = prompt.len();
            let receipt = Receipt { n_prompt, n_reused, source, is_same_text, difference };
            return Ok(Resumed { session, prompt, receipt });
        }
        if let Some(live) = live {
            engine.close(live);
        }
        difference.explain(0, false);
        let receipt = Receipt {
            n_prompt: prompt.len(),
            n_reused: 0,
            source: Source::Nothing,
            is_same_text: false,
            difference,
        };
        Ok(Resumed { session: engine.session()?, prompt: prompt.to_vec(), receipt })
    }

    /// Positions within `tokens` that can be gone back to, the longest first.
    #[must_use]
    pub fn marks(&self, tokens: &[TokenId]) -> Vec<usize> {
        let after = self.tree.after(tokens).into_iter();
        let keys = after.chain(self.tree.before(tokens));
        keys.filter_map(|key| self.tree.mark(&key)).map(|mark| mark.n_tokens).collect()
    }

    /// Holds on the pages that [`Kv::resume`] would share at least, in whatever way it resumes
    /// `prompt` by its tokens. They stay on the device until they are given back.
    pub fn hold(&self, engine: &mut Engine, prompt: &[TokenId]) -> Vec<Page> {
        // What is on a disk may be damaged. Marks of a prompt that have more tokens have these
        // pages too.
        let marks = self.tree.before(prompt);
        let mark = marks.iter().find(|key| self.memory.has(key));
        let pages = mark.and_then(|key| self.tree.pages(key)).unwrap_or_default();
        pages.iter().filter_map(|name| engine.share(*self.on_device.get(name)?)).collect()
    }

    /// A session that stands after exactly `tokens`, if that position is kept.
    ///
    /// The timeline that made it may go on beside the new one, which is a fork, or be closed, which
    /// is a way back; either way full pages are shared.
    ///
    /// # Errors
    ///
    /// [`Error::Device`](crate::session::Error::Device) when the device has no room for a session
    /// or fails.
    pub fn session_at(
        &mut self,
        engine: &mut Engine,
        tokens: &[TokenId],
    ) -> Result<Option<Session>> {
        self.refresh();
        let ready = self.tree.after(tokens).and_then(|key| self.find(engine, &key));
        let session = ready.map(|ready| self.go_back(engine, None, ready)).transpose()?;
        Ok(session.map(|(session, _)| session))
    }

    /// The ways to resume `prompt`, the best first.
    fn ways(
        &self,
        tokenizer: &Tokenizer,
        live: Option<&Session>,
        (prompt, text): (&[TokenId], &Text),
    ) -> Vec<Way> {
        let mut ways: Vec<Way> = vec![];
        for key in self.tree.before(prompt) {
            let n_tokens = self.tree.mark(&key).map_or(0, |mark| mark.n_tokens);
            let n_letters = text.letters_of(n_tokens);
            ways.push(Way { n_letters, kind: WayKind::Tokens(key) });
        }
        for key in self.tree.before_text(text) {
            let n_letters = self.tree.mark(&key).map_or(0, |mark| mark.text.n_letters);
            let n_letters = usize::try_from(n_letters).unwrap_or(usize::MAX);
            if !ways.iter().any(|way| way.kind == WayKind::Tokens(key)) {
                ways.push(Way { n_letters, kind: WayKind::Text(key) });
            }
        }
        if let Some(live) = live.filter(|live| !live.is_empty()) {
            let held = Text::new(tokenizer, live.tokens());
            if prompt.len() > live.len() && prompt.starts_with(live.tokens()) {
                ways.push(Way { n_letters: held.n_letters(), kind: WayKind::Live });
            } else if text.n_letters() > held.n_letters() && text.starts_with(&held) {
                ways.push(Way { n_letters: held.n_letters(), kind: WayKind::LiveText });
            }
        }
        ways.sort_unstable_by(|a, b| b.cmp(a));
        ways
    }

    /// Everything that a mark needs, if it is all there.
    fn find(&mut self, engine: &mut Engine, key: &Key) -> Option<Ready> {
        let found = self.find_all(engine, key);
        match &self.store {
            _ if found.is_none() => {
                self.memory.remove(key);
                self.tree.remove_mark(key);
            }
            Some(store) => store.touch(key),
            None => {}
        }
        found
    }

    fn find_all(&mut self, engine: &mut Engine, key: &Key) -> Option<Ready> {
        let tokens = self.tree.tokens(key)?;
        let names = self.tree.pages(key)?;
        let in_memory = self.memory.mark(key);
        let mut source = if in_memory.is_some() { Source::Memory } else { Source::Disk };
        let snapshot = match in_memory {
            Some(snapshot) => snapshot,
            None => self.store.as_mut()?.mark(key)?,
        };
        let mut pages = vec![];
        for name in names {
            match self.find_page(engine, &name, &mut source) {
                Some(page) => pages.push((name, page)),
                None => {
                    release(engine, pages);
                    return None;
                }
            }
        }
        if source == Source::Disk {
            self.remember(*key, &snapshot, &pages);
        }
        Some(Ready { tokens, snapshot, pages, source })
    }

    fn find_page(&mut self, engine: &mut Engine, name: &Key, source: &mut Source) -> Option<Found> {
        let on_device = self.on_device.get(name).and_then(|page| engine.share(*page));
        if let Some(page) = on_device {
            return Some(Found::Shared(page));
        }
        if let Some(rows) = self.memory.page(name) {
            return Some(Found::Host(rows));
        }
        *source = Source::Disk;
        self.store.as_mut()?.page(name).map(Found::Host)
    }

    /// Holds what came from the disk in memory too, unless some of it is only on the device.
    fn remember(&mut self, key: Key, snapshot: &Arc<Snapshot>, pages: &[(Key, Found)]) {
        let rows = |(name, page): &(Key, Found)| match page {
            Found::Host(rows) => Some((*name, Arc::clone(rows))),
            Found::Shared(_) => self.memory.page(name).map(|rows| (*name, rows)),
        };
        let Some(rows) = pages.iter().map(rows).collect() else { return };
        for gone in self.memory.add(key, Arc::clone(snapshot), rows) {
            self.forget(&gone);
        }
    }

    /// A session that stands at a mark; `live` makes room for it.
    fn go_back(
        &mut self,
        engine: &mut Engine,
        live: Option<Session>,
        ready: Ready,
    ) -> Result<(Session, Source)> {
        let Ready { tokens, snapshot, pages, mut source } = ready;
        let is_shared = pages.iter().all(|(_, page)| matches!(page, Found::Shared(_)));
        let is_own = live.as_ref().is_some_and(|live| live.tokens().starts_with(&tokens));
        if source == Source::Memory && is_shared {
            source = match (is_own, pages.is_empty()) {
                (true, _) => Source::Live,
                (false, false) => Source::Fork,
                (false, true) => Source::Memory,
            };
        }
        // What is shared is held, so it stays when the live session goes.
        if let Some(live) = live {
            engine.close(live);
        }
        let mut names = vec![];
        let mut held = vec![];
        let mut pages = pages.into_iter();
        while let Some((name, page)) = pages.next() {
            let page = match page {
                Found::Shared(page) => Ok(page),
                Found::Host(rows) => engine.write_page(&rows),
            };
            match page {
                Ok(page) => held.push(page),
                Err(error) => {
                    held.into_iter().for_each(|page| engine.release(page));
                    release(engine, pages);
                    return Err(error);
                }
            }
            names.push(name);
        }
        let session = engine.restore(&tokens, held, &snapshot)?;
        self.note_pages(engine, &session, &names);
        Ok((session, source))
    }

    /// Where `prompt` leaves what is kept, and why as far as tokens tell.
    fn difference(
        &self,
        tokenizer: &Tokenizer,
        live: Option<&Session>,
        prompt: &[TokenId],
    ) -> Difference {
        let mut closest = self.tree.closest(prompt);
        if let Some(live) = live {
            let same = prompt.iter().zip(live.tokens()).take_while(|(a, b)| a == b).count();
            if same >= closest.n_same {
                closest.n_same = same;
                closest.next = live.tokens().get(same).copied();
            }
        }
        let (position, kept) = (closest.n_same, closest.next);
        let prompt = prompt.get(position).copied();
        let why = match (prompt, kept) {
            _ if position == 0 => Why::Unknown,
            (Some(prompt), Some(kept)) => {
                let bytes = |token| tokenizer.token_bytes(token).unwrap_or_default();
                let (prompt, kept) = (bytes(prompt), bytes(kept));
                let is_alike = prompt.starts_with(kept) || kept.starts_with(prompt);
                if is_alike { Why::Tokens } else { Why::Text }
            }
            _ => Why::Longer,
        };
        Difference { position, prompt, kept, why }
    }
}

impl Difference {
    /// Settles why, once it is known how many tokens are reused.
    fn explain(&mut self, n_reused: usize, is_same_text: bool) {
        // The last token of a prompt is always computed.
        let last = usize::from(self.prompt.is_none());
        if is_same_text {
            self.why = Why::Tokens;
        } else if self.why == Why::Longer && n_reused + last < self.position {
            self.why = Why::NotKept;
        }
    }
}

/// Gives pages back that were held for nothing.
fn release(engine: &mut Engine, pages: impl IntoIterator<Item = (Key, Found)>) {
    for (_, page) in pages {
        if let Found::Shared(page) = page {
            engine.release(page);
        }
    }
}
