//! The body of `ops/attend` without tensor cores: HEADS heads of one row in a workgroup, JT rows at a
//! time.
//!
//! Scores by `tile/products`, an online softmax, then each thread adds its four dimensions for its
//! heads. HEADS and JT as `tile/products` wants them, HEADS · JT at most 4 WG, WG a multiple of
//! D / 4.
#import tile/products with a = q_v4, A = HEADS, B = JT, QUADS = DEPTH
#import tile/attend_rows
#import tile/attend_count

#let QUADS = D / 4
#let GROUPS = min(WG / QUADS, HEADS)
#let OWN = ceil(HEADS / GROUPS)

/// Below every score, and finite so that differences are.
const ${self}_LOWEST: f32 = -3.0e38;

/// Kind and first quad of each row of the tile.
var<workgroup> ${self}_places: array<vec2<u32>, ${JT}>;
/// Weights of head h and rows 4 j .. 4 j + 3 at h · JT / 4 + j.
var<workgroup> ${self}_weights: array<vec4<f32>, ${HEADS * JT / 4}>;
/// What the former sums of each head are worth.
var<workgroup> ${self}_factors: array<f32, ${HEADS}>;
/// Largest score and sum of the weights of each head.
var<workgroup> ${self}_results: array<vec2<f32>, ${HEADS}>;

fn ${self}_b(row: u32, i: u32) -> vec4<f32> {
  return ${self}_value(${self}_places[row], i);
}

/// The scores of the tile to weights; `top` and `sum` are the largest score and the sum so far of
/// the head that this thread has. Ends with a barrier.
fn ${self}_softmax(at: At, top: ptr<function, f32>, sum: ptr<function, f32>) {
  let owns = at.lid < ${HEADS * JT / 4}u;
  let head = at.lid / ${JT / 4}u;
  let quad = at.lid % ${JT / 4}u;
  var scores = vec4<f32>();
  var seen = vec4<bool>();
  if owns {
    seen = vec4<bool>(
      ${self}_places[4u * quad].x != 0u, ${self}_places[4u * quad + 1u].x != 0u,
      ${self}_places[4u * quad + 2u].x != 0u, ${self}_places[4u * quad + 3u].x != 0u);
    let scaled = ${self}_sums[at.lid] * (1.0 / sqrt(f32(${D})));
    scores = select(vec4<f32>(${self}_LOWEST), scaled, seen);
    ${self}_sums[at.lid] = scores;
  }
  workgroupBarrier();
  if owns {
    var largest = vec4<f32>(*top);
    for (var j = 0u; j < ${JT / 4}u; j += 1u) {
      largest = max(largest, ${self}_sums[head * ${JT / 4}u + j]);
    }
    let former = *top;
    *top = max(max(largest.x, largest.y), max(largest.z, largest.w));
    ${self}_weights[at.lid] = select(vec4<f32>(), exp(scores - *top), seen);
    if quad == 0u {
      let factor = exp(former - *top);
      ${self}_factors[head] = factor;
      *sum *= factor;
    }
  }
  workgroupBarrier();
  if owns && quad == 0u {
    for (var j = 0u; j < ${JT / 4}u; j += 1u) {
      let w = ${self}_weights[at.lid + j];
      *sum += w.x + w.y + w.z + w.w;
    }
  }
}

fn ${self}_attend(at: At) {
  let first_head = at.x * ${HEADS}u;
  let position = ${rows}[2u * at.y].y;
  let n_raw = min(position + 1u, ${W}u);
  let n_tiles = (n_raw + ${self}_compressed(at, at.y) + ${JT - 1}u) / ${JT}u;

  let own_head = first_head + at.lid / ${JT / 4}u;
  // The sink is one row more, without values.
  var top = ${self}_LOWEST;
  var sum = 1.0;
  if at.lid < ${HEADS * JT / 4}u {
    top = max(top, ${sinks}[own_head]);
  }

  let group = at.lid / ${QUADS}u * ${OWN}u;
  let quad = at.lid % ${QUADS}u;
  #for h in 0..OWN
  var out_${h} = vec4<f32>();
  #end
  for (var tile = 0u; tile < n_tiles; tile += 1u) {
    workgroupBarrier();
    if at.lid < ${JT}u {
      ${self}_places[at.lid] = ${self}_place(at.y, tile * ${JT}u + at.lid, n_raw);
    }
    ${self}_products(at, (at.y * ${H}u + first_head) * ${D / 4}u);
    ${self}_softmax(at, &top, &sum);
    #if GROUPS * QUADS < WG || OWN * GROUPS > HEADS
    if group < ${HEADS}u {
    #end
    #for h in 0..OWN
    out_${h} *= ${self}_factors[group + ${h}u];
    #end
    for (var j = 0u; j < ${JT / 4}u; j += 1u) {
      #for i in 0..4
      let row_${i} = ${self}_value(${self}_places[4u * j + ${i}u], quad);
      #end
      #for h in 0..OWN
      {
        let w = ${self}_weights[(group + ${h}u) * ${JT / 4}u + j];
        out_${h} = fma(vec4<f32>(w.x), row_0, out_${h});
        out_${h} = fma(vec4<f32>(w.y), row_1, out_${h});
        out_${h} = fma(vec4<f32>(w.z), row_2, out_${h});
        out_${h} = fma(vec4<f32>(w.w), row_3, out_${h});
      }
      #end
    }
    #if GROUPS * QUADS < WG || OWN * GROUPS > HEADS
    }
    #end
  }

  if at.lid < ${HEADS * JT / 4}u && at.lid % ${JT / 4}u == 0u {
    ${self}_results[at.lid / ${JT / 4}u] = vec2<f32>(top, sum);
  }
  workgroupBarrier();
  if group < ${HEADS}u {
    #for h in 0..OWN
    {
      let row = (at.y * ${H}u + first_head + group + ${h}u) * ${D / 4}u;
      ${out_v4}[row + quad] = out_${h} / ${self}_results[group + ${h}u].y;
    }
    #end
  }
}
