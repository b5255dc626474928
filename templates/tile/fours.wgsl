//! Sums over the lanes of a subgroup of teams of TEAM threads, a power of two, four values at a
//! time: each four lanes have all sums, one each. At any subgroup width.
#import tile/hooks

// The sum of value `fours_${TEAM}_which(lane)` over the lanes of the team, or of the subgroup where
// that is less.
fn fours_${TEAM}_add(values: vec4<f32>, lane: u32) -> f32 {
  let odd = (lane & 1u) == 1u;
  let two = select(values.xy, values.zw, odd);
  let other = select(values.zw, values.xy, odd);
  let a = two.x + subgroupShuffleXor(other.x, 1u);
  let b = two.y + subgroupShuffleXor(other.y, 1u);
  let upper = (lane & 2u) == 2u;
  var sum = select(a, b, upper) + subgroupShuffleXor(select(b, a, upper), 2u);
  for (var mask = 4u; mask < min(${SG}, ${TEAM}u); mask <<= 1u) {
    hook_unroll();
    sum += subgroupShuffleXor(sum, mask);
  }
  return sum;
}

// Which of four values a lane has the sum of.
fn fours_${TEAM}_which(lane: u32) -> u32 {
  return (lane & 1u) * 2u + ((lane >> 1u) & 1u);
}

// What all four lanes have, in the order of the values.
fn fours_${TEAM}_all(value: f32, lane: u32) -> vec4<f32> {
  let first = lane & ~3u;
  return vec4<f32>(
    subgroupShuffle(value, first), subgroupShuffle(value, first | 2u),
    subgroupShuffle(value, first | 1u), subgroupShuffle(value, first | 3u));
}
