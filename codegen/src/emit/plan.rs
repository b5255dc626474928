//! Prints plans and the kernel table.

use ds4_plan::{
    Arg, CachedRows, Format, Launch, Layer, LayerKind, Model, PageLayout, Per, Plan, Role, RowForm,
    Scratch, Span, Step, WeightSlot,
};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::{ident, kernel_const};
use crate::lower::Program;

/// The kernel table, its numbers as constants, and the constant tables.
pub(super) fn kernels(program: &Program) -> TokenStream {
    let rows = program.kernels.iter().map(|def| {
        let (name, op, formula) = (&def.name, def.op.name, def.op.formula);
        quote!(Kernel { name: #name, op: #op, formula: #formula })
    });
    let numbers = program.kernels.iter().enumerate().map(|(number, def)| {
        let (constant, number) = (kernel_const(&def.name), Literal::usize_unsuffixed(number));
        let doc = format!(" `{}`, {}.", def.op.name, def.op.source);
        quote! { #[doc = #doc] pub(crate) const #constant: usize = #number; }
    });
    let tables = program.tables.iter().map(|(name, values)| {
        let (constant, len) = (ident(name), Literal::usize_unsuffixed(values.len()));
        let values = values.iter().map(|&x| float(x));
        quote! {
            #[doc = " Rotary frequencies, in radians per position."]
            pub(crate) const #constant: [f32; #len] = [#(#values),*];
        }
    });
    quote! {
        use ds4_plan::Kernel;

        #[doc = " Every kernel, by number."]
        pub static KERNELS: &[Kernel] = &[#(#rows),*];
        #(#numbers)*
        #(#tables)*
    }
}

/// The list of plans, one module each.
pub(super) fn plans(program: &Program) -> TokenStream {
    let names: Vec<_> = program
        .plans
        .iter()
        .map(|plan| ident(&format!("{}_{}", plan.model.name, plan.model.cache.name())))
        .collect();
    let files = names.iter().map(|name| format!("/plan_{name}.rs"));
    quote! {
        use ds4_plan::Plan;

        #(
            mod #names {
                include!(concat!(env!("OUT_DIR"), #files));
            }
        )*

        #[doc = " Every plan; of the plans of one model, that with the model's own rounding first."]
        pub static PLANS: &[&Plan] = &[#(&#names::PLAN),*];
    }
}

/// One plan.
pub(super) fn plan(program: &Program, plan: &Plan) -> TokenStream {
    let Plan { model: m, globals, kinds, layers, pages, state_len, decode, prefill } = plan;
    let doc = format!(" The plan of {} with {} cached rows.", m.name, m.cache.name());
    let (model_tokens, globals) = (model(m), slots(globals));
    let kinds_tokens = kinds.iter().map(|LayerKind { name, weights }| {
        let weights = slots(weights);
        quote!(LayerKind { name: #name, weights: #weights })
    });
    let layers = layers.iter().map(|&Layer { kind, state, page }| {
        let [kind, state, page] = [kind, state, page].map(Literal::usize_unsuffixed);
        quote!(Layer { kind: #kind, state: #state, page: #page })
    });
    let PageLayout { tokens, len } = *pages;
    let [tokens, len, state_len] = [tokens, len, *state_len].map(Literal::usize_unsuffixed);
    assert_eq!(decode.kinds, prefill.kinds, "both kinds of steps apply the same layers");
    let layer_launches = decode.kinds.iter().map(|list| launches(program, list));
    let lists = format_lists(plan);
    let [decode, prefill] = [decode, prefill].map(|s| step(program, s));
    quote! {
        use ds4_plan::{
            CacheRounding, Format, Format::*, HyperConnections, Launch, Layer, LayerKind, Model,
            PageLayout, Per, Plan, Rope, Scratch, Span, Step, Yarn, cached, indices, launch,
            logit_rows, matrix, ring, rows, table, vector,
        };
        use ds4_plan::Arg::{Draws, Global, LogitRows, Weight};
        use crate::device::kernels::*;

        #lists

        #[doc = " The launches of one layer, for each kind of layer."]
        const LAYER_LAUNCHES: &[&[Launch]] = &[#(#layer_launches),*];

        #[doc = #doc]
        pub(super) static PLAN: Plan = Plan {
            model: #model_tokens,
            globals: #globals,
            kinds: &[#(#kinds_tokens),*],
            layers: &[#(#layers),*],
            pages: PageLayout { tokens: #tokens, len: #len },
            state_len: #state_len,
            decode: #decode,
            prefill: #prefill,
        };
    }
}

fn slots(slots: &[WeightSlot]) -> TokenStream {
    let slots = slots.iter().map(|WeightSlot { name, dims, role, formats }| {
        let dims = dims.iter().map(|&n| Literal::usize_unsuffixed(n));
        let constructor = ident(match role {
            Role::Matrix => "matrix",
            Role::Vector => "vector",
            Role::Table => "table",
        });
        let formats = format_list(formats);
        quote!(#constructor(#name, &[#(#dims),*], #formats))
    });
    quote!(&[#(#slots),*])
}

/// The constant that holds a list of formats, see [`format_lists`].
fn format_list(formats: &[Format]) -> TokenStream {
    let names: Vec<_> = formats.iter().map(|format| format.name()).collect();
    let name = ident(&format!("ANY_OF_{}", names.join("_")));
    quote!(#name)
}

/// A constant for each distinct list of formats.
fn format_lists(plan: &Plan) -> TokenStream {
    let of_layers = plan.kinds.iter().flat_map(|kind| kind.weights);
    let mut lists: Vec<_> = plan.globals.iter().chain(of_layers).map(|slot| slot.formats).collect();
    lists.sort_unstable();
    lists.dedup();
    let constants = lists.into_iter().map(|formats| {
        let (name, formats) = (format_list(formats), formats.iter().map(|&f| format_name(f)));
        quote!(const #name: &[Format] = &[#(#formats),*];)
    });
    quote!(#(#constants)*)
}

/// The variant of [`Format`], which shares the format's name.
pub(super) fn format_name(format: Format) -> proc_macro2::Ident {
    ident(format.name())
}

fn step(program: &Program, step: &Step) -> TokenStream {
    let Step { head, kinds: _, tail, n_choosing, scratch, logits, chosen, streams } = step;
    let [head, tail] = [head, tail].map(|list| launches(program, list));
    let Scratch { floats_per_row, indices_per_row, floats_per_logit_row } = *scratch;
    let [floats, indices, logit_floats] =
        [floats_per_row, indices_per_row, floats_per_logit_row].map(Literal::usize_unsuffixed);
    let n_choosing = Literal::usize_unsuffixed(*n_choosing);
    let [logits, chosen, streams] = [logits, chosen, streams].map(|span| {
        let Span { per, offset, len } = *span;
        let per = ident(if per == Per::Row { "Row" } else { "LogitRow" });
        let [offset, len] = [offset, len].map(Literal::usize_unsuffixed);
        quote!(Span { per: Per::#per, offset: #offset, len: #len })
    });
    quote! {
        Step {
            head: #head,
            kinds: LAYER_LAUNCHES,
            tail: #tail,
            n_choosing: #n_choosing,
            scratch: Scratch {
                floats_per_row: #floats,
                indices_per_row: #indices,
                floats_per_logit_row: #logit_floats,
            },
            logits: #logits,
            chosen: #chosen,
            streams: #streams,
        }
    }
}

fn launches(program: &Program, launches: &[Launch]) -> TokenStream {
    let launches = launches.iter().map(|Launch { kernel, args }| {
        let kernel = kernel_const(&program.kernels[*kernel].name);
        let args = args.iter().map(arg);
        quote!(launch(#kernel, &[#(#args),*]))
    });
    quote!(&[#(#launches),*])
}

fn arg(arg: &Arg) -> TokenStream {
    let call = |name: &str, numbers: &[usize]| {
        let (name, numbers) = (ident(name), numbers.iter().map(|&n| Literal::usize_unsuffixed(n)));
        quote!(#name(#(#numbers),*))
    };
    match *arg {
        Arg::Floats(Span { per: Per::Row, offset, len }) => call("rows", &[offset, len]),
        Arg::Floats(Span { per: Per::LogitRow, offset, len }) => call("logit_rows", &[offset, len]),
        Arg::Indices(Span { offset, len, .. }) => call("indices", &[offset, len]),
        Arg::LogitRows => quote!(LogitRows),
        Arg::Draws => quote!(Draws),
        Arg::Global(slot) => call("Global", &[slot]),
        Arg::Weight(slot) => call("Weight", &[slot]),
        Arg::State(ring) => call("ring", &[ring.offset, ring.rows, ring.width]),
        Arg::Pages(CachedRows { offset, rows, width, form }) => {
            let [offset, rows, width] = [offset, rows, width].map(Literal::usize_unsuffixed);
            let form = row_form(form);
            quote!(cached(#offset, #rows, #width, #form))
        }
    }
}

/// How rows are kept.
pub(super) fn row_form(form: RowForm) -> TokenStream {
    match form {
        RowForm::Floats => quote!(ds4_plan::RowForm::Floats),
        RowForm::Fp8 { n_halves } => {
            let n_halves = Literal::usize_unsuffixed(n_halves);
            quote!(ds4_plan::RowForm::Fp8 { n_halves: #n_halves })
        }
        RowForm::Fp4 => quote!(ds4_plan::RowForm::Fp4),
    }
}

fn model(m: &Model) -> TokenStream {
    let name = m.name;
    let ratios = m.ratios.iter().map(|&ratio| Literal::usize_unsuffixed(ratio));
    let cache = ident(&format!("{:?}", m.cache));
    let counts = counts(m);
    let numbers = [
        ("routed_scale", m.routed_scale),
        ("swiglu_limit", m.swiglu_limit),
        ("rms_eps", m.rms_eps),
    ]
    .map(|(field, x)| {
        let (field, x) = (ident(field), float(x));
        quote!(#field: #x)
    });
    let [streams, iters, original] =
        [m.hc.n_streams, m.hc.sinkhorn_iters, m.rope.yarn.original_context]
            .map(Literal::usize_unsuffixed);
    let yarn = m.rope.yarn;
    let [hc_eps, base, compress_base, factor, fast, slow] =
        [m.hc.eps, m.rope.base, m.rope.compress_base, yarn.factor, yarn.beta_fast, yarn.beta_slow]
            .map(float);
    quote! {
        Model {
            name: #name,
            ratios: &[#(#ratios),*],
            #(#counts,)*
            #(#numbers,)*
            hc: HyperConnections { n_streams: #streams, sinkhorn_iters: #iters, eps: #hc_eps },
            rope: Rope {
                base: #base,
                compress_base: #compress_base,
                yarn: Yarn {
                    factor: #factor,
                    beta_fast: #fast,
                    beta_slow: #slow,
                    original_context: #original,
                },
            },
            cache: CacheRounding::#cache,
        }
    }
}

/// The counts among a model's numbers, as fields.
fn counts(m: &Model) -> impl Iterator<Item = TokenStream> {
    let counts = [
        ("n_vocab", m.n_vocab),
        ("n_embd", m.n_embd),
        ("n_heads", m.n_heads),
        ("head_dim", m.head_dim),
        ("rope_dim", m.rope_dim),
        ("q_lora", m.q_lora),
        ("o_groups", m.o_groups),
        ("o_lora", m.o_lora),
        ("window", m.window),
        ("index_heads", m.index_heads),
        ("index_dim", m.index_dim),
        ("index_top_k", m.index_top_k),
        ("n_experts", m.n_experts),
        ("n_used", m.n_used),
        ("n_ff", m.n_ff),
        ("n_hash_layers", m.n_hash_layers),
        ("n_context", m.n_context),
    ];
    counts.into_iter().map(|(field, n)| {
        let (field, n) = (ident(field), Literal::usize_unsuffixed(n));
        quote!(#field: #n)
    })
}

/// The shortest literal that reads back as `x`.
pub(super) fn float(x: f32) -> Literal {
    Literal::f32_unsuffixed(x)
}
