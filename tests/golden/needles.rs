//! Facts that stand far back in a long text: ds4-tiny finds as many as its report says.
//!
//! The report beside the checkpoint has 8 of 12 right at 16 thousand tokens. Its documents are not
//! there; these are made in the same manner: facts of two kinds among stories, with a question for
//! each at the end.

use std::{
    io::{self, Write as _},
    ops::ControlFlow,
};

use ds4::{
    sample::Draw,
    session::{Engine, Options, Session},
    tokenizer::{TokenId, Tokenizer},
};

use super::{random::Random, shared};

/// Tokens of a document, as near as its paragraphs come.
const LENGTH: usize = 16_000;

/// Documents, each with a fact of [`DEPTHS`] asked for.
const DOCUMENTS: u64 = 3;

/// Where in a document its facts stand, of a hundred.
const DEPTHS: [usize; 4] = [12, 37, 62, 87];

/// Fewest right answers: of twelve, each right as often as in the report (2 of 3), there are fewer
/// one time in fifty.
const LEAST: usize = 5;

const THINGS: [&str; 6] = ["pencil", "wheel", "candle", "feather", "whale", "song"];
const WORDS: [&str; 6] = ["valley", "wool", "summer", "cloud", "picture", "street"];
const PLACES: [&str; 6] =
    ["green gate", "brown door", "purple garage", "orange drawer", "yellow box", "brown room"];

/// A sentence, its question, and the word that a right answer has.
struct Fact {
    sentence: String,
    question: String,
    word: String,
}

/// The facts of a document.
fn facts(random: &mut Random) -> Vec<Fact> {
    let first = random.below(6);
    (0..DEPTHS.len())
        .map(|number| {
            let index = (first + number) % 6;
            if number % 2 == 0 {
                let (thing, word) = (THINGS[index], WORDS[random.below(6)]);
                let subject = format!("the password for the {thing} project");
                Fact::new(&subject, &format!("\"{word}\""), word)
            } else {
                let code = (1000 + random.below(9000)).to_string();
                Fact::new(&format!("the code of the {}", PLACES[index]), &code, &code)
            }
        })
        .collect()
}

impl Fact {
    fn new(subject: &str, value: &str, word: &str) -> Self {
        let rest = subject.strip_prefix("the ").unwrap();
        Self {
            sentence: format!("The {rest} is {value}."),
            question: format!("What is {subject}?"),
            word: word.to_owned(),
        }
    }
}

/// Paragraphs without facts of these kinds and without special tokens.
fn paragraphs(text: &str) -> Vec<&str> {
    let is_story = |paragraph: &&str| {
        let has = |word| paragraph.contains(word);
        paragraph.len() > 200 && !["｜", "<", "The password", "The code", "|"].into_iter().any(has)
    };
    text.split('\n').filter(is_story).collect()
}

/// The tokens of a document with its facts, up to the questions.
fn document(
    tokenizer: &Tokenizer,
    stories: &[&str],
    (facts, random): (&[Fact], &mut Random),
) -> Vec<TokenId> {
    let special = |name| tokenizer.token_id(name).unwrap();
    let mut tokens = vec![tokenizer.bos(), special("<｜User｜>")];
    tokens.extend(tokenizer.encode_plain("Please read this carefully.\n"));
    let mut facts = facts.iter().zip(DEPTHS).peekable();
    while tokens.len() < LENGTH {
        if let Some((fact, _)) = facts.next_if(|(_, depth)| tokens.len() >= LENGTH / 100 * depth) {
            tokens.extend(tokenizer.encode_plain(&format!("\n{}", fact.sentence)));
        }
        let story = stories[random.below(stories.len())];
        tokens.extend(tokenizer.encode_plain(&format!("\n{story}")));
    }
    tokens
}

/// What the model says to a question at the end of a document.
fn answer(
    engine: &mut Engine,
    tokenizer: &Tokenizer,
    document: &Session,
    question: &str,
) -> String {
    let special = |name| tokenizer.token_id(name).unwrap();
    let mut session = engine.fork(document).unwrap();
    let mut prompt = tokenizer.encode_plain(&format!("\n\n{question}"));
    prompt.extend([special("<｜Assistant｜>"), special("</think>")]);
    let go_on = |_| ControlFlow::Continue(());
    let chosen = engine.prefill_choosing(&mut session, &prompt, Draw::GREEDY, go_on).unwrap();
    let mut token = chosen.unwrap();
    let mut tokens = vec![];
    while token != tokenizer.eos() && tokens.len() < 24 {
        tokens.push(token);
        token = engine.decode_choosing(&mut [(&mut session, token)], &[Draw::GREEDY]).unwrap()[0];
    }
    engine.close(session);
    let bytes: Vec<u8> =
        tokens.iter().flat_map(|token| tokenizer.token_bytes(*token).unwrap()).copied().collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// It reads 48 thousand tokens, which takes a minute or several: `DS4_KV_LONG=1` asks for it.
#[test]
fn facts_are_found_in_long_texts_as_often_as_the_report_says() {
    if std::env::var_os("DS4_KV_LONG").is_none() {
        return;
    }
    let Some(text) = shared("tiny/calibration.txt") else { return };
    let text = std::fs::read_to_string(text).unwrap();
    let stories = paragraphs(&text);
    let tiny = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models/ds4-tiny.gguf");
    let mut engine = Engine::open(&tiny, &Options::default()).unwrap();
    let metadata = engine.model().file().unwrap().metadata();
    let tokenizer = Tokenizer::from_metadata(|key| metadata.get(key)).unwrap();
    let (mut right, mut all, mut found) = (0, 0, String::new());
    for seed in 0..DOCUMENTS {
        let mut random = Random::new(seed);
        let facts = facts(&mut random);
        let tokens = document(&tokenizer, &stories, (&facts, &mut random));
        let mut session = engine.session().unwrap();
        let go_on = |_| ControlFlow::Continue(());
        engine.extend(&mut session, &tokens, go_on).unwrap();
        for fact in &facts {
            let said = answer(&mut engine, &tokenizer, &session, &fact.question);
            let is_right = said.contains(&fact.word);
            found += &format!(
                "{}: {is_right}, {said}
",
                fact.sentence
            );
            right += usize::from(is_right);
            all += 1;
        }
        engine.close(session);
    }
    // Written directly, since the test runner hides what a passing test prints.
    writeln!(io::stderr(), "{found}{right} of {all} are right").unwrap();
    assert!(right >= LEAST, "{right} of {all} are right\n{found}");
}
