//! Disks that fail: a warning, and tokens are computed.

use std::{
    fs, io,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use ds4::kv::{
    Kv, Options,
    disk::{Disk, Folder, Listed, Lock, Settings},
};

use super::{Keeper, on_disk, tokens};

/// A folder on a disk with room for some bytes, whose other calls fail as they are told to.
#[derive(Debug)]
struct Faulty {
    folder: Folder,
    /// Bytes that can still be written.
    room: AtomicU64,
    fails: Option<(Call, io::ErrorKind)>,
    /// Held while nothing can be written.
    gate: Arc<Mutex<()>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    List,
    Read,
    Write,
    Sync,
    Remove,
}

impl Faulty {
    fn new(folder: &Path, room: u64, fails: Option<(Call, io::ErrorKind)>) -> Self {
        let folder = Folder::open(folder).unwrap();
        Self { folder, room: AtomicU64::new(room), fails, gate: Arc::default() }
    }

    fn fail(&self, call: Call) -> io::Result<()> {
        match self.fails {
            Some((fails, kind)) if fails == call => Err(kind.into()),
            _ => Ok(()),
        }
    }
}

impl Disk for Faulty {
    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn list(&self) -> io::Result<Vec<Listed>> {
        self.fail(Call::List)?;
        self.folder.list()
    }

    fn read(&self, name: &str, n_bytes: usize) -> io::Result<Vec<u8>> {
        self.fail(Call::Read)?;
        self.folder.read(name, n_bytes)
    }

    fn write(&self, name: &str, parts: &[&[u8]]) -> io::Result<()> {
        self.fail(Call::Write)?;
        drop(self.gate.lock().unwrap());
        let n_bytes: u64 = parts.iter().map(|part| part.len() as u64).sum();
        let left = self.room.load(Ordering::Relaxed).checked_sub(n_bytes);
        let left = left.ok_or(io::ErrorKind::StorageFull)?;
        self.room.store(left, Ordering::Relaxed);
        self.folder.write(name, parts)
    }

    fn sync(&self) -> io::Result<()> {
        self.fail(Call::Sync)?;
        self.folder.sync()
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.fail(Call::Remove)?;
        self.folder.remove(name)
    }

    fn touch(&self, name: &str) -> io::Result<()> {
        self.folder.touch(name)
    }

    fn share(&self) -> Option<Lock> {
        self.folder.share()
    }

    fn own(&self) -> Option<Lock> {
        self.folder.own()
    }

    fn remove_partial(&self) -> io::Result<usize> {
        self.folder.remove_partial()
    }
}

#[test]
fn a_full_disk_is_a_warning_and_never_a_wrong_token() {
    let mut keeper = Keeper::new(&Options::default());
    let prompt = tokens(6, 301);
    let mut cold = keeper.engine.session().unwrap();
    let expected = keeper.go_on(&mut cold, &prompt, &[]);
    keeper.engine.close(cold);
    let session = keeper.session(&prompt[..300]);
    let all = keeper.engine.snapshot_bytes(300) + keeper.engine.page_bytes();
    for tenth in 0..=11 {
        let folder = tempfile::tempdir().unwrap();
        let room = (all * tenth / 10) as u64;
        let disk = Arc::new(Faulty::new(folder.path(), room, None));
        keeper.kv = Kv::over(&keeper.engine, &on_disk(folder.path()), disk);
        keeper.keep(&session);
        keeper.kv.flush();
        let warnings = keeper.kv.take_warnings();
        assert_eq!(warnings.is_empty(), tenth == 11, "{warnings:?}");
        assert!(warnings.iter().all(|warning| warning.contains("are not kept in")), "{warnings:?}");

        // The next program has what was written whole.
        keeper.kv = Kv::open(&keeper.engine, &on_disk(folder.path()));
        let mut resumed = keeper.resume(None, &prompt).session;
        assert_eq!(resumed.len(), if tenth == 11 { 300 } else { 0 });
        assert_eq!(keeper.kv.take_warnings(), [""; 0]);
        if tenth == 0 || tenth == 11 {
            assert!(keeper.go_on(&mut resumed, &prompt, &[]) == expected);
        }
        keeper.engine.close(resumed);
    }
}

#[test]
fn a_disk_that_refuses_is_a_warning() {
    let mut keeper = Keeper::new(&Options::default());
    let prompt = tokens(7, 301);
    let session = keeper.session(&prompt[..300]);
    let denied = io::ErrorKind::PermissionDenied;
    let read_only = io::ErrorKind::ReadOnlyFilesystem;
    let calls = [
        (Call::List, denied, 0),
        (Call::Read, denied, 0),
        (Call::Write, read_only, 300),
        (Call::Sync, io::ErrorKind::Other, 300),
        (Call::Remove, denied, 300),
    ];
    for (call, kind, n_reused) in calls {
        // What is in the folder already is found where it can be read.
        let folder = tempfile::tempdir().unwrap();
        keeper.kv = Kv::open(&keeper.engine, &on_disk(folder.path()));
        keeper.keep(&session);
        keeper.kv.flush();
        let disk = Arc::new(Faulty::new(folder.path(), u64::MAX, Some((call, kind))));
        keeper.kv = Kv::over(&keeper.engine, &on_disk(folder.path()), disk);
        let resumed = keeper.resume(None, &prompt).session;
        assert_eq!(resumed.len(), n_reused, "{call:?}");
        keeper.engine.close(resumed);
        // Keeping something else.
        let other = keeper.session(&tokens(8, 20));
        keeper.keep(&other);
        keeper.engine.close(other);
        keeper.kv.flush();
        let warnings = keeper.kv.take_warnings();
        let is_silent = matches!(call, Call::Read | Call::Remove);
        assert_eq!(warnings.is_empty(), is_silent, "{call:?}: {warnings:?}");
    }
}

#[test]
fn nothing_waits_for_a_disk_that_hangs() {
    let folder = tempfile::tempdir().unwrap();
    let mut keeper = Keeper::new(&Options::default());
    let disk = Arc::new(Faulty::new(folder.path(), u64::MAX, None));
    let gate = Arc::clone(&disk.gate);
    keeper.kv = Kv::over(&keeper.engine, &on_disk(folder.path()), disk);
    let closed = gate.lock().unwrap();
    let mut session = keeper.session(&tokens(1, 10));
    for token in tokens(2, 80) {
        keeper.keep(&session);
        keeper.engine.decode(&mut [(&mut session, token)]).unwrap();
    }
    // One is being written and 64 wait; the others were given up.
    assert_eq!(keeper.kv.n_marks(), 65);
    let warnings = keeper.kv.take_warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("the disk is slower than the model"), "{warnings:?}");
    drop(closed);
    keeper.kv.flush();
    keeper.kv = Kv::open(&keeper.engine, &on_disk(folder.path()));
    assert_eq!((keeper.kv.n_marks(), keeper.kv.take_warnings()), (65, vec![]));
    keeper.engine.close(session);
}

