// hc_finish_hc_reduce_rms_norm_quantize_wzyvfq
//
// hc_finish of hc_mix (MODEL.md 2.3, steps 1 to 5)
//   template ops/hc_finish, CHUNK = 64, DEPTH = 16, JT = 32, M = 24, N = 4096, OUT = 32, ROWS = 2, S = 4, SPLITS = 1, TOKENS = 32, iters = 20
//   m = (fun · v) · (mean(v²) + eps.rms)^(-1/2), v = all streams;
//   pre = σ(m·scale₀ + base) + eps.hc; post = 2σ(m·scale₁ + base);
//   comb = sinkhorn(m·scale₂ + base); mix = pre, post, comb
//
// hc_reduce of hc_reduce (MODEL.md 2.3, step 6)
//   template ops/hc_reduce, CHUNK = 64, DEPTH = 16, JT = 32, M = 24, N = 4096, OUT = 32, ROWS = 2, S = 4, SPLITS = 1, TOKENS = 32
//   x[t, n] = Σ_s pre[t, s] · streams[t, s, n]
//
// rms_norm of rms_norm (MODEL.md 2.1)
//   template ops/rms_norm, CHUNK = 64, DEPTH = 16, JT = 32, N = 4096, OUT = 32, ROWS = 2, SPLITS = 1, TOKENS = 32
//   y[t, n] = x[t, n] · (mean_n x[t, n]² + eps)^(-1/2) · w[n]
//
// quantize of matmul (MODEL.md 2.5)
//   template ops/quantize, CHUNK = 64, DEPTH = 16, I = 4096, JT = 32, O = 1024, OUT = 32, ROWS = 2, SPLITS = 1, TOKENS = 32
//   y[t, o] = Σ_i w[o, i] · x[t, i]
//
// binding  name  elements  what
// 0  partial_0  f32  1600 values a row, temporary, read
// 1  scale_1  f32  [3], read
// 2  base_2  f32  [24], read
// 3  mix_3  f32  [T, 24], read and written
// 4  streams_4_v4  vec4<f32>  [T, 4, 4096], read
// 5  x_5_v4  vec4<f32>  [T, 4096], read and written
// 6  w_6_v4  vec4<f32>  [4096], read
// 7  y_7_v4  vec4<f32>  [T, 4096], read and written
// 8  qx_8  u32  2560 values a row, temporary, read and written

struct At { x: u32, y: u32, lid: u32, lane: u32, sg: u32 }
struct Params { rows: u32, logit_rows: u32, cached: u32 }
var<immediate> p: Params;
@group(0) @binding(0) var<storage, read> partial_0: array<f32>;
@group(0) @binding(1) var<storage, read> scale_1: array<f32>;
@group(0) @binding(2) var<storage, read> base_2: array<f32>;
@group(0) @binding(3) var<storage, read_write> mix_3: array<f32>;
@group(0) @binding(4) var<storage, read> streams_4_v4: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> x_5_v4: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> w_6_v4: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> y_7_v4: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read_write> qx_8: array<u32>;
var<private> subgroup_width: u32;

var<workgroup> hc_finish_0_sums: array<f32, 25>;

/// Ends with a barrier.
fn hc_finish_0_gather(at: At) {
  for (var m = at.sg; m <= 24u; m += 128u / subgroup_width) {
    var sum = 0.0;
    for (var x = at.lane; x < 64u; x += subgroup_width) {
      sum += partial_0[(at.y * 25u + m) * 64u + x];
    }
    sum = subgroupAdd(sum);
    if at.lane == 0u {
      hc_finish_0_sums[m] = sum;
    }
  }
  workgroupBarrier();
}

/// What makes the streams' mean square one.
fn hc_finish_0_factor() -> f32 {
  return 1.0 / sqrt(hc_finish_0_sums[24] / 16384.0 + 1e-6);
}

