//! Prints a program as Rust that a person can read.

use proc_macro2::TokenStream;

use crate::lower::Program;

#[cfg(feature = "gpu")]
pub mod cpp;
mod cpu;
#[cfg(feature = "gpu")]
pub mod msl;
mod plan;
#[cfg(feature = "gpu")]
pub mod spirv;

/// The generated files, by name.
#[must_use]
pub fn emit(program: &Program) -> Vec<(String, String)> {
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

/// Tokens as formatted text, with a blank line between items.
fn print(tokens: TokenStream) -> String {
    let file: syn::File = syn::parse2(tokens).expect("the emitters write items");
    let items = file.items.into_iter().map(|item| {
        prettyplease::unparse(&syn::File { shebang: None, attrs: vec![], items: vec![item] })
    });
    items.collect::<Vec<_>>().join("\n")
}

/// An identifier.
fn ident(name: &str) -> proc_macro2::Ident {
    quote::format_ident!("{name}")
}

/// The constant that holds a kernel's number.
fn kernel_const(name: &str) -> proc_macro2::Ident {
    ident(&name.to_uppercase())
}
