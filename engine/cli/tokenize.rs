//! `ds4 tokenize`.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::{is_broken_pipe, open};
use crate::tokenizer::{TokenId, Tokenizer};

/// Turns text into token ids, or ids into text.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    /// Read and write one JSON object a line: {"text":"..."} becomes {"ids":[...]}.
    #[arg(long, conflicts_with_all = ["show", "text"])]
    jsonl: bool,
    /// Turn ids into text.
    #[arg(long)]
    decode: bool,
    /// Take added tokens such as <think> for ordinary text, as in what users and tools write.
    #[arg(long, conflicts_with = "decode")]
    plain: bool,
    /// Print one token a line, with its bytes.
    #[arg(long, conflicts_with = "decode")]
    show: bool,
    /// Text, or ids with --decode; several arguments are joined by spaces. Without it, standard
    /// input is read to its end.
    #[arg(value_name = "TEXT")]
    text: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  Count the tokens of a file:
    ds4 tokenize -m flash.gguf < notes.txt | wc -w

  See how a sentence is cut:
    ds4 tokenize --show 'The capital of France is'

  Encode many texts, one JSON object a line (other keys are ignored):
    echo '{\"text\":\"Hello, world!\"}' | ds4 tokenize --tokenizer tokenizer.json --jsonl

  And back:
    ds4 tokenize -m flash.gguf --decode 19923 14 2058 3
    echo '{\"ids\":[19923,14,2058,3]}' | ds4 tokenize -m flash.gguf --jsonl --decode

  Encode what a stranger wrote, where <think> is no token:
    ds4 tokenize --plain '<think>'

Standard input is taken as it is: a newline at its end is part of the text.";

/// Where the tokenizer comes from.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Source {
    /// Model file whose tokenizer to use; by default the one chosen with `ds4 use`, else ds4-tiny.
    #[arg(short, long, value_name = "FILE.gguf")]
    model: Option<PathBuf>,
    /// Tokenizer definition to use instead of a model file's.
    #[arg(long, value_name = "tokenizer.json")]
    tokenizer: Option<PathBuf>,
}

/// A line of `--jsonl` with text.
#[derive(Debug, Serialize, Deserialize)]
struct TextLine {
    text: String,
}

/// A line of `--jsonl` with ids.
#[derive(Debug, Serialize, Deserialize)]
struct IdsLine {
    ids: Vec<TokenId>,
}

impl Args {
    pub(super) fn run(self) -> Result<()> {
        let tokenizer =
            open::tokenizer(self.source.model.clone(), self.source.tokenizer.as_deref())?;
        let mut out = BufWriter::new(io::stdout().lock());
        let written = if self.jsonl {
            self.convert_lines(&tokenizer, io::stdin().lock(), &mut out)
        } else {
            self.convert_one(&tokenizer, &mut out)
        };
        // What was converted before an error is worth having; a reader that left is no error.
        let flushed = out.flush().map_err(anyhow::Error::from);
        written
            .and(flushed)
            .or_else(|error| if is_broken_pipe(&error) { Ok(()) } else { Err(error) })
    }

    fn encode(&self, tokenizer: &Tokenizer, text: &str) -> Vec<TokenId> {
        if self.plain { tokenizer.encode_plain(text) } else { tokenizer.encode(text) }
    }

    /// Converts the arguments or all of standard input.
    fn convert_one(&self, tokenizer: &Tokenizer, out: &mut impl Write) -> Result<()> {
        let text = if self.text.is_empty() { read_text()? } else { self.text.join(" ") };
        if self.decode {
            let ids = parse_ids(&text)?;
            check_ids(tokenizer, &ids)?;
            out.write_all(&tokenizer.decode_bytes(&ids))?;
            return Ok(());
        }
        let tokens = self.encode(tokenizer, &text);
        if self.show {
            for token in tokens {
                writeln!(out, "{token:>6}  {}", shown(tokenizer, token))?;
            }
            return Ok(());
        }
        let mut separator = "";
        for token in tokens {
            write!(out, "{separator}{token}")?;
            separator = " ";
        }
        writeln!(out)?;
        Ok(())
    }

    /// Converts each line of `input`, stopping at the first that cannot be.
    fn convert_lines(
        &self,
        tokenizer: &Tokenizer,
        input: impl Read,
        out: &mut impl Write,
    ) -> Result<()> {
        let mut input = BufReader::new(input);
        let mut line = Vec::new();
        for number in 1_u64.. {
            line.clear();
            // A program that waits for each answer must get it before the next read blocks.
            if input.buffer().is_empty() {
                out.flush()?;
            }
            if input.read_until(b'\n', &mut line).context("cannot read standard input")? == 0 {
                break;
            }
            let converted = self.convert_line(tokenizer, &line);
            let converted = converted.with_context(|| format!("line {number}"))?;
            writeln!(out, "{converted}")?;
        }
        Ok(())
    }

    /// The answer to one line of JSON.
    fn convert_line(&self, tokenizer: &Tokenizer, line: &[u8]) -> Result<String> {
        let answer = if self.decode {
            let IdsLine { ids } = serde_json::from_slice(line)
                .context("expected a JSON object with \"ids\", a list of token ids")?;
            check_ids(tokenizer, &ids)?;
            serde_json::to_string(&TextLine { text: tokenizer.decode(&ids) })
        } else {
            let TextLine { text } = serde_json::from_slice(line)
                .context("expected a JSON object with \"text\", a string")?;
            serde_json::to_string(&IdsLine { ids: self.encode(tokenizer, &text) })
        };
        Ok(answer?)
    }
}

fn read_text() -> Result<String> {
    let mut text = String::new();
    io::stdin().lock().read_to_string(&mut text).context("cannot read standard input as UTF-8")?;
    Ok(text)
}

/// Ids written in decimal, apart from each other by spaces or commas.
fn parse_ids(text: &str) -> Result<Vec<TokenId>> {
    text.split([' ', ',', '\t', '\r', '\n'])
        .filter(|word| !word.is_empty())
        .map(|word| {
            let id = word.parse().with_context(|| format!("{word:?} is not a token id"))?;
            Ok(TokenId(id))
        })
        .collect()
}

/// Refuses ids outside the vocabulary, which decoding would pass over in silence.
fn check_ids(tokenizer: &Tokenizer, ids: &[TokenId]) -> Result<()> {
    match ids.iter().find(|&&token| tokenizer.token_bytes(token).is_none()) {
        Some(token) => bail!("no token {token}: ids are below {}", tokenizer.n_tokens()),
        None => Ok(()),
    }
}

/// The text of `token` quoted, or its bytes where they are no text.
fn shown(tokenizer: &Tokenizer, token: TokenId) -> String {
    let bytes = tokenizer.token_bytes(token).unwrap_or_default();
    if let Ok(text) = std::str::from_utf8(bytes) {
        return format!("{text:?}");
    }
    let mut shown = String::from("bytes");
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(shown, " {byte:02x}");
    }
    shown
}
