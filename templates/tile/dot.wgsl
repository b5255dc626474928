//! Dot products of 32 weights with 32 quantized activations.
//!
//! A record of activations is five elements: 0 and 1 the upper halves of the 16-bit values, 2 and
//! 3 the lower halves, and then, as bits of f32, the scale and the sums of the first and the last
//! 16 dequantized values.
#import formats/group
#import tile/hooks

// Σ w · x in units of both scales; exact.
fn dot32(w: Group, h0: vec4<u32>, h1: vec4<u32>, l0: vec4<u32>, l1: vec4<u32>) -> i32 {
  var sum = dp4a(w.a.x, h0.x);
  sum = sum + dp4a(w.a.y, h0.y);
  sum = sum + dp4a(w.a.z, h0.z);
  sum = sum + dp4a(w.a.w, h0.w);
  sum = sum + dp4a(w.b.x, h1.x);
  sum = sum + dp4a(w.b.y, h1.y);
  sum = sum + dp4a(w.b.z, h1.z);
  sum = sum + dp4a(w.b.w, h1.w);
  sum = sum * 256;
  sum = sum + dp4a(w.a.x, l0.x);
  sum = sum + dp4a(w.a.y, l0.y);
  sum = sum + dp4a(w.a.z, l0.z);
  sum = sum + dp4a(w.a.w, l0.w);
  sum = sum + dp4a(w.b.x, l1.x);
  sum = sum + dp4a(w.b.y, l1.y);
  sum = sum + dp4a(w.b.z, l1.z);
  sum = sum + dp4a(w.b.w, l1.w);
  return sum;
}

// The same for 16 of each.
fn dot16(w: vec4<u32>, h: vec4<u32>, l: vec4<u32>) -> i32 {
  var sum = dp4a(w.x, h.x);
  sum = sum + dp4a(w.y, h.y);
  sum = sum + dp4a(w.z, h.z);
  sum = sum + dp4a(w.w, h.w);
  sum = sum * 256;
  sum = sum + dp4a(w.x, l.x);
  sum = sum + dp4a(w.y, l.y);
  sum = sum + dp4a(w.z, l.z);
  sum = sum + dp4a(w.w, l.w);
  return sum;
}
