//! Progress on standard error, for work that takes long enough to ask about.

use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

/// Work shorter than this shows no progress.
const PATIENCE: Duration = Duration::from_secs(1);

/// Loading of a model.
#[derive(Debug)]
pub(super) struct Loading {
    begun: Instant,
    spinner: ProgressBar,
}

impl Loading {
    pub(super) fn begin(quiet: bool) -> Self {
        let spinner = ProgressBar::hidden();
        if is_shown(quiet) {
            spinner.set_draw_target(indicatif::ProgressDrawTarget::stderr());
            spinner.set_message("loading the model");
            // The first tick comes after this time: a quick load draws nothing.
            spinner.enable_steady_tick(PATIENCE / 4);
        }
        Self { begun: Instant::now(), spinner }
    }

    /// How long it took.
    pub(super) fn end(self) -> Duration {
        self.spinner.finish_and_clear();
        self.begun.elapsed()
    }
}

/// Prefill of one prompt.
#[derive(Debug)]
pub(super) struct Prefill {
    begun: Instant,
    shown: bool,
    bar: Option<ProgressBar>,
}

impl Prefill {
    pub(super) fn new(quiet: bool) -> Self {
        Self { begun: Instant::now(), shown: is_shown(quiet), bar: None }
    }

    /// Hears that `done` of `total` tokens are done.
    pub(super) fn advance(&mut self, done: usize, total: usize) {
        if done >= total {
            if let Some(bar) = self.bar.take() {
                bar.finish_and_clear();
            }
        } else if self.shown && self.begun.elapsed() >= PATIENCE {
            let bar = self.bar.get_or_insert_with(|| bar(total));
            bar.set_position(done as u64);
        }
    }
}

impl Drop for Prefill {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn bar(total: usize) -> ProgressBar {
    let bar = ProgressBar::new(total as u64);
    // The bar leaves room in its line: a `^C` that the terminal echoes must not begin another.
    let style = ProgressStyle::with_template("reading {bar:40} {pos}/{len} tokens {eta}");
    style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style))
}

fn is_shown(quiet: bool) -> bool {
    !quiet && std::io::stderr().is_terminal()
}
