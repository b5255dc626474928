//! Logits and greedy continuations against the references.

use std::{ops::ControlFlow, path::Path};

use ds4::{
    gguf::Overwrite,
    quantize::{Checkpoint, Plan, PlannedTensor, Progress, Recipe, Settings},
    session::{Engine, Options},
    tokenizer::TokenId,
};
use ds4_plan::CacheRounding;

use super::{reference::Reference, shared};

/// Largest difference of a logit.
const TOLERANCE: f32 = 2e-3;

/// Positions whose routing or row choice is closer than this may differ in a correct engine.
const MARGIN: f32 = 1e-4;

/// Greedy steps whose best two logits are closer than this may differ in a correct engine.
const GREEDY_MARGIN: f32 = 1e-2;

const PROMPTS: [&str; 8] = [
    "bos",
    "hello",
    "story_start",
    "math_think",
    "turns",
    "tools",
    "window_127_131",
    "needle_long",
];

fn open(path: &Path, chunk: usize) -> Engine {
    let options =
        Options { cache: Some(CacheRounding::Exact), chunk, threads: 2, ..Options::default() };
    Engine::open(path, &options).unwrap()
}

fn tokens(reference: &Reference) -> Vec<TokenId> {
    let ids = reference.indices("ids");
    ids.into_iter().map(|id| TokenId(u32::try_from(id).unwrap())).collect()
}

/// The two smallest gaps that decide something at each position; where a file has none, its
/// positions are all compared.
fn margins(reference: &Reference) -> Vec<f32> {
    if !reference.has("router_margin") {
        return vec![f32::INFINITY; reference.shape("ids")[0]];
    }
    let router = reference.floats("router_margin");
    let index = reference.floats("index_margin");
    router.into_iter().zip(index).map(|(a, b)| a.min(b)).collect()
}

fn check_logits(engine: &mut Engine, name: &str, reference: &Reference) {
    let ids = tokens(reference);
    let positions = reference.indices("logit_pos");
    let expected = reference.floats("logits");
    let n_vocab = reference.shape("logits")[1];
    let margins = margins(reference);
    let mut session = engine.session().unwrap();
    let mut compared = 0;
    let mut row = 0;
    engine
        .prefill_all(&mut session, &ids, &positions, |position, logits| {
            let expected = &expected[row * n_vocab..][..n_vocab];
            row += 1;
            if margins[position] > MARGIN {
                compared += 1;
                let differences = logits.iter().zip(expected).map(|(a, b)| (a - b).abs());
                let worst = differences.fold(0.0, f32::max);
                assert!(worst <= TOLERANCE, "{name}: logits differ by {worst} at {position}");
            }
            Ok::<_, ds4::session::Error>(())
        })
        .unwrap();
    assert_eq!(row, positions.len(), "{name}: every position has logits");
    assert!(compared > 0, "{name}: no position could be compared");
    engine.close(session);
}

fn argmax(logits: &[f32]) -> TokenId {
    let best = logits.iter().enumerate().max_by(|(i, a), (j, b)| a.total_cmp(b).then(j.cmp(i)));
    TokenId(u32::try_from(best.unwrap().0).unwrap())
}

fn check_greedy(engine: &mut Engine, name: &str, reference: &Reference) {
    let ids = tokens(reference);
    let expected = reference.indices("greedy_ids");
    let margins = reference.floats("greedy_margin");
    let mut session = engine.session().unwrap();
    let go_on = |_| ControlFlow::Continue(());
    let mut next = argmax(engine.prefill(&mut session, &ids, go_on).unwrap().unwrap());
    for (step, (&token, &margin)) in expected.iter().zip(&margins).enumerate() {
        if next.0 as usize != token {
            assert!(margin <= GREEDY_MARGIN, "{name}: step {step} is {next:?}, not {token}");
            break;
        }
        if step + 1 < expected.len() {
            next = argmax(engine.decode(&mut [(&mut session, next)]).unwrap());
        }
    }
    engine.close(session);
}

