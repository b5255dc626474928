//! What became of one request so far, for everybody who listens.
//!
//! Rows write into a log as fast as the device goes, and each listener reads it at its own pace, so
//! that nobody who is slow holds up a row, and one who comes again hears everything from the
//! beginning. A log is as long as its answers, whose tokens are bounded by the context.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use tokio::sync::watch;

use super::{job::Delta, vault::unguessable};

/// A request with its answers.
#[derive(Debug)]
pub(crate) struct Generation {
    /// A name that nobody can guess.
    pub(crate) id: String,
    /// When it was asked for, in seconds since 1970.
    pub(crate) created: u64,
    /// Requests before it when it came, and the seconds that they may take.
    pub(crate) place: (usize, f64),
    /// Tokens of its prompt.
    pub(crate) n_prompt: usize,
    log: Mutex<Log>,
    /// How much is in the log.
    grown: watch::Sender<usize>,
    canceled: watch::Sender<bool>,
}

#[derive(Debug)]
struct Log {
    deltas: Vec<(usize, Arc<Delta>)>,
    n_bytes: usize,
    /// Rows that have not ended.
    n_open: usize,
    n_listeners: usize,
    ended: Option<Instant>,
}

/// Hears a generation from its beginning. The last listener who leaves before the end cancels it.
#[derive(Debug)]
pub(crate) struct Listener {
    generation: Arc<Generation>,
    at: usize,
    grown: watch::Receiver<usize>,
}

impl Generation {
    pub(crate) fn new(n_rows: usize, n_prompt: usize, place: (usize, f64)) -> Arc<Self> {
        Arc::new(Self {
            id: unguessable(),
            created: now(),
            place,
            n_prompt,
            log: Mutex::new(Log {
                deltas: vec![],
                n_bytes: 0,
                n_open: n_rows,
                n_listeners: 0,
                ended: None,
            }),
            grown: watch::Sender::new(0),
            canceled: watch::Sender::new(false),
        })
    }

    /// Somebody who hears all of it; nobody may where it was canceled.
    pub(crate) fn listen(self: &Arc<Self>) -> Option<Listener> {
        let mut log = self.lock();
        if *self.canceled.borrow() {
            return None;
        }
        log.n_listeners += 1;
        let grown = self.grown.subscribe();
        Some(Listener { generation: Arc::clone(self), at: 0, grown })
    }

    /// Says what became of a row.
    pub(crate) fn say(&self, row: usize, delta: Delta) {
        let mut log = self.lock();
        if matches!(delta, Delta::Done(_) | Delta::Failed(_)) {
            log.n_open = log.n_open.saturating_sub(1);
            if log.n_open == 0 {
                log.ended = Some(Instant::now());
            }
        }
        log.n_bytes += size(&delta);
        log.deltas.push((row, Arc::new(delta)));
        let n = log.deltas.len();
        drop(log);
        self.grown.send_replace(n);
    }

    /// Ends its rows before their next step.
    pub(crate) fn cancel(&self) {
        let _log = self.lock();
        self.canceled.send_replace(true);
    }

    /// Turns true when it is canceled.
    pub(crate) fn cancellation(&self) -> watch::Receiver<bool> {
        self.canceled.subscribe()
    }

    /// When it ended, if it did.
    pub(crate) fn ended(&self) -> Option<Instant> {
        self.lock().ended
    }

    pub(crate) fn n_bytes(&self) -> usize {
        self.lock().n_bytes
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener {
    pub(crate) const fn generation(&self) -> &Arc<Generation> {
        &self.generation
    }

    /// What became of which row next; nothing when all have ended. Nothing is lost where it is
    /// dropped.
    pub(crate) async fn next(&mut self) -> Option<(usize, Arc<Delta>)> {
        loop {
            {
                let log = self.generation.lock();
                if let Some((row, delta)) = log.deltas.get(self.at) {
                    self.at += 1;
                    return Some((*row, Arc::clone(delta)));
                }
                if log.n_open == 0 {
                    return None;
                }
                self.grown.mark_unchanged();
            }
            // The sender is in the generation, which is held.
            let _ = self.grown.changed().await;
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut log = self.generation.lock();
        log.n_listeners -= 1;
        if log.n_listeners == 0 && log.n_open > 0 {
            self.generation.canceled.send_replace(true);
        }
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

fn size(delta: &Delta) -> usize {
    let of_text = match delta {
        Delta::Reasoning(text) | Delta::Content(text) => text.len(),
        Delta::Arguments { json, .. } => json.len(),
        Delta::Call { name, .. } => name.len() + 32,
        Delta::Token(token) => token.bytes.len() + 40 * token.top.len(),
        _ => 0,
    };
    of_text + size_of::<Delta>() + size_of::<(usize, Arc<Delta>)>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::problem::Problem;

    fn end() -> Delta {
        Delta::Failed(Problem::invalid("end"))
    }

    #[tokio::test]
    async fn everybody_hears_everything_and_the_last_who_leaves_cancels() {
        let generation = Generation::new(1, 0, (0, 0.0));
        let (mut first, second) = (generation.listen().unwrap(), generation.listen().unwrap());
        generation.say(0, Delta::Content("a".into()));
        assert!(matches!(&*first.next().await.unwrap().1, Delta::Content(text) if text == "a"));
        drop(first);
        assert!(!*generation.cancellation().borrow());
        drop(second);
        assert!(*generation.cancellation().borrow());
        assert!(generation.listen().is_none(), "what was canceled is not whole");
    }

    #[tokio::test]
    async fn what_ended_is_heard_again() {
        let generation = Generation::new(2, 0, (0, 0.0));
        let listener = generation.listen().unwrap();
        generation.say(1, end());
        assert!(generation.ended().is_none());
        generation.say(0, end());
        drop(listener);
        let mut again = generation.listen().unwrap();
        let mut rows = vec![];
        while let Some((row, _)) = again.next().await {
            rows.push(row);
        }
        assert_eq!(rows, [1, 0]);
        assert!(generation.ended().is_some() && generation.n_bytes() > 0);
    }

    #[tokio::test]
    async fn a_listener_waits_for_what_comes() {
        let generation = Generation::new(1, 0, (0, 0.0));
        let mut listener = generation.listen().unwrap();
        let heard = tokio::spawn(async move { listener.next().await.unwrap().0 });
        tokio::task::yield_now().await;
        generation.say(0, end());
        assert_eq!(heard.await.unwrap(), 0);
    }
}
