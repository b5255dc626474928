//! Products of a thread's unit of rows of `w` with the activations that `tile/team` keeps.
//!
//! Takes `w` (the matrix), `format` and `K` (its row).
#import tile/dot
#import formats/${format} with self = w, data = w, K = K

#let PER = 1
#if format == "q2_k" || format == "iq2_xxs"
#let PER = 2
#end

#if format == "iq2_xxs"
// Scales of groups are odd numbers, by which the sums are multiplied as integers: at most
// 32 · 43 · 32512 · 31, which fits.
fn ${self}_${w}_times(unit: ${w}_Unit, u: u32, x: ${self}_Held) -> f32 {
  #for j in 0..2
  #if j == 0
  let words_${j} = unit.groups.xy;
  #else
  let words_${j} = unit.groups.zw;
  #end
  #if CUDA
  let w_${j} = iq2_wide_values(x.wide, words_${j});
  #else
  let w_${j} = array<vec4<u32>, 2>(
    vec4<u32>(
      iq2_values(words_${j}.x & 255u, words_${j}.y & 127u),
      iq2_values((words_${j}.x >> 8u) & 255u, (words_${j}.y >> 7u) & 127u)),
    vec4<u32>(
      iq2_values((words_${j}.x >> 16u) & 255u, (words_${j}.y >> 14u) & 127u),
      iq2_values(words_${j}.x >> 24u, (words_${j}.y >> 21u) & 127u)));
  #end
  let group_${j} = Group(w_${j}[0], w_${j}[1], 0.0, vec2<f32>());
  let dot_${j} = dot32(group_${j}, x.h0_${j}, x.h1_${j}, x.l0_${j}, x.l1_${j});
  // Twice the scale and one: the bit below the scale is of the signs.
  let sum_${j} = f32(dot_${j} * i32((words_${j}.y >> 27u) | 1u));
  #end
  let d = ${w}_d(unit, u) * 0.125;
  return d * fma(x.scale_1.x, sum_1, x.scale_0.x * sum_0);
}
#elif format == "q2_k" && layout == "packed"
// Codes stay where they are in their bytes, 1, 4 or 16 times as large. Sums are multiplied by the
// 4-bit scales as integers: at most 32 · 48 · 32512 · 15, which fits.
fn ${self}_${w}_times(unit: ${w}_Unit, u: u32, x: ${self}_Held) -> f32 {
  let codes = unit.codes;
  let one = codes & vec4<u32>(0x03030303u);
  let four = codes & vec4<u32>(0x0c0c0c0cu);
  let sixteen = codes & vec4<u32>(0x30303030u);
  let last = (codes >> vec4<u32>(2u)) & vec4<u32>(0x30303030u);
  let s = unit.scales;
  let sum_0 = dot16(one, x.h0_0, x.l0_0) * i32((s << 2u) & 60u)
    + dot16(four, x.h1_0, x.l1_0) * i32((s >> 8u) & 15u);
  let sum_1 = dot16(sixteen, x.h0_1, x.l0_1) * i32((s >> 16u) & 15u)
    + dot16(last, x.h1_1, x.l1_1) * i32((s >> 24u) & 15u);
  let m = (s >> 4u) & 0x0f0f0f0fu;
  var mins = f32(m & 255u) * x.scale_0.y;
  mins = fma(f32((m >> 8u) & 255u), x.scale_0.z, mins);
  mins = fma(f32((m >> 16u) & 255u), x.scale_1.y, mins);
  mins = fma(f32(m >> 24u), x.scale_1.z, mins);
  let d = unpack2x16float(unit.d);
  let sum = fma(x.scale_1.x * 0.0625, f32(sum_1), x.scale_0.x * 0.25 * f32(sum_0));
  return fma(d.x, sum, -d.y * mins);
}
#else
fn ${self}_${w}_times(unit: ${w}_Unit, u: u32, x: ${self}_Held) -> f32 {
  var sum = 0.0;
  #for j in 0..PER
  {
    let w = ${w}_group(unit, u, ${j}u);
    let dot = f32(dot32(w, x.h0_${j}, x.h1_${j}, x.l0_${j}, x.l1_${j}));
    sum = fma(w.scale * x.scale_${j}.x, dot, sum);
    #if format == "q2_k" || format == "q4_k"
    sum -= fma(w.min.x, x.scale_${j}.y, w.min.y * x.scale_${j}.z);
    #end
  }
  #end
  return sum;
}
#end
