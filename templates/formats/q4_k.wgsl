//! Q4_K: 256 four-bit codes with 6-bit scales and minima; a unit is one group.
//!
//! layout "packed": a row is 16-byte units, with G = K / 32 and B = K / 256
//!   [0, G)            codes: byte i is code i in its lower half and code i + 16 in its upper half
//!   [G, G + B)        for each group u8 scale, u8 min
//!   [G + B, ROW)      for each block f16 d, f16 dmin; zero up to a whole unit
//! layout "gguf": blocks of 144 bytes: f16 d, f16 dmin, 12 bytes of scales and minima, 128 bytes
//!   of codes, whose byte 32 i + l has code l of group 2 i in its lower half and of group 2 i + 1
//!   in its upper half.
#import formats/group
#let G = K / 32
#let B = K / 256

#if layout == "packed"
#let ROW = G + B + ceil(B / 4)
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
  let scales = ${data}[first + ${G}u + u / 8u][u / 2u % 4u];
  let d = ${data}[first + ${G + B}u + u / 32u][u / 8u % 4u];
  return ${self}_Unit(${data}[first + u], scales, d);
}

fn ${self}_group(unit: ${self}_Unit, u: u32, j: u32) -> Group {
  let d = unpack2x16float(unit.d);
  let scales = unit.scales >> (16u * (u % 2u));
  let min = d.y * f32((scales >> 8u) & 255u);
  let a = unit.codes & vec4<u32>(0x0f0f0f0fu);
  let b = (unit.codes >> vec4<u32>(4u)) & vec4<u32>(0x0f0f0f0fu);
  return Group(a, b, d.x * f32(scales & 255u), vec2<f32>(min, min));
}
#else
struct ${self}_Unit {
  head: vec4<u32>,
  a: vec4<u32>,
  b: vec4<u32>,
}

fn ${self}_load(row: u32, u: u32) -> ${self}_Unit {
  let block = (row * ${B}u + u / 8u) * 9u;
  let codes = block + 1u + u / 2u % 4u * 2u;
  return ${self}_Unit(${data}[block], ${data}[codes], ${data}[codes + 1u]);
}

fn ${self}_group(unit: ${self}_Unit, u: u32, j: u32) -> Group {
  let d = unpack2x16float(unit.head.x);
  let shift = 8u * (u % 4u);
  let x = unit.head.y >> shift;
  let y = unit.head.z >> shift;
  let z = unit.head.w >> shift;
  let upper = u % 8u >= 4u;
  let scale = select(x & 63u, (z & 15u) | ((x >> 2u) & 48u), upper);
  let min = d.y * f32(select(y & 63u, ((z >> 4u) & 15u) | ((y >> 2u) & 48u), upper));
  let half = vec4<u32>(4u * (u % 2u));
  let a = (unit.a >> half) & vec4<u32>(0x0f0f0f0fu);
  let b = (unit.b >> half) & vec4<u32>(0x0f0f0f0fu);
  return Group(a, b, d.x * f32(scale), vec2<f32>(min, min));
}
#end
