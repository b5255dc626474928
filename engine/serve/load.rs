//! How much there is to do, and how long that may take.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Seconds that are supposed of an answer before the first has ended.
const UNKNOWN: f64 = 5.0;

/// Answers that wait and that run, and how long one takes.
#[derive(Debug, Default)]
pub(crate) struct Load(Mutex<Inner>);

#[derive(Debug, Default, Clone, Copy)]
struct Inner {
    waiting: usize,
    running: usize,
    /// A moving mean.
    seconds: Option<f64>,
}

impl Load {
    pub(crate) fn entered(&self, n: usize) {
        self.lock().waiting += n;
    }

    pub(crate) fn began(&self) {
        let mut inner = self.lock();
        inner.waiting = inner.waiting.saturating_sub(1);
        inner.running += 1;
    }

    /// One ended before it began.
    pub(crate) fn left_queue(&self) {
        let mut inner = self.lock();
        inner.waiting = inner.waiting.saturating_sub(1);
    }

    /// One that began ended after so many seconds.
    pub(crate) fn ended(&self, seconds: f64) {
        let mut inner = self.lock();
        inner.running = inner.running.saturating_sub(1);
        let mean = inner.seconds.unwrap_or(seconds);
        inner.seconds = Some(mean + (seconds - mean) / 8.0);
    }

    /// How many wait and run.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let inner = self.lock();
        (inner.waiting, inner.running)
    }

    /// How many go before the next one, and the seconds until it begins, with so many rows.
    pub(crate) fn place(&self, rows: usize) -> (usize, f64) {
        let Inner { waiting, running, seconds } = *self.lock();
        if waiting + running < rows {
            return (0, 0.0);
        }
        let before = (waiting + running + 1).saturating_sub(rows);
        (waiting, seconds.unwrap_or(UNKNOWN) * before as f64 / rows.max(1) as f64)
    }

    /// Seconds after which a place in the queue may be free.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is 1 to 60")]
    pub(crate) fn retry_after(&self, rows: usize) -> u64 {
        let seconds = self.lock().seconds.unwrap_or(UNKNOWN) / rows.max(1) as f64;
        seconds.ceil().clamp(1.0, 60.0) as u64
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_later_waits_longer() {
        let load = Load::default();
        load.entered(2);
        load.began();
        load.began();
        assert_eq!(load.place(3), (0, 0.0));
        assert_eq!(load.place(2), (0, 2.5), "one of two has to end");
        load.entered(3);
        let (position, seconds) = load.place(2);
        assert_eq!((position, seconds), (3, 10.0));
        load.ended(1.0);
        assert_eq!(load.counts(), (3, 1));
        assert!(load.place(2).1 < 10.0 && load.retry_after(2) == 1);
        load.left_queue();
        assert_eq!(load.counts(), (2, 1));
    }
}
