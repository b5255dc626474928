//! F16: rows of K values, two in a word, K a multiple of 8; the same in both layouts.
#if OVERLAP
#import formats/ahead with self = self, data = data, ROW = K / 8
#end

// Values 8 i .. 8 i + 8 of a row.
fn ${self}_eight(row: u32, i: u32) -> array<vec4<f32>, 2> {
  let words = ${data}[row * ${K / 8}u + i];
  return array<vec4<f32>, 2>(
    vec4<f32>(unpack2x16float(words.x), unpack2x16float(words.y)),
    vec4<f32>(unpack2x16float(words.z), unpack2x16float(words.w)));
}
