//! Every launch of every plan on a GPU, against the CPU device.
//!
//! The CPU runs a step; each launch of a GPU then gets what the CPU had, and must write what the
//! CPU wrote, between guards that it must leave alone. `tests/README.md` tells which tools this
//! needs.

#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a test fails by panicking, and its numbers are small"
)]

use std::{collections::BTreeMap, io::Write};

use ds4::device::{PLANS, gpu::Gpu};
use ds4_codegen::{
    emit::kernel,
    gpu::{assemble::Module, recipes, target::Target},
};
use ds4_plan::StepKind::{Decode, Prefill};

use case::Case;
use launch::{Bench, Code};

mod buffers;
mod case;
mod compare;
mod launch;
#[path = "../metal/msl.rs"]
#[expect(dead_code, reason = "the tests of the device itself use the rest")]
mod msl;
mod quantized;
mod rng;
mod segment;
#[path = "../support/shared.rs"]
#[expect(dead_code, reason = "these tests need nothing from beside the checkout")]
mod shared;
mod weights;

/// Steps of the small model: the first tokens, the edges of windows and pages, several sessions.
const TINY: &[Case] = &[
    Case { kind: Decode, sessions: &[(0, 1)], logit_rows: &[0] },
    Case {
        kind: Decode,
        sessions: &[(127, 1), (3, 1), (300, 1), (511, 1), (130, 1)],
        logit_rows: &[0, 1, 2, 3, 4],
    },
    Case { kind: Prefill, sessions: &[(0, 150)], logit_rows: &[149] },
    Case { kind: Prefill, sessions: &[(253, 7), (0, 5), (1023, 2)], logit_rows: &[0, 11, 13] },
];

#[cfg(feature = "vulkan")]
/// Steps of the full-size shapes: more cached rows than the indexer keeps.
const FLASH: &[Case] = &[
    Case { kind: Decode, sessions: &[(2303, 1), (5, 1)], logit_rows: &[0, 1] },
    Case { kind: Prefill, sessions: &[(2046, 3)], logit_rows: &[2] },
];

/// Runs the cases of every plan of `model` in the formats of one recipe.
fn compare_all<G: Gpu>(gpu: &mut G, target: Target, model: &str, recipe: &str, cases: &[Case]) {
    let compile = |module: &Module| {
        let compiled = kernel::compile(target, module).unwrap_or_else(|e| panic!("{e}"));
        Code { code: compiled.code, entry: compiled.entry, bindings: compiled.bindings }
    };
    let mut report = compare::Report::default();
    let mut bench = Bench {
        store: buffers::Store::new(gpu, target.traits().in_place),
        target,
        compile: &compile,
        kernels: BTreeMap::new(),
    };
    for plan in PLANS.iter().filter(|plan| plan.model.name == model) {
        let recipe = recipes::of(&plan.model).find(|known| known.name == recipe).unwrap();
        let model = weights::model(plan, recipe);
        bench.store.constants.clear();
        for (number, case) in cases.iter().enumerate() {
            let expected = case::expect(&model, *case, number as u64);
            bench.run(&model, &expected, &mut report);
        }
    }
    for (name, error) in &report.errors {
        say(&format!("max error {error:.2e} {} {name}\n", target.name()));
    }
    report.check();
}

/// Prints for who asks for output.
fn say(text: &str) {
    std::io::stdout().write_all(text.as_bytes()).unwrap();
}

/// The text of Metal, on the CPU.
mod metal {
    use super::{TINY, Target, compare_all, msl, shared::skipped};

    fn compare(recipe: &str) {
        match msl::Msl::open(msl::Mode::Fast) {
            Ok(mut gpu) => compare_all(&mut gpu, Target::Metal, "tiny", recipe, TINY),
            Err(error) => skipped(&error.to_string()),
        }
    }

    #[test]
    fn tiny_q2() {
        compare("q2");
    }
}

/// SPIR-V, on whatever Vulkan device there is; Mesa's software driver at several widths.
#[cfg(feature = "vulkan")]
mod vulkan {
    use std::{env, process::Command};

    use ds4::device::{Error, vulkan::Vulkan};

    use super::{FLASH, TINY, Target, compare_all, shared::skipped};

    /// Runs `worker` in a process of its own with another vector width of the software device,
    /// which is its subgroup size.
    fn at_width(lanes: usize, model: &str, recipe: &str) {
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", "vulkan::worker", "--ignored", "--nocapture"])
            .env("LP_NATIVE_VECTOR_WIDTH", (lanes * 32).to_string())
            .env("DS4_TWIN", format!("{model} {recipe}"))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "at {lanes} lanes:\n{text}\n{errors}");
        for line in errors.lines().filter(|line| line.starts_with("skipped:")) {
            skipped(line.trim_start_matches("skipped: "));
        }
        super::say(&text);
    }

    #[test]
    #[ignore = "started by the other tests, in a process of its own"]
    fn worker() {
        let what = env::var("DS4_TWIN").expect("DS4_TWIN names a model and a recipe");
        let (model, recipe) = what.split_once(' ').unwrap();
        let cases = if model == "tiny" { TINY } else { FLASH };
        match Vulkan::open(None) {
            Ok(mut gpu) => compare_all(&mut gpu, Target::Vulkan, model, recipe, cases),
            Err(error @ Error::NoGpu { .. }) => skipped(&error.to_string()),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn tiny_q2_at_4_lanes() {
        at_width(4, "tiny", "q2");
    }

    #[test]
    fn tiny_q4_at_8_lanes() {
        at_width(8, "tiny", "q4");
    }

    #[test]
    fn tiny_q8_at_16_lanes() {
        at_width(16, "tiny", "q8");
    }

    #[test]
    #[ignore = "a software driver takes many minutes for the full-size shapes"]
    fn flash_q2_at_8_lanes() {
        at_width(8, "flash", "q2");
    }
}
