//! Cuts text into the pieces that merges never cross.
//!
//! The definition is three regular expressions, each applied inside every piece that the one
//! before it left; what lies between matches is a piece too, so no byte is lost:
//!
//! ```text
//! \p{N}{1,3}
//! [一-龥぀-ゟ゠-ヿ]+
//! [!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+
//!     | [^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+ | ?[\p{P}\p{S}]+[\r\n]*
//!     | \s*[\r\n]+ | \s+(?!\S) | \s+
//! ```
//!
//! [`pieces`] makes the first two cuts, [`split_words`] the third.
//! Time is linear in the text: no position is looked at more than a constant number of times.

use unicode_general_category::{GeneralCategory, get_general_category};

/// Longest run of numeric characters in one piece.
const MAX_DIGITS: usize = 3;

/// What the three expressions distinguish about a character; the sets are disjoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Category L.
    Letter,
    /// Category M.
    Mark,
    /// Category N.
    Number,
    /// Categories P and S.
    Symbol,
    /// CR or LF.
    Newline,
    /// Any other character with the property `White_Space`.
    Space,
    /// Controls, format characters, unassigned and private code points.
    Other,
}

impl Class {
    fn of(c: char) -> Self {
        use GeneralCategory as G;
        if let Ok(byte) = u8::try_from(c)
            && byte.is_ascii()
        {
            return ASCII[usize::from(byte)];
        }
        match get_general_category(c) {
            G::UppercaseLetter
            | G::LowercaseLetter
            | G::TitlecaseLetter
            | G::ModifierLetter
            | G::OtherLetter => Self::Letter,
            G::NonspacingMark | G::SpacingMark | G::EnclosingMark => Self::Mark,
            G::DecimalNumber | G::LetterNumber | G::OtherNumber => Self::Number,
            G::ConnectorPunctuation
            | G::DashPunctuation
            | G::OpenPunctuation
            | G::ClosePunctuation
            | G::InitialPunctuation
            | G::FinalPunctuation
            | G::OtherPunctuation
            | G::MathSymbol
            | G::CurrencySymbol
            | G::ModifierSymbol
            | G::OtherSymbol => Self::Symbol,
            _ if c.is_whitespace() => Self::Space,
            _ => Self::Other,
        }
    }

    const fn of_ascii(byte: u8) -> Self {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => Self::Letter,
            b'0'..=b'9' => Self::Number,
            b'\r' | b'\n' => Self::Newline,
            b' ' | b'\t' | 0x0b | 0x0c => Self::Space,
            0x21..=0x7e => Self::Symbol,
            _ => Self::Other,
        }
    }

    fn is_word(self) -> bool {
        matches!(self, Self::Letter | Self::Mark)
    }

    fn is_whitespace(self) -> bool {
        matches!(self, Self::Space | Self::Newline)
    }
}

/// Classes of the first 128 characters.
const ASCII: [Class; 128] = {
    let mut classes = [Class::Other; 128];
    let mut byte = 0_u8;
    while byte < 128 {
        classes[byte as usize] = Class::of_ascii(byte);
        byte += 1;
    }
    classes
};

/// Calls `emit` with every piece of `text`, in order; together they are `text`.
pub(super) fn pieces<'t>(text: &'t str, mut emit: impl FnMut(&'t str)) {
    let mut start = 0;
    while start < text.len() {
        let (cut, end) = cut_at(text, start);
        match cut {
            // The third expression matches nothing in a run of numbers.
            Cut::Numbers => emit(&text[start..end]),
            Cut::Cjk | Cut::Rest => split_words(&text[start..end], &mut emit),
        }
        start = end;
    }
}

/// Which of the first two expressions a stretch of text belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Numbers,
    Cjk,
    Rest,
}

impl Cut {
    fn of(c: char) -> Self {
        match c {
            '\u{4e00}'..='\u{9fa5}' | '\u{3040}'..='\u{30ff}' => Self::Cjk,
            _ if Class::of(c) == Class::Number => Self::Numbers,
            _ => Self::Rest,
        }
    }
}

/// The kind and end of the stretch that begins at `start`, which is inside `text`.
fn cut_at(text: &str, start: usize) -> (Cut, usize) {
    let mut chars = text[start..].char_indices();
    let cut = chars.next().map_or(Cut::Rest, |(_, c)| Cut::of(c));
    let limit = if cut == Cut::Numbers { MAX_DIGITS } else { usize::MAX };
    let end = chars
        .zip(1..)
        .find(|&((_, c), n_before)| n_before == limit || Cut::of(c) != cut)
        .map_or(text.len(), |((at, _), _)| start + at);
    (cut, end)
}

/// Splits `text` by the third expression.
fn split_words<'t>(text: &'t str, emit: &mut impl FnMut(&'t str)) {
    let mut unmatched = 0;
    let mut at = 0;
    while let Some((class, after)) = class_at(text, at) {
        let Some(end) = match_end(text, at, class, after) else {
            at = after;
            continue;
        };
        if unmatched < at {
            emit(&text[unmatched..at]);
        }
        emit(&text[at..end]);
        at = end;
        unmatched = end;
    }
    if unmatched < at {
        emit(&text[unmatched..at]);
    }
}

