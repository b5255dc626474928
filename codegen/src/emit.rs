//! Prints a program as Rust that a person can read.

use proc_macro2::TokenStream;

use crate::{Output, lower::Program};

#[cfg(feature = "gpu")]
pub mod cpp;
mod cpu;
#[cfg(feature = "gpu")]
mod gpu;
#[cfg(feature = "gpu")]
pub mod kernel;
#[cfg(feature = "gpu")]
pub mod msl;
mod plan;
#[cfg(feature = "gpu")]
pub mod spirv;

/// The generated files, by name.
#[must_use]
pub fn emit(program: &Program) -> Vec<Output> {
    let mut files = vec![
        ("kernels.rs".to_owned(), print(plan::kernels(program))),
        ("cpu.rs".to_owned(), print(cpu::dispatch(program))),
    ];
    for plan in &program.plans {
        let name = format!("plan_{}_{}.rs", plan.model.name, plan.model.cache.name());
        files.push((name, print(plan::plan(program, plan))));
    }
    files.push(("plans.rs".to_owned(), print(plan::plans(program))));
    files
}

/// The generated files of one GPU target: the plans, and a file for each kernel.
///
/// # Errors
///
/// [`kernel::KernelError`] when a module has no code for the target.
#[cfg(feature = "gpu")]
pub fn emit_gpu(
    program: &crate::gpu::lower::GpuProgram,
    plans: &[ds4_plan::Plan],
) -> Result<Vec<Output>, crate::GpuError> {
    let target = program.target.name();
    let compiled: Vec<kernel::Compiled> = program
        .modules
        .iter()
        .map(|module| kernel::compile(program.target, module))
        .collect::<Result<_, _>>()?;
    let mut files = vec![(format!("{target}.rs"), print(gpu::target(program, &compiled, plans)))];
    for (plan, gpu_plan) in plans.iter().zip(&program.plans) {
        let name = format!("{target}_{}.rs", gpu::plan_name(plan));
        files.push((name, print(gpu::gpu_plan(gpu_plan, &compiled))));
    }
    files.push((gpu::prelude_file(program.target), kernel::prelude(program.target).into_bytes()));
    for kernel in compiled {
        files.push((kernel.file, kernel.code));
        files.push((kernel.wgsl_file, kernel.wgsl.into_bytes()));
    }
    Ok(files)
}

/// Tokens as formatted text, with a blank line between items.
fn print(tokens: TokenStream) -> Vec<u8> {
    let file: syn::File = syn::parse2(tokens).expect("the emitters write items");
    let items = file.items.into_iter().map(|item| {
        prettyplease::unparse(&syn::File { shebang: None, attrs: vec![], items: vec![item] })
    });
    items.collect::<Vec<_>>().join("\n").into_bytes()
}

/// An identifier.
fn ident(name: &str) -> proc_macro2::Ident {
    quote::format_ident!("{name}")
}

/// The constant that holds a kernel's number.
fn kernel_const(name: &str) -> proc_macro2::Ident {
    ident(&name.to_uppercase())
}
