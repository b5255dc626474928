//! The marks and pages of one model on one device, in a folder.

use std::{collections::HashSet, path::PathBuf, sync::Arc};

use super::{
    catalog::Catalog,
    file::{Damaged, Head, Kind, Name, read_whole},
    folder::{Disk, Folder},
    seal::Secret,
    writer::{Event, NewFile, NewMark, Payload, Writer},
};
use crate::{
    kv::{
        key::Key,
        memory::Rows,
        text::TextName,
        tree::{Edge, Mark, Tree},
    },
    session::Snapshot,
};

/// Where files are kept, and how.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder.
    pub folder: PathBuf,
    /// Most bytes of all its files.
    pub limit: u64,
    /// What encrypts them, if anything does.
    pub secret: Option<Secret>,
}

/// What the rows of a model on a device are.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// What names begin with: it differs wherever the rows would.
    pub root: Key,
    /// Entries of the vocabulary.
    pub n_vocab: usize,
    /// Tokens of a page.
    pub page_tokens: usize,
    /// Bytes of a page.
    pub page_bytes: usize,
    /// Bytes of a slot.
    pub slot_bytes: usize,
}

/// A folder, as far as it concerns one model on one device.
#[derive(Debug)]
pub struct Store {
    disk: Arc<dyn Disk>,
    secret: Option<Secret>,
    shape: Shape,
    limit: u64,
    catalog: Catalog,
    /// Files that wait to be written.
    pending: HashSet<Name>,
    writer: Writer,
    warnings: Vec<String>,
    /// Warnings that were given, which are not given again.
    said: HashSet<String>,
}

impl Store {
    /// Opens a folder, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// Why there is none, as a warning for people.
    pub fn open(settings: &Settings, shape: Shape) -> Result<Self, String> {
        let failed = |error| {
            let folder = settings.folder.display();
            format!("tokens are neither kept in {folder} nor found there: {error}")
        };
        let folder = Folder::open(&settings.folder).map_err(failed)?;
        Self::over(Arc::new(folder), settings, shape)
    }

    /// [`Store::open`] with a folder of any kind.
    ///
    /// # Errors
    ///
    /// As [`Store::open`].
    pub fn over(disk: Arc<dyn Disk>, settings: &Settings, shape: Shape) -> Result<Self, String> {
        let (secret, limit) = (settings.secret.clone(), settings.limit);
        let writer = Writer::start(Arc::clone(&disk), secret.clone(), limit)
            .map_err(|error| format!("tokens are not kept on the disk: {error}"))?;
        if let Some(_lock) = disk.own() {
            // Files that cannot be removed do no harm.
            let _ = disk.remove_partial();
        }
        Ok(Self {
            disk,
            secret,
            shape,
            limit,
            catalog: Catalog::default(),
            pending: HashSet::new(),
            writer,
            warnings: vec![],
            said: HashSet::new(),
        })
    }

    /// Looks at the folder again and adds to `tree` what is new; the marks that are not there any
    /// more.
    pub fn refresh(&mut self, tree: &mut Tree) -> Vec<Key> {
        let mut gone = self.hear();
        let changes = match self.catalog.refresh(&*self.disk) {
            Ok(changes) => changes,
            Err(error) => {
                let folder = self.disk.path().display();
                self.warn(format!("tokens are not found in {folder}: {error}"));
                return gone;
            }
        };
        for damaged in &changes.damaged {
            self.warn(damaged.to_string());
        }
        for name in changes.added {
            if let Err(reason) = self.admit(tree, &name) {
                self.discard(&name, reason);
            }
        }
        let marks = changes.gone.into_iter().filter(|name| name.kind == Kind::Mark);
        gone.extend(marks.map(|name| name.key));
        gone
    }

    /// Whether a file is there or will be.
    #[must_use]
    pub fn has(&self, name: &Name) -> bool {
        self.catalog.entry(name).is_some() || self.pending.contains(name)
    }

