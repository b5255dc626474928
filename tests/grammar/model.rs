//! What ds4-tiny writes under constraints at temperature 1.5, judged by the strict parser and by
//! another reader of schemas.
//!
//! All strings, lists and numbers are bounded, so that every answer ends; one that is cut counts as
//! a failure. `DS4_GRAMMAR_GENERATIONS=1000` makes 1,000 of each kind instead of 60.

use std::{env, ops::ControlFlow, time::Instant};

use ds4::{
    chat::{EncodeOptions, End, Message, Mode, Role, encode, parse, protocol},
    generate::{self, Answer, Reading, Stop, generate, prompt_tokens},
    grammar::{Choice, Format, Rules},
    sample::{Sampler, SamplingOptions},
    schedule::{Batch, Did, Empty, Event, Heard, Options, Priority, Request},
    session::{self, Engine},
    tokenizer::TokenId,
};
use serde_json::{Value, json};

use super::{
    constraint, schema,
    schemas::{callables, schemas},
    tokenizer, tool, tools,
};

const ROWS: usize = 24;

fn engine(sessions: usize) -> Engine {
    let options =
        session::Options { context: 2048, sessions, threads: 2, ..session::Options::default() };
    Engine::open(&super::tiny::tiny(), &options).unwrap()
}

fn n_generations() -> usize {
    env::var("DS4_GRAMMAR_GENERATIONS").map_or(60, |n| n.parse().unwrap())
}

fn request(seed: usize, (mode, rules, text): (Mode, &Rules, &str), max_tokens: usize) -> Request {
    let options = EncodeOptions { mode, ..EncodeOptions::default() };
    let prompt = encode(&[Message::new(Role::User, text)], &options).unwrap();
    Request {
        prompt: prompt_tokens(&tokenizer(), &prompt),
        reading: Reading::Chat(mode),
        sampling: SamplingOptions {
            temperature: 1.5,
            min_p: 0.0,
            seed: seed as u64,
            ..SamplingOptions::default()
        },
        bias: vec![],
        logprobs: None,
        constraint: Some(constraint(mode, rules)),
        max_tokens: Some(max_tokens),
        priority: Priority::Normal,
    }
}

/// The answers to `requests`, which share their steps.
fn answers(requests: &[Request]) -> Vec<Answer> {
    let mut batch = Batch::new(engine(ROWS), tokenizer(), Box::new(Empty), Options::default());
    let mut answers = vec![];
    for some in requests.chunks(512) {
        let mut tickets: Vec<_> =
            some.iter().map(|request| batch.submit(request.clone()).unwrap()).collect();
        let mut of_some: Vec<Option<Answer>> = some.iter().map(|_| None).collect();
        while batch.step() != Did::Nothing {
            for (ticket, answer) in tickets.iter_mut().zip(&mut of_some) {
                loop {
                    match ticket.poll() {
                        Heard::Event(Event::Done(finished)) => *answer = Some(finished.answer),
                        Heard::Event(Event::Failed(failure)) => panic!("{failure}"),
                        Heard::Event(_) => {}
                        Heard::Nothing | Heard::Over => break,
                    }
                }
            }
        }
        for (mut ticket, mut answer) in tickets.into_iter().zip(of_some) {
            while let Heard::Event(event) = ticket.poll() {
                if let Event::Done(finished) = event {
                    answer = Some(finished.answer);
                }
            }
            answers.push(answer.unwrap());
        }
    }
    answers
}

/// The text of an answer, with its end token where it has ended.
fn text(answer: &Answer) -> String {
    let text = tokenizer().decode(&answer.tokens);
    if answer.stop == Stop::End { text + protocol::END } else { text }
}

