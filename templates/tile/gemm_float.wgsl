//! Products of OUT weight rows in a float format with TOKENS rows of floats, by one workgroup.
//!
//! Takes what `tile/gemm_int` takes, but `x` are vectors of four values.
//!
//! For tensor cores, numbers are split in two halves of f16, the second times 4096 so that it stays
//! above f16's smallest numbers: w = w0 + w1 / 4096, x = scale (x0 + x1 / 4096), where the scale is
//! the power of two above the largest of 32 values. The product without its last part, w1 x1, has
//! the precision of f32. Weights in F16 need no second half; others must be below 65504. Other
//! targets multiply f32.
//!
//! In steps of 32 values of K: from memory to registers while the step before is multiplied,
//! then to workgroup memory.
#import formats/${format} with self = w0, data = w0, K = K
#if M == 2
#import formats/${format} with self = w1, data = w1, K = K
#end

#let PARTS = 2
#if format == "f16"
#let PARTS = 1
#end

#let WARPS = WG / WARP
#let WARPS_O = min(WARPS, max(max(OUT / 32, 1), ceil(WARPS / (TOKENS / 16))))
#let WARPS_T = WARPS / WARPS_O
#let MT = TOKENS / 16 / WARPS_T
#let MO = OUT / 16 / WARPS_O
#if 16 * MT * WARPS_T != TOKENS || 16 * MO * WARPS_O != OUT
// The warps cannot divide a workgroup's tile evenly: OUT and TOKENS of the schedule are wrong.
${1 / 0}
#end

#let STEPS = K / 32
// Elements from row to row: those of eight rows lie in different banks.
#if mma_f16
#let STRIDE = 5
#let SECOND = TOKENS * STRIDE
#let WEIGHTS = 2 * TOKENS * STRIDE
var<workgroup> ${self}_tile: array<vec4<u32>, ${(2 * TOKENS + M * PARTS * OUT) * STRIDE}>;
var<workgroup> ${self}_x_scale: array<f32, ${TOKENS}>;
#else
#let STRIDE = 9
#let WEIGHTS = TOKENS * STRIDE
var<workgroup> ${self}_tile: array<vec4<f32>, ${(TOKENS + M * OUT) * STRIDE}>;
#end

// First record, 32 values each, of each row of x; the importer writes it before it calls.
var<workgroup> ${self}_record: array<u32, ${TOKENS}>;

#if mma_f16
#import tile/mma_f16 with self = self

// The two halves of two numbers.
fn ${self}_split(v: vec2<f32>) -> vec2<u32> {
  let first = pack2x16float(v);
  return vec2<u32>(first, pack2x16float((v - unpack2x16float(first)) * 4096.0));
}
#else
#import tile/fragment

// acc += A Bᵀ for 16 x 32 tiles that begin at `a` and `b`.
fn ${self}_mma(acc: ptr<function, array<f32, ${ACC}>>, a: u32, b: u32, lane: u32) {
  let right = b + hook_acc_col(lane, 0u) * ${STRIDE}u;
  #for e in 0..ACC
  let left_${e} = a + hook_acc_row(lane, ${e}u) * ${STRIDE}u;
  var sum_${e} = (*acc)[${e}];
  #end
  for (var i = 0u; i < 8u; i += 1u) {
    let w = ${self}_tile[right + i];
    #for e in 0..ACC
    let x_${e} = ${self}_tile[left_${e} + i];
    #for c in 0..4
    sum_${e} = fma(x_${e}[${c}], w[${c}], sum_${e});
    #end
    #end
  }
  #for e in 0..ACC
  (*acc)[${e}] = sum_${e};
  #end
}
#end