/// `e^x`; 0 below -87.3, and for large `x` a finite value near the largest.
///
/// Source of the polynomial: `expf` of the Cephes library.
fn precise_exp(x: f32) -> f32 {
  let bounded = clamp(x, -87.3, 88.0);
  let n = round(bounded * 1.44269504);
  // ln 2 as a short number and the rest, so that whole multiples of the first are exact.
  let r = fma(n, 2.12194440e-4, fma(n, -0.693359375, bounded));
  var y = fma(1.9875691500e-4, r, 1.3981999507e-3);
  y = fma(y, r, 8.3334519073e-3);
  y = fma(y, r, 4.1665795894e-2);
  y = fma(y, r, 1.6666665459e-1);
  y = fma(y, r, 5.0000001201e-1);
  y = fma(y, r * r, r) + 1.0;
  let power = bitcast<f32>(u32(i32(n) + 127) << 23u);
  return select(y * power, 0.0, x < -87.3);
}

/// The logistic function.
fn precise_sigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + precise_exp(-x));
}

/// `2 atanh(s)` of `|s| <= 1/3`: the logarithm of `(1 + s) / (1 - s)`.
fn precise_atanh2(s: f32) -> f32 {
  let z = s * s;
  var y = fma(z, 1.0 / 15.0, 1.0 / 13.0);
  y = fma(y, z, 1.0 / 11.0);
  y = fma(y, z, 1.0 / 9.0);
  y = fma(y, z, 1.0 / 7.0);
  y = fma(y, z, 1.0 / 5.0);
  y = fma(y, z, 1.0 / 3.0);
  let twice = 2.0 * s;
  return fma(twice * z, y, twice);
}

/// `ln(1 + u)` of `u` in 0 .. 1.
fn precise_ln_1p(u: f32) -> f32 {
  return precise_atanh2(u / (2.0 + u));
}

/// `ln(x)` of a normal `x`.
fn precise_ln(x: f32) -> f32 {
  // x = f * 2^n with f in 3/4 .. 3/2.
  let bits = bitcast<u32>(x);
  let n = i32((bits + 0x400000u) >> 23u) - 127;
  let f = bitcast<f32>(bits - (bitcast<u32>(n) << 23u));
  return fma(f32(n), 0.69314718, precise_atanh2((f - 1.0) / (f + 1.0)));
}

var<workgroup> reduce_words: array<u32, 32>;
var<workgroup> reduce_places: array<u32, 32>;

/// Leaves one word for each subgroup.
fn reduce_gather(at: At, word: u32) {
  workgroupBarrier();
  if at.lane == 0u {
    reduce_words[at.sg] = word;
  }
  workgroupBarrier();
}

/// The sum.
fn reduce_sum(at: At, value: f32) -> f32 {
  reduce_gather(at, bitcast<u32>(subgroupAdd(value)));
  var sum = 0.0;
  for (var i = 0u; i < 128u / subgroup_width; i += 1u) {
    sum += bitcast<f32>(reduce_words[i]);
  }
  return sum;
}

/// The largest value.
fn reduce_max(at: At, value: f32) -> f32 {
  reduce_gather(at, bitcast<u32>(subgroupMax(value)));
  var largest = bitcast<f32>(reduce_words[0]);
  for (var i = 1u; i < 128u / subgroup_width; i += 1u) {
    largest = max(largest, bitcast<f32>(reduce_words[i]));
  }
  return largest;
}

/// The largest word.
fn reduce_max_u32(at: At, word: u32) -> u32 {
  reduce_gather(at, subgroupMax(word));
  var largest = reduce_words[0];
  for (var i = 1u; i < 128u / subgroup_width; i += 1u) {
    largest = max(largest, reduce_words[i]);
  }
  return largest;
}

/// The place of the largest key, the lowest of equals.
fn reduce_best(at: At, key: u32, place: u32) -> u32 {
  let largest = subgroupMax(key);
  let lowest = subgroupMin(select(0xffffffffu, place, key == largest));
  workgroupBarrier();
  if at.lane == 0u {
    reduce_words[at.sg] = largest;
    reduce_places[at.sg] = lowest;
  }
  workgroupBarrier();
  var best = reduce_words[0];
  var found = reduce_places[0];
  for (var i = 1u; i < 128u / subgroup_width; i += 1u) {
    let other = reduce_words[i];
    let other_place = reduce_places[i];
    if other > best || (other == best && other_place < found) {
      best = other;
      found = other_place;
    }
  }
  return found;
}

