//! `ds4 tokenize`.

/// Turns text into token ids, or ids into text.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        anyhow::bail!("not available in this build")
    }
}
