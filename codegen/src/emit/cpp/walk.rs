//! Walks over naga's expressions and statements: what refers to what.

use naga::{
    AtomicFunction, Block, Expression, Function, GatherMode, Handle, LocalVariable, Module,
    Statement,
};
use std::collections::{BTreeMap, BTreeSet};

/// Calls `f` with each expression that `expression` refers to directly. Constructs that the
/// writer refuses have none.
pub(super) fn children(expression: &Expression, f: &mut dyn FnMut(Handle<Expression>)) {
    match *expression {
        Expression::Compose { ref components, .. } => components.iter().copied().for_each(f),
        Expression::Access { base, index } => [base, index].into_iter().for_each(f),
        Expression::AccessIndex { base: operand, .. }
        | Expression::Splat { value: operand, .. }
        | Expression::Swizzle { vector: operand, .. }
        | Expression::Load { pointer: operand }
        | Expression::Unary { expr: operand, .. }
        | Expression::Relational { argument: operand, .. }
        | Expression::As { expr: operand, .. } => f(operand),
        Expression::Binary { left, right, .. } => [left, right].into_iter().for_each(f),
        Expression::Select { condition, accept, reject } => {
            [condition, accept, reject].into_iter().for_each(f);
        }
        Expression::Math { arg, arg1, arg2, arg3, .. } => {
            [Some(arg), arg1, arg2, arg3].into_iter().flatten().for_each(f);
        }
        _ => {}
    }
}

/// The expressions that `statement` uses directly, its nested blocks left out.
pub(super) fn operands(statement: &Statement) -> Vec<Handle<Expression>> {
    match *statement {
        Statement::If { condition, .. } => vec![condition],
        Statement::Switch { selector, .. } => vec![selector],
        Statement::Loop { break_if, .. } => break_if.into_iter().collect(),
        Statement::Return { value } => value.into_iter().collect(),
        Statement::Store { pointer, value } => vec![pointer, value],
        Statement::Atomic { pointer, fun, value, .. } => {
            let compare = match fun {
                AtomicFunction::Exchange { compare } => compare,
                _ => None,
            };
            [Some(pointer), compare, Some(value)].into_iter().flatten().collect()
        }
        Statement::WorkGroupUniformLoad { pointer, .. } => vec![pointer],
        Statement::Call { ref arguments, .. } => arguments.clone(),
        Statement::SubgroupBallot { predicate, .. } => predicate.into_iter().collect(),
        Statement::SubgroupGather { mode, argument, .. } => {
            std::iter::once(argument).chain(gather_operand(mode)).collect()
        }
        Statement::SubgroupCollectiveOperation { argument, .. } => vec![argument],
        _ => vec![],
    }
}

fn gather_operand(mode: GatherMode) -> Option<Handle<Expression>> {
    match mode {
        GatherMode::Broadcast(operand)
        | GatherMode::Shuffle(operand)
        | GatherMode::ShuffleDown(operand)
        | GatherMode::ShuffleUp(operand)
        | GatherMode::ShuffleXor(operand)
        | GatherMode::QuadBroadcast(operand) => Some(operand),
        GatherMode::BroadcastFirst | GatherMode::QuadSwap(_) => None,
    }
}

/// The blocks inside `statement`.
pub(super) fn blocks(statement: &Statement) -> Vec<&Block> {
    match statement {
        Statement::Block(block) => vec![block],
        Statement::If { accept, reject, .. } => vec![accept, reject],
        Statement::Switch { cases, .. } => cases.iter().map(|case| &case.body).collect(),
        Statement::Loop { body, continuing, .. } => vec![body, continuing],
        _ => vec![],
    }
}

/// Whether `statements` hold a `continue` of the loop around them.
pub(super) fn has_continue(statements: &[Statement]) -> bool {
    statements.iter().any(|statement| match statement {
        Statement::Continue => true,
        Statement::Loop { .. } => false,
        _ => blocks(statement).into_iter().any(|block| has_continue(block)),
    })
}

