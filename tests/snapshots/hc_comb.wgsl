// hc_comb_pcovbd
//
// hc_comb of hc_mix (MODEL.md 2.3, steps 1 to 5)
//   template ops/hc_comb, CHUNK = 512, DEPTH = 16, HALF = 448, JT = 32, KG = 2, M = 24, N = 4096, OUT = 32, R = 20, ROUNDED = 1, ROWS = 2, RUN = 4, S = 4, TENSOR = 0, TOKENS = 32, iters = 20
//   m = (fun · v) · (mean(v²) + eps.rms)^(-1/2), v = all streams;
//   pre = σ(m·scale₀ + base) + eps.hc; post = 2σ(m·scale₁ + base);
//   comb = sinkhorn(m·scale₂ + base); mix = post, comb
//
// binding  name  elements  what
// 0  partial_0  f32  200 values a row, temporary, read
// 1  scale_1  f32  [3], read
// 2  base_2  f32  [24], read
// 3  mix_3  f32  [T, 20], read and written

struct At { x: u32, y: u32, lid: u32, lane: u32, sg: u32 }
struct Params { rows: u32, logit_rows: u32, cached: u32 }
var<immediate> p: Params;
@group(0) @binding(0) var<storage, read> partial_0: array<f32>;
@group(0) @binding(1) var<storage, read> scale_1: array<f32>;
@group(0) @binding(2) var<storage, read> base_2: array<f32>;
@group(0) @binding(3) var<storage, read_write> mix_3: array<f32>;
var<private> subgroup_width: u32;

var<workgroup> hc_comb_0_sums: array<f32, 25>;

/// Ends with a barrier.
fn hc_comb_0_gather(at: At) {
  let subgroups = 128u / subgroup_width;
  // Four sums at once, so that all of their loads are under way; those beyond repeat the last.
  for (var i = at.sg; i < 21u; i += 4u * subgroups) {
    let place_0 = min(i + 0u * subgroups, 20u);
    let row_0 = select(4u + place_0, 24u, place_0 == 20u);
    var sum_0 = 0.0;
    let place_1 = min(i + 1u * subgroups, 20u);
    let row_1 = select(4u + place_1, 24u, place_1 == 20u);
    var sum_1 = 0.0;
    let place_2 = min(i + 2u * subgroups, 20u);
    let row_2 = select(4u + place_2, 24u, place_2 == 20u);
    var sum_2 = 0.0;
    let place_3 = min(i + 3u * subgroups, 20u);
    let row_3 = select(4u + place_3, 24u, place_3 == 20u);
    var sum_3 = 0.0;
    for (var x = at.lane; x < 8u; x += subgroup_width) {
      sum_0 += partial_0[(at.y * 25u + row_0) * 8u + x];
      sum_1 += partial_0[(at.y * 25u + row_1) * 8u + x];
      sum_2 += partial_0[(at.y * 25u + row_2) * 8u + x];
      sum_3 += partial_0[(at.y * 25u + row_3) * 8u + x];
    }
    let total_0 = subgroupAdd(sum_0);
    if at.lane == 0u && i + 0u * subgroups < 21u {
      hc_comb_0_sums[row_0] = total_0;
    }
    let total_1 = subgroupAdd(sum_1);
    if at.lane == 0u && i + 1u * subgroups < 21u {
      hc_comb_0_sums[row_1] = total_1;
    }
    let total_2 = subgroupAdd(sum_2);
    if at.lane == 0u && i + 2u * subgroups < 21u {
      hc_comb_0_sums[row_2] = total_2;
    }
    let total_3 = subgroupAdd(sum_3);
    if at.lane == 0u && i + 3u * subgroups < 21u {
      hc_comb_0_sums[row_3] = total_3;
    }
  }
  workgroupBarrier();
}

/// What makes the streams' mean square one.
fn hc_comb_0_factor() -> f32 {
  return 1.0 / sqrt(hc_comb_0_sums[24] / 16384.0 + 1e-6);
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

// Marks the loop that it begins as one to unroll.
fn hook_unroll() {}

// 1 / x of a normal number, to a unit or two in the last place.
fn hook_reciprocal(x: f32) -> f32 {
  return 1.0 / x;
}

// Sum of the products of four signed bytes. Two uses of one value as an operand of the built-in
// function in one scope do not compile as MSL, so this is the only use.
fn dp4a(a: u32, b: u32) -> i32 {
  return dot4I8Packed(a, b);
}

// Four of the eight bytes of `a` (0 to 3) and `b` (4 to 7), chosen by the lower four hexadecimal
// digits of `choice`, which are below 8.
fn hook_permute(a: u32, b: u32, choice: u32) -> u32 {
  var bytes = 0u;
  for (var i = 0u; i < 4u; i += 1u) {
    let digit = (choice >> (4u * i)) & 7u;
    let byte = (select(a, b, digit >= 4u) >> (8u * (digit & 3u))) & 255u;
    bytes |= byte << (8u * i);
  }
  return bytes;
}

/// Four columns divided by their sums; a lane has one row of four, lanes 0 to 3 all of them.
fn hc_comb_0_columns(row: vec4<f32>) -> vec4<f32> {
  let pairs = row + subgroupShuffleXor(row, 1u);
  let sums = pairs + subgroupShuffleXor(pairs, 2u) + 1e-6;
  return row * vec4<f32>(
    hook_reciprocal(sums.x), hook_reciprocal(sums.y), hook_reciprocal(sums.z),
    hook_reciprocal(sums.w));
}

fn hc_comb_0(at: At) {
  hc_comb_0_gather(at);
  let factor = hc_comb_0_factor();
  let out = at.y * 20u;

  // The other lanes repeat the four rows.
  let j = at.lane % 4u;
  let first = 8u + 4u * j;
  var row = vec4<f32>();
  row[0] = hc_comb_0_sums[first + 0u] * factor * scale_1[2] + base_2[first + 0u];
  row[1] = hc_comb_0_sums[first + 1u] * factor * scale_1[2] + base_2[first + 1u];
  row[2] = hc_comb_0_sums[first + 2u] * factor * scale_1[2] + base_2[first + 2u];
  row[3] = hc_comb_0_sums[first + 3u] * factor * scale_1[2] + base_2[first + 3u];
  let largest = max(max(row.x, row.y), max(row.z, row.w));
  row[0] = precise_exp(row[0] - largest);
  row[1] = precise_exp(row[1] - largest);
  row[2] = precise_exp(row[2] - largest);
  row[3] = precise_exp(row[3] - largest);
  row = hc_comb_0_columns(row / (row.x + row.y + row.z + row.w) + 1e-6);
  for (var i = 1u; i < 20u; i += 1u) {
    row = hc_comb_0_columns(row * hook_reciprocal((row.x + row.y) + (row.z + row.w) + 1e-6));
  }

  if at.sg == 0u && at.lane < 4u {
    let post = hc_comb_0_sums[4u + j] * factor * scale_1[1] + base_2[4u + j];
    mix_3[out + j] = 2.0 * precise_sigmoid(post);
    mix_3[out + 4u + 4u * j + 0u] = row[0];
    mix_3[out + 4u + 4u * j + 1u] = row[1];
    mix_3[out + 4u + 4u * j + 2u] = row[2];
    mix_3[out + 4u + 4u * j + 3u] = row[3];
  }
}

@compute @workgroup_size(128)
fn hc_comb_pcovbd(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lid: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_id) sg: u32,
  @builtin(subgroup_size) width: u32,
) {
  subgroup_width = width;
  let at = At(group.x, group.y, lid, lane, sg);
  hc_comb_0(at);
}
