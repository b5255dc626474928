//! What kernels may not use although it is valid WGSL: no target may lack it, and no writer may
//! get it wrong.

use std::collections::BTreeSet;

use naga::{
    AddressSpace, Block, Expression, Function, Handle, Literal, MathFunction, Module, Scalar,
    ScalarKind, ShaderStage, Span, Statement, TypeInner, WithSpan,
};

/// A construct that kernels may not use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No entry point, several, or one that is not for compute.
    #[error("expected one entry point, and that for compute")]
    EntryPoints,
    /// A buffer outside of group 0.
    #[error("buffers are in group 0; their binding numbers tell them apart")]
    Group,
    /// `arrayLength`.
    #[error("arrayLength needs the sizes of buffers, which launches do not pass; use a constant")]
    ArrayLength,
    /// Halves as a type.
    #[error("there is no f16 type; keep two halves in a u32 (pack2x16float, unpack2x16float)")]
    Half,
    /// Atomics on floats.
    #[error("float atomics add in any order; sums of kernels have one order")]
    FloatAtomic,
    /// Textures, samplers, ray queries.
    #[error("kernels read and write buffers only")]
    NotABuffer,
    /// A pointer parameter to memory that threads share.
    #[error("pointers to workgroup and storage memory are no parameters; name the array instead")]
    SharedPointer,
    /// More than one product of packed bytes in a function.
    #[error(
        "call a function that does nothing but this product (dp4a of tile/hooks): \
             the MSL of two in one function declares a name twice"
    )]
    PackedDots,
    /// An operand of `coopStore`, as a computed stride, that is not a value yet.
    #[error("give this argument of coopStore a name with `let` first")]
    UnnamedCoopStore,
    /// A return under a condition in a function with barriers.
    #[error(
        "all threads reach the barriers of this function together: no return under a condition"
    )]
    EarlyReturn,
}

/// Everything in `module` that kernels may not use, in the order of the module.
pub(super) fn refusals(module: &Module) -> Vec<WithSpan<Refusal>> {
    let mut found = vec![];
    let [entry] = &module.entry_points[..] else {
        return vec![WithSpan::new(Refusal::EntryPoints)];
    };
    if entry.stage != ShaderStage::Compute {
        found.push(WithSpan::new(Refusal::EntryPoints));
    }
    for (handle, ty) in module.types.iter() {
        if let Some(refusal) = refused_type(&ty.inner) {
            let span = place_of_type(module, handle);
            found.push(WithSpan::new(refusal).with_span(span, "this has such a type"));
        }
    }
    for (handle, global) in module.global_variables.iter() {
        if global.binding.is_some_and(|binding| binding.group != 0) {
            let span = module.global_variables.get_span(handle);
            found.push(WithSpan::new(Refusal::Group).with_span(span, "this buffer"));
        }
    }
    let mut with_barriers = BTreeSet::new();
    for (handle, function) in module.functions.iter() {
        if waits(&function.body, &with_barriers) {
            with_barriers.insert(handle);
        }
        for argument in &function.arguments {
            let space = module.types[argument.ty].inner.pointer_space();
            if space.is_some_and(|space| space != AddressSpace::Function) {
                let span = module.functions.get_span(handle);
                found.push(WithSpan::new(Refusal::SharedPointer).with_span(span, "this function"));
            }
        }
        check_function(function, &with_barriers, &mut found);
    }
    check_function(&entry.function, &with_barriers, &mut found);
    found
}

fn refused_type(inner: &TypeInner) -> Option<Refusal> {
    let is_half = |scalar: &Scalar| scalar.kind == ScalarKind::Float && scalar.width == 2;
    match inner {
        TypeInner::Atomic(scalar) if scalar.kind == ScalarKind::Float => Some(Refusal::FloatAtomic),
        TypeInner::Scalar(scalar)
        | TypeInner::Vector { scalar, .. }
        | TypeInner::Matrix { scalar, .. }
        | TypeInner::CooperativeMatrix { scalar, .. }
            if is_half(scalar) =>
        {
            Some(Refusal::Half)
        }
        TypeInner::Image { .. }
        | TypeInner::Sampler { .. }
        | TypeInner::AccelerationStructure { .. }
        | TypeInner::RayQuery { .. }
        | TypeInner::BindingArray { .. } => Some(Refusal::NotABuffer),
        _ => None,
    }
}

/// Where a type is used first; types themselves have no place.
fn place_of_type(module: &Module, ty: Handle<naga::Type>) -> Span {
    let functions = module.functions.iter().map(|(_, function)| function);
    let functions = functions.chain(module.entry_points.iter().map(|entry| &entry.function));
    let locals = functions.flat_map(|function| {
        let variables = &function.local_variables;
        let expressions = &function.expressions;
        let values = expressions.iter().filter_map(|(handle, expression)| match expression {
            Expression::Compose { ty, .. } | Expression::ZeroValue(ty) => {
                Some((*ty, expressions.get_span(handle)))
            }
            _ => None,
        });
        variables
            .iter()
            .map(|(handle, variable)| (variable.ty, variables.get_span(handle)))
            .chain(values)
    });
    let globals = &module.global_variables;
    let globals = globals.iter().map(|(handle, global)| (global.ty, globals.get_span(handle)));
    let mut uses = globals.chain(locals);
    uses.find(|(used, _)| holds(module, *used, ty)).map_or(Span::UNDEFINED, |(_, span)| span)
}

