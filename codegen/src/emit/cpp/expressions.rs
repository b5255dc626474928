//! Expressions.

use naga::{
    AddressSpace, BinaryOperator, Expression, Handle, RelationalFunction, Scalar, ScalarKind,
    SwizzleComponent, Type, TypeInner, UnaryOperator, VectorSize,
};

use super::{
    Result,
    body::Body,
    code::{Code, Level, list},
    math,
};

const COMPONENTS: [&str; 4] = ["x", "y", "z", "w"];

impl<'a> Body<'a> {
    pub(super) fn type_inner(&self, expression: Handle<Expression>) -> &'a TypeInner {
        self.info[expression].ty.inner_with(&self.context.module.types)
    }

    /// A value, or for pointers the place that they point at.
    pub(super) fn expression(&self, handle: Handle<Expression>) -> Result<Code> {
        if self.lost.contains(&handle) {
            return Err(self.unsupported(
                "a value of a loop's body in its continuing block, with `continue` in between",
                "compute the value in the continuing block",
            ));
        }
        if let Some(name) = self.value(handle) {
            return Ok(Code::primary(name));
        }
        self.unnamed(handle).map_err(|error| error.within(self.place()))
    }

    fn unnamed(&self, handle: Handle<Expression>) -> Result<Code> {
        let context = self.context;
        match self.function.expressions[handle] {
            Expression::Literal(literal) => context.literal(literal),
            Expression::Constant(constant) => context.constant(constant),
            Expression::ZeroValue(ty) => context.zero(ty),
            Expression::Compose { ty, ref components } => {
                context.compose(ty, &self.all(components.iter().copied())?)
            }
            Expression::Splat { size, value } => {
                Ok(Code::call(&format!("splat<{}>", size as u8), &[self.expression(value)?]))
            }
            Expression::Access { base, index } => {
                let (base, index) = (self.expression(base)?, self.expression(index)?);
                Ok(element(&base, index.text()))
            }
            Expression::AccessIndex { base, index } => self.member(base, index),
            Expression::Swizzle { size, vector, pattern } => self.swizzle(size, vector, pattern),
            Expression::FunctionArgument(index) => Ok(Code::primary(self.argument(index))),
            Expression::GlobalVariable(_) | Expression::LocalVariable(_) => self.place_of(handle),
            Expression::Load { pointer } => self.load(pointer),
            Expression::Unary { op, expr } => self.unary(op, expr),
            Expression::Binary { op, left, right } => self.binary(op, left, right),
            Expression::Select { condition, accept, reject } => {
                self.select(condition, accept, reject)
            }
            Expression::Relational { fun, argument } => self.relational(fun, argument),
            Expression::Math { fun, arg, arg1, arg2, arg3 } => {
                let Some(name) = math::name(fun) else {
                    let construct = format!("the function {fun:?}");
                    return Err(self.unsupported(construct, "write it with the others"));
                };
                let arguments = [Some(arg), arg1, arg2, arg3].into_iter().flatten();
                Ok(Code::call(name, &self.all(arguments)?))
            }
            Expression::As { expr, kind, convert } => self.convert(expr, kind, convert),
            Expression::ArrayLength(_) => {
                Err(self.unsupported("arrayLength", "pass the length as an immediate"))
            }
            Expression::CallResult(_) if let Some((dot, operands)) = self.dots.get(&handle) => {
                Ok(Code::call(math::name(*dot).unwrap_or_default(), operands))
            }
            ref other => Err(self.unsupported(format!("{other:?}"), "use plain arithmetic")),
        }
    }

    fn all(&self, handles: impl Iterator<Item = Handle<Expression>>) -> Result<Vec<Code>> {
        handles.map(|handle| self.expression(handle)).collect()
    }

    /// The place that `pointer` points at.
    pub(super) fn place_of(&self, pointer: Handle<Expression>) -> Result<Code> {
        match self.function.expressions[pointer] {
            Expression::LocalVariable(variable) => Ok(Code::primary(self.variable(variable))),
            Expression::GlobalVariable(handle) => {
                let global = &self.context.module.global_variables[handle];
                let name = self.context.names.global(handle);
                // Arrays in storage are pointers to their first element.
                let is_array =
                    matches!(self.context.module.types[global.ty].inner, TypeInner::Array { .. });
                Ok(Code::primary(match global.space {
                    AddressSpace::Storage { .. } | AddressSpace::Uniform if !is_array => {
                        format!("(*{name})")
                    }
                    _ => name.to_owned(),
                }))
            }
            _ => self.expression(pointer),
        }
    }

    /// The address of the place that `pointer` points at.
    pub(super) fn address(&self, pointer: Handle<Expression>) -> Result<Code> {
        let place = self.place_of(pointer)?;
        Ok(Code::new(Level::Unary, format!("&{}", place.at(Level::Primary))))
    }

    pub(super) fn is_atomic(&self, pointer: Handle<Expression>) -> bool {
        self.type_inner(pointer).is_atomic_pointer(&self.context.module.types)
    }

    pub(super) fn load(&self, pointer: Handle<Expression>) -> Result<Code> {
        if self.is_atomic(pointer) {
            return Ok(Code::call("atomic_load", &[self.address(pointer)?]));
        }
        if let Expression::GlobalVariable(handle) = self.function.expressions[pointer] {
            let global = &self.context.module.global_variables[handle];
            let is_buffer =
                matches!(global.space, AddressSpace::Storage { .. } | AddressSpace::Uniform);
            if is_buffer
                && matches!(self.context.module.types[global.ty].inner, TypeInner::Array { .. })
            {
                return Err(self.unsupported("the value of a whole buffer", "load its elements"));
            }
        }
        self.place_of(pointer)
    }

    fn member(&self, base: Handle<Expression>, index: u32) -> Result<Code> {
        let code = self.expression(base)?;
        let mut ty: Option<Handle<Type>> = self.info[base].ty.handle();
        let mut inner = self.type_inner(base);
        if let TypeInner::Pointer { base, .. } = *inner {
            ty = Some(base);
            inner = &self.context.module.types[base].inner;
        }
        let code = code.at(Level::Primary);
        Ok(match (inner, ty) {
            (TypeInner::Struct { .. }, Some(ty)) => {
                let name = self.context.names.member(ty, index as usize);
                Code::primary(format!("{code}.{name}"))
            }
            (TypeInner::Vector { .. } | TypeInner::ValuePointer { size: Some(_), .. }, _) => {
                Code::primary(format!("{code}.{}", COMPONENTS[index as usize % 4]))
            }
            _ => Code::primary(format!("{code}[{index}u]")),
        })
    }

    fn swizzle(
        &self,
        size: VectorSize,
        vector: Handle<Expression>,
        pattern: [SwizzleComponent; 4],
    ) -> Result<Code> {
        let scalar = self.type_inner(vector).scalar().unwrap_or(Scalar::U32);
        let from = self.expression(vector)?.at(Level::Primary);
        let parts: Vec<_> = pattern[..size as usize]
            .iter()
            .map(|component| Code::primary(format!("{from}.{}", COMPONENTS[*component as usize])))
            .collect();
        Ok(Code::primary(format!("{}{{{}}}", self.context.vector(size, scalar)?, list(&parts))))
    }

    fn unary(&self, op: UnaryOperator, operand: Handle<Expression>) -> Result<Code> {
        let scalar = self.type_inner(operand).scalar();
        let code = self.expression(operand)?;
        let is_signed = scalar.is_some_and(|s| s.kind == ScalarKind::Sint);
        let operator = match op {
            UnaryOperator::Negate if is_signed => {
                return Ok(Code::call("wrapping_neg", &[code]));
            }
            UnaryOperator::Negate => "-",
            UnaryOperator::LogicalNot => "!",
            UnaryOperator::BitwiseNot => "~",
        };
        let code = Code::new(Level::Unary, format!("{operator}{}", code.at(Level::Primary)));
        Ok(self.narrowed(scalar, operand, code))
    }

    fn binary(
        &self,
        op: BinaryOperator,
        left: Handle<Expression>,
        right: Handle<Expression>,
    ) -> Result<Code> {
        let scalar = self.type_inner(left).scalar();
        let kind = scalar.map(|s| s.kind);
        if op == BinaryOperator::Add
            && let Some(sum) = self.dot_and_add(left, right)?
        {
            return Ok(sum);
        }
        let codes = [self.expression(left)?, self.expression(right)?];
        let named = match (op, kind) {
            // Signed overflow wraps in WGSL and is undefined in C++.
            (BinaryOperator::Add, Some(ScalarKind::Sint)) => Some("wrapping_add"),
            (BinaryOperator::Subtract, Some(ScalarKind::Sint)) => Some("wrapping_sub"),
            (BinaryOperator::Multiply, Some(ScalarKind::Sint)) => Some("wrapping_mul"),
            (BinaryOperator::Modulo, Some(ScalarKind::Float)) => Some("m_remainder"),
            _ => None,
        };
        if let Some(name) = named {
            return Ok(Code::call(name, &codes));
        }
        let (level, operator) = operator(op);
        let [left_code, mut right_code] = codes;
        if matches!(op, BinaryOperator::ShiftLeft | BinaryOperator::ShiftRight) {
            right_code = self.shift_amount(right, right_code, scalar);
        }
        let code = Code::binary(level, &left_code, operator, &right_code);
        let is_truth = matches!(level, Level::Order | Level::Equality);
        Ok(if is_truth { code } else { self.narrowed(scalar, left, code) })
    }

    /// A shift takes the amount modulo the number of bits in WGSL; in C++ more is undefined.
    fn shift_amount(&self, amount: Handle<Expression>, code: Code, scalar: Option<Scalar>) -> Code {
        let bits = scalar.map_or(32, |s| u32::from(s.width) * 8);
        let number = match self.function.expressions[amount] {
            Expression::Splat { value, .. } => value,
            _ => amount,
        };
        let is_small = match self.function.expressions[number] {
            Expression::Literal(naga::Literal::U32(n)) => n < bits,
            Expression::Constant(_) => {
                code.text().trim_end_matches('u').parse().is_ok_and(|n: u32| n < bits)
            }
            _ => false,
        };
        if is_small {
            return code;
        }
        Code::binary(Level::And, &code, "&", &Code::primary(format!("{}u", bits - 1)))
    }

    /// C++ computes with 16-bit integers as `int`.
    fn narrowed(&self, scalar: Option<Scalar>, operand: Handle<Expression>, code: Code) -> Code {
        let is_scalar = matches!(self.type_inner(operand), TypeInner::Scalar(_));
        match scalar {
            Some(s) if s.width == 2 && s.kind != ScalarKind::Float && is_scalar => {
                let name = super::types::scalar(s).unwrap_or("u16");
                Code::call(name, &[code])
            }
            _ => code,
        }
    }

    /// `a + dot4I8Packed(b, c)`, on either side and also through a function that is nothing but
    /// the dot product.
    fn dot_and_add(
        &self,
        left: Handle<Expression>,
        right: Handle<Expression>,
    ) -> Result<Option<Code>> {
        for (dot, other) in [(right, left), (left, right)] {
            if self.value(dot).is_some() {
                continue;
            }
            let (fun, mut operands) = match self.function.expressions[dot] {
                Expression::Math { fun, arg, arg1: Some(arg1), .. } => {
                    (fun, self.all([arg, arg1].into_iter())?)
                }
                _ => match self.dots.get(&dot) {
                    Some((fun, operands)) => (*fun, operands.clone()),
                    None => continue,
                },
            };
            let Some(name) = math::dot_and_add(fun) else { continue };
            operands.push(self.expression(other)?);
            return Ok(Some(Code::call(name, &operands)));
        }
        Ok(None)
    }

    fn select(
        &self,
        condition: Handle<Expression>,
        accept: Handle<Expression>,
        reject: Handle<Expression>,
    ) -> Result<Code> {
        let is_scalar = matches!(self.type_inner(condition), TypeInner::Scalar(_));
        let codes = self.all([condition, accept, reject].into_iter())?;
        if !is_scalar {
            return Ok(Code::call("m_select", &codes));
        }
        let [condition, accept, reject] = [0, 1, 2].map(|i| codes[i].at(Level::LogicalOr));
        Ok(Code::new(Level::Choice, format!("{condition} ? {accept} : {reject}")))
    }

    fn relational(&self, fun: RelationalFunction, argument: Handle<Expression>) -> Result<Code> {
        let name = match fun {
            RelationalFunction::All => "m_all",
            RelationalFunction::Any => "m_any",
            RelationalFunction::IsNan => "m_is_nan",
            RelationalFunction::IsInf => "m_is_inf",
        };
        Ok(Code::call(name, &[self.expression(argument)?]))
    }

    fn convert(
        &self,
        operand: Handle<Expression>,
        kind: ScalarKind,
        convert: Option<naga::Bytes>,
    ) -> Result<Code> {
        let inner = self.type_inner(operand);
        let from = inner.scalar().unwrap_or(Scalar::U32);
        let scalar = Scalar { kind, width: convert.unwrap_or(from.width) };
        let code = self.expression(operand)?;
        if from == scalar {
            return Ok(code);
        }
        let (ty, is_scalar) = match *inner {
            TypeInner::Vector { size, .. } => (self.context.vector(size, scalar)?, false),
            _ => (self.context.scalar(scalar)?.to_owned(), true),
        };
        let to_integer = matches!(kind, ScalarKind::Sint | ScalarKind::Uint);
        Ok(if convert.is_none() {
            Code::call(&format!("bitcast<{ty}>"), &[code])
        } else if from.kind == ScalarKind::Float && to_integer {
            Code::call(&format!("saturate_cast<{ty}>"), &[code])
        } else if is_scalar {
            Code::call(&ty, &[code])
        } else {
            Code::call(&format!("cast<{ty}>"), &[code])
        })
    }

    /// The operator and the operand of `place = place op operand`, where C++ can write `op=`.
    pub(super) fn update(
        &self,
        pointer: Handle<Expression>,
        value: Handle<Expression>,
    ) -> Result<Option<(&'static str, Code)>> {
        let Expression::Binary { op, left, right } = self.function.expressions[value] else {
            return Ok(None);
        };
        let loads_it = matches!(
            self.function.expressions[left],
            Expression::Load { pointer: from } if from == pointer
        );
        let is_plain = matches!(
            self.type_inner(value),
            TypeInner::Scalar(Scalar::U32 | Scalar::F32 | Scalar::U64)
        );
        let is_named = self.value(value).or_else(|| self.value(left)).is_some();
        if !loads_it || !is_plain || is_named || self.dot_and_add(left, right)?.is_some() {
            return Ok(None);
        }
        let name = match op {
            BinaryOperator::Add
            | BinaryOperator::Subtract
            | BinaryOperator::Multiply
            | BinaryOperator::And
            | BinaryOperator::InclusiveOr
            | BinaryOperator::ExclusiveOr => operator(op).1,
            _ => return Ok(None),
        };
        Ok(Some((name, self.expression(right)?)))
    }
}

