//! The listener's end of a request.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::mpsc::{Receiver, Sender, channel, error::TryRecvError};

use super::Event;

/// Hears what becomes of a request.
///
/// A listener that takes no events holds up its own row and no other. Dropped, it ends the request
/// before the next step.
#[derive(Debug)]
pub struct Ticket {
    events: Receiver<Event>,
    canceled: Arc<AtomicBool>,
}

/// What a listener hears without waiting.
#[derive(Debug)]
pub enum Heard {
    /// The next event.
    Event(Event),
    /// Nothing yet.
    Nothing,
    /// Nothing more: the last event was heard, or the scheduler ended without it.
    Over,
}

impl Ticket {
    pub(super) const fn new(events: Receiver<Event>, canceled: Arc<AtomicBool>) -> Self {
        Self { events, canceled }
    }

    /// A ticket whose events come from the sender instead of a scheduler, as where something else
    /// answers; the flag says whether [`Ticket::cancel`] was called.
    #[must_use]
    pub fn scripted(capacity: usize) -> (Sender<Event>, Arc<AtomicBool>, Self) {
        let (events, heard) = channel(capacity.max(1));
        let canceled = Arc::<AtomicBool>::default();
        (events, Arc::clone(&canceled), Self::new(heard, canceled))
    }

    /// Waits for the next event; `None` after the last one, or when the scheduler ended without it.
    ///
    /// # Panics
    ///
    /// In asynchronous code, which has [`Ticket::next`].
    pub fn wait(&mut self) -> Option<Event> {
        self.events.blocking_recv()
    }

    /// [`Ticket::wait`] for asynchronous code of any runtime.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// The next event if there is one.
    pub fn poll(&mut self) -> Heard {
        match self.events.try_recv() {
            Ok(event) => Heard::Event(event),
            Err(TryRecvError::Empty) => Heard::Nothing,
            Err(TryRecvError::Disconnected) => Heard::Over,
        }
    }

    /// Ends the request before the next step. Its last event is [`Event::Done`] with what it has by
    /// then.
    pub fn cancel(&self) {
        self.canceled.store(true, Ordering::Relaxed);
    }
}
