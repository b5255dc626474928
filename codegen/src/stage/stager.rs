//! Templates to text.

use std::collections::BTreeMap;

use super::{
    Source, StageError,
    error::{At, Fault, Problem},
    expr::is_word,
    run::Run,
    value::Scope,
};

/// Fills the templates of one kernel.
#[derive(Debug)]
pub struct Stager<'l> {
    library: &'l [&'static Source],
    /// Template and text of what was imported, in dependency order.
    imported: Vec<(&'static str, String)>,
    /// Texts of `imported`, one after the other.
    text: String,
    /// What the kernel defines, and the template that does.
    defined: BTreeMap<String, &'static str>,
    reads: Vec<String>,
}

impl<'l> Stager<'l> {
    /// A kernel without text, whose templates import from `library`.
    pub fn new(library: &'l [&'static Source]) -> Self {
        Self {
            library,
            imported: vec![],
            text: String::new(),
            defined: BTreeMap::new(),
            reads: vec![],
        }
    }

    /// The text of `source` with the names of `scope`; what it imports is added to
    /// [`imported`](Self::imported).
    ///
    /// # Errors
    ///
    /// [`StageError`] with the place in the template. What was imported until then stays.
    pub fn stage(&mut self, source: &'static Source, scope: &Scope) -> Result<String, StageError> {
        let mut run = Run::new(self, scope);
        let body = run.template(source, BTreeMap::new())?;
        let unused = run.unused().map(str::to_owned);
        self.reads = run.into_reads();
        let problem = unused.map(|name| Problem::Unused(format!("`{name}`")));
        let fault = problem.map_or(Ok(()), |problem| Err(Fault::new(BEGINNING, problem)));
        let defined = fault.and_then(|()| self.define(source, &body));
        defined.map(|()| body).map_err(|fault| StageError::new(source, fault))
    }

    /// The text of every import so far, each after what it imports itself.
    pub fn imported(&self) -> &str {
        &self.text
    }

    /// The names of the scope whose values the latest text of [`stage`](Self::stage) and its
    /// imports depend on, in order of first use. Names that only `has` asks for are not among
    /// them, nor those of branches that were not taken.
    pub fn read_names(&self) -> &[String] {
        &self.reads
    }

    /// The template of the library at this path.
    pub(super) fn find(&self, path: &str) -> Result<&'static Source, Problem> {
        let found = self.library.iter().find(|source| source.name == path);
        found.copied().ok_or_else(|| {
            let known: Vec<_> = self.library.iter().map(|source| source.name).collect();
            Problem::UnknownImport { path: path.to_owned(), known: known.join(", ") }
        })
    }

    /// Adds an import, unless the kernel has the same text of it.
    pub(super) fn import(&mut self, source: &'static Source, text: String) -> Result<(), Fault> {
        if self.imported.iter().any(|(name, known)| *name == source.name && *known == text) {
            return Ok(());
        }
        self.define(source, &text)?;
        if !self.text.is_empty() && !text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(&text);
        self.imported.push((source.name, text));
        Ok(())
    }

    /// Notes what `text` defines.
    fn define(&mut self, source: &'static Source, text: &str) -> Result<(), Fault> {
        for name in definitions(text) {
            if let Some(by) = self.defined.insert(name.to_owned(), source.name) {
                let (name, by) = (name.to_owned(), by.to_owned());
                return Err(Fault::new(BEGINNING, Problem::Defined { name, by }));
            }
        }
        Ok(())
    }
}

/// Where a problem of a whole template is reported.
const BEGINNING: At = At { line: 1, start: 0, end: 0 };

/// The names that the unindented lines of `text` define.
fn definitions(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let mut rest = line;
        // Attributes, as in `@group(0) @binding(1) var`.
        while rest.starts_with('@') {
            rest = rest.split_once(' ')?.1;
        }
        let (keyword, rest) = rest.split_once([' ', '<'])?;
        let rest = match keyword {
            "fn" | "struct" | "const" | "alias" | "override" => rest,
            "var" => rest.split_once('>').map_or(rest, |(_, rest)| rest),
            _ => return None,
        };
        let rest = rest.trim_start();
        let name = &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())];
        (!name.is_empty()).then_some(name)
    })
}
