//! F32: rows of K values, K a multiple of 8; the same in both layouts.
#if OVERLAP
#import formats/ahead with self = self, data = data, ROW = K / 4
#end

// Values 8 i .. 8 i + 8 of a row.
fn ${self}_eight(row: u32, i: u32) -> array<vec4<f32>, 2> {
  let at = row * ${K / 4}u + 2u * i;
  return array<vec4<f32>, 2>(bitcast<vec4<f32>>(${data}[at]), bitcast<vec4<f32>>(${data}[at + 1u]));
}
