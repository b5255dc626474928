//! The model with one timeline, and a person who reads along.

use std::{ops::ControlFlow, sync::Arc, time::Duration};

use anyhow::Result;

use super::{conversation::Conversation, progress::Prefill, rules::rules, view::View};
use crate::{
    cli::{interrupt::Interrupt, sessions::Named},
    generate::{Answer, Reading, Request, Update, generate},
    grammar::{Constraint, Format, Grammars},
    kv::{Kv, Resumed},
    sample::Sampler,
    session::{Engine, Session},
    tokenizer::{TokenId, Tokenizer},
};

/// A loaded model and the timeline of the conversation.
#[derive(Debug)]
pub(super) struct Chat {
    pub(super) engine: Engine,
    pub(super) tokenizer: Arc<Tokenizer>,
    /// What makes constraints, once one was wanted.
    pub(super) grammars: Option<Grammars>,
    /// What content must be.
    pub(super) format: Format,
    pub(super) sampler: Sampler,
    pub(super) session: Option<Session>,
    pub(super) kv: Kv,
    /// Where the conversation is kept, if it has a name.
    pub(super) named: Option<Named>,
    pub(super) max_tokens: Option<usize>,
    pub(super) interrupt: Interrupt,
    pub(super) quiet: bool,
    pub(super) load_time: Duration,
}

impl Chat {
    /// What the next answer of `talk` must be: calls of its tools, if any, and content in the format.
    pub(super) fn constraint(
        &mut self,
        talk: &Conversation,
        reading: Reading,
    ) -> Result<Option<Constraint>> {
        let Reading::Chat(mode) = reading else { return Ok(None) };
        let grammars = match self.grammars.take() {
            Some(grammars) => grammars,
            None => Grammars::new(Arc::clone(&self.tokenizer))?,
        };
        let grammars = self.grammars.insert(grammars);
        let (constraint, left_out) =
            grammars.loose(mode, &rules(talk.tools(), self.format.clone())?)?;
        for error in left_out.iter().filter(|_| !self.quiet) {
            eprintln!("[{error}; its calls are not held to that]");
        }
        Ok(Some(constraint))
    }

    /// Answers a whole prompt while `view` shows it; Ctrl-C ends the answer.
    pub(super) fn answer(
        &mut self,
        prompt: &[TokenId],
        (reading, mut constraint): (Reading, Option<Constraint>),
        view: &mut View,
    ) -> Result<Answer> {
        let live = self.session.take();
        let resumed = self.kv.resume(&mut self.engine, &self.tokenizer, live, prompt)?;
        let Resumed { mut session, prompt, receipt } = resumed;
        let mut progress = Prefill::new(self.quiet);
        let interrupt = &self.interrupt;
        let listener = |update: Update<'_>| {
            let is_shown = match update {
                Update::Prefilled { done, total } => {
                    progress.advance(done, total);
                    true
                }
                Update::Token { .. } => true,
                Update::Piece(event) => view.show(event),
            };
            if interrupt.is_set() || !is_shown {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        };
        let request = Request {
            prompt: &prompt,
            reading,
            sampler: &mut self.sampler,
            constraint: constraint.as_mut(),
            max_tokens: self.max_tokens,
            kv: Some(&mut self.kv),
        };
        let answer = generate(&mut self.engine, &mut session, &self.tokenizer, request, listener);
        self.session = Some(session);
        let mut answer = answer?;
        answer.stats.receipt = Some(receipt);
        self.warn();
        Ok(answer)
    }

    /// Keeps the conversation, if it has a name.
    pub(super) fn save(&self, conversation: &Conversation) -> Result<()> {
        match &self.named {
            Some(named) => named.write(&conversation.saved(self.engine.model().plan.model.name)),
            None => Ok(()),
        }
    }

    /// Waits until what is kept is where it stays, and says what went wrong.
    pub(super) fn finish(&mut self) {
        self.kv.flush();
        self.warn();
    }

    fn warn(&mut self) {
        for warning in self.kv.take_warnings() {
            eprintln!("warning: {warning}");
        }
    }

    /// Tokens of the timeline.
    pub(super) fn n_used(&self) -> usize {
        self.session.as_ref().map_or(0, Session::len)
    }

    /// Forgets the timeline.
    pub(super) fn clear(&mut self) {
        if let Some(session) = self.session.take() {
            self.engine.close(session);
        }
    }
}
