//! Properties of whole answers.

use std::ops::ControlFlow;

use ds4::{
    chat::{EncodeOptions, End, Message, Mode, Role, encode},
    generate::{Answer, Reading, Request, Stop, Update, generate, prompt_tokens, resume},
    sample::{Sampler, SamplingOptions},
    session::{Engine, Session},
    tokenizer::{TokenId, Tokenizer},
};

use super::engine;

const STORY: &str = "Tell me a story about a lost kitten.";

fn tokenizer(engine: &Engine) -> Tokenizer {
    let metadata = engine.model().file().unwrap().metadata();
    Tokenizer::from_metadata(|key| metadata.get(key)).unwrap()
}

fn prompt(tokenizer: &Tokenizer, texts: &[&str]) -> Vec<TokenId> {
    let roles = [Role::User, Role::Assistant].into_iter().cycle();
    let messages: Vec<_> = roles.zip(texts).map(|(role, text)| Message::new(role, *text)).collect();
    let options = EncodeOptions { mode: Mode::Chat, ..EncodeOptions::default() };
    prompt_tokens(tokenizer, &encode(&messages, &options).unwrap())
}

/// Answers greedily while `go_on` says so.
fn answer(
    engine: &mut Engine,
    session: &mut Session,
    prompt: &[TokenId],
    mut go_on: impl FnMut(&Update<'_>) -> bool,
) -> Answer {
    let tokenizer = tokenizer(engine);
    let mut sampler = Sampler::new(SamplingOptions::greedy()).unwrap();
    let request = Request {
        prompt,
        reading: Reading::Chat(Mode::Chat),
        sampler: &mut sampler,
        constraint: None,
        max_tokens: Some(60),
        kv: None,
    };
    let listener = |update: Update<'_>| {
        if go_on(&update) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    generate(engine, session, &tokenizer, request, listener).unwrap()
}

#[test]
fn a_stopped_answer_leaves_a_usable_session() {
    let mut engine = engine(4);
    let tokenizer = tokenizer(&engine);
    let prompt = prompt(&tokenizer, &[STORY]);
    let mut session = engine.session().unwrap();
    let whole = answer(&mut engine, &mut session, &prompt, |_| true);
    assert_eq!(whole.stop, Stop::MaxTokens);
    assert_eq!(whole.stats.n_prefilled, prompt.len());

    // In the middle of the prompt, and after some tokens of the answer.
    let mut session = engine.session().unwrap();
    let stopped = answer(&mut engine, &mut session, &prompt, |_| false);
    assert_eq!((stopped.stop, session.len()), (Stop::Canceled, 4));
    let mut n_tokens = 0;
    let part = answer(&mut engine, &mut session, &prompt, |update| {
        n_tokens += usize::from(matches!(update, Update::Token { .. }));
        n_tokens < 10
    });
    assert_eq!(part.stop, Stop::Canceled);
    assert_eq!(part.stats.n_reused, 4);
    assert_eq!(part.tokens, whole.tokens[..10]);
    assert!(whole.parsed.content.starts_with(&part.parsed.content));

    // What was stopped goes on as if it had not been.
    let longer = [&prompt[..], &whole.tokens[..20]].concat();
    let rest = answer(&mut engine, &mut session, &longer, |_| true);
    assert_eq!(rest.stats.n_reused, prompt.len() + 9);
    assert_eq!(rest.tokens[..40], whole.tokens[20..]);
}

#[test]
fn a_reused_beginning_equals_starting_over() {
    let mut engine = engine(512);
    let tokenizer = tokenizer(&engine);
    let first = prompt(&tokenizer, &["My name is Nora and I live in Oslo."]);
    let mut session = engine.session().unwrap();
    let greeting = answer(&mut engine, &mut session, &first, |_| true);
    assert_eq!((greeting.stop, greeting.end), (Stop::End, End::Complete));
    assert!(greeting.parsed.content.contains("Nora"), "{}", greeting.parsed.content);

    let texts =
        ["My name is Nora and I live in Oslo.", &greeting.parsed.content, "What is my name?"];
    let second = prompt(&tokenizer, &texts);
    let held = session.len();
    let mut session = resume(&mut engine, Some(session), &second).unwrap();
    assert_eq!(session.len(), held);
    let reused = answer(&mut engine, &mut session, &second, |_| true);
    assert_eq!(reused.stats.n_reused, held);
    assert!(reused.parsed.content.contains("Nora"), "{}", reused.parsed.content);

    // A session that is no beginning of the prompt is given up for an empty one.
    let mut anew = resume(&mut engine, Some(session), &second).unwrap();
    assert!(anew.is_empty());
    let fresh = answer(&mut engine, &mut anew, &second, |_| true);
    assert_eq!(fresh.tokens, reused.tokens);
}

#[test]
fn text_arrives_in_the_order_of_the_tokens() {
    let mut engine = engine(512);
    let prompt = prompt(&tokenizer(&engine), &["Who are you?"]);
    let mut session = engine.session().unwrap();
    let (mut text, mut tokens, mut prefilled) = (String::new(), vec![], 0);
    let answer = answer(&mut engine, &mut session, &prompt, |update| {
        match update {
            Update::Prefilled { done, total } => {
                assert_eq!(*total, prompt.len());
                prefilled = *done;
            }
            Update::Token { token, .. } => tokens.push(*token),
            Update::Piece(ds4::chat::Event::ContentDelta(piece)) => text.push_str(piece),
            Update::Piece(other) => panic!("{other:?} in a plain answer"),
        }
        true
    });
    assert_eq!(prefilled, prompt.len());
    assert_eq!(tokens, answer.tokens);
    assert_eq!(text, answer.parsed.content);
    assert!(text.starts_with("My name is ds4-tiny."), "{text}");
}
