//! Products of 16 x 16 tiles of half floats whose second operand lies across: rows of it are the
//! values that are multiplied and added, columns the results. Beside `tile/mma_f16`.

// 16 rows of 16 halves from element `at` on, `stride` elements apart.
fn hook_load_across_f16_${self}(at: u32, stride: u32, lane: u32) -> Frag {
  var place: Frag;
  place[0] = at;
  // What is read has no effect; natively the array that is read here is what is loaded from.
  place[1] = stride + (${self}_tile[at].x & 0u);
  return place;
}

// acc += A B
fn hook_mma_across_f16_${self}(acc: ptr<function, array<f32, ${ACC}>>, a: Frag, b: Frag, lane: u32) {
  let col = hook_acc_col(lane, 0u);
  for (var i = 0u; i < 16u; i += 1u) {
    let right = unpack2x16float(${self}_tile[b[0] + i * b[1] + col / 8u][col % 8u / 2u])[col % 2u];
    #for e in 0..ACC
    let at_${e} = a[0] + hook_acc_row(lane, ${e}u) * a[1] + i / 8u;
    let pair_${e} = unpack2x16float(${self}_tile[at_${e}][i % 8u / 2u]);
    (*acc)[${e}] = fma(pair_${e}[i % 2u], right, (*acc)[${e}]);
    #end
  }
}
