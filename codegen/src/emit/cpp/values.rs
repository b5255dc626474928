//! Which values get a name, and which stay inside of the expressions that use them.
//!
//! naga evaluates an expression where an `Emit` says so. Between two `Emit`s memory may change, so
//! a value that depends on a load may only be written where nothing has happened since: in the
//! statement that follows the `Emit`, or in a value that is named there.

use naga::{Expression, Handle, Statement, TypeInner};
use std::collections::{BTreeMap, BTreeSet};

use super::{body::Body, walk};

/// What follows from a run of `Emit`s.
#[derive(Debug)]
pub(super) struct Values {
    /// Values to name, in order.
    pub(super) named: Vec<Handle<Expression>>,
}

impl Body<'_> {
    pub(super) fn is_pointer(&self, expression: Handle<Expression>) -> bool {
        let inner = self.info[expression].ty.inner_with(&self.context.module.types);
        matches!(inner, TypeInner::Pointer { .. } | TypeInner::ValuePointer { .. })
    }

    /// The expressions that a run of `Emit`s at the beginning of `statements` evaluates, and the
    /// number of these statements.
    pub(super) fn run(statements: &[Statement]) -> (Vec<Handle<Expression>>, usize) {
        let mut expressions = vec![];
        let mut n = 0;
        while let Some(Statement::Emit(range)) = statements.get(n) {
            expressions.extend(range.clone());
            n += 1;
        }
        (expressions, n)
    }

    /// Decides for the expressions of a run; `sinks` are what the next statement uses.
    pub(super) fn decide(
        &self,
        run: &[Handle<Expression>],
        sinks: &[Handle<Expression>],
    ) -> Values {
        let here = self.used_here(run, sinks);
        // Expressions that hold a load without a name.
        let mut loading = BTreeSet::new();
        let mut named = vec![];
        for &expression in run {
            let count = self.info[expression].ref_count;
            let mut loads = false;
            walk::children(&self.function.expressions[expression], &mut |child| {
                loads |= loading.contains(&child);
            });
            let is_here = here.contains(&expression);
            let is_named = if count == 0 || self.is_pointer(expression) {
                false
            } else if self.function.named_expressions.contains_key(&expression) {
                true
            } else {
                match self.function.expressions[expression] {
                    Expression::Load { pointer } => {
                        loads = true;
                        !is_here || (count > 1 && !self.is_plain_variable(pointer))
                    }
                    Expression::AccessIndex { .. } | Expression::Swizzle { .. } => {
                        loads && (!is_here || count > 1)
                    }
                    _ => count > 1 || (loads && !is_here),
                }
            };
            if is_named {
                named.push(expression);
            } else if loads {
                loading.insert(expression);
            }
        }
        Values { named }
    }

    /// The expressions of `run` whose uses are all in the run or in `sinks`, directly or through
    /// pointers.
    fn used_here(
        &self,
        run: &[Handle<Expression>],
        sinks: &[Handle<Expression>],
    ) -> BTreeSet<Handle<Expression>> {
        let mut users: BTreeMap<_, Vec<Handle<Expression>>> = BTreeMap::new();
        for &user in run {
            walk::children(&self.function.expressions[user], &mut |child| {
                users.entry(child).or_default().push(user);
            });
        }
        let mut here = BTreeSet::new();
        for &expression in run.iter().rev() {
            let inside = users.get(&expression).map_or(&[][..], Vec::as_slice);
            let outside = sinks.iter().filter(|sink| **sink == expression).count();
            let all = inside.len() + outside == self.info[expression].ref_count;
            if all && inside.iter().all(|&user| !self.is_pointer(user) || here.contains(&user)) {
                here.insert(expression);
            }
        }
        here
    }

    /// Whether `pointer` is a local variable of scalar type, as cheap to name twice as a value.
    fn is_plain_variable(&self, pointer: Handle<Expression>) -> bool {
        walk::local(self.function, pointer).is_some_and(|variable| {
            let ty = self.function.local_variables[variable].ty;
            matches!(self.context.module.types[ty].inner, TypeInner::Scalar(_))
        })
    }
}
