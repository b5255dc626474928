//! The hooks for copies, for words and for launches.

use ds4_codegen::emit::cpp::{CppText, Dialect};

use crate::{
    Random,
    cpu::{Gpu, Program},
    write,
};

/// Copies through workgroup memory, reads once, permutes bytes, sums products of bytes.
pub(crate) fn kernel(dialect: Dialect) -> CppText {
    write(
        dialect,
        "@group(0) @binding(0) var<storage, read> once: array<vec4<u32>>;
         @group(0) @binding(1) var<storage, read> copied: array<vec4<u32>>;
         @group(0) @binding(2) var<storage, read_write> both: array<vec4<u32>>;
         @group(0) @binding(3) var<storage, read_write> y: array<u32>;
         var<workgroup> tile: array<u32, 256>;
         fn hook_async_copy16_tile(to: u32, source: u32) {
           for (var i = 0u; i < 4u; i++) { tile[to + i] = copied[source][i]; }
         }
         fn hook_async_commit() {}
         fn hook_async_wait_0() {}
         fn hook_grid_wait() {}
         fn hook_grid_launch() {}
         fn hook_unroll() {}
         fn hook_stream_once(i: u32) -> vec4<u32> { return once[i]; }
         fn hook_stream_both(i: u32) -> vec4<u32> { return both[i]; }
         fn hook_permute(a: u32, b: u32, choice: u32) -> u32 { return a ^ b ^ choice; }
         fn dp4a(a: u32, b: u32) -> i32 { return dot4I8Packed(a, b); }
         @compute @workgroup_size(64)
         fn memory(
           @builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lid: u32
         ) {
           hook_grid_wait();
           hook_async_copy16_tile(4u * lid, 64u * group.x + lid);
           hook_async_commit();
           let a = hook_stream_once(64u * group.x + lid);
           let b = hook_stream_both(64u * group.x + lid);
           hook_async_wait_0();
           workgroupBarrier();
           hook_grid_launch();
           var sum = 0;
           for (var i = 0u; i < 4u; i++) {
             hook_unroll();
             sum += dp4a(a[i], tile[4u * (63u - lid) + i]);
           }
           y[64u * group.x + lid] = bitcast<u32>(sum) ^ hook_permute(b.x, b.y, b.z & 0x7777u);
         }",
    )
}

/// Vectors that are only copied, one step ahead, and chosen between.
pub(crate) fn staged(dialect: Dialect) -> CppText {
    write(
        dialect,
        "struct Unit { a: vec4<u32>, b: vec4<u32> }
         @group(0) @binding(0) var<storage, read> x: array<vec4<u32>>;
         @group(0) @binding(1) var<storage, read_write> y: array<vec4<u32>>;
         var<workgroup> tile: array<vec4<u32>, 128>;
         fn choose(unit: Unit, second: bool) -> vec4<u32> {
           return select(unit.a, unit.b, second);
         }
         @compute @workgroup_size(64)
         fn staged(@builtin(local_invocation_index) lid: u32) {
           var a = x[2u * lid];
           var b = x[2u * lid + 1u];
           for (var step = 1u; step <= 8u; step++) {
             workgroupBarrier();
             tile[lid] = a;
             tile[lid + 64u] = b;
             workgroupBarrier();
             let next = 64u * (step % 8u) + lid;
             a = x[2u * next];
             b = x[2u * next + 1u];
             let unit = Unit(tile[63u - lid], tile[64u + lid]);
             y[64u * (step - 1u) + lid] = choose(unit, lid % 3u == step % 3u);
           }
         }",
    )
}

fn dot(a: u32, b: u32) -> i32 {
    let bytes = |x: u32| x.to_le_bytes().map(|byte| i32::from(byte.cast_signed()));
    bytes(a).iter().zip(bytes(b)).map(|(x, y)| x * y).sum()
}

fn permute(a: u32, b: u32, choice: u32) -> u32 {
    let bytes = [a.to_le_bytes(), b.to_le_bytes()].concat();
    u32::from_le_bytes([0, 4, 8, 12].map(|shift| bytes[(choice >> shift & 7) as usize]))
}

#[test]
fn hooks_for_memory_do_what_their_bodies_say() {
    for gpu in Gpu::ALL {
        let Some(program) = Program::build(gpu, vec![kernel(gpu.dialect())]) else { return };
        let mut random = Random(3);
        let inputs = [random.words(512), random.words(512), random.words(512)];
        let [once, copied, both] = inputs.clone();
        let mut buffers = [once.clone(), copied.clone(), both.clone(), vec![0; 128]];
        program.run("memory", [2, 1, 1], &mut buffers);
        assert_eq!(buffers[..3], inputs, "{gpu:?}");
        for i in 0..128 {
            let mirrored = i / 64 * 64 + 63 - i % 64;
            let sum: i32 = (0..4).map(|j| dot(once[4 * i + j], copied[4 * mirrored + j])).sum();
            let b = &both[4 * i..];
            let expected = sum.cast_unsigned() ^ permute(b[0], b[1], b[2] & 0x7777);
            assert_eq!(buffers[3][i], expected, "{gpu:?}: thread {i}");
        }
    }
}

#[test]
fn vectors_that_are_copied_ahead_arrive() {
    for gpu in Gpu::ALL {
        let Some(program) = Program::build(gpu, vec![staged(gpu.dialect())]) else { return };
        let x = Random(29).words(8 * 64 * 8);
        let mut buffers = [x.clone(), vec![0; 8 * 64 * 4]];
        program.run("staged", [1, 1, 1], &mut buffers);
        for (i, found) in buffers[1].chunks(4).enumerate() {
            let (step, lid) = (i / 64, i % 64);
            let from_b = lid % 3 == (step + 1) % 3;
            let at = if from_b { (step * 64 + lid) * 8 + 4 } else { (step * 64 + 63 - lid) * 8 };
            assert_eq!(found, &x[at..at + 4], "{gpu:?}: step {step}, thread {lid}");
        }
    }
}
