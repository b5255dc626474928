//! The body of `ops/attend` on tensor cores: HEADS heads of one row in a workgroup, JT = 16 rows
//! at a time.
//!
//! Tensor cores take half floats, so that numbers are sums of two: x = x0 + x1, where x1 is what
//! the first rounding left. The first HALF values of a cached row are half floats, for which x1 is
//! missing. The products of two second parts, 2^-22 of the result, are left out.
//!
//! Queries stay in workgroup memory. The warps of a group of 16 heads share the dimensions: each
//! multiplies its own for the scores, which are then added, and sums its own of the result.
#import tile/attend_rows
#import tile/attend_count
#import tile/mma_f16 with self = self
#import tile/mma_f16_across with self = self

#let GROUPS = HEADS / 16
#let SLICES = min(WG / WARP / GROUPS, D / 16)
/// Tiles of 16 dimensions of a slice.
#let OWN = D / 16 / SLICES
/// Elements from row to row: those of eight rows lie in different banks.
#let ROW = D / 8 + 1
#let Q_SECOND = HEADS * ROW
#let KEYS = 2 * HEADS * ROW
#let REST_ROW = (D - HALF) / 8 + 1
/// Second parts of the keys, of values HALF .. D, as if they began at value 0.
#let REST = KEYS + JT * ROW - HALF / 8
#let WEIGHTS = REST + HALF / 8 + JT * REST_ROW
#let W_ROW = JT / 8 + 1
#let W_SECOND = HEADS * W_ROW
/// Threads that bring a row of keys, and elements of eight values for each.
#let BRING = WG / JT
#let BROUGHT = ceil(D / 8 / BRING)
#if JT != 16 || HALF % 16 != 0 || SLICES * OWN * 16 != D || BROUGHT * BRING * 8 != D
// The warps cannot divide the dimensions evenly: HEADS, JT and WG of the schedule are wrong.
${1 / 0}
#end

/// Queries, keys, then weights: of each the first parts, then the second ones.
var<workgroup> ${self}_tile: array<vec4<u32>, ${WEIGHTS + 2 * W_SECOND}>;
/// Scores of each slice of the dimensions, [SLICES, HEADS, JT + 1].
var<workgroup> ${self}_scores: array<f32, ${SLICES * HEADS * (JT + 1)}>;
/// Kind of each row, 0 where there is none.
var<workgroup> ${self}_kinds: array<u32, ${JT}>;
/// What the former sums of each head are worth.
var<workgroup> ${self}_factors: array<f32, ${HEADS}>;
/// Sums of the weights of each half of the rows of each head.
var<workgroup> ${self}_totals: array<f32, ${2 * HEADS}>;

/// Below every score, and finite so that differences are.
const ${self}_LOWEST: f32 = -3.0e38;
/// Weights are times this, far from half floats that lose bits.
const ${self}_SCALE: f32 = 1024.0;

/// Eight numbers as half floats.
fn ${self}_halves(a: vec4<f32>, b: vec4<f32>) -> vec4<u32> {
  return vec4<u32>(
    pack2x16float(a.xy), pack2x16float(a.zw), pack2x16float(b.xy), pack2x16float(b.zw));
}

/// What four half floats leave of four numbers.
fn ${self}_rest(v: vec4<f32>, low: u32, high: u32) -> vec4<f32> {
  return v - vec4<f32>(unpack2x16float(low), unpack2x16float(high));
}

/// Eight numbers to element `at`, what is left of them to element `second`.
fn ${self}_split(at: u32, second: u32, a: vec4<f32>, b: vec4<f32>) {
  let first = ${self}_halves(a, b);
  ${self}_tile[at] = first;
  ${self}_tile[second] =
    ${self}_halves(${self}_rest(a, first.x, first.y), ${self}_rest(b, first.z, first.w));
}

/// The queries of the heads from `first` on.
fn ${self}_queries(at: At, first: u32) {
  for (var i = at.lid; i < ${HEADS * D / 8}u; i += ${WG}u) {
    let head = i / ${D / 8}u;
    let quad = ((at.y * ${H}u + first + head) * ${D / 8}u + i % ${D / 8}u) * 2u;
    var a = vec4<f32>();
    var b = vec4<f32>();
    if first + head < ${H}u {
      a = ${q_v4}[quad];
      b = ${q_v4}[quad + 1u];
    }
    let to = head * ${ROW}u + i % ${D / 8}u;
    ${self}_split(to, to + ${Q_SECOND}u, a, b);
  }
}

