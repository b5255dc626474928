//! qx: x in groups of 32 values as 16-bit integers with one scale, in records of 20 words.
//!
//! s = max |x| / 32512; v = round(x / s) = 256 hi + lo with hi in -127 .. 127 and lo in -128 .. 127.
//! words 0..8 hi, 8..16 lo, four bytes in each; then, as bits of f32, s, the sum of the first and of
//! the last 16 dequantized values; 0
//!
//! The workgroup takes the `at.x`-th of X parts of a row. Four neighboring lanes share a group.
#let PART = x_len / 32 / X

fn ${self}(at: At) {
  let first = at.y * ${x_len / 32}u + at.x * ${PART}u;
  for (var i = at.sg * ${SG} + at.lane; i < ${4 * PART}u; i += ${WG}u) {
    let group = first + i / 4u;
    let quarter = i % 4u;
    let a = ${x_v4}[group * 8u + 2u * quarter];
    let b = ${x_v4}[group * 8u + 2u * quarter + 1u];
    let largest = max(abs(a), abs(b));
    var most = max(max(largest.x, largest.y), max(largest.z, largest.w));
    most = max(most, subgroupShuffleXor(most, 1u));
    most = max(most, subgroupShuffleXor(most, 2u));
    // Where the inverse of the scale could overflow, values count as zeros.
    let counts = most > 1e-30;
    let scale = select(0.0, most / 32512.0, counts);
    let inverse = select(0.0, 32512.0 / most, counts);
    let va = vec4<i32>(round(clamp(a * inverse, vec4<f32>(-32512.0), vec4<f32>(32512.0))));
    let vb = vec4<i32>(round(clamp(b * inverse, vec4<f32>(-32512.0), vec4<f32>(32512.0))));
    let ha = (va + 128) >> vec4<u32>(8u);
    let hb = (vb + 128) >> vec4<u32>(8u);
    let at_qx = group * 20u + 2u * quarter;
    ${qx}[at_qx] = pack4xI8(ha);
    ${qx}[at_qx + 1u] = pack4xI8(hb);
    ${qx}[at_qx + 8u] = pack4xI8(va - ha * 256);
    ${qx}[at_qx + 9u] = pack4xI8(vb - hb * 256);
    let v = va + vb;
    var sum = v.x + v.y + v.z + v.w;
    sum += subgroupShuffleXor(sum, 1u);
    let other = subgroupShuffleXor(sum, 2u);
    if (quarter == 0u) {
      let scale_at = group * 20u + 16u;
      ${qx}[scale_at] = bitcast<u32>(scale);
      ${qx}[scale_at + 1u] = bitcast<u32>(scale * f32(sum));
      ${qx}[scale_at + 2u] = bitcast<u32>(scale * f32(other));
      ${qx}[scale_at + 3u] = 0u;
    }
  }
}
