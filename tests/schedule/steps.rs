//! What happens to a request happens at the next step, and to no other.

use std::time::Duration;

use ds4::{
    generate::Stop,
    sample,
    schedule::{Did, Ending, Failure, Options, Priority},
    session::Engine,
};
use ds4_plan::StepKind;

use super::{CONTEXT, History, alone, probe, random, run, scripted, tokenizer};

fn n_steps(script: &probe::Shared) -> usize {
    script.lock().unwrap().steps.len()
}

#[test]
fn a_canceled_row_has_no_part_in_the_next_step() {
    let (mut batch, script) = scripted(3, Options::default());
    let canceled = batch.submit(random(1, 10, 100)).unwrap();
    let deserted = batch.submit(random(2, 10, 100)).unwrap();
    let other = batch.submit(random(3, 10, 20)).unwrap();
    let waiting = batch.submit(random(4, 10, 3)).unwrap();
    let waiting_canceled = batch.submit(random(5, 10, 3)).unwrap();
    while batch.step() != (Did::Decode { rows: 3 }) {}
    assert_eq!((batch.n_running(), batch.n_waiting()), (3, 2));

    canceled.cancel();
    waiting_canceled.cancel();
    drop(deserted);
    // The prompt of the one that waits takes the step, and the rows of the others are gone.
    assert_eq!(batch.step(), Did::Prefill { tokens: 10 });
    assert_eq!((batch.n_running(), batch.n_waiting()), (2, 0));
    assert_eq!(batch.step(), Did::Decode { rows: 2 });
    let n = n_steps(&script);

    let mut listeners =
        [canceled, other, waiting, waiting_canceled].map(|ticket| (ticket, History::default()));
    for index in [0, 3] {
        let (ticket, history) = &mut listeners[index];
        history.listen(ticket, usize::MAX);
        let done = history.done.as_ref().unwrap();
        assert_eq!(done.answer.stop, Stop::Canceled);
        assert_eq!(done.answer.tokens, history.tokens);
    }
    assert!(!listeners[0].1.tokens.is_empty());
    assert!(listeners[3].1.tokens.is_empty() && listeners[3].1.queued == [1]);
    assert_eq!(n_steps(&script), n);
    run(&mut batch, &mut listeners);

    let (mut engine, _) = batch.close();
    let tokenizer = tokenizer(&engine);
    for (index, request) in [(1, random(3, 10, 20)), (2, random(4, 10, 3))] {
        listeners[index].1.assert_whole(&alone(&mut engine, &tokenizer, &request));
    }
}

#[test]
fn a_slow_listener_holds_up_its_own_row_only() {
    let options = Options { events: 4, patience: Duration::from_secs(30), ..Options::default() };
    let (mut batch, script) = scripted(2, options);
    let slow = batch.submit(random(1, 10, 40)).unwrap();
    let quick = batch.submit(random(2, 10, 40)).unwrap();
    let mut listeners = [(slow, History::default()), (quick, History::default())];
    let mut alone_steps = 0;
    let mut did = batch.step();
    while did != Did::Waited {
        let (ticket, history) = &mut listeners[1];
        history.listen(ticket, usize::MAX);
        alone_steps += usize::from(did == Did::Decode { rows: 1 });
        did = batch.step();
    }
    // The quick one is done long before the slow one is heard of again.
    assert!(listeners[1].1.done.is_some() && alone_steps >= 30, "{alone_steps}");
    assert_eq!(batch.n_running(), 1);
    let n = n_steps(&script);
    assert_eq!(batch.step(), Did::Waited);
    assert_eq!(n_steps(&script), n, "the device is left alone");

    // Who listens after all misses nothing.
    let (ticket, history) = &mut listeners[0];
    history.listen(ticket, usize::MAX);
    assert!(history.tokens.len() <= 4, "{} tokens were kept", history.tokens.len());
    run(&mut batch, &mut listeners);
    let (mut engine, _) = batch.close();
    let tokenizer = tokenizer(&engine);
    for ((_, history), seed) in listeners.iter().zip(1..) {
        history.assert_whole(&alone(&mut engine, &tokenizer, &random(seed, 10, 40)));
    }
}

#[test]
fn a_listener_who_never_listens_loses_its_row() {
    let options = Options { events: 2, patience: Duration::from_secs(30), ..Options::default() };
    let (mut batch, script) = scripted(1, options);
    let mut ticket = batch.submit(random(1, 10, 40)).unwrap();
    while batch.step() != Did::Waited {}
    script.lock().unwrap().now += Duration::from_secs(29);
    assert_eq!((batch.step(), batch.n_running()), (Did::Waited, 1));
    script.lock().unwrap().now += Duration::from_secs(1);
    assert_eq!((batch.step(), batch.n_running()), (Did::Waited, 0));
    // What it did not hear is kept as long again, since it may still come.
    let mut history = History::default();
    history.listen(&mut ticket, usize::MAX);
    batch.step();
    history.listen(&mut ticket, usize::MAX);
    let failure = history.failed.unwrap().to_string();
    assert!(failure.starts_with("the answer was given up: nobody took its events for 30 s"));
    assert_eq!(batch.step(), Did::Nothing);
}