/// Weights of a head and half of the tile's rows; `top` and `sum` are the largest score and the sum
/// so far.
fn ${self}_softmax(at: At, top: ptr<function, f32>, sum: ptr<function, f32>) {
  let head = at.lid / 2u;
  let second = at.lid % 2u == 1u;
  var largest = *top;
  #for j in 0..JT
  var s_${j} = 0.0;
  #for s in 0..SLICES
  s_${j} += ${self}_scores[(head + ${s * HEADS}u) * ${JT + 1}u + ${j}u];
  #end
  s_${j} = select(
    ${self}_LOWEST, s_${j} * (1.0 / sqrt(f32(${D}))), ${self}_kinds[${j}] != 0u);
  largest = max(largest, s_${j});
  #end
  let factor = exp(*top - largest);
  *top = largest;
  #for v in 0..2
  var w_${v} = select(
    vec4<f32>(s_${4 * v}, s_${4 * v + 1}, s_${4 * v + 2}, s_${4 * v + 3}),
    vec4<f32>(s_${4 * v + 8}, s_${4 * v + 9}, s_${4 * v + 10}, s_${4 * v + 11}), second);
  w_${v} = exp(w_${v} - largest);
  #end
  let all = w_0 + w_1;
  *sum = fma(*sum, factor, all.x + all.y + all.z + all.w);
  let to = ${WEIGHTS}u + head * ${W_ROW}u + at.lid % 2u;
  ${self}_split(to, to + ${W_SECOND}u, w_0 * ${self}_SCALE, w_1 * ${self}_SCALE);
  if !second {
    ${self}_factors[head] = factor;
  }
}

