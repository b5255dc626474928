//! What can be wrong with a template, and where.

use std::fmt;

use super::Source;

/// A part of one line of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct At {
    /// Counted from 1.
    pub(super) line: usize,
    /// First byte within the line.
    pub(super) start: usize,
    /// Byte after the last one.
    pub(super) end: usize,
}

/// A problem within a text that the caller knows.
#[derive(Debug, PartialEq)]
pub(super) struct Fault {
    pub(super) at: At,
    pub(super) problem: Box<Problem>,
}

impl Fault {
    pub(super) fn new(at: At, problem: Problem) -> Self {
        Self { at, problem: Box::new(problem) }
    }
}

/// What is wrong with a template or an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A name that nobody gave a value.
    #[error("`{0}` has no value here; {1}")]
    UnknownName(String, String),
    /// `${` without `}` on the same line.
    #[error("this hole is not closed; expected `}}` on the same line")]
    UnclosedHole,
    /// `#` and a word that is no directive.
    #[error("unknown directive `{0}`; there are #for, #if, #elif, #else, #end, #import and #let")]
    UnknownDirective(String),
    /// A directive or an expression that cannot be read.
    #[error("expected {expected}, found {found}")]
    Syntax {
        /// What could stand here.
        expected: &'static str,
        /// What stands here.
        found: String,
    },
    /// `#for` or `#if` without `#end`.
    #[error("this {0} has no #end")]
    Unclosed(&'static str),
    /// `#end`, `#elif` or `#else` outside of a block that could have it.
    #[error("this {0} belongs to no open {1}")]
    Stray(&'static str, &'static str),
    /// A value of the wrong kind.
    #[error("expected {expected}, found {found}")]
    Kind {
        /// Kinds that fit.
        expected: &'static str,
        /// The value and its kind.
        found: String,
    },
    /// Division by zero, also in `%` and `ceil`.
    #[error("division by zero")]
    DivisionByZero,
    /// A number outside of 64 bits.
    #[error("the result does not fit in 64 bits")]
    Overflow,
    /// `log2` of something else than a power of two.
    #[error("expected a power of two, found {0}")]
    NotPowerOfTwo(i64),
    /// A value that nothing asks for.
    #[error("{0} has a value that is never used; remove it or use it")]
    Unused(String),
    /// A loop variable or `#let` that hides another of the same template.
    #[error("`{0}` has a value already; use another name")]
    Hidden(String),
    /// `#import` of a template that is not in the library.
    #[error("there is no template `{path}` to import; there are {known}")]
    UnknownImport {
        /// The path, holes filled.
        path: String,
        /// Every path of the library.
        known: String,
    },
    /// A template that imports itself.
    #[error("import cycle: {0}")]
    Cycle(String),
    /// A name that the kernel has already.
    #[error(
        "`{name}` is defined by {by} already, with other values; \
         put a hole into its name or import the same values"
    )]
    Defined {
        /// The name.
        name: String,
        /// The template that defined it first.
        by: String,
    },
    /// A loop of more than 4096 turns.
    #[error("a loop of {0} turns is too long to unroll; at most 4096")]
    LongLoop(i64),
    /// Loops within loops that never seem to end.
    #[error("unrolling takes too many lines; at most {0}")]
    TooMuch(usize),
    /// Directives or expressions nested too deeply to be meant.
    #[error("too deeply nested or too long; at most {0}")]
    TooDeep(usize),
}

/// Why a template cannot be staged: file, line, column, and the line itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StageError(Box<Report>);

/// Boxed, since an error is rare and its report long.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Report {
    file: String,
    at: At,
    text: String,
    problem: Problem,
    importers: Vec<String>,
}

impl StageError {
    pub(super) fn new(source: &Source, fault: Fault) -> Self {
        Self::in_text(file_of(source), source.text, fault)
    }

    pub(super) fn in_text(file: String, text: &str, fault: Fault) -> Self {
        let line = text.lines().nth(fault.at.line.saturating_sub(1)).unwrap_or_default();
        Self(Box::new(Report {
            file,
            at: fault.at,
            text: line.to_owned(),
            problem: *fault.problem,
            importers: vec![],
        }))
    }

    /// The same error of a template that `source` imports in line `line`.
    pub(super) fn imported_by(mut self, source: &Source, line: usize) -> Self {
        self.0.importers.push(format!("{}:{line}", file_of(source)));
        self
    }

    /// What is wrong.
    pub fn problem(&self) -> &Problem {
        &self.0.problem
    }

    /// Line (from 1) and column (from 1, in characters).
    pub fn position(&self) -> (usize, usize) {
        let Report { at, text, .. } = &*self.0;
        (at.line, 1 + characters(text, 0, at.start))
    }
}

fn file_of(source: &Source) -> String {
    format!("templates/{}.wgsl", source.name)
}

/// Characters of `text` that begin in these bytes.
fn characters(text: &str, start: usize, end: usize) -> usize {
    text.char_indices().filter(|(at, _)| (start..end).contains(at)).count()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, at, text, problem, importers } = self;
        let column = characters(text, 0, at.start);
        writeln!(f, "{file}:{}:{}: {problem}", at.line, column + 1)?;
        writeln!(f, "{}", format!("  {text}").trim_end())?;
        let carets = "^".repeat(characters(text, at.start, at.end).max(1));
        write!(f, "  {}{carets}", " ".repeat(column))?;
        for importer in importers {
            write!(f, "\n  imported by {importer}")?;
        }
        Ok(())
    }
}
