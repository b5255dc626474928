//! IQ2_XXS: 256 values as grid indices and sign indices; a unit is two groups.
//!
//! A group of 32 values is two words: four bytes that choose eight magnitudes each, then four
//! times seven bits that choose their signs, and a 4-bit scale s, which means (2 s + 1) / 8.
//! q is the signed magnitude. The kernel calls `iq2_start(lid)` and waits before it reads groups.
//!
//! layout "packed": a row is 16-byte units, with B = K / 256
//!   [0, 4 B)      two groups each
//!   [4 B, ROW)    for each block f16 d, zero up to a whole unit
//! layout "gguf": blocks of 66 bytes: f16 d, then eight groups; every other block begins within a
//!   word.
#import formats/group
#import formats/iq2_grid
#let B = K / 256

#if layout == "packed"
#let ROW = 4 * B + ceil(B / 8)
#if OVERLAP
#import formats/ahead with self = self, data = data, ROW = ROW
#end
struct ${self}_Unit {
  groups: vec4<u32>,
  d: u32,
}

fn ${self}_load(row: u32, u: u32) -> ${self}_Unit {
  let first = row * ${ROW}u;
  let d = ${data}[first + ${4 * B}u + u / 32u][u / 8u % 4u];
  return ${self}_Unit(${data}[first + u], d);
}

// The scale of a unit's block. Nothing is done with what is loaded before it is needed, which may
// be a turn later.
fn ${self}_d(unit: ${self}_Unit, u: u32) -> f32 {
  return unpack2x16float(unit.d >> (16u * (u / 4u % 2u))).x;
}
#else
#import formats/words with self = self, data = data
struct ${self}_Unit {
  groups: vec4<u32>,
  d: u32,
}

// Block n begins at word 33 n / 2: an even one in the lower half of that word, with its groups
// two bytes into a word, and an odd one in the upper half, with its groups on words.
fn ${self}_load(row: u32, u: u32) -> ${self}_Unit {
  let n = row * ${B}u + u / 4u;
  let odd = n % 2u == 1u;
  let block = n * 16u + n / 2u;
  let at = block + u % 4u * 4u;
  let first = ${self}_word(at);
  let rest = ${self}_words(at + 1u);
  let shifted = (vec4<u32>(first, rest.xyz) >> vec4<u32>(16u)) | (rest << vec4<u32>(16u));
  let d = ${self}_word(block);
  return ${self}_Unit(select(shifted, rest, odd), select(d, d >> 16u, odd));
}

fn ${self}_d(unit: ${self}_Unit, u: u32) -> f32 {
  return unpack2x16float(unit.d).x;
}
#end

fn ${self}_group(unit: ${self}_Unit, u: u32, j: u32) -> Group {
  let words = select(unit.groups.xy, unit.groups.zw, j == 1u);
  let q0 = iq2_values(words.x & 255u, words.y & 127u);
  let q1 = iq2_values((words.x >> 8u) & 255u, (words.y >> 7u) & 127u);
  let q2 = iq2_values((words.x >> 16u) & 255u, (words.y >> 14u) & 127u);
  let q3 = iq2_values(words.x >> 24u, (words.y >> 21u) & 127u);
  let scale = ${self}_d(unit, u) * 0.125 * f32(2u * (words.y >> 28u) + 1u);
  return Group(vec4<u32>(q0, q1), vec4<u32>(q2, q3), scale, vec2<f32>());
}