fn ${self}_attend(at: At) {
  let first_head = at.x * ${HEADS}u;
  let position = ${rows}[2u * at.y].y;
  let n_raw = min(position + 1u, ${W}u);
  let n_tiles = (n_raw + ${self}_compressed(at, at.y) + ${JT - 1}u) / ${JT}u;

  ${self}_queries(at, first_head);
  // The sink is one row more, without values.
  var top = ${self}_LOWEST;
  var sum = 0.0;
  if at.lid < ${2 * HEADS}u && first_head + at.lid / 2u < ${H}u {
    top = max(top, ${sinks}[first_head + at.lid / 2u]);
  }
  if at.lid % 2u == 0u {
    sum = 1.0;
  }

  let lane = at.lid % ${WARP}u;
  let group = at.lid / ${WARP}u % ${GROUPS}u * 16u;
  let slice = at.lid / ${WARP * GROUPS}u;
  let row = at.lid / ${BRING}u;
  #for e in 0..ACC
  let head_${e} = group + hook_acc_row(lane, ${e}u);
  #end
  #for n in 0..OWN
  var acc_${n} = array<f32, ${ACC}>();
  #end
  for (var tile = 0u; tile < n_tiles; tile += 1u) {
    let place = ${self}_place(at.y, tile * ${JT}u + row, n_raw);
    #for i in 0..2 * BROUGHT
    var v_${i} = vec4<f32>();
    #end
    let quad = at.lid % ${BRING}u * 2u;
    if place.x == 1u {
      #for i in 0..2 * BROUGHT
      v_${i} = ${kv_v4}[place.y + quad + ${i / 2 * 2 * BRING + i % 2}u];
      #end
    } else if place.x == 2u {
      #for i in 0..2 * BROUGHT
      v_${i} = ${ring_v4}[place.y + quad + ${i / 2 * 2 * BRING + i % 2}u];
      #end
    #if has("pages")
    } else if place.x == 3u {
      #for i in 0..2 * BROUGHT
      v_${i} = ${self}_cached(place.y, quad + ${i / 2 * 2 * BRING + i % 2}u);
      #end
    #end
    }
    workgroupBarrier();
    let to = ${KEYS}u + row * ${ROW}u + at.lid % ${BRING}u;
    #for i in 0..BROUGHT
    #if i * BRING * 8 >= HALF
    {
    #elif (i + 1) * BRING * 8 > HALF
    if at.lid % ${BRING}u < ${HALF / 8 - i * BRING}u {
      ${self}_tile[to + ${i * BRING}u] = ${self}_halves(v_${2 * i}, v_${2 * i + 1});
    } else {
    #else
    {
      ${self}_tile[to + ${i * BRING}u] = ${self}_halves(v_${2 * i}, v_${2 * i + 1});
    }
    #end
    #if (i + 1) * BRING * 8 > HALF
      let rest = ${REST}u + row * ${REST_ROW}u + at.lid % ${BRING}u;
      ${self}_split(to + ${i * BRING}u, rest + ${i * BRING}u, v_${2 * i}, v_${2 * i + 1});
    }
    #end
    #end
    if at.lid % ${BRING}u == 0u {
      ${self}_kinds[row] = place.x;
    }
    workgroupBarrier();

    if slice < ${SLICES}u {
      var score_0 = array<f32, ${ACC}>();
      var score_1 = array<f32, ${ACC}>();
      #for k in 0..OWN
      {
        let dims = slice * ${2 * OWN}u + ${2 * k}u;
        let q = group * ${ROW}u + dims;
        let q_0 = hook_load_f16_${self}(q, ${ROW}u, lane);
        let q_1 = hook_load_f16_${self}(q + ${Q_SECOND}u, ${ROW}u, lane);
        let k_0 = hook_load_right_f16_${self}(${KEYS}u + dims, ${ROW}u, lane);
        hook_mma_f16_${self}(&score_0, q_0, k_0, lane);
        hook_mma_f16_${self}(&score_1, q_1, k_0, lane);
        #let FROM = max(ceil((HALF / 16 - k) / OWN), 0)
        #if FROM < SLICES
        #if FROM > 0
        if slice >= ${FROM}u {
        #else
        {
        #end
          let k_1 = hook_load_right_f16_${self}(${REST}u + dims, ${REST_ROW}u, lane);
          hook_mma_f16_${self}(&score_1, q_0, k_1, lane);
        }
        #end
      }
      #end
      #for e in 0..ACC
      ${self}_scores[(slice * ${HEADS}u + head_${e}) * ${JT + 1}u + hook_acc_col(lane, ${e}u)] =
        score_0[${e}] + score_1[${e}];
      #end
    }
    workgroupBarrier();
    if at.lid < ${2 * HEADS}u {
      ${self}_softmax(at, &top, &sum);
    }
    workgroupBarrier();

    if slice < ${SLICES}u {
      #for e in 0..ACC
      let factor_${e} = ${self}_factors[head_${e}];
      #end
      var least = 1.0;
      #for e in 0..ACC
      least = min(least, factor_${e});
      #end
      if least < 1.0 {
        #for n in 0..OWN
        #for e in 0..ACC
        acc_${n}[${e}] *= factor_${e};
        #end
        #end
      }
      let w = ${WEIGHTS}u + group * ${W_ROW}u;
      let w_0 = hook_load_f16_${self}(w, ${W_ROW}u, lane);
      let w_1 = hook_load_f16_${self}(w + ${W_SECOND}u, ${W_ROW}u, lane);
      #for n in 0..OWN
      {
        let dims = slice * ${2 * OWN}u + ${2 * n}u;
        let k_0 = hook_load_across_f16_${self}(${KEYS}u + dims, ${ROW}u, lane);
        hook_mma_across_f16_${self}(&acc_${n}, w_0, k_0, lane);
        hook_mma_across_f16_${self}(&acc_${n}, w_1, k_0, lane);
        #let FROM = max(ceil((HALF / 16 - n) / OWN), 0)
        #if FROM < SLICES
        #if FROM > 0
        if slice >= ${FROM}u {
        #else
        {
        #end
          let k_1 = hook_load_across_f16_${self}(${REST}u + dims, ${REST_ROW}u, lane);
          hook_mma_across_f16_${self}(&acc_${n}, w_0, k_1, lane);
        }
        #end
      }
      #end
    }
  }

  if at.lid < ${2 * HEADS}u {
    ${self}_totals[at.lid] = sum * ${self}_SCALE;
  }
  workgroupBarrier();
  if slice < ${SLICES}u {
    #for e in 0..ACC
    if first_head + head_${e} < ${H}u {
      let total = ${self}_totals[2u * head_${e}] + ${self}_totals[2u * head_${e} + 1u];
      let to = (at.y * ${H}u + first_head + head_${e}) * ${D}u + slice * ${16 * OWN}u
        + hook_acc_col(lane, ${e}u);
      #for n in 0..OWN
      ${out}[to + ${16 * n}u] = acc_${n}[${e}] / total;
      #end
    }
    #end
  }
}
