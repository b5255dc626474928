//! What a terminal can show.

use std::{env, fmt, io::IsTerminal};

/// Whether text may be colored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Style {
    /// With escape sequences.
    Color,
    /// Plain text.
    Plain,
}

impl Style {
    /// What `stream` can show: colors on a terminal, unless `NO_COLOR` is set.
    pub(in crate::cli) fn of(stream: &impl IsTerminal) -> Self {
        let refused = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        if stream.is_terminal() && !refused("NO_COLOR") && !is_dumb {
            Self::Color
        } else {
            Self::Plain
        }
    }

    /// Begins text that is less important.
    pub(in crate::cli) fn dim(self) -> &'static str {
        self.sequence("\x1b[2m")
    }

    /// Begins text that stands out.
    pub(in crate::cli) fn bold(self) -> &'static str {
        self.sequence("\x1b[1m")
    }

    /// Ends either.
    pub(in crate::cli) fn reset(self) -> &'static str {
        self.sequence("\x1b[0m")
    }

    fn sequence(self, sequence: &'static str) -> &'static str {
        if self == Self::Color { sequence } else { "" }
    }
}

/// Text without control characters that would steer a terminal; they are shown as symbols.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Harmless<'a>(pub(in crate::cli) &'a str);

impl fmt::Display for Harmless<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        let mut rest = self.0;
        let steers = |c: char| c.is_control() && c != '\n' && c != '\t';
        while let Some(at) = rest.find(steers) {
            let (before, from) = rest.split_at(at);
            f.write_str(before)?;
            let control = from.chars().next().unwrap_or_default();
            // The symbols of the C0 controls stand in their order.
            let symbol = char::from_u32(0x2400 + u32::from(control)).filter(|_| control < ' ');
            f.write_char(symbol.unwrap_or(char::REPLACEMENT_CHARACTER))?;
            rest = &from[control.len_utf8()..];
        }
        f.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_become_symbols() {
        assert_eq!(Harmless("a\x1b[31m\tb\n\u{9b}c\x07").to_string(), "a␛[31m\tb\n\u{fffd}c␇");
        assert_eq!(Harmless("grün 中").to_string(), "grün 中");
    }
}
