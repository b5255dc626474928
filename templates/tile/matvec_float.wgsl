//! Dot products of weight rows in a float format with rows of floats, by one subgroup.
//!
//! Takes what `tile/matvec_int` takes, but `x` are vectors of four values. Lanes take runs of eight
//! values in turn.
#import formats/${format} with self = w, data = w, K = K

// Adds this lane's part of weight row `row + r` (or `last`, if that is less) times the row of x
// that begins at record `records[t]`, 32 values each, to sums[r * TOKENS + t], for t below `live`,
// which is at least 1.
fn ${self}_${w}_add(
  sums: ptr<function, array<f32, ${ROWS * TOKENS}>>, row: u32, last: u32,
  records: array<u32, ${TOKENS}>, live: u32, lane: u32,
) {
  #for r in 0..ROWS
  let row_${r} = min(row + ${r}u, last);
  #end
  for (var i = lane; i < ${K / 8}u; i += ${SG}) {
    #for r in 0..ROWS
    let w_${r} = ${w}_eight(row_${r}, i);
    #end
    #for t in 0..TOKENS
    // One branch skips all that a step of one row does not need.
    #if t == 1
    if (live > 1u) {
    #end
    #if t > 1
    if (live > ${t}u) {
    #else
    {
    #end
      let at = records[${t}] * 8u + 2u * i;
      let a = ${x}[at];
      let b = ${x}[at + 1u];
      #for r in 0..ROWS
      var sum_${r} = (*sums)[${r * TOKENS + t}];
      #for c in 0..4
      sum_${r} = fma(w_${r}[0][${c}], a[${c}], sum_${r});
      #end
      #for c in 0..4
      sum_${r} = fma(w_${r}[1][${c}], b[${c}], sum_${r});
      #end
      (*sums)[${r * TOKENS + t}] = sum_${r};
      #end
    }
    #end
    #if TOKENS > 1
    }
    #end
  }
}