/// Whether values of type `outer` have parts of type `inner`, or are of that type.
fn holds(module: &Module, outer: Handle<naga::Type>, inner: Handle<naga::Type>) -> bool {
    outer == inner
        || match &module.types[outer].inner {
            TypeInner::Array { base, .. } => holds(module, *base, inner),
            TypeInner::Struct { members, .. } => {
                members.iter().any(|member| holds(module, member.ty, inner))
            }
            _ => false,
        }
}

fn check_function(
    function: &Function,
    with_barriers: &BTreeSet<Handle<Function>>,
    found: &mut Vec<WithSpan<Refusal>>,
) {
    let mut n_packed_dots = 0;
    for (handle, expression) in function.expressions.iter() {
        let refusal = match expression {
            Expression::ArrayLength(_) => Refusal::ArrayLength,
            Expression::Literal(Literal::F16(_))
            | Expression::As { kind: ScalarKind::Float, convert: Some(2), .. } => Refusal::Half,
            Expression::Math {
                fun: MathFunction::Dot4I8Packed | MathFunction::Dot4U8Packed,
                ..
            } => {
                n_packed_dots += 1;
                if n_packed_dots == 1 {
                    continue;
                }
                Refusal::PackedDots
            }
            _ => continue,
        };
        let span = function.expressions.get_span(handle);
        found.push(WithSpan::new(refusal).with_span(span, "this"));
    }
    check_coop_stores(function, found);
    if waits(&function.body, with_barriers) {
        let mut returns = vec![];
        nested_returns(&function.body, false, &mut returns);
        let refusals = returns.into_iter().map(|span| {
            WithSpan::new(Refusal::EarlyReturn).with_span(span, "not every thread returns here")
        });
        found.extend(refusals);
    }
}

/// Calls `each` with every statement of `block` and of the blocks in it.
fn visit(block: &Block, each: &mut impl FnMut(&Statement, Span)) {
    for (statement, span) in block.span_iter() {
        each(statement, *span);
        for inner in blocks_of(statement) {
            visit(inner, each);
        }
    }
}

/// The blocks of a statement, however it comes to run them.
fn blocks_of(statement: &Statement) -> Vec<&Block> {
    match statement {
        Statement::Block(block) => vec![block],
        Statement::If { accept, reject, .. } => vec![accept, reject],
        Statement::Switch { cases, .. } => cases.iter().map(|case| &case.body).collect(),
        Statement::Loop { body, continuing, .. } => vec![body, continuing],
        _ => vec![],
    }
}

/// Whether threads wait for each other in `block`.
fn waits(block: &Block, with_barriers: &BTreeSet<Handle<Function>>) -> bool {
    let mut found = false;
    visit(block, &mut |statement, _| {
        found |= match statement {
            Statement::ControlBarrier(_) | Statement::WorkGroupUniformLoad { .. } => true,
            Statement::Call { function, .. } => with_barriers.contains(function),
            _ => false,
        };
    });
    found
}

fn nested_returns(block: &Block, is_nested: bool, found: &mut Vec<Span>) {
    for (statement, span) in block.span_iter() {
        // Returns that the text does not have are those at the end of a function.
        let is_written = span.is_defined();
        if is_nested && is_written && matches!(statement, Statement::Return { .. }) {
            found.push(*span);
        }
        let is_nested = is_nested || !matches!(statement, Statement::Block(_));
        for inner in blocks_of(statement) {
            nested_returns(inner, is_nested, found);
        }
    }
}

/// The SPIR-V writer expects the operands of `coopStore` among the values that it has written
/// before, and stops the program where they are not.
fn check_coop_stores(function: &Function, found: &mut Vec<WithSpan<Refusal>>) {
    let mut written = BTreeSet::new();
    visit(&function.body, &mut |statement, _| match statement {
        Statement::Emit(range) => written.extend(range.clone()),
        Statement::CooperativeStore { target, data } => {
            let operands = [*target, data.stride].into_iter();
            for operand in operands.chain(indices(function, data.pointer)) {
                let is_known = function.expressions[operand].needs_pre_emit();
                if !is_known && !written.contains(&operand) {
                    let refusal = WithSpan::new(Refusal::UnnamedCoopStore);
                    let span = function.expressions.get_span(operand);
                    found.push(refusal.with_span(span, "this argument"));
                }
            }
        }
        _ => {}
    });
}

/// The indices in a path to an element.
fn indices(function: &Function, mut pointer: Handle<Expression>) -> Vec<Handle<Expression>> {
    let mut indices = vec![];
    loop {
        pointer = match function.expressions[pointer] {
            Expression::Access { base, index } => {
                indices.push(index);
                base
            }
            Expression::AccessIndex { base, .. } => base,
            _ => return indices,
        };
    }
}
