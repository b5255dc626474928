//! A checkpoint folder: configuration, tensor table and shards.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::config::Config;
use super::error::{Error, Result};
use super::safetensors::{HeaderFault, Stored, read_header};

/// A checkpoint in the vendor's layout, opened for reading.
///
/// Shards are read by position, a few rows at a time: memory stays small whatever their size.
#[derive(Debug)]
pub struct Checkpoint {
    folder: PathBuf,
    config: Config,
    tensors: HashMap<String, Stored>,
    shards: Vec<(PathBuf, File)>,
}

#[derive(Debug, Deserialize)]
struct Index {
    weight_map: HashMap<String, String>,
}

impl Checkpoint {
    /// Opens a folder with `config.json` and either `model.safetensors.index.json` and its
    /// shards or `model.safetensors`.
    ///
    /// # Errors
    ///
    /// Those of [`Config::read`], [`Error::Json`] for a malformed index and [`Error::Header`]
    /// for a broken shard. Missing tensors are found when a plan is made.
    pub fn open(folder: &Path) -> Result<Self> {
        let config = Config::read(&folder.join("config.json"))?;
        let mut checkpoint = Self {
            folder: folder.to_path_buf(),
            config,
            tensors: HashMap::new(),
            shards: Vec::new(),
        };
        for name in shard_names(folder)? {
            checkpoint.add_shard(folder.join(name))?;
        }
        Ok(checkpoint)
    }

    fn add_shard(&mut self, path: PathBuf) -> Result<()> {
        let read = |source| Error::Io { path: path.clone(), source };
        let broken = |source| Error::Header { path: path.clone(), source };
        let file = File::open(&path).map_err(read)?;
        let bytes = file.metadata().map_err(read)?.len();
        for stored in read_header(&file, bytes, self.shards.len()).map_err(broken)? {
            let name = stored.name.clone();
            if self.tensors.insert(name.clone(), stored).is_some() {
                return Err(broken(HeaderFault::Duplicate { name }));
            }
        }
        self.shards.push((path, file));
        Ok(())
    }

    /// The model's numbers.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The folder, as the user wrote it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The tensor of this name.
    pub(super) fn tensor(&self, name: &str) -> Option<&Stored> {
        self.tensors.get(name)
    }

    /// Every tensor's name.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Reads `bytes` bytes of a tensor, from its byte `start` on.
    pub(super) fn read(&self, tensor: &Stored, start: usize, bytes: usize) -> Result<Vec<u8>> {
        let (path, file) = &self.shards[tensor.shard];
        let mut file = file;
        let mut data = vec![0; bytes];
        file.seek(SeekFrom::Start(tensor.offset + start as u64))
            .and_then(|_| file.read_exact(&mut data))
            .map_err(|source| Error::Io { path: path.clone(), source })?;
        Ok(data)
    }
}

/// File names of the shards, in order.
fn shard_names(folder: &Path) -> Result<BTreeSet<String>> {
    let path = folder.join("model.safetensors.index.json");
    if !path.exists() {
        return Ok(BTreeSet::from(["model.safetensors".to_owned()]));
    }
    let text = fs::read(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
    let index: Index = serde_json::from_slice(&text)
        .map_err(|source| Error::Json { path: path.clone(), source })?;
    let names: BTreeSet<String> = index.weight_map.into_values().collect();
    // An index from elsewhere must not make the program read other folders.
    let outside = |name: &&String| Path::new(name).file_name() != Some(name.as_ref());
    match names.iter().find(outside) {
        Some(name) => {
            Err(Error::Header { path, source: HeaderFault::Shard { name: name.clone() } })
        }
        None => Ok(names),
    }
}
