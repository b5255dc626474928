//! Products of OUT weight rows in an integer format with TOKENS quantized rows, by one workgroup.
//!
//! Takes `format` and `K` (a row), `M` matrices, 1 or 2, `w0` and `w1` (the same for one matrix) of
//! which the same rows are used, and `x` (elements of the records). What imports this defines
//! `${self}_store(place, token, out, value)`, with a second value for the second matrix; `place.w` is
//! how many of the rows count.
//!
//! In steps of KG groups, or of 2 or 1 where those do not divide a row, units and records go from
//! memory to workgroup memory as bytes and scales. Each warp multiplies MT x MO tiles of 16 tokens
//! and 16 outputs: twice for each group, upper and lower halves of the activations, in integers;
//! then in floats with scales and minima, groups in the order of K. While a workgroup loads, others
//! of its multiprocessor multiply.
#import tile/dot
#import formats/${format} with self = w0, data = w0, K = K
#if M == 2
#import formats/${format} with self = w1, data = w1, K = K
#end

#let PER = 1
#if format == "q2_k" || format == "iq2_xxs"
#let PER = 2
#end
#let MIN = format == "q2_k" || format == "q4_k"

#let WARPS = WG / WARP
// Warps take 32 tokens each, and share the outputs: activations have two halves to load.
#let WARPS_O = min(WARPS / min(WARPS, max(TOKENS / 32, 1)), OUT / 16)
#let WARPS_T = WARPS / WARPS_O
#let MT = TOKENS / 16 / WARPS_T
#let MO = OUT / 16 / WARPS_O
#if 16 * MT * WARPS_T != TOKENS || 16 * MO * WARPS_O != OUT
// The warps cannot divide a workgroup's tile evenly: OUT and TOKENS of the schedule are wrong.
${1 / 0}
#end

#let GROUPS = 2 - K / 32 % 2
#if K / 32 % KG == 0
#let GROUPS = KG
#end
#let STEPS = K / 32 / GROUPS
#let UNITS = GROUPS / PER
// Elements from row to row: those of eight rows lie in different banks.
#let STRIDE = 2 * GROUPS + 1
// Upper and lower halves of a row lie in different banks, too.
#let LOW = TOKENS * STRIDE + 4
/// Last elements of the records, [GROUPS, TOKENS]: scale and two sums.
#let X_SCALES = LOW + TOKENS * STRIDE
#let WEIGHTS = X_SCALES + GROUPS * TOKENS
var<workgroup> ${self}_tile: array<vec4<u32>, ${WEIGHTS + M * OUT * STRIDE}>;

// Scale and two minima, negated, of each group, [M, GROUPS, OUT].
#let W_SCALE = "f32"
#if MIN
#let W_SCALE = "vec4<f32>"
#end
var<workgroup> ${self}_w_scale: array<${W_SCALE}, ${M * GROUPS * OUT}>;

// First record of each row of x; the importer writes it before it calls.
var<workgroup> ${self}_record: array<u32, ${TOKENS}>;

#import tile/mma_i8 with self = self

// `sum` and the product of a group: `dot` in units of both scales, less what the minima, which come
// negated, take.
fn ${self}_plus(sum: f32, dot: i32, w: ${W_SCALE}, x: vec4<f32>) -> f32 {
  #if MIN
  return fma(w.z, x.z, fma(w.y, x.y, fma(w.x * x.x, f32(dot), sum)));
  #else
  return fma(w * x.x, f32(dot), sum);
  #end
}

#let RECORDS = TOKENS * GROUPS
#let W_UNITS = OUT * UNITS
// Whether half of the threads read one matrix and half the other.
#let APART = M == 2 && 2 * W_UNITS == WG

// Where element `v` of a record is.
fn ${self}_element(record: u32, v: u32) -> u32 {
  return record / ${RUN}u * ${5 * RUN}u + record % ${RUN}u + v * ${RUN}u;
}

// What a thread reads of the matrices for a step.
struct ${self}_Units {
  #for c in 0..ceil(W_UNITS / WG)
  u_${c}_0: ${w0}_Unit,
  #if M == 2
  u_${c}_1: ${w1}_Unit,
  #end
  #end
}

fn ${self}_units(row: u32, last: u32, step: u32, lid: u32) -> ${self}_Units {
  var units: ${self}_Units;
  let u = step * ${UNITS}u + lid % ${UNITS}u;
  #for c in 0..ceil(W_UNITS / WG)
  let row_${c} = min(row + (lid + ${c * WG}u) % ${W_UNITS}u / ${UNITS}u, last);
  #end
  #if APART
  if (lid < ${W_UNITS}u) {
    units.u_0_0 = ${w0}_load(row_0, u);
  } else {
    units.u_0_1 = ${w1}_load(row_0, u);
  }
  #else
  #for c in 0..ceil(W_UNITS / WG)
  units.u_${c}_0 = ${w0}_load(row_${c}, u);
  #if M == 2
  units.u_${c}_1 = ${w1}_load(row_${c}, u);
  #end
  #end
  #end
  return units;
}

