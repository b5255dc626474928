//! Ends an answer at a text that the client named.

/// Looks for several texts in a stream, and holds back what may be the beginning of one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stops {
    texts: Vec<String>,
    held: String,
}

/// What of a stream can be passed on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Passed {
    pub(crate) text: String,
    /// The text that ended the stream.
    pub(crate) stop: Option<String>,
}

impl Stops {
    pub(crate) fn new(texts: Vec<String>) -> Self {
        Self { texts, held: String::new() }
    }

    /// Takes more of the stream.
    pub(crate) fn push(&mut self, text: &str) -> Passed {
        if self.texts.is_empty() {
            return Passed { text: text.to_owned(), stop: None };
        }
        self.held.push_str(text);
        let found =
            self.texts.iter().filter_map(|stop| Some((self.held.find(stop.as_str())?, stop)));
        // Of several at one place, the one that was named first.
        if let Some((at, stop)) = found.min_by_key(|(at, _)| *at) {
            let stop = stop.clone();
            self.held.truncate(at);
            return Passed { text: std::mem::take(&mut self.held), stop: Some(stop) };
        }
        let held = self.texts.iter().map(|stop| overlap(&self.held, stop)).max().unwrap_or(0);
        let rest = self.held.split_off(self.held.len() - held);
        Passed { text: std::mem::replace(&mut self.held, rest), stop: None }
    }

    /// Ends the stream: what was held back is text after all.
    pub(crate) fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }
}

/// Bytes at the end of `text` that begin `stop`, and are not all of it.
fn overlap(text: &str, stop: &str) -> usize {
    let longest = text.len().min(stop.len().saturating_sub(1));
    let fits = |n: &usize| {
        let at = text.len() - n;
        text.is_char_boundary(at) && stop.as_bytes().starts_with(&text.as_bytes()[at..])
    };
    (1..=longest).rev().find(fits).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pieces(stops: &[&str], pieces: &[&str]) -> (Vec<String>, Option<String>) {
        let mut stops = Stops::new(stops.iter().map(|&stop| stop.to_owned()).collect());
        let mut passed = vec![];
        for piece in pieces {
            let Passed { text, stop } = stops.push(piece);
            passed.push(text);
            if stop.is_some() {
                return (passed, stop);
            }
        }
        passed.push(stops.finish());
        (passed, None)
    }

    #[test]
    fn what_may_begin_a_stop_is_held_back() {
        let (passed, stop) = pieces(&["END"], &["one E", "N", "e", " EN", "D more"]);
        assert_eq!(passed, ["one ", "", "ENe", " ", ""]);
        assert_eq!(stop.as_deref(), Some("END"));
        let (passed, stop) = pieces(&["é!"], &["caf", "é", "é", "!"]);
        assert_eq!((passed.concat().as_str(), stop.as_deref()), ("café", Some("é!")));
        assert_eq!(pieces(&["END"], &["EN"]), (vec![String::new(), "EN".into()], None));
        assert_eq!(pieces(&[], &["END"]).0, ["END", ""]);
    }

    proptest! {
        #[test]
        fn however_it_is_cut_the_first_stop_ends_it(
            text in "[abé]{0,12}",
            stops in prop::collection::vec("[abé]{1,3}", 0..3),
            cuts in prop::collection::vec(0..12_usize, 0..5),
        ) {
            let mut cuts: Vec<_> =
                cuts.into_iter().filter(|cut| text.is_char_boundary(*cut)).collect();
            cuts.extend([0, text.len()]);
            cuts.retain(|cut| *cut <= text.len());
            cuts.sort_unstable();
            let parts: Vec<_> = cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]).collect();
            let names: Vec<_> = stops.iter().map(String::as_str).collect();
            let (passed, stop) = pieces(&names, &parts);
            // Whichever is whole first ends it; nothing of a stop is ever passed on before.
            let passed = passed.concat();
            prop_assert!(text.starts_with(&passed));
            match stop {
                Some(stop) => prop_assert!(text[passed.len()..].starts_with(&stop)),
                None => prop_assert!(passed == text && !names.iter().any(|s| text.contains(s))),
            }
        }
    }
}
