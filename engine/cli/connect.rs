//! `ds4 connect`.

mod client;
mod file;
mod proof;
mod protocol;
mod server;

use anyhow::{Context as _, Result, bail};
use directories::BaseDirs;

use self::{
    client::{Client, Target},
    server::{Model, Server},
};
use super::say;

/// The variable with the key, for this command and for the clients that it sets up.
const KEY: &str = "DS4_API_KEY";

const HELP: &str = "\
Examples:
  Show what Claude Code needs, and try it:
    ds4 connect claude-code
  Set it up and try it:
    ds4 connect claude-code --write
  A server elsewhere, with a key:
    DS4_API_KEY=... ds4 connect codex --url http://box.lan:8000 --write

The model and its limits come from the server. Then all of what agents do is done once, in the
protocol of the client: an answer, an answer as a stream, and a call of a tool whose result is sent
back. The client need not be installed for that.

--write changes these files and nothing in them but what is printed; a file that is changed is kept
beside it as NAME.ds4-backup-1, -2, ...
  claude-code   settings.json in ~/.claude, or in CLAUDE_CONFIG_DIR
  codex         config.toml in ~/.codex, or in CODEX_HOME
  opencode      opencode/opencode.json in ~/.config, or in XDG_CONFIG_HOME
  pi            models.json and settings.json in ~/.pi/agent, or in PI_CODING_AGENT_DIR

A key is written to no file: the clients are told to take it from the variable DS4_API_KEY, which
must then be set where they run.";

/// Sets up a coding agent for a server, and proves that it can work with it.
#[derive(Debug, clap::Args)]
#[command(after_help = "See --help for examples and files.", after_long_help = HELP)]
pub(super) struct Args {
    /// Which agent.
    #[arg(value_enum)]
    client: Client,
    /// Where the server is.
    #[arg(long, default_value = "http://127.0.0.1:8000")]
    url: String,
    /// The server's key.
    #[arg(long, value_name = "KEY", env = KEY, hide_env_values = true)]
    api_key: Option<String>,
    /// A model of the server; by default its first.
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Change the agent's settings, rather than print them.
    #[arg(long)]
    write: bool,
    /// Do not try the server.
    #[arg(long)]
    no_check: bool,
}

impl Args {
    pub(super) fn run(self) -> Result<()> {
        let server = Server::new(&self.url, self.api_key)?;
        let model = choose(server.models()?, self.model.as_deref())?;
        let target = Target { url: server.url(), model: &model, has_key: server.has_key() };
        let home = BaseDirs::new().context("the system names no home folder")?;
        for settings in self.client.settings(&target, home.home_dir()) {
            let lines = if self.write { file::write(&settings)? } else { file::show(&settings)? };
            say(&lines)?;
        }
        if target.has_key {
            eprintln!("{KEY} must hold the key where {} runs", self.client.program());
        }
        if !self.no_check {
            proof::prove(&server, self.client.protocol(), &model.name)?;
        }
        Ok(())
    }
}

/// The model that is wanted, else the first.
fn choose(models: Vec<Model>, wanted: Option<&str>) -> Result<Model> {
    let names: Vec<_> = models.iter().map(|model| model.name.clone()).collect();
    let is_wanted = |model: &Model| wanted.is_none_or(|name| name == model.name);
    let Some(model) = models.into_iter().find(is_wanted) else {
        let wanted = wanted.unwrap_or_default();
        bail!("--model {wanted}: the server has no such model; it has {}", names.join(", "));
    };
    Ok(model)
}
