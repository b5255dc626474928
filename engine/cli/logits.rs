//! `ds4 logits`.

mod npy;

use std::{
    fs,
    io::{self, IsTerminal, Read},
    path::{Path, PathBuf},
    str::FromStr,
};

use anyhow::{Context, Result, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;

use super::{
    atomic::AtomicFile,
    interrupt::{Interrupt, Interrupted},
    open::EngineArgs,
};
use crate::{
    generate::raw_tokens,
    session::{self, Engine},
    tokenizer::TokenId,
};

/// Writes the logits of given tokens to a file that `numpy.load` reads.
///
/// The file holds one row for each wanted position, in ascending order, and one column for each
/// entry of the vocabulary, as f32: the logits of what follows the token at that position. Rows
/// are written as they are computed, so a file may be larger than memory; it appears under its
/// name when it is complete.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "See --help for examples.",
    after_long_help = "\
Examples:
  What follows a text, one row:
    ds4 logits --text 'The capital of France is' -o next.npy

  Every position of given ids ([0,19923,14] or {\"ids\":[0,19923,14]}):
    ds4 logits -m flash.gguf --ids ids.json --positions all -o all.npy

  From another program, three rows:
    echo '{\"text\":\"Hello\"}' | ds4 tokenize -m flash.gguf --jsonl |
      ds4 logits -m flash.gguf --ids - --positions 0,1 -o two.npy

  In Python:
    logits = numpy.load('all.npy'); logits.argmax(axis=1)"
)]
pub(super) struct Args {
    #[command(flatten)]
    engine: EngineArgs,
    /// Token ids: a JSON file with an array, or an object with `ids`; - reads standard input.
    #[arg(
        long,
        value_name = "FILE.json",
        required_unless_present = "text",
        conflicts_with = "text"
    )]
    ids: Option<PathBuf>,
    /// Text to tokenize instead; special tokens in it count, and the begin token is put before it
    /// unless it begins with it.
    #[arg(long)]
    text: Option<String>,
    /// Wanted positions: all, last, or numbers from 0 separated by commas.
    #[arg(long, value_name = "POSITIONS", default_value = "last")]
    positions: Positions,
    /// File to write.
    #[arg(short, long, value_name = "FILE.npy")]
    output: PathBuf,
}

/// The positions whose logits are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Positions {
    All,
    Last,
    /// Ascending, each once.
    These(Vec<usize>),
}

impl FromStr for Positions {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::All),
            "last" => Ok(Self::Last),
            _ => {
                let number = |word: &str| {
                    let position = word.trim().parse();
                    position.map_err(|_| format!("{word:?} is neither all, last nor a position"))
                };
                let mut positions: Vec<usize> =
                    text.split(',').map(number).collect::<Result<_, _>>()?;
                positions.sort_unstable();
                positions.dedup();
                Ok(Self::These(positions))
            }
        }
    }
}

impl Positions {
    /// The positions among `n_tokens` tokens, ascending.
    fn of(self, n_tokens: usize) -> Result<Vec<usize>> {
        let positions = match self {
            Self::All => (0..n_tokens).collect(),
            Self::Last => vec![n_tokens - 1],
            Self::These(positions) => positions,
        };
        match positions.iter().find(|&&position| position >= n_tokens) {
            Some(position) => bail!(
                "no position {position}: there are {n_tokens} tokens, at positions 0 to {}",
                n_tokens - 1
            ),
            None => Ok(positions),
        }
    }
}

/// The forms that ids come in.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Ids {
    Bare(Vec<TokenId>),
    Named { ids: Vec<TokenId> },
}

/// What ends the writing of rows early.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Session(#[from] session::Error),
    #[error(transparent)]
    Write(#[from] io::Error),
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl Args {
    pub(super) fn run(self) -> Result<()> {
        let interrupt = Interrupt::listen()?;
        let (mut engine, tokenizer) = self.engine.open(0)?;
        let tokens = match (&self.ids, &self.text) {
            (Some(path), _) => read_ids(path)?,
            (None, text) => raw_tokens(&tokenizer, text.as_deref().unwrap_or_default()),
        };
        ensure!(!tokens.is_empty(), "there are no tokens");
        let positions = self.positions.of(tokens.len())?;
        write(&mut engine, &tokens, &positions, (&self.output, &interrupt))
    }
}

fn read_ids(path: &Path) -> Result<Vec<TokenId>> {
    let mut text = String::new();
    if path == Path::new("-") {
        io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
    } else {
        text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    }
    let ids = serde_json::from_str(&text);
    let ids = ids.map_err(|_| {
        anyhow::anyhow!(
            "{}: expected a JSON array of token ids, or an object with it as `ids`",
            path.display()
        )
    })?;
    Ok(match ids {
        Ids::Bare(ids) | Ids::Named { ids } => ids,
    })
}

/// Computes and writes the rows.
fn write(
    engine: &mut Engine,
    tokens: &[TokenId],
    positions: &[usize],
    (path, interrupt): (&Path, &Interrupt),
) -> Result<()> {
    let n_vocab = engine.model().plan.model.n_vocab;
    let mut session = engine.session()?;
    let mut out = AtomicFile::create(path)?;
    let cannot_write = || format!("cannot write {}", path.display());
    npy::write_header(&mut out, [positions.len(), n_vocab]).with_context(cannot_write)?;
    let bar = if io::stderr().is_terminal() {
        ProgressBar::new(positions.len() as u64)
    } else {
        ProgressBar::hidden()
    };
    bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} positions {eta}")?);
    // What follows the last wanted position changes nothing.
    let needed = positions.last().map_or(0, |last| last + 1);
    let written = engine
        .prefill_all(&mut session, &tokens[..needed], positions, |_, logits| {
            if interrupt.is_set() {
                return Err(Failure::from(Interrupted));
            }
            npy::write_values(&mut out, logits)?;
            bar.inc(1);
            Ok(())
        })
        .map_err(|failure| match failure {
            Failure::Session(error) => error.into(),
            Failure::Write(error) => anyhow::Error::from(error).context(cannot_write()),
            Failure::Interrupted(interrupted) => interrupted.into(),
        });
    bar.finish_and_clear();
    engine.close(session);
    written.and_then(|()| out.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_read_sorted_and_checked() {
        let these = |text: &str| text.parse::<Positions>();
        assert_eq!(these("all"), Ok(Positions::All));
        assert_eq!(these("last").unwrap().of(5).unwrap(), [4]);
        assert_eq!(these("9, 0,5,0").unwrap(), Positions::These(vec![0, 5, 9]));
        assert_eq!(these("all").unwrap().of(3).unwrap(), [0, 1, 2]);
        assert_eq!(
            these("1,3").unwrap().of(3).unwrap_err().to_string(),
            "no position 3: there are 3 tokens, at positions 0 to 2"
        );
        assert_eq!(these("1,x").unwrap_err(), "\"x\" is neither all, last nor a position");
        assert!(these("-1").is_err());
    }
}
