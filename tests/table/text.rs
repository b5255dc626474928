//! The words of `docs/kernels.md`.

use std::fmt::Write;

use ds4_codegen::{gpu::recipes, model};
use ds4_plan::{
    CacheRounding::{Exact, Rounded},
    StepKind::{Decode, Prefill},
};

use crate::{Kernels, Results, kernels::Use};

const HEAD: &str = "\
# Kernels

<!-- Written by the test `table`: see CONTRIBUTING.md. -->

Every kernel that the generator emits, and what is known of it.
A name ends with a hash of the WGSL text, so a row is about exactly this text.
The test `table` fails when a kernel has no row or a row has no kernel; the test `twin` fails when an error is more than ten times the one recorded.

| column | meaning |
|---|---|
| steps | what needs the kernel: decode (of few rows, of many) or prefill, the recipes of formats, and which rounding of cached rows if not both |
| emitted | the target's text is written, from a module that naga has validated |
| compiled | `registers` or `registers + bytes of a thread's memory` of the machine code for each architecture, by NVRTC or clang; `yes` where it was compiled to run |
| run | where its launches were held against the CPU device: `lavapipe-N` is Mesa's software Vulkan driver with subgroups of N lanes, `stand-in` MSL compiled by clang for the CPU, others are cards |
| max error | the largest error of a value, as a part of the root mean square of its row and its own size; `-` where only other kernels read what it writes, and are compared |
";

/// The names of the targets for people.
const TARGETS: [(&str, &str); 5] = [
    ("cuda", "CUDA"),
    ("hip32", "HIP, 32 lanes"),
    ("hip64", "HIP, 64 lanes"),
    ("msl", "Metal"),
    ("spirv", "Vulkan"),
];

/// The whole table.
pub(crate) fn table(kernels: &Kernels, results: &Results) -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\n| target | model | emitted | compiled | run | max error |\n");
    text.push_str("|---|---|---:|---:|---:|---:|\n");
    for (target, title) in TARGETS {
        for model in ["flash", "tiny"] {
            let rows = rows(kernels, results, target, model);
            let count = |is_wanted: fn(&Row) -> bool| rows.iter().filter(|r| is_wanted(r)).count();
            let error = rows.iter().filter_map(|row| row.error).reduce(f64::max);
            writeln!(
                text,
                "| {title} | {model} | {} | {} | {} | {} |",
                rows.len(),
                count(|row| row.compiled != "no"),
                count(|row| row.run != "no"),
                error.map_or(String::new(), |error| format!("{error:.1e}")),
            )
            .unwrap();
        }
    }
    for (target, title) in TARGETS {
        for model in ["flash", "tiny"] {
            write!(text, "\n## {title}: {model}\n\n").unwrap();
            text.push_str("| kernel | steps | emitted | compiled | run | max error |\n");
            text.push_str("|---|---|---|---|---|---:|\n");
            for row in rows(kernels, results, target, model) {
                let Row { name, steps, compiled, run, error } = row;
                let error = match (error, run.as_str()) {
                    (Some(0.0), _) => "0".to_owned(),
                    (Some(error), _) => format!("{error:.1e}"),
                    (None, "no") => String::new(),
                    (None, _) => "-".to_owned(),
                };
                writeln!(text, "| `{name}` | {steps} | yes | {compiled} | {run} | {error} |")
                    .unwrap();
            }
        }
    }
    text
}

/// A kernel of a target as one of the models uses it.
struct Row {
    name: String,
    steps: String,
    compiled: String,
    run: String,
    error: Option<f64>,
}

fn rows(kernels: &Kernels, results: &Results, target: &str, model: &str) -> Vec<Row> {
    let of_model = |(name, uses): (&String, &Vec<Use>)| {
        let uses: Vec<_> = uses.iter().filter(|known| known.model == model).copied().collect();
        if uses.is_empty() {
            return None;
        }
        let runs = results.runs_of(target, name);
        let mut codes = results.codes_of(target, name);
        codes.sort_by_key(|code| code.arch.len());
        let codes = codes.into_iter().map(|code| match code.spill {
            0 => format!("{} {}", code.arch, code.registers),
            spill => format!("{} {} + {spill}", code.arch, code.registers),
        });
        let codes = codes.collect::<Vec<_>>().join(", ");
        let mut places: Vec<_> = runs.iter().map(|(place, _)| *place).collect();
        places.sort_by_key(|place| place.len());
        let places = places.join(", ");
        let no = || "no".to_owned();
        Some(Row {
            name: name.clone(),
            steps: steps(model, &uses),
            compiled: match (codes.is_empty(), runs.is_empty()) {
                (false, _) => codes,
                (true, false) => "yes".to_owned(),
                (true, true) => no(),
            },
            run: if runs.is_empty() { no() } else { places },
            error: runs.iter().filter_map(|(_, error)| *error).reduce(f64::max),
        })
    };
    kernels[target].iter().filter_map(of_model).collect()
}

/// The steps of `model` that `uses` names.
fn steps(model: &str, uses: &[Use]) -> String {
    let model = model::MODELS.iter().find(|known| known.name == model).unwrap();
    let all: Vec<_> = recipes::of(model).map(|recipe| recipe.name).collect();
    let kinds =
        [(Decode, "decode"), (Prefill, "prefill")].into_iter().filter_map(|(kind, name)| {
            let uses: Vec<_> = uses.iter().filter(|known| known.kind == kind).collect();
            let has = |recipe: &&str| uses.iter().any(|known| known.recipe == *recipe);
            let recipes: Vec<_> = all.iter().copied().filter(has).collect();
            let recipes = if recipes == all { "all".to_owned() } else { recipes.join(" ") };
            let caches =
                [Exact, Rounded].map(|cache| uses.iter().any(|known| known.cache == cache));
            let cache = match caches {
                [true, false] => " exact",
                [false, true] => " rounded",
                _ => "",
            };
            let rows = match [true, false].map(|few| uses.iter().any(|known| known.few == few)) {
                [true, false] => " few",
                [false, true] => " many",
                _ => "",
            };
            (!uses.is_empty()).then(|| format!("{name}{rows} {recipes}{cache}"))
        });
    kinds.collect::<Vec<_>>().join("; ")
}
