//! Templates: text to a tree of lines and directives.

use super::{
    error::{At, Fault, Problem},
    expr::{Expr, Reader, is_word},
};

/// Blocks within blocks; far more than anyone would read.
const MOST_NESTED: usize = 32;

/// Lines between a directive and what ends it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Block<'t> {
    pub(super) nodes: Vec<Node<'t>>,
    /// Spaces by which its lines are indented more than the directive.
    pub(super) shift: usize,
}

/// A line or a directive.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node<'t> {
    Blank,
    Line {
        indent: usize,
        pieces: Vec<Piece<'t>>,
    },
    For {
        name: &'t str,
        at: At,
        from: Expr<'t>,
        to: Expr<'t>,
        body: Block<'t>,
    },
    /// Without a condition: `#else`.
    If(Vec<(Option<Expr<'t>>, Block<'t>)>),
    Import {
        at: At,
        path: Vec<Piece<'t>>,
        with: Vec<(&'t str, At, Expr<'t>)>,
    },
    Let {
        name: &'t str,
        at: At,
        value: Expr<'t>,
    },
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece<'t> {
    Text(&'t str),
    Hole(Expr<'t>),
}

impl<'t> Block<'t> {
    /// Every name in it.
    pub(super) fn names(&self, each: &mut impl FnMut(&'t str)) {
        for node in &self.nodes {
            match node {
                Node::Blank => {}
                Node::Line { pieces, .. } => names_of(pieces, each),
                Node::For { from, to, body, .. } => {
                    from.names(each);
                    to.names(each);
                    body.names(each);
                }
                Node::If(arms) => {
                    for (condition, block) in arms {
                        condition.iter().for_each(|condition| condition.names(each));
                        block.names(each);
                    }
                }
                Node::Import { path, with, .. } => {
                    names_of(path, each);
                    with.iter().for_each(|(_, _, value)| value.names(each));
                }
                Node::Let { value, .. } => value.names(each),
            }
        }
    }
}

fn names_of<'t>(pieces: &[Piece<'t>], each: &mut impl FnMut(&'t str)) {
    for piece in pieces {
        if let Piece::Hole(expr) = piece {
            expr.names(each);
        }
    }
}

/// The template `text`.
pub(super) fn parse(text: &str) -> Result<Block<'_>, Fault> {
    let mut parser = Parser { lines: text.lines().enumerate().collect(), next: 0, lets: vec![] };
    let (block, _) = parser.block(None, 0)?;
    let mut mentioned = std::collections::BTreeSet::new();
    block.names(&mut |name| {
        mentioned.insert(name);
    });
    match parser.lets.iter().find(|(name, _)| !mentioned.contains(name)) {
        Some(&(name, at)) => Err(Fault::new(at, Problem::Unused(format!("`{name}`")))),
        None => Ok(block),
    }
}

/// The pieces of `text`, which is line `line` up to byte `end`, from byte `start` on.
fn pieces(text: &str, line: usize, start: usize) -> Result<Vec<Piece<'_>>, Fault> {
    let (mut pieces, mut from) = (vec![], start);
    while let Some(len) = text[from..].find("${") {
        let hole = from + len;
        if len > 0 {
            pieces.push(Piece::Text(&text[from..hole]));
        }
        if !text[hole..].contains('}') {
            let at = At { line, start: hole, end: hole + 2 };
            return Err(Fault::new(at, Problem::UnclosedHole));
        }
        let mut reader = Reader::new(text, line, hole + 2);
        pieces.push(Piece::Hole(reader.expr()?));
        reader.require("}", "an operator or `}`")?;
        from = reader.since(hole).end;
    }
    if from < text.len() {
        pieces.push(Piece::Text(&text[from..]));
    }
    Ok(pieces)
}

/// A directive that opens a block, for messages.
#[derive(Debug, Clone, Copy)]
struct Opener {
    name: &'static str,
    at: At,
    indent: usize,
    /// Whether `#elif` and `#else` may follow.
    branches: bool,
}

/// What ended a block.
#[derive(Debug)]
enum Ending<'t> {
    Text,
    End,
    Elif(Expr<'t>),
    Else,
}

