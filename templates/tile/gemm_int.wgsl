//! Products of OUT weight rows in an integer format with TOKENS quantized rows, by one workgroup.
//!
//! Takes `format` and `K` (a row), `M` matrices, 1 or 2, `w0` and `w1` (the same for one matrix) of
//! which the same rows are used, and `x` (elements of the records). What imports this defines
//! `${self}_store(place, token, out, value)`, with a second value for the second matrix.
//!
//! In steps of KG groups, units and records go from memory to registers while the step before is
//! multiplied, then as bytes and scales to workgroup memory. Each warp multiplies MT x MO tiles of
//! 16 tokens and 16 outputs: twice for each group, upper and lower halves of the activations, in
//! integers; then in floats with scales and minima, groups in the order of K.
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
#let WARPS_O = min(WARPS, max(max(OUT / 32, 1), ceil(WARPS / (TOKENS / 16))))
#let WARPS_T = WARPS / WARPS_O
#let MT = TOKENS / 16 / WARPS_T
#let MO = OUT / 16 / WARPS_O
#if 16 * MT * WARPS_T != TOKENS || 16 * MO * WARPS_O != OUT
// The warps cannot divide a workgroup's tile evenly: OUT and TOKENS of the schedule are wrong.
${1 / 0}
#end

#let KG = 2 - K / 32 % 2
#let STEPS = K / 32 / KG
#let UNITS = KG / PER
// Elements from row to row: those of eight rows lie in different banks.
#let STRIDE = 2 * KG + 1
#let LOW = TOKENS * STRIDE
#let WEIGHTS = 2 * TOKENS * STRIDE
var<workgroup> ${self}_tile: array<vec4<u32>, ${(2 * TOKENS + M * OUT) * STRIDE}>;

// Scale and two sums of each record, [KG, TOKENS]; scale and two minima of each group,
// [M, KG, OUT].
#let W_SCALE = "f32"
#if MIN
#let W_SCALE = "vec4<f32>"
#end
var<workgroup> ${self}_x_scale: array<vec4<f32>, ${KG * TOKENS}>;
var<workgroup> ${self}_w_scale: array<${W_SCALE}, ${M * KG * OUT}>;

// First record of each row of x; the importer writes it before it calls.
var<workgroup> ${self}_record: array<u32, ${TOKENS}>;

#import tile/mma_i8 with self = self

// `sum` and the product of a group: `dot` in units of both scales, less what the minima take.
fn ${self}_plus(sum: f32, dot: i32, w: ${W_SCALE}, x: vec4<f32>) -> f32 {
  #if MIN
  return fma(w.x * x.x, f32(dot), sum) - fma(w.y, x.y, w.z * x.z);
  #else
  return fma(w * x.x, f32(dot), sum);
  #end
}

#let RECORDS = TOKENS * KG
#let W_UNITS = OUT * UNITS

