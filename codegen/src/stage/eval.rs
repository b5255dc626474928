//! Values of expressions.

use super::{
    error::{Fault, Problem},
    expr::{Expr, Function, Kind, Op},
    value::Value,
};

/// Where expressions find names.
pub(super) trait Names {
    /// The value of `name`, which the text reads.
    fn read(&mut self, name: &str) -> Option<Value>;

    /// Whether `name` has a value.
    fn has(&mut self, name: &str) -> bool;

    /// Notes that `name` stands in a part that is not evaluated.
    fn mention(&mut self, name: &str);

    /// What to say of `name`, which has no value.
    fn help(&self, name: &str) -> String;
}

/// The value of `expr`.
pub(super) fn value(expr: &Expr<'_>, names: &mut impl Names) -> Result<Value, Fault> {
    let fault = |problem| Fault::new(expr.at, problem);
    match &expr.kind {
        Kind::Int(n) => Ok(Value::Int(*n)),
        Kind::Text(text) => Ok(Value::Text((*text).to_owned())),
        Kind::Has(name) => Ok(Value::Bool(names.has(name))),
        Kind::Name(name) => names
            .read(name)
            .ok_or_else(|| fault(Problem::UnknownName((*name).to_owned(), names.help(name)))),
        Kind::Not(inner) => Ok(Value::Bool(!condition(inner, names)?)),
        Kind::Minus(inner) => {
            let negated = int(inner, names)?.checked_neg();
            negated.map(Value::Int).ok_or_else(|| fault(Problem::Overflow))
        }
        Kind::Binary(op, sides) => binary(expr, *op, sides, names),
        Kind::Call(function, args) => {
            let args = args.iter().map(|arg| int(arg, names)).collect::<Result<Vec<_>, _>>()?;
            call(*function, &args).map(Value::Int).map_err(fault)
        }
    }
}

/// The number that `expr` is.
pub(super) fn int(expr: &Expr<'_>, names: &mut impl Names) -> Result<i64, Fault> {
    match value(expr, names)? {
        Value::Int(n) => Ok(n),
        other => Err(wrong_kind(expr, "a number", &other)),
    }
}

/// Whether `expr` is true.
pub(super) fn condition(expr: &Expr<'_>, names: &mut impl Names) -> Result<bool, Fault> {
    match value(expr, names)? {
        Value::Bool(b) => Ok(b),
        other => Err(wrong_kind(expr, "a condition", &other)),
    }
}

fn wrong_kind(expr: &Expr<'_>, expected: &'static str, found: &Value) -> Fault {
    Fault::new(expr.at, Problem::Kind { expected, found: found.describe() })
}

fn binary(
    expr: &Expr<'_>,
    op: Op,
    (left, right): &(Expr<'_>, Expr<'_>),
    names: &mut impl Names,
) -> Result<Value, Fault> {
    match op {
        Op::And | Op::Or => {
            let first = condition(left, names)?;
            if first == (op == Op::Or) {
                right.names(&mut |name| names.mention(name));
                return Ok(Value::Bool(first));
            }
            condition(right, names).map(Value::Bool)
        }
        Op::Equal | Op::Unequal => {
            let (a, b) = (value(left, names)?, value(right, names)?);
            let equal = match (&a, &b) {
                (Value::Int(a), Value::Int(b)) => a == b,
                (Value::Text(a), Value::Text(b)) => a == b,
                (Value::Bool(a), Value::Bool(b)) => a == b,
                (Value::Int(_), other) => return Err(wrong_kind(right, "a number", other)),
                (Value::Text(_), other) => return Err(wrong_kind(right, "a text", other)),
                (Value::Bool(_), other) => return Err(wrong_kind(right, "a condition", other)),
            };
            Ok(Value::Bool(equal == (op == Op::Equal)))
        }
        _ => {
            let (a, b) = (int(left, names)?, int(right, names)?);
            arithmetic(op, a, b).map_err(|problem| Fault::new(expr.at, problem))
        }
    }
}

fn arithmetic(op: Op, a: i64, b: i64) -> Result<Value, Problem> {
    let number = match op {
        Op::Less => return Ok(Value::Bool(a < b)),
        Op::AtMost => return Ok(Value::Bool(a <= b)),
        Op::Greater => return Ok(Value::Bool(a > b)),
        Op::AtLeast => return Ok(Value::Bool(a >= b)),
        Op::Divide | Op::Remainder if b == 0 => return Err(Problem::DivisionByZero),
        Op::Add => a.checked_add(b),
        Op::Subtract => a.checked_sub(b),
        Op::Multiply => a.checked_mul(b),
        Op::Divide => a.checked_div(b),
        Op::Remainder => a.checked_rem(b),
        Op::Or | Op::And | Op::Equal | Op::Unequal => return Ok(Value::Bool(false)),
    };
    number.map(Value::Int).ok_or(Problem::Overflow)
}

fn call(function: Function, args: &[i64]) -> Result<i64, Problem> {
    match (function, args) {
        (Function::Min, [a, b]) => Ok(*a.min(b)),
        (Function::Max, [a, b]) => Ok(*a.max(b)),
        (Function::Ceil, [_, 0]) => Err(Problem::DivisionByZero),
        (Function::Ceil, [a, b]) => {
            let quotient = a.checked_div(*b).ok_or(Problem::Overflow)?;
            // Truncation rounds up already where the exact quotient is negative.
            let is_above = a % b != 0 && (*a < 0) == (*b < 0);
            Ok(quotient + i64::from(is_above))
        }
        (_, [n]) if *n > 0 && n.count_ones() == 1 => Ok(n.trailing_zeros().into()),
        (_, args) => Err(Problem::NotPowerOfTwo(args.first().copied().unwrap_or(0))),
    }
}
