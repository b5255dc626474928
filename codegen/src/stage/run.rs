//! One call of [`Stager::stage`]: a template and what it imports, line by line.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Source, StageError, Stager,
    error::{At, Fault, Problem},
    eval::{self, Names},
    expr::Expr,
    known,
    parse::{Block, Node, Piece, parse},
    value::{Scope, Value},
};

/// Turns of one loop.
const MOST_TURNS: i64 = 4096;

/// Lines and directives in the turns of all loops.
const MOST_STEPS: usize = 1 << 20;

/// What a name of a template stands for.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    value: Value,
    /// Names of the scope that the value comes from.
    roots: Vec<String>,
}

/// A template that is being staged.
#[derive(Debug)]
struct Frame {
    source: &'static Source,
    /// Values of its `with`.
    with: BTreeMap<String, Bound>,
    /// Those of `with` that were used.
    used: BTreeSet<String>,
    /// Values of `#let` and of loop variables.
    locals: BTreeMap<String, Bound>,
    /// Variables of the loops around the line.
    loops: Vec<String>,
}

/// One call of [`Stager::stage`].
#[derive(Debug)]
pub(super) struct Run<'r, 'l> {
    stager: &'r mut Stager<'l>,
    scope: &'r Scope,
    /// From the body to the import that is being staged.
    frames: Vec<Frame>,
    /// Names of the scope that the text depends on, in order of first use.
    reads: Vec<String>,
    /// Instead of `reads`, while a value is bound to another name.
    roots: Option<Vec<String>>,
    /// Names of the scope that the text asks for or could use.
    used: BTreeSet<String>,
    steps: usize,
}

/// Why the text of a template cannot be written.
#[derive(Debug)]
enum Failure {
    /// A fault in the template itself.
    Here(Fault),
    /// The error of a template that it imports in this line.
    Imported(StageError, usize),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Here(fault)
    }
}

impl<'r, 'l> Run<'r, 'l> {
    /// A call with the names of `scope`, whose imports go to `stager`.
    pub(super) fn new(stager: &'r mut Stager<'l>, scope: &'r Scope) -> Self {
        Self {
            stager,
            scope,
            frames: vec![],
            reads: vec![],
            roots: None,
            used: BTreeSet::new(),
            steps: 0,
        }
    }

    /// The text of `source` with the values of `with` in addition.
    pub(super) fn template(
        &mut self,
        source: &'static Source,
        with: BTreeMap<String, Bound>,
    ) -> Result<String, StageError> {
        let block = parse(source.text).map_err(|fault| StageError::new(source, fault))?;
        self.frames.push(Frame {
            source,
            with,
            used: BTreeSet::new(),
            locals: BTreeMap::new(),
            loops: vec![],
        });
        let mut out = Lines::default();
        self.block(&block, 0, &mut out).map_err(|failure| match failure {
            Failure::Here(fault) => StageError::new(source, fault),
            Failure::Imported(error, line) => error.imported_by(source, line),
        })?;
        Ok(out.text)
    }

