//! Time to write the plans and kernels of both models, for each GPU target and for all of them.
//!
//! Every build with a GPU does this, so all targets are to take less than 15 seconds.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use ds4_codegen::{generate_gpu, gpu::target::Target};

fn generate(c: &mut Criterion) {
    let mut group = c.benchmark_group("generate");
    for target in Target::ALL {
        group.bench_function(target.name(), |b| b.iter(|| generate_gpu(target).unwrap()));
    }
    group.bench_function("all", |b| {
        b.iter(|| Target::ALL.map(|target| generate_gpu(target).unwrap()));
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(50))
        .measurement_time(Duration::from_secs(1));
    targets = generate
}
criterion_main!(benches);
