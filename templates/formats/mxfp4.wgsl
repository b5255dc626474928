//! MXFP4: 32 E2M1 codes and one power-of-two scale; a unit is one group.
//!
//! q is twice the value of a code: 0, 1, 2, 3, 4, 6, 8, 12 and their negatives; the scale is half
//! the group's.
//!
//! layout "packed": a row is 16-byte units, with G = K / 32
//!   [0, G)      codes: byte i is code i in its lower half and code i + 16 in its upper half
//!   [G, ROW)    E8M0 scales, a byte for each group, zero up to a whole unit
//! layout "gguf": blocks of 17 bytes: scale, codes as above; they begin anywhere in a word.
#import formats/group
#import tile/hooks
#let G = K / 32

struct ${self}_Unit {
  codes: vec4<u32>,
  scale: u32,
}

#if layout == "packed"
#let ROW = G + ceil(G / 16)
#if OVERLAP
#import formats/ahead with self = self, data = data, ROW = ROW
#end
fn ${self}_load(row: u32, u: u32) -> ${self}_Unit {
  let first = row * ${ROW}u;
  let scales = ${data}[first + ${G}u + u / 16u][u / 4u % 4u];
  return ${self}_Unit(${data}[first + u], (scales >> (8u * (u % 4u))) & 255u);
}
#else
#import formats/words with self = self, data = data
// Block n begins at byte n % 4 of word 17 n / 4; its codes begin one byte later and end within the
// fourth word after that.
fn ${self}_load(row: u32, u: u32) -> ${self}_Unit {
  let n = row * ${G}u + u;
  let at = n * 4u + n / 4u;
  let first = ${self}_word(at);
  let rest = ${self}_words(at + 1u);
  let shift = 8u * (n % 4u + 1u);
  // A shift by 32 is done in two parts.
  let low = (vec4<u32>(first, rest.xyz) >> vec4<u32>(shift - 8u)) >> vec4<u32>(8u);
  return ${self}_Unit(low | (rest << vec4<u32>(32u - shift)), (first >> (shift - 8u)) & 255u);
}
#end

// 2^(e - 128); the first two are below the smallest normal number, 255 means no number.
fn ${self}_scale(e: u32) -> f32 {
  let bits = select((e - 1u) << 23u, 1u << (21u + e), e < 2u);
  return bitcast<f32>(select(bits, 0x7fc00000u, e == 255u));
}

#if CUDA || HIP
// Doubled values of the codes in the bytes of `codes`, of which the lower half is one.
fn ${self}_values(codes: vec4<u32>) -> vec4<u32> {
  var values: vec4<u32>;
  #for i in 0..4
  // A byte's code is brought to the four bits that choose a byte.
  let pairs_${i} = codes[${i}] | (codes[${i}] >> 4u);
  let choice_${i} = (pairs_${i} & 0xffu) | ((pairs_${i} >> 8u) & 0xff00u);
  let magnitude_${i} = hook_permute(0x03020100u, 0x0c080604u, choice_${i} & 0x7777u);
  let negative_${i} = hook_permute(0xfdfeff00u, 0xf4f8fafcu, choice_${i} & 0x7777u);
  let sign_${i} = ((codes[${i}] >> 3u) & 0x01010101u) * 255u;
  values[${i}] = (magnitude_${i} & ~sign_${i}) | (negative_${i} & sign_${i});
  #end
  return values;
}
#else
// Doubled values of the codes in the bytes of `codes`, of which the lower half is one: the lower
// three bits t, and for t = 5, 6, 7 another 1, 2, 5. Bytes are negated by complement and
// increment, and zeros are not, since the increment would carry into the next byte.
fn ${self}_values(codes: vec4<u32>) -> vec4<u32> {
  let ones = vec4<u32>(0x01010101u);
  let t = codes & vec4<u32>(0x07070707u);
  let half = codes >> vec4<u32>(1u);
  let high = (codes >> vec4<u32>(2u)) & ones;
  let magnitude = t + (t & high * 3u) + ((codes & half & high) << vec4<u32>(1u));
  let negative = (codes >> vec4<u32>(3u)) & (t | half | high) & ones;
  return (magnitude ^ (negative * 255u)) + negative;
}
#end

fn ${self}_group(unit: ${self}_Unit, u: u32, j: u32) -> Group {
  let a = ${self}_values(unit.codes & vec4<u32>(0x0f0f0f0fu));
  let b = ${self}_values((unit.codes >> vec4<u32>(4u)) & vec4<u32>(0x0f0f0f0fu));
  return Group(a, b, ${self}_scale(unit.scale), vec2<f32>());
}
