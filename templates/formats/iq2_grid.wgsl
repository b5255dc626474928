//! The codebook of IQ2_XXS in workgroup memory.
//!
//! `iq2_grid` has a number for each of the 256 entries, whose bits 2 i and 2 i + 1 are the code of
//! value i: 0, 1 and 2 mean the magnitudes 8, 25 and 43. A sign index is the signs of the first
//! seven values; the eighth makes the number of negative ones even.
#import tile/hooks

#if CUDA || HIP
// Codes and signs as choices of bytes: a code chooses a magnitude, bit 2 its negative.
var<workgroup> iq2_codes: array<u32, 256>;
var<workgroup> iq2_signs: array<u32, 128>;

fn iq2_start(lid: u32) {
  for (var i = lid; i < 256u; i += ${WG}u) {
    var codes = u32(${iq2_grid}[i]);
    codes = (codes | (codes << 8u)) & 0x00ff00ffu;
    codes = (codes | (codes << 4u)) & 0x0f0f0f0fu;
    codes = (codes | (codes << 2u)) & 0x33333333u;
    iq2_codes[i] = codes;
  }
  for (var i = lid; i < 128u; i += ${WG}u) {
    var bits = i | ((countOneBits(i) & 1u) << 7u);
    bits = (bits | (bits << 12u)) & 0x000f000fu;
    bits = (bits | (bits << 6u)) & 0x03030303u;
    bits = (bits | (bits << 3u)) & 0x11111111u;
    iq2_signs[i] = bits << 2u;
  }
}

// Eight signed magnitudes.
fn iq2_values(entry: u32, sign: u32) -> vec2<u32> {
  let choice = iq2_codes[entry] | iq2_signs[sign];
  return vec2<u32>(
    hook_permute(0x002b1908u, 0x00d5e7f8u, choice),
    hook_permute(0x002b1908u, 0x00d5e7f8u, choice >> 16u));
}
#else
var<workgroup> iq2_magnitudes: array<vec2<u32>, 256>;

fn iq2_start(lid: u32) {
  for (var i = lid; i < 256u; i += ${WG}u) {
    let entry = u32(${iq2_grid}[i]);
    var codes = vec2<u32>(entry & 0xffu, entry >> 8u);
    codes = (codes | (codes << vec2<u32>(12u))) & vec2<u32>(0x000f000fu);
    codes = (codes | (codes << vec2<u32>(6u))) & vec2<u32>(0x03030303u);
    let ones = codes & vec2<u32>(0x01010101u);
    let twos = (codes >> vec2<u32>(1u)) & vec2<u32>(0x01010101u);
    iq2_magnitudes[i] = vec2<u32>(0x08080808u) + ones * 17u + twos * 35u;
  }
}

// Eight signed magnitudes: bytes are negated by complement and increment, which carries nothing
// into the next byte since no magnitude is zero.
fn iq2_values(entry: u32, sign: u32) -> vec2<u32> {
  let bits = sign | ((countOneBits(sign) & 1u) << 7u);
  let ones = (vec2<u32>(bits & 15u, bits >> 4u) * 0x00204081u) & vec2<u32>(0x01010101u);
  return (iq2_magnitudes[entry] ^ (ones * 255u)) + ones;
}
#end
