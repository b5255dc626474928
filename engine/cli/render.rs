//! `ds4 render`.

/// Renders messages as prompt text and token ids.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        anyhow::bail!("not available in this build")
    }
}
