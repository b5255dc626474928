//! `/v1/completions`: a text that goes on, without the form of a conversation.

use axum::response::Response;
use serde_json::{Value, json};

use super::{finish, logprobs, models::FINGERPRINT, usage};
use crate::{
    chat::json::Json,
    serve::{
        call::Call,
        collect::{self, collect, stopped},
        core::{Core, MOST_ANSWERS},
        fields::{Fields, Result, mismatch},
        job::{Asked, Delta, Finish, Job, Outcome, Rules, Scored, Text, Usage},
        options::{self, MOST_STOPS},
        problem::Problem,
        stream::{Frames, Voice},
    },
    tokenizer::TokenId,
};

/// Tokens of an answer where the request says nothing, as the protocol has it.
const MAX_TOKENS: usize = 16;

/// Most others beside a token, as the protocol has it.
const MOST_LOGPROBS: usize = 5;

/// Most answers to all prompts of a request.
const MOST_CHOICES: usize = 64;

/// What is asked for beside the job.
#[derive(Debug)]
struct Wanted {
    model: String,
    /// What goes before each answer.
    echo: Vec<String>,
    stream: bool,
    include_usage: bool,
    is_repeatable: bool,
}

/// Goes on with texts.
pub(in crate::serve) async fn create(call: Call) -> Result<Response> {
    let (job, wanted) = read(&mut call.fields()?, &call.core)?;
    let again = call.again(wanted.is_repeatable);
    let (n, with_logprobs) = (job.n, job.logprobs.is_some());
    let n_choices = wanted.echo.len();
    let listener = call.core.ask(job, Some(again)).await?;
    let generation = listener.generation();
    let (id, created) = (format!("cmpl-{}", generation.id), generation.created);
    let head = json!({
        "id": id,
        "object": "text_completion",
        "created": created,
        "model": wanted.model,
        "system_fingerprint": FINGERPRINT,
    });
    if wanted.stream {
        let texts = Texts {
            head,
            wanted,
            n,
            with_logprobs,
            scored: vec![vec![]; n_choices],
            usages: vec![Usage::default(); n_choices / n],
            receipt: None,
            has_failed: false,
        };
        return Ok(call.stream(listener, texts));
    }
    let answers = collect(listener, n_choices).await?;
    let choice = |(index, answer): (usize, &collect::Collected)| {
        let echo = &wanted.echo[index];
        let scored = with_logprobs.then(|| logprobs::text(&answer.scored, echo.len()));
        json!({
            "index": index,
            "text": format!("{echo}{}", answer.content),
            "logprobs": scored,
            "finish_reason": answer.finish().map(finish),
        })
    };
    let mut body = head;
    body["choices"] = answers.iter().enumerate().map(choice).collect();
    let sum = Usage::sum(answers.chunks(n).map(collect::usage));
    body["usage"] = usage(&sum, answers[0].outcome.as_ref());
    Ok(call.whole(&body, &answers))
}

fn read(fields: &mut Fields, core: &Core) -> Result<(Job, Wanted)> {
    let named = core.served.find(&fields.need_text("model")?, &[])?;
    let texts = texts(fields.take("prompt"), core)?;
    let (sampling, is_repeatable) = options::sampling(fields, core)?;
    let n = fields.whole("n", 1..=MOST_ANSWERS)?.unwrap_or(1);
    if texts.len() * n > MOST_CHOICES {
        let words = format!("prompt: expected at most {MOST_CHOICES} answers, to all prompts");
        return Err(Problem::field("prompt", words));
    }
    let has_echo = fields.flag("echo")?.unwrap_or(false);
    let echo = |text: &Text| match text {
        Text::Words(words) if has_echo => words.clone(),
        _ => String::new(),
    };
    let echo = texts.iter().flat_map(|text| vec![echo(text); n]).collect();
    if fields.text("suffix")?.is_some_and(|suffix| !suffix.is_empty()) {
        return Err(Problem::field("suffix", "suffix: this model does not insert text"));
    }
    let most = fields.whole("max_tokens", 1..=usize::MAX)?.unwrap_or(MAX_TOKENS);
    let job = Job {
        asked: Asked::Texts(texts),
        n,
        sampling,
        max_tokens: Some(most),
        stop: fields.texts("stop", MOST_STOPS)?,
        priority: options::priority(fields)?,
        rules: Rules::default(),
        bias: options::bias(fields, core)?,
        logprobs: fields.whole("logprobs", 0..=MOST_LOGPROBS)?,
    };
    let stream = fields.flag("stream")?.unwrap_or(false);
    let usage = fields.object("stream_options")?;
    let usage = usage.map(|mut options| options.flag("include_usage")).transpose()?.flatten();
    let include_usage = usage.unwrap_or(false);
    Ok((job, Wanted { model: named.name, echo, stream, include_usage, is_repeatable }))
}

