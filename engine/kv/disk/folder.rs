//! The few things that are done to a folder of files.

use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
    time::SystemTime,
};

/// What files that are being written begin with.
const PARTIAL: &str = ".partial-";

/// The file that programs lock.
const LOCK: &str = ".lock";

/// A file of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub n_bytes: u64,
    /// When it was written or last used.
    pub used: SystemTime,
}

/// A lock on a folder, held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// A folder of files that are written whole or not at all.
pub trait Disk: Send + Sync + fmt::Debug {
    /// Where it is, for messages.
    fn path(&self) -> &Path;

    /// The files, without those that are being written.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn list(&self) -> io::Result<Vec<Listed>>;

    /// The first `n_bytes` bytes of a file, or all where it is shorter.
    ///
    /// # Errors
    ///
    /// What the system says; [`io::ErrorKind::NotFound`] where there is no such file.
    fn read(&self, name: &str, n_bytes: usize) -> io::Result<Vec<u8>>;

    /// Writes a file of these parts, which appears under its name when it is whole and on the disk.
    ///
    /// # Errors
    ///
    /// What the system says; nothing is then changed.
    fn write(&self, name: &str, parts: &[&[u8]]) -> io::Result<()>;

    /// Makes names durable that files got or lost.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn sync(&self) -> io::Result<()>;

    /// Removes a file; it is no error that there is none.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Says that a file was used just now.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn touch(&self, name: &str) -> io::Result<()>;

    /// Keeps other programs from removing files, once none is doing so; nothing where the folder
    /// cannot be written to.
    fn share(&self) -> Option<Lock>;

    /// Keeps other programs from writing and removing files, unless one is doing so or the folder
    /// cannot be written to.
    fn own(&self) -> Option<Lock>;

    /// Removes what programs left that were ended while they wrote; for the owner of the folder.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn remove_partial(&self) -> io::Result<usize>;
}

/// A folder of the file system.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Sets the files apart that this program writes.
    n_written: AtomicU64,
}

impl Folder {
    /// The folder at `path`, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn open(path: &Path) -> io::Result<Self> {
        match fs::create_dir_all(path) {
            Ok(()) => {}
            Err(_) if path.is_dir() => {}
            Err(error) => return Err(error),
        }
        Ok(Self { path: path.to_owned(), n_written: AtomicU64::new(0) })
    }

    fn lock_file(&self) -> io::Result<File> {
        let path = self.path.join(LOCK);
        OpenOptions::new().create(true).truncate(false).write(true).open(path)
    }

    fn write_partial(&self, partial: &Path, parts: &[&[u8]]) -> io::Result<()> {
        let mut file = private().write(true).create_new(true).open(partial)?;
        for part in parts {
            file.write_all(part)?;
        }
        file.sync_all()
    }
}

impl Disk for Folder {
    fn path(&self) -> &Path {
        &self.path
    }

    fn list(&self) -> io::Result<Vec<Listed>> {
        let mut files = vec![];
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if name.starts_with('.') {
                continue;
            }
            // One that goes away meanwhile is not there.
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_file() {
                let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                files.push(Listed { name, n_bytes: metadata.len(), used });
            }
        }
        Ok(files)
    }

    fn read(&self, name: &str, n_bytes: usize) -> io::Result<Vec<u8>> {
        let file = File::open(self.path.join(name))?;
        // What is set aside is no more than there is, whatever the caller was told.
        let there = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(there.min(n_bytes)).map_err(io::Error::other)?;
        file.take(n_bytes as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn write(&self, name: &str, parts: &[&[u8]]) -> io::Result<()> {
        let number = self.n_written.fetch_add(1, Ordering::Relaxed);
        let partial = self.path.join(format!("{PARTIAL}{}-{number}", process::id()));
        let written = self
            .write_partial(&partial, parts)
            .and_then(|()| fs::rename(&partial, self.path.join(name)));
        if written.is_err() {
            // What cannot be removed is found by the next owner.
            let _ = fs::remove_file(&partial);
        }
        written
    }

    fn sync(&self) -> io::Result<()> {
        // Elsewhere a folder cannot be opened, and names are durable with their files.
        if cfg!(unix) { File::open(&self.path)?.sync_all() } else { Ok(()) }
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.path.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn touch(&self, name: &str) -> io::Result<()> {
        let file = OpenOptions::new().append(true).open(self.path.join(name))?;
        file.set_modified(SystemTime::now())
    }

    fn share(&self) -> Option<Lock> {
        let file = self.lock_file().ok()?;
        file.lock_shared().ok()?;
        Some(Lock { _file: file })
    }

    fn own(&self) -> Option<Lock> {
        let file = self.lock_file().ok()?;
        file.try_lock().ok()?;
        Some(Lock { _file: file })
    }

    fn remove_partial(&self) -> io::Result<usize> {
        let mut n_removed = 0;
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(PARTIAL) {
                fs::remove_file(entry.path())?;
                n_removed += 1;
            }
        }
        Ok(n_removed)
    }
}

/// How files are made: what a conversation says is nobody else's business.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