struct Parser<'t> {
    lines: Vec<(usize, &'t str)>,
    next: usize,
    lets: Vec<(&'t str, At)>,
}

impl<'t> Parser<'t> {
    /// The lines up to the end of the block that `opener` opened.
    fn block(
        &mut self,
        opener: Option<Opener>,
        depth: usize,
    ) -> Result<(Block<'t>, Ending<'t>), Fault> {
        let (mut nodes, mut least) = (vec![], usize::MAX);
        while let Some(&(index, text)) = self.lines.get(self.next) {
            self.next += 1;
            let line = index + 1;
            let text = text.trim_end();
            let indent = text.len() - text.trim_start().len();
            let content = &text[indent..];
            if content.starts_with("//!") {
                continue;
            }
            if content.is_empty() {
                nodes.push(Node::Blank);
                continue;
            }
            if !content.starts_with('#') {
                least = least.min(indent);
                nodes.push(Node::Line { indent, pieces: pieces(text, line, indent)? });
                continue;
            }
            let mut reader = Reader::new(text, line, indent + 1);
            let word = content[1..].split(|c| !is_word(c)).next().unwrap_or_default();
            let at = At { line, start: indent, end: indent + 1 + word.len() };
            if let Some(ending) = ending(word, at, opener, text)? {
                return Ok((Block { nodes, shift: shift(least, opener) }, ending));
            }
            least = least.min(indent);
            reader.take(word);
            nodes.push(self.directive(word, at, reader, depth)?);
        }
        match opener {
            Some(Opener { name, at, .. }) => Err(Fault::new(at, Problem::Unclosed(name))),
            None => Ok((Block { nodes, shift: 0 }, Ending::Text)),
        }
    }

    fn directive(
        &mut self,
        word: &str,
        at: At,
        mut reader: Reader<'t>,
        depth: usize,
    ) -> Result<Node<'t>, Fault> {
        if depth >= MOST_NESTED {
            return Err(Fault::new(at, Problem::TooDeep(MOST_NESTED)));
        }
        match word {
            "for" => self.for_loop(at, reader, depth),
            "if" => self.branches(at, reader, depth),
            "import" => import(at, reader),
            "let" => {
                let (name, at) = new_name(&mut reader)?;
                reader.require("=", "`=`")?;
                let value = reader.expr()?;
                end_of_line(&mut reader)?;
                self.lets.push((name, at));
                Ok(Node::Let { name, at, value })
            }
            _ => Err(Fault::new(at, Problem::UnknownDirective(format!("#{word}")))),
        }
    }

    fn for_loop(
        &mut self,
        at: At,
        mut reader: Reader<'t>,
        depth: usize,
    ) -> Result<Node<'t>, Fault> {
        let (name, name_at) = new_name(&mut reader)?;
        if !reader.take_word("in") {
            return Err(reader.unexpected("`in`, as in `#for i in 0..4`"));
        }
        let from = reader.expr()?;
        reader.require("..", "`..`")?;
        let to = reader.expr()?;
        end_of_line(&mut reader)?;
        let opener = Opener { name: "#for", at, indent: at.start, branches: false };
        let (body, _) = self.block(Some(opener), depth + 1)?;
        Ok(Node::For { name, at: name_at, from, to, body })
    }

    fn branches(
        &mut self,
        at: At,
        mut reader: Reader<'t>,
        depth: usize,
    ) -> Result<Node<'t>, Fault> {
        let first = reader.expr()?;
        end_of_line(&mut reader)?;
        let (mut arms, mut condition) = (vec![], Some(first));
        loop {
            let branches = condition.is_some();
            let opener = Opener { name: "#if", at, indent: at.start, branches };
            let (block, ending) = self.block(Some(opener), depth + 1)?;
            arms.push((condition, block));
            condition = match ending {
                Ending::Elif(condition) => Some(condition),
                Ending::Else => None,
                Ending::End | Ending::Text => return Ok(Node::If(arms)),
            };
        }
    }
}

/// What `word` ends, if it ends a block.
fn ending<'t>(
    word: &str,
    at: At,
    opener: Option<Opener>,
    text: &'t str,
) -> Result<Option<Ending<'t>>, Fault> {
    let mut reader = Reader::new(text, at.line, at.end);
    let branches = opener.is_some_and(|opener| opener.branches);
    let stray = |directive, wanted| Err(Fault::new(at, Problem::Stray(directive, wanted)));
    let ending = match word {
        "end" if opener.is_none() => return stray("#end", "#for or #if"),
        "elif" if !branches => return stray("#elif", "#if"),
        "else" if !branches => return stray("#else", "#if"),
        "end" => Ending::End,
        "elif" => Ending::Elif(reader.expr()?),
        "else" => Ending::Else,
        _ => return Ok(None),
    };
    end_of_line(&mut reader)?;
    Ok(Some(ending))
}

fn shift(least: usize, opener: Option<Opener>) -> usize {
    match opener {
        Some(opener) if opener.indent > 0 && least < usize::MAX => {
            least.saturating_sub(opener.indent)
        }
        _ => 0,
    }
}

fn import<'t>(at: At, mut reader: Reader<'t>) -> Result<Node<'t>, Fault> {
    let path = reader.path()?;
    let mut with = vec![];
    if !reader.is_done() {
        if !reader.take_word("with") {
            return Err(reader.unexpected("`with`, or the end of the line"));
        }
        loop {
            let (name, at) = new_name(&mut reader)?;
            reader.require("=", "`=`")?;
            with.push((name, at, reader.expr()?));
            if !reader.take(",") {
                break;
            }
        }
    }
    end_of_line(&mut reader)?;
    Ok(Node::Import { at, path, with })
}

fn new_name<'t>(reader: &mut Reader<'t>) -> Result<(&'t str, At), Fault> {
    let start = reader.skip_spaces();
    let name = reader.name().ok_or_else(|| reader.unexpected("a name"))?;
    Ok((name, reader.since(start)))
}

fn end_of_line(reader: &mut Reader<'_>) -> Result<(), Fault> {
    if reader.is_done() { Ok(()) } else { Err(reader.unexpected("the end of the line")) }
}

impl<'t> Reader<'t> {
    /// A path up to a space, with holes.
    fn path(&mut self) -> Result<Vec<Piece<'t>>, Fault> {
        self.skip_spaces();
        let mut pieces = vec![];
        while let Some(next) = self.rest().chars().next().filter(|c| !c.is_whitespace()) {
            if self.rest().starts_with("${") {
                self.advance(2);
                pieces.push(Piece::Hole(self.expr()?));
                self.require("}", "an operator or `}`")?;
            } else if next == '$' {
                return Err(self.unexpected("a path"));
            } else {
                let text = self.rest();
                let len = text.find(|c: char| c.is_whitespace() || c == '$');
                let len = len.unwrap_or(text.len());
                pieces.push(Piece::Text(&text[..len]));
                self.advance(len);
            }
        }
        if pieces.is_empty() { Err(self.unexpected("the path of a template")) } else { Ok(pieces) }
    }
}
