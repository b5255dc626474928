//! The codebook of IQ2_XXS in workgroup memory, with copies for the lanes of a subgroup, so that
//! they read it from different banks: two of 32 lanes share a copy of the codes, none one of the
//! signs.
//!
//! Entries are choices of bytes as in `formats/iq2_grid`.
#import tile/hooks

// After the codes, the magnitudes that they choose from.
var<workgroup> iq2_wide_codes: array<u32, 4097>;
var<workgroup> iq2_wide_signs: array<u32, 4096>;

fn iq2_wide_start(lid: u32) {
  if lid == 0u {
    iq2_wide_codes[4096] = 0x002b1908u;
  }
  for (var i = lid; i < 256u; i += ${WG}u) {
    var codes = u32(${iq2_grid}[i]);
    codes = (codes | (codes << 8u)) & 0x00ff00ffu;
    codes = (codes | (codes << 4u)) & 0x0f0f0f0fu;
    codes = (codes | (codes << 2u)) & 0x33333333u;
    // Neighbors begin with different copies, in different banks.
    for (var copy = 0u; copy < 16u; copy += 1u) {
      hook_unroll();
      iq2_wide_codes[i * 16u + (copy + i / 2u) % 16u] = codes;
    }
  }
  for (var i = lid; i < 256u; i += ${WG}u) {
    let sign = i % 128u;
    var bits = sign | ((countOneBits(sign) & 1u) << 7u);
    bits = (bits | (bits << 12u)) & 0x000f000fu;
    bits = (bits | (bits << 6u)) & 0x03030303u;
    bits = (bits | (bits << 3u)) & 0x11111111u;
    for (var copy = 0u; copy < 16u; copy += 1u) {
      hook_unroll();
      iq2_wide_signs[sign * 32u + (copy + i / 128u * 16u + i) % 32u] = bits << 2u;
    }
  }
}

// What a thread needs to know of the tables: bytes from where they begin to its own copies, and the
// magnitudes, which a compiler that knew them would load again for each use.
struct Iq2Wide {
  code: u32,
  sign: u32,
  magnitudes: u32,
}

// After `iq2_wide_start` and a barrier.
fn iq2_wide(lane: u32) -> Iq2Wide {
  return Iq2Wide(lane % 16u * 4u, lane % 32u * 4u, iq2_wide_codes[4096]);
}

fn hook_at_byte_codes(byte: u32) -> u32 {
  return iq2_wide_codes[byte / 4u];
}

fn hook_at_byte_signs(byte: u32) -> u32 {
  return iq2_wide_signs[byte / 4u];
}

// `first` plus the sum of the products of four bytes.
fn iq2_wide_place(a: u32, b: u32, first: u32) -> u32 {
  return first + dot4U8Packed(a, b);
}

// Eight signed magnitudes.
fn iq2_wide_eight(wide: Iq2Wide, code: u32, sign: u32) -> vec2<u32> {
  let choice = hook_at_byte_codes(code) | hook_at_byte_signs(sign);
  return vec2<u32>(
    hook_permute(wide.magnitudes, 0x00d5e7f8u, choice),
    hook_permute(wide.magnitudes, 0x00d5e7f8u, choice >> 16u));
}

// The 32 of a group. A product of bytes finds the place of a code in one instruction; signs lie
// across bytes.
fn iq2_wide_values(wide: Iq2Wide, words: vec2<u32>) -> array<vec4<u32>, 2> {
  let upper = words.y >> 14u;
  let q0 = iq2_wide_eight(
    wide, iq2_wide_place(words.x, 0x40u, wide.code), ((words.y << 7u) & 0x3f80u) | wide.sign);
  let q1 = iq2_wide_eight(
    wide, iq2_wide_place(words.x, 0x4000u, wide.code), (words.y & 0x3f80u) | wide.sign);
  let q2 = iq2_wide_eight(
    wide, iq2_wide_place(words.x, 0x400000u, wide.code), ((upper << 7u) & 0x3f80u) | wide.sign);
  let q3 = iq2_wide_eight(
    wide, iq2_wide_place(words.x, 0x40000000u, wide.code), (upper & 0x3f80u) | wide.sign);
  return array<vec4<u32>, 2>(vec4<u32>(q0, q1), vec4<u32>(q2, q3));
}
