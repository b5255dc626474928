//! `ds4 info`.

/// Shows what a model file holds and whether this build can run it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        anyhow::bail!("not available in this build")
    }
}
