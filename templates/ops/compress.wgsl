//! c[i] = Σ_u softmax_u(G[u, i]) · K[u, i] over the window's tokens u;
//! row = packed(rope(rms_norm(c) · norm, j·R)), stored as row j of the pages.
//!
//! One workgroup for each row of the step, which stores a row where it ends a window. With W = 2 D
//! windows overlap: the first half of the previous R tokens' rows and the second half of the last R
//! tokens' rows; row 0 has no previous tokens. R a multiple of 4, D of 64, WG of 16.
#import tile/reduce
#import tile/rotation
#if pages_form == "fp8"
#import tile/blocks with B = 16
#import tile/round
#import tile/pack_fp8 with CODES = (D - pages_halves) / 4
#elif pages_form == "fp4"
#import tile/blocks with B = 8
#import tile/round
#import tile/hadamard
#import tile/pack_fp4
#end
#let PAIRS = freqs_len

var<workgroup> ${self}_row: array<f32, ${D}>;

/// Where the token at `position` of the session of row `t` is: whether in the step, and row there.
fn ${self}_token(t: u32, position: u32) -> vec2<u32> {
  let segment = ${rows}[2u * t + 1u];
  if position >= segment.y {
    return vec2<u32>(1u, (segment.x + position - segment.y) * ${W / 4}u);
  }
  return vec2<u32>(
    0u, ${rows}[2u * t].z * ${STATE_LEN / 4}u + position % ${U}u * ${W / 4}u);
}

fn ${self}_gate(token: vec2<u32>, quad: u32) -> vec4<f32> {
  if token.x == 1u {
    return ${g_v4}[token.y + quad];
  }
  return ${g_ring_v4}[token.y + (${g_ring_at}) / 4u + quad];
}

fn ${self}_key(token: vec2<u32>, quad: u32) -> vec4<f32> {
  if token.x == 1u {
    return ${k_v4}[token.y + quad];
  }
  return ${k_ring_v4}[token.y + (${k_ring_at}) / 4u + quad];
}

/// Values 4 quad .. 4 quad + 3 of window `j` pooled.
fn ${self}_pool(t: u32, j: u32, quad: u32) -> vec4<f32> {
  var top = vec4<f32>(-3.0e38);
  var weight = vec4<f32>();
  var sum = vec4<f32>();
  #if W == 2 * D
  for (var u = select(0u, ${R}u, j == 0u); u < ${2 * R}u; u += 4u) {
    let place = quad + select(${D / 4}u, 0u, u < ${R}u);
    let first = j * ${R}u + u - ${R}u;
  #else
  for (var u = 0u; u < ${R}u; u += 4u) {
    let place = quad;
    let first = j * ${R}u + u;
  #end
    #for i in 0..4
    let token_${i} = ${self}_token(t, first + ${i}u);
    let gate_${i} = ${self}_gate(token_${i}, place);
    let key_${i} = ${self}_key(token_${i}, place);
    #end
    let former = top;
    top = max(max(top, max(gate_0, gate_1)), max(gate_2, gate_3));
    let factor = exp(former - top);
    weight *= factor;
    sum *= factor;
    #for i in 0..4
    {
      let w = exp(gate_${i} - top);
      weight += w;
      sum += w * key_${i};
    }
    #end
  }
  return sum / weight;
}

fn ${self}_put(quad: u32, v: vec4<f32>) {
  ${self}_row[4u * quad] = v.x;
  ${self}_row[4u * quad + 1u] = v.y;
  ${self}_row[4u * quad + 2u] = v.z;
  ${self}_row[4u * quad + 3u] = v.w;
}

fn ${self}_get(quad: u32) -> vec4<f32> {
  return vec4<f32>(${self}_row[4u * quad], ${self}_row[4u * quad + 1u],
    ${self}_row[4u * quad + 2u], ${self}_row[4u * quad + 3u]);
}

/// The pooled row `j`, normalized and rotated. Ends with a barrier.
fn ${self}_pooled(at: At, j: u32) {
  var square = 0.0;
  for (var d = at.lid; d < ${D / 4}u; d += ${WG}u) {
    let c = ${self}_pool(at.y, j, d);
    square += dot(c, c);
    ${self}_put(d, c);
  }
  let factor = 1.0 / sqrt(reduce_sum(at, square) / ${D}.0 + ${eps});
  for (var d = at.lid; d < ${D / 4}u; d += ${WG}u) {
    ${self}_put(d, ${self}_get(d) * factor * ${norm_v4}[d]);
  }
  workgroupBarrier();
  for (var pair = at.lid; pair < ${PAIRS}u; pair += ${WG}u) {
    let turn = rotation(f32(j * ${R}u) * ${freqs}[pair]);
    let place = ${D - 2 * PAIRS}u + 2u * pair;
    let a = ${self}_row[place];
    let b = ${self}_row[place + 1u];
    ${self}_row[place] = a * turn.x - b * turn.y;
    ${self}_row[place + 1u] = a * turn.y + b * turn.x;
  }
  workgroupBarrier();
}

fn ${self}(at: At) {
  let row = ${rows}[2u * at.y];
  if (row.y + 1u) % ${R}u == 0u {
    let j = row.y / ${R}u;
    ${self}_pooled(at, j);
    let page = ${page_table}[row.w + j / ${P}u];
    #if pages_form == "exact"
    let out = page * ${PAGE_LEN / 4}u + (${pages_at}) / 4u + j % ${P}u * ${D / 4}u;
    for (var d = at.lid; d < ${D / 4}u; d += ${WG}u) {
      ${pages_v4}[out + d] = ${self}_get(d);
    }
    #else
    #if pages_form == "fp4"
    ${self}_hadamard(at);
    #end
    ${self}_pack(at, page * ${PAGE_LEN}u + ${pages_at} + j % ${P}u * ${pages_words}u);
    #end
  }
}
