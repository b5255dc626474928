//! BF16: rows of K values, two in a word, K a multiple of 8; the same in both layouts.
#if OVERLAP
#import formats/ahead with self = self, data = data, ROW = K / 8
#end

// Values 8 i .. 8 i + 8 of a row.
fn ${self}_eight(row: u32, i: u32) -> array<vec4<f32>, 2> {
  let words = ${data}[row * ${K / 8}u + i];
  let even = bitcast<vec4<f32>>(words << vec4<u32>(16u));
  let odd = bitcast<vec4<f32>>(words & vec4<u32>(0xffff0000u));
  return array<vec4<f32>, 2>(
    vec4<f32>(even.x, odd.x, even.y, odd.y), vec4<f32>(even.z, odd.z, even.w, odd.w));
}
