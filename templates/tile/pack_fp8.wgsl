//! Stores the row in the workgroup array `${self}_row` as FP8: CODES words of codes, then pairs of
//! half floats, then the scale of each 16 words of codes. CODES a multiple of 16, WG of 16.
#let BLOCKS = CODES / 16

var<workgroup> ${self}_scales: array<u32, ${ceil(BLOCKS / 4) * 4}>;

/// The first word is `out`. Has barriers.
fn ${self}_pack(at: At, out: u32) {
  if at.lid >= ${BLOCKS}u && at.lid < ${ceil(BLOCKS / 4) * 4}u {
    ${self}_scales[at.lid] = 0u;
  }
  let place = at.sg * ${SG} + at.lane;
  for (var first = 0u; first < ${D / 4}u; first += ${WG}u) {
    let d = first + place;
    var v = vec4<f32>();
    if d < ${D / 4}u {
      v = ${self}_get(d);
    }
    let exponent = round_fp8_exponent(blocks_16_max(at, round_largest(v)));
    if d < ${CODES}u {
      ${pages}[out + d] = round_fp8_codes(v, exponent);
      if d % 16u == 0u {
        ${self}_scales[d / 16u] = exponent;
      }
    } else if d < ${D / 4}u {
      let to = out + 2u * d - ${CODES}u;
      ${pages}[to] = round_half(v.x) | (round_half(v.y) << 16u);
      ${pages}[to + 1u] = round_half(v.z) | (round_half(v.w) << 16u);
    }
  }
  workgroupBarrier();
  if at.lid < ${ceil(BLOCKS / 4)}u {
    let i = 4u * at.lid;
    ${pages}[out + ${D / 2 - CODES}u + at.lid] = ${self}_scales[i] | (${self}_scales[i + 1u] << 8u)
      | (${self}_scales[i + 2u] << 16u) | (${self}_scales[i + 3u] << 24u);
  }
}