#[test]
fn a_failing_device_fails_what_ran_and_no_more() {
    let (mut batch, script) = scripted(2, Options::default());
    let mut listeners: Vec<_> = (1..=4)
        .map(|seed| (batch.submit(random(seed, 10, 12)).unwrap(), History::default()))
        .collect();
    while batch.step() != (Did::Decode { rows: 2 }) {}
    script.lock().unwrap().fails = true;
    assert_eq!(batch.step(), Did::Decode { rows: 2 });
    // The prompt of the third fails, and the fourth is answered.
    script.lock().unwrap().fails = true;
    run(&mut batch, &mut listeners);
    for (_, history) in &listeners[..3] {
        let failure = history.failed.as_ref().unwrap();
        assert!(matches!(failure, Failure::Session(_)), "{failure:?}");
        assert_eq!(failure.to_string(), "script cannot run a step: told so");
    }
    let (mut engine, _) = batch.close();
    let tokenizer = tokenizer(&engine);
    listeners[3].1.assert_whole(&alone(&mut engine, &tokenizer, &random(4, 10, 12)));
}

#[test]
fn logits_that_cannot_be_used_fail_their_row_only() {
    for penalty in [1.0, 1.3] {
        let (mut batch, script) = scripted(3, Options::default());
        let mut requests = [1, 2, 3].map(|seed| random(seed, 10, 12));
        requests[1].sampling.repetition_penalty = penalty;
        let submit = |request| (batch.submit(request).unwrap(), History::default());
        let mut listeners = requests.clone().map(submit);
        script.lock().unwrap().spoil = Some(Box::new(|step, logits| {
            if step.kind == StepKind::Decode && step.rows.len() == 3 {
                let n_vocab = logits.len() / 3;
                logits[n_vocab + 5] = f32::NAN;
            }
        }));
        run(&mut batch, &mut listeners);
        let failure = listeners[1].1.failed.as_ref().unwrap();
        assert!(matches!(failure, Failure::Sample(sample::Error::NotFinite { .. })), "{failure:?}");
        let (mut engine, _) = batch.close();
        let tokenizer = tokenizer(&engine);
        for index in [0, 2] {
            let expected = alone(&mut engine, &tokenizer, &requests[index]);
            listeners[index].1.assert_whole(&expected);
        }
    }
}

#[test]
fn priorities_go_first_and_rows_are_ended_in_order() {
    let (mut batch, _) = scripted(1, Options::default());
    let mut first = batch.submit(random(1, 10, 3)).unwrap();
    assert_eq!(batch.step(), Did::Prefill { tokens: 10 });
    let urgent = |priority| super::Request { priority, ..random(2, 10, 3) };
    let mut low = batch.submit(urgent(Priority::Low)).unwrap();
    let mut high = batch.submit(urgent(Priority::High)).unwrap();
    batch.step();
    let position = |ticket: &mut super::Ticket| {
        let mut history = History::default();
        history.listen(ticket, usize::MAX);
        history.queued
    };
    assert_eq!((position(&mut low), position(&mut high)), (vec![1], vec![0]));
    batch.end(Ending::Finish);
    while batch.step() != Did::Nothing {}
    let over = |ticket: &mut super::Ticket| {
        let mut history = History::default();
        history.listen(ticket, usize::MAX);
        (history.done.map(|done| done.answer.stop), history.failed.map(|f| f.to_string()))
    };
    assert_eq!(over(&mut first), (Some(Stop::MaxTokens), None));
    let not_begun = "the scheduler is shutting down; the request was not begun".to_owned();
    assert_eq!(over(&mut high), (None, Some(not_begun.clone())));
    assert_eq!(over(&mut low), (None, Some(not_begun)));
}

#[test]
fn no_slot_and_no_page_is_lost() {
    let (mut batch, script) = scripted(2, Options::default());
    for round in 0..3 {
        let lengths = [(1, 250), (2, 20), (3, 90)];
        let tickets = lengths.map(|(seed, n)| batch.submit(random(seed, n, 20)).unwrap());
        for _ in 0..(6 + 4 * round) {
            batch.step();
        }
        tickets[round % 3].cancel();
        script.lock().unwrap().fails = round == 2;
        batch.step();
        drop(tickets);
        while batch.step() != Did::Nothing {}
        assert_eq!((batch.n_running(), batch.n_pages()), (0, 0));
    }
    let (mut engine, _) = batch.close();
    // Slots and pages come back in the device, which hands out those given back first.
    check_all_free(&mut engine, 2);
}

/// Opens as many sessions as there were, and sees that no handle beyond theirs is given out.
fn check_all_free(engine: &mut Engine, sessions: usize) {
    let pages = CONTEXT.div_ceil(engine.model().plan.pages.tokens) * sessions;
    let device = engine.device();
    for _ in 0..sessions {
        assert!(device.open_slot().unwrap().0 < sessions);
    }
    for _ in 0..pages {
        assert!(device.open_page().unwrap().0 < pages);
    }
}
