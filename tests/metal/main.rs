//! Emitted MSL on the CPU: the stand-in runs kernels as a GPU would, and notices what a GPU would
//! not.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod emit;
mod msl;

use std::io::{self, Write};

use bytemuck::cast_slice;
use ds4::device::{
    Error, Result,
    gpu::{Dispatch, Gpu, KernelText},
};

use self::{
    emit::emit,
    msl::{Buffer, Kernel, Mode, Msl},
};

/// A device, or `None` with a reason that is seen.
fn device(mode: Mode) -> Option<Msl> {
    match Msl::open(mode) {
        Ok(gpu) => Some(gpu),
        Err(error @ Error::NoGpu { .. }) => {
            // Written directly, since the test runner hides what a passing test prints.
            writeln!(io::stderr(), "skipped: {error}").unwrap();
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// A kernel of WGSL with buffers numbered from 0.
fn kernel(gpu: &mut Msl, wgsl: &str, threads: u32, n_buffers: u32, immediates: usize) -> Kernel {
    let (code, entry) = emit(wgsl);
    let bindings: Vec<_> = (0..n_buffers).collect();
    let text = KernelText {
        name: "test",
        entry: &entry,
        code: code.as_bytes(),
        bindings: &bindings,
        threads,
        immediates,
    };
    gpu.kernel(&text).unwrap_or_else(|error| panic!("{error}\n{code}"))
}

fn buffer<T: bytemuck::NoUninit>(gpu: &mut Msl, values: &[T]) -> Buffer {
    let bytes: &[u8] = cast_slice(values);
    let buffer = gpu.allocate(bytes.len() as u64, "a test").unwrap();
    gpu.write(&buffer, 0, bytes).unwrap();
    buffer
}

fn values<T: bytemuck::AnyBitPattern + bytemuck::NoUninit>(
    gpu: &mut Msl,
    buffer: &Buffer,
    len: usize,
) -> Vec<T> {
    let mut values = vec![T::zeroed(); len];
    gpu.read(buffer, 0, bytemuck::cast_slice_mut(&mut values)).unwrap();
    values
}

/// Runs one dispatch.
fn run(
    gpu: &mut Msl,
    kernel: &Kernel,
    grid: [u32; 3],
    buffers: &[&Buffer],
    immediates: &[u32],
) -> Result<()> {
    let bindings: Vec<_> = buffers.iter().map(|&buffer| (buffer, 0)).collect();
    gpu.run(&[Dispatch { kernel, grid, bindings: &bindings, immediates }])
}

/// Sums rows of `p.len` values: the lanes of a subgroup, then the subgroups through an array. The
/// barrier between them is `BARRIER`.
const SUM: &str = "
    struct P { len: u32, factor: f32 }
    var<immediate> p: P;
    @group(0) @binding(0) var<storage, read> x: array<f32>;
    @group(0) @binding(1) var<storage, read_write> y: array<f32>;
    var<workgroup> part: array<f32, 32>;
    @compute @workgroup_size(128)
    fn sum(@builtin(workgroup_id) wg: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
           @builtin(local_invocation_index) lid: u32, @builtin(subgroup_id) sg: u32,
           @builtin(num_subgroups) n: u32, @builtin(subgroup_invocation_id) lane: u32) {
      let row = wg.y * groups.x + wg.x;
      var sum = 0.0;
      for (var i = lid; i < p.len; i += 128u) { sum = fma(p.factor, x[row * p.len + i], sum); }
      sum = subgroupAdd(sum);
      if (lane == 0u) { part[sg] = sum; }
      BARRIER
      if (lid == 0u) {
        var all = 0.0;
        for (var i = 0u; i < n; i++) { all += part[i]; }
        y[row] = all;
      }
    }";

/// Sums `n` rows with a kernel of `SUM`; whether each is right.
fn sums_are_right(gpu: &mut Msl, kernel: &Kernel, grid: [u32; 3]) -> Result<bool> {
    let n_rows = grid.iter().product::<u32>() as usize;
    let x: Vec<f32> =
        (0..n_rows * 300).map(|i| f32::from((i * 37 % 100).to_le_bytes()[0])).collect();
    let rows = buffer(gpu, &x);
    let sums = buffer(gpu, &vec![0_f32; n_rows]);
    run(gpu, kernel, grid, &[&rows, &sums], &[300, 0.5_f32.to_bits()])?;
    // Halves of small integers are added without error, in any order.
    let expected: Vec<f32> = x.chunks(300).map(|row| row.iter().sum::<f32>() / 2.0).collect();
    Ok(values::<f32>(gpu, &sums, n_rows) == expected)
}

#[test]
fn workgroups_reduce() {
    for mode in [Mode::Fast, Mode::Portable] {
        let Some(mut gpu) = device(mode) else { return };
        let kernel = kernel(&mut gpu, &SUM.replace("BARRIER", "workgroupBarrier();"), 128, 2, 2);
        assert!(sums_are_right(&mut gpu, &kernel, [7, 3, 1]).unwrap());
    }
}

#[test]
fn the_sanitizer_finds_a_missing_barrier() {
    let Some(mut gpu) = device(Mode::Sanitized) else { return };
    let right = kernel(&mut gpu, &SUM.replace("BARRIER", "workgroupBarrier();"), 128, 2, 2);
    assert!(sums_are_right(&mut gpu, &right, [5, 2, 1]).unwrap());
    let wrong = kernel(&mut gpu, &SUM.replace("BARRIER", ""), 128, 2, 2);
    let error = sums_are_right(&mut gpu, &wrong, [1; 3]).unwrap_err().to_string();
    assert!(error.contains("WARNING: ThreadSanitizer: data race"), "{error}");
    assert!(error.contains("sum"), "{error}");
    // Exchanging values within a subgroup orders nothing between subgroups.
    let wrong = kernel(&mut gpu, &SUM.replace("BARRIER", "sum = subgroupAdd(sum);"), 128, 2, 2);
    let error = sums_are_right(&mut gpu, &wrong, [1; 3]).unwrap_err().to_string();
    assert!(error.contains("ThreadSanitizer: data race"), "{error}");
}

#[test]
fn the_sanitizer_finds_workgroups_that_write_the_same() {
    let Some(mut gpu) = device(Mode::Sanitized) else { return };
    let text = "@group(0) @binding(0) var<storage, read_write> y: array<u32>;
        @compute @workgroup_size(64)
        fn main(@builtin(workgroup_id) wg: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
          storageBarrier();
          if (lid == 0u) { y[AT] = 1u; }
        }";
    let y = buffer(&mut gpu, &[0_u32; 8]);
    let right = kernel(&mut gpu, &text.replace("AT", "wg.x"), 64, 1, 0);
    run(&mut gpu, &right, [8, 1, 1], &[&y], &[]).unwrap();
    assert_eq!(values::<u32>(&mut gpu, &y, 8), [1; 8]);
    let wrong = kernel(&mut gpu, &text.replace("AT", "wg.x / 2u"), 64, 1, 0);
    let error = run(&mut gpu, &wrong, [8, 1, 1], &[&y], &[]).unwrap_err().to_string();
    assert!(error.contains("ThreadSanitizer: data race"), "{error}");
}

#[test]
fn subgroup_operations() {
    let Some(mut gpu) = device(Mode::Fast) else { return };
    let operations: [(&str, fn(u32, u32, &dyn Fn(u32) -> u32) -> u32); 17] = [
        ("lane", |lane, _, _| lane),
        ("size", |_, _, _| 32),
        ("subgroupAdd(v)", |_, n, at| (0..n).map(at).fold(0, u32::wrapping_add)),
        ("subgroupMul(v)", |_, n, at| (0..n).map(at).fold(1, u32::wrapping_mul)),
        ("subgroupMin(v)", |_, n, at| (0..n).map(at).min().unwrap()),
        ("subgroupMax(v)", |_, n, at| (0..n).map(at).max().unwrap()),
        ("subgroupAnd(v)", |_, n, at| (0..n).map(at).fold(u32::MAX, |a, b| a & b)),
        ("subgroupXor(v)", |_, n, at| (0..n).map(at).fold(0, |a, b| a ^ b)),
        ("subgroupExclusiveAdd(v)", |lane, _, at| (0..lane).map(at).fold(0, u32::wrapping_add)),
        ("subgroupInclusiveMul(v)", |lane, _, at| (0..=lane).map(at).fold(1, u32::wrapping_mul)),
        ("subgroupBallot(v % 3u == 0u).x", |_, n, at| {
            (0..n).map(|lane| u32::from(at(lane) % 3 == 0) << lane).sum()
        }),
        ("u32(subgroupAny(v % 61u == 7u))", |_, n, at| {
            (0..n).any(|lane| at(lane) % 61 == 7).into()
        }),
        ("subgroupBroadcast(v, 5u)", |_, _, at| at(5)),
        ("subgroupBroadcastFirst(v)", |_, _, at| at(0)),
        ("subgroupShuffleXor(v, 3u)", |lane, _, at| at(lane ^ 3)),
        ("subgroupShuffle(v, 7u - lane % 8u)", |lane, _, at| at(7 - lane % 8)),
        ("subgroupShuffleDown(v, 1u)", |lane, n, at| at((lane + 1).min(n - 1))),
    ];
    let lines: String = (operations.iter().zip(0..))
        .map(|((text, _), i): (_, u32)| format!("y[{i}u * 80u + lid] = {text};\n"))
        .collect();
    let text = format!(
        "@group(0) @binding(0) var<storage, read> x: array<u32>;
         @group(0) @binding(1) var<storage, read_write> y: array<u32>;
         @compute @workgroup_size(80)
         fn main(@builtin(local_invocation_index) lid: u32, @builtin(subgroup_size) size: u32,
                 @builtin(subgroup_invocation_id) lane: u32) {{
           let v = x[lid];
           {lines}
         }}"
    );
    // The last subgroup has 16 lanes.
    let kernel = kernel(&mut gpu, &text, 80, 2, 0);
    let all: Vec<u32> = (1..81).map(|i: u32| i.wrapping_mul(2_654_435_761)).collect();
    let (x, y) = (buffer(&mut gpu, &all), buffer(&mut gpu, &vec![0_u32; operations.len() * 80]));
    run(&mut gpu, &kernel, [1; 3], &[&x, &y], &[]).unwrap();
    let found: Vec<u32> = values(&mut gpu, &y, operations.len() * 80);
    for ((text, expected), found) in operations.iter().zip(found.chunks(80)) {
        for (lid, &found) in (0..).zip(found) {
            let first = lid / 32 * 32;
            let at = |lane: u32| all[(first + lane) as usize];
            let expected = expected(lid % 32, (80 - first).min(32), &at);
            assert_eq!(found, expected, "{text}, thread {lid}");
        }
    }
}
