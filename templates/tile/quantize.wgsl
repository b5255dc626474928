//! Rows in groups of 32 values as 16-bit integers with one scale, in records of 20 words.
//!
//! The records of RUN groups lie interleaved, so that threads with neighboring groups read
//! neighboring memory: words 4 i .. 4 i + 3 of record g are at 20 RUN (g / RUN) + 4 RUN i +
//! 4 (g % RUN).
//!
//! Takes `x` (vectors of four values), `len` (values of a row) and `qx` (words).
//!
//! s = max |x| / 32512; v = round(x / s) = 256 hi + lo, hi in -127 .. 127 and lo in -128 .. 127.
//! words 0..8 hi, 8..16 lo, four bytes in each; then, as bits of f32, s, the sum of the first and
//! of the last 16 dequantized values; 0
//!
//! The workgroup takes the `at.x`-th of X parts of a row. Four neighboring lanes share a group.
#let PART = len / 32 / X

fn ${self}_quantize(at: At) {
  let first = at.y * ${len / 32}u + at.x * ${PART}u;
  // Unrolled, and written after all is read, so that all loads are under way at once. Every lane of
  // a subgroup takes part in its shuffles; those beyond the part repeat the last group and keep
  // nothing.
  #for turn in 0..ceil(4 * PART / WG)
  let i_${turn} = ${turn * WG}u + at.sg * ${SG} + at.lane;
  let quad_${turn} = (first + min(i_${turn} / 4u, ${PART - 1}u)) * 8u + 2u * (i_${turn} % 4u);
  let a_${turn} = ${x}[quad_${turn}];
  let b_${turn} = ${x}[quad_${turn} + 1u];
  #end
  #for turn in 0..ceil(4 * PART / WG)
  {
    let i = i_${turn};
    let inside = i < ${4 * PART}u;
    let group = first + min(i / 4u, ${PART - 1}u);
    let quarter = i % 4u;
    let a = a_${turn};
    let b = b_${turn};
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
    let record = group / ${RUN}u * ${20 * RUN}u + group % ${RUN}u * 4u;
    let words = record + quarter / 2u * ${4 * RUN}u + quarter % 2u * 2u;
    if inside {
      ${qx}[words] = pack4xI8(ha);
      ${qx}[words + 1u] = pack4xI8(hb);
      ${qx}[words + ${8 * RUN}u] = pack4xI8(va - ha * 256);
      ${qx}[words + ${8 * RUN + 1}u] = pack4xI8(vb - hb * 256);
    }
    let v = va + vb;
    var sum = v.x + v.y + v.z + v.w;
    sum += subgroupShuffleXor(sum, 1u);
    let other = subgroupShuffleXor(sum, 2u);
    if inside && quarter == 0u {
      let last = record + ${16 * RUN}u;
      ${qx}[last] = bitcast<u32>(scale);
      ${qx}[last + 1u] = bitcast<u32>(scale * f32(sum));
      ${qx}[last + 2u] = bitcast<u32>(scale * f32(other));
      ${qx}[last + 3u] = 0u;
    }
  }
  #end
}