/// A text, tokens, or a list of either.
fn texts(json: Option<Json>, core: &Core) -> Result<Vec<Text>> {
    let at = "prompt";
    let items = match json {
        None => return Err(Problem::field(at, "prompt: Field required")),
        Some(Json::String(text)) => return Ok(vec![Text::Words(text)]),
        Some(Json::Array(items)) => items,
        Some(other) => return Err(mismatch(at, "a string or an array", &other)),
    };
    match items.first() {
        None => Err(Problem::field(at, "prompt: expected a string or tokens")),
        Some(Json::Integer(_)) => Ok(vec![tokens(&items, core)?]),
        Some(_) => {
            let text = |item| match item {
                Json::String(text) => Ok(Text::Words(text)),
                Json::Array(items) => tokens(&items, core),
                other => Err(mismatch(at, "strings or arrays of tokens", &other)),
            };
            items.into_iter().map(text).collect()
        }
    }
}

fn tokens(items: &[Json], core: &Core) -> Result<Text> {
    let n_vocab = core.served.tokenizer.n_tokens();
    let token = |item: &Json| match item {
        Json::Integer(digits) => digits.parse().ok().filter(|token| (*token as usize) < n_vocab),
        _ => None,
    };
    let tokens: Option<Vec<_>> = items.iter().map(|item| token(item).map(TokenId)).collect();
    tokens.map(Text::Tokens).ok_or_else(|| {
        Problem::field("prompt", format!("prompt: expected token ids below {n_vocab}"))
    })
}

/// Speaks as a text completion.
#[derive(Debug)]
struct Texts {
    head: Value,
    wanted: Wanted,
    /// Answers to each prompt.
    n: usize,
    with_logprobs: bool,
    scored: Vec<Vec<Scored>>,
    /// Of each prompt.
    usages: Vec<Usage>,
    receipt: Option<Outcome>,
    has_failed: bool,
}

impl Texts {
    fn chunk(&mut self, row: usize, text: &str, reason: Option<&str>) -> Value {
        let mut chunk = self.head.clone();
        let mut choice = json!({"index": row, "text": text, "finish_reason": reason});
        let scored = std::mem::take(&mut self.scored[row]);
        let is_scored = self.with_logprobs && !scored.is_empty();
        choice["logprobs"] = if is_scored { logprobs::text(&scored, 0) } else { Value::Null };
        chunk["choices"] = json!([choice]);
        if self.wanted.include_usage {
            chunk["usage"] = Value::Null;
        }
        chunk
    }

    fn fail(&mut self, problem: &Problem, out: &mut Frames) {
        self.has_failed = true;
        out.data(&json!({"error": problem.openai()}));
    }
}

impl Voice for Texts {
    fn open(&mut self, out: &mut Frames) {
        for (row, echo) in std::mem::take(&mut self.wanted.echo).into_iter().enumerate() {
            out.data(&self.chunk(row, &echo, None));
        }
    }

    fn hear(&mut self, row: usize, delta: &Delta, out: &mut Frames) {
        match delta {
            _ if self.has_failed => {}
            Delta::Token(token) => self.scored[row].push(token.clone()),
            Delta::Content(text) => out.data(&self.chunk(row, text, None)),
            Delta::Done(outcome) if outcome.finish == Finish::Canceled => {
                self.fail(&stopped(), out);
            }
            Delta::Done(outcome) => {
                out.data(&self.chunk(row, "", Some(finish(&outcome.finish))));
                self.usages[row / self.n].add(&outcome.usage);
                self.receipt.get_or_insert_with(|| (**outcome).clone());
            }
            Delta::Failed(problem) => self.fail(problem, out),
            _ => {}
        }
    }

    fn beat(&mut self, out: &mut Frames) {
        out.data(&self.chunk(0, "", None));
    }

    fn close(&mut self, out: &mut Frames) {
        if self.wanted.include_usage && !self.has_failed {
            let mut chunk = self.head.clone();
            chunk["choices"] = json!([]);
            chunk["usage"] = usage(&Usage::sum(self.usages.clone()), self.receipt.as_ref());
            out.data(&chunk);
        }
        out.text("[DONE]");
    }
}
