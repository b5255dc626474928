//! Q2_K: 256 two-bit codes with 4-bit scales and minima; a unit is two groups.
//!
//! q is code times 4-bit scale, at most 45, so that one scale serves all 32 values.
//!
//! layout "packed": a row is 16-byte units, with B = K / 256
//!   [0, 4 B)      codes of 64 values: bits 2 s of byte i are code 16 s + i
//!   [4 B, 5 B)    for each run of 16 values a byte: scale in the lower half, min in the upper half
//!   [5 B, ROW)    for each block f16 d, f16 dmin; zero up to a whole unit
//! layout "gguf": blocks of 84 bytes: 16 bytes of scales and minima as above, 64 bytes of codes,
//!   f16 d, f16 dmin; bits 2 s of byte 32 h + l are code 128 h + 32 s + l.
#import formats/group
#let B = K / 256

#if layout == "packed"
#let ROW = 5 * B + ceil(B / 4)
#if OVERLAP
#import formats/ahead with self = self, data = data, ROW = ROW
#end
struct ${self}_Unit {
  codes: vec4<u32>,
  scales: u32,
  d: u32,
}

fn ${self}_load(row: u32, u: u32) -> ${self}_Unit {
  let first = row * ${ROW}u;
  let codes = ${data}[first + u];
  let scales = ${data}[first + ${4 * B}u + u / 4u][u % 4u];
  let d = ${data}[first + ${5 * B}u + u / 16u][u / 4u % 4u];
  return ${self}_Unit(codes, scales, d);
}
#else
#import formats/words with self = self, data = data
struct ${self}_Unit {
  a: vec4<u32>,
  b: vec4<u32>,
  scales: u32,
  d: u32,
}

fn ${self}_load(row: u32, u: u32) -> ${self}_Unit {
  let block = (row * ${B}u + u / 4u) * 21u;
  let codes = block + 4u + u / 2u % 2u * 8u;
  return ${self}_Unit(
    ${self}_words(codes), ${self}_words(codes + 4u),
    ${self}_word(block + u % 4u), ${self}_word(block + 20u));
}
#end

fn ${self}_group(unit: ${self}_Unit, u: u32, j: u32) -> Group {
  let scales = unit.scales >> (16u * j);
  #if layout == "packed"
  let codes_a = unit.codes >> vec4<u32>(4u * j);
  let codes_b = unit.codes >> vec4<u32>(4u * j + 2u);
  #else
  let shift = vec4<u32>(4u * (u % 2u) + 2u * j);
  let codes_a = unit.a >> shift;
  let codes_b = unit.b >> shift;
  #end
  let a = (codes_a & vec4<u32>(0x03030303u)) * (scales & 15u);
  let b = (codes_b & vec4<u32>(0x03030303u)) * ((scales >> 8u) & 15u);
  let d = unpack2x16float(unit.d);
  let mins = vec2<f32>(f32((scales >> 4u) & 15u), f32((scales >> 12u) & 15u));
  return Group(a, b, d.x, d.y * mins);
}
