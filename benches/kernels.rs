//! Speed of every kernel of a step on a GPU: bytes moved in a second of a decode step, and of a
//! prefill step floating-point operations in a second where a kernel multiplies, else bytes.
//!
//! Weights are random and made in the memory of the GPU. `DS4_BENCH_MODEL` is `flash` or `tiny`,
//! `DS4_BENCH_CHUNK` the tokens of the prefill step. The first line says how fast the same GPU copies,
//! and at what share of that each kernel is meant to be read. Without a GPU nothing is measured.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a benchmark fails by panicking")]

use std::{cell::RefCell, env, ops::ControlFlow, time::Duration};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ds4::{
    cli::{Cost, step_costs},
    device::LaunchTime,
    sample::Draw,
    session::{DeviceKind, Engine, Options, Session},
    tokenizer::TokenId,
};
use ds4_plan::{Lengths, StepKind};

/// Tokens of the timeline before the steps.
const CONTEXT: usize = 2048;

/// Steps that are timed; a measurement that wants more takes them again.
const STEPS: usize = 64;

/// The GPU that the build is for: its target, and the model that it is likely to hold.
const GPU: Option<(DeviceKind, &str, &str)> = {
    #[cfg(feature = "cuda")]
    {
        Some((DeviceKind::Cuda, "cuda", "flash"))
    }
    #[cfg(all(feature = "vulkan", not(feature = "cuda")))]
    {
        Some((DeviceKind::Vulkan, "spirv", "tiny"))
    }
    #[cfg(not(any(feature = "cuda", feature = "vulkan")))]
    {
        None
    }
};

/// Tokens that differ, so that they use different experts.
fn tokens(first: usize, n: usize, n_vocab: usize) -> Vec<TokenId> {
    let token = |i: usize| TokenId(u32::try_from((first + i) * 7919 % n_vocab).unwrap());
    (0..n).map(token).collect()
}

/// Runs one step again and again.
struct Steps<'a> {
    engine: &'a mut Engine,
    timeline: &'a Session,
    kind: StepKind,
    rows: usize,
    timed: Vec<Vec<LaunchTime>>,
    /// Steps that measurements have taken.
    taken: usize,
}

impl Steps<'_> {
    /// The launches of the `i`-th step.
    fn step(&mut self, i: usize) -> &[LaunchTime] {
        while self.timed.len() <= i % STEPS {
            let Self { engine, timeline, kind, rows, timed, .. } = self;
            let n_vocab = engine.model().plan.model.n_vocab;
            let tokens = tokens(timed.len() * *rows + 1, *rows, n_vocab);
            let mut copy = engine.fork(timeline).unwrap();
            timed.push(match kind {
                StepKind::Prefill => engine.prefill_timed(&mut copy, &tokens).unwrap(),
                StepKind::Decode => {
                    engine.decode_timed(&mut [(&mut copy, tokens[0])], &[Draw::GREEDY]).unwrap()
                }
            });
            engine.close(copy);
        }
        &self.timed[i % STEPS]
    }

    /// Time of all launches of `kernel` in the next step.
    fn time(&mut self, kernel: &str) -> Duration {
        self.taken += 1;
        let of_kernel = |launch: &&LaunchTime| launch.kernel == kernel;
        self.step(self.taken).iter().filter(of_kernel).map(|launch| launch.time).sum()
    }

    fn runs(&mut self, kernel: &str) -> bool {
        self.step(0).iter().any(|launch| launch.kernel == kernel)
    }
}

fn open(device: DeviceKind, model: &str, chunk: usize) -> Engine {
    let options = Options {
        context: CONTEXT + chunk + STEPS,
        sessions: 2,
        chunk,
        device,
        ..Options::default()
    };
    Engine::synthetic(model, "q2", &options).unwrap()
}

fn kernels(c: &mut Criterion) {
    let Some((device, target, likely)) = GPU else {
        eprintln!("skipped: this build is for no GPU; try --features cuda or vulkan");
        return;
    };
    let model = env::var("DS4_BENCH_MODEL").unwrap_or_else(|_| likely.to_owned());
    let chunk = env::var("DS4_BENCH_CHUNK").map_or(512, |n| n.parse().unwrap());
    let mut engine = open(device, &model, chunk);
    let copied = engine.device().copy_speed().unwrap();
    eprintln!("{}: copies {:.2} TB/s", engine.device().describe(), copied * 1e-12);
    let mut timeline = engine.session().unwrap();
    let prompt = tokens(0, CONTEXT, engine.model().plan.model.n_vocab);
    engine.prefill(&mut timeline, &prompt, |_| ControlFlow::Continue(())).unwrap();
    for (kind, rows) in [(StepKind::Decode, 1), (StepKind::Prefill, chunk)] {
        let lengths = Lengths { rows, logit_rows: 1, tokens: CONTEXT + rows };
        let loaded = (engine.model().plan, &engine.model().weights);
        let costs = step_costs(target, loaded, (kind, lengths)).unwrap();
        let (engine, timeline) = (&mut engine, &timeline);
        let steps = RefCell::new(Steps { engine, timeline, kind, rows, timed: vec![], taken: 0 });
        measure(c, &steps, costs);
    }
}

/// Times those of the kernels that the steps run.
fn measure(c: &mut Criterion, steps: &RefCell<Steps<'_>>, costs: Vec<(&'static str, Cost)>) {
    let kind = steps.borrow().kind;
    let mut group = c.benchmark_group(match kind {
        StepKind::Decode => "decode",
        StepKind::Prefill => "prefill",
    });
    // Without a draw, nothing is chosen after a prompt.
    let runs = |(kernel, _): &(&str, _)| steps.borrow_mut().runs(kernel);
    for (kernel, cost) in costs.into_iter().filter(runs) {
        group.throughput(match (kind, cost.operations()) {
            (StepKind::Prefill, n @ 1..) => Throughput::Elements(n),
            _ => Throughput::Bytes(cost.bytes()),
        });
        group.bench_function(kernel, |b| {
            b.iter_custom(|n| {
                let mut steps = steps.borrow_mut();
                (0..n).map(|_| steps.time(kernel)).sum()
            });
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(1))
        .measurement_time(Duration::from_millis(20));
    targets = kernels
}
criterion_main!(benches);
