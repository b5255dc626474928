//! Statements.

use naga::{
    Barrier, Block, Expression, Function, Handle, LocalVariable, MathFunction, Statement,
    SwitchCase, SwitchValue, valid::FunctionInfo,
};
use std::collections::{BTreeMap, BTreeSet};

use super::{
    Context, CppError, Result,
    code::{Code, Level, Text},
    names, walk,
};

/// The body of one function while it is printed.
pub(super) struct Body<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) function: &'a Function,
    pub(super) info: &'a FunctionInfo,
    place: String,
    scope: names::Scope,
    arguments: Vec<String>,
    variables: BTreeMap<Handle<LocalVariable>, String>,
    /// Variables that the first store to them declares.
    declared_by_store: BTreeSet<Handle<LocalVariable>>,
    /// Variables that the header of a loop declares.
    pub(super) declared_by_loop: BTreeSet<Handle<LocalVariable>>,
    /// Values with a name.
    values: BTreeMap<Handle<Expression>, String>,
    /// Values whose name is out of scope.
    pub(super) lost: BTreeSet<Handle<Expression>>,
    /// Results of functions that are one dot product, which a sum can take in.
    pub(super) dots: BTreeMap<Handle<Expression>, (MathFunction, Vec<Code>)>,
    /// For each loop around the statement, the label before its continuing block where
    /// `continue` cannot reach that block.
    pub(super) labels: Vec<Option<String>>,
    pub(super) n_labels: usize,
}

impl<'a> Body<'a> {
    pub(super) fn new(
        context: &'a Context<'a>,
        function: &'a Function,
        info: &'a FunctionInfo,
        place: &str,
    ) -> Self {
        let mut scope = context.names.inner_scope();
        let arguments = function.arguments.iter();
        let arguments = arguments.map(|a| scope.add(a.name.as_deref(), "argument")).collect();
        let variables = function.local_variables.iter();
        let variables =
            variables.map(|(handle, v)| (handle, scope.add(v.name.as_deref(), "local"))).collect();
        Self {
            context,
            function,
            info,
            place: place.to_owned(),
            scope,
            arguments,
            variables,
            declared_by_store: walk::declared_by_store(function),
            declared_by_loop: BTreeSet::new(),
            values: BTreeMap::new(),
            lost: BTreeSet::new(),
            dots: BTreeMap::new(),
            labels: vec![],
            n_labels: 0,
        }
    }

    /// Names of the arguments.
    pub(super) fn arguments(&self) -> Vec<String> {
        self.arguments.clone()
    }

    pub(super) fn argument(&self, index: u32) -> &str {
        self.arguments.get(index as usize).map_or("", String::as_str)
    }

    pub(super) fn variable(&self, handle: Handle<LocalVariable>) -> &str {
        self.variables.get(&handle).map_or("", String::as_str)
    }

    pub(super) fn value(&self, handle: Handle<Expression>) -> Option<&str> {
        self.values.get(&handle).map(String::as_str)
    }

    /// All values with a name.
    pub(super) fn known(&self) -> BTreeSet<Handle<Expression>> {
        self.values.keys().copied().collect()
    }

    /// Whether `pointer` is a variable that a store is yet to declare.
    pub(super) fn is_undeclared(&self, pointer: Handle<Expression>) -> bool {
        walk::local(self.function, pointer).is_some_and(|v| self.declared_by_store.contains(&v))
    }

