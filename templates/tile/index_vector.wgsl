//! The body of `ops/index_scores` without tensor cores: JT cached rows and one row of the step in a
//! workgroup. H and JT as `tile/products` wants them, JT at most 4 WG.
#import tile/products with a = q_v4, A = H, B = JT, QUADS = 8
#import tile/cached with cache = index_rows, cache_v4 = index_rows_v4, cache_at = index_rows_at, form = index_rows_form, words = index_rows_words, halves = index_rows_halves
#let GROUPS = min(WG * 4 / JT, H)

/// Whether a cached row is visible, and where it is.
var<workgroup> ${self}_places: array<vec2<u32>, ${JT}>;
/// Sums over every GROUPS-th head.
var<workgroup> ${self}_parts: array<vec4<f32>, ${GROUPS * JT / 4}>;

fn ${self}_b(row: u32, i: u32) -> vec4<f32> {
  let place = ${self}_places[row];
  if place.x == 1u {
    return ${self}_cached(place.y, i);
  }
  return vec4<f32>();
}

fn ${self}_score(at: At) {
  let row = ${rows}[2u * at.y];
  let n_visible = (row.y + 1u) / ${ratio}u;
  let first = at.x * ${JT}u;
  if n_visible > ${K}u && first < n_visible {
    for (var i = at.lid; i < ${JT}u; i += ${WG}u) {
      let j = first + i;
      var place = vec2<u32>();
      if j < n_visible {
        place = vec2<u32>(1u, ${self}_cached_row(j, row.w));
      }
      ${self}_places[i] = place;
    }
    ${self}_products(at, at.y * ${H * D / 4}u);

    let quad = at.lid % ${JT / 4}u;
    let group = at.lid / ${JT / 4}u;
    if group < ${GROUPS}u {
      let scale = 1.0 / sqrt(f32(${D * H}));
      var sum = vec4<f32>();
      for (var h = group; h < ${H}u; h += ${GROUPS}u) {
        let products = max(${self}_sums[h * ${JT / 4}u + quad], vec4<f32>());
        sum += products * (${g}[at.y * ${H}u + h] * scale);
      }
      ${self}_parts[at.lid] = sum;
    }
    workgroupBarrier();
    if at.lid < ${JT / 4}u {
      var sum = ${self}_parts[at.lid];
      for (var i = 1u; i < ${GROUPS}u; i += 1u) {
        sum += ${self}_parts[i * ${JT / 4}u + at.lid];
      }
      let out = at.y * ${scores_stride} + first + 4u * at.lid;
      #for i in 0..4
      if first + 4u * at.lid + ${i}u < n_visible {
        ${scores}[out + ${i}u] = sum[${i}];
      }
      #end
    }
  }
}