/// Every function that the entry point reaches.
pub(super) fn reached(module: &Module, entry: &Function) -> BTreeSet<Handle<Function>> {
    fn visit(module: &Module, block: &[Statement], reached: &mut BTreeSet<Handle<Function>>) {
        for statement in block {
            if let Statement::Call { function, .. } = *statement
                && reached.insert(function)
            {
                visit(module, &module.functions[function].body, reached);
            }
            for block in blocks(statement) {
                visit(module, block, reached);
            }
        }
    }
    let mut found = BTreeSet::new();
    visit(module, &entry.body, &mut found);
    found
}

/// How often `statements` mention each local variable of `function`, nested blocks included.
pub(super) fn mentions(
    function: &Function,
    statements: &[Statement],
) -> BTreeMap<Handle<LocalVariable>, usize> {
    let mut counts = BTreeMap::new();
    count(function, statements, &mut counts);
    counts
}

fn count(
    function: &Function,
    statements: &[Statement],
    counts: &mut BTreeMap<Handle<LocalVariable>, usize>,
) {
    for statement in statements {
        let mut mention = |expression: Handle<Expression>| {
            if let Expression::LocalVariable(variable) = function.expressions[expression] {
                *counts.entry(variable).or_default() += 1;
            }
        };
        if let Statement::Emit(ref range) = *statement {
            for expression in range.clone() {
                children(&function.expressions[expression], &mut mention);
            }
        }
        operands(statement).into_iter().for_each(mention);
        for block in blocks(statement) {
            count(function, block, counts);
        }
    }
}

/// The local variable that `pointer` is, if it is one.
pub(super) fn local(
    function: &Function,
    pointer: Handle<Expression>,
) -> Option<Handle<LocalVariable>> {
    match function.expressions[pointer] {
        Expression::LocalVariable(variable) => Some(variable),
        _ => None,
    }
}

/// The variables without an initial value whose first mention is a store in the block that holds
/// all of their mentions: such a store can be their declaration.
pub(super) fn declared_by_store(function: &Function) -> BTreeSet<Handle<LocalVariable>> {
    let totals = mentions(function, &function.body);
    let mut search = Search { function, totals, met: BTreeSet::new(), found: BTreeSet::new() };
    search.block(&function.body);
    search.found
}

struct Search<'a> {
    function: &'a Function,
    totals: BTreeMap<Handle<LocalVariable>, usize>,
    /// Variables whose first store was met.
    met: BTreeSet<Handle<LocalVariable>>,
    found: BTreeSet<Handle<LocalVariable>>,
}

impl Search<'_> {
    fn block(&mut self, statements: &[Statement]) {
        for (i, statement) in statements.iter().enumerate() {
            if let Statement::Store { pointer, .. } = *statement
                && let Some(variable) = local(self.function, pointer)
                && self.function.local_variables[variable].init.is_none()
                && self.met.insert(variable)
            {
                let here = mentions(self.function, &statements[i..]);
                if here.get(&variable) == self.totals.get(&variable) {
                    self.found.insert(variable);
                }
            }
            for block in blocks(statement) {
                self.block(block);
            }
        }
    }
}

/// The dot product of packed bytes that `function` is, if it is nothing else:
/// `fn dp4(a: u32, b: u32) -> i32 { return dot4I8Packed(a, b); }`.
pub(super) fn packed_dot(function: &Function) -> Option<naga::MathFunction> {
    let [Statement::Emit(_), Statement::Return { value: Some(returned) }] = function.body[..]
    else {
        return None;
    };
    let Expression::Math { fun, arg, arg1: Some(arg1), .. } = function.expressions[returned] else {
        return None;
    };
    let argument = |e| match function.expressions[e] {
        Expression::FunctionArgument(i) => Some(i),
        _ => None,
    };
    let in_order = argument(arg) == Some(0) && argument(arg1) == Some(1);
    (in_order && super::math::dot_and_add(fun).is_some()).then_some(fun)
}