#[test]
fn a_folder_that_cannot_be_made_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let mut keeper = Keeper::new(&on_disk(&file.join("below")));
    let warnings = keeper.kv.take_warnings();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].starts_with("tokens are neither kept in "), "{warnings:?}");
    let session = keeper.session(&tokens(1, 10));
    keeper.keep(&session);
    assert_eq!((keeper.kv.n_marks(), keeper.kv.take_warnings()), (0, vec![]));
}

#[test]
fn a_folder_keeps_to_its_limit_and_what_is_pinned() {
    let folder = tempfile::tempdir().unwrap();
    let mut keeper = Keeper::new(&Options::default());
    let one = keeper.engine.snapshot_bytes(10) as u64 + 1024;
    let disk = Settings { folder: folder.path().to_owned(), limit: 3 * one, secret: None };
    let options = Options { memory: 0, disk: Some(disk), ..Options::default() };
    keeper.kv = Kv::open(&keeper.engine, &options);
    let n_bytes = || {
        let files = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap());
        let ours = files.filter(|file| file.file_name().to_str().unwrap().contains(".mark"));
        ours.map(|file| file.metadata().unwrap().len()).sum::<u64>()
    };
    let prompts: Vec<_> = (0..6).map(|seed| tokens(seed, 11)).collect();
    let mut pin = None;
    for prompt in &prompts {
        let session = keeper.session(&prompt[..10]);
        keeper.keep(&session);
        keeper.engine.close(session);
        keeper.kv.flush();
        assert!(n_bytes() <= 3 * one, "{} bytes", n_bytes());
        if pin.is_none() {
            // The first stays, however old it becomes.
            let mut files = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
            let mark = files.find(|file| file.extension().is_some_and(|kind| kind == "mark"));
            let file = mark.unwrap().with_extension("pin");
            fs::write(&file, "").unwrap();
            pin = Some(file);
        }
        // Times of files are not finer than this everywhere.
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let held: Vec<usize> = prompts
        .iter()
        .map(|prompt| {
            let resumed = keeper.resume(None, prompt);
            keeper.engine.close(resumed.session);
            resumed.receipt.n_reused
        })
        .collect();
    assert_eq!(held, [10, 0, 0, 0, 10, 10]);
    assert_eq!(keeper.kv.take_warnings(), [""; 0]);
}
