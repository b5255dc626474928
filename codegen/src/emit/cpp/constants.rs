//! Literals, constants and constant expressions.

use naga::{Constant, Expression, Handle, Literal, Type, TypeInner};

use super::{
    Context, Result,
    code::{Code, Level, Text, list},
};

impl Context<'_> {
    pub(super) fn literal(&self, literal: Literal) -> Result<Code> {
        let signed = |text: String| {
            let level = if text.starts_with('-') { Level::Unary } else { Level::Primary };
            Code::new(level, text)
        };
        Ok(match literal {
            Literal::F32(x) if !x.is_finite() => {
                Code::primary(format!("bitcast<f32>({:#x}u)", x.to_bits()))
            }
            // The shortest digits that read back as the same number.
            Literal::F32(x) => signed(format!("{x:?}f")),
            Literal::F16(x) => Code::primary(format!("f16({:?}f)", x.to_f32())),
            Literal::U32(n) => Code::primary(format!("{n}u")),
            // C++ reads the sign apart from the number, which does not fit on its own.
            Literal::I32(i32::MIN) => Code::new(Level::Sum, format!("{} - 1", i32::MIN + 1)),
            Literal::I32(n) => signed(n.to_string()),
            Literal::U16(n) => Code::primary(format!("u16({n})")),
            Literal::I16(n) => Code::primary(format!("i16({n})")),
            Literal::U64(n) => Code::primary(format!("{n}ull")),
            Literal::I64(i64::MIN) => Code::new(Level::Sum, format!("{}ll - 1", i64::MIN + 1)),
            Literal::I64(n) => signed(format!("{n}ll")),
            Literal::Bool(b) => Code::primary(b.to_string()),
            Literal::F64(_) | Literal::AbstractInt(_) | Literal::AbstractFloat(_) => {
                let construct = format!("the literal {literal:?}");
                return Err(self.unsupported(construct, "a constant", "use 32-bit floats"));
            }
        })
    }

    /// A value of type `ty` from its parts.
    pub(super) fn compose(&self, ty: Handle<Type>, parts: &[Code]) -> Result<Code> {
        let name = self.ty(ty)?;
        Ok(match self.module.types[ty].inner {
            // Parts may be vectors themselves.
            TypeInner::Vector { size, .. } if parts.len() < size as usize => {
                Code::call(&format!("make<{name}>"), parts)
            }
            TypeInner::Array { .. } => Code::primary(format!("{name}{{{{{}}}}}", list(parts))),
            _ => Code::primary(format!("{name}{{{}}}", list(parts))),
        })
    }

    pub(super) fn zero(&self, ty: Handle<Type>) -> Result<Code> {
        Ok(match self.module.types[ty].inner {
            TypeInner::Scalar(scalar) => match Literal::zero(scalar) {
                Some(zero) => self.literal(zero)?,
                None => Code::primary(format!("{}{{}}", self.ty(ty)?)),
            },
            _ => Code::primary(format!("{}{{}}", self.ty(ty)?)),
        })
    }

    /// A module-scope constant: arrays by name, so that they exist once; others by value.
    pub(super) fn constant(&self, handle: Handle<Constant>) -> Result<Code> {
        let constant = &self.module.constants[handle];
        match self.module.types[constant.ty].inner {
            TypeInner::Array { .. } => Ok(Code::primary(self.names.constant(handle))),
            _ => self.constant_expression(constant.init),
        }
    }

    /// An expression outside of functions.
    pub(super) fn constant_expression(&self, handle: Handle<Expression>) -> Result<Code> {
        match self.module.global_expressions[handle] {
            Expression::Literal(literal) => self.literal(literal),
            Expression::Constant(constant) => self.constant(constant),
            Expression::ZeroValue(ty) => self.zero(ty),
            Expression::Compose { ty, ref components } => {
                if matches!(self.module.types[ty].inner, TypeInner::Vector { .. }) {
                    return self.compose(ty, &self.parts(handle)?);
                }
                let parts = components.iter().map(|&part| self.constant_expression(part));
                self.compose(ty, &parts.collect::<Result<Vec<_>>>()?)
            }
            Expression::Splat { .. } => {
                let ty = self.resolved(&self.info[handle])?;
                Ok(Code::primary(format!("{ty}{{{}}}", list(&self.parts(handle)?))))
            }
            ref other => {
                let construct = format!("the constant expression {other:?}");
                Err(self.unsupported(construct, "a constant", "write its value"))
            }
        }
    }

    /// The scalars of a vector, which C++ initializes without a call; anything else as it is.
    fn parts(&self, handle: Handle<Expression>) -> Result<Vec<Code>> {
        match self.module.global_expressions[handle] {
            Expression::Splat { size, value } => {
                Ok(vec![self.constant_expression(value)?; size as usize])
            }
            Expression::Compose { ty, ref components }
                if matches!(self.module.types[ty].inner, TypeInner::Vector { .. }) =>
            {
                let parts = components.iter().map(|&part| self.parts(part));
                Ok(parts.collect::<Result<Vec<_>>>()?.concat())
            }
            _ => Ok(vec![self.constant_expression(handle)?]),
        }
    }

    /// The tables: constants that are arrays.
    pub(super) fn tables(&self, text: &mut Text) -> Result<()> {
        for (handle, constant) in self.module.constants.iter() {
            if matches!(self.module.types[constant.ty].inner, TypeInner::Array { .. }) {
                let (ty, name) = (self.ty(constant.ty)?, self.names.constant(handle));
                let value = self.constant_expression(constant.init)?;
                text.line("");
                text.line(&format!("static __device__ const {ty} {name} = {};", value.text()));
            }
        }
        Ok(())
    }
}
