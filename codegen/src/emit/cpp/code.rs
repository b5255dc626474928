//! Pieces of C++ text: expressions that know how tightly they bind, and indented lines.

/// How tightly an expression binds, as in the table of C++'s operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// `a ? b : c`.
    Choice,
    /// `a || b`.
    LogicalOr,
    /// `a && b`.
    LogicalAnd,
    /// `a | b`.
    Or,
    /// `a ^ b`.
    Xor,
    /// `a & b`.
    And,
    /// `a == b`.
    Equality,
    /// `a < b`.
    Order,
    /// `a << b`.
    Shift,
    /// `a + b`.
    Sum,
    /// `a * b`.
    Product,
    /// `-a`.
    Unary,
    /// Names, numbers, calls, members, elements.
    Primary,
}

/// An expression.
#[derive(Debug, Clone)]
pub(super) struct Code {
    text: String,
    level: Level,
}

impl Code {
    pub(super) fn new(level: Level, text: impl Into<String>) -> Self {
        Self { text: text.into(), level }
    }

    pub(super) fn primary(text: impl Into<String>) -> Self {
        Self::new(Level::Primary, text)
    }

    /// `name(arguments)`.
    pub(super) fn call(name: &str, arguments: &[Self]) -> Self {
        Self::primary(format!("{name}({})", list(arguments)))
    }

    /// The text where anything may stand.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether this is a value in braces, as in `T{a, b}`.
    pub(super) fn is_braced(&self) -> bool {
        self.level == Level::Primary && self.text.ends_with('}')
    }

    /// The text where only what binds as `level` or more tightly may stand.
    pub(super) fn at(&self, level: Level) -> String {
        if self.level >= level { self.text.clone() } else { format!("({})", self.text) }
    }

    /// The operands of a binary operator. Products and sums group as everyone reads them; next to
    /// other operators parentheses save a look at the table.
    pub(super) fn binary(level: Level, left: &Self, operator: &str, right: &Self) -> Self {
        let chains = !matches!(level, Level::Order | Level::Equality | Level::Shift);
        let arithmetic = matches!(level, Level::Sum | Level::Product);
        let left = if (chains && left.level == level) || arithmetic && left.level > level {
            left.text.clone()
        } else {
            left.at(Self::beside(level))
        };
        let right = right.at(match level {
            Level::Sum => Level::Product,
            _ => Self::beside(level),
        });
        Self::new(level, format!("{left} {operator} {right}"))
    }

    /// What may stand beside an operator without parentheses.
    fn beside(level: Level) -> Level {
        match level {
            Level::LogicalAnd | Level::LogicalOr => Level::Equality,
            Level::Order | Level::Equality => Level::Sum,
            _ => Level::Unary,
        }
    }
}

/// `a, b, c`.
pub(super) fn list(codes: &[Code]) -> String {
    codes.iter().map(Code::text).collect::<Vec<_>>().join(", ")
}

/// Lines of text.
#[derive(Debug, Default)]
pub(super) struct Text {
    out: String,
    depth: usize,
}

impl Text {
    pub(super) fn line(&mut self, line: &str) {
        for _ in 0..if line.is_empty() { 0 } else { self.depth } {
            self.out.push_str("  ");
        }
        self.out.push_str(line);
        self.out.push('\n');
    }

    /// `line`, unless it stands there already.
    pub(super) fn line_once(&mut self, line: &str) {
        if self.out.lines().next_back().map(str::trim_start) != Some(line) {
            self.line(line);
        }
    }

    /// `line` and a brace; the lines that follow are inside of it.
    pub(super) fn open(&mut self, line: &str) {
        self.line(&if line.is_empty() { "{".to_owned() } else { format!("{line} {{") });
        self.depth += 1;
    }

    /// Closes the brace.
    pub(super) fn close(&mut self, rest: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.line(&format!("}}{rest}"));
    }

    /// Closes the brace and opens another: `} else {`.
    pub(super) fn middle(&mut self, line: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.line(&format!("}} {line} {{"));
        self.depth += 1;
    }

    pub(super) fn finish(self) -> String {
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Code {
        Code::primary(text)
    }

    #[test]
    fn parentheses_stand_where_the_meaning_needs_them() {
        let product = Code::binary(Level::Product, &name("a"), "*", &name("b"));
        let sum = Code::binary(Level::Sum, &product, "+", &name("c"));
        assert_eq!(sum.text(), "a * b + c");
        let right = Code::binary(Level::Sum, &name("c"), "-", &sum);
        assert_eq!(right.text(), "c - (a * b + c)");
        assert_eq!(Code::binary(Level::Product, &sum, "*", &name("d")).text(), "(a * b + c) * d");
        let quotient = Code::binary(Level::Product, &name("d"), "/", &product);
        assert_eq!(quotient.text(), "d / (a * b)");
        assert_eq!(Code::binary(Level::Sum, &name("d"), "+", &product).text(), "d + a * b");
    }

    #[test]
    fn bits_and_comparisons_do_not_rely_on_the_table() {
        let masked = Code::binary(Level::And, &name("a"), "&", &name("b"));
        let equal = Code::binary(Level::Equality, &masked, "==", &name("c"));
        assert_eq!(equal.text(), "(a & b) == c");
        let both = Code::binary(Level::LogicalAnd, &equal, "&&", &equal);
        assert_eq!(both.text(), "(a & b) == c && (a & b) == c");
        let sum = Code::binary(Level::Sum, &name("a"), "+", &name("b"));
        assert_eq!(Code::binary(Level::Shift, &sum, "<<", &name("c")).text(), "(a + b) << c");
        let chain = Code::binary(Level::Or, &masked, "|", &name("d"));
        assert_eq!(Code::binary(Level::Or, &chain, "|", &name("e")).text(), "(a & b) | d | e");
    }

    #[test]
    fn two_minus_signs_do_not_meet() {
        let minus = Code::new(Level::Unary, "-a");
        assert_eq!(format!("-{}", minus.at(Level::Primary)), "-(-a)");
        assert_eq!(Code::binary(Level::Sum, &name("b"), "-", &minus).text(), "b - -a");
    }
}
