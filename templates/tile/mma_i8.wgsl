//! Products of 16 x 32 tiles of signed bytes in `${self}_tile`, a workgroup array of vec4<u32>.
#import tile/fragment
#import tile/hooks

// 16 rows of 32 bytes from element `at` on, `stride` elements apart.
fn hook_load_i8_${self}(at: u32, stride: u32, lane: u32) -> Frag {
  var place: Frag;
  place[0] = at;
  // What is read has no effect; natively the array that is read here is what is loaded from.
  place[1] = stride + (${self}_tile[at].x & 0u);
  return place;
}

// The same as the second operand.
fn hook_load_right_i8_${self}(at: u32, stride: u32, lane: u32) -> Frag {
  var place: Frag;
  place[0] = at;
  // What is read has no effect; natively the array that is read here is what is loaded from.
  place[1] = stride + (${self}_tile[at].x & 0u);
  return place;
}

// acc = A Bᵀ
fn hook_product_i8_${self}(acc: ptr<function, array<i32, ${ACC}>>, a: Frag, b: Frag, lane: u32) {
  *acc = array<i32, ${ACC}>();
  let right = b[0] + hook_acc_col(lane, 0u) * b[1];
  for (var i = 0u; i < 8u; i += 1u) {
    let word = ${self}_tile[right + i / 4u][i % 4u];
    #for e in 0..ACC
    let left_${e} = a[0] + hook_acc_row(lane, ${e}u) * a[1] + i / 4u;
    (*acc)[${e}] += dp4a(${self}_tile[left_${e}][i % 4u], word);
    #end
  }
}

// acc += A Bᵀ
fn hook_mma_i8_${self}(acc: ptr<function, array<i32, ${ACC}>>, a: Frag, b: Frag, lane: u32) {
  let right = b[0] + hook_acc_col(lane, 0u) * b[1];
  for (var i = 0u; i < 8u; i += 1u) {
    let word = ${self}_tile[right + i / 4u][i % 4u];
    #for e in 0..ACC
    let left_${e} = a[0] + hook_acc_row(lane, ${e}u) * a[1] + i / 4u;
    (*acc)[${e}] += dp4a(${self}_tile[left_${e}][i % 4u], word);
    #end
  }
}
