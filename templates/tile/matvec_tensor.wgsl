//! Dot products of 16 weight rows in an integer format with up to TOKENS quantized rows at a time,
//! by one workgroup on tensor cores.
//!
//! Takes what `tile/matvec_int` takes, and adds in its order, so that a row of the step gets the
//! same bits alone: sums of integers are exact, the units of lane l there are added one after the
//! other in a sum of their own here, and the 32 sums by pairs of neighbors. A warp has the units of
//! four neighboring lanes.
#import tile/dot
#import tile/mma_held
#import formats/${format} with self = w, data = w, K = K

#let UNITS = K / 32
#let TURNS = ceil(UNITS / 32)
#let WARPS = 8
#if WG != 32 * WARPS || TOKENS != 16 || UNITS % 4 != 0
// Warps have four units at a time, and a tile 16 rows.
${1 / 0}
#end

// Sums of a tile, [WARPS, ACC, 32].
var<workgroup> ${self}_${w}_shares: array<f32, ${WARPS * ACC * 32}>;

// Of four neighboring lanes, each with four words: element i is word `i ^ lane` of lane i, so that
// the four have all of its words. Which word a lane has does not depend on what is multiplied.
fn ${self}_${w}_words(own: vec4<u32>, lane: u32) -> vec4<u32> {
  let one = subgroupShuffleXor(own.y, 1u);
  let two = subgroupShuffleXor(own.z, 2u);
  let three = subgroupShuffleXor(own.w, 3u);
  // Word s of lane `lane ^ s` is at s; put it at `lane ^ s`.
  let odd = (lane & 1u) == 1u;
  let a = select(vec4<u32>(own.x, one, two, three), vec4<u32>(one, own.x, three, two), odd);
  return select(a, a.zwxy, (lane & 2u) == 2u);
}

// What a lane has of four units of two rows of x, by unit: upper halves, lower halves, the scales.
struct ${self}_${w}_Rows {
  #for i in 0..4
  h_${i}: vec4<u32>,
  l_${i}: vec4<u32>,
  #end
  scale_low: f32,
  scale_high: f32,
}

// Of the lane's unit `u`, and those of its neighbors, of the rows whose first records these are.
fn ${self}_${w}_rows(records: vec2<u32>, u: u32, lane: u32) -> ${self}_${w}_Rows {
  let record = records + vec2<u32>(u);
  let at = record / ${RUN}u * ${5 * RUN}u + record % ${RUN}u;
  #for v in 0..4
  let low_${v} = ${x}[at.x + ${v * RUN}u];
  let high_${v} = ${x}[at.y + ${v * RUN}u];
  #end
  var rows: ${self}_${w}_Rows;
  rows.scale_low = bitcast<f32>(${x}[at.x + ${4 * RUN}u].x);
  rows.scale_high = bitcast<f32>(${x}[at.y + ${4 * RUN}u].x);
  #for v in 0..2
  rows.h_${2 * v} = ${self}_${w}_words(low_${v}, lane);
  rows.h_${2 * v + 1} = ${self}_${w}_words(high_${v}, lane);
  rows.l_${2 * v} = ${self}_${w}_words(low_${v + 2}, lane);
  rows.l_${2 * v + 1} = ${self}_${w}_words(high_${v + 2}, lane);
  #end
  return rows;
}

// The first units of a lane: of two weight rows.
struct ${self}_${w}_Pair {
  low: ${w}_Unit,
  high: ${w}_Unit,
}

// The lane's unit after `turn` turns, at most the last.
fn ${self}_${w}_unit(turn: u32, at: At) -> u32 {
  return min(turn * 32u + at.sg * 4u + at.lane % 4u, ${UNITS - 1}u);
}

// The units of the lane in the tile that begins with weight row `row`, after `turn` turns.
fn ${self}_${w}_pair(row: u32, last: u32, turn: u32, at: At) -> ${self}_${w}_Pair {
  let u = ${self}_${w}_unit(turn, at);
  return ${self}_${w}_Pair(
    ${w}_load(min(row + at.lane / 4u, last), u), ${w}_load(min(row + at.lane / 4u + 8u, last), u));
}

