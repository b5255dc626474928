//! Stores the row in the workgroup array `${self}_row`, which is rotated but for its factor D^(-1/2),
//! as FP4: D / 8 words of codes, then the scale of each four of them. D a multiple of 128, WG of 8.
#let BLOCKS = D / 32

var<workgroup> ${self}_scales: array<u32, ${BLOCKS}>;

/// The first word is `out`. Has barriers.
fn ${self}_pack(at: At, out: u32) {
  let place = at.sg * ${SG} + at.lane;
  for (var first = 0u; first < ${D / 4}u; first += ${WG}u) {
    let d = first + place;
    var v = vec4<f32>();
    if d < ${D / 4}u {
      v = ${self}_get(d) * (1.0 / sqrt(f32(${D})));
    }
    let exponent = round_fp4_exponent(blocks_8_max(at, round_largest(v)));
    let codes = round_fp4_codes(v, exponent);
    let after = subgroupShuffleXor(codes, 1u);
    if d < ${D / 4}u {
      if d % 2u == 0u {
        ${pages}[out + d / 2u] = codes | (after << 16u);
      }
      if d % 8u == 0u {
        ${self}_scales[d / 8u] = exponent;
      }
    }
  }
  workgroupBarrier();
  if at.lid < ${BLOCKS / 4}u {
    let i = 4u * at.lid;
    ${pages}[out + ${D / 8}u + at.lid] = ${self}_scales[i] | (${self}_scales[i + 1u] << 8u)
      | (${self}_scales[i + 2u] << 16u) | (${self}_scales[i + 3u] << 24u);
  }
}