/// The sum over the threads before this one, and over all; threads are ordered by subgroup and
/// lane.
fn reduce_before(at: At, word: u32) -> vec2<u32> {
  let within = subgroupExclusiveAdd(word);
  reduce_gather(at, subgroupAdd(word));
  var before = within;
  var total = 0u;
  for (var i = 0u; i < 128u / subgroup_width; i += 1u) {
    let sum = reduce_words[i];
    before += select(0u, sum, i < at.sg);
    total += sum;
  }
  return vec2<u32>(before, total);
}

fn quantize_3_quantize(at: At) {
  let first = at.y * 128u + at.x * 128u;
  // Unrolled, so that all loads are under way at once.
  {
    // Every lane of a subgroup takes part in its shuffles; those beyond the part repeat the last
    // group and keep nothing.
    let i = 0u + at.sg * subgroup_width + at.lane;
    let inside = i < 512u;
    let group = first + min(i / 4u, 127u);
    let quarter = i % 4u;
    let a = y_7_v4[group * 8u + 2u * quarter];
    let b = y_7_v4[group * 8u + 2u * quarter + 1u];
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
    let record = group / 8u * 160u + group % 8u * 4u;
    let words = record + quarter / 2u * 32u + quarter % 2u * 2u;
    if inside {
      qx_8[words] = pack4xI8(ha);
      qx_8[words + 1u] = pack4xI8(hb);
      qx_8[words + 64u] = pack4xI8(va - ha * 256);
      qx_8[words + 65u] = pack4xI8(vb - hb * 256);
    }
    let v = va + vb;
    var sum = v.x + v.y + v.z + v.w;
    sum += subgroupShuffleXor(sum, 1u);
    let other = subgroupShuffleXor(sum, 2u);
    if inside && quarter == 0u {
      let last = record + 128u;
      qx_8[last] = bitcast<u32>(scale);
      qx_8[last + 1u] = bitcast<u32>(scale * f32(sum));
      qx_8[last + 2u] = bitcast<u32>(scale * f32(other));
      qx_8[last + 3u] = 0u;
    }
  }
  {
    // Every lane of a subgroup takes part in its shuffles; those beyond the part repeat the last
    // group and keep nothing.
    let i = 128u + at.sg * subgroup_width + at.lane;
    let inside = i < 512u;
    let group = first + min(i / 4u, 127u);
    let quarter = i % 4u;
    let a = y_7_v4[group * 8u + 2u * quarter];
    let b = y_7_v4[group * 8u + 2u * quarter + 1u];
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
    let record = group / 8u * 160u + group % 8u * 4u;
    let words = record + quarter / 2u * 32u + quarter % 2u * 2u;
    if inside {
      qx_8[words] = pack4xI8(ha);
      qx_8[words + 1u] = pack4xI8(hb);
      qx_8[words + 64u] = pack4xI8(va - ha * 256);
      qx_8[words + 65u] = pack4xI8(vb - hb * 256);
    }
    let v = va + vb;
    var sum = v.x + v.y + v.z + v.w;
    sum += subgroupShuffleXor(sum, 1u);
    let other = subgroupShuffleXor(sum, 2u);
    if inside && quarter == 0u {
      let last = record + 128u;
      qx_8[last] = bitcast<u32>(scale);
      qx_8[last + 1u] = bitcast<u32>(scale * f32(sum));
      qx_8[last + 2u] = bitcast<u32>(scale * f32(other));
      qx_8[last + 3u] = 0u;
    }
  }
  {
    // Every lane of a subgroup takes part in its shuffles; those beyond the part repeat the last
    // group and keep nothing.
    let i = 256u + at.sg * subgroup_width + at.lane;
    let inside = i < 512u;
    let group = first + min(i / 4u, 127u);
    let quarter = i % 4u;
    let a = y_7_v4[group * 8u + 2u * quarter];
    let b = y_7_v4[group * 8u + 2u * quarter + 1u];
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
    let record = group / 8u * 160u + group % 8u * 4u;
    let words = record + quarter / 2u * 32u + quarter % 2u * 2u;
    if inside {
      qx_8[words] = pack4xI8(ha);
      qx_8[words + 1u] = pack4xI8(hb);
      qx_8[words + 64u] = pack4xI8(va - ha * 256);
      qx_8[words + 65u] = pack4xI8(vb - hb * 256);
    }
    let v = va + vb;
    var sum = v.x + v.y + v.z + v.w;
    sum += subgroupShuffleXor(sum, 1u);
    let other = subgroupShuffleXor(sum, 2u);
    if inside && quarter == 0u {
      let last = record + 128u;
      qx_8[last] = bitcast<u32>(scale);
      qx_8[last + 1u] = bitcast<u32>(scale * f32(sum));
      qx_8[last + 2u] = bitcast<u32>(scale * f32(other));
      qx_8[last + 3u] = 0u;
    }
  }
  {
    // Every lane of a subgroup takes part in its shuffles; those beyond the part repeat the last
    // group and keep nothing.
    let i = 384u + at.sg * subgroup_width + at.lane;
    let inside = i < 512u;
    let group = first + min(i / 4u, 127u);
    let quarter = i % 4u;
    let a = y_7_v4[group * 8u + 2u * quarter];
    let b = y_7_v4[group * 8u + 2u * quarter + 1u];
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
    let record = group / 8u * 160u + group % 8u * 4u;
    let words = record + quarter / 2u * 32u + quarter % 2u * 2u;
    if inside {
      qx_8[words] = pack4xI8(ha);
      qx_8[words + 1u] = pack4xI8(hb);
      qx_8[words + 64u] = pack4xI8(va - ha * 256);
      qx_8[words + 65u] = pack4xI8(vb - hb * 256);
    }
    let v = va + vb;
    var sum = v.x + v.y + v.z + v.w;
    sum += subgroupShuffleXor(sum, 1u);
    let other = subgroupShuffleXor(sum, 2u);
    if inside && quarter == 0u {
      let last = record + 128u;
      qx_8[last] = bitcast<u32>(scale);
      qx_8[last + 1u] = bitcast<u32>(scale * f32(sum));
      qx_8[last + 2u] = bitcast<u32>(scale * f32(other));
      qx_8[last + 3u] = 0u;
    }
  }
}

