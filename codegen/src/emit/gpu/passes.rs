//! Prints what the passes of launches read, write and compute.

use ds4_plan::{Amount, GpuPass, GpuUse, Per, UseKind, Work, WorkPer};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::{count, ident, per_name};

/// The passes of a launch, chain by chain.
pub(super) fn chains(chains: &[&[GpuPass]]) -> TokenStream {
    let chains = chains.iter().map(|passes| {
        let passes = passes.iter().map(pass);
        quote!(&[#(#passes),*])
    });
    quote!(&[#(#chains),*])
}

fn pass(pass: &GpuPass) -> TokenStream {
    let GpuPass { name, op, shape, reads, writes, work: products } = pass;
    let [reads, writes] = [reads, writes].map(|list| list.iter().map(tensor));
    let products = products.iter().map(work);
    quote! {
        GpuPass {
            name: #name,
            op: #op,
            shape: #shape,
            reads: &[#(#reads),*],
            writes: &[#(#writes),*],
            work: &[#(#products),*],
        }
    }
}

fn tensor(tensor: &GpuUse) -> TokenStream {
    let GpuUse { tensor: number, name, dims, kind, amount, args } = tensor;
    let (number, amount) = (count(*number), of(*amount));
    let kind = ident(match kind {
        UseKind::Activation => "Activation",
        UseKind::Matrix => "Matrix",
        UseKind::Constant => "Constant",
        UseKind::Cache => "Cache",
    });
    let args = args.iter().map(|&n| count(n));
    quote!(touches(#number, [#name, #dims], #kind, #amount, &[#(#args),*]))
}

fn of(amount: Amount) -> TokenStream {
    match amount {
        Amount::Each(per, len) => {
            let (per, len) = (per_variant(per), count(len));
            quote!(Each(#per, #len))
        }
        Amount::Step(len) => {
            let len = count(len);
            quote!(Step(#len))
        }
        Amount::Parts { parts, of, len } => {
            let [parts, of, len] = [parts, of, len].map(count);
            quote!(Parts { parts: #parts, of: #of, len: #len })
        }
        Amount::Ring { rows, width } => {
            let [rows, width] = [rows, width].map(count);
            quote!(RingOf { rows: #rows, width: #width })
        }
        Amount::RingStore { rows, width } => {
            let [rows, width] = [rows, width].map(count);
            quote!(RingStore { rows: #rows, width: #width })
        }
        Amount::RingOfWindow { ratio, len } => {
            let [ratio, len] = [ratio, len].map(count);
            quote!(RingOfWindow { ratio: #ratio, len: #len })
        }
        Amount::Windows { ratio, len } => {
            let [ratio, len] = [ratio, len].map(count);
            quote!(Windows { ratio: #ratio, len: #len })
        }
        Amount::Cached { ratio, width, most } => {
            let ([ratio, width], most) = ([ratio, width].map(count), bound(most));
            quote!(CachedOf { ratio: #ratio, width: #width, most: #most })
        }
        Amount::Pairs { ratio, len } => {
            let [ratio, len] = [ratio, len].map(count);
            quote!(Pairs { ratio: #ratio, len: #len })
        }
    }
}

fn work(work: &Work) -> TokenStream {
    let each = count(work.each);
    let per = match work.per {
        WorkPer::Row(per) => {
            let per = per_variant(per);
            quote!(Row(#per))
        }
        WorkPer::Window(rows) => {
            let rows = count(rows);
            quote!(Window(#rows))
        }
        WorkPer::Cached { ratio, most } => {
            let (ratio, most) = (count(ratio), bound(most));
            quote!(Cached { ratio: #ratio, most: #most })
        }
    };
    quote!(work(#each, WorkPer::#per))
}

fn per_variant(per: Per) -> TokenStream {
    let per = per_name(per);
    quote!(Per::#per)
}

/// A number, or the largest by name: how large that is depends on the machine.
fn bound(n: usize) -> TokenStream {
    if n == usize::MAX {
        return quote!(usize::MAX);
    }
    let n: Literal = count(n);
    quote!(#n)
}
