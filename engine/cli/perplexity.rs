//! `ds4 perplexity`.

use std::{
    fs,
    io::{self, Write as _},
    path::PathBuf,
};

use anyhow::{Context, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};

use super::{open::EngineArgs, quiet_pipe};
use crate::{
    perplexity::{Score, documents, score},
    tokenizer::{TokenId, Tokenizer},
};

/// Measures how well a model predicts a text.
///
/// Prints the mean negative log-likelihood (nats per token) and the perplexity. A text with
/// several documents is split at the begin token, and each is scored by itself.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ds4 perplexity --text book.txt
  ds4 perplexity -m flash.gguf --tokens val.bin --limit 65536")]
pub(super) struct Args {
    /// A text file, tokenized with the model's tokenizer; special tokens in it are recognized.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "tokens",
        conflicts_with = "tokens"
    )]
    text: Option<PathBuf>,
    /// Token ids, 16-bit little-endian.
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
    /// Score only whole documents that begin before this many tokens.
    #[arg(long, value_name = "TOKENS")]
    limit: Option<usize>,
    #[command(flatten)]
    engine: EngineArgs,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let (mut engine, tokenizer) = self.engine.open(0)?;
        let tokens = self.read(&tokenizer)?;
        let limit = self.limit.unwrap_or(usize::MAX);
        let bar = ProgressBar::new(tokens.len().min(limit) as u64);
        bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} tokens {eta}")?);

        let (mut total, mut begun) = (Score::default(), 0);
        for document in documents(&tokens, tokenizer.bos()) {
            if begun >= limit {
                break;
            }
            total = total.and(score(&mut engine, document)?);
            begun += document.len();
            bar.set_position(begun as u64);
        }
        bar.finish_and_clear();
        ensure!(total.tokens > 0, "nothing to predict: the text has fewer than two tokens");
        quiet_pipe(writeln!(
            io::stdout(),
            "tokens {}  nll {:.4}  perplexity {:.4}",
            total.tokens,
            total.mean(),
            total.perplexity()
        ))
    }

    fn read(&self, tokenizer: &Tokenizer) -> anyhow::Result<Vec<TokenId>> {
        match (&self.text, &self.tokens) {
            (Some(path), _) => {
                let text = fs::read_to_string(path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                Ok(tokenizer.encode(&text))
            }
            (None, Some(path)) => {
                let bytes =
                    fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
                ensure!(bytes.len() % 2 == 0, "{}: an odd number of bytes", path.display());
                let ids = bytes.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]]));
                Ok(ids.map(|id| TokenId(u32::from(id))).collect())
            }
            (None, None) => bail!("either --text or --tokens is needed"),
        }
    }
}
