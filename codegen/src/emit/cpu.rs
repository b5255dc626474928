//! Prints the dispatch of the CPU device: one function for each kernel that unpacks the
//! arguments of a launch and calls the op, and the table that finds it.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::{ident, kernel_const, plan};
use crate::{
    lower::{KernelDef, Program},
    ops::{ArgKind, Scalar},
};

/// The dispatch of every kernel.
pub(super) fn dispatch(program: &Program) -> TokenStream {
    let functions = program.kernels.iter().map(function);
    let arms = program.kernels.iter().map(|def| {
        let (constant, name) = (kernel_const(&def.name), ident(&def.name));
        if def.formats.is_empty() {
            return quote!((#constant, None) => #name);
        }
        let formats = def.formats.iter().map(|&format| {
            let format = plan::format_name(format);
            quote!((#constant, Some(Format::#format)) => #name::<formats::#format>)
        });
        quote!(#(#formats),*)
    });
    quote! {
        use ds4_plan::Format;
        use super::{Frame, KernelFn, ops, ops::{Direction, HcEps}};
        use crate::{device::kernels::*, formats, formats::Decode};

        #[doc = " The function of `kernel` for matrices in `format`, if there is one."]
        #[expect(clippy::too_many_lines, reason = "one line for each kernel and format")]
        pub(super) fn find(kernel: usize, format: Option<Format>) -> Option<KernelFn> {
            Some(match (kernel, format) {
                #(#arms,)*
                _ => return None,
            })
        }

        #(#functions)*
    }
}

/// Unpacks the arguments of a launch and calls the op.
fn function(def: &KernelDef) -> TokenStream {
    let (name, op) = (ident(&def.name), ident(def.op.name));
    let generic = (!def.formats.is_empty()).then(|| quote!(<F: Decode>));
    let mut bindings = Bindings::default();
    let mut scalars = def.scalars.iter();
    let mut number = 0;
    let call: Vec<_> = def
        .op
        .args
        .iter()
        .map(|arg| {
            let variable = ident(arg.name);
            match arg.kind {
                ArgKind::Scalar => return scalar(scalars.next().expect("verified")),
                ArgKind::Rows => return quote!(frame.rows),
                ArgKind::Tokens => return quote!(frame.rows.tokens()),
                kind => bindings.add(kind, &variable, number),
            }
            number += 1;
            match arg.kind {
                ArgKind::StateMut | ArgKind::PagesMut => quote!(&mut #variable),
                _ => quote!(#variable),
            }
        })
        .collect();
    let letters = def.letters.iter().map(|&n| Literal::usize_unsuffixed(n));
    let format = (!def.formats.is_empty()).then(|| quote!(F));
    let generics: Vec<_> = format.into_iter().chain(letters.map(|n| quote!(#n))).collect();
    let generics = (!generics.is_empty()).then(|| quote!(::<#(#generics),*>));
    let bindings = bindings.statements();
    let formula = def.op.formula.lines().map(|line| format!(" {}", line.trim()));
    quote! {
        #[doc = " ```text"]
        #(#[doc = #formula])*
        #[doc = " ```"]
        fn #name #generic(frame: &mut Frame<'_>) {
            #bindings
            ops::#op #generics(#(#call),*);
        }
    }
}

fn scalar(scalar: &Scalar) -> TokenStream {
    match scalar {
        Scalar::F32(x) => {
            let x = plan::float(*x);
            quote!(#x)
        }
        Scalar::Usize(n) => {
            let n = Literal::usize_unsuffixed(*n);
            quote!(#n)
        }
        Scalar::Variant(path) => path.parse().expect("variants are paths"),
        Scalar::Struct(name, fields) => {
            let (name, numbers) = (ident(name), fields.iter().map(|(_, x)| plan::float(*x)));
            let fields = fields.iter().map(|(field, _)| ident(field));
            quote!(#name { #(#fields: #numbers),* })
        }
        Scalar::Table(name, _) => {
            let name = ident(name);
            quote!(&#name)
        }
    }
}

/// The statements that borrow a launch's arguments: scratch together, since one arena holds it.
#[derive(Debug, Default)]
struct Bindings {
    floats: Vec<(proc_macro2::Ident, usize)>,
    indices: Vec<(proc_macro2::Ident, usize)>,
    others: Vec<TokenStream>,
}

impl Bindings {
    fn add(&mut self, kind: ArgKind, variable: &proc_macro2::Ident, number: usize) {
        let at = Literal::usize_unsuffixed(number);
        let other = match kind {
            ArgKind::Read | ArgKind::Write => {
                return self.floats.push((variable.clone(), number));
            }
            ArgKind::ReadIndices | ArgKind::WriteIndices => {
                return self.indices.push((variable.clone(), number));
            }
            ArgKind::StateMut => quote!(let mut #variable = frame.state.ring_mut(#at);),
            ArgKind::LogitRows => quote!(let #variable = frame.logit_rows;),
            ArgKind::Draws => quote!(let #variable = frame.draws;),
            ArgKind::Matrix => quote!(let #variable = frame.weights.matrix::<F>(#at);),
            ArgKind::Vector => quote!(let #variable = frame.weights.vector(#at);),
            ArgKind::Table => quote!(let #variable = frame.weights.table(#at);),
            ArgKind::State => quote!(let #variable = frame.state.ring(#at);),
            ArgKind::Pages => quote!(let #variable = frame.pages.rows(#at);),
            ArgKind::PagesMut => quote!(let mut #variable = frame.pages.rows_mut(#at);),
            ArgKind::Rows | ArgKind::Tokens | ArgKind::Scalar => return,
        };
        self.others.push(other);
    }

    fn statements(self) -> TokenStream {
        let borrow = |list: Vec<(proc_macro2::Ident, usize)>, method: TokenStream| {
            (!list.is_empty()).then(|| {
                let (variables, numbers): (Vec<_>, Vec<_>) = list.into_iter().unzip();
                let numbers = numbers.into_iter().map(Literal::usize_unsuffixed);
                quote!(let [#(#variables),*] = #method([#(#numbers),*]);)
            })
        };
        let floats = borrow(self.floats, quote!(frame.scratch.floats));
        let indices = borrow(self.indices, quote!(frame.indices.indices));
        let others = self.others;
        quote!(#floats #indices #(#others)*)
    }
}
