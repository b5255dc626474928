//! `ds4 run`.

/// Chats with the model, or answers one prompt.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        anyhow::bail!("not available in this build")
    }
}
