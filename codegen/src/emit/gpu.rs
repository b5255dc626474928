//! Prints the plans and the kernel table of one GPU target.

use ds4_plan::{
    Base, CachedRows, Format, GpuArg, GpuLaunch, GpuPlan, GpuScratch, GpuStep, Grid, Groups, Per,
    Plan, Ring, Span, Variant,
};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

mod passes;

use super::{
    ident,
    kernel::{Compiled, flags},
    kernel_const, plan,
    plan::row_form,
};
use crate::gpu::{assemble::IQ2_GRID, lower::GpuProgram, target::Target};

/// The kernel table of a target, its tables of constants, and its list of plans.
pub(super) fn target(program: &GpuProgram, compiled: &[Compiled], plans: &[Plan]) -> TokenStream {
    let target = program.target.name();
    let rows = compiled.iter().map(kernel);
    let numbers = compiled.iter().enumerate().map(|(number, kernel)| {
        let (constant, number) = (kernel_const(&kernel.name), count(number));
        quote!(const #constant: usize = #number;)
    });
    let tables = program.tables.iter().map(|name| {
        let constant = ident(name);
        // The codebook belongs to its format; the other tables to models.
        if name == IQ2_GRID { quote!(iq2_grid::#constant) } else { quote!(kernels::#constant) }
    });
    let names: Vec<_> = plans.iter().map(plan_name).collect();
    let files = names.iter().map(|name| format!("/{target}_{name}.rs"));
    let prelude = format!("/{}", prelude_file(program.target));
    let flags = flags(program.target);
    quote! {
        use ds4_plan::{GpuKernel, GpuPlan, iq2_grid};
        use crate::device::kernels;

        #[doc = " What stands before the text of a kernel."]
        pub(crate) const PRELUDE: &str = include_str!(concat!(env!("OUT_DIR"), #prelude));

        #[doc = " Flags for the compiler of the texts."]
        pub(crate) const FLAGS: &[&str] = &[#(#flags),*];

        #[doc = " Every kernel, by number."]
        pub(crate) static KERNELS: &[GpuKernel] = &[#(#rows),*];

        #[doc = " Tables of constants, by number."]
        pub(crate) static TABLES: &[&[f32]] = &[#(&#tables),*];

        #[doc = " The plans, parallel to those of the CPU."]
        pub(crate) static PLANS: &[&GpuPlan] = &[#(&#names::PLAN),*];

        #(#numbers)*
        #(
            mod #names {
                include!(concat!(env!("OUT_DIR"), #files));
            }
        )*
    }
}

/// The path of a target's prelude below the folder of generated files.
pub(super) fn prelude_file(target: Target) -> String {
    format!("{}/prelude.h", target.name())
}

/// The name of a model's plan in file and module names.
pub(super) fn plan_name(plan: &Plan) -> proc_macro2::Ident {
    ident(&format!("{}_{}", plan.model.name, plan.model.cache.name()))
}

fn kernel(kernel: &Compiled) -> TokenStream {
    let Compiled { name, entry, formula, file, wgsl_file, bindings, waits, .. } = kernel;
    let [path, wgsl_path] = [file, wgsl_file].map(|file| format!("/{file}"));
    let threads = Literal::u32_unsuffixed(kernel.threads);
    let bytes = kernel.workgroup_bytes.iter().map(|&n| Literal::u32_unsuffixed(n));
    let bindings = bindings.iter().map(|&n| Literal::u32_unsuffixed(n));
    quote! {
        GpuKernel {
            name: #name,
            entry: #entry,
            formula: #formula,
            wgsl: include_str!(concat!(env!("OUT_DIR"), #wgsl_path)),
            code: include_bytes!(concat!(env!("OUT_DIR"), #path)),
            bindings: &[#(#bindings),*],
            threads: #threads,
            waits: #waits,
            workgroup_bytes: &[#(#bytes),*],
        }
    }
}

/// The plan of one model.
pub(super) fn gpu_plan(plan: &GpuPlan, compiled: &[Compiled]) -> TokenStream {
    let [decode, prefill] = [&plan.decode, &plan.prefill].map(|s| step(s, compiled));
    quote! {
        use ds4_plan::{
            Base::{Cached, Ring as InRing}, CachedRows, Format::*, GpuLaunch, GpuPlan, GpuScratch,
            GpuPass, GpuStep, Grid, Groups, Per, Ring, Span, UseKind::*, Variant, WorkPer,
            touches, work,
        };
        use ds4_plan::Amount::{
            Cached as CachedOf, Each, Pairs, Parts, Ring as RingOf, RingOfWindow, RingStore, Step,
            Windows,
        };
        use ds4_plan::GpuArg::{
            Draws, Floats, Global, LogitRows, Next, PageTable, Pages, Rows, Scores, State, StepWords, Table,
            Weight, Words,
        };
        use super::*;

        #[doc = " The launches of both kinds of steps."]
        pub(super) static PLAN: GpuPlan = GpuPlan { decode: #decode, prefill: #prefill };
    }
}

fn step(step: &GpuStep, compiled: &[Compiled]) -> TokenStream {
    let [head, tail] = [step.head, step.tail].map(|list| launches(list, compiled));
    let kinds = step.kinds.iter().map(|list| launches(list, compiled));
    let GpuScratch {
        floats_per_row,
        floats_per_logit_row,
        words_per_row,
        step_words,
        scores,
        arrivals,
    } = step.scratch;
    let [floats, logit_floats, words, step_words, scores, arrivals] =
        [floats_per_row, floats_per_logit_row, words_per_row, step_words, scores, arrivals]
            .map(count);
    let [logits, chosen, streams] = [step.logits, step.chosen, step.streams].map(span);
    let n_choosing = count(step.n_choosing);
    quote! {
        GpuStep {
            head: #head,
            kinds: &[#(#kinds),*],
            tail: #tail,
            n_choosing: #n_choosing,
            scratch: GpuScratch {
                floats_per_row: #floats,
                floats_per_logit_row: #logit_floats,
                words_per_row: #words,
                step_words: #step_words,
                scores: #scores,
                arrivals: #arrivals,
            },
            logits: #logits,
            chosen: #chosen,
            streams: #streams,
        }
    }
}

fn launches(launches: &[GpuLaunch], compiled: &[Compiled]) -> TokenStream {
    let launches = launches.iter().map(|launch| {
        let name = launch.name;
        let variants = launch.variants.iter().map(|Variant { formats, kernel, few, recipes }| {
            let formats = formats.iter().map(|&format: &Format| plan::format_name(format));
            let [kernel, few] = [kernel, few].map(|&n| kernel_const(&compiled[n].name));
            let formats = quote!(&[#(#formats),*]);
            quote! {
                Variant {
                    formats: #formats,
                    kernel: #kernel,
                    few: #few,
                    recipes: &[#(#recipes),*],
                }
            }
        });
        let args = launch.args.iter().map(arg);
        let bases = launch.bases.iter().map(base);
        let (grid, done) = (grid(&launch.grid), launch.done.iter().map(|&n| count(n)));
        let chains = passes::chains(launch.chains);
        quote! {
            GpuLaunch {
                name: #name,
                variants: &[#(#variants),*],
                args: &[#(#args),*],
                bases: &[#(#bases),*],
                grid: #grid,
                done: &[#(#done),*],
                chains: #chains,
            }
        }
    });
    quote!(&[#(#launches),*])
}

fn arg(arg: &GpuArg) -> TokenStream {
    let numbered = |name: &str, n: usize| {
        let (name, n) = (ident(name), count(n));
        quote!(#name(#n))
    };
    match *arg {
        GpuArg::Floats(place) => {
            let place = span(place);
            quote!(Floats(#place))
        }
        GpuArg::Words(place) => {
            let place = span(place);
            quote!(Words(#place))
        }
        GpuArg::StepWords(offset) => numbered("StepWords", offset),
        GpuArg::Scores(offset) => numbered("Scores", offset),
        GpuArg::Global(slot) => numbered("Global", slot),
        GpuArg::Weight(slot) => numbered("Weight", slot),
        GpuArg::Next(slot) => numbered("Next", slot),
        GpuArg::Table(table) => numbered("Table", table),
        // Not every target has it, so it is no import.
        GpuArg::Arrivals => quote!(ds4_plan::GpuArg::Arrivals),
        GpuArg::LogitRows => quote!(LogitRows),
        GpuArg::Draws => quote!(Draws),
        GpuArg::Rows => quote!(Rows),
        GpuArg::PageTable => quote!(PageTable),
        GpuArg::State => quote!(State),
        GpuArg::Pages => quote!(Pages),
    }
}

fn base(base: &Base) -> TokenStream {
    match *base {
        Base::Ring(Ring { offset, rows, width }) => {
            let [offset, rows, width] = [offset, rows, width].map(count);
            quote!(InRing(Ring { offset: #offset, rows: #rows, width: #width }))
        }
        Base::Cached(CachedRows { offset, rows, width, form }) => {
            let ([offset, rows, width], form) = ([offset, rows, width].map(count), row_form(form));
            quote! {
                Cached(CachedRows { offset: #offset, rows: #rows, width: #width, form: #form })
            }
        }
    }
}

fn grid(grid: &Grid) -> TokenStream {
    let [x, tokens] = [grid.x, grid.tokens_per_group].map(count);
    let y = grid.y.iter().map(|&Groups { per, items, per_group, extra }| {
        let per = per_name(per);
        let [items, per_group, extra] = [items, per_group, extra].map(count);
        quote! {
            Groups { per: Per::#per, items: #items, per_group: #per_group, extra: #extra }
        }
    });
    quote!(Grid { x: #x, tokens_per_group: #tokens, y: &[#(#y),*] })
}

fn span(span: Span) -> TokenStream {
    let per = per_name(span.per);
    let [offset, len] = [span.offset, span.len].map(count);
    quote!(Span { per: Per::#per, offset: #offset, len: #len })
}

fn per_name(per: Per) -> proc_macro2::Ident {
    ident(match per {
        Per::Row => "Row",
        Per::LogitRow => "LogitRow",
    })
}

fn count(n: usize) -> Literal {
    Literal::usize_unsuffixed(n)
}
