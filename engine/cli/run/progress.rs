//! Progress on standard error, for work that takes long enough to ask about.

use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget};

use crate::device::Bytes;

/// Work shorter than this shows no progress.
const PATIENCE: Duration = Duration::from_secs(1);

/// Returns to the beginning of the line and empties it.
const CLEAR: &str = "\r\x1b[K";

/// Loading of a model.
#[derive(Debug)]
pub(in crate::cli) struct Loading {
    begun: Instant,
    spinner: ProgressBar,
}

impl Loading {
    pub(in crate::cli) fn begin(quiet: bool) -> Self {
        let spinner = ProgressBar::hidden();
        if is_shown(quiet) {
            spinner.set_draw_target(ProgressDrawTarget::stderr());
            spinner.set_message("loading the model");
            // The first tick comes after this time: a quick load draws nothing.
            spinner.enable_steady_tick(PATIENCE / 4);
        }
        Self { begun: Instant::now(), spinner }
    }

    /// Hears that `done` of `total` bytes of the weights are where they are used.
    pub(in crate::cli) fn advance(&self, done: u64, total: u64) {
        if total > 0 && !self.spinner.is_hidden() {
            let percent = u128::from(done) * 100 / u128::from(total);
            let total = Bytes(total);
            self.spinner.set_message(format!("loading the model, {percent} % of {total}"));
        }
    }

    /// How long it took.
    pub(in crate::cli) fn end(self) -> Duration {
        self.spinner.finish_and_clear();
        self.begun.elapsed()
    }
}

/// Prefill of one prompt.
///
/// It is one line, and the cursor stays behind its text: the `^C` that a terminal echoes lands
/// there too and is cleared with it. A bar that fills the line would be pushed up and stay.
#[derive(Debug)]
pub(super) struct Prefill {
    begun: Instant,
    is_shown: bool,
    /// Whether the line is on the screen.
    is_drawn: bool,
}

impl Prefill {
    pub(super) fn new(quiet: bool) -> Self {
        Self { begun: Instant::now(), is_shown: is_shown(quiet), is_drawn: false }
    }

    /// Hears that `done` of `total` tokens are done.
    pub(super) fn advance(&mut self, done: usize, total: usize) {
        let elapsed = self.begun.elapsed();
        if done >= total {
            self.clear();
        } else if self.is_shown && elapsed >= PATIENCE {
            let percent = 100 * done / total;
            let left = elapsed.as_secs_f64() * (total - done) as f64 / done.max(1) as f64;
            eprint!("{CLEAR}reading {done}/{total} tokens, {percent} %, {left:.0} s left ");
            self.is_drawn = true;
        }
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.is_drawn) {
            eprint!("{CLEAR}");
        }
    }
}

impl Drop for Prefill {
    fn drop(&mut self) {
        self.clear();
    }
}

fn is_shown(quiet: bool) -> bool {
    !quiet && std::io::stderr().is_terminal()
}
