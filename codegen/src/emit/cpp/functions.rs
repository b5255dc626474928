//! Functions and the entry point: their parameters, and what module-scope variables become.
//!
//! A kernel's storage buffers and immediates are its parameters, its workgroup and private
//! variables are declared in its body. Functions get those that they or their callees use as
//! further parameters.

use ds4_plan::DECLARED_WORKGROUP_BYTES;
use naga::{
    AddressSpace, Binding, BuiltIn, EntryPoint, Function, FunctionArgument, GlobalVariable, Handle,
    Statement, StorageAccess, TypeInner, valid::FunctionInfo,
};
use std::collections::BTreeSet;

use super::{Context, CppText, Result, body::Body, code::Text, hooks, walk};

/// A module-scope variable.
type Global<'a> = (Handle<GlobalVariable>, &'a GlobalVariable);

/// The namespace of `entry`.
pub(super) fn kernel(context: &Context<'_>, entry: &EntryPoint) -> Result<CppText> {
    let mut text = Text::default();
    for line in context.options.header.lines() {
        text.line(format!("// {line}").trim_end());
    }
    text.line(&format!("namespace {}_ns {{", entry.name));
    let info = context.info.get_entry_point(0);
    let reached = walk::reached(context.module, &entry.function);
    let kernel = Kernel { context, entry, info, reached };
    context.structs(&mut text)?;
    context.tables(&mut text)?;
    for &handle in &kernel.reached {
        let function = &context.module.functions[handle];
        if context.is_printed(function) {
            text.line("");
            kernel.function(handle, function, &mut text)?;
        }
    }
    text.line("");
    kernel.entry(&mut text)?;
    text.line("");
    text.line(&format!("}}  // namespace {}_ns", entry.name));
    kernel.finish(text)
}

struct Kernel<'a> {
    context: &'a Context<'a>,
    entry: &'a EntryPoint,
    info: &'a FunctionInfo,
    reached: BTreeSet<Handle<Function>>,
}

