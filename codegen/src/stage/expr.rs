//! Expressions of holes and directives: text to tree.

use super::error::{At, Fault, Problem};

/// Operands and operators of one expression; far more than anyone would read.
const MOST_PARTS: usize = 256;

/// An expression and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expr<'t> {
    pub(super) at: At,
    pub(super) kind: Kind<'t>,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind<'t> {
    Int(i64),
    Text(&'t str),
    Name(&'t str),
    Has(&'t str),
    Not(Box<Expr<'t>>),
    Minus(Box<Expr<'t>>),
    Binary(Op, Box<(Expr<'t>, Expr<'t>)>),
    Call(Function, Vec<Expr<'t>>),
}

/// Operators with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// Functions of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    /// Its two arguments are the quotient's.
    Ceil,
    Min,
    Max,
    Log2,
}

/// Spelling, operator, and how strongly it binds.
const OPS: [(&str, Op, u8); 13] = [
    ("||", Op::Or, 1),
    ("&&", Op::And, 2),
    ("==", Op::Equal, 3),
    ("!=", Op::Unequal, 3),
    ("<=", Op::AtMost, 3),
    (">=", Op::AtLeast, 3),
    ("<", Op::Less, 3),
    (">", Op::Greater, 3),
    ("+", Op::Add, 4),
    ("-", Op::Subtract, 4),
    ("*", Op::Multiply, 5),
    ("/", Op::Divide, 5),
    ("%", Op::Remainder, 5),
];

const COMPARISON: u8 = 3;

impl<'t> Expr<'t> {
    /// Every name in it, also those that evaluation would not reach.
    pub(super) fn names(&self, each: &mut impl FnMut(&'t str)) {
        match &self.kind {
            Kind::Int(_) | Kind::Text(_) => {}
            Kind::Name(name) | Kind::Has(name) => each(name),
            Kind::Not(inner) | Kind::Minus(inner) => inner.names(each),
            Kind::Binary(_, sides) => {
                sides.0.names(each);
                sides.1.names(each);
            }
            Kind::Call(_, args) => args.iter().for_each(|arg| arg.names(each)),
        }
    }
}

/// Reads a line from left to right.
#[derive(Debug, Clone)]
pub(super) struct Reader<'t> {
    text: &'t str,
    line: usize,
    next: usize,
    /// Where the last thing that was read ends; spaces may follow up to `next`.
    end: usize,
    parts: usize,
}

impl<'t> Reader<'t> {
    /// Reads `text`, which is line `line`, from byte `start` on.
    pub(super) fn new(text: &'t str, line: usize, start: usize) -> Self {
        Self { text, line, next: start, end: start, parts: 0 }
    }

    /// The byte to be read next, after spaces.
    pub(super) fn skip_spaces(&mut self) -> usize {
        let rest = &self.text[self.next..];
        self.next += rest.len() - rest.trim_start().len();
        self.next
    }

    /// Whether nothing is left.
    pub(super) fn is_done(&mut self) -> bool {
        self.skip_spaces() == self.text.len()
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.next..]
    }

    /// Takes `len` bytes, whole characters.
    pub(super) fn advance(&mut self, len: usize) {
        self.next += len;
        self.end = self.next;
    }

    /// Takes `symbol` if it is next.
    pub(super) fn take(&mut self, symbol: &str) -> bool {
        let at = self.skip_spaces();
        let found = self.text[at..].starts_with(symbol);
        if found {
            self.advance(symbol.len());
        }
        found
    }

    /// Takes the name `word` if it is next.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let mut ahead = self.clone();
        let found = ahead.name() == Some(word);
        if found {
            *self = ahead;
        }
        found
    }

    /// Takes `symbol`, which is called `expected` in the error.
    pub(super) fn require(&mut self, symbol: &str, expected: &'static str) -> Result<(), Fault> {
        if self.take(symbol) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    /// Takes a name, or nothing.
    pub(super) fn name(&mut self) -> Option<&'t str> {
        let at = self.skip_spaces();
        let rest = &self.text[at..];
        let is_first = |c: char| c.is_ascii_alphabetic() || c == '_';
        if !rest.starts_with(is_first) {
            return None;
        }
        let len = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        self.advance(len);
        Some(&rest[..len])
    }

    /// The error that something else stands here.
    pub(super) fn unexpected(&mut self, expected: &'static str) -> Fault {
        let start = self.skip_spaces();
        let rest = &self.text[start..];
        let word = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let found = &rest[..word.max(first)];
        let at = At { line: self.line, start, end: start + found.len() };
        let found =
            if found.is_empty() { "the end of the line".to_owned() } else { format!("`{found}`") };
        Fault::new(at, Problem::Syntax { expected, found })
    }

    /// An expression.
    pub(super) fn expr(&mut self) -> Result<Expr<'t>, Fault> {
        self.binary(1)
    }

    /// The place from byte `start` to what was read last.
    pub(super) fn since(&self, start: usize) -> At {
        At { line: self.line, start, end: self.end }
    }

    /// Operands joined by operators that bind at least as strongly as `least`.
    fn binary(&mut self, least: u8) -> Result<Expr<'t>, Fault> {
        let start = self.skip_spaces();
        let mut left = self.unary()?;
        let mut compared = false;
        loop {
            let at = self.skip_spaces();
            let rest = &self.text[at..];
            let op = OPS.iter().find(|(spelling, ..)| rest.starts_with(spelling));
            let Some(&(spelling, op, strength)) = op.filter(|op| op.2 >= least) else {
                return Ok(left);
            };
            if strength == COMPARISON && std::mem::replace(&mut compared, true) {
                return Err(self.unexpected("one comparison, or parentheses"));
            }
            self.advance(spelling.len());
            let right = self.binary(strength + 1)?;
            let kind = Kind::Binary(op, Box::new((left, right)));
            left = Expr { at: self.since(start), kind };
        }
    }

    fn unary(&mut self) -> Result<Expr<'t>, Fault> {
        let start = self.skip_spaces();
        self.parts += 1;
        if self.parts > MOST_PARTS {
            let at = At { line: self.line, start, end: start };
            return Err(Fault::new(at, Problem::TooDeep(MOST_PARTS)));
        }
        let kind = if self.take("!") {
            Kind::Not(Box::new(self.unary()?))
        } else if self.take("-") {
            Kind::Minus(Box::new(self.unary()?))
        } else {
            return self.operand();
        };
        Ok(Expr { at: self.since(start), kind })
    }

    fn operand(&mut self) -> Result<Expr<'t>, Fault> {
        let start = self.skip_spaces();
        let kind = if self.take("(") {
            let inner = self.expr()?;
            self.require(")", "`)`")?;
            inner.kind
        } else if self.take("\"") {
            self.text_until_quote(start)?
        } else if let Some(name) = self.name() {
            if self.take("(") { self.call(name, start)? } else { Kind::Name(name) }
        } else {
            self.number()?
        };
        Ok(Expr { at: self.since(start), kind })
    }

    fn text_until_quote(&mut self, start: usize) -> Result<Kind<'t>, Fault> {
        let rest = &self.text[self.next..];
        let Some(len) = rest.find('"') else {
            let at = At { line: self.line, start, end: self.text.len() };
            let found = "the end of the line".to_owned();
            return Err(Fault::new(at, Problem::Syntax { expected: "`\"`", found }));
        };
        self.advance(len + 1);
        Ok(Kind::Text(&rest[..len]))
    }

    fn number(&mut self) -> Result<Kind<'t>, Fault> {
        let rest = &self.text[self.next..];
        let digits = &rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())];
        if digits.is_empty() {
            return Err(self.unexpected("a number, a name, a text or `(`"));
        }
        let start = self.next;
        self.advance(digits.len());
        if self.text[self.next..].starts_with(is_word) {
            return Err(self.unexpected("an operator after the number"));
        }
        let number = digits.parse();
        number.map(Kind::Int).map_err(|_| Fault::new(self.since(start), Problem::Overflow))
    }

    /// The call of `name`, after its parenthesis.
    fn call(&mut self, name: &'t str, start: usize) -> Result<Kind<'t>, Fault> {
        let kind = match name {
            "has" => {
                self.require("\"", "a name in quotes")?;
                let asked = self.name().ok_or_else(|| self.unexpected("a name"))?;
                self.require("\"", "`\"`")?;
                Kind::Has(asked)
            }
            "log2" => Kind::Call(Function::Log2, vec![self.expr()?]),
            "min" | "max" => {
                let first = self.expr()?;
                self.require(",", "`,`")?;
                let function = if name == "min" { Function::Min } else { Function::Max };
                Kind::Call(function, vec![first, self.expr()?])
            }
            "ceil" => {
                let quotient = self.expr()?;
                let Kind::Binary(Op::Divide, sides) = quotient.kind else {
                    let expected = "a quotient, as in `ceil(a / b)`";
                    let found = "another expression".to_owned();
                    return Err(Fault::new(quotient.at, Problem::Syntax { expected, found }));
                };
                Kind::Call(Function::Ceil, vec![sides.0, sides.1])
            }
            _ => {
                let expected = "a function: ceil, min, max, log2 or has";
                let at = At { line: self.line, start, end: start + name.len() };
                let found = format!("`{name}`");
                return Err(Fault::new(at, Problem::Syntax { expected, found }));
            }
        };
        self.require(")", "`)`")?;
        Ok(kind)
    }
}

/// Whether `c` can be part of a name.
pub(super) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
