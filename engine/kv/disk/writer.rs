//! Writes files on a thread of its own, so that no step waits for a disk.

use std::{
    collections::HashSet,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
};

use super::{
    catalog::{Catalog, Entry},
    evict::evict,
    file::{Head, Name},
    folder::Disk,
    index,
    seal::Secret,
};
use crate::{kv::memory::Rows, session::Snapshot, tokenizer::TokenId};

/// Most jobs that wait.
const MOST_JOBS: usize = 64;

/// Most bytes that wait to be written; one job may be longer.
const MOST_BYTES: usize = 1 << 30;

/// What a file is to hold.
#[derive(Debug)]
pub(super) enum Payload {
    /// The rows of a page.
    Rows(Rows),
    /// What a mark is.
    Snapshot(Arc<Snapshot>),
}

/// A file to write.
#[derive(Debug)]
pub(super) struct NewFile {
    /// What stands at its beginning.
    pub(super) head: Head,
    /// Its own tokens.
    pub(super) tokens: Vec<TokenId>,
    /// What belongs to them.
    pub(super) payload: Payload,
}

/// A mark to write, with those of its pages that are not there.
#[derive(Debug)]
pub(super) struct NewMark {
    /// The pages, in order.
    pub(super) pages: Vec<NewFile>,
    /// The mark.
    pub(super) mark: NewFile,
    /// All pages before the mark.
    pub(super) needs: Vec<Name>,
}

/// What became of a job.
#[derive(Debug)]
pub(super) enum Event {
    /// Files are there.
    Written(Vec<Entry>),
    /// Files are not there, and why.
    Failed(Vec<Name>, String),
    /// Files went to make room.
    Evicted(Vec<Name>),
    /// Something else that a person may want to know.
    Warning(String),
}

#[derive(Debug)]
enum Job {
    Write(Box<NewMark>),
    Touch(Vec<Name>),
    Answer(SyncSender<()>),
}

/// The thread, and what waits for it. Dropped, it writes what waits first.
#[derive(Debug)]
pub(super) struct Writer {
    /// `None` while it is dropped.
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: AtomicUsize,
    events: Mutex<Vec<Event>>,
}

impl Writer {
    /// Begins to write to a folder of at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// What the system says when there is no thread.
    pub(super) fn start(
        disk: Arc<dyn Disk>,
        secret: Option<Secret>,
        limit: u64,
    ) -> io::Result<Self> {
        let (jobs, queue) = sync_channel(MOST_JOBS);
        let shared = Arc::new(Shared::default());
        let work = Work {
            disk,
            secret,
            limit,
            shared: Arc::clone(&shared),
            catalog: Catalog::default(),
            is_changed: false,
        };
        let thread = thread::Builder::new().name("kv".to_owned()).spawn(|| work.run(queue))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), shared })
    }

    /// Has a mark written, unless too much waits already; whether it will be.
    pub(super) fn write(&self, mark: NewMark) -> bool {
        let n_bytes = mark.n_bytes();
        let waiting = self.shared.waiting.fetch_add(n_bytes, Ordering::AcqRel);
        let is_taken = (waiting == 0 || waiting + n_bytes <= MOST_BYTES)
            && self
                .jobs
                .as_ref()
                .is_some_and(|jobs| jobs.try_send(Job::Write(Box::new(mark))).is_ok());
        if !is_taken {
            self.shared.waiting.fetch_sub(n_bytes, Ordering::AcqRel);
        }
        is_taken
    }

    /// Has files counted as used just now, unless too much waits already.
    pub(super) fn touch(&self, names: Vec<Name>) {
        if let Some(jobs) = &self.jobs {
            // A file that is not touched goes earlier, and nothing else.
            let _ = jobs.try_send(Job::Touch(names));
        }
    }

    /// Waits until everything that was asked for is done.
    pub(super) fn wait(&self) {
        let (answer, done) = sync_channel(1);
        if let Some(jobs) = &self.jobs
            && jobs.send(Job::Answer(answer)).is_ok()
        {
            // A thread that is gone has nothing left to do.
            let _ = done.recv();
        }
    }

    /// What happened since the last call.
    pub(super) fn events(&self) -> Vec<Event> {
        let mut events = self.shared.events.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut events)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // What it could not do it has said.
            let _ = thread.join();
        }
    }
}

