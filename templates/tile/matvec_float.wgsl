//! Dot products of weight rows in a float format with rows of floats, by one subgroup.
//!
//! Takes what `tile/matvec_int` takes, but `x` are vectors of four values. Lanes take runs of eight
//! values in turn.
#import formats/${format} with self = w, data = w, K = K
#let DEEP = min(max(1, 4 / ROWS), ceil(K / 256))
// Whether the last turn is like the others: a compiler loads late what is used under a condition.
#let WHOLE = SG == "32u" && K % (256 * DEEP) == 0
// Rows of x whose loads are under way together; all of them are read if one of them counts.
#let BUNCH = 1
#if CUDA && FEW == 0
#let BUNCH = TOKENS
#end

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
  // Several turns at once, so that all of their loads are under way; those beyond the row load the
  // last again.
  for (var first = lane; first < ${K / 8}u; first += ${DEEP}u * ${SG}) {
    #for d in 0..DEEP
    let i_${d} = min(first + ${d}u * ${SG}, ${K / 8 - 1}u);
    #for r in 0..ROWS
    let w_${d}_${r} = ${w}_eight(row_${r}, i_${d});
    #end
    #end
    #for d in 0..DEEP
    #if WHOLE
    {
    #else
    if first + ${d}u * ${SG} < ${K / 8}u {
    #end
      #for g in 0..TOKENS / BUNCH
      // One branch skips all that a step of one row does not need.
      #if g == 1
      if (live > ${BUNCH}u) {
      #end
      #if g > 1
      if (live > ${g * BUNCH}u) {
      #else
      {
      #end
        #for t in g * BUNCH..(g + 1) * BUNCH
        let at_${t} = records[${t}] * 8u + 2u * i_${d};
        let a_${t} = ${x}[at_${t}];
        let b_${t} = ${x}[at_${t} + 1u];
        #end
        #for t in g * BUNCH..(g + 1) * BUNCH
        #for r in 0..ROWS
        var sum_${r}_${t} = (*sums)[${r * TOKENS + t}];
        #for c in 0..4
        sum_${r}_${t} = fma(w_${d}_${r}[0][${c}], a_${t}[${c}], sum_${r}_${t});
        #end
        #for c in 0..4
        sum_${r}_${t} = fma(w_${d}_${r}[1][${c}], b_${t}[${c}], sum_${r}_${t});
        #end
        (*sums)[${r * TOKENS + t}] = sum_${r}_${t};
        #end
        #end
      }
      #end
      #if TOKENS > BUNCH
      }
      #end
    }
    #end
  }
}
