//! Loops.
//!
//! naga knows one kind of loop: `for (init; condition; step)` reaches the writer as an endless loop
//! that begins with `if condition {} else { break; }`. The header is rebuilt, since compilers
//! ignore the unrolling of anything else and people read it more easily.

use naga::{Block, Expression, Function, Handle, LocalVariable, Statement};

use super::{Result, body::Body, code::Text, hooks, walk};

/// A loop that is a `for`.
pub(super) struct Header<'b> {
    /// Assigned before the loop, together with its variable.
    init: Option<(Handle<Expression>, Handle<Expression>)>,
    /// The variable that the header declares, if no one else mentions it.
    pub(super) declares: Option<Handle<LocalVariable>>,
    condition: Handle<Expression>,
    step: Option<(Handle<Expression>, Handle<Expression>)>,
    /// The statements of the body.
    body: &'b [Statement],
    /// Statements that the loop takes up.
    length: usize,
}

impl Body<'_> {
    /// Finds the variables with a constant initial value that one loop alone uses. Such loops are
    /// in no other loop, else the value would be assigned by a statement.
    pub(super) fn find_loop_variables(&mut self) {
        let totals = walk::mentions(self.function, &self.function.body);
        let mut found = vec![];
        self.for_each_outer_loop(&self.function.body, &mut |body, statement| {
            let header = body.header_of(std::slice::from_ref(statement));
            let variable = header.and_then(|header| body.stepped(&header));
            let Some(variable) = variable else { return };
            let here = walk::mentions(body.function, std::slice::from_ref(statement));
            let has_init = body.function.local_variables[variable].init.is_some();
            if has_init && here.get(&variable) == totals.get(&variable) {
                found.push(variable);
            }
        });
        self.declared_by_loop.extend(found);
    }

    fn for_each_outer_loop(&self, block: &[Statement], f: &mut dyn FnMut(&Self, &Statement)) {
        for statement in block {
            if matches!(statement, Statement::Loop { .. }) {
                f(self, statement);
            } else {
                for block in walk::blocks(statement) {
                    self.for_each_outer_loop(block, f);
                }
            }
        }
    }

    /// The local variable that a header steps.
    fn stepped(&self, header: &Header<'_>) -> Option<Handle<LocalVariable>> {
        walk::local(self.function, header.step?.0)
    }

    /// The `for` at the beginning of `statements`: a loop, or the assignment of its variable and
    /// the loop.
    pub(super) fn header_of<'b>(&self, statements: &'b [Statement]) -> Option<Header<'b>> {
        match statements {
            [Statement::Loop { body, continuing, break_if: None }, ..] => {
                self.header(body, continuing)
            }
            [
                Statement::Store { pointer, value },
                Statement::Loop { body, continuing, break_if: None },
                ..,
            ] => {
                let mut header = self.header(body, continuing)?;
                let variable = walk::local(self.function, *pointer)?;
                if self.stepped(&header) != Some(variable) {
                    return None;
                }
                header.init = Some((*pointer, *value));
                header.length = 2;
                let totals = walk::mentions(self.function, &self.function.body);
                let here = walk::mentions(self.function, &statements[..2]);
                let is_alone = here.get(&variable) == totals.get(&variable);
                let is_bare = self.function.local_variables[variable].init.is_none();
                header.declares = (is_alone && is_bare).then_some(variable);
                Some(header)
            }
            _ => None,
        }
    }

    fn header<'b>(&self, body: &'b Block, continuing: &Block) -> Option<Header<'b>> {
        let (run, n) = Self::run(body);
        let Some(Statement::If { condition, accept, reject }) = body.get(n) else { return None };
        if !accept.is_empty() || !matches!(reject[..], [Statement::Break]) {
            return None;
        }
        let step = {
            let (run, n) = Self::run(continuing);
            let step = match continuing[n..] {
                [] => None,
                [Statement::Store { pointer, value }] => Some((pointer, value)),
                _ => return None,
            };
            let sinks: Vec<_> = step.iter().flat_map(|&(p, v)| [p, v]).collect();
            if !self.decide(&run, &sinks).named.is_empty() {
                return None;
            }
            step
        };
        if !self.decide(&run, &[*condition]).named.is_empty() {
            return None;
        }
        let body = match &body[n + 1..] {
            [Statement::Block(block)] => block,
            statements => statements,
        };
        let (condition, init, declares) = (*condition, None, None);
        Some(Header { init, declares, condition, step, body, length: 1 })
    }

    /// Prints the `for` at the beginning of `statements`; zero if there is none, else the number
    /// of statements.
    pub(super) fn store_and_loop(
        &mut self,
        statements: &[Statement],
        text: &mut Text,
    ) -> Result<usize> {
        let Some(header) = self.header_of(statements) else { return Ok(0) };
        // The variable lives longer than the loop: its store declares it.
        if header.init.is_some_and(|(to, _)| header.declares.is_none() && self.is_undeclared(to)) {
            return Ok(0);
        }
        let init = self.init(&header)?;
        let condition = self.expression(header.condition)?;
        let step = match header.step {
            Some((pointer, value)) => self.assignment(pointer, value)?,
            None => String::new(),
        };
        let mut body = header.body;
        let is_marked =
            |statement| hooks::is_call(self.context.module, statement, hooks::is_unroll);
        if body.first().is_some_and(is_marked) {
            body = &body[1..];
            text.line("#pragma unroll");
        }
        let condition = condition.text();
        text.open(&if init.is_empty() && step.is_empty() {
            format!("while ({condition})")
        } else {
            let (init, step) = (spaced(&init, false), spaced(&step, true));
            format!("for ({init}; {condition};{step})")
        });
        self.labels.push(None);
        self.block(body, text)?;
        self.labels.pop();
        text.close("");
        Ok(header.length)
    }

    /// The first part of a header.
    fn init(&mut self, header: &Header<'_>) -> Result<String> {
        if let Some((pointer, value)) = header.init {
            let assigned = self.assignment(pointer, value)?;
            let Some(variable) = header.declares else { return Ok(assigned) };
            self.declared_by_loop.insert(variable);
            return Ok(format!("{} {assigned}", self.type_of(variable)?));
        }
        let Some(variable) = self.stepped(header) else { return Ok(String::new()) };
        let init = self.function.local_variables[variable].init;
        match init {
            Some(init) if self.declared_by_loop.contains(&variable) => {
                let (ty, name) = (self.type_of(variable)?, self.variable(variable));
                Ok(format!("{ty} {name} = {}", self.expression(init)?.text()))
            }
            _ => Ok(String::new()),
        }
    }

    fn type_of(&self, variable: Handle<LocalVariable>) -> Result<String> {
        let function: &Function = self.function;
        self.context.ty(function.local_variables[variable].ty)
    }

    /// A loop that is no `for`. A `continue` jumps to the continuing block, over the names of the
    /// body, which therefore end before it.
    pub(super) fn plain_loop(
        &mut self,
        body: &Block,
        continuing: &Block,
        break_if: Option<Handle<Expression>>,
        text: &mut Text,
    ) -> Result<()> {
        let has_tail = !continuing.is_empty() || break_if.is_some();
        let label = (has_tail && walk::has_continue(body)).then(|| {
            self.n_labels += 1;
            format!("continue_{}", self.n_labels)
        });
        text.open("for (;;)");
        self.labels.push(label.clone());
        if let Some(label) = label {
            let outside = self.known();
            text.open("");
            self.block(body, text)?;
            text.close("");
            let inside = self.known();
            self.lost.extend(inside.difference(&outside));
            text.line(&format!("{label}:;"));
        } else {
            self.block(body, text)?;
        }
        self.labels.pop();
        self.tail(continuing, break_if, text)?;
        text.close("");
        Ok(())
    }

    /// The continuing block and the condition that ends the loop.
    fn tail(
        &mut self,
        continuing: &Block,
        break_if: Option<Handle<Expression>>,
        text: &mut Text,
    ) -> Result<()> {
        let Some(condition) = break_if else { return self.block(continuing, text) };
        // The condition is evaluated by the last run of the block.
        let emits = |statement: &&Statement| matches!(statement, Statement::Emit(_));
        let n = continuing.len() - continuing.iter().rev().take_while(emits).count();
        self.block(&continuing[..n], text)?;
        let (run, _) = Self::run(&continuing[n..]);
        for value in self.decide(&run, &[condition]).named {
            let code = self.expression(value)?;
            self.name(value, &code, text)?;
        }
        text.open(&format!("if ({})", self.expression(condition)?.text()));
        text.line("break;");
        text.close("");
        Ok(())
    }
}

fn spaced(part: &str, before: bool) -> String {
    if part.is_empty() || !before { part.to_owned() } else { format!(" {part}") }
}
