//! The text of a prompt, with its special tokens told apart from text that only looks like them.

use super::protocol;

/// A stretch of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The characters.
    pub text: String,
    /// Whether the text is exactly one special token, written by the encoder.
    /// Otherwise it is to be tokenized without matching special tokens.
    pub trusted: bool,
}

/// An encoded conversation.
///
/// Tokenizing the segments one by one gives the ids of the whole text, except where the text of a
/// message spells a special token: the whole text makes a control token of it, the segments keep
/// it as characters. No two untrusted segments are neighbors and none is empty, so no word of a
/// prompt is cut.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prompt {
    segments: Vec<Segment>,
}

impl Prompt {
    /// The segments in order.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> String {
        self.segments.iter().map(|segment| segment.text.as_str()).collect()
    }

    /// Appends one special token.
    pub(super) fn push_token(&mut self, token: &str) {
        self.segments.push(Segment { text: token.to_owned(), trusted: true });
    }

    /// Appends characters in which no special token is meant.
    pub(super) fn push_text(&mut self, text: &str) {
        match self.segments.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if !last.trusted => last.text.push_str(text),
            _ => self.segments.push(Segment { text: text.to_owned(), trusted: false }),
        }
    }

    /// Appends what is already divided.
    pub(super) fn push_segments(&mut self, segments: &[Segment]) {
        for segment in segments {
            if segment.trusted {
                self.push_token(&segment.text);
            } else {
                self.push_text(&segment.text);
            }
        }
    }

    /// Appends a fixed text of the protocol, which may contain special tokens.
    pub(super) fn push_fixed(&mut self, text: &str) {
        let mut rest = text;
        while let Some((at, token)) = protocol::INLINE_TOKENS
            .iter()
            .filter_map(|token| Some((rest.find(token)?, *token)))
            .min()
        {
            self.push_text(&rest[..at]);
            self.push_token(token);
            rest = &rest[at + token.len()..];
        }
        self.push_text(rest);
    }
}
