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
use kernels::Emitted;
use launch::{Bench, Code};
use results::Errors;

mod buffers;
mod case;
mod compare;
#[path = "../support/kernels.rs"]
#[expect(dead_code, reason = "another test makes a table of them")]
mod kernels;
mod launch;
#[path = "../metal/msl.rs"]
#[expect(dead_code, reason = "the tests of the device itself use the rest")]
mod msl;
#[path = "../support/random.rs"]
mod random;
mod record;
#[path = "../support/results.rs"]
mod results;
mod segment;
#[path = "../support/shared.rs"]
#[expect(dead_code, reason = "these tests need nothing from beside the checkout")]
mod shared;
mod weights;

/// What of the steps runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Every launch.
    Launches,
    /// Every kernel once, and of the large products a part of the workgroups.
    Kernels,
}

/// Steps of a model.
struct Steps {
    model: &'static str,
    cases: &'static [Case],
    extent: Extent,
}

/// The first tokens, the edges of windows and pages, several sessions.
const TINY: Steps = Steps {
    model: "tiny",
    cases: &[
        Case { kind: Decode, sessions: &[(0, 1)], logit_rows: &[0] },
        Case {
            kind: Decode,
            sessions: &[(127, 1), (3, 1), (300, 1), (511, 1), (130, 1)],
            logit_rows: &[0, 1, 2, 3, 4],
        },
        Case { kind: Prefill, sessions: &[(0, 150)], logit_rows: &[149] },
        Case { kind: Prefill, sessions: &[(253, 7), (0, 5), (1023, 2)], logit_rows: &[0, 11, 13] },
    ],
    extent: Extent::Launches,
};

/// A short step of each kind.
const TINY_KERNELS: Steps = Steps {
    model: "tiny",
    cases: &[
        Case { kind: Decode, sessions: &[(511, 1), (3, 1)], logit_rows: &[0, 1] },
        Case { kind: Prefill, sessions: &[(253, 7), (0, 5)], logit_rows: &[0, 11] },
    ],
    extent: Extent::Kernels,
};

/// Full-size shapes, and more cached rows than the indexer keeps.
const FLASH_KERNELS: Steps = Steps {
    model: "flash",
    cases: &[
        Case { kind: Decode, sessions: &[(2303, 1), (5, 1)], logit_rows: &[0, 1] },
        Case { kind: Prefill, sessions: &[(2046, 3)], logit_rows: &[2] },
    ],
    extent: Extent::Kernels,
};

/// Runs the steps of `runs`, each in the formats of a recipe, on one device. What ran in one of
/// them counts for those after it.
fn compare_all<G: Gpu>(gpu: &mut G, target: Target, runs: &[(&Steps, &str)]) -> Errors {
    let compile = |module: &Module| {
        let compiled = kernel::compile(target, module).unwrap_or_else(|e| panic!("{e}"));
        Code { code: compiled.code, entry: compiled.entry, bindings: compiled.bindings }
    };
    let mut bench = Bench {
        store: buffers::Store::new(gpu, target.traits().in_place),
        target,
        compile: &compile,
        kernels: BTreeMap::new(),
        report: compare::Report::default(),
    };
    let emitted = Emitted::of(target);
    for (steps, recipe) in runs {
        compare_one(&mut bench, &emitted, steps, recipe);
    }
    bench.report.check();
    let key = |name| (target.name().to_owned(), name);
    let errors = bench.report.errors.into_iter().map(|(name, error)| (key(name), error)).collect();
    say(&results::write(&errors));
    errors
}

/// Runs the steps of every plan of a model in the formats of one recipe.
fn compare_one<G: Gpu>(
    bench: &mut Bench<'_, G>,
    emitted: &Emitted,
    steps: &Steps,
    recipe: &str,
) {
    for plan in PLANS.iter().filter(|plan| plan.model.name == steps.model) {
        let recipe = recipes::of(&plan.model).find(|known| known.name == recipe).unwrap();
        let needed = |kind| {
            let (model, cache) = (plan.model.name, plan.model.cache);
            let step = kernels::Use { model, cache, kind, recipe: recipe.name };
            emitted.names(move |known| *known == step)
        };
        bench.store.constants.clear();
        let mut model = None;
        for (number, case) in steps.cases.iter().enumerate() {
            let has_new = needed(case.kind).iter().any(|name| !bench.kernels.contains_key(*name));
            if has_new || steps.extent == Extent::Launches {
                let model = model.get_or_insert_with(|| weights::model(plan, recipe));
                bench.run(model, &case::expect(model, *case, number as u64), steps.extent);
            }
            for name in needed(case.kind) {
                assert!(bench.kernels.contains_key(name), "no launch of {case:?} runs {name}");
            }
        }
    }
}

