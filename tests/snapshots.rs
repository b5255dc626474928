//! Texts of a few kernels in every language, as files that a person can read and a compiler takes.
//!
//! `UPDATE_EXPECT=1` rewrites them. A kernel is chosen by a pass that it consists of and is the
//! shortest of its kind, so that a change of what shares a launch changes texts and no names.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use ds4_codegen::{
    emit::kernel::{self, Compiled},
    gpu::{
        assemble::{LaunchSource, Sizes},
        seam::Joined,
        target::Target,
    },
    graph::Graph,
    model::FLASH,
};
use ds4_plan::{
    Format::{self, IQ2_XXS, Q8_0},
    StepKind::{self, Decode, Prefill},
};
use expect_test::expect_file;

#[path = "support/generated.rs"]
mod generated;

use generated::Kernel;

/// A kernel of the large model: name of its files, kind of step, a pass, its format.
type Choice = (&'static str, StepKind, &'static str, Option<Format>);

const CHOICES: [Choice; 7] = [
    ("matvec_q8_0", Decode, "matvec", Some(Q8_0)),
    ("experts_gate_up_iq2_xxs", Decode, "experts_gate_up", Some(IQ2_XXS)),
    ("gemm_q8_0", Prefill, "gemm", Some(Q8_0)),
    ("attend_chosen", Prefill, "attend_chosen", None),
    ("index_top_k", Prefill, "index_top_k", None),
    ("hc_comb", Prefill, "hc_comb", None),
    ("rms_norm", Prefill, "rms_norm", None),
];

/// The kernel that draws a token, which no step has.
const SAMPLE: &str = "sample";

/// The targets whose texts are kept, and whether the WGSL is: that of Vulkan is the portable one.
const TARGETS: [(Target, bool); 4] =
    [(Target::Cuda, false), (Target::Hip32, false), (Target::Metal, false), (Target::Vulkan, true)];

/// The files that are compared, by name.
static TEXTS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let texts = TARGETS.iter().flat_map(|&(target, is_wgsl)| {
        let kernels = generated::kernels(target);
        let mut chosen: Vec<_> =
            CHOICES.iter().map(|choice| (choice.0, choose(choice, &kernels))).collect();
        chosen.push((SAMPLE, sample(target)));
        chosen.into_iter().map(move |(name, kernel)| {
            if is_wgsl {
                (format!("{name}.wgsl"), kernel.wgsl)
            } else {
                let text = String::from_utf8(kernel.code).unwrap();
                (format!("{name}.{}", target.ending()), text)
            }
        })
    });
    texts.collect()
});

/// The shortest of the kernels that have the pass, the first by name of equals.
fn choose((_, step, pass, format): &Choice, kernels: &[Kernel]) -> Compiled {
    let has = |kernel: &&Kernel| {
        kernel.parts.iter().any(|part| {
            let pass = part.pass == *pass && part.format == *format;
            pass && part.step == *step && part.model == FLASH.name
        })
    };
    let kernels = kernels.iter().filter(has).map(|kernel| &kernel.compiled);
    kernels.min_by_key(|kernel| (kernel.wgsl.len(), &kernel.name)).unwrap().clone()
}

fn sample(target: Target) -> Compiled {
    let mut graph = Graph::new(FLASH);
    let logits = graph.rows("logits", &[FLASH.n_vocab]);
    let options = graph.indices("options", &[8]);
    graph.sample(logits, options);
    let Joined { graph, expansion, launches, .. } =
        Joined::of(&graph, None, target, Decode).unwrap();
    let [chains] = &launches[..] else { panic!("{} launches", launches.len()) };
    let sizes = Sizes { page_len: 0, state_len: 0 };
    let (graph, expansion) = (&graph, &expansion);
    let launch = LaunchSource { graph, expansion, chains, target, kind: Decode, few: false, sizes };
    let assembled = launch.assemble(&[BTreeMap::new()]).unwrap();
    kernel::compile(target, &assembled.modules[0].any).unwrap()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots")
}

#[test]
fn texts_are_as_kept() {
    for (name, text) in &*TEXTS {
        expect_file![folder().join(name)].assert_eq(text);
    }
}

#[test]
fn no_text_is_kept_that_is_not_compared() {
    let kept = fs::read_dir(folder()).unwrap();
    let kept: BTreeSet<_> =
        kept.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(kept, TEXTS.keys().cloned().collect());
}