/// Four columns divided by their sums; a lane has one row of four, lanes 0 to 3 all of them.
fn hc_finish_0_columns(row: vec4<f32>) -> vec4<f32> {
  let pairs = row + subgroupShuffleXor(row, 1u);
  return row * (1.0 / (pairs + subgroupShuffleXor(pairs, 2u) + 1e-6));
}

fn hc_finish_0(at: At) {
  hc_finish_0_gather(at);
  let factor = hc_finish_0_factor();
  let out = at.y * 24u;

  // The other lanes repeat the four rows.
  let j = at.lane % 4u;
  let first = 8u + 4u * j;
  var row = vec4<f32>();
  row[0] = hc_finish_0_sums[first + 0u] * factor * scale_1[2] + base_2[first + 0u];
  row[1] = hc_finish_0_sums[first + 1u] * factor * scale_1[2] + base_2[first + 1u];
  row[2] = hc_finish_0_sums[first + 2u] * factor * scale_1[2] + base_2[first + 2u];
  row[3] = hc_finish_0_sums[first + 3u] * factor * scale_1[2] + base_2[first + 3u];
  let largest = max(max(row.x, row.y), max(row.z, row.w));
  row[0] = precise_exp(row[0] - largest);
  row[1] = precise_exp(row[1] - largest);
  row[2] = precise_exp(row[2] - largest);
  row[3] = precise_exp(row[3] - largest);
  row = hc_finish_0_columns(row / (row.x + row.y + row.z + row.w) + 1e-6);
  for (var i = 1u; i < 20u; i += 1u) {
    row = hc_finish_0_columns(row * (1.0 / ((row.x + row.y) + (row.z + row.w) + 1e-6)));
  }

  if at.sg == 0u && at.lane < 4u {
    let pre = hc_finish_0_sums[j] * factor * scale_1[0] + base_2[j];
    let post = hc_finish_0_sums[4u + j] * factor * scale_1[1] + base_2[4u + j];
    mix_3[out + j] = precise_sigmoid(pre) + 1e-6;
    mix_3[out + 4u + j] = 2.0 * precise_sigmoid(post);
    mix_3[out + first + 0u] = row[0];
    mix_3[out + first + 1u] = row[1];
    mix_3[out + first + 2u] = row[2];
    mix_3[out + first + 3u] = row[3];
  }
}