/// Where the third expression's match at `at` ends, or `None` when nothing matches there.
///
/// `class` and `after` describe the character at `at`, as [`class_at`] does.
fn match_end(text: &str, at: usize, class: Class, after: usize) -> Option<usize> {
    match class {
        Class::Letter | Class::Mark => Some(run_end(text, after, Class::is_word)),
        Class::Symbol => {
            let letters = ascii_letters_end(text, after);
            if text.as_bytes()[at].is_ascii() && letters > after {
                return Some(letters);
            }
            Some(symbols_end(text, after))
        }
        Class::Number | Class::Other => word_after(text, after),
        Class::Space => {
            let is_blank = text.as_bytes()[at] == b' ';
            word_after(text, after)
                .or_else(|| {
                    let symbol = class_at(text, after).is_some_and(|(c, _)| c == Class::Symbol);
                    (is_blank && symbol).then(|| symbols_end(text, after))
                })
                .or_else(|| Some(whitespace_end(text, at)))
        }
        Class::Newline => Some(whitespace_end(text, at)),
    }
}

/// End of the letters and marks at `at`, or `None` when there are none.
fn word_after(text: &str, at: usize) -> Option<usize> {
    let end = run_end(text, at, Class::is_word);
    (end > at).then_some(end)
}

/// End of the symbols at `at` and of the newlines that follow them.
fn symbols_end(text: &str, at: usize) -> usize {
    let end = run_end(text, at, |class| class == Class::Symbol);
    run_end(text, end, |class| class == Class::Newline)
}

/// End of the whitespace match at `at`, where a whitespace character stands.
///
/// A run with newlines ends after its last one.
/// Any other run reaches the end of the text, or leaves its last character to what follows
/// unless that is its only one.
fn whitespace_end(text: &str, at: usize) -> usize {
    let mut end = at;
    let mut last = at;
    let mut newlines_end = None;
    while let Some((class, after)) = class_at(text, end).filter(|(class, _)| class.is_whitespace())
    {
        if class == Class::Newline {
            newlines_end = Some(after);
        }
        last = end;
        end = after;
    }
    match newlines_end {
        Some(newlines_end) => newlines_end,
        None if end == text.len() || last == at => end,
        None => last,
    }
}

/// End of the run of characters at `at` whose class `accepts`.
fn run_end(text: &str, mut at: usize, accepts: impl Fn(Class) -> bool) -> usize {
    while let Some((_, after)) = class_at(text, at).filter(|&(class, _)| accepts(class)) {
        at = after;
    }
    at
}

/// End of the run of ASCII letters at `at`.
fn ascii_letters_end(text: &str, at: usize) -> usize {
    let rest = &text.as_bytes()[at..];
    at + rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count()
}

/// Class of the character at `at` and the position after it; `None` at the end of `text`.
fn class_at(text: &str, at: usize) -> Option<(Class, usize)> {
    let byte = *text.as_bytes().get(at)?;
    if byte.is_ascii() {
        return Some((ASCII[usize::from(byte)], at + 1));
    }
    let c = text[at..].chars().next()?;
    Some((Class::of(c), at + c.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        pieces(text, |piece| found.push(piece));
        found
    }

    /// Counts measured with the expressions' own engine (Oniguruma, Unicode 16).
    #[test]
    fn classes_have_the_sizes_of_unicode_16() {
        let count = |wanted| ('\0'..=char::MAX).filter(|&c| Class::of(c) == wanted).count();
        assert_eq!(count(Class::Letter), 141_028);
        assert_eq!(count(Class::Mark), 2_501);
        assert_eq!(count(Class::Number), 1_911);
        assert_eq!(count(Class::Symbol), 855 + 8_514);
        assert_eq!(count(Class::Space) + count(Class::Newline), 25);
    }

    #[test]
    fn whitespace_gives_up_its_last_character() {
        assert_eq!(split("a   b"), ["a", "  ", " b"]);
        assert_eq!(split("a  \n\n  b"), ["a", "  \n\n", " ", " b"]);
        assert_eq!(split("a \t7"), ["a", " \t", "7"]);
        assert_eq!(split("a \t\u{200b}"), ["a", " ", "\t", "\u{200b}"]);
        assert_eq!(split("a  "), ["a", "  "]);
    }

    #[test]
    fn numbers_and_ideographs_are_cut_first() {
        assert_eq!(split("x 12345y"), ["x", " ", "123", "45", "y"]);
        assert_eq!(split(" カ・キ。中文"), [" ", "カ", "・", "キ", "。", "中文"]);
    }

    #[test]
    fn punctuation_takes_letters_or_newlines() {
        assert_eq!(split("(abc)\r\n\n"), ["(abc", ")\r\n\n"]);
        assert_eq!(split("'été"), ["'", "été"]);
        assert_eq!(split("a ->b"), ["a", " ->", "b"]);
        assert_eq!(split("“word”"), ["“", "word", "”"]);
    }

    #[test]
    fn unmatched_text_is_one_piece() {
        assert_eq!(split("\u{200b}\u{200b}"), ["\u{200b}\u{200b}"]);
        assert_eq!(split("\u{200b}\u{200b}a"), ["\u{200b}", "\u{200b}a"]);
        assert_eq!(split("\r\u{301}x"), ["\r", "\u{301}x"]);
    }
}
