//! Dot products of weight rows in a float format with rows of floats, by one subgroup.
//!
//! Takes what `tile/matvec_int` takes, but `x` are vectors of four values. Lanes take runs of eight
//! values in turn.
#import formats/${format} with self = w, data = w, K = K

// Adds this lane's part of weight row `row + r` (or `last`, if that is less) times the row of x
// that begins at record `x[t]`, 32 values each, to sums[r * TOKENS + t].
fn ${self}_${w}_add(
  sums: ptr<function, array<f32, ${ROWS * TOKENS}>>, row: u32, last: u32,
  records: array<u32, ${TOKENS}>, lane: u32,
) {
#for r in 0..ROWS
  let row_${r} = min(row + ${r}u, last);
#end
  for (var i = lane; i < ${K / 8}u; i += ${SG}) {
#for r in 0..ROWS
    let w_${r} = ${w}_eight(row_${r}, i);
#end
#for t in 0..TOKENS
    let at_${t} = records[${t}] * 8u + 2u * i;
    let a_${t} = ${x}[at_${t}];
    let b_${t} = ${x}[at_${t} + 1u];
#for r in 0..ROWS
    var sum_${t}_${r} = (*sums)[${r * TOKENS + t}];
#for c in 0..4
    sum_${t}_${r} = fma(w_${r}[0][${c}], a_${t}[${c}], sum_${t}_${r});
#end
#for c in 0..4
    sum_${t}_${r} = fma(w_${r}[1][${c}], b_${t}[${c}], sum_${t}_${r});
#end
    (*sums)[${r * TOKENS + t}] = sum_${t}_${r};
#end
#end
  }
}