fn hc_reduce_1(at: At) {
  let pre_0 = mix_3[at.y * 24u + 0u];
  let pre_1 = mix_3[at.y * 24u + 1u];
  let pre_2 = mix_3[at.y * 24u + 2u];
  let pre_3 = mix_3[at.y * 24u + 3u];
  // Unrolled, so that all loads are under way at once.
  {
    let n = at.x * 1024u + at.lid + 0u;
    let first = at.y * 4096u + n;
    var sum = pre_0 * streams_4_v4[first];
    sum += pre_1 * streams_4_v4[first + 1024u];
    sum += pre_2 * streams_4_v4[first + 2048u];
    sum += pre_3 * streams_4_v4[first + 3072u];
    x_5_v4[at.y * 1024u + n] = sum;
  }
  {
    let n = at.x * 1024u + at.lid + 128u;
    let first = at.y * 4096u + n;
    var sum = pre_0 * streams_4_v4[first];
    sum += pre_1 * streams_4_v4[first + 1024u];
    sum += pre_2 * streams_4_v4[first + 2048u];
    sum += pre_3 * streams_4_v4[first + 3072u];
    x_5_v4[at.y * 1024u + n] = sum;
  }
  {
    let n = at.x * 1024u + at.lid + 256u;
    let first = at.y * 4096u + n;
    var sum = pre_0 * streams_4_v4[first];
    sum += pre_1 * streams_4_v4[first + 1024u];
    sum += pre_2 * streams_4_v4[first + 2048u];
    sum += pre_3 * streams_4_v4[first + 3072u];
    x_5_v4[at.y * 1024u + n] = sum;
  }
  {
    let n = at.x * 1024u + at.lid + 384u;
    let first = at.y * 4096u + n;
    var sum = pre_0 * streams_4_v4[first];
    sum += pre_1 * streams_4_v4[first + 1024u];
    sum += pre_2 * streams_4_v4[first + 2048u];
    sum += pre_3 * streams_4_v4[first + 3072u];
    x_5_v4[at.y * 1024u + n] = sum;
  }
  {
    let n = at.x * 1024u + at.lid + 512u;
    let first = at.y * 4096u + n;
    var sum = pre_0 * streams_4_v4[first];
    sum += pre_1 * streams_4_v4[first + 1024u];
    sum += pre_2 * streams_4_v4[first + 2048u];
    sum += pre_3 * streams_4_v4[first + 3072u];
    x_5_v4[at.y * 1024u + n] = sum;
  }
  {
    let n = at.x * 1024u + at.lid + 640u;
    let first = at.y * 4096u + n;
    var sum = pre_0 * streams_4_v4[first];
    sum += pre_1 * streams_4_v4[first + 1024u];
    sum += pre_2 * streams_4_v4[first + 2048u];
    sum += pre_3 * streams_4_v4[first + 3072u];
    x_5_v4[at.y * 1024u + n] = sum;
  }
  {
    let n = at.x * 1024u + at.lid + 768u;
    let first = at.y * 4096u + n;
    var sum = pre_0 * streams_4_v4[first];
    sum += pre_1 * streams_4_v4[first + 1024u];
    sum += pre_2 * streams_4_v4[first + 2048u];
    sum += pre_3 * streams_4_v4[first + 3072u];
    x_5_v4[at.y * 1024u + n] = sum;
  }
  {
    let n = at.x * 1024u + at.lid + 896u;
    let first = at.y * 4096u + n;
    var sum = pre_0 * streams_4_v4[first];
    sum += pre_1 * streams_4_v4[first + 1024u];
    sum += pre_2 * streams_4_v4[first + 2048u];
    sum += pre_3 * streams_4_v4[first + 3072u];
    x_5_v4[at.y * 1024u + n] = sum;
  }
}