    /// Whether so many bytes could be kept.
    #[must_use]
    pub const fn can_hold(&self, n_bytes: u64) -> bool {
        n_bytes <= self.limit
    }

    /// The rows of a page, if they are there and right.
    pub fn page(&mut self, key: &Key) -> Option<Rows> {
        self.payload(&Name { kind: Kind::Page, key: *key }).map(Arc::new)
    }

    /// A mark, if it is there and right.
    pub fn mark(&mut self, key: &Key) -> Option<Arc<Snapshot>> {
        let mut slot = self.payload(&Name { kind: Kind::Mark, key: *key })?;
        let tail = slot.split_off(self.shape.slot_bytes);
        let tail = Some(tail).filter(|tail| !tail.is_empty());
        Some(Arc::new(Snapshot { slot, tail }))
    }

    /// Counts a mark as used just now.
    pub fn touch(&self, key: &Key) {
        self.writer.touch(vec![Name { kind: Kind::Mark, key: *key }]);
    }

    /// Has a mark of `tree` written, with the given pages, which are not there; false when that is
    /// given up because too much waits already.
    pub fn write(
        &mut self,
        tree: &Tree,
        (key, snapshot): (Key, Arc<Snapshot>),
        pages: &[(Key, Rows)],
    ) -> bool {
        let Some((mark, needs)) = tree.mark(&key).zip(tree.pages(&key)) else { return false };
        let page_name = |key: &Key| Name { kind: Kind::Page, key: *key };
        let mut files = vec![];
        for (number, key) in needs.iter().enumerate() {
            let Some((_, rows)) = pages.iter().find(|(page, _)| page == key) else { continue };
            let Some(edge) = tree.edge(key) else { return false };
            let n_tokens = (number + 1) * self.shape.page_tokens;
            let head = self.head(page_name(key), edge.parent, (n_tokens, edge.tokens.len()));
            let head = Head { n_payload: rows.len() as u64, ..head };
            let payload = Payload::Rows(Arc::clone(rows));
            files.push(NewFile { head, tokens: edge.tokens.clone(), payload });
        }
        let name = Name { kind: Kind::Mark, key };
        let head = self.head(name, mark.parent, (mark.n_tokens, mark.rest.len()));
        let head = Head {
            n_slot: snapshot.slot.len() as u64,
            n_payload: snapshot.n_bytes() as u64,
            text: mark.text,
            ..head
        };
        let payload = Payload::Snapshot(snapshot);
        let file = NewFile { head, tokens: mark.rest.clone(), payload };
        let names: Vec<Name> = files.iter().map(|file| file.head.name).chain([name]).collect();
        let needs = needs.iter().map(page_name).collect();
        let is_taken = self.writer.write(NewMark { pages: files, mark: file, needs });
        if is_taken {
            self.pending.extend(names);
        } else {
            let reason = "the disk is slower than the model; some tokens are not kept on it";
            self.warn(reason.to_owned());
        }
        is_taken
    }

    /// Waits until everything is written.
    pub fn flush(&mut self) {
        self.writer.wait();
        self.hear();
    }

    /// What went wrong that no result depends on, since the last call.
    pub fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// Hears what the writer did; the marks that are not there any more.
    fn hear(&mut self) -> Vec<Key> {
        let mut gone = vec![];
        let mut lost = |names: Vec<Name>| {
            gone.extend(names.iter().filter(|n| n.kind == Kind::Mark).map(|name| name.key));
        };
        for event in self.writer.events() {
            match event {
                Event::Written(entries) => {
                    for entry in entries {
                        self.pending.remove(&entry.head.name);
                        self.catalog.add(entry);
                    }
                }
                Event::Failed(names, warning) => {
                    names.iter().for_each(|name| {
                        self.pending.remove(name);
                    });
                    lost(names);
                    if self.said.insert(warning.clone()) {
                        self.warnings.push(warning);
                    }
                }
                Event::Evicted(names) => {
                    names.iter().for_each(|name| self.catalog.remove(name));
                    lost(names);
                }
                Event::Warning(warning) => {
                    if self.said.insert(warning.clone()) {
                        self.warnings.push(warning);
                    }
                }
            }
        }
        gone
    }

