//! Staging: templates become WGSL by filling holes, unrolling loops and choosing branches.

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
