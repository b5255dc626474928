// rms_norm_quantize_qnnfom
//
// rms_norm of rms_norm (MODEL.md 2.1)
//   template ops/rms_norm, CHUNK = 512, DEPTH = 16, HALF = 448, JT = 32, KG = 2, N = 1024, OUT = 32, ROUNDED = 1, ROWS = 2, RUN = 4, TENSOR = 0, TOKENS = 32
//   y[t, n] = x[t, n] · (mean_n x[t, n]² + eps)^(-1/2) · w[n]
//
// quantize of matmul (MODEL.md 2.5)
//   template ops/quantize, DEPTH = 16, HALF = 448, I = 1024, JT = 32, KG = 2, O = 32768, OUT = 32, ROUNDED = 1, ROWS = 2, RUN = 4, TENSOR = 0, TOKENS = 32
//   y[t, o] = Σ_i w[o, i] · x[t, i]
//
// binding  name  elements  what
// 0  x_0_v4  vec4<f32>  [T, 1024], read
// 1  w_1_v4  vec4<f32>  [1024], read
// 2  y_2_v4  vec4<f32>  [T, 1024], read and written
// 3  qx_3  u32  640 values a row, temporary, read and written

struct At { x: u32, y: u32, lid: u32, lane: u32, sg: u32 }
struct Params { rows: u32, logit_rows: u32, cached: u32 }
var<immediate> p: Params;
@group(0) @binding(0) var<storage, read> x_0_v4: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> w_1_v4: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y_2_v4: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> qx_3: array<u32>;
var<private> subgroup_width: u32;

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

fn quantize_1_quantize(at: At) {
  let first = at.y * 32u + at.x * 32u;
  // Unrolled, and written after all is read, so that all loads are under way at once. Every lane of
  // a subgroup takes part in its shuffles; those beyond the part repeat the last group and keep
  // nothing.
  let i_0 = 0u + at.sg * subgroup_width + at.lane;
  let quad_0 = (first + min(i_0 / 4u, 31u)) * 8u + 2u * (i_0 % 4u);
  let a_0 = y_2_v4[quad_0];
  let b_0 = y_2_v4[quad_0 + 1u];
  {
    let i = i_0;
    let inside = i < 128u;
    let group = first + min(i / 4u, 31u);
    let quarter = i % 4u;
    let a = a_0;
    let b = b_0;
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
    let record = group / 4u * 80u + group % 4u * 4u;
    let words = record + quarter / 2u * 16u + quarter % 2u * 2u;
    if inside {
      qx_3[words] = pack4xI8(ha);
      qx_3[words + 1u] = pack4xI8(hb);
      qx_3[words + 32u] = pack4xI8(va - ha * 256);
      qx_3[words + 33u] = pack4xI8(vb - hb * 256);
    }
    let v = va + vb;
    var sum = v.x + v.y + v.z + v.w;
    sum += subgroupShuffleXor(sum, 1u);
    let other = subgroupShuffleXor(sum, 2u);
    if inside && quarter == 0u {
      let last = record + 64u;
      qx_3[last] = bitcast<u32>(scale);
      qx_3[last + 1u] = bitcast<u32>(scale * f32(sum));
      qx_3[last + 2u] = bitcast<u32>(scale * f32(other));
      qx_3[last + 3u] = 0u;
    }
  }
}

fn rms_norm_0(at: At) {
  let row = at.y * 256u;
  var square = 0.0;
  var x_0 = vec4<f32>();
  var w_0 = vec4<f32>();
  if at.lid + 0u < 256u {
    x_0 = x_0_v4[row + at.lid + 0u];
    w_0 = w_1_v4[at.lid + 0u];
    square += dot(x_0, x_0);
  }
  var x_1 = vec4<f32>();
  var w_1 = vec4<f32>();
  if at.lid + 128u < 256u {
    x_1 = x_0_v4[row + at.lid + 128u];
    w_1 = w_1_v4[at.lid + 128u];
    square += dot(x_1, x_1);
  }
  let factor = 1.0 / sqrt(reduce_sum(at, square) / 1024.0 + 1e-6);
  if at.lid + 0u < 256u {
    y_2_v4[row + at.lid + 0u] = x_0 * factor * w_0;
  }
  if at.lid + 128u < 256u {
    y_2_v4[row + at.lid + 128u] = x_1 * factor * w_1;
  }
}

fn quantize_1(at: At) {
  quantize_1_quantize(at);
}

@compute @workgroup_size(128)
fn rms_norm_quantize_qnnfom(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lid: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_id) sg: u32,
  @builtin(subgroup_size) width: u32,
) {
  subgroup_width = width;
  let at = At(group.x, group.y, lid, lane, sg);
  rms_norm_0(at);
  storageBarrier();
  workgroupBarrier();
  quantize_1(at);
}
