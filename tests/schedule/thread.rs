//! The scheduler's thread, with listeners in threads of their own.

use std::{
    thread,
    time::{Duration, Instant},
};

use ds4::{
    generate::Stop,
    schedule::{Client, Ending, Options, Refusal, Request, Scheduler},
};

use super::{History, alone, batch, engine, random};

/// Submits `request` and hears all of it.
fn ask(client: &Client, request: Request) -> History {
    let mut ticket = client.submit(request).unwrap();
    let mut history = History::default();
    while let Some(event) = ticket.wait() {
        history.hear(event);
    }
    history
}

#[test]
fn many_listeners_hear_their_own_answers() {
    let scheduler = Scheduler::start(batch(engine(4), Options::default())).unwrap();
    let histories: Vec<_> = thread::scope(|scope| {
        let ask = |seed: u32| {
            let client = scheduler.client().clone();
            scope.spawn(move || ask(&client, random(seed, 4 + 9 * seed as usize, 12)))
        };
        let asking: Vec<_> = (0..10).map(ask).collect();
        asking.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (mut engine, _) = scheduler.end(Ending::Finish).unwrap().close();
    let tokenizer = super::tokenizer(&engine);
    for (history, seed) in histories.iter().zip(0..) {
        let request = random(seed, 4 + 9 * seed as usize, 12);
        history.assert_whole(&alone(&mut engine, &tokenizer, &request));
    }
}

#[test]
fn an_end_finishes_or_stops_what_runs() {
    for ending in [Ending::Finish, Ending::Stop] {
        let scheduler = Scheduler::start(batch(engine(1), Options::default())).unwrap();
        let client = scheduler.client().clone();
        let mut running = client.submit(random(1, 5, 120)).unwrap();
        let mut waiting = client.submit(random(2, 5, 120)).unwrap();
        let mut history = History::default();
        while history.tokens.len() < 3 {
            history.hear(running.wait().unwrap());
        }
        drop(scheduler.end(ending).unwrap());
        while let Some(event) = running.wait() {
            history.hear(event);
        }
        let answer = history.done.unwrap().answer;
        match ending {
            Ending::Finish => assert_eq!(answer.stop, Stop::MaxTokens),
            Ending::Stop => assert_eq!(answer.stop, Stop::Canceled),
        }
        assert_eq!(answer.tokens, history.tokens);
        let mut history = History::default();
        while let Some(event) = waiting.wait() {
            history.hear(event);
        }
        assert!(history.failed.is_some() && history.tokens.is_empty());
        assert_eq!(client.submit(random(1, 5, 1)).unwrap_err(), Refusal::Closed);
    }
}

#[test]
fn a_dropped_scheduler_ends_without_its_listeners() {
    let options = Options { events: 1, ..Options::default() };
    let scheduler = Scheduler::start(batch(engine(2), options)).unwrap();
    let mut tickets = [1, 2, 3].map(|seed| scheduler.client().submit(random(seed, 5, 50)).unwrap());
    let begun = Instant::now();
    while !matches!(tickets[0].wait(), Some(ds4::schedule::Event::Token { .. })) {}
    drop(scheduler);
    assert!(begun.elapsed() < Duration::from_secs(20), "nobody's patience is waited for");
    for ticket in &mut tickets {
        while ticket.wait().is_some() {}
    }
}

#[test]
fn an_idle_scheduler_wakes_for_a_listener_who_comes_back() {
    let options = Options { events: 1, ..Options::default() };
    let scheduler = Scheduler::start(batch(engine(1), options)).unwrap();
    let mut ticket = scheduler.client().submit(random(1, 5, 6)).unwrap();
    let mut history = History::default();
    while let Some(event) = ticket.wait() {
        history.hear(event);
        thread::sleep(Duration::from_millis(12));
    }
    let (mut engine, _) = scheduler.end(Ending::Finish).unwrap().close();
    let tokenizer = super::tokenizer(&engine);
    history.assert_whole(&alone(&mut engine, &tokenizer, &random(1, 5, 6)));
}
