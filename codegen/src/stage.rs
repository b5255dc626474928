//! Staging: templates become WGSL by filling holes, unrolling loops and choosing branches.
//!
//! The language is described in `templates/README.md`.
//!
//! ```
//! use ds4_codegen::stage::{Scope, Source, Stager};
//!
//! static BODY: Source = Source {
//!     name: "ops/double",
//!     text: "fn ${self}(x: f32) -> f32 {\n  return ${FACTOR}.0 * x;\n}\n",
//! };
//! let mut scope = Scope::new();
//! scope.ambient("self", "double_1").given("FACTOR", 2);
//! let body = Stager::new(&[]).stage(&BODY, &scope)?;
//! assert_eq!(body, "fn double_1(x: f32) -> f32 {\n  return 2.0 * x;\n}\n");
//! # Ok::<(), ds4_codegen::stage::StageError>(())
//! ```

pub use error::{Problem, StageError};
pub use stager::Stager;
pub use value::{Scope, Value};

mod error;
mod eval;
mod expr;
mod parse;
mod run;
mod stager;
mod value;

/// A template's text and the name that imports and messages use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// Path below `templates/` without its ending, as in `ops/rms_norm`.
    pub name: &'static str,
    /// The text.
    pub text: &'static str,
}

/// The template of this name.
#[macro_export]
macro_rules! template {
    ($name:literal) => {
        &$crate::stage::Source {
            name: $name,
            text: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../templates/",
                $name,
                ".wgsl"
            )),
        }
    };
}

/// Every template that others import, in the order of their names.
pub static LIBRARY: &[&Source] = &[
    crate::template!("formats/ahead"),
    crate::template!("formats/bf16"),
    crate::template!("formats/f16"),
    crate::template!("formats/f32"),
    crate::template!("formats/group"),
    crate::template!("formats/iq2_grid"),
    crate::template!("formats/iq2_wide"),
    crate::template!("formats/iq2_xxs"),
    crate::template!("formats/mxfp4"),
    crate::template!("formats/q2_k"),
    crate::template!("formats/q4_k"),
    crate::template!("formats/q8_0"),
    crate::template!("formats/words"),
    crate::template!("tile/attend_count"),
    crate::template!("tile/attend_rows"),
    crate::template!("tile/attend_tensor"),
    crate::template!("tile/attend_vector"),
    crate::template!("tile/blocks"),
    crate::template!("tile/cached"),
    crate::template!("tile/dot"),
    crate::template!("tile/expert_tile"),
    crate::template!("tile/fours"),
    crate::template!("tile/fragment"),
    crate::template!("tile/gemm_float"),
    crate::template!("tile/gemm_int"),
    crate::template!("tile/hadamard"),
    crate::template!("tile/hooks"),
    crate::template!("tile/index_tensor"),
    crate::template!("tile/index_vector"),
    crate::template!("tile/matvec_float"),
    crate::template!("tile/matvec_int"),
    crate::template!("tile/matvec_tensor"),
    crate::template!("tile/mma_f16"),
    crate::template!("tile/mma_f16_across"),
    crate::template!("tile/mma_held"),
    crate::template!("tile/mma_i8"),
    crate::template!("tile/order"),
    crate::template!("tile/pack_fp4"),
    crate::template!("tile/pack_fp8"),
    crate::template!("tile/philox"),
    crate::template!("tile/precise"),
    crate::template!("tile/products"),
    crate::template!("tile/quantize"),
    crate::template!("tile/radix"),
    crate::template!("tile/reduce"),
    crate::template!("tile/rotation"),
    crate::template!("tile/round"),
    crate::template!("tile/route"),
    crate::template!("tile/stream_dots"),
    crate::template!("tile/stream_rows"),
    crate::template!("tile/stream_sums"),
    crate::template!("tile/sums"),
    crate::template!("tile/swiglu"),
    crate::template!("tile/team"),
    crate::template!("tile/team_dot"),
    crate::template!("tile/wide"),
];

/// The number that `expr` is, as in the grid formula `ceil(O / OUT)`.
///
/// # Errors
///
/// [`StageError`] when the expression cannot be read, names something that `scope` lacks, or is
/// no number.
pub fn evaluate(expr: &str, scope: &Scope) -> Result<i64, StageError> {
    let mut reader = expr::Reader::new(expr, 1, 0);
    let number = reader.expr().and_then(|parsed| {
        if !reader.is_done() {
            return Err(reader.unexpected("the end of the expression"));
        }
        eval::int(&parsed, &mut ScopeNames(scope))
    });
    number.map_err(|fault| StageError::in_text("expression".to_owned(), expr, fault))
}

/// The names of a scope alone.
struct ScopeNames<'s>(&'s Scope);

impl eval::Names for ScopeNames<'_> {
    fn read(&mut self, name: &str) -> Option<Value> {
        self.0.get(name).cloned()
    }

    fn has(&mut self, name: &str) -> bool {
        self.0.get(name).is_some()
    }

    fn mention(&mut self, _: &str) {}

    fn help(&self, _: &str) -> String {
        known(self.0.names())
    }
}

/// Says which names there are.
fn known<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.collect();
    if names.is_empty() {
        "there are no names".to_owned()
    } else {
        format!("there are {}", names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_sorted_and_can_be_read() {
        assert!(LIBRARY.is_sorted_by(|a, b| a.name < b.name));
        for source in LIBRARY {
            if let Err(fault) = parse::parse(source.text) {
                panic!("{}", StageError::new(source, fault));
            }
        }
    }
}
