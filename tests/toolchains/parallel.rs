//! What threads do together: subgroups, workgroup memory, atomics, the grid.

use ds4_codegen::emit::cpp::{CppText, Dialect};

use crate::{
    Random,
    cpu::{Gpu, Program},
    write,
};

/// Subgroup operations of one word, eight results for each of 128 threads.
const SUBGROUPS: &str = "
  @group(0) @binding(0) var<storage, read> x: array<u32>;
  @group(0) @binding(1) var<storage, read_write> y: array<u32>;
  @compute @workgroup_size(128)
  fn subgroups(
    @builtin(local_invocation_index) lid: u32, @builtin(subgroup_invocation_id) lane: u32,
    @builtin(subgroup_id) sg: u32, @builtin(num_subgroups) n: u32,
    @builtin(subgroup_size) size: u32
  ) {
    let v = x[lid];
    let o = lid * 20u;
    y[o] = subgroupAdd(v);
    y[o + 1u] = subgroupMul(v | 1u);
    y[o + 2u] = bitcast<u32>(subgroupMin(bitcast<i32>(v)));
    y[o + 3u] = bitcast<u32>(subgroupMax(f32(v)));
    y[o + 4u] = subgroupAnd(v | 255u) ^ subgroupOr(v & 0x1010u) ^ subgroupXor(v);
    y[o + 5u] = subgroupInclusiveAdd(v);
    y[o + 6u] = subgroupExclusiveAdd(v);
    y[o + 7u] = subgroupInclusiveMul(v | 1u) ^ subgroupExclusiveMul(v | 1u);
    y[o + 8u] = u32(subgroupAll(v > 1000u)) + u32(subgroupAny(v % 64u == 0u)) * 2u;
    let ballot = subgroupBallot(v % 3u == 0u);
    y[o + 9u] = ballot.x;
    y[o + 10u] = ballot.y;
    y[o + 11u] = subgroupBroadcast(v, 5u) ^ subgroupBroadcastFirst(v);
    y[o + 12u] = subgroupShuffle(v, (lane * 7u + 3u) % size);
    y[o + 13u] = subgroupShuffleXor(v, 6u);
    y[o + 14u] = select(0u, subgroupShuffleUp(v, 3u), lane >= 3u);
    y[o + 15u] = select(0u, subgroupShuffleDown(v, 9u), lane + 9u < size);
    y[o + 16u] = lane + sg * 1000u + n * 100000u;
    let pair = subgroupAdd(vec2<f32>(f32(v & 255u), 1.0));
    y[o + 17u] = bitcast<u32>(pair.x * pair.y);
    y[o + 18u] = quadBroadcast(v, 2u) ^ quadSwapX(v) ^ quadSwapY(v) ^ quadSwapDiagonal(v);
    subgroupBarrier();
    y[o + 19u] = bitcast<u32>(subgroupMax(-abs(bitcast<i32>(v) >> 1u)));
  }";

/// Workgroup memory, barriers, atomics, three-dimensional grids and workgroups.
const GROUPS: &str = "
  struct Counts { sum: atomic<u32>, low: atomic<i32>, seen: array<atomic<u32>, 4> }
  struct Params { scale: u32, bias: i32, v: vec3<u32>, last: u32 }
  struct Ids { @builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32> }
  var<immediate> p: Params;
  @group(0) @binding(7) var<storage, read_write> y: array<u32>;
  @group(0) @binding(2) var<storage, read_write> counts: Counts;
  var<workgroup> words: array<u32, 64>;
  var<workgroup> claimed: atomic<u32>;
  fn share(lid: u32, v: u32) -> u32 {
    words[lid] = v;
    workgroupBarrier();
    return words[63u - lid];
  }
  @compute @workgroup_size(8, 4, 2)
  fn groups(
    ids: Ids, @builtin(local_invocation_index) lid: u32,
    @builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) n: vec3<u32>
  ) {
    if (lid == 0u) { atomicStore(&claimed, 0u); }
    workgroupBarrier();
    let ticket = atomicAdd(&claimed, 1u);
    let group = ids.group.x + n.x * (ids.group.y + n.y * ids.group.z);
    let v = id.x + 100u * id.y + 10000u * id.z;
    y[group * 64u + lid] = share(lid, v * p.scale) + p.last;
    atomicAdd(&counts.sum, v);
    atomicMin(&counts.low, p.bias - i32(lid));
    atomicOr(&counts.seen[lid % 4u], 1u << (group % 32u));
    loop {
      let old = atomicLoad(&counts.seen[3]);
      let r = atomicCompareExchangeWeak(&counts.seen[3], old, old ^ p.v.z);
      if (r.exchanged) { break; }
    }
    workgroupBarrier();
    let all = workgroupUniformLoad(&claimed);
    if (ticket == 63u) { atomicSub(&counts.sum, all); }
  }";

/// All of these kernels.
pub(crate) fn kernels(dialect: Dialect) -> Vec<CppText> {
    vec![write(dialect, SUBGROUPS), write(dialect, GROUPS)]
}

