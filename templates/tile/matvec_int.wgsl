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

// What a lane multiplies next: while it multiplies, that is under way.
struct ${self}_${w}_Next {
  #for r in 0..ROWS
  row_${r}: ${w}_Unit,
  #end
}

// The first units of weight rows `row` and following, at most `last`.
fn ${self}_${w}_first(row: u32, last: u32, lane: u32) -> ${self}_${w}_Next {
  var next: ${self}_${w}_Next;
  #for r in 0..ROWS
  next.row_${r} = ${w}_load(min(row + ${r}u, last), min(lane, ${UNITS - 1}u));
  #end
  return next;
}

// Adds this lane's part of weight row `row + r` (or `last`, if that is less) times the row of x
// that begins at record `records[t]` to sums[r * TOKENS + t], for t below `live`, which is at
// least 1. `next` has the first units, and gets those of row `following + r`.
fn ${self}_${w}_add(
  sums: ptr<function, array<f32, ${ROWS * TOKENS}>>, next: ptr<function, ${self}_${w}_Next>,
  row: u32, following: u32, last: u32, records: array<u32, ${TOKENS}>, live: u32, lane: u32,
) {
  for (var u = lane; u < ${UNITS}u; u += ${SG}) {
    let is_last = u + ${SG} >= ${UNITS}u;
    let from_row = select(row, following, is_last);
    let from_unit = select(u + ${SG}, min(lane, ${UNITS - 1}u), is_last);
    #for r in 0..ROWS
    let unit_${r} = (*next).row_${r};
    (*next).row_${r} = ${w}_load(min(from_row + ${r}u, last), from_unit);
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
      let at = record / ${RUN}u * ${5 * RUN}u + record % ${RUN}u;
      let h0 = ${x}[at];
      let h1 = ${x}[at + ${RUN}u];
      let l0 = ${x}[at + ${2 * RUN}u];
      let l1 = ${x}[at + ${3 * RUN}u];
      let s = bitcast<vec4<f32>>(${x}[at + ${4 * RUN}u]);
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
