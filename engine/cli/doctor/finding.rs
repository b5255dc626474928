//! What the facts mean: what is right, what is not, and how to mend it.

use serde::Serialize;

use super::facts::Facts;

mod devices;
mod machine;
mod model;
mod power;
mod storage;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Severity {
    Ok,
    /// Good to know.
    Note,
    /// Slower or less than it could be.
    Warning,
    /// The model does not run, or not where it was asked for.
    Problem,
}

impl Severity {
    /// The word that people and programs see.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// Something that the facts say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) severity: Severity,
    /// The field of the facts that it comes from.
    pub(super) section: &'static str,
    pub(super) found: String,
    pub(super) expected: Option<String>,
    /// How to mend it, in words with commands between backticks.
    pub(super) mend: Option<String>,
    /// These commands.
    commands: Vec<String>,
}

impl Finding {
    fn new(severity: Severity, section: &'static str, found: impl Into<String>) -> Self {
        let found = found.into();
        Self { severity, section, found, expected: None, mend: None, commands: vec![] }
    }

    fn expected(self, expected: impl Into<String>) -> Self {
        Self { expected: Some(expected.into()), ..self }
    }

    fn mend(self, mend: impl Into<String>) -> Self {
        let mend = mend.into();
        if mend.is_empty() {
            return self;
        }
        let commands = mend.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        Self { mend: Some(mend), commands, ..self }
    }
}

/// Everything that is found, the worst first; `asked` is the kind of device that has to run the
/// model, where one was named.
pub(super) fn all(facts: &Facts, asked: Option<&str>) -> Vec<Finding> {
    let mut findings = model::findings(facts, asked);
    findings.extend(devices::findings(facts, asked));
    findings.extend(machine::findings(facts));
    findings.extend(storage::findings(facts));
    findings.extend(power::findings(facts));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

/// A path as a word of a shell.
fn quoted(path: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,@%".contains(c);
    if !path.is_empty() && path.chars().all(is_plain) {
        return path.to_owned();
    }
    format!("'{}'", path.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The finding that begins with `words`.
    pub(super) fn one(findings: &[Finding], words: &str) -> Finding {
        let found = findings.iter().find(|finding| finding.found.starts_with(words));
        found.unwrap_or_else(|| panic!("{words}: {findings:#?}")).clone()
    }

    #[test]
    fn commands_stand_between_backticks() {
        let finding = Finding::new(Severity::Note, "power", "x").mend("run `a b`, then `c`");
        assert_eq!(finding.commands, ["a b", "c"]);
        assert_eq!(Finding::new(Severity::Note, "power", "x").mend("").mend, None);
    }

    #[test]
    fn paths_are_words_of_a_shell() {
        assert_eq!(quoted("/a/b-1.gguf"), "/a/b-1.gguf");
        assert_eq!(quoted("/a b/it's"), "'/a b/it'\\''s'");
        assert_eq!(quoted("$(x)"), "'$(x)'");
    }

    #[test]
    fn nothing_is_wrong_where_nothing_is_known() {
        let findings = all(&Facts::default(), None);
        assert!(findings.iter().all(|finding| finding.severity <= Severity::Note), "{findings:?}");
    }

    #[test]
    fn the_worst_comes_first() {
        let mut facts = Facts::default();
        facts.build.debug = true;
        facts.model.reason = Some("it is gone".to_owned());
        let found: Vec<_> = all(&facts, None).iter().map(|finding| finding.severity).collect();
        assert_eq!(found, [Severity::Problem, Severity::Warning]);
    }
}
