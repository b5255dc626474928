//! Calls of functions, of the prelude's and of the kernel's own.

use naga::{AddressSpace, Expression, Function, GlobalVariable, Handle, MathFunction, TypeInner};

use super::{
    Result,
    body::Body,
    code::{Code, Text},
    hooks, math, walk,
};

impl Body<'_> {
    /// The dot product that `function` is, if it is nothing else.
    pub(super) fn dot(&self, function: Handle<Function>) -> Option<MathFunction> {
        walk::packed_dot(&self.context.module.functions[function])
    }

    pub(super) fn call(
        &mut self,
        function: Handle<Function>,
        arguments: &[Handle<Expression>],
        result: Option<Handle<Expression>>,
        text: &mut Text,
    ) -> Result<()> {
        let context = self.context;
        let callee = &context.module.functions[function];
        if hooks::is_unroll(callee) {
            return Err(self.unsupported(
                "hook_unroll() away from the beginning of a `for` loop with a plain header",
                "call it first in the body of `for (var i = a; i < b; i += c)`",
            ));
        }
        let mut codes =
            arguments.iter().map(|&a| self.expression(a)).collect::<Result<Vec<_>>>()?;
        if let (Some(dot), Some(result)) = (self.dot(function), result) {
            let name = math::name(dot).unwrap_or_default();
            if self.info[result].ref_count == 1
                && !self.function.named_expressions.contains_key(&result)
            {
                self.dots.insert(result, (dot, codes));
                return Ok(());
            }
            return self.result(Some(result), &Code::call(name, &codes), text);
        }
        let globals = context.globals(&context.info[function]);
        let code = if let Some(native) = context.native(callee) {
            codes.extend(self.arrays(&globals)?);
            Code::call(&native, &codes)
        } else {
            codes.extend(globals.iter().map(|(h, _)| Code::primary(context.names.global(*h))));
            Code::call(context.names.function(function), &codes)
        };
        self.result(result, &code, text)
    }

    /// What a native function gets besides its arguments: pointers to the first values of the
    /// workgroup arrays, then of the storage arrays that the portable body uses.
    fn arrays(&self, globals: &[(Handle<GlobalVariable>, &GlobalVariable)]) -> Result<Vec<Code>> {
        let mut sorted: Vec<_> = globals.iter().collect();
        sorted.sort_by_key(|(handle, global)| {
            (global.space != AddressSpace::WorkGroup, handle.index())
        });
        let array = |&&(handle, global): &&(Handle<GlobalVariable>, &GlobalVariable)| {
            let name = self.context.names.global(handle);
            let is_array =
                matches!(self.context.module.types[global.ty].inner, TypeInner::Array { .. });
            match global.space {
                AddressSpace::WorkGroup if is_array => Ok(Code::primary(format!("{name}.values"))),
                AddressSpace::Storage { .. } => Ok(Code::primary(name)),
                _ => {
                    let construct = format!("`{name}` in the body of a hook");
                    Err(self.unsupported(construct, "use workgroup and storage arrays only"))
                }
            }
        };
        sorted.iter().map(array).collect()
    }
}
