//! Who goes next: by priority, in order of arrival within one, and nobody forever last.

use std::collections::VecDeque;

/// Who goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// Somebody waits for it.
    High,
    /// Nothing special.
    #[default]
    Normal,
    /// It has time.
    Low,
}

/// Turns that may pass a priority over before it has one.
pub const PATIENCE: u32 = 8;

const N_PRIORITIES: usize = 3;

impl Priority {
    /// All of them, the first to go first.
    pub const ALL: [Self; N_PRIORITIES] = [Self::High, Self::Normal, Self::Low];

    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Normal => "normal",
            Self::Low => "low",
        }
    }
}

/// Gives turns to priorities.
///
/// A turn goes to the highest priority that has someone waiting, except that one which was passed
/// over [`PATIENCE`] times comes first.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Turns {
    /// How often each was passed over while someone waited.
    passed: [u32; N_PRIORITIES],
}

impl Turns {
    /// Gives the next turn to one of those of which `waiting` is true; `None` where none is.
    pub(super) fn take(&mut self, waiting: impl Fn(Priority) -> bool) -> Option<Priority> {
        let next = self.next(&waiting)?;
        for lower in Priority::ALL {
            let passed = &mut self.passed[lower as usize];
            if lower == next || !waiting(lower) {
                *passed = 0;
            } else if lower > next {
                *passed += 1;
            }
        }
        Some(next)
    }

    /// Whose turn it is.
    pub(super) fn next(&self, waiting: impl Fn(Priority) -> bool) -> Option<Priority> {
        let mut waiting = Priority::ALL.into_iter().filter(|&priority| waiting(priority));
        let first = waiting.next()?;
        let overdue = waiting.filter(|&lower| self.passed[lower as usize] >= PATIENCE);
        // Of several the highest, which is the last one of the largest from behind.
        let longest = overdue.rev().max_by_key(|&lower| self.passed[lower as usize]);
        Some(longest.unwrap_or(first))
    }
}

/// Things that wait.
#[derive(Debug)]
pub struct Queue<T> {
    waiting: [VecDeque<T>; N_PRIORITIES],
    turns: Turns,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { waiting: [(); N_PRIORITIES].map(|()| VecDeque::new()), turns: Turns::default() }
    }
}

impl<T> Queue<T> {
    /// Adds `item` behind those of its priority.
    pub fn push(&mut self, priority: Priority, item: T) {
        self.waiting[priority as usize].push_back(item);
    }

    /// What goes next.
    #[must_use]
    pub fn peek(&self) -> Option<&T> {
        let priority = self.turns.next(|priority| self.has(priority))?;
        self.waiting[priority as usize].front()
    }

    /// Takes what goes next.
    pub fn pop(&mut self) -> Option<T> {
        let mut turns = self.turns;
        let priority = turns.take(|priority| self.has(priority))?;
        self.turns = turns;
        self.waiting[priority as usize].pop_front()
    }

    /// Takes everything of which `is_wanted` is true, whoever's turn it is.
    pub fn take_if(&mut self, is_wanted: impl Fn(&T) -> bool) -> Vec<T> {
        let mut taken = vec![];
        for waiting in self.waiting.iter_mut().filter(|waiting| waiting.iter().any(&is_wanted)) {
            let (wanted, left): (VecDeque<_>, _) = waiting.drain(..).partition(&is_wanted);
            taken.extend(wanted);
            *waiting = left;
        }
        taken
    }

    /// Removes everything.
    pub fn drain(&mut self) -> impl Iterator<Item = T> {
        self.waiting.iter_mut().flat_map(|waiting| waiting.drain(..))
    }

    /// Everything with its place, in the order in which it will be taken if nothing is added.
    pub fn places(&mut self) -> impl Iterator<Item = (usize, &mut T)> {
        let mut turns = self.turns;
        let mut left = self.waiting.each_ref().map(VecDeque::len);
        let mut each = self.waiting.each_mut().map(VecDeque::iter_mut);
        let mut place = 0;
        std::iter::from_fn(move || {
            let priority = turns.take(|priority| left[priority as usize] > 0)?;
            left[priority as usize] -= 1;
            let item = each[priority as usize].next()?;
            place += 1;
            Some((place - 1, item))
        })
    }

    /// How much waits.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.iter().map(VecDeque::len).sum()
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn has(&self, priority: Priority) -> bool {
        !self.waiting[priority as usize].is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn priorities_go_first_and_equals_in_order() {
        let mut queue = Queue::default();
        for (priority, item) in [
            (Priority::Low, 'f'),
            (Priority::Normal, 'c'),
            (Priority::High, 'a'),
            (Priority::Normal, 'd'),
            (Priority::High, 'b'),
            (Priority::Normal, 'e'),
        ] {
            queue.push(priority, item);
        }
        assert_eq!(queue.peek(), Some(&'a'));
        let order: String = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, "abcdef");
    }

    #[test]
    fn who_is_passed_over_has_a_turn_at_last() {
        let mut queue = Queue::default();
        queue.push(Priority::Low, 0);
        queue.push(Priority::Normal, 1);
        let mut order = vec![];
        for item in 2..30 {
            queue.push(Priority::High, item);
            order.extend(queue.pop());
        }
        assert_eq!(order[..8], [2, 3, 4, 5, 6, 7, 8, 9]);
        // Both have waited for as long; the lower one then waits one turn more.
        assert_eq!(order[8..11], [1, 0, 10]);
    }

    proptest! {
        /// However others arrive, an item is taken after a number of turns that depends only on how
        /// many of its own priority were there before it.
        #[test]
        fn nobody_waits_forever(arrivals in prop::collection::vec((0..3_usize, 0..3_u8), 1..200)) {
            let mut queue = Queue::default();
            let (mut turn, mut taken) = (0, vec![]);
            for (number, &(priority, pops)) in arrivals.iter().enumerate() {
                let before = queue.waiting[priority].len();
                queue.push(Priority::ALL[priority], (number, turn, before));
                for _ in 0..pops.min(1) {
                    taken.extend(queue.pop().map(|item| (item, turn)));
                    turn += 1;
                }
            }
            while let Some(item) = queue.pop() {
                taken.push((item, turn));
                turn += 1;
            }
            prop_assert_eq!(taken.len(), arrivals.len());
            for ((number, arrived, before), at) in taken {
                let most = (before + 1) * (PATIENCE as usize + 2);
                prop_assert!(at - arrived <= most, "item {number} waited {} turns", at - arrived);
            }
        }

        #[test]
        fn places_are_the_order_of_taking(arrivals in prop::collection::vec(0..3_usize, 0..60)) {
            let mut queue = Queue::default();
            for (number, &priority) in arrivals.iter().enumerate() {
                queue.push(Priority::ALL[priority], number);
            }
            let places: Vec<_> = queue.places().map(|(place, item)| (place, *item)).collect();
            let taken: Vec<_> = std::iter::from_fn(|| queue.pop()).enumerate().collect();
            prop_assert_eq!(places, taken);
        }
    }
}
