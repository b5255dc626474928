//! The body of `ops/index_scores` on tensor cores: TOKENS rows of the step and JT cached rows in a
//! workgroup.
//!
//! Queries and cached rows are rounded to FP4 with powers of two for scales, which half floats
//! hold. Queries stay in workgroup memory; of the cached rows each warp takes 16 at a time, which
//! the rows of the step share where they are of one session.
#import tile/hooks
#import tile/mma_f16 with self = self
#import tile/cached with cache = index_rows, cache_v4 = index_rows_v4, cache_at = index_rows_at, form = index_rows_form, words = index_rows_words, halves = index_rows_halves

#let HEADS = ceil(H / 16) * 16
#let TILE = WG / WARP * 16
/// Elements from row to row: those of eight rows lie in different banks.
#let ROW = D / 8 + 1
#let KEYS = TOKENS * HEADS * ROW
/// Values from row to row: those of eight rows and four pairs of columns lie in different banks.
#let SUMS = TILE + 8
#let BRING = D / 8
#if JT % TILE != 0 || WG % BRING != 0 || TILE % (WG / BRING) != 0
// The cached rows cannot be divided evenly: JT and WG of the schedule are wrong.
${1 / 0}
#end

/// Queries [TOKENS, HEADS], then cached rows [TILE].
var<workgroup> ${self}_tile: array<vec4<u32>, ${KEYS + TILE * ROW}>;
/// Factors of the heads, zero for those that there are not.
var<workgroup> ${self}_gates: array<f32, ${TOKENS * HEADS}>;
/// Sums over every 16th head.
var<workgroup> ${self}_sums: array<f32, ${16 * SUMS}>;

/// Eight numbers as half floats.
fn ${self}_halves(a: vec4<f32>, b: vec4<f32>) -> vec4<u32> {
  return vec4<u32>(
    pack2x16float(a.xy), pack2x16float(a.zw), pack2x16float(b.xy), pack2x16float(b.zw));
}

