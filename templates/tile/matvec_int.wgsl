//! Dot products of weight rows in an integer format with quantized rows, by one subgroup.
//!
//! Takes `w` (the matrix), `format` and `K` (its row), `x` (elements of the records), `ROWS`
//! weight rows and `TOKENS` rows of x at a time. Lanes take units of K in turn.
#import tile/dot
#import formats/${format} with self = w, data = w, K = K

#let PER = 1
#if format == "q2_k" || format == "iq2_xxs"
#let PER = 2
#end
#let UNITS = K / 32 / PER

// Adds this lane's part of weight row `row + r` (or `last`, if that is less) times the row of x
// that begins at record `records[t]` to sums[r * TOKENS + t], for t below `live`, which is at
// least 1.
fn ${self}_${w}_add(
  sums: ptr<function, array<f32, ${ROWS * TOKENS}>>, row: u32, last: u32,
  records: array<u32, ${TOKENS}>, live: u32, lane: u32,
) {
  #for r in 0..ROWS
  let row_${r} = min(row + ${r}u, last);
  #end
  #if UNITS > 32
  // Units are loaded one turn ahead: while a lane multiplies, its next ones are under way.
  #for r in 0..ROWS
  var next_${r} = ${w}_load(row_${r}, min(lane, ${UNITS - 1}u));
  #end
  #end
  for (var u = lane; u < ${UNITS}u; u += ${SG}) {
    #for r in 0..ROWS
    #if UNITS > 32
    let unit_${r} = next_${r};
    next_${r} = ${w}_load(row_${r}, min(u + ${SG}, ${UNITS - 1}u));
    #else
    let unit_${r} = ${w}_load(row_${r}, u);
    #end
    #end
    #for j in 0..PER
    #for r in 0..ROWS
    let w_${j}_${r} = ${w}_group(unit_${r}, u, ${j}u);
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
      let record = records[${t}] + ${PER}u * u + ${j}u;
      let at = record / 8u * 40u + record % 8u;
      let h0 = ${x}[at];
      let h1 = ${x}[at + 8u];
      let l0 = ${x}[at + 16u];
      let l1 = ${x}[at + 24u];
      let s = bitcast<vec4<f32>>(${x}[at + 32u]);
      #for r in 0..ROWS
      #let SUM = r * TOKENS + t
      let dot_${r} = f32(dot32(w_${j}_${r}, h0, h1, l0, l1));
      (*sums)[${SUM}] = fma(w_${j}_${r}.scale * s.x, dot_${r}, (*sums)[${SUM}]);
      #if format == "q2_k" || format == "q4_k"
      (*sums)[${SUM}] -= fma(w_${j}_${r}.min.x, s.y, w_${j}_${r}.min.y * s.z);
      #end
      #end
    }
    #end
    #if TOKENS > 1
    }
    #end
    #end
  }
}
