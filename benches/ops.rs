//! Speed of the CPU ops: elements per second are multiply-adds per second.
//!
//! Each product is timed for one row, as in decoding, and for 64, as in a prefill chunk.

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use ds4::device::cpu::ops::{self, Matrix};
use ds4::device::cpu::rows::{Rows, Segment};
use ds4::device::cpu::views::{Field, StateRows};
use ds4::device::gpu::repack;
use ds4::formats::{BF16, Decode, F16, F32, IQ2_XXS, MXFP4, Q2_K, Q4_K, Q8_0};
use ds4_plan::Format;

/// Rows of a step in decoding and in prefill.
const ROWS: [usize; 2] = [1, 64];

/// Packed weights whose values do not matter, except that none is subnormal.
fn weights<F: Decode>(n: usize) -> Vec<u8> {
    vec![0x3c; F::FORMAT.bytes(n).expect("whole blocks")]
}

fn activations(n: usize) -> Vec<f32> {
    (0..n).map(|i| (i % 17) as f32 / 8.0 - 1.0).collect()
}

fn matmul<F: Decode, const IN: usize, const OUT: usize>(group: &mut BenchmarkGroup<'_, WallTime>) {
    let w = weights::<F>(IN * OUT);
    for t in ROWS {
        let (x, mut y) = (activations(t * IN), vec![0.0; t * OUT]);
        group.throughput(Throughput::Elements((t * IN * OUT) as u64));
        group.bench_function(format!("{}/{IN}x{OUT}/{t}", F::FORMAT), |b| {
            b.iter(|| ops::matmul::<F, IN, OUT>(black_box(&x), Matrix::new(&w), &mut y));
        });
    }
}

fn matmuls(c: &mut Criterion) {
    let group = &mut c.benchmark_group("matmul");
    macro_rules! formats {
        ($($format:ty),*) => {$(
            matmul::<$format, 256, 512>(group);
            matmul::<$format, 4096, 1024>(group);
        )*};
    }
    formats!(F32, F16, BF16, Q8_0, Q2_K, Q4_K, IQ2_XXS, MXFP4);
}

fn experts<const N: usize, const FF: usize, const E: usize, const K: usize>(
    group: &mut BenchmarkGroup<'_, WallTime>,
) {
    let gate = weights::<IQ2_XXS>(E * FF * N);
    let down = weights::<Q2_K>(E * FF * N);
    for t in ROWS {
        let ids: Vec<u32> =
            (0..t * K).map(|i| u32::try_from(i * 7 % E).expect("few experts")).collect();
        let (x, route) = (activations(t * N), activations(t * K));
        let (mut h, mut y) = (vec![0.0; t * K * FF], vec![0.0; t * N]);
        group.throughput(Throughput::Elements((3 * t * K * N * FF) as u64));
        group.bench_function(format!("{N}x{FF} {K} of {E}/{t}"), |b| {
            b.iter(|| {
                let (gate, down) = (Matrix::<IQ2_XXS>::new(&gate), Matrix::<Q2_K>::new(&down));
                ops::experts_gate_up::<IQ2_XXS, N, FF, E, K>(
                    black_box(&x),
                    gate,
                    gate,
                    &ids,
                    &route,
                    10.0,
                    &mut h,
                );
                ops::experts_down::<Q2_K, FF, N, E, K>(&h, down, &ids, &mut y);
            });
        });
    }
}

fn attend<const H: usize, const D: usize>(group: &mut BenchmarkGroup<'_, WallTime>) {
    const WINDOW: usize = 128;
    let slots = [activations(WINDOW * D).into_boxed_slice()];
    let ring = StateRows { slots: &slots, field: Field { offset: 0, n_rows: WINDOW, width: D } };
    for t in ROWS {
        let tokens = vec![0; t];
        let segments = [Segment { slot: 0, start: 1000, row: 0, len: t, pages: &[] }];
        let rows = Rows::new(&tokens, &segments);
        let (q, kv, sinks) = (activations(t * H * D), activations(t * D), activations(H));
        let mut out = vec![0.0; t * H * D];
        group.throughput(Throughput::Elements((2 * t * H * D * WINDOW) as u64));
        group.bench_function(format!("{H}x{D}/{t}"), |b| {
            b.iter(|| {
                let q = black_box(&q);
                ops::attend_window::<H, D>(q, &kv, ring, &sinks, &rows, &mut out);
            });
        });
    }
}

fn blocks(c: &mut Criterion) {
    let mut group = c.benchmark_group("experts");
    experts::<256, 256, 16, 4>(&mut group);
    experts::<4096, 2048, 8, 6>(&mut group);
    drop(group);
    let group = &mut c.benchmark_group("attend");
    attend::<4, 128>(group);
    attend::<64, 512>(group);
}

/// Bytes of rows repacked for a GPU in a second; on one core with `RAYON_NUM_THREADS=1`.
fn repacks(c: &mut Criterion) {
    const COLS: usize = 4096;
    const ROWS: usize = 1024;
    let group = &mut c.benchmark_group("repack");
    for format in
        [Format::F16, Format::Q8_0, Format::Q2_K, Format::Q4_K, Format::IQ2_XXS, Format::MXFP4]
    {
        let source = vec![0x3c; format.bytes(ROWS * COLS).expect("whole blocks")];
        let mut out = vec![0; repack::packed_bytes(format, ROWS, COLS)];
        group.throughput(Throughput::Bytes(source.len() as u64));
        group.bench_function(format.name(), |b| {
            b.iter(|| repack::repack(format, COLS, black_box(&source), &mut out));
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(50))
        .measurement_time(Duration::from_millis(100));
    targets = matmuls, blocks, repacks
}
criterion_main!(benches);
