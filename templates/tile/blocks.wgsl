//! The largest value of each block of B consecutive threads, B a power of two that divides WG.
//!
//! Threads are ordered by subgroup and lane.

var<workgroup> blocks_${B}_parts: array<f32, ${WG / 4}>;

/// The largest value of this thread's block; two barriers where a block is wider than a subgroup.
fn blocks_${B}_max(at: At, value: f32) -> f32 {
  var largest = value;
  for (var step = 1u; step < min(${B}u, ${SG}); step *= 2u) {
    largest = max(largest, subgroupShuffleXor(largest, step));
  }
  if ${SG} < ${B}u {
    workgroupBarrier();
    if at.lane == 0u {
      blocks_${B}_parts[at.sg] = largest;
    }
    workgroupBarrier();
    let n = max(${B}u / ${SG}, 1u);
    let first = at.sg / n * n;
    for (var i = 0u; i < n; i += 1u) {
      largest = max(largest, blocks_${B}_parts[first + i]);
    }
  }
  return largest;
}