fn assert_valid(schema: &Value, value: &Value) {
    let validator = jsonschema::options().should_validate_formats(true).build(schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{value}: {errors:?}");
}

fn report(what: &str, answers: &[Answer], begun: Instant) {
    let n_tokens: usize = answers.iter().map(|answer| answer.tokens.len()).sum();
    let n_cut = answers.iter().filter(|answer| answer.stop != Stop::End).count();
    let n = answers.len();
    println!("{n} {what}: {n_tokens} tokens, {n_cut} cut, {:.1} s", begun.elapsed().as_secs_f64());
    assert_eq!(n_cut, 0, "answers that can only be short end");
}

#[test]
fn content_is_valid() {
    let schemas = schemas();
    let begun = Instant::now();
    let requests: Vec<_> = (0..n_generations())
        .map(|seed| {
            let rules = schema(schemas[seed % schemas.len()].clone());
            request(seed, (Mode::Chat, &rules, "Tell me of a cat, as JSON."), 700)
        })
        .collect();
    let answers = answers(&requests);
    for (seed, answer) in answers.iter().enumerate().filter(|(_, one)| one.stop == Stop::End) {
        let text = text(answer);
        let parsed = parse(&text, Mode::Chat).unwrap_or_else(|error| panic!("{error}: {text}"));
        let value = serde_json::from_str(&parsed.content).unwrap_or_else(|e| panic!("{e}: {text}"));
        assert_valid(&schemas[seed % schemas.len()], &value);
        assert_eq!(answer.end, End::Complete);
    }
    report("generations by schema", &answers, begun);
}

#[test]
fn calls_are_valid() {
    let callables = callables();
    let offered = callables.iter().map(|(name, schema)| tool(name, schema.clone())).collect();
    let offered = tools(offered);
    let begun = Instant::now();
    let requests: Vec<_> = (0..n_generations())
        .map(|seed| {
            let choice = match seed % 3 {
                0 => Choice::Named("search".to_owned()),
                _ => Choice::Required,
            };
            let rules = Rules { choice, parallel: seed % 10 == 9, ..offered.clone() };
            request(seed, (Mode::Chat, &rules, "What is the weather in Paris?"), 1500)
        })
        .collect();
    let answers = answers(&requests);
    let mut n_calls = 0;
    for (seed, answer) in answers.iter().enumerate().filter(|(_, one)| one.stop == Stop::End) {
        let text = text(answer);
        let parsed = parse(&text, Mode::Chat).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert!(parsed.content.is_empty() && !parsed.tool_calls.is_empty(), "{text}");
        assert!(seed % 10 == 9 || parsed.tool_calls.len() == 1, "{text}");
        n_calls += parsed.tool_calls.len();
        for called in &parsed.tool_calls {
            let (_, schema) = callables.iter().find(|(name, _)| *name == called.name).unwrap();
            let mut schema = schema.clone();
            schema["additionalProperties"] = json!(false);
            let value = serde_json::from_str(&called.arguments);
            assert_valid(&schema, &value.unwrap_or_else(|error| panic!("{error}: {text}")));
        }
        // The tolerant parser had nothing to forgive.
        assert_eq!((&answer.end, &answer.parsed), (&End::Complete, &parsed));
    }
    println!("{n_calls} calls");
    report("generations with calls", &answers, begun);
}

#[test]
fn free_answers_have_no_markup_of_their_own() {
    let callables = callables();
    let offered = callables.iter().map(|(name, schema)| tool(name, schema.clone())).collect();
    let kinds = [Rules::default(), tools(offered)];
    let request = |seed: usize| {
        let mode = if seed % 4 < 2 { Mode::Chat } else { Mode::Thinking };
        request(seed, (mode, &kinds[seed % 2], "What is the weather in Paris?"), 60)
    };
    let answers = answers(&(0..24).map(request).collect::<Vec<_>>());
    for (seed, answer) in answers.iter().enumerate() {
        let text = text(answer);
        let mode = if seed % 4 < 2 { Mode::Chat } else { Mode::Thinking };
        if answer.stop == Stop::End {
            parse(&text, mode).unwrap_or_else(|error| panic!("{error}: {text}"));
        }
        let is_special =
            |&token: &TokenId| tokenizer().is_added(token) && token != tokenizer().eos();
        let n_special = answer.tokens.iter().filter(|token| is_special(token)).count();
        let most = usize::from(mode == Mode::Thinking);
        assert!(seed % 2 == 1 || n_special <= most, "{text}");
        assert!(seed % 2 == 1 || !text.contains("｜DSML｜"), "{text}");
    }
}

#[test]
fn an_answer_is_the_same_alone() {
    let object = Rules { format: Format::JsonObject, choice: Choice::None, ..Rules::default() };
    let rules = [schema(schemas().remove(0)), object, Rules::default()];
    let requests: Vec<_> = (0..6)
        .map(|seed| {
            let mut one = request(seed, (Mode::Chat, &rules[seed % 3], "Tell me of a cat."), 40);
            // The host chooses for some, and the device for others.
            one.logprobs = (seed == 4).then_some(2);
            one.bias = if seed == 5 { vec![(TokenId(300), 1.0)] } else { vec![] };
            one
        })
        .collect();
    let together = answers(&requests);
    let mut engine = engine(1);
    for (request, expected) in requests.into_iter().zip(together) {
        let mut session = engine.session().unwrap();
        let mut sampler = Sampler::new(request.sampling).unwrap().with_bias(request.bias);
        let mut constraint = request.constraint;
        let alone = generate::Request {
            prompt: &request.prompt,
            reading: request.reading,
            sampler: &mut sampler,
            constraint: constraint.as_mut(),
            max_tokens: request.max_tokens,
            kv: None,
        };
        let go_on = |_: generate::Update<'_>| ControlFlow::Continue(());
        let answer = generate(&mut engine, &mut session, &tokenizer(), alone, go_on).unwrap();
        engine.close(session);
        assert_eq!(answer.tokens, expected.tokens);
    }
}

#[test]
fn an_answer_without_a_way_on_fails_alone() {
    // Nothing can spell a marker in content, which this pattern wants.
    let stuck = schema(json!({ "type": "string", "pattern": "^<think>$" }));
    let fine = schema(json!({ "enum": ["fine"] }));
    let mut batch = Batch::new(engine(2), tokenizer(), Box::new(Empty), Options::default());
    let last = [stuck, fine].map(|rules| {
        let request = request(1, (Mode::Chat, &rules, "Tell me of a cat."), 40);
        batch.submit(request).unwrap()
    });
    while batch.step() != Did::Nothing {}
    let [stuck, fine] = last.map(|mut ticket| {
        let next = || match ticket.poll() {
            Heard::Event(event) => Some(event),
            Heard::Nothing | Heard::Over => None,
        };
        std::iter::from_fn(next).last().unwrap()
    });
    let Event::Failed(failure) = stuck else { panic!("{stuck:?}") };
    assert_eq!(
        failure.to_string(),
        "no token can follow: the constraint on the answer leaves none"
    );
    assert!(matches!(fine, Event::Done(done) if done.answer.parsed.content == "\"fine\""));
}

#[test]
fn logprobs_are_those_of_the_model() {
    let rules = schema(json!({ "enum": ["cat", "dog"] }));
    let mut asked = request(1, (Mode::Chat, &rules, "Tell me of a cat."), 20);
    asked.logprobs = Some(5);
    let prompt = asked.prompt.clone();
    let mut batch = Batch::new(engine(1), tokenizer(), Box::new(Empty), Options::default());
    let mut ticket = batch.submit(asked).unwrap();
    while batch.step() != Did::Nothing {}
    let mut heard = vec![];
    while let Heard::Event(event) = ticket.poll() {
        if let Event::Token { token, logprobs } = event {
            heard.push((token, *logprobs.unwrap()));
        }
    }
    assert!(heard.len() > 1);
    let mut engine = engine(1);
    let mut session = engine.session().unwrap();
    let go_on = |_| ControlFlow::Continue(());
    let mut logits = engine.prefill(&mut session, &prompt, go_on).unwrap().unwrap().to_vec();
    for (token, logprobs) in heard {
        // A softmax as a book has it.
        let sum: f64 = logits.iter().map(|&logit| f64::from(logit).exp()).sum();
        let of = |token: TokenId| (f64::from(logits[token.0 as usize]).exp() / sum).ln();
        assert!((f64::from(logprobs.chosen) - of(token)).abs() < 1e-4);
        assert_eq!(logprobs.top.len(), 5);
        assert!(
            logprobs.top.iter().all(|&(token, value)| (f64::from(value) - of(token)).abs() < 1e-4)
        );
        let least = logprobs.top.last().unwrap().1;
        let n_above = logits.iter().filter(|&&logit| {
            let logprob = (f64::from(logit).exp() / sum).ln();
            logprob > f64::from(least) + 1e-6
        });
        assert!(n_above.count() < 5, "the alternatives are the most probable");
        logits = engine.decode(&mut [(&mut session, token)]).unwrap().to_vec();
    }
}
