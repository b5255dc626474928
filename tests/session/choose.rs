//! Tokens that the device chooses are those that the logits and the draw make.

use std::ops::ControlFlow;

use ds4::{
    sample::Draw,
    session::{Engine, Session},
    tokenizer::TokenId,
};

use super::{engine, tokens};

/// What a user can ask for, in turns.
fn draw(number: u64) -> Draw {
    let all = Draw { temperature: 1.0, seed: 11, number, ..Draw::GREEDY };
    match number % 5 {
        0 => Draw::GREEDY,
        1 => all,
        2 => Draw { top_p: 0.8, temperature: 1.5, ..all },
        3 => Draw { top_k: 20, ..all },
        _ => Draw { min_p: 0.05, ..all },
    }
}

/// Several timelines at once, each with a draw of its own.
pub(super) fn check(engine: &mut Engine) {
    let go_on = |_| ControlFlow::Continue(());
    let n_vocab = engine.model().plan.model.n_vocab;
    let mut sessions: Vec<Session> = vec![];
    let mut next: Vec<TokenId> = vec![];
    for (row, len) in [(0, 5), (1, 140), (2, 300)] {
        let prompt = tokens(row, len);
        let mut other = engine.session().unwrap();
        let logits = engine.prefill(&mut other, &prompt, go_on).unwrap().unwrap();
        let expected = draw(row.into()).choose(logits).unwrap();
        engine.close(other);
        let mut session = engine.session().unwrap();
        let token = engine.prefill_choosing(&mut session, &prompt, draw(row.into()), go_on);
        assert_eq!(token.unwrap(), Some(expected), "after {len} tokens");
        assert_eq!(session.len(), len, "what is chosen is not appended");
        sessions.push(session);
        next.push(expected);
    }
    for step in 0..10 {
        let draws: Vec<Draw> = (0..3).map(|row| draw(3 * step + row)).collect();
        let mut copies: Vec<Session> = sessions.iter().map(|s| engine.fork(s).unwrap()).collect();
        let mut rows: Vec<_> = copies.iter_mut().zip(next.iter().copied()).collect();
        let logits = engine.decode(&mut rows).unwrap();
        let of_rows = draws.iter().zip(logits.chunks(n_vocab));
        let expected: Vec<_> = of_rows.map(|(draw, row)| draw.choose(row).unwrap()).collect();
        copies.into_iter().for_each(|copy| engine.close(copy));
        let mut rows: Vec<_> = sessions.iter_mut().zip(next).collect();
        next = engine.decode_choosing(&mut rows, &draws).unwrap();
        assert_eq!(next, expected, "step {step}");
    }
    sessions.into_iter().for_each(|session| engine.close(session));
}

#[test]
fn the_cpu_chooses_as_its_logits_say() {
    check(&mut engine(64));
}