impl Kernel<'_> {
    fn finish(&self, text: Text) -> Result<CppText> {
        let mut bindings = vec![];
        let mut immediate_bytes = 0;
        for (_, global) in self.context.globals(self.info) {
            if let Some(binding) = global.binding {
                bindings.push(binding.binding);
            } else if global.space == AddressSpace::Immediate {
                immediate_bytes = self.context.layout(global.ty)?.0;
            }
        }
        Ok(CppText {
            text: text.finish(),
            entry: self.entry.name.clone(),
            bindings,
            immediate_bytes,
            workgroup: self.entry.workgroup_size,
            waits: self.waits(),
        })
    }

    fn threads(&self) -> u32 {
        self.entry.workgroup_size.iter().product()
    }

    fn function(
        &self,
        handle: Handle<Function>,
        function: &Function,
        text: &mut Text,
    ) -> Result<()> {
        let context = self.context;
        let info = &context.info[handle];
        let mut body = Body::new(context, function, info, context.names.function(handle));
        let mut parameters = vec![];
        for (argument, name) in function.arguments.iter().zip(body.arguments()) {
            let ty = context.ty(argument.ty).map_err(|e| e.within(body.place()))?;
            parameters.push(format!("{ty} {name}"));
        }
        for global in context.globals(info) {
            parameters.push(self.parameter(global, false)?);
        }
        let result = match &function.result {
            Some(result) => context.ty(result.ty).map_err(|e| e.within(body.place()))?,
            None => "void".to_owned(),
        };
        let name = context.names.function(handle);
        text.open(&format!("DEV {result} {name}({})", parameters.join(", ")));
        body.print(text)?;
        text.close("");
        Ok(())
    }

    fn entry(&self, text: &mut Text) -> Result<()> {
        let (context, entry) = (self.context, self.entry);
        let globals = context.globals(self.info);
        let mut parameters = vec![];
        for &global in &globals {
            if is_parameter(global.1) {
                parameters.push(format!("\n    {}", self.parameter(global, true)?));
            }
        }
        let bounds = match context.options.resident {
            0 => format!("__launch_bounds__({})", self.threads()),
            n => format!("__launch_bounds__({}, {n})", self.threads()),
        };
        let parameters = parameters.join(",");
        text.open(&format!("extern \"C\" __global__ void {bounds} {}({parameters})", entry.name));
        self.workgroup_memory(text)?;
        for &(handle, global) in &globals {
            if global.space == AddressSpace::Private {
                let (ty, name) = (context.ty(global.ty)?, context.names.global(handle));
                let value = match global.init {
                    Some(init) => context.constant_expression(init)?,
                    None => context.zero(global.ty)?,
                };
                text.line(&format!("{ty} {name} = {};", value.text()));
            }
        }
        let mut body = Body::new(context, &entry.function, self.info, &entry.name);
        if self.uses_subgroups() {
            let threads = self.threads();
            text.line(&format!(
                "static_assert({threads}u % WAVE == 0u, \"{} needs whole subgroups\");",
                entry.name
            ));
        }
        for (argument, name) in entry.function.arguments.iter().zip(body.arguments()) {
            let value = self.builtins(argument)?;
            text.line(&format!("const {} {name} = {value};", context.ty(argument.ty)?));
        }
        body.print(text)?;
        text.close("");
        Ok(())
    }

    /// Workgroup variables: declared where a kernel may declare as much, else parts of what its
    /// launch gives it.
    fn workgroup_memory(&self, text: &mut Text) -> Result<()> {
        let context = self.context;
        let mut variables = vec![];
        let mut bytes = 0;
        for (handle, global) in context.globals(self.info) {
            if global.space == AddressSpace::WorkGroup {
                let (ty, name) = (context.ty(global.ty)?, context.names.global(handle));
                variables.push((ty, name, bytes));
                bytes += context.layout(global.ty)?.0.next_multiple_of(16);
            }
        }
        let given = bytes > DECLARED_WORKGROUP_BYTES;
        if given {
            text.line("extern __shared__ __align__(16) u8 workgroup_memory[];");
        }
        for (ty, name, at) in variables {
            text.line(&match given {
                true => format!("{ty}& {name} = *({ty}*)&workgroup_memory[{at}];"),
                false => format!("__shared__ __align__(16) {ty} {name};"),
            });
        }
        Ok(())
    }

    /// A buffer, immediate or variable as the parameter of a function or of the kernel.
    ///
    /// What a kernel may write gets no `__restrict__`: tensors that share memory are bound as such.
    /// A kernel that waits for the one before it has none at all, since it would allow loads to
    /// move above the wait.
    fn parameter(&self, (handle, global): Global<'_>, is_kernel: bool) -> Result<String> {
        let context = self.context;
        let name = context.names.global(handle);
        let ty = context.ty(global.ty).map_err(|e| e.within(name))?;
        let element = match context.module.types[global.ty].inner {
            TypeInner::Array { base, .. } => context.ty(base)?,
            _ => ty.clone(),
        };
        Ok(match global.space {
            AddressSpace::Storage { access } if access.contains(StorageAccess::STORE) => {
                context.layout(global.ty)?;
                format!("{element}* {name}")
            }
            AddressSpace::Storage { .. } | AddressSpace::Uniform => {
                context.layout(global.ty)?;
                let restrict = if self.waits() { "" } else { " __restrict__" };
                format!("const {element}*{restrict} {name}")
            }
            AddressSpace::Immediate if is_kernel => format!("const __grid_constant__ {ty} {name}"),
            AddressSpace::Immediate => format!("const {ty}& {name}"),
            AddressSpace::WorkGroup | AddressSpace::Private => format!("{ty}& {name}"),
            space => {
                let construct = format!("a variable in {space:?}");
                return Err(context.unsupported(construct, name, "use storage buffers"));
            }
        })
    }

    /// Whether the kernel natively waits for the kernel before it.
    fn waits(&self) -> bool {
        let context = self.context;
        self.reached.iter().any(|&function| {
            context.native(&context.module.functions[function]).as_deref() == Some("grid_wait")
        })
    }

    fn uses_subgroups(&self) -> bool {
        fn any(block: &[Statement]) -> bool {
            block.iter().any(|statement| {
                matches!(
                    statement,
                    Statement::SubgroupBallot { .. }
                        | Statement::SubgroupGather { .. }
                        | Statement::SubgroupCollectiveOperation { .. }
                ) || walk::blocks(statement).into_iter().any(|block| any(block))
            })
        }
        let functions = self.reached.iter().map(|&handle| &self.context.module.functions[handle]);
        functions.chain([&self.entry.function]).any(|function| any(&function.body))
    }

    /// The value of an argument of the entry point: one of the built-in values, or a struct of
    /// them.
    fn builtins(&self, argument: &FunctionArgument) -> Result<String> {
        let context = self.context;
        let TypeInner::Struct { members, .. } = &context.module.types[argument.ty].inner else {
            return self.builtin(argument.binding.as_ref());
        };
        let values = members.iter().map(|member| self.builtin(member.binding.as_ref()));
        let values = values.collect::<Result<Vec<_>>>()?.join(", ");
        Ok(format!("{}{{{values}}}", context.ty(argument.ty)?))
    }

    fn builtin(&self, binding: Option<&Binding>) -> Result<String> {
        let [x, y, z] = self.entry.workgroup_size;
        let three = |of: &str| format!("u32x3{{{of}.x, {of}.y, {of}.z}}");
        let lid = match (y, z) {
            (1, 1) => "threadIdx.x".to_owned(),
            _ => format!("(threadIdx.x + {x}u * (threadIdx.y + {y}u * threadIdx.z))"),
        };
        let global = |axis, n| format!("blockIdx.{axis} * {n}u + threadIdx.{axis}");
        let threads = self.threads();
        Ok(match binding {
            Some(Binding::BuiltIn(BuiltIn::WorkGroupId)) => three("blockIdx"),
            Some(Binding::BuiltIn(BuiltIn::LocalInvocationId)) => three("threadIdx"),
            Some(Binding::BuiltIn(BuiltIn::NumWorkGroups)) => three("gridDim"),
            Some(Binding::BuiltIn(BuiltIn::WorkGroupSize)) => {
                format!("u32x3{{{x}u, {y}u, {z}u}}")
            }
            Some(Binding::BuiltIn(BuiltIn::GlobalInvocationId)) => {
                format!("u32x3{{{}, {}, {}}}", global("x", x), global("y", y), global("z", z))
            }
            Some(Binding::BuiltIn(BuiltIn::LocalInvocationIndex)) => lid,
            Some(Binding::BuiltIn(BuiltIn::SubgroupSize)) => "WAVE".to_owned(),
            Some(Binding::BuiltIn(BuiltIn::SubgroupId)) => format!("{lid} / WAVE"),
            Some(Binding::BuiltIn(BuiltIn::SubgroupInvocationId)) => format!("{lid} % WAVE"),
            Some(Binding::BuiltIn(BuiltIn::NumSubgroups)) => {
                format!("({threads}u + WAVE - 1u) / WAVE")
            }
            other => {
                let construct = format!("the argument {other:?}");
                let place = &self.entry.name;
                return Err(context_help(self.context, construct, place));
            }
        })
    }
}

