//! One request as a line of JSON.

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    chat::{self, Message, Mode, json::Json},
    cli::run::conversation::Conversation,
    generate::{Reading, raw_tokens},
    sample::SamplingOptions,
    schedule::Priority,
    tokenizer::{TokenId, Tokenizer},
};

/// Faults of a file that are shown.
const SHOWN: usize = 10;

/// What a line can say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Fields {
    id: Option<Box<RawValue>>,
    prompt: Option<String>,
    messages: Option<Box<RawValue>>,
    raw: bool,
    think: Option<bool>,
    max_tokens: Option<usize>,
    priority: Option<Priority>,
    temperature: Option<f32>,
    top_k: Option<usize>,
    top_p: Option<f32>,
    min_p: Option<f32>,
    repetition_penalty: Option<f32>,
    presence_penalty: Option<f32>,
    frequency_penalty: Option<f32>,
    seed: Option<u64>,
}

/// A request as it was written.
#[derive(Debug)]
pub(super) struct Line {
    /// Its number in the file, from 1.
    pub(super) number: usize,
    ask: Ask,
    fields: Fields,
}

/// What is to be answered.
#[derive(Debug)]
enum Ask {
    Message(String),
    Text(String),
    Messages(Vec<Message>),
}

/// The requests of a file; lines without text are skipped.
///
/// # Errors
///
/// Every line that is no request, as far as [`SHOWN`] allows.
pub(super) fn parse(text: &str) -> Result<Vec<Line>> {
    let (mut lines, mut faults) = (vec![], vec![]);
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        match Line::parse(number, line) {
            Ok(line) => lines.push(line),
            Err(error) => faults.push(format!("  line {number}: {error:#}")),
        }
    }
    if faults.is_empty() {
        return Ok(lines);
    }
    let rest = faults.len().saturating_sub(SHOWN);
    faults.truncate(SHOWN);
    if rest > 0 {
        faults.push(format!("  and {rest} more"));
    }
    bail!(
        "some lines are no requests\n{}\nhelp: `ds4 batch --help` lists the fields",
        faults.join("\n")
    )
}

impl Line {
    fn parse(number: usize, text: &str) -> Result<Self> {
        // Where in the line a fault is says nothing of the file's lines.
        let mut fields: Fields = serde_json::from_str(text).map_err(|error| {
            let words = error.to_string();
            let end = words.find(" at line ").unwrap_or(words.len());
            anyhow::anyhow!("{} (column {})", &words[..end], error.column())
        })?;
        ensure!(fields.max_tokens != Some(0), "max_tokens 0: expected at least 1");
        let ask = match (fields.prompt.take(), fields.messages.take()) {
            (Some(_), Some(_)) => bail!("both `prompt` and `messages`: expected one of them"),
            (None, None) => bail!("neither `prompt` nor `messages`"),
            (Some(text), None) if fields.raw => Ask::Text(text),
            (Some(text), None) if text.trim().is_empty() => bail!("`prompt` is empty"),
            (Some(text), None) => Ask::Message(text),
            (None, Some(_)) if fields.raw => bail!("`raw` goes with `prompt`, not with `messages`"),
            (None, Some(messages)) => {
                let json = Json::parse(messages.get()).context("`messages` is not JSON")?;
                Ask::Messages(chat::messages_from_json(json)?)
            }
        };
        ensure!(!fields.raw || fields.think.is_none(), "`think` has no meaning with `raw`");
        Ok(Self { number, ask, fields })
    }

    /// The value that its answer has as well.
    pub(super) fn id(&self) -> Option<&RawValue> {
        self.fields.id.as_deref()
    }

    /// Most tokens of the answer, where it says so.
    pub(super) const fn max_tokens(&self) -> Option<usize> {
        self.fields.max_tokens
    }

    /// Who begins first.
    pub(super) fn priority(&self) -> Priority {
        self.fields.priority.unwrap_or_default()
    }

    /// The options with what it says of them.
    pub(super) fn sampling(&self, options: SamplingOptions) -> SamplingOptions {
        let fields = &self.fields;
        SamplingOptions {
            temperature: fields.temperature.unwrap_or(options.temperature),
            top_k: fields.top_k.unwrap_or(options.top_k),
            top_p: fields.top_p.unwrap_or(options.top_p),
            min_p: fields.min_p.unwrap_or(options.min_p),
            repetition_penalty: fields.repetition_penalty.unwrap_or(options.repetition_penalty),
            presence_penalty: fields.presence_penalty.unwrap_or(options.presence_penalty),
            frequency_penalty: fields.frequency_penalty.unwrap_or(options.frequency_penalty),
            penalty_window: options.penalty_window,
            seed: fields.seed.unwrap_or(options.seed),
        }
    }

    /// The tokens of the prompt, in the manner of `talk`, and how the answer is read.
    pub(super) fn prompt(
        &self,
        mut talk: Conversation,
        tokenizer: &Tokenizer,
    ) -> Result<(Vec<TokenId>, Reading)> {
        match &self.ask {
            Ask::Text(text) => return Ok((raw_tokens(tokenizer, text), Reading::Raw)),
            Ask::Message(text) => talk.ask(text),
            Ask::Messages(messages) => talk.follow(messages.clone()),
        }
        match self.fields.think {
            Some(true) => talk.set_mode(Mode::Thinking),
            Some(false) => talk.set_mode(Mode::Chat),
            None => {}
        }
        Ok((talk.prompt(tokenizer)?, Reading::Chat(talk.mode())))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn every_line_that_is_no_request_is_named() {
        let text = [
            r#"{"prompt": "Hi", "id": {"a": [1, 2]}, "seed": 18446744073709551615}"#,
            "",
            r#"{"messages": [{"role": "user", "content": "Hi"}], "think": true}"#,
            r#"{"promt": "Hi"}"#,
            r#"{"prompt": " "}"#,
            r#"{"prompt": "a", "messages": []}"#,
            "{}",
            r#"{"messages": [{"content": "x"}]}"#,
            r#"{"prompt": "a", "raw": true, "think": false}"#,
            r#"{"prompt": "a", "max_tokens": 0}"#,
            r#"{"prompt": "a", "priority": "urgent"}"#,
            "[",
        ];
        let lines = parse(&text[..3].join("\n")).unwrap();
        assert_eq!(lines.iter().map(|line| line.number).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(lines[0].id().unwrap().get(), r#"{"a": [1, 2]}"#);
        let base = SamplingOptions::greedy();
        assert_eq!(lines[0].sampling(base), SamplingOptions { seed: u64::MAX, ..base });
        expect![[r#"
            some lines are no requests
              line 4: unknown field `promt`, expected one of `id`, `prompt`, `messages`, `raw`, `think`, `max_tokens`, `priority`, `temperature`, `top_k`, `top_p`, `min_p`, `repetition_penalty`, `presence_penalty`, `frequency_penalty`, `seed` (column 8)
              line 5: `prompt` is empty
              line 6: both `prompt` and `messages`: expected one of them
              line 7: neither `prompt` nor `messages`
              line 8: message 0: `role` is missing
              line 9: `think` has no meaning with `raw`
              line 10: max_tokens 0: expected at least 1
              line 11: unknown variant `urgent`, expected one of `high`, `normal`, `low` (column 36)
              line 12: EOF while parsing a list (column 1)
            help: `ds4 batch --help` lists the fields"#]]
        .assert_eq(&parse(&text.join("\n")).unwrap_err().to_string());
        let many = parse(&"{}\n".repeat(13)).unwrap_err().to_string();
        assert!(many.contains("line 10:") && many.contains("\n  and 3 more\n"), "{many}");
    }
}