// The products of weight rows `row` .. `row + OUT`, or `last` where that is less, and the rows at
// `${self}_record`; of those that do not count, whatever comes.
fn ${self}_gemm(place: vec4<u32>, row: u32, last: u32, lid: u32) {
  let lane = lid % ${WARP}u;
  let token = lid / ${WARP}u / ${WARPS_O}u * ${16 * MT}u;
  let out = lid / ${WARP}u % ${WARPS_O}u * ${16 * MO}u;
  #for m in 0..M
  #for i in 0..MT
  #for j in 0..MO
  var acc_${m}_${i}_${j} = array<f32, ${ACC}>();
  #end
  #end
  #end
  #for e in 0..ACC
  // The token and the output of the e-th value of a thread in the first of its tiles.
  let row_${e} = token + hook_acc_row(lane, ${e}u);
  let col_${e} = out + hook_acc_col(lane, ${e}u);
  #end
  workgroupBarrier();

  #for c in 0..ceil(RECORDS / WG)
  // The threads that have no record of their own read one that another thread has.
  let record_${c} = ${self}_record[(lid + ${c * WG}u) % ${RECORDS}u / ${GROUPS}u] + lid % ${GROUPS}u;
  #end
  for (var step = 0u; step < ${STEPS}u; step += 1u) {
    #for c in 0..ceil(RECORDS / WG)
    #for v in 0..5
    let x_${c}_${v} = ${x}[${self}_element(record_${c} + step * ${GROUPS}u, ${v}u)];
    #end
    #end
    let units = ${self}_units(row, last, step, lid);
    workgroupBarrier();
    #for c in 0..ceil(RECORDS / WG)
    #if (c + 1) * WG > RECORDS
    if (lid + ${c * WG}u < ${RECORDS}u) {
    #else
    {
    #end
      let i = lid + ${c * WG}u;
      let to = i / ${GROUPS}u * ${STRIDE}u + i % ${GROUPS}u * 2u;
      ${self}_tile[to] = x_${c}_0;
      ${self}_tile[to + 1u] = x_${c}_1;
      ${self}_tile[to + ${LOW}u] = x_${c}_2;
      ${self}_tile[to + ${LOW + 1}u] = x_${c}_3;
      ${self}_tile[${X_SCALES}u + i % ${GROUPS}u * ${TOKENS}u + i / ${GROUPS}u] = x_${c}_4;
    }
    #end
    #for m in 0..M
    #for c in 0..ceil(W_UNITS / WG)
    #if APART
    if (lid / ${W_UNITS}u == ${m}u) {
    #elif (c + 1) * WG > W_UNITS
    if (lid + ${c * WG}u < ${W_UNITS}u) {
    #else
    {
    #end
      let i = (lid + ${c * WG}u) % ${W_UNITS}u;
      let u = i % ${UNITS}u;
      #for g in 0..PER
      #if m == 0
      let w_${g} = ${w0}_group(units.u_${c}_0, step * ${UNITS}u + u, ${g}u);
      #else
      let w_${g} = ${w1}_group(units.u_${c}_1, step * ${UNITS}u + u, ${g}u);
      #end
      let to_${g} = i / ${UNITS}u * ${STRIDE}u + (u * ${PER}u + ${g}u) * 2u;
      ${self}_tile[to_${g} + ${WEIGHTS + m * OUT * STRIDE}u] = w_${g}.a;
      ${self}_tile[to_${g} + ${WEIGHTS + m * OUT * STRIDE + 1}u] = w_${g}.b;
      let scale_at_${g} = (${m * GROUPS}u + u * ${PER}u + ${g}u) * ${OUT}u + i / ${UNITS}u;
      #if MIN
      ${self}_w_scale[scale_at_${g}] = vec4<f32>(w_${g}.scale, -w_${g}.min, 0.0);
      #else
      ${self}_w_scale[scale_at_${g}] = w_${g}.scale;
      #end
      #end
    }
    #end
    #end
    workgroupBarrier();

    if (token < place.w) {
    #for g in 0..GROUPS
    {
      #for i in 0..MT
      let x_${i} = (token + ${16 * i}u) * ${STRIDE}u + ${2 * g}u;
      let high_${i} = hook_load_i8_${self}(x_${i}, ${STRIDE}u, lane);
      let low_${i} = hook_load_i8_${self}(x_${i} + ${LOW}u, ${STRIDE}u, lane);
      #for e in 0..ACC
      let xs_${i}_${e} =
        bitcast<vec4<f32>>(${self}_tile[row_${e} + ${X_SCALES + g * TOKENS + 16 * i}u]);
      #end
      #end
      #for m in 0..M
      #for j in 0..MO
      #let WJ = WEIGHTS + (m * OUT + 16 * j) * STRIDE + 2 * g
      let w_${m}_${j} = hook_load_right_i8_${self}(out * ${STRIDE}u + ${WJ}u, ${STRIDE}u, lane);
      #for e in 0..ACC
      let ws_${m}_${j}_${e} = ${self}_w_scale[col_${e} + ${(m * GROUPS + g) * OUT + 16 * j}u];
      #end
      #for i in 0..MT
      {
        var dot = array<i32, ${ACC}>();
        hook_product_i8_${self}(&dot, high_${i}, w_${m}_${j}, lane);
        #if CUDA
        // Both at once: registers suffice.
        var low = array<i32, ${ACC}>();
        hook_product_i8_${self}(&low, low_${i}, w_${m}_${j}, lane);
        #for e in 0..ACC
        dot[${e}] = dot[${e}] * 256 + low[${e}];
        #end
        #else
        #for e in 0..ACC
        dot[${e}] *= 256;
        #end
        hook_mma_i8_${self}(&dot, low_${i}, w_${m}_${j}, lane);
        #end
        #for e in 0..ACC
        acc_${m}_${i}_${j}[${e}] =
          ${self}_plus(acc_${m}_${i}_${j}[${e}], dot[${e}], ws_${m}_${j}_${e}, xs_${i}_${e});
        #end
      }
      #end
      #end
      #end
    }
    #end
    }
  }

  #for i in 0..MT
  #for j in 0..MO
  #for e in 0..ACC
  ${self}_store(
    place, row_${e} + ${16 * i}u, col_${e} + ${16 * j}u,
    #for m in 0..M
    acc_${m}_${i}_${j}[${e}],
    #end
  );
  #end
  #end
  #end
}
