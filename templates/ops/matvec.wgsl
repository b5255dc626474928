//! y[t, g, o] = Σ_i w[g, o, i] · x[t, g, i], with G = 1 where the op has no groups; OUT outputs of
//! one group and TOKENS rows in each workgroup, ROWS outputs and AT_ONCE rows at a time in each subgroup.
//!
//! On tensor cores a workgroup reads its outputs once for all of its rows; for few of them, what it
//! would read of the others takes longer.
#let GROUPS = 1
#if has("G")
#let GROUPS = G
#end
#let AT_ONCE = min(TOKENS, 4)
#let TILES = 0
#if FEW > 0
#let AT_ONCE = min(TOKENS, FEW)
#elif CUDA && w_format == "q8_0" && I / 32 % 4 == 0
#let AT_ONCE = TOKENS
#let TILES = 1
#end
#if TILES == 0
#import tile/sums with V = ROWS
#end
#if TILES == 1
#import tile/matvec_tensor with self = self, w = w, format = w_format, K = I, x = qx_v4
#elif w_int
#import tile/matvec_int with self = self, w = w, format = w_format, K = I, x = qx_v4, TOKENS = AT_ONCE
#else
#import tile/matvec_float with self = self, w = w, format = w_format, K = I, x = x_v4, TOKENS = AT_ONCE
#end
#if TILES == 1
// Outputs `first` .. `end` of `group` for the rows from `from_t` on.
fn ${self}_rows(at: At, group: u32, first: u32, end: u32, from_t: u32, live: u32) {
  let row = group * ${O}u;
  let last = row + ${O - 1}u;
  var next = ${self}_${w}_pair(row + first, last, 0u, at);
  #if OVERLAP
  hook_grid_wait();
  hook_grid_launch();
  #end
  let t = min(vec2<u32>(from_t + at.lane / 4u) + vec2<u32>(0u, 8u), vec2<u32>(${T} - 1u));
  let records = (t * ${GROUPS}u + group) * ${I / 32}u;
  var rows = ${self}_${w}_rows(records, ${self}_${w}_unit(0u, at), at.lane);
  let own_t = from_t + hook_acc_row(at.lane, at.sg);
  for (var o = first; o < end; o += 16u) {
    let following = select(o, o + 16u, o + 16u < end);
    let sum = ${self}_${w}_tile(at, &next, row + o, row + following, last, records, &rows);
    let own = o + hook_acc_col(at.lane, at.sg);
    if own < end && own_t < ${T} {
      ${y}[(own_t * ${GROUPS}u + group) * ${O}u + own] = sum;
    }
  }
}
#else
// Outputs `first` .. `end` of `group` for `live` rows, of which `from_t` is the first.
fn ${self}_rows(at: At, group: u32, first: u32, end: u32, from_t: u32, live: u32) {
  let row = group * ${O}u;
  var records: array<u32, ${AT_ONCE}>;
  #for t in 0..AT_ONCE
  let t_${t} = from_t + ${t}u;
  #if CUDA && FEW == 0
  records[${t}] = (min(t_${t}, ${T} - 1u) * ${GROUPS}u + group) * ${I / 32}u;
  #else
  records[${t}] = (t_${t} * ${GROUPS}u + group) * ${I / 32}u;
  #end
  #end
  let step = ${WG}u / ${SG} * ${ROWS}u;
  #if w_int
  var next = ${self}_${w}_first(row + first + at.sg * ${ROWS}u, row + ${O - 1}u, at.lane);
  #end
  #if OVERLAP
  hook_grid_wait();
  hook_grid_launch();
  #end
  for (var o = first + at.sg * ${ROWS}u; o < end; o += step) {
    var sums = array<f32, ${ROWS * AT_ONCE}>();
    #if w_int
    // After the last rows, what caches have is loaded once more.
    let following = select(o, o + step, o + step < end);
    ${self}_${w}_add(
      &sums, &next, row + o, row + following, row + ${O - 1}u, records, live, at.lane);
    #else
    ${self}_${w}_add(&sums, row + o, row + ${O - 1}u, records, live, at.lane);
    #end
    #for t in 0..AT_ONCE
    // One branch skips all that a step of one row does not need.
    #if t == 1
    if live > 1u {
    #end
    {
      var values: array<f32, ${ROWS}>;
      #for r in 0..ROWS
      values[${r}] = sums[${r * AT_ONCE + t}];
      #end
      let sum = sums_${ROWS}(values, at.lane);
      let own = o + sums_${ROWS}_which(at.lane);
      if at.lane < ${ROWS}u && own < end && live > ${t}u {
        ${y}[(t_${t} * ${GROUPS}u + group) * ${O}u + own] = sum;
      }
    }
    #end
    #if AT_ONCE > 1
    }
    #end
  }
}
#end

fn ${self}(at: At) {
  #if w_int && w_format == "iq2_xxs"
  iq2_start(at.lid);
  workgroupBarrier();
  #end
  let group = at.x / ${ceil(O / OUT)}u;
  let first = at.x % ${ceil(O / OUT)}u * ${OUT}u;
  let end = min(first + ${OUT}u, ${O}u);
  let from_t = at.y * ${TOKENS}u;
  let live = min(${T} - from_t, ${TOKENS}u);
  #if FEW > 0 || AT_ONCE == TOKENS
  ${self}_rows(at, group, first, end, from_t, live);
  #else
  for (var t = 0u; t < live; t += ${AT_ONCE}u) {
    ${self}_rows(at, group, first, end, from_t + t, live - t);
  }
  #end
}
