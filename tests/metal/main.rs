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
            let mut stderr = io::stderr();
            writeln!(stderr, "skipped: {error}").unwrap();
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
        ..KernelText::default()
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

/// What a lane of a subgroup gets, with the number of lanes and the value of each.
type Operation = fn(u32, u32, &dyn Fn(u32) -> u32) -> u32;

#[test]
fn subgroup_operations() {
    let Some(mut gpu) = device(Mode::Fast) else { return };
    let operations: [(&str, Operation); 17] = [
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

/// What a WGSL function returns.
type Function = fn(u32) -> u32;

/// Bodies of WGSL functions of `x: u32`, and what they return.
const FUNCTIONS: [(&str, Function); 12] = [
    // Elements are converted, not reinterpreted.
    ("return u32(dot(vec2<f32>(vec2<u32>(x & 255u, 3u)), vec2<f32>(2.0, 1.0)));", |x| {
        (x & 255) * 2 + 3
    }),
    ("return bitcast<vec2<u32>>(vec2<f32>(vec2<i32>(i32(x) >> 8u, 1))).x;", |x| {
        let high = x.cast_signed() >> 8;
        let [a, b, c, d] = high.to_be_bytes();
        let low = f32::from(u16::from_be_bytes([c, d]));
        (f32::from(i16::from_be_bytes([a, b])) * 65536.0 + low).to_bits()
    }),
    ("let v = vec4<u32>(x, 1u, 2u, 3u); return v.wzx.z ^ dot(v.yzw, v.zyx.yxy);", |x| x ^ 8),
    ("let v = vec2<u32>(x, ~x); return select(0u, 1u, all((v < v.yx) | (v > v.yx)));", |_| 1),
    (
        "let v = select(vec2<u32>(1u), vec2<u32>(2u, 3u), vec2<bool>(x > 5u, x < 9u));
         return v.x * 8u + v.y;",
        |x| if x < 2 { 8 + 3 } else { 16 + 1 },
    ),
    ("return pack2x16float(unpack2x16float(x & 0xfbfffbffu));", |x| x & 0xfbff_fbff),
    ("return u32(dp4(x, 0x807f01ffu));", |x| {
        let dot: i32 = (0..4).map(|i| byte(x, i) * byte(0x807f_01ff, i)).sum();
        dot.cast_unsigned()
    }),
    ("return u32(unpack4xI8(x).z) + pack4xI8(vec4<i32>(i32(x)));", |x| {
        byte(x, 2).cast_unsigned().wrapping_add((x & 255) * 0x0101_0101)
    }),
    // A literal is a float: as a double, it would let the product round once only.
    ("return bitcast<u32>(f32(x & 0xffffu) * 0.1 + 0.7);", |x| {
        let [_, _, c, d] = x.to_be_bytes();
        (f32::from(u16::from_be_bytes([c, d])) * 0.1 + 0.7).to_bits()
    }),
    ("return bitcast<u32>(fma(bitcast<f32>(x & 0x3fffffffu), 3.0, 1.5));", |x| {
        f32::from_bits(x & 0x3fff_ffff).mul_add(3.0, 1.5).to_bits()
    }),
    ("return countLeadingZeros(x) * 64u + firstTrailingBit(x | 4u) + reverseBits(x) % 7u;", |x| {
        x.leading_zeros() * 64 + (x | 4).trailing_zeros() + x.reverse_bits() % 7
    }),
    ("return u32(max(min(i32(x), 100), -100)) + extractBits(x, 4u, 9u) + min(x, 17u);", |x| {
        let clamped = x.cast_signed().clamp(-100, 100).cast_unsigned();
        clamped.wrapping_add(x >> 4 & 511).wrapping_add(x.min(17))
    }),
];

/// A signed byte of a word, the lowest first.
fn byte(word: u32, i: usize) -> i32 {
    word.to_le_bytes()[i].cast_signed().into()
}

#[test]
fn vectors_and_conversions() {
    let Some(mut gpu) = device(Mode::Fast) else { return };
    let functions: String = (FUNCTIONS.iter().zip(0..))
        .map(|((body, _), i): (_, u32)| format!("fn f{i}(x: u32) -> u32 {{ {body} }}\n"))
        .collect();
    let calls: String = (0..FUNCTIONS.len())
        .map(|i| format!("y[wg.x * {}u + {i}u] = f{i}(x[wg.x]);\n", FUNCTIONS.len()))
        .collect();
    let text = format!(
        "@group(0) @binding(0) var<storage, read> x: array<u32>;
         @group(0) @binding(1) var<storage, read_write> y: array<u32>;
         fn dp4(a: u32, b: u32) -> i32 {{ return dot4I8Packed(a, b); }}
         {functions}
         @compute @workgroup_size(1)
         fn main(@builtin(workgroup_id) wg: vec3<u32>) {{ {calls} }}"
    );
    let kernel = kernel(&mut gpu, &text, 1, 2, 0);
    let x = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xdead_beef, 0x3c00_c000, 0xffff_ffff, 12345, 54321];
    let (from, to) = (buffer(&mut gpu, &x), buffer(&mut gpu, &[0_u32; 9 * FUNCTIONS.len()]));
    run(&mut gpu, &kernel, [9, 1, 1], &[&from, &to], &[]).unwrap();
    let found: Vec<u32> = values(&mut gpu, &to, 9 * FUNCTIONS.len());
    for (x, found) in x.into_iter().zip(found.chunks(FUNCTIONS.len())) {
        for ((body, function), found) in FUNCTIONS.iter().zip(found) {
            assert_eq!(*found, function(x), "{body} of {x:#x}");
        }
    }
}

#[test]
fn matrices_of_a_subgroup() {
    let Some(mut gpu) = device(Mode::Fast) else { return };
    let kernel = kernel(
        &mut gpu,
        "enable wgpu_cooperative_matrix;
         @group(0) @binding(0) var<storage, read> a: array<f32>;
         @group(0) @binding(1) var<storage, read> b: array<f32>;
         @group(0) @binding(2) var<storage, read_write> c: array<f32>;
         @compute @workgroup_size(32)
         fn main() {
           let left = coopLoadT<coop_mat8x8<f32, A>>(&a[0], 8u);
           let right = coopLoadT<coop_mat8x8<f32, B>>(&b[0], 8u);
           let before = coopLoadT<coop_mat8x8<f32, C>>(&c[0], 8u);
           let after = coopMultiplyAdd(left, right, before);
           coopStoreT(after, &c[0], 8u);
         }",
        32,
        3,
        0,
    );
    let matrix =
        |step: u8| -> Vec<f32> { (0..64_u8).map(|i| f32::from(i * step % 17) - 8.0).collect() };
    let (a, b, c) = (matrix(3), matrix(2), matrix(1));
    let buffers = [&a, &b, &c].map(|matrix| buffer(&mut gpu, matrix));
    run(&mut gpu, &kernel, [1; 3], &buffers.each_ref(), &[]).unwrap();
    let value = |i: usize| -> f32 {
        let (row, col) = (i / 8, i % 8);
        c[i] + (0..8).map(|k| a[row * 8 + k] * b[k * 8 + col]).sum::<f32>()
    };
    assert_eq!(values::<f32>(&mut gpu, &buffers[2], 64), (0..64).map(value).collect::<Vec<_>>());
}

#[test]
fn faults_are_found() {
    let Some(mut gpu) = device(Mode::Fast) else { return };
    let mut fault = |body: &str| {
        let text = format!(
            "@group(0) @binding(0) var<storage, read_write> y: array<u32>;
             var<workgroup> part: array<u32, 16>;
             @compute @workgroup_size(64)
             fn main(@builtin(local_invocation_index) lid: u32,
                     @builtin(subgroup_id) sg: u32) {{ {body} y[0] = part[1]; }}"
        );
        let kernel = kernel(&mut gpu, &text, 64, 1, 0);
        let y = buffer(&mut gpu, &[7_u32; 4]);
        run(&mut gpu, &kernel, [1; 3], &[&y], &[])?;
        Ok::<_, Error>(values::<u32>(&mut gpu, &y, 1)[0])
    };
    let message = |result: Result<u32>| result.unwrap_err().to_string();
    let start = "MSL on the CPU cannot run a kernel: test: ";
    assert_eq!(fault("part[lid % 16u] = 3u; workgroupBarrier();").unwrap(), 3);
    // Nothing wrote the array.
    assert_eq!(fault("").unwrap(), u32::MAX);
    let text = message(fault("part[lid + 1u & 31u] = 0u;"));
    assert_eq!(text, format!("{start}it wrote past the end of a workgroup array"));
    assert_eq!(message(fault("y[4u + lid] = 1u;")), format!("{start}it wrote outside of buffer 0"));
    let text = message(fault("if (lid < 20u) { workgroupBarrier(); }"));
    assert_eq!(text, format!("{start}threads of a subgroup wait at different operations"));
    let text = message(fault("if (sg == 0u) { workgroupBarrier(); }"));
    assert_eq!(text, format!("{start}subgroups wait at different barriers"));
}

#[test]
fn what_is_no_kernel_is_refused() {
    let Some(mut gpu) = device(Mode::Fast) else { return };
    let (code, entry) = emit(&SUM.replace("BARRIER", ""));
    let text = KernelText {
        name: "k",
        entry: &entry,
        code: code.as_bytes(),
        bindings: &[0, 1],
        threads: 128,
        immediates: 2,
        ..KernelText::default()
    };
    let mut refusal = |text| gpu.kernel(&text).unwrap_err().to_string();
    assert_eq!(
        refusal(KernelText { bindings: &[0], ..text }),
        "kernel k: buffer 1 is not among its bindings [0]"
    );
    assert_eq!(
        refusal(KernelText { entry: "other", ..text }),
        "kernel k: there is no `kernel void other(`"
    );
    assert_eq!(
        refusal(KernelText { threads: 4096, ..text }),
        "kernel k: 4096 threads; 1 to 1024 can run"
    );
    let error = refusal(KernelText { immediates: 1, ..text });
    assert!(error.contains("the kernel has more immediates"), "{error}");
    let wrong = code.replace("simd_sum(", "no_such_function(");
    let error = refusal(KernelText { code: wrong.as_bytes(), ..text });
    assert!(error.contains("no member named 'no_such_function'"), "{error}");
}
