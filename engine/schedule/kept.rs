//! Requests that go on from what is kept of others.

use std::{collections::VecDeque, fmt, sync::Arc};

use super::{Space, Taken, Timelines, Wanted};
use crate::{
    kv::{Kv, Resumed},
    session::{Engine, Page, Result, Session},
    tokenizer::Tokenizer,
};

/// Hears of what went wrong that no answer depends on.
pub type Warn = Box<dyn FnMut(&str) + Send>;

/// Every request begins where the longest kept beginning of its prompt ends, and leaves marks for
/// others.
///
/// Sessions of ended answers stay on the device until their slot or pages are needed; the marks at
/// their ends are kept as long as a [`Kv`] keeps them.
pub struct Kept {
    kv: Kv,
    tokenizer: Arc<Tokenizer>,
    /// Sessions of ended answers, the least recently used first.
    idle: VecDeque<Session>,
    warn: Warn,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("kv", &self.kv).field("idle", &self.idle.len()).finish()
    }
}

impl Kept {
    /// Timelines over what `kv` keeps of the engine that is handed to the same
    /// [`Batch`](super::Batch); `warn` hears of what is not kept or not found because a disk fails.
    #[must_use]
    pub fn new(kv: Kv, tokenizer: Arc<Tokenizer>, warn: Warn) -> Self {
        Self { kv, tokenizer, idle: VecDeque::new(), warn }
    }

    /// What is kept.
    #[must_use]
    pub const fn kv(&self) -> &Kv {
        &self.kv
    }

    fn pass_warnings(&mut self) {
        for warning in self.kv.take_warnings() {
            (self.warn)(&warning);
        }
    }

    /// The idle session that `prompt` goes on after.
    fn continued(&mut self, wanted: &Wanted<'_>) -> Option<Session> {
        let prompt = wanted.prompt;
        let goes_on = |session: &Session| {
            prompt.len() > session.len() && prompt.starts_with(session.tokens())
        };
        let (number, _) = self
            .idle
            .iter()
            .enumerate()
            .filter(|(_, session)| goes_on(session))
            .max_by_key(|(_, session)| session.len())?;
        self.idle.remove(number)
    }

    /// Closes idle sessions until there is space for what is wanted; whether there is.
    ///
    /// Pages that are `held` or of the session `live` count once: the timeline will share them.
    fn make_space(
        &mut self,
        engine: &mut Engine,
        (wanted, space): (&Wanted<'_>, &Space),
        (live, held): (&mut Option<Session>, &mut Vec<Page>),
    ) -> bool {
        loop {
            let own = live.as_ref().map_or(0, Session::n_pages).max(held.len());
            let fits = engine.n_pages() + wanted.pages.saturating_sub(own) <= space.pages;
            if fits && self.idle.len() < space.slots {
                return true;
            }
            if let Some(oldest) = self.idle.pop_front() {
                engine.close(oldest);
            } else if !space.is_alone {
                // What else is on the device is of rows, or of the timeline's own.
                return false;
            } else if let Some(live) = live.take() {
                engine.close(live);
            } else if let Some(page) = held.pop() {
                engine.release(page);
            } else {
                return false;
            }
        }
    }

    fn resume(
        &mut self,
        engine: &mut Engine,
        live: Option<Session>,
        wanted: (&Wanted<'_>, usize),
    ) -> Result<Taken> {
        let (Wanted { prompt, .. }, most) = wanted;
        let resumed = self.kv.resume_within(engine, &self.tokenizer, live, (prompt, most))?;
        let Resumed { session, prompt, receipt } = resumed;
        Ok(Taken { n_reused: session.len(), session, prompt, receipt: Some(receipt) })
    }
}

impl Timelines for Kept {
    fn take(
        &mut self,
        engine: &mut Engine,
        wanted: &Wanted<'_>,
        space: &Space,
    ) -> Result<Option<Taken>> {
        let mut live = self.continued(wanted);
        let mut held = self.kv.hold(engine, wanted.prompt);
        let fits = self.make_space(engine, (wanted, space), (&mut live, &mut held));
        if !fits {
            held.into_iter().for_each(|page| engine.release(page));
            self.idle.extend(live);
            return Ok(None);
        }
        // Other tokens of the same text have other pages, which there may be no space for.
        let is_ample = engine.n_pages() + wanted.pages <= space.pages;
        let most = if is_ample { wanted.most } else { 0 };
        let mut taken = self.resume(engine, live, (wanted, most));
        if taken.is_err() && !self.idle.is_empty() {
            // A device may have less room than was planned.
            self.idle.drain(..).for_each(|session| engine.close(session));
            taken = self.resume(engine, None, (wanted, most));
        }
        held.into_iter().for_each(|page| engine.release(page));
        self.pass_warnings();
        taken.map(Some)
    }

    fn step(&mut self, engine: &mut Engine, taken: &mut Taken, most: usize) -> Result<usize> {
        let Taken { session, prompt, n_reused, .. } = taken;
        self.kv.step(engine, &self.tokenizer, (session, prompt), (*n_reused, most))
    }

    fn give(&mut self, engine: &mut Engine, session: Session) {
        if session.is_empty() {
            return engine.close(session);
        }
        let kept = self.kv.keep(engine, &self.tokenizer, &session);
        match kept {
            Ok(()) => self.idle.push_back(session),
            Err(error) => {
                (self.warn)(&format!("the end of an answer is not kept: {error}"));
                engine.close(session);
            }
        }
        self.pass_warnings();
    }

    fn close(&mut self, engine: &mut Engine) {
        self.idle.drain(..).for_each(|session| engine.close(session));
        self.kv.flush();
        self.pass_warnings();
    }
}