fn rms_norm_2(at: At) {
  let row = at.y * 1024u;
  var square = 0.0;
  var x_0 = vec4<f32>();
  if at.lid + 0u < 1024u {
    x_0 = x_5_v4[row + at.lid + 0u];
    square += dot(x_0, x_0);
  }
  var x_1 = vec4<f32>();
  if at.lid + 128u < 1024u {
    x_1 = x_5_v4[row + at.lid + 128u];
    square += dot(x_1, x_1);
  }
  var x_2 = vec4<f32>();
  if at.lid + 256u < 1024u {
    x_2 = x_5_v4[row + at.lid + 256u];
    square += dot(x_2, x_2);
  }
  var x_3 = vec4<f32>();
  if at.lid + 384u < 1024u {
    x_3 = x_5_v4[row + at.lid + 384u];
    square += dot(x_3, x_3);
  }
  var x_4 = vec4<f32>();
  if at.lid + 512u < 1024u {
    x_4 = x_5_v4[row + at.lid + 512u];
    square += dot(x_4, x_4);
  }
  var x_5 = vec4<f32>();
  if at.lid + 640u < 1024u {
    x_5 = x_5_v4[row + at.lid + 640u];
    square += dot(x_5, x_5);
  }
  var x_6 = vec4<f32>();
  if at.lid + 768u < 1024u {
    x_6 = x_5_v4[row + at.lid + 768u];
    square += dot(x_6, x_6);
  }
  var x_7 = vec4<f32>();
  if at.lid + 896u < 1024u {
    x_7 = x_5_v4[row + at.lid + 896u];
    square += dot(x_7, x_7);
  }
  let factor = 1.0 / sqrt(reduce_sum(at, square) / 4096.0 + 1e-6);
  if at.lid + 0u < 1024u {
    y_7_v4[row + at.lid + 0u] = x_0 * factor * w_6_v4[at.lid + 0u];
  }
  if at.lid + 128u < 1024u {
    y_7_v4[row + at.lid + 128u] = x_1 * factor * w_6_v4[at.lid + 128u];
  }
  if at.lid + 256u < 1024u {
    y_7_v4[row + at.lid + 256u] = x_2 * factor * w_6_v4[at.lid + 256u];
  }
  if at.lid + 384u < 1024u {
    y_7_v4[row + at.lid + 384u] = x_3 * factor * w_6_v4[at.lid + 384u];
  }
  if at.lid + 512u < 1024u {
    y_7_v4[row + at.lid + 512u] = x_4 * factor * w_6_v4[at.lid + 512u];
  }
  if at.lid + 640u < 1024u {
    y_7_v4[row + at.lid + 640u] = x_5 * factor * w_6_v4[at.lid + 640u];
  }
  if at.lid + 768u < 1024u {
    y_7_v4[row + at.lid + 768u] = x_6 * factor * w_6_v4[at.lid + 768u];
  }
  if at.lid + 896u < 1024u {
    y_7_v4[row + at.lid + 896u] = x_7 * factor * w_6_v4[at.lid + 896u];
  }
}

fn quantize_3(at: At) {
  quantize_3_quantize(at);
}

@compute @workgroup_size(128)
fn hc_finish_hc_reduce_rms_norm_quantize_wzyvfq(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lid: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_id) sg: u32,
  @builtin(subgroup_size) width: u32,
) {
  subgroup_width = width;
  let at = At(group.x, group.y, lid, lane, sg);
  hc_finish_0(at);
  storageBarrier();
  workgroupBarrier();
  hc_reduce_1(at);
  storageBarrier();
  workgroupBarrier();
  rms_norm_2(at);
  storageBarrier();
  workgroupBarrier();
  quantize_3(at);
}
