//! Products of 16 x 16 tiles of half-precision numbers in `${self}_tile`, a workgroup array of
//! vec4<u32>, each element eight numbers.
#import tile/fragment

// 16 rows of 16 halves from element `at` on, `stride` elements apart.
fn hook_load_f16_${self}(at: u32, stride: u32, lane: u32) -> Frag {
  var place: Frag;
  place[0] = at;
  // What is read has no effect; natively the array that is read here is what is loaded from.
  place[1] = stride + (${self}_tile[at].x & 0u);
  return place;
}

// The same as the second operand.
fn hook_load_right_f16_${self}(at: u32, stride: u32, lane: u32) -> Frag {
  var place: Frag;
  place[0] = at;
  // What is read has no effect; natively the array that is read here is what is loaded from.
  place[1] = stride + (${self}_tile[at].x & 0u);
  return place;
}

// acc += A Bᵀ
fn hook_mma_f16_${self}(acc: ptr<function, array<f32, ${ACC}>>, a: Frag, b: Frag, lane: u32) {
  let right = b[0] + hook_acc_col(lane, 0u) * b[1];
  for (var i = 0u; i < 8u; i += 1u) {
    let pair = unpack2x16float(${self}_tile[right + i / 4u][i % 4u]);
    #for e in 0..ACC
    let left_${e} = a[0] + hook_acc_row(lane, ${e}u) * a[1] + i / 4u;
    let pair_${e} = unpack2x16float(${self}_tile[left_${e}][i % 4u]);
    (*acc)[${e}] = fma(pair_${e}.x, pair.x, fma(pair_${e}.y, pair.y, (*acc)[${e}]));
    #end
  }
}
