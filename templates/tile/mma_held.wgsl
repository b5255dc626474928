//! Products of 16 x 32 tiles of signed bytes that the threads of a subgroup hold as NVIDIA's tensor
//! cores want them. Word i of thread 4 g + t has
//!
//!   left:  row g + 8 (i % 2), bytes 16 (i / 2) + 4 t ..
//!   right: row g + 8 (i / 2), bytes 16 (i % 2) + 4 t ..
#import tile/fragment

// acc = A Bᵀ
fn hook_product_i8_held(acc: ptr<function, array<i32, ${ACC}>>, a: Frag, b: Frag, lane: u32) {
  let col = hook_acc_col(lane, 0u);
  #for e in 0..ACC
  {
    let row = hook_acc_row(lane, ${e}u);
    var sum = 0;
    for (var t = 0u; t < 4u; t += 1u) {
      #for half in 0..2
      let left_${half} = select(
        subgroupShuffle(a[${2 * half}], row % 8u * 4u + t),
        subgroupShuffle(a[${2 * half + 1}], row % 8u * 4u + t), row >= 8u);
      let right_${half} = select(
        subgroupShuffle(b[${half}], col % 8u * 4u + t),
        subgroupShuffle(b[${2 + half}], col % 8u * 4u + t), col >= 8u);
      sum += dp4a(left_${half}, right_${half});
      #end
    }
    (*acc)[${e}] = sum;
  }
  #end
}

// For each value of an accumulator, what belongs to its row: of the rows below 8, `low` of thread
// 4 row + i, of the others `high` of thread 4 (row - 8) + i.
fn hook_row_values(
  values: ptr<function, array<f32, ${ACC}>>, low: f32, high: f32, i: u32, lane: u32,
) {
  #for e in 0..ACC
  {
    let row = hook_acc_row(lane, ${e}u);
    let source = row % 8u * 4u + i;
    (*values)[${e}] = select(subgroupShuffle(low, source), subgroupShuffle(high, source), row >= 8u);
  }
  #end
}

// The same for its column.
fn hook_col_values(
  values: ptr<function, array<f32, ${ACC}>>, low: f32, high: f32, i: u32, lane: u32,
) {
  #for e in 0..ACC
  {
    let col = hook_acc_col(lane, ${e}u);
    let source = col % 8u * 4u + i;
    (*values)[${e}] = select(subgroupShuffle(low, source), subgroupShuffle(high, source), col >= 8u);
  }
  #end
}