#if index_rows_form == "fp4"
/// Values 8 i .. 8 i + 7 of the cached row that begins at `row`, as half floats.
fn ${self}_key(row: u32, i: u32) -> vec4<u32> {
  let packed = ${self}_packed(row, 2u * i);
  let codes = packed.x;
  let exponent = (packed.y >> (i / 4u * 8u)) & 0xffu;
  var eight = vec4<u32>();
  if exponent - 114u <= 26u {
    // Half floats of these have no more than eight bits, and all scales from 2^-13 to 2^13: the
    // upper bytes of the eight magnitudes, then those of the codes, then the signs.
    let add = (exponent - 114u) << 2u;
    let low = 0x0a080400u + add * 0x01010100u;
    let high = 0x12100e0cu + add * 0x01010101u;
    let first = hook_permute(low, high, codes & 0x7777u);
    let second = hook_permute(low, high, (codes >> 16u) & 0x7777u);
    eight = vec4<u32>(
      hook_permute(first, 0u, 0x1404u), hook_permute(first, 0u, 0x3424u),
      hook_permute(second, 0u, 0x1404u), hook_permute(second, 0u, 0x3424u));
    eight |= ((vec4<u32>(codes) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(0x8u)) << vec4<u32>(12u);
    eight |= ((vec4<u32>(codes) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(0x80u)) << vec4<u32>(24u);
  } else {
    eight = ${self}_halves(
      ${self}_unpacked(packed, 2u * i), ${self}_unpacked(packed, 2u * i + 1u));
  }
  return eight;
}
#else
/// Values 8 i .. 8 i + 7 of the cached row that begins at `row`, as half floats.
fn ${self}_key(row: u32, i: u32) -> vec4<u32> {
  return ${self}_halves(${self}_cached(row, 2u * i), ${self}_cached(row, 2u * i + 1u));
}
#end

/// Brings the queries and factors of the rows from `first` on.
fn ${self}_queries(at: At, first: u32) {
  for (var i = at.lid; i < ${TOKENS * HEADS * D / 8}u; i += ${WG}u) {
    let head = i / ${D / 8}u % ${HEADS}u;
    let token = first + i / ${HEADS * D / 8}u;
    var eight = vec4<u32>();
    if head < ${H}u && token < ${T} {
      let quad = ((token * ${H}u + head) * ${D / 8}u + i % ${D / 8}u) * 2u;
      eight = ${self}_halves(${q_v4}[quad], ${q_v4}[quad + 1u]);
    }
    ${self}_tile[i / ${D / 8}u * ${ROW}u + i % ${D / 8}u] = eight;
  }
  let scale = 1.0 / sqrt(f32(${D * H}));
  for (var i = at.lid; i < ${TOKENS * HEADS}u; i += ${WG}u) {
    let token = first + i / ${HEADS}u;
    var gate = 0.0;
    if i % ${HEADS}u < ${H}u && token < ${T} {
      gate = ${g}[token * ${H}u + i % ${HEADS}u] * scale;
    }
    ${self}_gates[i] = gate;
  }
}

/// Brings the cached rows from `first` on, up to `n`, of the session with this first entry in the
/// page table.
fn ${self}_bring(at: At, first: u32, n: u32, entry: u32) {
  #for i in 0..TILE * BRING / WG
  {
    let row = at.lid / ${BRING}u + ${i * (WG / BRING)}u;
    let j = first + row;
    var eight = vec4<u32>();
    if j < n {
      eight = ${self}_key(${self}_cached_row(j, entry), at.lid % ${BRING}u);
    }
    ${self}_tile[${KEYS}u + row * ${ROW}u + at.lid % ${BRING}u] = eight;
  }
  #end
}

/// The scores of the row of the step that is `token` rows after the first, with every cached row
/// that is there: at `${self}_sums`, one row of them for each 16th head.
fn ${self}_multiply(at: At, token: u32) {
  let lane = at.lid % ${WARP}u;
  let own = at.lid / ${WARP}u * 16u;
  #for k in 0..D / 16
  let k_${k} = hook_load_right_f16_${self}(${KEYS}u + own * ${ROW}u + ${2 * k}u, ${ROW}u, lane);
  #end
  #for e in 0..ACC
  let row_${e} = hook_acc_row(lane, ${e}u);
  var sum_${e} = 0.0;
  #end
  #for m in 0..HEADS / 16
  {
    let q = (token * ${HEADS}u + ${16 * m}u) * ${ROW}u;
    var products = array<f32, ${ACC}>();
    #for k in 0..D / 16
    let q_${k} = hook_load_f16_${self}(q + ${2 * k}u, ${ROW}u, lane);
    hook_mma_f16_${self}(&products, q_${k}, k_${k}, lane);
    #end
    #for e in 0..ACC
    let gate_${e} = ${self}_gates[token * ${HEADS}u + ${16 * m}u + row_${e}];
    sum_${e} = fma(max(products[${e}], 0.0), gate_${e}, sum_${e});
    #end
  }
  #end
  #for e in 0..ACC
  ${self}_sums[row_${e} * ${SUMS}u + own + hook_acc_col(lane, ${e}u)] = sum_${e};
  #end
}

fn ${self}_score(at: At) {
  let token = at.y * ${TOKENS}u;
  #for t in 0..TOKENS
  let row_${t} = ${rows}[2u * min(token + ${t}u, ${T} - 1u)];
  // Rows that see at most K cached rows have no scores.
  var n_${t} = (row_${t}.y + 1u) / ${ratio}u;
  if n_${t} <= ${K}u || token + ${t}u >= ${T} {
    n_${t} = 0u;
  }
  #end
  var most = n_0;
  #for t in 1..TOKENS
  most = max(most, n_${t});
  #end
  if at.x * ${JT}u < most {
    ${self}_queries(at, token);
    for (var first = at.x * ${JT}u; first < min(most, (at.x + 1u) * ${JT}u); first += ${TILE}u) {
      var loaded = 0xffffffffu;
      #for t in 0..TOKENS
      if first < n_${t} {
        if loaded != row_${t}.w {
          loaded = row_${t}.w;
          // What the rows after it see of the same session is more.
          var n = n_${t};
          #for u in t + 1..TOKENS
          n = max(n, select(0u, n_${u}, row_${u}.w == loaded));
          #end
          workgroupBarrier();
          ${self}_bring(at, first, n, loaded);
        }
        workgroupBarrier();
        ${self}_multiply(at, ${t}u);
        workgroupBarrier();
        if at.lid < ${TILE}u && first + at.lid < n_${t} {
          var sum = 0.0;
          #for h in 0..16
          sum += ${self}_sums[${h * SUMS}u + at.lid];
          #end
          ${scores}[(token + ${t}u) * ${scores_stride} + first + at.lid] = sum;
        }
      }
      #end
    }
  }
}