impl NewMark {
    fn n_bytes(&self) -> usize {
        let files = self.pages.iter().chain([&self.mark]);
        files.map(|file| usize::try_from(file.head.n_payload).unwrap_or(usize::MAX)).sum()
    }

    fn names(&self) -> Vec<Name> {
        self.pages.iter().chain([&self.mark]).map(|file| file.head.name).collect()
    }
}

/// The thread's own things.
struct Work {
    disk: Arc<dyn Disk>,
    secret: Option<Secret>,
    limit: u64,
    shared: Arc<Shared>,
    catalog: Catalog,
    /// Whether the index lacks something.
    is_changed: bool,
}

impl Work {
    fn run(mut self, jobs: Receiver<Job>) {
        for job in jobs {
            match job {
                Job::Write(mark) => self.write(&mark),
                Job::Touch(names) => {
                    for name in names {
                        // One that went meanwhile need not be touched.
                        let _ = self.disk.touch(&name.file());
                    }
                }
                Job::Answer(answer) => {
                    // Who does not wait any more needs no answer.
                    let _ = answer.send(());
                }
            }
        }
        if self.is_changed {
            // Without an index, the next program reads the files themselves.
            let _ = self
                .catalog
                .refresh(&*self.disk)
                .and_then(|_| index::write(&*self.disk, &self.catalog));
        }
    }

    fn write(&mut self, mark: &NewMark) {
        let mut written = vec![];
        let done = self.write_files(mark, &mut written);
        self.shared.waiting.fetch_sub(mark.n_bytes(), Ordering::AcqRel);
        if !written.is_empty() {
            self.is_changed = true;
            self.say(Event::Written(written));
        }
        match done {
            Ok(n_bytes) if n_bytes > self.limit => self.evict(),
            Ok(_) => {}
            Err(error) => {
                let folder = self.disk.path().display();
                let warning = format!("tokens are not kept in {folder}: {error}");
                self.say(Event::Failed(mark.names(), warning));
            }
        }
    }

    /// Writes the files of a mark, the mark itself last; bytes of the folder then.
    fn write_files(&self, mark: &NewMark, written: &mut Vec<Entry>) -> io::Result<u64> {
        // Without a lock the folder cannot be written to, which the first file says.
        let _lock = self.disk.share();
        for page in &mark.pages {
            written.push(self.write_file(page)?);
        }
        self.disk.sync()?;
        let listed = self.disk.list()?;
        let there: HashSet<&str> = listed.iter().map(|file| file.name.as_str()).collect();
        if !mark.needs.iter().all(|name| there.contains(name.file().as_str())) {
            return Err(io::Error::other("another program removed pages"));
        }
        written.push(self.write_file(&mark.mark)?);
        self.disk.sync()?;
        let n_bytes: u64 = listed.iter().map(|file| file.n_bytes).sum();
        Ok(n_bytes + written.last().map_or(0, |entry| entry.n_bytes))
    }

    fn write_file(&self, file: &NewFile) -> io::Result<Entry> {
        let NewFile { head, tokens, payload } = file;
        let parts: Vec<&[u8]> = match payload {
            Payload::Rows(rows) => vec![rows],
            Payload::Snapshot(snapshot) => [Some(&snapshot.slot), snapshot.tail.as_ref()]
                .into_iter()
                .flatten()
                .map(|part| &part[..])
                .collect(),
        };
        let body = head.body(tokens, &parts, self.secret.as_ref());
        let parts = body.sealed.as_ref().map_or(parts, |sealed| vec![sealed]);
        let parts = [&[&body.opening[..]], &parts[..], &[&body.sum[..]]].concat();
        self.disk.write(&head.name.file(), &parts)?;
        let n_bytes = parts.iter().map(|part| part.len() as u64).sum();
        let used = std::time::SystemTime::now();
        Ok(Entry { head: head.clone(), opening: body.opening, n_bytes, used })
    }

    fn evict(&mut self) {
        match evict(&*self.disk, &mut self.catalog, self.limit) {
            // Another program writes; the next mark is an occasion too.
            Ok(None) => {}
            Ok(Some(evicted)) => {
                for damaged in &evicted.damaged {
                    self.say(Event::Warning(damaged.to_string()));
                }
                self.say(Event::Evicted(evicted.names));
            }
            Err(error) => {
                let folder = self.disk.path().display();
                self.say(Event::Warning(format!("{folder} cannot be made smaller: {error}")));
            }
        }
    }

    fn say(&self, event: Event) {
        self.shared.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }
}
