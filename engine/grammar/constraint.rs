//! Where an answer stands, and what may follow.

use std::{fmt, sync::Arc};

use super::{
    Error, Result,
    calls::{Call, Calls, Next, Tag},
    compile::Machine,
    vocabulary::{Mask, Text, Vocabulary},
};
use crate::{
    chat::{Mode, protocol},
    tokenizer::TokenId,
};

/// What stands between content and a block of calls.
const BEFORE_CALLS: &str = {
    // The marker of the block without its tag.
    let (before, _) = protocol::CALLS_MARKER.split_at("\n\n<".len());
    before
};

/// What an answer must be, and where it stands.
#[derive(Clone)]
pub struct Constraint {
    vocabulary: Arc<Vocabulary>,
    content: Content,
    calls: Option<Arc<Calls>>,
    place: Place,
    text: Text,
    /// The last bytes of content, as many as stand before a block of calls.
    tail: [u8; BEFORE_CALLS.len()],
}

/// What content must be.
#[derive(Debug, Clone)]
pub(super) enum Content {
    Text,
    Json(Arc<Machine>),
    /// There is none: the block of calls comes at once.
    Calls,
}

/// Where in an answer the next token stands.
#[derive(Debug, Clone)]
enum Place {
    Reasoning,
    /// In free content.
    Content,
    /// Where content that is JSON begins, unless calls do.
    Json(Machine),
    /// In content that is JSON.
    InJson(Machine),
    /// In fixed text of a block of calls.
    Tag(Tag, Call),
    /// In the value of an argument.
    Value(Machine, Call),
    /// Behind everything.
    End,
}

/// What a token is to the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Text,
    ThinkClose,
    Dsml,
    End,
    Other,
}