/// Hidden states after the embedding and after each layer, where the reference has them.
fn check_states(engine: &mut Engine, name: &str, reference: &Reference) {
    if !reference.has("state") {
        return;
    }
    let expected = reference.floats("state");
    let n_layers = reference.shape("state")[0] - 1;
    let per_layer = expected.len() / (n_layers + 1);
    let (sender, receiver) = std::sync::mpsc::channel();
    engine.device().observe(Some(Box::new(move |layer, streams: &[f32]| {
        sender.send((layer, streams.to_vec())).unwrap();
    })));
    let mut session = engine.session().unwrap();
    let go_on = |_| ControlFlow::Continue(());
    engine.prefill(&mut session, &tokens(reference), go_on).unwrap();
    engine.device().observe(None);
    engine.close(session);
    let mut seen = 0;
    for (layer, streams) in receiver {
        let expected = &expected[layer * per_layer..][..per_layer];
        let worst = streams.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst <= TOLERANCE, "{name}: streams differ by {worst} after {layer} layers");
        assert_eq!(streams.len(), expected.len(), "{name}");
        seen += 1;
    }
    assert_eq!(seen, n_layers + 1, "{name}: every layer was seen");
}

fn check_all(engine: &mut Engine, folder: &Path, suffix: &str) {
    check(engine, folder, suffix, &PROMPTS);
}

fn check(engine: &mut Engine, folder: &Path, suffix: &str, prompts: &[&str]) {
    for name in prompts {
        let reference = Reference::read(&folder.join(format!("{name}{suffix}.safetensors")));
        check_states(engine, name, &reference);
        check_logits(engine, name, &reference);
        check_greedy(engine, name, &reference);
    }
}

#[test]
fn full_precision_weights_match_the_reference() {
    let Some((checkpoint, golden)) = shared("tiny").zip(shared("golden")) else { return };
    let folder = tempfile::tempdir().unwrap();
    for recipe in [Recipe::F32, Recipe::Bf16] {
        let path = folder.path().join(format!("{recipe:?}.gguf"));
        convert(&checkpoint, recipe, &path);
        check_all(&mut open(&path, 512), &golden, "");
    }
}

#[test]
fn two_bit_weights_match_the_reference_in_any_chunks() {
    let file = shared("tiny/gguf/ds4-tiny-q2.gguf");
    let Some((file, golden)) = file.zip(shared("golden")) else { return };
    for chunk in [512, 37] {
        check_all(&mut open(&file, chunk), &golden, ".q2");
    }
}

/// The same on GPUs, where there are any.
#[cfg(any(feature = "cuda", feature = "vulkan"))]
mod gpu {
    use ds4::{
        device,
        session::{self, DeviceKind},
    };

    use super::*;

    /// Compares the model in the repository with `prompts`, unless there is no such device.
    fn compare(device: DeviceKind, prompts: &[&str]) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let options =
            Options { cache: Some(CacheRounding::Exact), chunk: 128, device, ..Options::default() };
        let mut engine = match Engine::open(&root.join("models/ds4-tiny.gguf"), &options) {
            Ok(engine) => engine,
            Err(session::Error::Device(error @ device::Error::NoGpu { .. })) => {
                return shared::skipped(&error.to_string());
            }
            Err(error) => panic!("{error}"),
        };
        check(&mut engine, &root.join("tests/golden/ds4-tiny"), "", prompts);
    }

    #[cfg(feature = "cuda")]
    #[test]
    fn the_model_through_cuda_matches_the_reference() {
        compare(DeviceKind::Cuda, &PROMPTS);
    }

    /// On a machine without a GPU, Mesa's software driver runs those that it has done within a
    /// minute: the first token, a short text, and one that crosses the edge of the window.
    #[cfg(feature = "vulkan")]
    #[test]
    fn the_model_through_vulkan_matches_the_reference() {
        compare(DeviceKind::Vulkan, &["bos", "hello", "window_127_131"]);
    }
}

#[test]
fn the_model_in_the_repository_matches_the_reference() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for chunk in [512, 100] {
        let mut engine = open(&root.join("models/ds4-tiny.gguf"), chunk);
        check_all(&mut engine, &root.join("tests/golden/ds4-tiny"), "");
    }
}

/// Writes the checkpoint as GGUF.
pub(crate) fn convert(checkpoint: &Path, recipe: Recipe, path: &Path) {
    let checkpoint = Checkpoint::open(checkpoint).unwrap();
    let settings = Settings { recipe, name: "ds4-tiny", importance: None };
    let plan = Plan::main(&checkpoint, settings).unwrap();
    plan.write(path, Overwrite::Refuse, &mut Silent).unwrap();
}

/// Nobody watches.
struct Silent;

impl Progress for Silent {
    fn tensor(&mut self, _: &PlannedTensor) {}

    fn written(&mut self, _: u64) {}
}
