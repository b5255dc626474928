//! What of a prompt did not have to be computed, and why the rest had to.

use std::fmt;

use crate::tokenizer::TokenId;

/// Where the reused tokens of a prompt came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Source {
    /// There were none.
    #[default]
    Nothing,
    /// The timeline that went before: continued, or taken back to an earlier position.
    Live,
    /// Pages of another timeline on the device, shared.
    Fork,
    /// The host's memory.
    Memory,
    /// The disk.
    Disk,
}

/// Why tokens of a prompt had to be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Nothing is kept, or nothing that begins as the prompt does.
    Unknown,
    /// All that is kept of the prompt was reused; the rest goes on after it.
    Longer,
    /// What is kept goes on with another text.
    Text,
    /// What is kept goes on with the same text in other tokens.
    Tokens,
    /// The same tokens were there before, and no position near them is kept.
    NotKept,
}

/// Where a prompt left what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// The position of the first token that differs from the kept timeline most like the prompt.
    pub position: usize,
    /// What the prompt has there, unless it ends.
    pub prompt: Option<TokenId>,
    /// What the timeline has there, unless it ends.
    pub kept: Option<TokenId>,
    /// Why it differs, or why tokens before it were not reused.
    pub why: Why,
}

/// What of a prompt was reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Tokens of the prompt, as they are in the session.
    pub n_prompt: usize,
    /// Tokens that did not have to be computed.
    pub n_reused: usize,
    /// Where they came from.
    pub source: Source,
    /// Whether the reused tokens are other tokens of the same text than the prompt's.
    pub is_same_text: bool,
    /// Where the prompt left what is kept.
    pub difference: Difference,
}

impl Source {
    /// The word that machine-readable output uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Live => "live",
            Self::Fork => "fork",
            Self::Memory => "memory",
            Self::Disk => "disk",
        }
    }
}

impl Why {
    /// The word that machine-readable output uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Longer => "longer",
            Self::Text => "text",
            Self::Tokens => "tokens",
            Self::NotKept => "not_kept",
        }
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { n_reused, source, difference, .. } = self;
        let position = difference.position;
        match source {
            Source::Nothing => f.write_str("0 reused")?,
            Source::Live => write!(f, "{n_reused} reused")?,
            Source::Fork => write!(f, "{n_reused} reused from another timeline")?,
            Source::Memory => write!(f, "{n_reused} reused from memory")?,
            Source::Disk => write!(f, "{n_reused} reused from disk")?,
        }
        if self.is_same_text {
            f.write_str(" by their text")?;
        }
        match difference.why {
            Why::Unknown | Why::Longer => Ok(()),
            Why::Text => write!(f, ", other text from token {position} on"),
            Why::Tokens => write!(f, ", the same text in other tokens from token {position} on"),
            Why::NotKept => write!(f, ", known up to token {position} but not kept there"),
        }
    }
}
