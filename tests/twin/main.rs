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

use std::io::Write;

use ds4::device::gpu::Gpu;
use ds4_codegen::gpu::target::Target;
use ds4_plan::StepKind::{Decode, Prefill};

use bench::{Bench, Extent, Steps};
use case::Case;
use results::Errors;

mod bench;
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
mod quantized;
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
        Case { kind: Decode, sessions: &[(511, 1), (3, 1), (130, 1)], logit_rows: &[0, 1, 2] },
        Case { kind: Prefill, sessions: &[(253, 7), (0, 5)], logit_rows: &[0, 11] },
    ],
    extent: Extent::Kernels,
};

/// Full-size shapes, and more cached rows than the indexer keeps.
const FLASH: Steps = Steps {
    model: "flash",
    cases: &[
        Case { kind: Decode, sessions: &[(2303, 1), (5, 1), (130, 1)], logit_rows: &[0, 1, 2] },
        Case { kind: Prefill, sessions: &[(2046, 3)], logit_rows: &[2] },
    ],
    extent: Extent::Launches,
};

/// The same.
const FLASH_KERNELS: Steps = Steps { extent: Extent::Kernels, ..FLASH };

/// Runs the steps of `runs`, each in the formats of a recipe, on one device. What ran in one of
/// them counts for those after it.
fn compare_all<G: Gpu>(gpu: &mut G, target: Target, runs: &[(&Steps, &str)]) -> Errors {
    let mut bench = Bench::new(gpu, target);
    for (steps, recipe) in runs {
        bench.run(steps, recipe);
    }
    let errors = bench.errors();
    say(&results::write(&errors));
    errors
}

/// Prints for who asks for output.
fn say(text: &str) {
    std::io::stdout().write_all(text.as_bytes()).unwrap();
}

/// The text of Metal, on the CPU.
mod metal {
    use ds4_codegen::{
        emit::kernel::{self, Compiled},
        gpu::assemble::Module,
    };

    use super::{
        Bench, FLASH_KERNELS, Steps, TINY, TINY_KERNELS, Target, compare_all,
        msl::{Mode, Msl},
        record,
        shared::skipped,
    };

    /// The recipes of ds4-tiny.
    const RECIPES: [&str; 6] = ["q2", "mxfp4", "q4", "q8", "bf16", "f32"];

    fn open(mode: Mode) -> Option<Msl> {
        Msl::open(mode).map_err(|error| skipped(&error.to_string())).ok()
    }

    fn compare(runs: &[(&Steps, &str)], record: &str) {
        if let Some(mut gpu) = open(Mode::Fast) {
            record::check(record, &compare_all(&mut gpu, Target::Metal, runs));
        }
    }

    #[test]
    fn tiny() {
        let kernels = RECIPES.map(|recipe| (&TINY_KERNELS, recipe));
        compare(&[&[(&TINY, "q2")], &kernels[..]].concat(), "stand-in.tiny.txt");
    }

    #[test]
    fn flash() {
        let recipes = ["q2", "mxfp4", "q4", "q8"].map(|recipe| (&FLASH_KERNELS, recipe));
        compare(&recipes, "stand-in.flash.txt");
    }

    #[test]
    fn no_kernel_races_and_one_without_a_barrier_does() {
        let Some(mut gpu) = open(Mode::Sanitized) else { return };
        let mut bench = Bench::new(&mut gpu, Target::Metal);
        RECIPES.iter().for_each(|recipe| bench.run(&TINY_KERNELS, recipe));
        bench.report.check();
        let changed = bench.kernels.keys().find(|name| name.starts_with("rms_norm_quantize"));
        let changed = changed.unwrap().clone();
        bench.kernels.remove(&changed);
        bench.compile = without_second_barrier;
        bench.run(&TINY_KERNELS, "q2");
        let is_race = |fault: &String| {
            fault.starts_with(&changed) && fault.contains("ThreadSanitizer: data race")
        };
        let faults = &bench.report.faults;
        assert!(!faults.is_empty() && faults.iter().all(is_race), "{changed}: {faults:?}");
    }

    /// A kernel that begins with a sum over its threads, of whose two barriers the second is
    /// between the last write and the first read.
    fn without_second_barrier(target: Target, module: &Module) -> Compiled {
        const BARRIER: &str = "metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);";
        let mut compiled = kernel::compile(target, module).unwrap();
        let text = String::from_utf8(compiled.code).unwrap();
        let (at, _) = text.match_indices(BARRIER).nth(1).expect("there are two barriers");
        compiled.code = [&text[..at], &text[at + BARRIER.len()..]].concat().into_bytes();
        compiled
    }
}

/// CUDA text, on an NVIDIA card.
#[cfg(feature = "cuda")]
mod cuda {
    use ds4::device::{
        Error,
        cuda::{Cuda, store_folder},
        gpu::Gpu,
        programs::CUDA,
    };

    use super::{
        Case, Decode, FLASH, FLASH_KERNELS, Steps, TINY, TINY_KERNELS, Target, compare_all, record,
        shared::skipped,
    };

    /// Few rows have kernels of their own.
    const TINY_FEW: Steps = Steps {
        cases: &[Case { kind: Decode, sessions: &[(511, 1), (3, 1)], logit_rows: &[0, 1] }],
        ..TINY_KERNELS
    };

    /// The same at full size.
    const FLASH_FEW: Steps = Steps {
        cases: &[Case { kind: Decode, sessions: &[(2303, 1), (5, 1)], logit_rows: &[0, 1] }],
        ..FLASH_KERNELS
    };

    /// The card whose errors are recorded.
    const CARD: &str = "H200";

    fn compare(runs: &[(&Steps, &str)], record: &str) {
        match Cuda::open(&CUDA, None) {
            Ok(mut gpu) => {
                gpu.use_store(store_folder());
                let errors = compare_all(&mut gpu, Target::Cuda, runs);
                if gpu.describe().contains(CARD) {
                    record::check(record, &errors);
                }
            }
            Err(error @ Error::NoGpu { .. }) => skipped(&error.to_string()),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn tiny() {
        let whole = ["q2", "q4", "q8"].map(|recipe| (&TINY, recipe));
        let others = ["mxfp4", "bf16", "f32"];
        let others = others.map(|recipe| [(&TINY_KERNELS, recipe), (&TINY_FEW, recipe)]);
        compare(&[&whole, others.as_flattened()].concat(), "h200.tiny.txt");
    }

    #[test]
    fn flash() {
        let others = ["mxfp4", "q4", "q8"].map(|recipe| (&FLASH_KERNELS, recipe));
        let few = ["q2", "mxfp4", "q4", "q8"].map(|recipe| (&FLASH_FEW, recipe));
        compare(&[&[(&FLASH, "q2")], &others[..], &few].concat(), "h200.flash.txt");
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