fn context_help(context: &Context<'_>, construct: String, place: &str) -> super::CppError {
    context.unsupported(construct, place, "use the built-in values of compute kernels")
}

/// Whether a variable is a parameter of the kernel.
fn is_parameter(global: &GlobalVariable) -> bool {
    !matches!(global.space, AddressSpace::WorkGroup | AddressSpace::Private)
}

impl Context<'_> {
    /// The module-scope variables that a function or its callees use, in the order of parameters.
    pub(super) fn globals(&self, info: &FunctionInfo) -> Vec<Global<'_>> {
        let used = self.module.global_variables.iter().filter(|(h, _)| !info[*h].is_empty());
        let mut globals: Vec<_> = used.collect();
        globals.sort_by_key(|(_, global)| {
            let rank = match global.space {
                AddressSpace::Storage { .. } | AddressSpace::Uniform => 0,
                AddressSpace::Immediate => 1,
                _ => 2,
            };
            (rank, global.binding.map(|binding| (binding.group, binding.binding)))
        });
        globals
    }

    /// The prelude's function that replaces `function`, if it has one.
    pub(super) fn native(&self, function: &Function) -> Option<String> {
        hooks::native(function, self.dialect, self.options.tensor_cores)
    }

    /// Whether calls of `function` need its body.
    fn is_printed(&self, function: &Function) -> bool {
        self.native(function).is_none()
            && !hooks::is_unroll(function)
            && walk::packed_dot(function).is_none()
    }
}
