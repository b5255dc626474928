//! Small kernels on whichever Vulkan device there is; software at each of its subgroup widths.

use std::{
    io::{self, Write},
    process::Command,
};

use bytemuck::cast_slice;

use super::*;

/// A device, or `None` with a reason that is seen where the machine has none.
fn device(place: Place) -> Option<Vulkan> {
    match Context::open(None) {
        Ok(context) => Some(Vulkan::new(context, place).unwrap()),
        Err(error @ Error::NoGpu { .. }) => {
            print(&format!("skipped: {error}"));
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Prints a line directly, since the test runner hides what a passing test prints.
fn print(line: &str) {
    let mut stderr = io::stderr();
    writeln!(stderr, "{line}").unwrap();
}

/// SPIR-V of WGSL, without checks that a kernel does not need.
fn spirv(wgsl: &str) -> Vec<u8> {
    use naga::{back::spv, proc, valid};
    let module =
        naga::front::wgsl::parse_str(wgsl).unwrap_or_else(|e| panic!("{}", e.emit_to_string(wgsl)));
    let mut validator =
        valid::Validator::new(valid::ValidationFlags::all(), valid::Capabilities::all());
    validator
        .subgroup_stages(valid::ShaderStages::COMPUTE)
        .subgroup_operations(valid::SubgroupOperationSet::all());
    let info = validator.validate(&module).unwrap();
    let unchecked = proc::BoundsCheckPolicy::Unchecked;
    let options = spv::Options {
        lang_version: (1, 6),
        flags: spv::WriterFlags::empty(),
        bounds_check_policies: proc::BoundsCheckPolicies {
            index: unchecked,
            buffer: unchecked,
            image_load: unchecked,
            binding_array: unchecked,
        },
        zero_initialize_workgroup_memory: spv::ZeroInitializeWorkgroupMemoryMode::None,
        force_loop_bounding: false,
        emit_int_div_checks: false,
        ..spv::Options::default()
    };
    cast_slice(&spv::write_vec(&module, &info, &options, None).unwrap()).to_vec()
}

/// A kernel with the entry point `main`, its storage buffers, and as many immediates.
fn kernel(
    gpu: &mut Vulkan,
    wgsl: &str,
    threads: u32,
    bindings: &[u32],
    immediates: usize,
) -> Kernel {
    let code = spirv(wgsl);
    let (name, entry) = ("test", "main");
    let none = KernelText::default();
    let text = KernelText { name, entry, code: &code, bindings, threads, immediates, ..none };
    gpu.kernel(&text).unwrap()
}

fn buffer<T: bytemuck::NoUninit>(gpu: &mut Vulkan, values: &[T]) -> Buffer {
    let bytes: &[u8] = cast_slice(values);
    let buffer = gpu.allocate(bytes.len() as u64, "a test").unwrap();
    gpu.write(&buffer, 0, bytes).unwrap();
    buffer
}

fn values<T: bytemuck::AnyBitPattern + bytemuck::NoUninit>(
    gpu: &mut Vulkan,
    buffer: &Buffer,
    len: usize,
) -> Vec<T> {
    let mut values = vec![T::zeroed(); len];
    gpu.read(buffer, 0, bytemuck::cast_slice_mut(&mut values)).unwrap();
    values
}

/// Runs one dispatch.
fn run(
    gpu: &mut Vulkan,
    kernel: &Kernel,
    grid: [u32; 3],
    bindings: &[(&Buffer, u64)],
    immediates: &[u32],
) {
    gpu.run(&[Dispatch { kernel, grid, bindings, immediates }]).unwrap();
}

const SCALE: &str = "
    struct P { len: u32, factor: f32 }
    var<immediate> p: P;
    @group(0) @binding(0) var<storage, read> x: array<f32>;
    @group(0) @binding(1) var<storage, read_write> y: array<f32>;
    @compute @workgroup_size(64)
    fn main(@builtin(workgroup_id) wg: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
      let i = wg.x * 64u + lid;
      if (i < p.len) { y[wg.y * p.len + i] = p.factor * x[i] + f32(wg.y); }
    }";

#[test]
fn storage_immediates_offsets_and_rows() {
    for place in [Place::Host, Place::Device] {
        let Some(mut gpu) = device(place) else { return };
        let kernel = kernel(&mut gpu, SCALE, 64, &[0, 1], 2);
        let all: Vec<f32> = (0..228_u16).map(f32::from).collect();
        let (x, y) = (buffer(&mut gpu, &all), gpu.allocate(512 + 300 * 4, "y").unwrap());
        // 100 values of x from the 64th, three rows of y from the 128th.
        let immediates = [100, 0.5_f32.to_bits()];
        run(&mut gpu, &kernel, [2, 3, 1], &[(&x, 256), (&y, 512)], &immediates);
        let found: Vec<f32> = values(&mut gpu, &y, 428);
        let row = |row: u8| all[64..164].iter().map(move |x| 0.5 * x + f32::from(row));
        let expected: Vec<f32> = [0.0; 128].into_iter().chain((0..3).flat_map(row)).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn workgroups_reduce() {
    let Some(mut gpu) = device(Place::Host) else { return };
    let kernel = kernel(
        &mut gpu,
        "@group(0) @binding(0) var<storage, read> x: array<vec4<u32>>;
         @group(0) @binding(1) var<storage, read_write> y: array<u32>;
         var<workgroup> part: array<u32, 64>;
         @compute @workgroup_size(256)
         fn main(@builtin(workgroup_id) wg: vec3<u32>, @builtin(local_invocation_index) lid: u32,
                 @builtin(subgroup_invocation_id) lane: u32, @builtin(subgroup_id) sg: u32,
                 @builtin(num_subgroups) n: u32) {
           let v = x[wg.x * 256u + lid];
           let sum = subgroupAdd(v.x + v.y + v.z + v.w);
           if (lane == 0u) { part[sg] = sum; }
           workgroupBarrier();
           if (lid == 0u) {
             var all = 0u;
             for (var i = 0u; i < n; i++) { all += part[i]; }
             y[wg.x] = all;
           }
         }",
        256,
        &[0, 1],
        0,
    );
    let all: Vec<u32> = (0..5 * 1024).map(|i: u32| i.wrapping_mul(2_654_435_761)).collect();
    let (x, y) = (buffer(&mut gpu, &all), buffer(&mut gpu, &[0_u32; 5]));
    run(&mut gpu, &kernel, [5, 1, 1], &[(&x, 0), (&y, 0)], &[]);
    let sum = |row: &[u32]| row.iter().fold(0_u32, |sum, &x| sum.wrapping_add(x));
    assert_eq!(values::<u32>(&mut gpu, &y, 5), all.chunks(1024).map(sum).collect::<Vec<_>>());
}

#[test]
fn subgroup_operations() {
    let Some(mut gpu) = device(Place::Host) else { return };
    let kernel = kernel(
        &mut gpu,
        "@group(0) @binding(0) var<storage, read_write> y: array<array<u32, 64>, 7>;
         @compute @workgroup_size(64)
         fn main(@builtin(local_invocation_index) lid: u32,
                 @builtin(subgroup_invocation_id) lane: u32, @builtin(subgroup_size) size: u32) {
           y[0][lid] = size;
           y[1][lid] = lane;
           y[2][lid] = subgroupShuffleXor(lid, 1u);
           y[3][lid] = subgroupShuffle(lid, size - 1u - lane);
           y[4][lid] = subgroupBallot(lid % 3u == 0u).x;
           y[5][lid] = subgroupBroadcastFirst(lid);
           y[6][lid] = subgroupMax(lid * 7u % 61u);
         }",
        64,
        &[0],
        0,
    );
    let y = buffer(&mut gpu, &[0_u32; 7 * 64]);
    run(&mut gpu, &kernel, [1; 3], &[(&y, 0)], &[]);
    let found: Vec<u32> = values(&mut gpu, &y, 7 * 64);
    let size = u32::try_from(gpu.subgroup()).unwrap();
    for lid in 0..64 {
        let (lane, first) = (lid % size, lid / size * size);
        let lanes = || first..first + size.min(32);
        let expected = [
            size,
            lane,
            lid ^ 1,
            first + size - 1 - lane,
            lanes().filter(|lid| lid % 3 == 0).map(|lid| 1 << (lid - first)).sum(),
            first,
            (first..first + size).map(|lid| lid * 7 % 61).max().unwrap(),
        ];
        let found: Vec<u32> = found.iter().skip(lid as usize).step_by(64).copied().collect();
        assert_eq!(found, expected, "thread {lid}");
    }
}

#[test]
fn packed_products_and_wide_integers() {
    let Some(mut gpu) = device(Place::Host) else { return };
    let kernel = kernel(
        &mut gpu,
        "@group(0) @binding(0) var<storage, read> x: array<u32>;
         @group(0) @binding(1) var<storage, read_write> y: array<i32>;
         @compute @workgroup_size(32)
         fn main(@builtin(local_invocation_index) lid: u32) {
           let wide = u64(x[lid]) * u64(x[31u - lid]);
           y[lid] = dot4I8Packed(x[lid], x[31u - lid]) ^ i32(wide >> 32u);
         }",
        32,
        &[0, 1],
        0,
    );
    let all: Vec<u32> = (1..33).map(|i: u32| i.wrapping_mul(2_654_435_761)).collect();
    let (x, y) = (buffer(&mut gpu, &all), buffer(&mut gpu, &[0_i32; 32]));
    run(&mut gpu, &kernel, [1; 3], &[(&x, 0), (&y, 0)], &[]);
    let byte = |word: u32, i: usize| i32::from(i8::from_le_bytes([word.to_le_bytes()[i]]));
    let product = |(&a, &b): (&u32, &u32)| {
        let high = (u64::from(a) * u64::from(b)) >> 32;
        let dot: i32 = (0..4).map(|i| byte(a, i) * byte(b, i)).sum();
        dot ^ u32::try_from(high).unwrap().cast_signed()
    };
    let expected: Vec<i32> = all.iter().zip(all.iter().rev()).map(product).collect();
    assert_eq!(values::<i32>(&mut gpu, &y, 32), expected);
}

#[test]
fn dispatches_see_what_earlier_ones_wrote() {
    let Some(mut gpu) = device(Place::Host) else { return };
    // Each value comes from another workgroup's part of the other buffer.
    let kernel = kernel(
        &mut gpu,
        "var<immediate> step: u32;
         @group(0) @binding(3) var<storage, read> x: array<u32>;
         @group(0) @binding(5) var<storage, read_write> y: array<u32>;
         @compute @workgroup_size(64)
         fn main(@builtin(global_invocation_id) at: vec3<u32>) {
           y[at.x] = x[(at.x + 67u) % 1024u] + step;
         }",
        64,
        &[3, 5],
        1,
    );
    let all: Vec<u32> = (0..1024).collect();
    let (a, b) = (buffer(&mut gpu, &all), buffer(&mut gpu, &all));
    let bindings = [[(&a, 0), (&b, 0)], [(&b, 0), (&a, 0)]];
    // More dispatches than the run before: the sets of the first run do not suffice.
    let mut expected = all;
    for len in [10_u32, 200] {
        let steps: Vec<_> = (0..len).map(|step| [step]).collect();
        let dispatches: Vec<_> = steps
            .iter()
            .zip(bindings.iter().cycle())
            .map(|(step, bindings)| Dispatch {
                kernel: &kernel,
                grid: [16, 1, 1],
                bindings,
                immediates: step,
            })
            .collect();
        gpu.run(&dispatches).unwrap();
        for step in 0..len {
            expected.rotate_left(67);
            expected.iter_mut().for_each(|x| *x += step);
        }
        assert_eq!(values::<u32>(&mut gpu, &a, 1024), expected);
    }
    gpu.run(&[]).unwrap();
    run(&mut gpu, &kernel, [16, 0, 1], &bindings[1], &[1]);
    assert_eq!(values::<u32>(&mut gpu, &a, 1024), expected);
}

#[test]
fn buffers_are_zero_and_keep_what_is_written() {
    for place in [Place::Host, Place::Device] {
        let Some(mut gpu) = device(place) else { return };
        // Copies go in parts, the last of which is short.
        let len = usize::try_from(STAGING).unwrap() + 1001;
        let buffer = gpu.allocate(len as u64, "a test").unwrap();
        let mut found = vec![1_u8; len];
        gpu.read(&buffer, 0, &mut found).unwrap();
        assert!(found.iter().all(|&byte| byte == 0));
        let bytes: Vec<u8> = (0..len - 3).map(|i| (i % 251).to_le_bytes()[0]).collect();
        gpu.write(&buffer, 3, &bytes).unwrap();
        gpu.read(&buffer, 0, &mut found).unwrap();
        assert!(found[..3] == [0; 3] && found[3..] == bytes);
        let mut part = [0; 5];
        gpu.read(&buffer, STAGING - 2, &mut part).unwrap();
        assert_eq!(part, bytes[usize::try_from(STAGING).unwrap() - 5..][..5]);

        let end = len as u64;
        let past = gpu.write(&buffer, end - 2, &[0; 3]).unwrap_err();
        let text = format!("3 bytes from byte {} are not within a buffer of {len} bytes", end - 2);
        assert_eq!(past.to_string(), text);
        assert!(matches!(gpu.read(&buffer, u64::MAX, &mut part), Err(Error::BufferRange { .. })));
        gpu.write(&buffer, end, &[]).unwrap();
    }
}

#[test]
fn misuse_is_refused() {
    let Some(mut gpu) = device(Place::Host) else { return };
    let kernel = kernel(&mut gpu, SCALE, 64, &[0, 1], 2);
    let x = buffer(&mut gpu, &[0_f32; 128]);
    let mut refusal = |grid, bindings: &[(&Buffer, u64)], immediates: &[u32]| {
        let dispatch = Dispatch { kernel: &kernel, grid, bindings, immediates };
        gpu.run(&[dispatch]).unwrap_err().to_string()
    };
    let start = "dispatch of kernel test: ";
    let text = refusal([1; 3], &[(&x, 0)], &[1, 2]);
    assert_eq!(text, format!("{start}expected 2 buffers, found 1"));
    let text = refusal([1; 3], &[(&x, 0), (&x, 0)], &[1]);
    assert_eq!(text, format!("{start}expected 2 immediates, found 1"));
    let text = refusal([1; 3], &[(&x, 0), (&x, 512)], &[1, 2]);
    assert_eq!(text, format!("{start}buffer 1 has 512 bytes and is bound from byte 512"));
    let text = refusal([1; 3], &[(&x, 16), (&x, 0)], &[1, 2]);
    assert_eq!(text, format!("{start}buffer 0 is bound from byte 16, not a multiple of 256"));
    let text = refusal([1, u32::MAX, 1], &[(&x, 0), (&x, 0)], &[1, 2]);
    assert!(text.starts_with(&format!("{start}[1, 4294967295, 1] workgroups;")), "{text}");

    let none = KernelText::default();
    let text = KernelText { name: "k", entry: "main", code: b"kernel void", threads: 1, ..none };
    assert_eq!(
        gpu.kernel(&text).unwrap_err().to_string(),
        "kernel k: expected SPIR-V, words from 0x7230203; found 11 bytes from 0x6e72656b"
    );
    let error = gpu.kernel(&KernelText { threads: 1 << 20, ..text }).unwrap_err().to_string();
    assert!(error.starts_with("kernel k: it has 1048576 threads of a workgroup; "), "{error}");
    let error = gpu.allocate(1 << 60, "everything").unwrap_err().to_string();
    assert!(
        error.starts_with("everything needs a buffer of 1152921504606846976 bytes; "),
        "{error}"
    );
}

#[test]
fn objects_may_outlive_the_device() {
    let Some(mut gpu) = device(Place::Host) else { return };
    let kernel = kernel(&mut gpu, SCALE, 64, &[0, 1], 2);
    let x = buffer(&mut gpu, &[1_f32; 4]);
    drop(gpu);
    let mut bytes = [0; 4];
    assert!(x.read_mapped(0, &mut bytes).unwrap());
    assert_eq!(bytes, 1_f32.to_ne_bytes());
    drop(kernel);
}

/// Mesa's software driver takes the width of vectors from the environment when it is loaded, so
/// each width has a process.
#[test]
fn software_at_every_subgroup_width() {
    let Some(gpu) = device(Place::Host) else { return };
    if !gpu.describe().contains("llvmpipe") {
        let what = gpu.describe();
        print(&format!("skipped: {what} has no choice of widths"));
        return;
    }
    for (bits, lanes) in [("128", 4), ("256", 8), ("512", 16)] {
        let tests = ["workgroups_reduce", "subgroup_operations", "width_is_printed"];
        let text = in_another_process(&tests, "LP_NATIVE_VECTOR_WIDTH", bits);
        assert!(text.contains(&format!("lanes: {lanes}\n")), "{bits} bits: {text}");
    }
}

#[test]
fn width_is_printed() {
    let Some(gpu) = device(Place::Host) else { return };
    assert!(gpu.subgroup().is_power_of_two());
    print(&format!("lanes: {}", gpu.subgroup()));
}

#[test]
fn without_a_driver_it_says_what_to_do() {
    let text = in_another_process(&["width_is_printed"], "VK_DRIVER_FILES", "none.json");
    assert!(text.contains("skipped: no Vulkan device: "), "{text}");
    assert!(text.contains("help: install the GPU's driver and the Vulkan loader"), "{text}");
}

/// Runs tests of this file with a variable set, and returns what they print.
fn in_another_process(tests: &[&str], variable: &str, value: &str) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(tests.iter().map(|test| format!("device::vulkan::tests::{test}")));
    let output = command.args(["--exact", "--nocapture"]).env(variable, value).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stdout));
    text
}