    fn head(&self, name: Name, parent: Key, (n_tokens, n_own): (usize, usize)) -> Head {
        Head {
            name,
            fingerprint: self.shape.root,
            parent,
            n_tokens: n_tokens as u64,
            n_own: u32::try_from(n_own).expect("a page has fewer than 2^32 tokens"),
            n_slot: 0,
            n_payload: 0,
            text: TextName { n_letters: 0, hash: [0; 32] },
            nonce: self.secret.as_ref().map(|_| Secret::nonce()),
        }
    }

    /// Adds a file to `tree`, if it is of this model and device.
    fn admit(&self, tree: &mut Tree, name: &Name) -> Result<(), String> {
        let Some(entry) = self.catalog.entry(name) else { return Ok(()) };
        let head = &entry.head;
        if head.fingerprint != self.shape.root {
            return Ok(());
        }
        self.check_shape(head)?;
        let tokens = head.tokens(&entry.opening, self.secret.as_ref())?;
        if let Some(token) = tokens.iter().find(|token| token.0 as usize >= self.shape.n_vocab) {
            return Err(format!("token {token} is not in the vocabulary"));
        }
        let n_tokens = usize::try_from(head.n_tokens).map_err(|_| "too many tokens")?;
        let (parent, text) = (head.parent, head.text);
        let fits = match name.kind {
            Kind::Page => tree.add_edge(name.key, Edge { parent, tokens }),
            Kind::Mark => tree.add_mark(name.key, Mark { parent, rest: tokens, n_tokens, text }),
        };
        if fits { Ok(()) } else { Err("its tokens are not those of its name".to_owned()) }
    }

    /// Checks that a file is as long as this model's are.
    fn check_shape(&self, head: &Head) -> Result<(), String> {
        let Shape { page_tokens, page_bytes, slot_bytes, .. } = self.shape;
        let (own, slot, payload) = match head.name.kind {
            Kind::Page => (page_tokens, 0, page_bytes),
            Kind::Mark => {
                let own = head.n_own as usize % page_tokens;
                (own, slot_bytes, slot_bytes + if own > 0 { page_bytes } else { 0 })
            }
        };
        let expected = (own as u64, slot as u64, payload as u64);
        let found = (u64::from(head.n_own), head.n_slot, head.n_payload);
        if expected == found {
            return Ok(());
        }
        Err(format!("expected tokens, slot and payload {expected:?}, found {found:?}"))
    }

    /// All that belongs to the tokens of a file.
    fn payload(&mut self, name: &Name) -> Option<Vec<u8>> {
        let head = self.catalog.entry(name)?.head.clone();
        let read = read_whole(&*self.disk, &head).and_then(|bytes| {
            let damaged = |reason| Some(Damaged::new(self.disk.path(), name, reason));
            head.payload(bytes, self.secret.as_ref()).map_err(damaged)
        });
        match read {
            Ok(payload) => Some(payload),
            // Another program removed it.
            Err(None) => {
                self.catalog.remove(name);
                None
            }
            Err(Some(damaged)) => {
                self.discard(name, damaged.reason);
                None
            }
        }
    }

    /// Removes a file that cannot be used.
    fn discard(&mut self, name: &Name, reason: String) {
        let damaged = Damaged::new(self.disk.path(), name, reason);
        // One that cannot be removed is warned of again.
        let _ = self.disk.remove(&name.file());
        self.catalog.remove(name);
        self.warn(damaged.to_string());
    }

    fn warn(&mut self, warning: String) {
        if self.said.insert(warning.clone()) {
            self.warnings.push(warning);
        }
    }
}
