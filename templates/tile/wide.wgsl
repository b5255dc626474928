//! Arithmetic on 64-bit numbers as two words, the low one first.

/// The product of two words.
fn wide_mul(a: u32, b: u32) -> vec2<u32> {
  let a0 = a & 0xffffu;
  let a1 = a >> 16u;
  let b0 = b & 0xffffu;
  let b1 = b >> 16u;
  let low = a0 * b0;
  let left = a1 * b0 + (low >> 16u);
  let right = a0 * b1 + (left & 0xffffu);
  let high = a1 * b1 + (left >> 16u) + (right >> 16u);
  return vec2<u32>((right << 16u) | (low & 0xffffu), high);
}

fn wide_add(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let low = a.x + b.x;
  return vec2<u32>(low, a.y + b.y + select(0u, 1u, low < a.x));
}

/// `a - b` of `a >= b`.
fn wide_sub(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  return vec2<u32>(a.x - b.x, a.y - b.y - select(0u, 1u, a.x < b.x));
}

/// Whether `a < b`.
fn wide_less(a: vec2<u32>, b: vec2<u32>) -> bool {
  return a.y < b.y || (a.y == b.y && a.x < b.x);
}

/// `a * b`, 96 bits, the low word first.
fn wide_scale(a: vec2<u32>, b: u32) -> vec3<u32> {
  let low = wide_mul(a.x, b);
  let high = wide_mul(a.y, b);
  let middle = low.y + high.x;
  return vec3<u32>(low.x, middle, high.y + select(0u, 1u, middle < low.y));
}
