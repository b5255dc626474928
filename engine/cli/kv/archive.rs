//! `ds4 kv export` and `import`: a mark with its pages in one file.

use std::{
    fs::File,
    io::{BufReader, Read as _, Write as _},
    path::PathBuf,
};

use anyhow::{Context, Result, bail, ensure};

use super::Kept;
use crate::{
    cli::{atomic::AtomicFile, say},
    device::Bytes,
    kv::disk::{Disk as _, check_whole, read_whole},
};

/// What an archive begins with; the length and the bytes of each file follow, the mark last.
const MAGIC: &[u8; 8] = b"ds4-kvx1";

/// Longest file in an archive; a mark of the full model has 30 MB.
const MOST_BYTES: u64 = 1 << 30;

/// Writes a mark with all of its pages to one file, for another machine.
///
/// What is encrypted stays encrypted. Another machine can use it with the same model, rounding,
/// version of ds4 and kind of device.
#[derive(Debug, clap::Args)]
pub(super) struct Export {
    /// The first digits of its name.
    key: String,
    /// The file to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Adds the mark in a file that `ds4 kv export` wrote.
#[derive(Debug, clap::Args)]
pub(super) struct Import {
    /// The file.
    file: PathBuf,
}

impl Export {
    pub(super) fn run(&self, kept: &Kept) -> Result<()> {
        let mark = kept.find(&self.key)?;
        let pages = kept.pages(mark);
        let pages: Option<Vec<_>> = pages.into_iter().collect();
        let pages = pages.context("a page of the mark is missing; it can be used by nobody")?;
        let mut out = AtomicFile::create(&self.output)?;
        let failed = || format!("cannot write {}", self.output.display());
        out.write_all(MAGIC).with_context(failed)?;
        let mut n_bytes = 0;
        for entry in pages.into_iter().chain([mark]) {
            let bytes = match read_whole(&kept.folder, &entry.head) {
                Ok(bytes) => bytes,
                Err(Some(damaged)) => bail!("{}: {}", damaged.path.display(), damaged.reason),
                Err(None) => bail!("another program removed {}", entry.head.name.key),
            };
            n_bytes += bytes.len() as u64;
            let len = (bytes.len() as u64).to_le_bytes();
            out.write_all(&len).and_then(|()| out.write_all(&bytes)).with_context(failed)?;
        }
        out.finish()?;
        let (key, file) = (mark.head.name.key, self.output.display());
        say(&format!("{key} with its pages is in {file}, {}", Bytes(n_bytes)))
    }
}

impl Import {
    pub(super) fn run(&self, kept: &Kept) -> Result<()> {
        let path = self.file.display();
        let failed = || format!("cannot read {path}");
        let file = File::open(&self.file).with_context(failed)?;
        let mut left = file.metadata().with_context(failed)?.len();
        let mut file = BufReader::new(file);
        let mut magic = [0; MAGIC.len()];
        let is_ours = file.read_exact(&mut magic).is_ok() && magic == *MAGIC;
        ensure!(is_ours, "{path} is not a file that `ds4 kv export` wrote");
        left -= MAGIC.len() as u64;
        let _lock = kept.folder.share();
        let mut last = None;
        while left > 0 {
            let mut len = [0; 8];
            file.read_exact(&mut len).with_context(failed)?;
            let len = u64::from_le_bytes(len);
            left = left.saturating_sub(8);
            ensure!(
                len <= left.min(MOST_BYTES),
                "{path} is damaged: a file of {len} bytes, of which {left} are there"
            );
            left -= len;
            let mut bytes = vec![0; usize::try_from(len)?];
            file.read_exact(&mut bytes).with_context(failed)?;
            let name = match check_whole(&bytes) {
                Ok(head) => head.name,
                Err(reason) => bail!("{path} is damaged: {reason}"),
            };
            kept.folder.write(&name.file(), &[&bytes]).context("cannot write to the folder")?;
            last = Some(name);
        }
        kept.folder.sync().context("cannot write to the folder")?;
        let name = last.with_context(|| format!("{path} holds no mark"))?;
        say(&format!("{} is there", name.key))
    }
}
