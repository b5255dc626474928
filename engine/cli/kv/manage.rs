//! `ds4 kv pin`, `unpin`, `drop`, `verify` and `gc`.

use anyhow::{Context, Result, bail, ensure};

use super::Kept;
use crate::{
    cli::{keeping::size, say},
    device::Bytes,
    kv::disk::{Disk as _, Evicted, drop_mark, evict, pin_file, read_whole},
};

/// Keeps a mark and its pages, however old they become and however little room there is.
#[derive(Debug, clap::Args)]
pub(super) struct Pin {
    /// The first digits of its name.
    key: String,
}

/// Lets a pinned mark go when there is no room.
#[derive(Debug, clap::Args)]
pub(super) struct Unpin {
    /// The first digits of its name.
    key: String,
}

/// Removes a mark, with the pages that only it needs.
#[derive(Debug, clap::Args)]
pub(super) struct Drop {
    /// The first digits of its name.
    #[arg(required_unless_present = "all")]
    key: Option<String>,
    /// Remove everything that is not pinned.
    #[arg(long, conflicts_with = "key")]
    all: bool,
}

/// Reads every file and checks all of it; what is damaged is removed, and the exit status says so.
#[derive(Debug, clap::Args)]
pub(super) struct Verify {}

/// Removes what nothing can be done with: files that programs left which were ended while they
/// wrote, pages of no mark, marks without their pages; with --limit also the least recently used.
#[derive(Debug, clap::Args)]
pub(super) struct Gc {
    /// Most bytes that stay, as in 500M or 4G.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    limit: Option<u64>,
}

impl Pin {
    pub(super) fn run(&self, kept: &Kept) -> Result<()> {
        let key = kept.find(&self.key)?.head.name.key;
        let pinned = kept.folder.write(&pin_file(&key), &[]).and_then(|()| kept.folder.sync());
        pinned.context("cannot pin it")?;
        say(&format!("{key} is pinned"))
    }
}

impl Unpin {
    pub(super) fn run(&self, kept: &Kept) -> Result<()> {
        let key = kept.find(&self.key)?.head.name.key;
        ensure!(kept.catalog.is_pinned(&key), "{key} is not pinned");
        kept.folder.remove(&pin_file(&key)).context("cannot unpin it")?;
        say(&format!("{key} is not pinned any more"))
    }
}

impl Drop {
    pub(super) fn run(&self, kept: &mut Kept) -> Result<()> {
        let Some(key) = &self.key else { return say(&removed(&make_room(kept, 0)?)) };
        let key = kept.find(key)?.head.name.key;
        let before = kept.catalog.n_bytes();
        drop_mark(&kept.folder, &mut kept.catalog, key).context("cannot remove it")?;
        let freed = Bytes(before - kept.catalog.n_bytes());
        say(&format!("{key} is removed, {freed}"))
    }
}

impl Verify {
    pub(super) fn run(&self, kept: &Kept) -> Result<()> {
        let (mut n_files, mut n_bytes, mut n_damaged) = (0, 0, 0);
        for (name, entry) in kept.catalog.entries() {
            match read_whole(&kept.folder, &entry.head) {
                Ok(_) => {
                    n_files += 1;
                    n_bytes += entry.n_bytes;
                }
                // Another program removed it.
                Err(None) => {}
                Err(Some(damaged)) => {
                    kept.folder.remove(&name.file()).context("cannot remove a damaged file")?;
                    eprintln!("warning: {damaged}");
                    n_damaged += 1;
                }
            }
        }
        say(&format!("{n_files} files are right, {}", Bytes(n_bytes)))?;
        if n_damaged > 0 {
            bail!("{n_damaged} damaged files were removed; what they held is computed again");
        }
        Ok(())
    }
}

impl Gc {
    pub(super) fn run(&self, kept: &mut Kept) -> Result<()> {
        say(&removed(&make_room(kept, self.limit.unwrap_or(u64::MAX))?))
    }
}

fn make_room(kept: &mut Kept, limit: u64) -> Result<Evicted> {
    let evicted = evict(&kept.folder, &mut kept.catalog, limit);
    let evicted =
        evicted.with_context(|| format!("cannot clear {}", kept.folder.path().display()))?;
    let evicted = evicted.context("another program writes to the folder just now; try again")?;
    for damaged in &evicted.damaged {
        eprintln!("warning: {damaged}");
    }
    Ok(evicted)
}

fn removed(evicted: &Evicted) -> String {
    let (n_files, n_bytes) = (evicted.names.len() + evicted.n_partial, Bytes(evicted.n_bytes));
    format!("{n_files} files are removed, {n_bytes}")
}
