//! Functions named `hook_NAME` whose body the prelude replaces.

use naga::{Function, Statement};

use super::Dialect;

/// A function of the prelude.
#[derive(Debug)]
struct Native {
    name: &'static str,
    /// Whether it needs tensor cores.
    tensor_cores: bool,
    /// Dialects whose prelude has it.
    dialects: &'static [Dialect],
}

const BOTH: &[Dialect] = &[Dialect::Cuda, Dialect::Hip];
const CUDA: &[Dialect] = &[Dialect::Cuda];
const HIP: &[Dialect] = &[Dialect::Hip];

const fn tile(name: &'static str, dialects: &'static [Dialect]) -> Native {
    Native { name, tensor_cores: true, dialects }
}

const fn any(name: &'static str, dialects: &'static [Dialect]) -> Native {
    Native { name, tensor_cores: false, dialects }
}

/// No name begins with another one and an underscore.
const NATIVES: &[Native] = &[
    tile("load_i8", BOTH),
    tile("load_right_i8", BOTH),
    tile("product_i8", BOTH),
    tile("mma_i8", HIP),
    tile("load_f16", BOTH),
    tile("load_right_f16", BOTH),
    tile("mma_f16", BOTH),
    tile("load_across_f16", CUDA),
    tile("mma_across_f16", CUDA),
    tile("acc_row", BOTH),
    tile("acc_col", BOTH),
    tile("row_values", CUDA),
    tile("col_values", CUDA),
    any("async_copy16", BOTH),
    any("async_commit", BOTH),
    any(WAIT, BOTH),
    any("stream", BOTH),
    any("permute", BOTH),
    any("device_fence", BOTH),
    any("at_byte", CUDA),
    any("grid_wait", CUDA),
    any("grid_launch", CUDA),
    any("prefetch", CUDA),
    any("reciprocal", CUDA),
];

/// Its number is a template argument.
const WAIT: &str = "async_wait";

/// Names of all native functions.
pub(super) fn natives() -> impl Iterator<Item = &'static str> {
    NATIVES.iter().map(|native| native.name)
}

/// The prelude's function for `function`, as it is called, when the prelude of `dialect` has it:
/// `product_i8` for `hook_product_i8_gate`, `async_wait<1>` for `hook_async_wait_1`.
pub(super) fn native(function: &Function, dialect: Dialect, tensor_cores: bool) -> Option<String> {
    let name = function.name.as_deref()?.strip_prefix("hook_")?;
    let has = |native: &&Native| {
        native.dialects.contains(&dialect) && (tensor_cores || !native.tensor_cores)
    };
    let suffix = |native: &Native| {
        let rest = name.strip_prefix(native.name)?;
        if rest.is_empty() { Some("") } else { rest.strip_prefix('_') }
    };
    let found = NATIVES.iter().filter(has).find_map(|native| Some((native.name, suffix(native)?)));
    match found? {
        (WAIT, n) => n.parse::<u32>().ok().map(|n| format!("{WAIT}<{n}>")),
        (name, _) => Some(name.to_owned()),
    }
}

/// Whether `function` marks a loop to unroll.
pub(super) fn is_unroll(function: &Function) -> bool {
    function.name.as_deref().is_some_and(|name| {
        name.strip_prefix("hook_unroll")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    })
}

/// Whether `statement` is a call of a function for which `is` holds.
pub(super) fn is_call(
    module: &naga::Module,
    statement: &Statement,
    is: fn(&Function) -> bool,
) -> bool {
    matches!(*statement, Statement::Call { function, .. } if is(&module.functions[function]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Function {
        Function { name: Some(name.to_owned()), ..Function::default() }
    }

    #[test]
    fn suffixes_tell_instances_apart_and_functions_do_not_run_together() {
        let cuda = |name: &str| native(&named(name), Dialect::Cuda, true);
        assert_eq!(cuda("hook_product_i8_gate_up").as_deref(), Some("product_i8"));
        assert_eq!(cuda("hook_async_copy16").as_deref(), Some("async_copy16"));
        assert_eq!(cuda("hook_async_wait_2").as_deref(), Some("async_wait<2>"));
        assert_eq!(cuda("hook_async_wait"), None);
        assert_eq!(cuda("hook_streamed_x"), None);
        assert_eq!(cuda("stream_x"), None);
        for (i, a) in natives().enumerate() {
            let clash = |b: &str| b.strip_prefix(a).is_some_and(|rest| rest.starts_with('_'));
            assert!(natives().enumerate().all(|(j, b)| i == j || !clash(b)), "{a}");
        }
    }

    #[test]
    fn what_a_device_lacks_stays_portable() {
        assert_eq!(native(&named("hook_product_i8_a"), Dialect::Hip, false), None);
        assert!(native(&named("hook_stream_a"), Dialect::Hip, false).is_some());
        assert_eq!(native(&named("hook_grid_wait"), Dialect::Hip, true), None);
        assert!(is_unroll(&named("hook_unroll")) && !is_unroll(&named("hook_unrolled")));
    }
}
