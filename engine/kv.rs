//! What is kept of timelines, so that no token is computed twice.
//!
//! [`Kv::resume`] finds the longest beginning of a prompt that can be gone back to, whichever
//! timeline made it, and returns a session that stands there; [`Kv::step`] and [`Kv::keep`]
//! leave *marks* on the way. A mark is a copy of everything that later tokens overwrite, with the
//! names of the full pages before it, which are never overwritten and are shared.
//! A session that was resumed computes the same logits, to the last bit, as one that never stopped.

#![forbid(unsafe_code)]

use std::{collections::HashMap, sync::Arc};

use crate::{
    session::{Engine, PageRef, Session},
    tokenizer::TokenId,
};

pub mod disk;
mod keep;
pub mod key;
pub mod memory;
mod prefill;
mod receipt;
mod resume;
pub mod text;
pub mod tree;

pub use prefill::LEAST_MARK;
pub use receipt::{Difference, Receipt, Source, Why};

use self::{
    disk::{Disk, Settings, Shape, Store},
    key::{Key, Namer},
    memory::Memory,
    tree::Tree,
};

/// What is kept, and where.
#[derive(Debug, Clone)]
pub struct Options {
    /// Most bytes of marks and pages in the host's memory; 0 for none.
    pub memory: usize,
    /// Tokens between the marks of a long prompt; rounded up to whole pages and steps.
    pub spacing: usize,
    /// The folder that has it all still when the program has ended, if there is one.
    pub disk: Option<Settings>,
}

impl Default for Options {
    fn default() -> Self {
        Self { memory: 1 << 30, spacing: 2048, disk: None }
    }
}

/// Everything that is kept of an engine's timelines.
///
/// It belongs to one engine; sessions of another one are not to be given to it.
#[derive(Debug)]
pub struct Kv {
    tree: Tree,
    memory: Memory,
    store: Option<Store>,
    warnings: Vec<String>,
    /// Full pages that were on the device when they were last seen.
    on_device: HashMap<Key, PageRef>,
    spacing: usize,
}

/// A session that stands within a prompt.
#[derive(Debug)]
pub struct Resumed {
    /// The session, which holds a beginning of `prompt` and not all of it.
    pub session: Session,
    /// The prompt, in other tokens than were asked for where its beginning was found by its text.
    pub prompt: Vec<TokenId>,
    /// What was reused.
    pub receipt: Receipt,
}

impl Kv {
    /// Keeps timelines of `engine`, and finds those that a folder has. That the folder cannot be
    /// used is a warning.
    #[must_use]
    pub fn open(engine: &Engine, options: &Options) -> Self {
        Self::with_store(engine, options, Store::open)
    }

    /// [`Kv::open`] with a folder of any kind in the place of the one that `options` names.
    #[must_use]
    pub fn over(engine: &Engine, options: &Options, disk: Arc<dyn Disk>) -> Self {
        Self::with_store(engine, options, |settings, shape| Store::over(disk, settings, shape))
    }

    fn with_store(
        engine: &Engine,
        options: &Options,
        open: impl FnOnce(&Settings, Shape) -> Result<Store, String>,
    ) -> Self {
        let disk = options.disk.as_ref();
        let secret = disk.and_then(|disk| disk.secret.as_ref());
        // Names that nobody else sees need not tell models apart.
        let fingerprint = disk.map_or(Key([0; 32]), |_| fingerprint(engine));
        let namer = Namer::new(&fingerprint, secret.map(disk::Secret::bytes));
        let shape = Shape {
            root: namer.root(),
            n_vocab: engine.model().plan.model.n_vocab,
            page_tokens: engine.page_tokens(),
            page_bytes: engine.page_bytes(),
            slot_bytes: engine.slot_bytes(),
        };
        let mut warnings = vec![];
        let opened = disk.map(|disk| open(disk, shape));
        let store = opened.and_then(|opened| opened.map_err(|warning| warnings.push(warning)).ok());
        let unit = engine.page_tokens();
        let mut kv = Self {
            tree: Tree::new(namer, unit),
            memory: Memory::new(options.memory),
            store,
            warnings,
            on_device: HashMap::new(),
            // A step ends at each mark, so marks are not closer than steps are long.
            spacing: options.spacing.max(engine.chunk()).next_multiple_of(unit),
        };
        kv.refresh();
        kv
    }

    /// What went wrong that no result depends on, since the last call.
    pub fn take_warnings(&mut self) -> Vec<String> {
        if let Some(store) = &mut self.store {
            self.warnings.extend(store.take_warnings());
        }
        std::mem::take(&mut self.warnings)
    }

    /// Waits until everything that is kept on the disk is there.
    pub fn flush(&mut self) {
        if let Some(store) = &mut self.store {
            store.flush();
        }
    }

    /// Bytes of marks and pages in the host's memory.
    #[must_use]
    pub const fn memory_used(&self) -> usize {
        self.memory.used()
    }

    /// Positions that can be gone back to.
    #[must_use]
    pub fn n_marks(&self) -> usize {
        self.tree.n_marks()
    }
}

/// What decides the rows of an engine beside the tokens.
fn fingerprint(engine: &Engine) -> Key {
    let plan = engine.model().plan;
    let mut hasher = blake3::Hasher::new();
    // Results may differ between versions of the program.
    hasher.update(concat!("ds4 ", env!("CARGO_PKG_VERSION"), "\n").as_bytes());
    hasher.update(&engine.fingerprint().unwrap_or_default());
    let (name, rounding) = (plan.model.name, plan.model.cache.name());
    let sizes = (engine.page_tokens(), engine.page_bytes(), engine.slot_bytes());
    let arithmetic = engine.arithmetic();
    hasher.update(format!("{name} {rounding} {sizes:?}\n{arithmetic}").as_bytes());
    Key(*hasher.finalize().as_bytes())
}
