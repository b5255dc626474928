//! Ctrl-C: asks for a stop once, ends the program when asked again.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use anyhow::{Context, Result};

/// Exit status of a program that Ctrl-C ended, as shells know it.
pub(super) const EXIT_STATUS: u8 = 130;

/// Whether Ctrl-C was pressed.
#[derive(Debug, Clone)]
pub(super) struct Interrupt(Arc<AtomicBool>);

/// The work was broken off because Ctrl-C was pressed.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub(super) struct Interrupted;

impl Interrupt {
    /// Takes Ctrl-C over from the system; once in a program.
    pub(super) fn listen() -> Result<Self> {
        let pressed = Arc::new(AtomicBool::new(false));
        let shared = Arc::clone(&pressed);
        ctrlc::set_handler(move || {
            if shared.swap(true, Ordering::Relaxed) {
                exit();
            }
        })
        .context("cannot take over Ctrl-C")?;
        Ok(Self(pressed))
    }

    /// Whether Ctrl-C was pressed since the last [`Interrupt::clear`].
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Forgets that it was.
    pub(super) fn clear(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

#[expect(clippy::exit, reason = "the work does not stop by itself")]
fn exit() -> ! {
    std::process::exit(i32::from(EXIT_STATUS))
}
