//! The tokens, as far as constraints care.

use std::sync::Arc;

use aho_corasick::{
    Anchored,
    automaton::{Automaton, StateID},
    dfa::DFA,
};
use toktrie::{ApproximateTokEnv, SimpleVob, TokEnv, TokRxInfo, TokTrie};

use super::{Error, Result};
use crate::{
    chat::protocol,
    tokenizer::{TokenId, Tokenizer},
};

/// The byte by which `toktrie` knows special tokens; no text contains it.
const NO_TEXT: u8 = TokTrie::SPECIAL_TOKEN_MARKER;

/// What a reader of content takes for more than text.
const MARKERS: [&str; 5] =
    [protocol::BEGIN, protocol::END, protocol::THINK_OPEN, protocol::THINK_CLOSE, protocol::DSML];

/// A vocabulary.
#[derive(Debug)]
pub(super) struct Vocabulary {
    tokenizer: Arc<Tokenizer>,
    /// Tokens of text: all but added ones, and the one byte that no text has.
    text: SimpleVob,
    /// Those of them that could complete a marker, by their bytes.
    closers: Vec<TokenId>,
    pub(super) end: TokenId,
    pub(super) think_close: TokenId,
    pub(super) dsml: TokenId,
    content: DFA,
    calls: DFA,
}

/// Where text is, as far as markers go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    /// In reasoning or content: no marker may be spelled.
    Content(StateID),
    /// In a block of calls: only tags end values, so that a value can be text about markers.
    Calls(StateID),
}

/// A set of tokens.
#[derive(Debug, Clone)]
pub struct Mask(pub(super) SimpleVob);

impl Mask {
    /// Whether `token` is one of them.
    #[must_use]
    pub fn has(&self, token: TokenId) -> bool {
        self.0.is_allowed(token.0)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.num_set()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_zero()
    }
}

impl Vocabulary {
    pub(super) fn new(tokenizer: Arc<Tokenizer>) -> Result<Self> {
        let special = |token| tokenizer.token_id(token).ok_or(Error::Vocabulary { token });
        let think_close = special(protocol::THINK_CLOSE)?;
        let dsml = special(protocol::DSML)?;
        let mut text = SimpleVob::alloc(tokenizer.n_tokens());
        for token in (0..).map(TokenId).take(tokenizer.n_tokens()) {
            let bytes = tokenizer.token_bytes(token).filter(|_| !tokenizer.is_added(token));
            if bytes.is_some_and(|bytes| !bytes.is_empty() && !bytes.contains(&NO_TEXT)) {
                text.allow_token(token.0);
            }
        }
        let closes = |byte: &u8| MARKERS.iter().any(|marker| marker.as_bytes().ends_with(&[*byte]));
        let closers = (0..).map(TokenId).take(tokenizer.n_tokens()).filter(|&token| {
            let bytes = tokenizer.token_bytes(token).filter(|_| text.is_allowed(token.0));
            bytes.is_some_and(|bytes| bytes.iter().any(closes))
        });
        let closers = closers.collect();
        let matcher = |patterns: &[&str]| DFA::new(patterns).expect("a few short patterns");
        let (content, calls) = (matcher(&MARKERS), matcher(&[protocol::DSML]));
        Ok(Self {
            end: tokenizer.eos(),
            tokenizer,
            text,
            closers,
            think_close,
            dsml,
            content,
            calls,
        })
    }

    /// The bytes of a token of text; `None` for any other.
    pub(super) fn bytes(&self, token: TokenId) -> Option<&[u8]> {
        let is_text =
            (token.0 as usize) < self.tokenizer.n_tokens() && self.text.is_allowed(token.0);
        self.tokenizer.token_bytes(token).filter(|_| is_text)
    }

    /// No tokens.
    pub(super) fn none(&self) -> SimpleVob {
        SimpleVob::alloc(self.tokenizer.n_tokens())
    }

    /// All tokens of text.
    pub(super) fn text(&self) -> SimpleVob {
        self.text.clone()
    }

    /// The tokens of text of which `is_allowed` is true.
    pub(super) fn text_if(&self, mut is_allowed: impl FnMut(&[u8]) -> bool) -> SimpleVob {
        let mut mask = self.none();
        for token in (0..).map(TokenId).take(self.tokenizer.n_tokens()) {
            if self.bytes(token).is_some_and(&mut is_allowed) {
                mask.allow_token(token.0);
            }
        }
        mask
    }

    /// Takes out of `mask` what would complete a marker at `text`.
    pub(super) fn forbid_markers(&self, mask: &mut SimpleVob, text: Text) {
        for &token in
            self.closers.iter().filter(|token| mask.is_allowed(token.0)).collect::<Vec<_>>()
        {
            if self.bytes(token).is_some_and(|bytes| self.spell(text, bytes).is_none()) {
                mask.disallow_token(token.0);
            }
        }
    }

    /// Where content begins.
    pub(super) fn content(&self) -> Text {
        Text::Content(start(&self.content))
    }

    /// Where a part of a block of calls begins.
    pub(super) fn calls(&self) -> Text {
        Text::Calls(start(&self.calls))
    }

    /// Where `bytes` lead; `None` when they complete a marker.
    pub(super) fn spell(&self, text: Text, bytes: &[u8]) -> Option<Text> {
        let walk = |dfa: &DFA, state| {
            bytes.iter().try_fold(state, |state, &byte| {
                let next = dfa.next_state(Anchored::No, state, byte);
                (!dfa.is_match(next)).then_some(next)
            })
        };
        match text {
            Text::Content(state) => walk(&self.content, state).map(Text::Content),
            Text::Calls(state) => walk(&self.calls, state).map(Text::Calls),
        }
    }

    /// The marker in `text`, if there is one, which no answer could contain there.
    pub(super) fn marker_in(text: &str, in_calls: bool) -> Option<&'static str> {
        let markers = if in_calls { &MARKERS[4..] } else { &MARKERS[..] };
        markers.iter().copied().find(|marker| text.contains(marker))
    }

    /// The tree of the tokens of text. Added tokens are not in it, so that no grammar allows one;
    /// the end token stands for "the grammar can end here".
    pub(super) fn tree(&self) -> TokEnv {
        let n_tokens = self.tokenizer.n_tokens();
        let words: Vec<Vec<u8>> = (0..)
            .map(TokenId)
            .take(n_tokens)
            .map(|token| self.bytes(token).unwrap_or_default().to_vec())
            .collect();
        let n_tokens = u32::try_from(n_tokens).expect("ids have 32 bits");
        let info = TokRxInfo::new(n_tokens, self.end.0);
        // What forces text would tokenize it by its own rules; the model chooses tokens here.
        Arc::new(ApproximateTokEnv::new(TokTrie::from(&info, &words)))
    }
}

fn start(dfa: &DFA) -> StateID {
    dfa.start_state(Anchored::No).expect("the automaton was built for searches from anywhere")
}
