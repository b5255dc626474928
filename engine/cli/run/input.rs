//! Puts messages together from lines.

/// Begins and ends a block of lines.
const FENCE: &str = "\"\"\"";

/// A message that is being typed.
#[derive(Debug, Default)]
pub(super) struct Draft {
    text: String,
    open: Open,
}

/// What the draft waits for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// Nothing was typed.
    #[default]
    Nothing,
    /// The last line ended with a backslash.
    Line,
    /// A block has no end.
    Block,
}

impl Draft {
    /// Takes the next line; returns the message when it is whole.
    pub(super) fn push(&mut self, line: &str) -> Option<String> {
        let mut line = line;
        if self.open == Open::Nothing
            && let Some(rest) = line.trim_start().strip_prefix(FENCE)
        {
            self.open = Open::Block;
            line = rest;
            // What follows the fence is the first line, if there is anything.
            if line.is_empty() {
                return None;
            }
        }
        if self.open == Open::Block {
            return match line.trim_end().strip_suffix(FENCE) {
                Some(last) => {
                    self.add(last);
                    self.finish()
                }
                None => {
                    self.add(line);
                    self.text.push('\n');
                    None
                }
            };
        }
        if let Some(line) = line.strip_suffix('\\') {
            self.add(line);
            self.text.push('\n');
            self.open = Open::Line;
            return None;
        }
        self.add(line);
        self.finish()
    }

    /// Whether lines are missing.
    pub(super) fn is_open(&self) -> bool {
        self.open != Open::Nothing
    }

    fn add(&mut self, line: &str) {
        self.text.push_str(line);
    }

    fn finish(&mut self) -> Option<String> {
        let is_block = self.open == Open::Block;
        let draft = std::mem::take(self);
        let text = if is_block { draft.text.trim_end_matches('\n').to_owned() } else { draft.text };
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(lines: &[&str]) -> Vec<String> {
        let mut draft = Draft::default();
        let messages = lines.iter().filter_map(|line| draft.push(line)).collect();
        assert!(!draft.is_open());
        messages
    }

    #[test]
    fn lines_become_messages() {
        assert_eq!(messages(&["one", "two"]), ["one", "two"]);
        assert_eq!(messages(&["one\\", "two\\", "three", "four"]), ["one\ntwo\nthree", "four"]);
        assert_eq!(messages(&["\"\"\"", "one", "", "two", "\"\"\"", "x"]), ["one\n\ntwo", "x"]);
        assert_eq!(messages(&["\"\"\"one", "two\\", "three\"\"\" "]), ["one\ntwo\\\nthree"]);
        assert_eq!(messages(&["\"\"\"one\"\"\""]), ["one"]);
        assert_eq!(messages(&["\"\"\"", "\"\"\""]), [""]);
        // A fence inside a message is text.
        assert_eq!(messages(&["a \"\"\" b"]), ["a \"\"\" b"]);
    }
}