    /// The name of the function, for messages.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    pub(super) fn unsupported(
        &self,
        construct: impl Into<String>,
        instead: &'static str,
    ) -> CppError {
        self.context.unsupported(construct, &self.place, instead)
    }

    /// Prints the local variables and the statements.
    pub(super) fn print(&mut self, text: &mut Text) -> Result<()> {
        self.find_loop_variables();
        for (handle, variable) in self.function.local_variables.iter() {
            if self.declared_by_store.contains(&handle) || self.declared_by_loop.contains(&handle) {
                continue;
            }
            let ty = self.context.ty(variable.ty).map_err(|e| e.within(&self.place))?;
            let value = match variable.init {
                Some(init) => self.expression(init)?,
                None => self.context.zero(variable.ty)?,
            };
            text.line(&declaration(&ty, self.variable(handle), &value));
        }
        let function = self.function;
        // naga ends each function with a return.
        let last =
            usize::from(matches!(function.body.last(), Some(Statement::Return { value: None })));
        self.block(&function.body[..function.body.len() - last], text)
    }

    pub(super) fn block(&mut self, statements: &[Statement], text: &mut Text) -> Result<()> {
        let mut rest = statements;
        while !rest.is_empty() {
            let (run, n) = Self::run(rest);
            rest = &rest[n..];
            let sinks = rest.first().map_or(vec![], |next| self.sinks(next));
            for value in self.decide(&run, &sinks).named {
                let code = self.expression(value)?;
                self.name(value, &code, text)?;
            }
            let Some(statement) = rest.first() else { return Ok(()) };
            let n = self.store_and_loop(rest, text)?;
            if n > 0 {
                rest = &rest[n..];
                continue;
            }
            self.statement(statement, text)?;
            rest = &rest[1..];
        }
        Ok(())
    }

    /// What `statement` evaluates before anything else happens.
    fn sinks(&self, statement: &Statement) -> Vec<Handle<Expression>> {
        match *statement {
            Statement::Loop { .. } | Statement::WorkGroupUniformLoad { .. } => vec![],
            Statement::Call { function, .. } if self.dot(function).is_some() => vec![],
            _ => walk::operands(statement),
        }
    }

    /// `const T name = code;`
    pub(super) fn name(
        &mut self,
        value: Handle<Expression>,
        code: &Code,
        text: &mut Text,
    ) -> Result<()> {
        let ty = self.context.resolved(&self.info[value].ty).map_err(|e| e.within(&self.place))?;
        let name = match self.function.named_expressions.get(&value) {
            Some(name) => self.scope.add(Some(name), "value"),
            None => format!("_e{}", value.index()),
        };
        text.line(&format!("const {}", declaration(&ty, &name, code)));
        self.values.insert(value, name);
        Ok(())
    }

    /// The result of a statement under a name, or the statement alone.
    pub(super) fn result(
        &mut self,
        value: Option<Handle<Expression>>,
        code: &Code,
        text: &mut Text,
    ) -> Result<()> {
        match value {
            Some(value) if self.info[value].ref_count > 0 => self.name(value, code, text),
            _ => {
                text.line(&format!("{};", code.text()));
                Ok(())
            }
        }
    }

    fn statement(&mut self, statement: &Statement, text: &mut Text) -> Result<()> {
        match *statement {
            Statement::Emit(_) => {}
            Statement::Block(ref block) => return self.nested(block, text),
            Statement::If { condition, ref accept, ref reject } => {
                return self.branch(condition, [accept, reject], text);
            }
            Statement::Switch { selector, ref cases } => return self.switch(selector, cases, text),
            Statement::Loop { ref body, ref continuing, break_if } => {
                return self.plain_loop(body, continuing, break_if, text);
            }
            Statement::Break => text.line("break;"),
            Statement::Continue => match self.labels.last() {
                Some(Some(label)) => text.line(&format!("goto {label};")),
                _ => text.line("continue;"),
            },
            Statement::Return { value: Some(value) } => {
                text.line(&format!("return {};", self.expression(value)?.text()));
            }
            Statement::Return { value: None } => text.line("return;"),
            // Either of a workgroup's barriers orders all memory.
            Statement::ControlBarrier(barrier) => text.line_once(match barrier {
                Barrier::SUB_GROUP => "wave_barrier();",
                _ => "__syncthreads();",
            }),
            Statement::MemoryBarrier(_) => text.line("__threadfence();"),
            Statement::Store { pointer, value } => return self.store(pointer, value, text),
            Statement::WorkGroupUniformLoad { pointer, result } => {
                text.line("__syncthreads();");
                let value = self.load(pointer)?;
                self.result(Some(result), &value, text)?;
                text.line("__syncthreads();");
            }
            Statement::Call { function, ref arguments, result } => {
                return self.call(function, arguments, result, text);
            }
            _ => return self.parallel(statement, text),
        }
        Ok(())
    }

    /// Braces, unless all there is inside is a loop that declares its own variable.
    fn nested(&mut self, block: &Block, text: &mut Text) -> Result<()> {
        let skipped = Self::run(block).1;
        let is_loop = match block[skipped..] {
            [Statement::Loop { .. }] => true,
            [Statement::Store { .. }, Statement::Loop { .. }] => {
                self.header_of(&block[skipped..]).is_some_and(|header| header.declares.is_some())
            }
            _ => false,
        };
        if is_loop {
            return self.block(block, text);
        }
        text.open("");
        self.block(block, text)?;
        text.close("");
        Ok(())
    }

    fn branch(
        &mut self,
        condition: Handle<Expression>,
        [accept, reject]: [&Block; 2],
        text: &mut Text,
    ) -> Result<()> {
        let condition = self.expression(condition)?;
        if accept.is_empty() {
            text.open(&format!("if (!{})", condition.at(Level::Primary)));
            self.block(reject, text)?;
        } else {
            text.open(&format!("if ({})", condition.text()));
            self.block(accept, text)?;
            if !reject.is_empty() {
                text.middle("else");
                self.block(reject, text)?;
            }
        }
        text.close("");
        Ok(())
    }

    fn switch(
        &mut self,
        selector: Handle<Expression>,
        cases: &[SwitchCase],
        text: &mut Text,
    ) -> Result<()> {
        text.open(&format!("switch ({})", self.expression(selector)?.text()));
        for case in cases {
            let label = match case.value {
                SwitchValue::I32(i32::MIN) => format!("case {} - 1:", i32::MIN + 1),
                SwitchValue::I32(n) => format!("case {n}:"),
                SwitchValue::U32(n) => format!("case {n}u:"),
                SwitchValue::Default => "default:".to_owned(),
            };
            if case.fall_through && case.body.is_empty() {
                text.line(&label);
                continue;
            }
            text.open(&label);
            self.block(&case.body, text)?;
            let ends = matches!(
                case.body.last(),
                Some(Statement::Break | Statement::Continue | Statement::Return { .. })
            );
            if !case.fall_through && !ends {
                text.line("break;");
            }
            text.close("");
        }
        text.close("");
        Ok(())
    }

    fn store(
        &mut self,
        pointer: Handle<Expression>,
        value: Handle<Expression>,
        text: &mut Text,
    ) -> Result<()> {
        if let Some(variable) = walk::local(self.function, pointer)
            && self.declared_by_store.remove(&variable)
        {
            let ty = self.context.ty(self.function.local_variables[variable].ty)?;
            let line = declaration(&ty, self.variable(variable), &self.expression(value)?);
            text.line(&line);
            return Ok(());
        }
        let line = self.assignment(pointer, value)?;
        text.line(&format!("{line};"));
        Ok(())
    }

    /// `pointer = value`, or `pointer += rest`.
    pub(super) fn assignment(
        &self,
        pointer: Handle<Expression>,
        value: Handle<Expression>,
    ) -> Result<String> {
        if self.is_atomic(pointer) {
            let arguments = [self.address(pointer)?, self.expression(value)?];
            return Ok(Code::call("atomic_store", &arguments).text().to_owned());
        }
        let to = self.place_of(pointer)?;
        if let Some((operator, rest)) = self.update(pointer, value)? {
            return Ok(format!("{} {operator}= {}", to.text(), rest.text()));
        }
        Ok(format!("{} = {}", to.text(), self.expression(value)?.text()))
    }
}

/// `T name = value;`, shorter for values that repeat the type.
fn declaration(ty: &str, name: &str, value: &Code) -> String {
    let text = value.text();
    match text.strip_prefix(ty) {
        Some(braces) if value.is_braced() && braces.starts_with('{') => {
            format!("{ty} {name} = {braces};")
        }
        _ => format!("{ty} {name} = {text};"),
    }
}

impl CppError {
    /// The same error, of something inside of `place`.
    pub(super) fn within(self, inside: &str) -> Self {
        match self {
            Self::Unsupported { construct, instead, .. } => {
                Self::Unsupported { construct, place: inside.to_owned(), instead }
            }
            other => other,
        }
    }
}