impl fmt::Debug for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Constraint").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Constraint {
    pub(super) fn new(
        vocabulary: Arc<Vocabulary>,
        mode: Mode,
        (content, calls): (Content, Option<Arc<Calls>>),
    ) -> Self {
        let text = vocabulary.content();
        let tail = [0; BEFORE_CALLS.len()];
        let place = Place::Reasoning;
        let mut new = Self { vocabulary, content, calls, place, text, tail };
        if mode == Mode::Chat {
            new.begin_content();
        }
        new
    }

    /// Whether `token` may come next.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when the answer has become too complex to follow.
    pub fn allows(&mut self, token: TokenId) -> Result<bool> {
        let sort = self.sort(token);
        let Self { vocabulary, place, calls, text, tail, .. } = self;
        let Some(bytes) = vocabulary.bytes(token) else {
            return Ok(match (place, sort) {
                (Place::Reasoning, Sort::ThinkClose) | (Place::Content | Place::End, Sort::End) => {
                    true
                }
                (Place::Content, Sort::Dsml) => {
                    calls.is_some() && *tail == *BEFORE_CALLS.as_bytes()
                }
                (Place::Json(machine) | Place::InJson(machine), Sort::End)
                | (Place::Value(machine, _), Sort::Dsml) => machine.can_end()?,
                (Place::Tag(tag, _), Sort::Dsml) => tag.ends_with_dsml(),
                _ => false,
            });
        };
        if vocabulary.spell(*text, bytes).is_none() {
            return Ok(false);
        }
        Ok(match place {
            Place::Reasoning | Place::Content => true,
            Place::Json(machine) => {
                (calls.is_some() && BEFORE_CALLS.as_bytes().starts_with(bytes))
                    || machine.allows(token)?
            }
            Place::InJson(machine) | Place::Value(machine, _) => machine.allows(token)?,
            Place::Tag(tag, _) => tag.allows(bytes),
            Place::End => false,
        })
    }

    /// Every token that may come next.
    ///
    /// # Errors
    ///
    /// [`Error::Stuck`] when there is none, [`Error::Failed`] as of [`Constraint::allows`].
    pub fn mask(&mut self) -> Result<Mask> {
        let ends: [TokenId; 3] =
            [self.vocabulary.end, self.vocabulary.think_close, self.vocabulary.dsml];
        let mut mask = self.text_mask()?;
        for token in ends {
            mask.disallow_token(token.0);
            if self.allows(token)? {
                mask.allow_token(token.0);
            }
        }
        if mask.is_zero() {
            return Err(Error::Stuck);
        }
        Ok(Mask(mask))
    }

    /// The tokens of text that may come next; what it says of others is not meant.
    fn text_mask(&mut self) -> Result<toktrie::SimpleVob> {
        let Self { vocabulary, place, calls, text, .. } = self;
        let mut mask = match place {
            Place::Reasoning | Place::Content => vocabulary.text(),
            Place::Tag(tag, _) => vocabulary.text_if(|bytes| tag.allows(bytes)),
            Place::End => vocabulary.none(),
            Place::Json(machine) | Place::InJson(machine) | Place::Value(machine, _) => {
                machine.mask()?
            }
        };
        if calls.is_some() && matches!(place, Place::Json(_)) {
            let before = BEFORE_CALLS.as_bytes();
            mask.or(&vocabulary.text_if(|bytes| before.starts_with(bytes)));
        }
        vocabulary.forbid_markers(&mut mask, *text);
        Ok(mask)
    }

    /// Goes on with a token that [`Constraint::allows`].
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] as of [`Constraint::allows`], and [`Error::Stuck`] for a token that it does
    /// not allow.
    pub fn take(&mut self, token: TokenId) -> Result<()> {
        let sort = self.sort(token);
        if sort != Sort::Text {
            return self.take_special(sort);
        }
        let vocabulary = Arc::clone(&self.vocabulary);
        let bytes = vocabulary.bytes(token).ok_or(Error::Stuck)?;
        self.text = vocabulary.spell(self.text, bytes).ok_or(Error::Stuck)?;
        match &mut self.place {
            Place::Reasoning => {}
            Place::Content => {
                for &byte in bytes {
                    self.tail.rotate_left(1);
                    self.tail[BEFORE_CALLS.len() - 1] = byte;
                }
            }
            Place::Json(machine) => {
                if self.calls.is_some() && BEFORE_CALLS.as_bytes().starts_with(bytes) {
                    let mut tag = Tag::before_calls(BEFORE_CALLS);
                    tag.take(bytes);
                    self.place = Place::Tag(tag, Call::default());
                    return Ok(());
                }
                machine.take(token)?;
                if let Place::Json(machine) = std::mem::replace(&mut self.place, Place::End) {
                    self.place = Place::InJson(machine);
                }
            }
            Place::InJson(machine) | Place::Value(machine, _) => machine.take(token)?,
            Place::Tag(tag, call) => {
                if let Some(next) = tag.take(bytes) {
                    let call = std::mem::take(call);
                    self.enter(next, call)?;
                }
            }
            Place::End => return Err(Error::Stuck),
        }
        Ok(())
    }

    fn take_special(&mut self, sort: Sort) -> Result<()> {
        match (std::mem::replace(&mut self.place, Place::End), sort) {
            (Place::Reasoning, Sort::ThinkClose) => self.begin_content(),
            (_, Sort::End) => {}
            (Place::Content, Sort::Dsml) => {
                self.place = Place::Tag(Tag::calls(), Call::default());
                self.text = self.vocabulary.calls();
            }
            (Place::Value(..), Sort::Dsml) if self.calls.is_none() => return Err(Error::Stuck),
            (Place::Value(_, call), Sort::Dsml) => {
                self.text = self.vocabulary.calls();
                let calls = self.calls.as_ref().ok_or(Error::Stuck)?;
                self.place = Place::Tag(calls.behind_value(&call), call);
            }
            (Place::Tag(tag, call), Sort::Dsml) => {
                self.text = self.vocabulary.calls();
                let next = tag.next().ok_or(Error::Stuck)?;
                self.enter(next, call)?;
            }
            _ => return Err(Error::Stuck),
        }
        Ok(())
    }

    /// Goes on behind fixed text.
    fn enter(&mut self, next: Next, mut call: Call) -> Result<()> {
        let calls = self.calls.as_ref().ok_or(Error::Stuck)?;
        self.place = match next {
            Next::Tag(part) => Place::Tag(calls.tag(part, &mut call), call),
            Next::Value(parameter) => {
                let machine = calls.value(parameter, &mut call);
                Place::Value(machine.clone(), call)
            }
            Next::End => Place::End,
        };
        Ok(())
    }

    fn begin_content(&mut self) {
        self.text = self.vocabulary.content();
        self.place = match &self.content {
            Content::Text => Place::Content,
            Content::Json(machine) => Place::Json(Machine::clone(machine)),
            Content::Calls => Place::Tag(Tag::before_calls(BEFORE_CALLS), Call::default()),
        };
    }

    fn sort(&self, token: TokenId) -> Sort {
        let Vocabulary { end, think_close, dsml, .. } = *self.vocabulary;
        match token {
            _ if token == end => Sort::End,
            _ if token == think_close => Sort::ThinkClose,
            _ if token == dsml => Sort::Dsml,
            _ if self.vocabulary.bytes(token).is_some() => Sort::Text,
            _ => Sort::Other,
        }
    }
}