fn element(base: &Code, index: &str) -> Code {
    Code::primary(format!("{}[{index}]", base.at(Level::Primary)))
}

fn operator(op: BinaryOperator) -> (Level, &'static str) {
    match op {
        BinaryOperator::Add => (Level::Sum, "+"),
        BinaryOperator::Subtract => (Level::Sum, "-"),
        BinaryOperator::Multiply => (Level::Product, "*"),
        BinaryOperator::Divide => (Level::Product, "/"),
        BinaryOperator::Modulo => (Level::Product, "%"),
        BinaryOperator::Equal => (Level::Equality, "=="),
        BinaryOperator::NotEqual => (Level::Equality, "!="),
        BinaryOperator::Less => (Level::Order, "<"),
        BinaryOperator::LessEqual => (Level::Order, "<="),
        BinaryOperator::Greater => (Level::Order, ">"),
        BinaryOperator::GreaterEqual => (Level::Order, ">="),
        BinaryOperator::And => (Level::And, "&"),
        BinaryOperator::ExclusiveOr => (Level::Xor, "^"),
        BinaryOperator::InclusiveOr => (Level::Or, "|"),
        BinaryOperator::LogicalAnd => (Level::LogicalAnd, "&&"),
        BinaryOperator::LogicalOr => (Level::LogicalOr, "||"),
        BinaryOperator::ShiftLeft => (Level::Shift, "<<"),
        BinaryOperator::ShiftRight => (Level::Shift, ">>"),
    }
}
