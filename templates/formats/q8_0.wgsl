//! Q8_0: 32 signed bytes and a half-precision scale; a unit is one group.
//!
//! layout "packed": a row is 16-byte units, with G = K / 32
//!   [0, G)        q[0..16] of each group
//!   [G, 2 G)      q[16..32] of each group
//!   [2 G, ROW)    f16 scales, zero up to a whole unit
//! layout "gguf": blocks of 34 bytes: f16 scale, q[0..32]; every other block begins within a word.
#import formats/group
#let G = K / 32

#if layout == "packed"
#let ROW = 2 * G + ceil(G / 8)
#if OVERLAP
#import formats/ahead with self = self, data = data, ROW = ROW
#end
struct ${self}_Unit {
  a: vec4<u32>,
  b: vec4<u32>,
  scales: u32,
}

fn ${self}_load(row: u32, u: u32) -> ${self}_Unit {
  let first = row * ${ROW}u;
  let scales = ${data}[first + ${2 * G}u + u / 8u][u / 2u % 4u];
  return ${self}_Unit(${data}[first + u], ${data}[first + ${G}u + u], scales);
}

fn ${self}_group(unit: ${self}_Unit, u: u32, j: u32) -> Group {
  let scale = unpack2x16float(unit.scales >> (16u * (u % 2u))).x;
  return Group(unit.a, unit.b, scale, vec2<f32>());
}
#else
#import formats/words with self = self, data = data
struct ${self}_Unit {
  first: u32,
  a: vec4<u32>,
  b: vec4<u32>,
  odd: u32,
}

// Block n begins at word 17 n / 2: an even one with its scale in the lower half of that word, an
// odd one in the upper half. Either way it ends within the ninth word.
fn ${self}_load(row: u32, u: u32) -> ${self}_Unit {
  let n = row * ${G}u + u;
  let at = n * 8u + n / 2u;
  return ${self}_Unit(
    ${self}_word(at), ${self}_words(at + 1u), ${self}_words(at + 5u), n % 2u);
}

fn ${self}_group(unit: ${self}_Unit, u: u32, j: u32) -> Group {
  let odd = unit.odd == 1u;
  let scale = unpack2x16float(select(unit.first, unit.first >> 16u, odd)).x;
  let low = (vec4<u32>(unit.first, unit.a.xyz) >> vec4<u32>(16u)) | (unit.a << vec4<u32>(16u));
  let high = (vec4<u32>(unit.a.w, unit.b.xyz) >> vec4<u32>(16u)) | (unit.b << vec4<u32>(16u));
  return Group(select(low, unit.a, odd), select(high, unit.b, odd), scale, vec2<f32>());
}
#end
