//! Timelines of tokens and the steps that extend them.
//!
//! An [`Engine`] is a loaded model on a device; a [`Session`] is one timeline with its cached rows
//! and its state. How tokens are divided into steps never changes a logit.

#![forbid(unsafe_code)]

use std::{ops::ControlFlow, path::Path};

use ds4_plan::StepKind;

use crate::{
    device::{self, Device, LaunchTime, PageId, SlotId, StepRequest, StepRows},
    model::{self, Model},
    tokenizer::TokenId,
};

mod open;
mod options;

pub use options::{DeviceKind, LEAST_CONTEXT, Options};

/// A failure to load a model or to extend a timeline.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be used.
    #[error(transparent)]
    Model(#[from] model::Error),
    /// The device failed.
    #[error("the device failed")]
    Device(#[from] device::Error),
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
    context: usize,
    chunk: usize,
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
        let device = open::device(&model, options, options.room(most), progress)?;
        Ok(Self { model, device, context, chunk: options.chunk.max(1) })
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

    /// Takes a timeline back; its memory is free for others.
    pub fn close(&mut self, session: Session) {
        for page in session.pages {
            self.device.close_page(page);
        }
        self.device.close_slot(session.slot);
    }

    /// Opens a timeline that goes on where `session` is, with memory of its own.
    ///
    /// # Errors
    ///
    /// [`Error::Device`] when the device has no room for another session or cannot copy.
    pub fn fork(&mut self, session: &Session) -> Result<Session> {
        let mut fork = self.session()?;
        let copied = self.copy(session, &mut fork);
        if let Err(error) = copied {
            self.close(fork);
            return Err(error);
        }
        Ok(fork)
    }

    fn copy(&mut self, from: &Session, to: &mut Session) -> Result<()> {
        self.device.copy_slot(from.slot, to.slot)?;
        for &page in &from.pages {
            let copy = self.device.open_page()?;
            to.pages.push(copy);
            self.device.copy_page(page, copy)?;
        }
        to.tokens.clone_from(&from.tokens);
        Ok(())
    }

    /// Appends `tokens` in chunks and returns the logits after the last one.
    ///
    /// `progress` hears after each chunk how many of the tokens are done and may stop the work;
    /// the session then holds the tokens done so far and the result is `None`.
    ///
    /// # Errors
    ///
    /// [`Error::ContextFull`] and [`Error::UnknownToken`] before anything is done,
    /// [`Error::Device`] when a step fails.
    ///
    /// # Panics
    ///
    /// When `tokens` is empty.
    pub fn prefill(
        &mut self,
        session: &mut Session,
        tokens: &[TokenId],
        mut progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Option<&[f32]>> {
        assert!(!tokens.is_empty(), "there are tokens to append");
        let mut done = 0;
        self.check(session, tokens)?;
        for chunk in tokens.chunks(self.chunk) {
            done += chunk.len();
            let is_last = done == tokens.len();
            let last_row = [device_index(chunk.len() - 1)];
            self.append(session, chunk, if is_last { &last_row } else { &[] })?;
            if progress(done).is_break() && !is_last {
                return Ok(None);
            }
        }
        Ok(Some(self.device.logits()))
    }

    /// Appends `tokens` in chunks and hands the logits at `wanted` (ascending indices into
    /// `tokens`) to `sink`, one after another.
    ///
    /// # Errors
    ///
    /// As [`Engine::prefill`], and whatever `sink` returns.
    pub fn prefill_all<E: From<Error>>(
        &mut self,
        session: &mut Session,
        tokens: &[TokenId],
        wanted: &[usize],
        mut sink: impl FnMut(usize, &[f32]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.check(session, tokens)?;
        let n_vocab = self.model.plan.model.n_vocab;
        let mut wanted = wanted.iter().copied().peekable();
        let mut start = 0;
        for chunk in tokens.chunks(self.chunk) {
            let end = start + chunk.len();
            let mut indices = vec![];
            while let Some(index) = wanted.next_if(|&index| index < end) {
                indices.push(index);
            }
            let rows: Vec<u32> = indices.iter().map(|index| device_index(index - start)).collect();
            self.append(session, chunk, &rows)?;
            for (index, logits) in indices.into_iter().zip(self.device.logits().chunks(n_vocab)) {
                sink(index, logits)?;
            }
            start = end;
        }
        Ok(())
    }

    /// Appends one token to each of several timelines and returns the logits after each,
    /// `[rows, n_vocab]`.
    ///
    /// # Errors
    ///
    /// As [`Engine::prefill`].
    pub fn decode(&mut self, rows: &mut [(&mut Session, TokenId)]) -> Result<&[f32]> {
        self.decode_with(rows, |device, step| device.submit(step))?;
        Ok(self.device.logits())
    }

    /// [`Engine::decode`], but what is returned is the time of each launch, in their order.
    ///
    /// # Errors
    ///
    /// As [`Engine::decode`], and [`Error::Device`] when the device times nothing.
    pub fn decode_timed(
        &mut self,
        rows: &mut [(&mut Session, TokenId)],
    ) -> Result<Vec<LaunchTime>> {
        self.decode_with(rows, |device, step| device.submit_timed(step))
    }

    fn decode_with<R>(
        &mut self,
        rows: &mut [(&mut Session, TokenId)],
        submit: impl FnOnce(&mut dyn Device, &StepRequest<'_>) -> device::Result<R>,
    ) -> Result<R> {
        for (session, token) in rows.iter_mut() {
            self.check(session, std::slice::from_ref(token))?;
        }
        for (session, _) in rows.iter_mut() {
            self.reserve(session, 1)?;
        }
        let tokens: Vec<u32> = rows.iter().map(|(_, token)| token.0).collect();
        let all: Vec<u32> = (0..rows.len()).map(device_index).collect();
        let step: Vec<_> = rows.iter().map(|(session, _)| step_rows(session, 1)).collect();
        let request =
            StepRequest { kind: StepKind::Decode, tokens: &tokens, rows: &step, logit_rows: &all };
        let done = submit(&mut *self.device, &request)?;
        for (session, token) in rows {
            session.tokens.push(*token);
        }
        Ok(done)
    }

    /// Refuses tokens that the session or the model has no room for.
    fn check(&self, session: &Session, tokens: &[TokenId]) -> Result<()> {
        let needed = session.len() + tokens.len();
        if needed > self.context {
            return Err(Error::ContextFull { needed, context: self.context });
        }
        let n_vocab = self.model.plan.model.n_vocab;
        match tokens.iter().position(|token| token.0 as usize >= n_vocab) {
            None => Ok(()),
            Some(index) => Err(Error::UnknownToken {
                token: tokens[index].0,
                position: session.len() + index,
                n_vocab,
            }),
        }
    }

    /// Appends one chunk.
    fn append(&mut self, session: &mut Session, chunk: &[TokenId], wanted: &[u32]) -> Result<()> {
        self.reserve(session, chunk.len())?;
        let tokens: Vec<u32> = chunk.iter().map(|token| token.0).collect();
        self.device.submit(&StepRequest {
            kind: StepKind::Prefill,
            tokens: &tokens,
            rows: &[step_rows(session, chunk.len())],
            logit_rows: wanted,
        })?;
        session.tokens.extend_from_slice(chunk);
        Ok(())
    }

    /// Gives `session` the pages for `n` more tokens.
    fn reserve(&mut self, session: &mut Session, n: usize) -> Result<()> {
        let pages = (session.len() + n).div_ceil(self.model.plan.pages.tokens);
        while session.pages.len() < pages {
            session.pages.push(self.device.open_page()?);
        }
        Ok(())
    }
}

fn step_rows(session: &Session, len: usize) -> StepRows<'_> {
    StepRows { slot: session.slot, start: session.len(), len, pages: &session.pages }
}

/// A row's index in the type that devices use.
fn device_index(index: usize) -> u32 {
    u32::try_from(index).expect("a step has fewer than 2^32 rows")
}
