//! Which format each kind of tensor gets.

use std::fmt;

use ds4_plan::Format;

use super::manifest::Role;

/// A choice of formats for a whole file.
///
/// Source: MODEL.md section 4.1 for `Q2`, `Q4` and the parts that they share with `Mxfp4`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipe {
    /// Experts at two bits: gate and up `IQ2_XXS`, down `Q2_K`.
    Q2,
    /// Experts `Q4_K`.
    Q4,
    /// Experts `MXFP4`, which the vendor's FP4 experts fit exactly.
    Mxfp4,
    /// Every matrix `Q8_0`; router, hyper-connections and position tables `F16`.
    Q8,
    /// Matrices as `BF16` where that is exact, `F32` elsewhere.
    Bf16,
    /// Everything `F32`.
    F32,
}

impl Recipe {
    /// Every recipe, smallest file first.
    pub const ALL: [Self; 6] = [Self::Q2, Self::Mxfp4, Self::Q4, Self::Q8, Self::Bf16, Self::F32];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Q2 => "q2",
            Self::Q4 => "q4",
            Self::Mxfp4 => "mxfp4",
            Self::Q8 => "q8",
            Self::Bf16 => "bf16",
            Self::F32 => "f32",
        }
    }

    /// Format of a tensor with rows of `width` values, and the format that the recipe names
    /// where rows are not whole blocks of it.
    ///
    /// `exact_bf16` says that the checkpoint's values all fit `BF16`.
    pub(super) fn format(
        self,
        role: Role,
        width: usize,
        exact_bf16: bool,
    ) -> (Format, Option<Format>) {
        let named = match role {
            Role::Table => Format::I32,
            Role::Vector => Format::F32,
            _ => self.matrix(role, exact_bf16),
        };
        let fits = |format: &Format| width.is_multiple_of(format.block_values());
        // `F16` fits every width.
        let fitting = [named, Format::Q8_0, Format::F16].into_iter().find(fits);
        let format = fitting.unwrap_or(Format::F16);
        (format, (format != named).then_some(named))
    }

    fn matrix(self, role: Role, exact_bf16: bool) -> Format {
        match (self, role) {
            (Self::F32, _) | (_, Role::DraftMixing) => Format::F32,
            (Self::Bf16, _) => {
                if exact_bf16 {
                    Format::BF16
                } else {
                    Format::F32
                }
            }
            (_, Role::Mixing) => Format::F16,
            (Self::Q8, _) | (_, Role::Output | Role::Projection) => Format::Q8_0,
            (Self::Q2, Role::GateUp) => Format::IQ2_XXS,
            (Self::Q2, Role::Down) => Format::Q2_K,
            (Self::Q4, Role::GateUp | Role::Down) => Format::Q4_K,
            (Self::Mxfp4, Role::GateUp | Role::Down) => Format::MXFP4,
            _ => Format::F16,
        }
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