// The products of weight rows `row` .. `row + OUT`, or `last` where that is less, and the rows at
// `${self}_record`.
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
  let record_${c} = ${self}_record[(lid + ${c * WG}u) % ${RECORDS}u / ${KG}u] + lid % ${KG}u;
  #for v in 0..5
  var x_${c}_${v} = ${x}[record_${c} / 8u * 40u + record_${c} % 8u + ${8 * v}u];
  #end
  #end
  #for c in 0..ceil(W_UNITS / WG)
  let weights_${c} = min(row + (lid + ${c * WG}u) % ${W_UNITS}u / ${UNITS}u, last);
  var unit_${c}_0 = ${w0}_load(weights_${c}, lid % ${UNITS}u);
  #if M == 2
  var unit_${c}_1 = ${w1}_load(weights_${c}, lid % ${UNITS}u);
  #end
  #end

  for (var step = 0u; step < ${STEPS}u; step += 1u) {
    workgroupBarrier();
    #for c in 0..ceil(RECORDS / WG)
    #if (c + 1) * WG > RECORDS
    if (lid + ${c * WG}u < ${RECORDS}u) {
    #else
    {
    #end
      let i = lid + ${c * WG}u;
      let to = i / ${KG}u * ${STRIDE}u + i % ${KG}u * 2u;
      ${self}_tile[to] = x_${c}_0;
      ${self}_tile[to + 1u] = x_${c}_1;
      ${self}_tile[to + ${LOW}u] = x_${c}_2;
      ${self}_tile[to + ${LOW + 1}u] = x_${c}_3;
      ${self}_x_scale[i % ${KG}u * ${TOKENS}u + i / ${KG}u] = bitcast<vec4<f32>>(x_${c}_4);
    }
    #end
    #for m in 0..M
    #for c in 0..ceil(W_UNITS / WG)
    #if (c + 1) * WG > W_UNITS
    if (lid + ${c * WG}u < ${W_UNITS}u) {
    #else
    {
    #end
      let i = lid + ${c * WG}u;
      let u = i % ${UNITS}u;
      #for g in 0..PER
      #if m == 0
      let w_${g} = ${w0}_group(unit_${c}_0, step * ${UNITS}u + u, ${g}u);
      #else
      let w_${g} = ${w1}_group(unit_${c}_1, step * ${UNITS}u + u, ${g}u);
      #end
      let to_${g} = i / ${UNITS}u * ${STRIDE}u + (u * ${PER}u + ${g}u) * 2u;
      ${self}_tile[to_${g} + ${WEIGHTS + m * OUT * STRIDE}u] = w_${g}.a;
      ${self}_tile[to_${g} + ${WEIGHTS + m * OUT * STRIDE + 1}u] = w_${g}.b;
      let scale_at_${g} = (${m * KG}u + u * ${PER}u + ${g}u) * ${OUT}u + i / ${UNITS}u;
      #if MIN
      ${self}_w_scale[scale_at_${g}] = vec4<f32>(w_${g}.scale, w_${g}.min, 0.0);
      #else
      ${self}_w_scale[scale_at_${g}] = w_${g}.scale;
      #end
      #end
    }
    #end
    #end
    workgroupBarrier();

    // The last step loads itself again.
    let next = min(step + 1u, ${STEPS - 1}u);
    #for c in 0..ceil(RECORDS / WG)
    let next_${c} = record_${c} + next * ${KG}u;
    #for v in 0..5
    x_${c}_${v} = ${x}[next_${c} / 8u * 40u + next_${c} % 8u + ${8 * v}u];
    #end
    #end
    #for c in 0..ceil(W_UNITS / WG)
    unit_${c}_0 = ${w0}_load(weights_${c}, next * ${UNITS}u + lid % ${UNITS}u);
    #if M == 2
    unit_${c}_1 = ${w1}_load(weights_${c}, next * ${UNITS}u + lid % ${UNITS}u);
    #end
    #end

    #for g in 0..KG
    {
      #for i in 0..MT
      let x_${i} = (token + ${16 * i}u) * ${STRIDE}u + ${2 * g}u;
      let high_${i} = hook_load_i8_${self}(x_${i}, ${STRIDE}u, lane);
      let low_${i} = hook_load_i8_${self}(x_${i} + ${LOW}u, ${STRIDE}u, lane);
      #for e in 0..ACC
      let xs_${i}_${e} = ${self}_x_scale[row_${e} + ${g * TOKENS + 16 * i}u];
      #end
      #end
      #for m in 0..M
      #for j in 0..MO
      #let WJ = WEIGHTS + (m * OUT + 16 * j) * STRIDE + 2 * g
      let w_${m}_${j} = hook_load_i8_${self}(out * ${STRIDE}u + ${WJ}u, ${STRIDE}u, lane);
      #for e in 0..ACC
      let ws_${m}_${j}_${e} = ${self}_w_scale[col_${e} + ${(m * KG + g) * OUT + 16 * j}u];
      #end
      #for i in 0..MT
      {
        var dot = array<i32, ${ACC}>();
        hook_mma_i8_${self}(&dot, high_${i}, w_${m}_${j}, lane);
        #for e in 0..ACC
        dot[${e}] *= 256;
        #end
        hook_mma_i8_${self}(&dot, low_${i}, w_${m}_${j}, lane);
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