/// Prints for who asks for output.
fn say(text: &str) {
    std::io::stdout().write_all(text.as_bytes()).unwrap();
}

/// The text of Metal, on the CPU.
mod metal {
    use super::{
        FLASH_KERNELS, Steps, TINY, TINY_KERNELS, Target, compare_all, msl, record, shared::skipped,
    };

    fn compare(runs: &[(&Steps, &str)], record: &str) {
        match msl::Msl::open(msl::Mode::Fast) {
            Ok(mut gpu) => record::check(record, &compare_all(&mut gpu, Target::Metal, runs)),
            Err(error) => skipped(&error.to_string()),
        }
    }

    #[test]
    fn tiny() {
        let others = ["mxfp4", "q4", "q8", "bf16", "f32"].map(|recipe| (&TINY_KERNELS, recipe));
        compare(&[&[(&TINY, "q2")], &others[..]].concat(), "stand-in.tiny.txt");
    }

    #[test]
    fn flash() {
        let recipes = ["q2", "mxfp4", "q4", "q8"].map(|recipe| (&FLASH_KERNELS, recipe));
        compare(&recipes, "stand-in.flash.txt");
    }
}

/// SPIR-V, on whatever Vulkan device there is; Mesa's software driver at several widths.
#[cfg(feature = "vulkan")]
mod vulkan {
    use std::{env, process::Command};

    use ds4::device::{Error, gpu::Gpu, vulkan::Vulkan};

    use super::{
        FLASH_KERNELS, Steps, TINY, TINY_KERNELS, Target, compare_all, record, results, say,
        shared::skipped,
    };

    /// Name of Mesa's software driver, the one whose errors are recorded.
    const SOFTWARE: &str = "llvmpipe";

    /// Runs `worker` in a process of its own with another vector width of the software device,
    /// which is its subgroup size.
    fn at_width(lanes: usize, model: &str, recipes: &str) {
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", "vulkan::worker", "--ignored", "--nocapture"])
            .env("LP_NATIVE_VECTOR_WIDTH", (lanes * 32).to_string())
            .env("DS4_TWIN", format!("{model} {recipes}"))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "at {lanes} lanes:\n{text}\n{errors}");
        for line in errors.lines().filter(|line| line.starts_with("skipped:")) {
            skipped(line.trim_start_matches("skipped: "));
        }
        say(&text);
        if text.contains(SOFTWARE) {
            record::check(&format!("lavapipe-{lanes}.{model}.txt"), &results::read(&text));
        }
    }

    #[test]
    #[ignore = "started by the other tests, in a process of its own"]
    fn worker() {
        let what = env::var("DS4_TWIN").expect("DS4_TWIN names a model and recipes");
        let mut words = what.split(' ');
        let is_tiny = words.next() == Some("tiny");
        let steps = |(index, recipe)| -> (&Steps, &str) {
            match (is_tiny, index) {
                (true, 0) => (&TINY, recipe),
                (true, _) => (&TINY_KERNELS, recipe),
                (false, _) => (&FLASH_KERNELS, recipe),
            }
        };
        let runs: Vec<_> = words.enumerate().map(steps).collect();
        match Vulkan::open(None) {
            Ok(mut gpu) => {
                say(&format!("{}\n", gpu.describe()));
                compare_all(&mut gpu, Target::Vulkan, &runs);
            }
            Err(error @ Error::NoGpu { .. }) => skipped(&error.to_string()),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn tiny_q2_at_4_lanes() {
        at_width(4, "tiny", "q2 bf16");
    }

    #[test]
    fn tiny_q4_at_8_lanes() {
        at_width(8, "tiny", "q4 mxfp4 f32");
    }

    #[test]
    fn tiny_q8_at_16_lanes() {
        at_width(16, "tiny", "q8");
    }

    #[test]
    fn flash_q2_at_8_lanes() {
        at_width(8, "flash", "q2 mxfp4");
    }

    #[test]
    fn flash_q4_at_4_lanes() {
        at_width(4, "flash", "q4");
    }

    #[test]
    fn flash_q8_at_16_lanes() {
        at_width(16, "flash", "q8");
    }
}
