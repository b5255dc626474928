//! `ds4 kv`: the folder of what is kept of conversations.

mod archive;
mod list;
mod manage;
mod show;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Subcommand;

pub(super) use self::list::age;
use super::keeping;
use crate::kv::{
    disk::{Catalog, Disk as _, Entry, Folder, Kind, Name},
    key::Key,
};

const EXAMPLES: &str = "\
What is kept: a *mark* is a position in a conversation that can be gone back to, and has a name of
64 hexadecimal digits, of which the first few are enough. Before it lie *pages*, of 256 tokens
each, which marks with the same beginning share. Marks and pages belong to the model, the rounding
and the device that made them; others compute their own.

Examples:
  Keep a conversation, and see what that left:
    ds4 run --session trip -p 'Where is Oslo?'
    ds4 kv list
    ds4 kv show 3fa9 --text
  Keep a mark whatever else has to go, or let it go now:
    ds4 kv pin 3fa9
    ds4 kv drop 3fa9
  Take it to another machine with the same model and device:
    ds4 kv export 3fa9 -o oslo.kv
    ds4 kv import oslo.kv
  Check every byte; make room:
    ds4 kv verify
    ds4 kv gc --limit 4G

A file that is torn, cut short or changed is removed with a warning when it is met, and what it
held is computed again. Programs that run meanwhile see what these commands do.";

/// Looks after the folder of what is kept of conversations.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "See --help for what is kept, and examples.",
    after_long_help = EXAMPLES,
    arg_required_else_help = true
)]
pub(super) struct Args {
    /// The folder; by default that of `ds4 run --session`.
    #[arg(long, value_name = "DIR", global = true)]
    dir: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Args),
    Show(show::Args),
    Pin(manage::Pin),
    Unpin(manage::Unpin),
    Drop(manage::Drop),
    Export(archive::Export),
    Import(archive::Import),
    Verify(manage::Verify),
    Gc(manage::Gc),
}

impl Args {
    pub(super) fn run(self) -> Result<()> {
        let path = match self.dir {
            Some(path) => path,
            None => keeping::folder()?,
        };
        let mut kept = Kept::open(&path)?;
        match self.command {
            Command::List(args) => args.run(&kept),
            Command::Show(args) => args.run(&kept),
            Command::Pin(args) => args.run(&kept),
            Command::Unpin(args) => args.run(&kept),
            Command::Drop(args) => args.run(&mut kept),
            Command::Export(args) => args.run(&kept),
            Command::Import(args) => args.run(&kept),
            Command::Verify(args) => args.run(&kept),
            Command::Gc(args) => args.run(&mut kept),
        }
    }
}

/// A folder and what is in it.
struct Kept {
    folder: Folder,
    catalog: Catalog,
}

impl Kept {
    fn open(path: &Path) -> Result<Self> {
        let folder = Folder::open(path);
        let folder = folder.with_context(|| format!("cannot use {}", path.display()))?;
        let mut catalog = Catalog::default();
        let changes = catalog.refresh(&folder);
        let changes = changes.with_context(|| format!("cannot read {}", path.display()))?;
        for damaged in changes.damaged {
            eprintln!("warning: {damaged}");
        }
        Ok(Self { folder, catalog })
    }

    /// The marks, the most recently used first.
    fn marks(&self) -> Vec<&Entry> {
        let marks = self.catalog.entries().filter(|(name, _)| name.kind == Kind::Mark);
        let mut marks: Vec<_> = marks.map(|(_, entry)| entry).collect();
        marks.sort_by_key(|entry| (std::cmp::Reverse(entry.used), entry.head.name));
        marks
    }

    /// The mark whose name begins with `prefix`.
    fn find(&self, prefix: &str) -> Result<&Entry> {
        let prefix = prefix.to_lowercase();
        ensure!(prefix.len() >= 4, "{prefix}: at least 4 digits of a name are needed");
        let marks = self.marks().into_iter();
        let mut found = marks.filter(|entry| entry.head.name.key.hex().starts_with(&prefix));
        match (found.next(), found.next()) {
            (Some(entry), None) => Ok(entry),
            (Some(_), Some(_)) => bail!("{prefix}: more than one mark begins so; give more digits"),
            (None, _) => bail!(
                "{prefix}: no mark in {} begins so\nhelp: `ds4 kv list` lists them",
                self.folder.path().display()
            ),
        }
    }

    /// The pages before a mark, in order; `None` for one that is not there, which ends them.
    fn pages(&self, mark: &Entry) -> Vec<Option<&Entry>> {
        let mut pages = vec![];
        let mut before = mark;
        while before.head.n_tokens > u64::from(before.head.n_own) {
            let page = self.page(&before.head.parent);
            pages.push(page);
            // A chain gets shorter with every page, or it is none.
            match page.filter(|page| page.head.n_tokens < before.head.n_tokens || pages.len() == 1)
            {
                Some(page) => before = page,
                None => break,
            }
        }
        pages.reverse();
        pages
    }

    fn page(&self, key: &Key) -> Option<&Entry> {
        self.catalog.entry(&Name { kind: Kind::Page, key: *key })
    }
}
