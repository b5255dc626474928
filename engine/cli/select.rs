//! `ds4 use`.

/// Chooses the model that `ds4 run` uses.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        anyhow::bail!("not available in this build")
    }
}