// Threads with half a record of x each, and with eight weights each.
#let HALVES = TOKENS * 2
#let EIGHTS = OUT * 4

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

  #for c in 0..ceil(HALVES / WG)
  // The threads that have nothing of their own read what another thread has.
  let record_${c} = ${self}_record[(lid + ${c * WG}u) % ${HALVES}u / 2u];
  #for v in 0..8
  var x_${c}_${v} = ${x}[record_${c} * 8u + ${v}u];
  #end
  #end
  #for c in 0..ceil(EIGHTS / WG)
  let weights_${c} = min(row + (lid + ${c * WG}u) % ${EIGHTS}u / 4u, last);
  var w_${c}_0 = ${w0}_eight(weights_${c}, lid % 4u);
  #if M == 2
  var w_${c}_1 = ${w1}_eight(weights_${c}, lid % 4u);
  #end
  #end

  for (var step = 0u; step < ${STEPS}u; step += 1u) {
    workgroupBarrier();
    #for c in 0..ceil(HALVES / WG)
    #if (c + 1) * WG > HALVES
    if (lid + ${c * WG}u < ${HALVES}u) {
    #else
    {
    #end
      let i = lid + ${c * WG}u;
      #if mma_f16
      var most = max(abs(x_${c}_0), abs(x_${c}_1));
      #for v in 2..8
      most = max(most, abs(x_${c}_${v}));
      #end
      // The exponent of the largest, kept where both it and its inverse are normal numbers.
      let largest = max(max(most.x, most.y), max(most.z, most.w));
      let exponent = clamp((bitcast<u32>(largest) >> 23u) + 1u, 32u, 222u);
      let inverse = bitcast<f32>((254u - exponent) << 23u);
      let second = i % 2u == 1u;
      let to = i / 2u * ${STRIDE}u + i % 2u * 2u;
      #for v in 0..4
      let v_${v} = select(x_${c}_${v}, x_${c}_${v + 4}, second) * inverse;
      let a_${v} = ${self}_split(v_${v}.xy);
      let b_${v} = ${self}_split(v_${v}.zw);
      #end
      ${self}_tile[to] = vec4<u32>(a_0.x, b_0.x, a_1.x, b_1.x);
      ${self}_tile[to + 1u] = vec4<u32>(a_2.x, b_2.x, a_3.x, b_3.x);
      ${self}_tile[to + ${SECOND}u] = vec4<u32>(a_0.y, b_0.y, a_1.y, b_1.y);
      ${self}_tile[to + ${SECOND + 1}u] = vec4<u32>(a_2.y, b_2.y, a_3.y, b_3.y);
      ${self}_x_scale[i / 2u] = bitcast<f32>(exponent << 23u);
      #else
      let to = i / 2u * ${STRIDE}u + i % 2u * 4u;
      #for v in 0..4
      ${self}_tile[to + ${v}u] = select(x_${c}_${v}, x_${c}_${v + 4}, i % 2u == 1u);
      #end
      #end
    }
    #end
    #for m in 0..M
    #for c in 0..ceil(EIGHTS / WG)
    #if (c + 1) * WG > EIGHTS
    if (lid + ${c * WG}u < ${EIGHTS}u) {
    #else
    {
    #end
      let i = lid + ${c * WG}u;
      #if mma_f16
      let to = ${WEIGHTS + m * PARTS * OUT * STRIDE}u + i / 4u * ${STRIDE}u + i % 4u;
      #for h in 0..2
      let a_${h} = ${self}_split(w_${c}_${m}[${h}].xy);
      let b_${h} = ${self}_split(w_${c}_${m}[${h}].zw);
      #end
      ${self}_tile[to] = vec4<u32>(a_0.x, b_0.x, a_1.x, b_1.x);
      #if PARTS == 2
      ${self}_tile[to + ${OUT * STRIDE}u] = vec4<u32>(a_0.y, b_0.y, a_1.y, b_1.y);
      #end
      #else
      let to = ${WEIGHTS + m * OUT * STRIDE}u + i / 4u * ${STRIDE}u + i % 4u * 2u;
      ${self}_tile[to] = w_${c}_${m}[0];
      ${self}_tile[to + 1u] = w_${c}_${m}[1];
      #end
    }
    #end
    #end
    workgroupBarrier();

    // The last step loads itself again.
    let next = min(step + 1u, ${STEPS - 1}u);
    #for c in 0..ceil(HALVES / WG)
    #for v in 0..8
    x_${c}_${v} = ${x}[(record_${c} + next) * 8u + ${v}u];
    #end
    #end
    #for c in 0..ceil(EIGHTS / WG)
    w_${c}_0 = ${w0}_eight(weights_${c}, next * 4u + lid % 4u);
    #if M == 2
    w_${c}_1 = ${w1}_eight(weights_${c}, next * 4u + lid % 4u);
    #end
    #end

    #if mma_f16
    #for i in 0..MT
    #for h in 0..2
    let x_${i}_${h} = (token + ${16 * i}u) * ${STRIDE}u + ${2 * h}u;
    let x_first_${i}_${h} = hook_load_f16_${self}(x_${i}_${h}, ${STRIDE}u, lane);
    let x_second_${i}_${h} = hook_load_f16_${self}(x_${i}_${h} + ${SECOND}u, ${STRIDE}u, lane);
    #end
    #for e in 0..ACC
    let scale_${i}_${e} = ${self}_x_scale[row_${e} + ${16 * i}u];
    #end
    #end
    #for m in 0..M
    #for j in 0..MO
    {
      #for i in 0..MT
      var first_${i} = array<f32, ${ACC}>();
      var second_${i} = array<f32, ${ACC}>();
      #end
      #for h in 0..2
      #let WJ = WEIGHTS + (m * PARTS * OUT + 16 * j) * STRIDE + 2 * h
      let w_${h} = out * ${STRIDE}u + ${WJ}u;
      let w_first_${h} = hook_load_right_f16_${self}(w_${h}, ${STRIDE}u, lane);
      #if PARTS == 2
      let w_second_${h} = hook_load_right_f16_${self}(w_${h} + ${OUT * STRIDE}u, ${STRIDE}u, lane);
      #end
      #for i in 0..MT
      hook_mma_f16_${self}(&first_${i}, x_first_${i}_${h}, w_first_${h}, lane);
      hook_mma_f16_${self}(&second_${i}, x_second_${i}_${h}, w_first_${h}, lane);
      #if PARTS == 2
      hook_mma_f16_${self}(&second_${i}, x_first_${i}_${h}, w_second_${h}, lane);
      #end
      #end
      #end
      #for i in 0..MT
      #for e in 0..ACC
      // The second halves are times 4096.
      let sum_${i}_${e} = fma(second_${i}[${e}], 0.000244140625, first_${i}[${e}]);
      acc_${m}_${i}_${j}[${e}] = fma(scale_${i}_${e}, sum_${i}_${e}, acc_${m}_${i}_${j}[${e}]);
      #end
      #end
    }
    #end
    #end
    #else
    #for m in 0..M
    #for j in 0..MO
    #let WJ = WEIGHTS + (m * OUT + 16 * j) * STRIDE
    #for i in 0..MT
    ${self}_mma(
      &acc_${m}_${i}_${j}, (token + ${16 * i}u) * ${STRIDE}u, out * ${STRIDE}u + ${WJ}u, lane);
    #end
    #end
    #end
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
