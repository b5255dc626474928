//! Requests of the last minutes, so that one that comes again hears the answer that is there.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::generation::{Generation, Listener};

/// What tells requests apart: the caller, the path and every byte of the body.
pub(crate) type Print = [u8; 32];

/// Whether a request may be answered by what is there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Again {
    pub(crate) print: Print,
    /// It says that it is asked for again, or its answer is the same each time.
    pub(crate) may_join: bool,
}

/// Generations of the last minutes, up to a number and a number of bytes.
#[derive(Debug)]
pub(crate) struct Recent {
    entries: Mutex<VecDeque<(Print, Arc<Generation>)>>,
    /// How long an answer is kept after its end.
    window: Duration,
    most: usize,
    most_bytes: usize,
}

impl Recent {
    pub(crate) fn new(window: Duration, most: usize, most_bytes: usize) -> Self {
        Self { entries: Mutex::default(), window, most, most_bytes }
    }

    /// Listens to the generation of the same request, from its beginning.
    pub(crate) fn join(&self, print: &Print) -> Option<Listener> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        self.tidy(&mut entries);
        let same = entries.iter().rev().filter(|(known, _)| known == print);
        same.filter_map(|(_, generation)| generation.listen()).next()
    }

    pub(crate) fn add(&self, print: Print, generation: &Arc<Generation>) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.push_back((print, Arc::clone(generation)));
        self.tidy(&mut entries);
    }

    /// Ends everything that runs.
    pub(crate) fn cancel_all(&self) {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().for_each(|(_, generation)| generation.cancel());
    }

    fn tidy(&self, entries: &mut VecDeque<(Print, Arc<Generation>)>) {
        let now = Instant::now();
        let is_old = |ended: Instant| now.duration_since(ended) > self.window;
        entries.retain(|(_, generation)| {
            !generation.ended().is_some_and(is_old) && !*generation.cancellation().borrow()
        });
        // What runs stays: it is bounded by rows and queue, and has to be found at the end.
        let ended = |(_, generation): &(Print, Arc<Generation>)| generation.ended().is_some();
        let mut n_bytes: usize = entries.iter().map(|(_, each)| each.n_bytes()).sum();
        while entries.len() > self.most || n_bytes > self.most_bytes {
            let Some(oldest) = entries.iter().position(ended) else { break };
            n_bytes -= entries.remove(oldest).map_or(0, |(_, each)| each.n_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::{job::Delta, problem::Problem};

    fn ended() -> Arc<Generation> {
        let generation = Generation::new(1, 0, (0, 0.0));
        generation.say(0, Delta::Failed(Problem::invalid("end")));
        generation
    }

    #[test]
    fn what_is_old_too_much_or_canceled_is_not_found() {
        let recent = Recent::new(Duration::from_secs(60), 2, usize::MAX);
        let all: Vec<_> = (0..3).map(|_| ended()).collect();
        for (print, generation) in (0..).zip(&all) {
            recent.add([print; 32], generation);
        }
        assert!(recent.join(&[0; 32]).is_none() && recent.join(&[2; 32]).is_some());
        let running = Generation::new(1, 0, (0, 0.0));
        recent.add([9; 32], &running);
        assert!(recent.join(&[9; 32]).is_some());
        assert!(recent.join(&[9; 32]).is_none(), "its only listener left");

        let recent = Recent::new(Duration::ZERO, 2, usize::MAX);
        recent.add([1; 32], &ended());
        std::thread::sleep(Duration::from_millis(2));
        assert!(recent.join(&[1; 32]).is_none());
    }
}
