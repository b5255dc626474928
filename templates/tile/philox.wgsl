//! Random numbers that are a function of a seed and a number: Philox4x32-10.
//!
//! Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011).
#import tile/wide

/// The first 24 bits of draw `number` of the sequence that `seed` names; low words first.
fn philox_bits(seed: vec2<u32>, number: vec2<u32>) -> u32 {
  var counter = vec4<u32>(number, 0u, 0u);
  var key = seed;
  for (var i = 0u; i < 10u; i += 1u) {
    let a = wide_mul(0xd2511f53u, counter.x);
    let b = wide_mul(0xcd9e8d57u, counter.z);
    counter = vec4<u32>(b.y ^ counter.y ^ key.x, b.x, a.y ^ counter.w ^ key.y, a.x);
    key += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
  }
  return counter.x >> 8u;
}
