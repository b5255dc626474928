//! Types: their C++ names, and whether C++ lays them out as WGSL does.

use naga::{
    AddressSpace, ArraySize, Handle, Scalar, ScalarKind, StructMember, Type, TypeInner, VectorSize,
    proc::TypeResolution,
};
use std::collections::BTreeSet;

use super::{Context, CppError, Result, code::Text};

/// The name of a scalar type, if kernels may have it.
pub(super) fn scalar(scalar: Scalar) -> Option<&'static str> {
    Some(match (scalar.kind, scalar.width) {
        (ScalarKind::Float, 2) => "f16",
        (ScalarKind::Float, 4) => "f32",
        (ScalarKind::Sint, 2) => "i16",
        (ScalarKind::Uint, 2) => "u16",
        (ScalarKind::Sint, 4) => "i32",
        (ScalarKind::Uint, 4) => "u32",
        (ScalarKind::Sint, 8) => "i64",
        (ScalarKind::Uint, 8) => "u64",
        (ScalarKind::Bool, _) => "bool",
        _ => return None,
    })
}

impl Context<'_> {
    /// The C++ name of a type.
    pub(super) fn ty(&self, handle: Handle<Type>) -> Result<String> {
        match self.names.ty(handle) {
            Some(name) => Ok(name.to_owned()),
            None => self.inner(&self.module.types[handle].inner),
        }
    }

    /// The C++ name of an expression's type.
    pub(super) fn resolved(&self, resolution: &TypeResolution) -> Result<String> {
        match resolution {
            TypeResolution::Handle(handle) => self.ty(*handle),
            TypeResolution::Value(inner) => self.inner(inner),
        }
    }

    pub(super) fn scalar(&self, s: Scalar) -> Result<&'static str> {
        let unsupported = || {
            let construct = format!("a {}-bit {:?} scalar", u32::from(s.width) * 8, s.kind);
            self.unsupported(construct, "a type", "use 32-bit floats, or integers")
        };
        scalar(s).ok_or_else(unsupported)
    }

    pub(super) fn vector(&self, size: VectorSize, s: Scalar) -> Result<String> {
        Ok(format!("{}x{}", self.scalar(s)?, size as u8))
    }

    fn inner(&self, inner: &TypeInner) -> Result<String> {
        let refused = |what: &str, instead| Err(self.unsupported(what, "a type", instead));
        match *inner {
            TypeInner::Scalar(s) | TypeInner::Atomic(s) => Ok(self.scalar(s)?.to_owned()),
            TypeInner::Vector { size, scalar } => self.vector(size, scalar),
            TypeInner::Array { base, size: ArraySize::Constant(n), .. } => {
                Ok(format!("arr<{}, {n}>", self.ty(base)?))
            }
            TypeInner::Array { base, size: ArraySize::Dynamic, .. } => {
                Ok(format!("{}*", self.ty(base)?))
            }
            TypeInner::Pointer { base, space: AddressSpace::Function | AddressSpace::Private } => {
                Ok(format!("{}&", self.ty(base)?))
            }
            TypeInner::Pointer { .. } | TypeInner::ValuePointer { .. } => {
                refused("a pointer to workgroup or storage memory", "name the variable itself")
            }
            TypeInner::Matrix { .. } => refused("a matrix", "use arrays of vectors"),
            TypeInner::CooperativeMatrix { .. } => {
                refused("a cooperative matrix", "use the hooks for tiles")
            }
            TypeInner::Array { size: ArraySize::Pending(_), .. } => {
                refused("an array whose length is an override", "use a constant")
            }
            _ => refused("an image, sampler or ray", "use storage buffers"),
        }
    }

    /// The structs, each as C++.
    pub(super) fn structs(&self, text: &mut Text) -> Result<()> {
        let shared = self.shared_with_host();
        for (handle, ty) in self.module.types.iter() {
            let TypeInner::Struct { members, .. } = &ty.inner else { continue };
            let is_shared = shared.contains(&handle);
            text.line("");
            text.open(&format!("struct {}", self.names.ty(handle).unwrap_or_default()));
            let mut end = 0;
            for (i, member) in members.iter().enumerate() {
                let name = self.names.member(handle, i);
                let line = self.member(member, name)?;
                text.line(&line);
                if is_shared {
                    end = self.check_offset(member, name, end)?;
                }
            }
            text.close(";");
        }
        Ok(())
    }

    fn member(&self, member: &StructMember, name: &str) -> Result<String> {
        Ok(match self.module.types[member.ty].inner {
            TypeInner::Array { base, size: ArraySize::Dynamic, .. } => {
                format!("{} {name}[1];", self.ty(base)?)
            }
            // Its place in WGSL is that of a vector of four.
            TypeInner::Vector { size: VectorSize::Tri, scalar } => {
                format!("alignas({}) {} {name};", 4 * scalar.width, self.ty(member.ty)?)
            }
            _ => format!("{} {name};", self.ty(member.ty)?),
        })
    }

    /// The end of `member`, which C++ places after `end`.
    fn check_offset(&self, member: &StructMember, name: &str, end: u32) -> Result<u32> {
        let (size, align) = self.layout(member.ty)?;
        let found = end.next_multiple_of(align);
        if found == member.offset {
            return Ok(found + size);
        }
        let what = format!("the member `{name}`");
        Err(CppError::Layout { what, expected: member.offset, found })
    }

    /// Size and alignment of a type in C++, vectors of three in structs as [`Self::member`] places
    /// them.
    pub(super) fn layout(&self, handle: Handle<Type>) -> Result<(u32, u32)> {
        match self.module.types[handle].inner {
            TypeInner::Scalar(s) | TypeInner::Atomic(s) => Ok((s.width.into(), s.width.into())),
            TypeInner::Vector { size, scalar } => {
                let (n, width) = (size as u32, u32::from(scalar.width));
                Ok((n * width, n.next_power_of_two() * width))
            }
            TypeInner::Array { base, size, stride } => {
                let (element, mut align) = self.layout(base)?;
                let mut found = element;
                if let TypeInner::Vector { size: VectorSize::Tri, scalar } =
                    self.module.types[base].inner
                {
                    align = scalar.width.into();
                } else {
                    found = element.next_multiple_of(align);
                }
                if found != stride {
                    let what = format!("the second element of `{}`", self.ty(handle)?);
                    return Err(CppError::Layout { what, expected: stride, found });
                }
                let n = if let ArraySize::Constant(n) = size { n.get() } else { 1 };
                Ok((n * stride, align))
            }
            TypeInner::Struct { ref members, .. } => {
                let (mut end, mut align) = (0, 1);
                for (i, member) in members.iter().enumerate() {
                    align = align.max(self.layout(member.ty)?.1);
                    end = self.check_offset(member, self.names.member(handle, i), end)?;
                }
                Ok((end.next_multiple_of(align), align))
            }
            ref inner => {
                let construct = format!("{inner:?}");
                Err(self.unsupported(
                    construct,
                    "a buffer",
                    "use scalars, vectors, arrays, structs",
                ))
            }
        }
    }

    /// The structs that buffers and immediates are made of.
    fn shared_with_host(&self) -> BTreeSet<Handle<Type>> {
        let mut open: Vec<_> = self
            .module
            .global_variables
            .iter()
            .filter(|(_, global)| {
                let space = global.space;
                !matches!(space, AddressSpace::Private | AddressSpace::WorkGroup)
            })
            .map(|(_, global)| global.ty)
            .collect();
        let mut found = BTreeSet::new();
        while let Some(handle) = open.pop() {
            if !found.insert(handle) {
                continue;
            }
            match &self.module.types[handle].inner {
                TypeInner::Array { base, .. } => open.push(*base),
                TypeInner::Struct { members, .. } => open.extend(members.iter().map(|m| m.ty)),
                _ => {}
            }
        }
        found
    }
}