    /// A name that the scope requires and no template asked for.
    pub(super) fn unused(&self) -> Option<&'r str> {
        self.scope.musts().find(|name| !self.used.contains(*name))
    }

    /// The names that the text depends on, in order of first use.
    pub(super) fn into_reads(self) -> Vec<String> {
        self.reads
    }

    /// Adds the lines of `block`, indented `dedent` less than in the template.
    fn block(&mut self, block: &Block<'_>, dedent: usize, out: &mut Lines) -> Result<(), Failure> {
        for node in &block.nodes {
            match node {
                Node::Blank => out.blank(),
                Node::Line { indent, pieces } => {
                    let text = self.fill(pieces)?;
                    out.line(indent.saturating_sub(dedent), &text);
                }
                Node::For { .. } => self.unroll(node, dedent, out)?,
                Node::If(arms) => self.choose(arms, dedent, out)?,
                Node::Import { at, path, with } => self.import(*at, path, with)?,
                Node::Let { name, at, value } => {
                    let bound = self.bind(value)?;
                    let frame = self.frame();
                    if frame.loops.iter().any(|known| known == name) {
                        return Err(Fault::new(*at, Problem::Hidden((*name).to_owned())).into());
                    }
                    frame.locals.insert((*name).to_owned(), bound);
                }
            }
        }
        Ok(())
    }

    /// Adds the lines of the loop `node` once for each turn.
    fn unroll(&mut self, node: &Node<'_>, dedent: usize, out: &mut Lines) -> Result<(), Failure> {
        let Node::For { name, at, from, to, body } = node else { return Ok(()) };
        if self.frame().locals.contains_key(*name) {
            return Err(Fault::new(*at, Problem::Hidden((*name).to_owned())).into());
        }
        let first = eval::int(from, self)?;
        let end = eval::int(to, self)?;
        let turns = end.saturating_sub(first);
        if turns > MOST_TURNS {
            let at = At { end: to.at.end, ..from.at };
            return Err(Fault::new(at, Problem::LongLoop(turns)).into());
        }
        if turns <= 0 {
            body.names(&mut |name| self.mention(name));
        }
        self.frame().loops.push((*name).to_owned());
        for turn in first..end {
            self.steps += 1 + body.nodes.len();
            if self.steps > MOST_STEPS {
                return Err(Fault::new(*at, Problem::TooMuch(MOST_STEPS)).into());
            }
            let bound = Bound { value: Value::Int(turn), roots: vec![] };
            self.frame().locals.insert((*name).to_owned(), bound);
            self.block(body, dedent + body.shift, out)?;
        }
        let frame = self.frame();
        frame.loops.pop();
        frame.locals.remove(*name);
        Ok(())
    }

    /// Adds the lines of the first arm whose condition is true.
    fn choose(
        &mut self,
        arms: &[(Option<Expr<'_>>, Block<'_>)],
        dedent: usize,
        out: &mut Lines,
    ) -> Result<(), Failure> {
        let mut taken = false;
        for (condition, block) in arms {
            if taken {
                condition.iter().for_each(|c| c.names(&mut |name| self.mention(name)));
            } else {
                taken = condition.as_ref().map_or(Ok(true), |c| eval::condition(c, self))?;
                if taken {
                    self.block(block, dedent + block.shift, out)?;
                    continue;
                }
            }
            block.names(&mut |name| self.mention(name));
        }
        Ok(())
    }

    /// Stages the template at `path` and adds it to the imports.
    fn import(
        &mut self,
        at: At,
        path: &[Piece<'_>],
        with: &[(&str, At, Expr<'_>)],
    ) -> Result<(), Failure> {
        let path = self.fill(path)?;
        let source = self.stager.find(&path).map_err(|problem| Fault::new(at, problem))?;
        if let Some(begin) = self.frames.iter().position(|frame| frame.source.name == path) {
            let chain = self.frames[begin..].iter().map(|frame| frame.source.name);
            let chain: Vec<_> = chain.chain([source.name]).collect();
            return Err(Fault::new(at, Problem::Cycle(chain.join(" -> "))).into());
        }
        let mut values = BTreeMap::new();
        for (name, at, expr) in with {
            if values.insert((*name).to_owned(), self.bind(expr)?).is_some() {
                return Err(Fault::new(*at, Problem::Hidden((*name).to_owned())).into());
            }
        }
        let imported = |error| Failure::Imported(error, at.line);
        let text = self.template(source, values).map_err(imported)?;
        let used = self.frames.pop().map(|frame| frame.used).unwrap_or_default();
        if let Some((name, at, _)) = with.iter().find(|(name, ..)| !used.contains(*name)) {
            return Err(Fault::new(*at, Problem::Unused(format!("`{name}`"))).into());
        }
        let added = self.stager.import(source, text);
        added.map_err(|fault| imported(StageError::new(source, fault)))
    }

    /// `pieces` with every hole filled.
    fn fill(&mut self, pieces: &[Piece<'_>]) -> Result<String, Fault> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(verbatim) => text.push_str(verbatim),
                Piece::Hole(expr) => text.push_str(&eval::value(expr, self)?.to_string()),
            }
        }
        Ok(text)
    }

    /// The value of `expr`, to be given a name.
    fn bind(&mut self, expr: &Expr<'_>) -> Result<Bound, Fault> {
        self.roots = Some(vec![]);
        let value = eval::value(expr, self);
        let roots = self.roots.take().unwrap_or_default();
        Ok(Bound { value: value?, roots })
    }

    fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("only templates have lines")
    }

    /// What `name` stands for, which counts as a use of it.
    fn find(&mut self, name: &str) -> Option<Bound> {
        // A view of a tensor is never that of another tensor of the same name further out.
        let base = name.strip_suffix("_v4").unwrap_or(name);
        let locals = &self.frame().locals;
        if let Some(bound) = locals.get(name) {
            return Some(bound.clone());
        }
        if locals.contains_key(base) {
            return None;
        }
        for frame in self.frames.iter_mut().rev() {
            if let Some(bound) = frame.with.get(name) {
                frame.used.insert(name.to_owned());
                return Some(bound.clone());
            }
            if frame.with.contains_key(base) {
                return None;
            }
        }
        let value = self.scope.get(name)?.clone();
        self.used.insert(name.to_owned());
        Some(Bound { value, roots: vec![name.to_owned()] })
    }
}

impl Names for Run<'_, '_> {
    fn read(&mut self, name: &str) -> Option<Value> {
        let bound = self.find(name)?;
        let reads = self.roots.as_mut().unwrap_or(&mut self.reads);
        for root in bound.roots {
            if !reads.contains(&root) {
                reads.push(root);
            }
        }
        Some(bound.value)
    }

    fn has(&mut self, name: &str) -> bool {
        self.find(name).is_some()
    }

    fn mention(&mut self, name: &str) {
        let _ = self.find(name);
    }

    fn help(&self, name: &str) -> String {
        if let Some(base) = name.strip_suffix("_v4")
            && self.scope.get(name).is_some()
        {
            return format!("`{base}` is another tensor here: give `{name}` beside it");
        }
        let locals = self.frames.last().into_iter().flat_map(|frame| frame.locals.keys());
        let with = self.frames.iter().rev().flat_map(|frame| frame.with.keys());
        let inner: BTreeSet<_> = locals.chain(with).map(String::as_str).collect();
        known(inner.into_iter().chain(self.scope.names()))
    }
}

/// The lines of a text: blank ones one at a time, none at the ends.
#[derive(Debug, Default)]
struct Lines {
    text: String,
    blank: bool,
}

impl Lines {
    fn blank(&mut self) {
        self.blank = !self.text.is_empty();
    }

    fn line(&mut self, indent: usize, line: &str) {
        let line = line.trim_end();
        if line.trim_start().is_empty() {
            return self.blank();
        }
        if std::mem::take(&mut self.blank) {
            self.text.push('\n');
        }
        self.text.extend(std::iter::repeat_n(' ', indent));
        self.text.push_str(line);
        self.text.push('\n');
    }
}