fn ones(bits: impl Iterator<Item = bool>) -> u64 {
    bits.enumerate().map(|(i, bit)| u64::from(bit) << i).sum()
}

/// What lane `l` of a wave of `x.len()` threads gets; `sg` is the wave's number of `n`.
#[expect(clippy::cast_possible_truncation, reason = "lanes are few, ballots are two words")]
fn subgroup_results(x: &[u32], l: usize, sg: u32, n: u32) -> [u32; 20] {
    let lanes = x.len();
    let times = |values: &[u32]| values.iter().fold(1_u32, |a, &b| a.wrapping_mul(b | 1));
    let plus = |values: &[u32]| values.iter().fold(0_u32, |a, &b| a.wrapping_add(b));
    let ballot = ones(x.iter().map(|v| v % 3 == 0));
    let quad = &x[l / 4 * 4..];
    let and = x.iter().fold(!0, |a, &b| a & (b | 255));
    let or = x.iter().fold(0, |a, &b| a | (b & 0x1010));
    let xor = x.iter().fold(0, |a, &b| a ^ b);
    let low_bytes: u32 = x.iter().map(|v| v & 255).sum();
    [
        plus(x),
        times(x),
        x.iter().map(|v| v.cast_signed()).min().unwrap().cast_unsigned(),
        (*x.iter().max().unwrap() as f32).to_bits(),
        and ^ or ^ xor,
        plus(&x[..=l]),
        plus(&x[..l]),
        times(&x[..=l]) ^ times(&x[..l]),
        u32::from(x.iter().all(|&v| v > 1000)) + u32::from(x.iter().any(|v| v % 64 == 0)) * 2,
        ballot as u32,
        (ballot >> 32) as u32,
        x[5] ^ x[0],
        x[(l * 7 + 3) % lanes],
        x[l ^ 6],
        if l >= 3 { x[l - 3] } else { 0 },
        x.get(l + 9).copied().unwrap_or(0),
        l as u32 + sg * 1000 + n * 100_000,
        (low_bytes as f32 * lanes as f32).to_bits(),
        quad[2] ^ x[l ^ 1] ^ x[l ^ 2] ^ x[l ^ 3],
        x.iter().map(|v| -(v.cast_signed() >> 1).abs()).max().unwrap().cast_unsigned(),
    ]
}

#[test]
fn subgroups_combine_exchange_and_count() {
    for gpu in [Gpu::Cuda, Gpu::Gfx1100, Gpu::Gfx90a] {
        let Some(program) = Program::build(gpu, kernels(gpu.dialect())) else { return };
        let mut random = Random(23);
        for _ in 0..3 {
            let x = random.words(128);
            let mut buffers = [x.clone(), vec![0; 128 * 20]];
            program.run("subgroups", [1, 1, 1], &mut buffers);
            let wave = gpu.wave();
            for (sg, lanes) in (0..).zip(x.chunks(wave as usize)) {
                for l in 0..lanes.len() {
                    let expected = subgroup_results(lanes, l, sg, 128 / wave);
                    let found = &buffers[1][(sg * wave) as usize * 20 + l * 20..][..20];
                    assert_eq!(found, expected, "{gpu:?}: wave {sg}, lane {l}");
                }
            }
        }
    }
}

#[test]
fn groups_share_memory_and_count_with_atomics() {
    for gpu in [Gpu::Cuda, Gpu::Gfx1100, Gpu::Gfx90a] {
        let kernels = kernels(gpu.dialect());
        assert_eq!(kernels[1].bindings, [2, 7]);
        assert_eq!(kernels[1].immediate_bytes, 32);
        let Some(program) = Program::build(gpu, kernels) else { return };
        let grid = [2, 3, 2];
        // scale, bias, two words that align the vector, the vector, last
        let params = vec![3, (-5_i32).cast_unsigned(), 0, 0, 1, 2, 1 << 20, 70];
        let mut buffers = [vec![100, 0, 0, 0, 0, 0], vec![0; 12 * 64], params];
        program.run("groups", grid, &mut buffers);
        let value = |group: u32, lid: u32| {
            let [gx, gy, gz] = [group % 2, group / 2 % 3, group / 6];
            let [x, y, z] = [lid % 8, lid / 8 % 4, lid / 32];
            gx * 8 + x + 100 * (gy * 4 + y) + 10000 * (gz * 2 + z)
        };
        let mut sum = 100;
        for group in 0..12 {
            for lid in 0..64 {
                sum += value(group, lid);
                let expected = value(group, 63 - lid) * 3 + 70;
                assert_eq!(buffers[1][(group * 64 + lid) as usize], expected, "{gpu:?}");
            }
        }
        let low = (-5 - 63_i32).cast_unsigned();
        // 768 threads toggle bit 20, an even number of times.
        assert_eq!(buffers[0], [sum - 12 * 64, low, 0xfff, 0xfff, 0xfff, 0xfff], "{gpu:?}");
    }
}