// Adds the products of four units to the sums of four lanes of `tile/matvec_int`.
fn ${self}_${w}_units(
  sums: ptr<function, array<f32, ${4 * ACC}>>, pair: ${self}_${w}_Pair, u: u32,
  rows: ${self}_${w}_Rows, lane: u32,
) {
  let w_low = ${w}_group(pair.low, u, 0u);
  let w_high = ${w}_group(pair.high, u, 0u);
  let a_0 = ${self}_${w}_words(w_low.a, lane);
  let a_1 = ${self}_${w}_words(w_low.b, lane);
  let a_2 = ${self}_${w}_words(w_high.a, lane);
  let a_3 = ${self}_${w}_words(w_high.b, lane);
  #for i in 0..4
  {
    let x_high = Frag(rows.h_0[${i}], rows.h_1[${i}], rows.h_2[${i}], rows.h_3[${i}]);
    let x_low = Frag(rows.l_0[${i}], rows.l_1[${i}], rows.l_2[${i}], rows.l_3[${i}]);
    let w = Frag(a_0[${i}], a_1[${i}], a_2[${i}], a_3[${i}]);
    var dot = array<i32, ${ACC}>();
    hook_product_i8_held(&dot, x_high, w, lane);
    var rest = array<i32, ${ACC}>();
    hook_product_i8_held(&rest, x_low, w, lane);
    var x_scales = array<f32, ${ACC}>();
    hook_row_values(&x_scales, rows.scale_low, rows.scale_high, ${i}u, lane);
    var w_scales = array<f32, ${ACC}>();
    hook_col_values(&w_scales, w_low.scale, w_high.scale, ${i}u, lane);
    #for e in 0..ACC
    (*sums)[${i * ACC + e}] = fma(
      w_scales[${e}] * x_scales[${e}], f32(dot[${e}] * 256 + rest[${e}]),
      (*sums)[${i * ACC + e}]);
    #end
  }
  #end
}

// The dot products of the tile that begins with weight row `row` (no row beyond `last`): the value
// that this thread has is of row `hook_acc_row(lane, sg)` of x and weight row
// `hook_acc_col(lane, sg)` of the tile. `records` are the first records of rows lane / 4 and
// lane / 4 + 8 of x, `rows` the lane's first units of them, which stay where there is one turn. `next`
// has the tile's first units, and gets those of the tile at `following`.
fn ${self}_${w}_tile(
  at: At, next: ptr<function, ${self}_${w}_Pair>, row: u32, following: u32, last: u32,
  records: vec2<u32>, rows: ptr<function, ${self}_${w}_Rows>,
) -> f32 {
  var sums = array<f32, ${4 * ACC}>();
  for (var turn = 0u; turn < ${TURNS}u; turn += 1u) {
    let pair = *next;
    let is_last = turn + 1u == ${TURNS}u;
    *next = ${self}_${w}_pair(
      select(row, following, is_last), last, select(turn + 1u, 0u, is_last), at);
    #if TURNS > 1
    *rows = ${self}_${w}_rows(records, ${self}_${w}_unit(turn, at), at.lane);
    #end
    if turn * 32u + at.sg * 4u < ${UNITS}u {
      ${self}_${w}_units(&sums, pair, ${self}_${w}_unit(turn, at), *rows, at.lane);
    }
  }
  #for e in 0..ACC
  ${self}_${w}_shares[(at.sg * ${ACC}u + ${e}u) * 32u + at.lane] =
    (sums[${e}] + sums[${ACC + e}]) + (sums[${2 * ACC + e}] + sums[${3 * ACC + e}]);
  #end
  workgroupBarrier();
  #for i in 0..WARPS
  let share_${i} = ${self}_${w}_shares[${i * ACC * 32}u + at.sg * 32u + at.lane];
  #end
  workgroupBarrier();
  return ((share_0 + share_1) + (share_2 + share_3)) + ((share_4 + share_5) + (share_6 + share_7));
}
