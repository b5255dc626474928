//! Timelines of tokens and the steps that extend them.
//!
//! An [`Engine`] is a loaded model on a device; a [`Session`] is one timeline with its cached rows
//! and its state. How tokens are divided into steps never changes a logit.

#![forbid(unsafe_code)]

use std::{path::Path, sync::OnceLock};

use crate::{
    device::{self, Device, Needs, PageId, Room, SlotId},
    model::{self, Model},
    sample,
    tokenizer::TokenId,
};

mod choose;
mod open;
mod options;
mod pages;
mod snapshot;
mod steps;

pub use open::{fit, memory_speed};
pub use options::{DeviceKind, LEAST_CONTEXT, Options};
pub use pages::{Page, PageRef};
pub use snapshot::Snapshot;

/// A failure to load a model or to extend a timeline.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be used.
    #[error(transparent)]
    Model(#[from] model::Error),
    /// The device refused or failed, and says how.
    #[error(transparent)]
    Device(#[from] device::Error),
    /// No token could be chosen.
    #[error(transparent)]
    Sample(#[from] sample::Error),
    /// The timeline would exceed the context.
    #[error("{needed} tokens do not fit the context of {context} tokens")]
    ContextFull {
        /// Tokens after the step.
        needed: usize,
        /// Tokens that fit.
        context: usize,
    },
    /// Random weights were asked for where they cannot be made.
    #[error(
        "random weights are made in the memory of a GPU; the CPU runs a file\n\
         help: choose a GPU, as with `--device cuda`, or name a file"
    )]
    SyntheticNeedsGpu,
    /// The asked-for context is longer than the model's.
    #[error("a context of {asked} tokens: the model has at most {most}")]
    ContextTooLong {
        /// What was asked for.
        asked: usize,
        /// What the model has.
        most: usize,
    },
    /// A token id outside of the vocabulary.
    #[error("token id {token} at position {position}: the vocabulary has {n_vocab} entries")]
    UnknownToken {
        /// The id.
        token: u32,
        /// Where it would stand.
        position: usize,
        /// Entries of the vocabulary.
        n_vocab: usize,
    },
}

/// The result of loading or extending.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A loaded model on a device.
#[derive(Debug)]
pub struct Engine {
    model: Model,
    device: Box<dyn Device>,
    /// The pages that sessions hold.
    pages: pages::Pages,
    /// What [`Model::fingerprint`] says, once somebody asked.
    fingerprint: OnceLock<Option<[u8; 32]>>,
    context: usize,
    chunk: usize,
    room: Room,
}

/// One timeline: the tokens so far, with what the model needs to extend them.
///
/// It belongs to the engine that opened it, which takes it back with [`Engine::close`].
#[derive(Debug)]
pub struct Session {
    slot: SlotId,
    pages: Vec<PageId>,
    tokens: Vec<TokenId>,
}

impl Session {
    /// The tokens so far.
    #[must_use]
    pub fn tokens(&self) -> &[TokenId] {
        &self.tokens
    }

    /// Number of tokens so far: the position of the next one.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Number of its pages, those that others share included.
    #[must_use]
    pub const fn n_pages(&self) -> usize {
        self.pages.len()
    }

    /// Whether the timeline has no tokens.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }
}

impl Engine {
    /// Loads the model at `path` on the device that `options` names.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] when the file cannot be used, [`Error::ContextTooLong`] when the model is
    /// shorter than `options.context`, [`Error::Device`] when the device cannot be set up.
    pub fn open(path: &Path, options: &Options) -> Result<Self> {
        Self::open_with(path, options, &mut |_, _| {})
    }

    /// [`Engine::open`]; `progress` hears how many bytes of the weights the device has, of how many.
    ///
    /// # Errors
    ///
    /// As [`Engine::open`].
    pub fn open_with(
        path: &Path,
        options: &Options,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self> {
        Self::with_model(Model::open(path, options.cache)?, options, progress)
    }

    /// The model called `name` with random weights in the formats of `recipe`, as
    /// [`Model::synthetic`] makes them, in the memory of the GPU that `options` names.
    ///
    /// # Errors
    ///
    /// [`Error::SyntheticNeedsGpu`] for the CPU, [`Error::Model`] when there is no such model or
    /// recipe, and as [`Engine::open`].
    pub fn synthetic(name: &str, recipe: &str, options: &Options) -> Result<Self> {
        let program = open::program(options.device).ok_or(Error::SyntheticNeedsGpu)?;
        let model = Model::synthetic(program, (name, recipe), options.cache)?;
        Self::with_model(model, options, &mut |_, _| {})
    }

    fn with_model(
        model: Model,
        options: &Options,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self> {
        let most = model.plan.model.n_context;
        let context = if options.context == 0 { most } else { options.context };
        if context > most {
            return Err(Error::ContextTooLong { asked: context, most });
        }
        let room = options.room(most);
        let device = open::device(&model, options, room, progress)?;
        let chunk = if options.chunk == 0 { device.chunk() } else { options.chunk };
        let (pages, fingerprint) = (pages::Pages::default(), OnceLock::new());
        let room = Room { chunk, ..room };
        Ok(Self { model, device, pages, fingerprint, context, chunk, room })
    }

    /// The loaded model.
    #[must_use]
    pub const fn model(&self) -> &Model {
        &self.model
    }

    /// The device that runs it.
    pub fn device(&mut self) -> &mut dyn Device {
        &mut *self.device
    }

    /// Most tokens of one prefill step.
    #[must_use]
    pub const fn chunk(&self) -> usize {
        self.chunk
    }

    /// The engine with what `put` makes of its device: an instrument that counts steps, say, and has
    /// the device run them.
    #[must_use]
    pub fn with_device(mut self, put: impl FnOnce(Box<dyn Device>) -> Box<dyn Device>) -> Self {
        self.device = put(self.device);
        self
    }

    /// What there was to be room for when it was loaded.
    #[must_use]
    pub const fn room(&self) -> Room {
        self.room
    }

    /// Bytes that `room` takes on the device beside the weights.
    #[must_use]
    pub fn needs(&self, room: Room) -> Needs {
        self.device.needs(room)
    }

    /// Longest timeline, in tokens.
    #[must_use]
    pub const fn context(&self) -> usize {
        self.context
    }

    /// Opens an empty timeline.
    ///
    /// # Errors
    ///
    /// [`Error::Device`] when the device has no room for another session.
    pub fn session(&mut self) -> Result<Session> {
        Ok(Session { slot: self.device.open_slot()?, pages: vec![], tokens: vec![] })
    }

    /// Takes a timeline back; its memory is free for others, but for pages that others share.
    pub fn close(&mut self, session: Session) {
        for page in session.pages {
            self.release(Page(page));
        }
        self.device.close_slot(session.slot);
    }

    /// Opens a timeline that goes on where `session` is.
    ///
    /// Both share their pages; what either adds later the other does not see.
    ///
    /// # Errors
    ///
    /// [`Error::Device`] when the device has no room for another session or cannot copy.
    pub fn fork(&mut self, session: &Session) -> Result<Session> {
        let mut fork = self.session()?;
        if let Err(error) = self.device.copy_slot(session.slot, fork.slot) {
            self.close(fork);
            return Err(error.into());
        }
        fork.pages = self.share_all(session);
        fork.tokens.clone_from(&session.tokens);
        Ok(fork)
    }
}
