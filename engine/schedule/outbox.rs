//! The scheduler's end of a request: events on their way to a listener who may be slow.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::mpsc::{Sender, channel, error::TrySendError};

use super::{Event, Ticket};

/// Sends events without ever waiting.
///
/// What finds no room stays here. Its row takes no part in steps meanwhile, so that this is never
/// more than what one token brings and the end of the answer.
#[derive(Debug)]
pub(super) struct Outbox {
    events: Sender<Event>,
    canceled: Arc<AtomicBool>,
    unsent: VecDeque<Event>,
    /// Since when there is something unsent.
    stuck: Option<Instant>,
}

impl Outbox {
    /// An outbox and its listener, who can leave `capacity` events unheard.
    pub(super) fn new(capacity: usize) -> (Self, Ticket) {
        let (events, heard) = channel(capacity.max(1));
        let canceled = Arc::<AtomicBool>::default();
        let ticket = Ticket::new(heard, Arc::clone(&canceled));
        (Self { events, canceled, unsent: VecDeque::new(), stuck: None }, ticket)
    }

    /// Sends `event`, now or when there is room.
    pub(super) fn send(&mut self, event: Event) {
        self.unsent.push_back(event);
        self.flush();
    }

    /// Sends `event` if there is room; another will soon say more.
    pub(super) fn mention(&mut self, event: Event) {
        if self.unsent.is_empty() {
            // Without room or a listener, it is as good as said.
            let _ = self.events.try_send(event);
        }
    }

    /// Sends what there is room for; whether nothing is left.
    pub(super) fn flush(&mut self) -> bool {
        while let Some(event) = self.unsent.pop_front() {
            match self.events.try_send(event) {
                Ok(()) => self.stuck = None,
                Err(TrySendError::Full(event)) => {
                    self.unsent.push_front(event);
                    return false;
                }
                // Nobody is left to hear it.
                Err(TrySendError::Closed(_)) => self.unsent.clear(),
            }
        }
        self.stuck = None;
        true
    }

    /// How long the listener has taken nothing while something was unsent.
    pub(super) fn stuck(&mut self, now: Instant) -> Option<Duration> {
        if self.flush() {
            return None;
        }
        Some(now - *self.stuck.get_or_insert(now))
    }

    /// Whether everything was sent.
    pub(super) fn is_clear(&self) -> bool {
        self.unsent.is_empty()
    }

    /// Whether the listener asked for the end.
    pub(super) fn is_canceled(&self) -> bool {
        self.canceled.load(Ordering::Relaxed)
    }

    /// Whether there is no listener any more.
    pub(super) fn is_deserted(&self) -> bool {
        self.events.is_closed()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Heard, *};

    fn positions(ticket: &mut Ticket) -> Vec<usize> {
        let next = || match ticket.poll() {
            Heard::Event(Event::Queued { position }) => Some(position),
            _ => None,
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn what_finds_no_room_is_sent_later_and_in_order() {
        let (mut outbox, mut ticket) = Outbox::new(2);
        let now = Instant::now();
        for position in 0..4 {
            outbox.send(Event::Queued { position });
            outbox.mention(Event::Queued { position: 100 + position });
        }
        assert!(!outbox.is_clear());
        assert_eq!(outbox.stuck(now), Some(Duration::ZERO));
        let later = now + Duration::from_secs(3);
        assert_eq!(outbox.stuck(later), Some(Duration::from_secs(3)));
        // The second place was taken by what was merely mentioned.
        assert_eq!(positions(&mut ticket), [0, 100]);
        assert_eq!(outbox.stuck(later), Some(Duration::ZERO), "two of three were sent");
        assert_eq!(positions(&mut ticket), [1, 2]);
        assert_eq!(outbox.stuck(later), None);
        assert_eq!(positions(&mut ticket), [3]);
    }

    #[test]
    fn nothing_is_kept_for_a_listener_who_left() {
        let (mut outbox, ticket) = Outbox::new(1);
        outbox.send(Event::Queued { position: 0 });
        outbox.send(Event::Queued { position: 1 });
        assert!(!outbox.is_clear() && !outbox.is_deserted());
        drop(ticket);
        assert!(outbox.is_deserted() && outbox.flush());
    }
}
