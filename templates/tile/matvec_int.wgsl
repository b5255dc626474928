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
// that begins at record `x[t]` to sums[r * TOKENS + t].
fn ${self}_${w}_add(
  sums: ptr<function, array<f32, ${ROWS * TOKENS}>>, row: u32, last: u32,
  records: array<u32, ${TOKENS}>, lane: u32,
) {
#for r in 0..ROWS
  let row_${r} = min(row + ${r}u, last);
#end
  for (var u = lane; u < ${UNITS}u; u += ${SG}) {
#for r in 0..ROWS
    let unit_${r} = ${w}_load(row_${r}, u);
#end
#for j in 0..PER
#for r in 0..ROWS
    let w_${j}_${r} = ${w}_group(unit_${r}, u, ${j}u);
#end
#for t in 0..TOKENS
    let at_${j}_${t} = (records[${t}] + ${PER}u * u + ${j}u) * 5u;
    let h0_${j}_${t} = ${x}[at_${j}_${t}];
    let h1_${j}_${t} = ${x}[at_${j}_${t} + 1u];
    let l0_${j}_${t} = ${x}[at_${j}_${t} + 2u];
    let l1_${j}_${t} = ${x}[at_${j}_${t} + 3u];
    let s_${j}_${t} = bitcast<vec4<f32>>(${x}[at_${j}_${t} + 4u]);
#for r in 0..ROWS
    let dot_${j}_${t}_${r} = f32(dot32(w_${j}_${r}, h0_${j}_${t}, h1_${j}_${t}, l0_${j}_${t}, l1_${j}_${t}));
    (*sums)[${r * TOKENS + t}] = fma(w_${j}_${r}.scale * s_${j}_${t}.x, dot_${j}_${t}_${r}, (*sums)[${r * TOKENS + t}]);
#if format == "q2_k" || format == "q4_k"
    (*sums)[${r * TOKENS + t}] -= fma(w_${j}_${r}.min.x, s_${j}_${t}.y, w_${j}_${r}.min.y * s_${j}_${t}.z);
#end
#end
#end
#end
  }
}
