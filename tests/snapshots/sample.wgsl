// sample_xgyigu
//
// sample of sample (MODEL.md 8)
//   template ops/sample, CHUNK = 64, DEPTH = 16, HALF = 448, JT = 32, KG = 2, OUT = 16, ROUNDED = 1, ROWS = 2, RUN = 8, SPLITS = 16, TENSOR = 0, TOKENS = 4, V = 129280
//   w = exp((logits − max) / temperature), of the top_k largest logits, w ≥ min_p and
//   then the largest that reach the share top_p of Σ w; ids[t] = the token that
//   philox(seed, number) · Σ w falls on, or argmax at temperature 0
//
// binding  name  elements  what
// 0  logits_0  f32  [T, 129280], read
// 1  logits_0_v4  vec4<f32>  [T, 129280], read
// 2  draws_1  u32  [T, 8], read
// 3  ids_2  u32  [T], read and written

struct At { x: u32, y: u32, lid: u32, lane: u32, sg: u32 }
struct Params { rows: u32, logit_rows: u32, cached: u32 }
var<immediate> p: Params;
@group(0) @binding(0) var<storage, read> logits_0: array<f32>;
@group(0) @binding(1) var<storage, read> logits_0_v4: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> draws_1: array<u32>;
@group(0) @binding(3) var<storage, read_write> ids_2: array<u32>;
var<private> subgroup_width: u32;

/// Larger for larger numbers; -0 comes before 0.
fn order_total(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  return select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
}

/// Larger for larger numbers; -0 equals 0.
fn order_value(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  return order_total(bitcast<f32>(select(bits, 0u, bits == 0x80000000u)));
}

/// Whether `x` is no number, whatever compilers assume of numbers.
fn order_is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

/// The number whose `order_total` is `word`.
fn order_number(word: u32) -> f32 {
  return bitcast<f32>(select(~word, word & 0x7fffffffu, (word >> 31u) == 1u));
}

/// The product of two words.
fn wide_mul(a: u32, b: u32) -> vec2<u32> {
  let a0 = a & 0xffffu;
  let a1 = a >> 16u;
  let b0 = b & 0xffffu;
  let b1 = b >> 16u;
  let low = a0 * b0;
  let left = a1 * b0 + (low >> 16u);
  let right = a0 * b1 + (left & 0xffffu);
  let high = a1 * b1 + (left >> 16u) + (right >> 16u);
  return vec2<u32>((right << 16u) | (low & 0xffffu), high);
}

fn wide_add(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let low = a.x + b.x;
  return vec2<u32>(low, a.y + b.y + select(0u, 1u, low < a.x));
}

/// `a - b` of `a >= b`.
fn wide_sub(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  return vec2<u32>(a.x - b.x, a.y - b.y - select(0u, 1u, a.x < b.x));
}

/// Whether `a < b`.
fn wide_less(a: vec2<u32>, b: vec2<u32>) -> bool {
  return a.y < b.y || (a.y == b.y && a.x < b.x);
}

/// `a * b`, 96 bits, the low word first.
fn wide_scale(a: vec2<u32>, b: u32) -> vec3<u32> {
  let low = wide_mul(a.x, b);
  let high = wide_mul(a.y, b);
  let middle = low.y + high.x;
  return vec3<u32>(low.x, middle, high.y + select(0u, 1u, middle < low.y));
}

/// The first 24 bits of draw `number` of the sequence that `seed` names; low words first.
fn philox_bits(seed: vec2<u32>, number: vec2<u32>) -> u32 {
  var counter = vec4<u32>(number, 0u, 0u);
  var key = seed;
  for (var i = 0u; i < 10u; i += 1u) {
    let a = wide_mul(0xd2511f53u, counter.x);
    let b = wide_mul(0xcd9e8d57u, counter.z);
    counter = vec4<u32>(b.y ^ counter.y ^ key.x, b.x, a.y ^ counter.w ^ key.y, a.x);
    key += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
  }
  return counter.x >> 8u;
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

var<workgroup> reduce_words: array<u32, 64>;
var<workgroup> reduce_places: array<u32, 64>;

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
  for (var i = 0u; i < 256u / subgroup_width; i += 1u) {
    sum += bitcast<f32>(reduce_words[i]);
  }
  return sum;
}

/// The largest value.
fn reduce_max(at: At, value: f32) -> f32 {
  reduce_gather(at, bitcast<u32>(subgroupMax(value)));
  var largest = bitcast<f32>(reduce_words[0]);
  for (var i = 1u; i < 256u / subgroup_width; i += 1u) {
    largest = max(largest, bitcast<f32>(reduce_words[i]));
  }
  return largest;
}

/// The largest word.
fn reduce_max_u32(at: At, word: u32) -> u32 {
  reduce_gather(at, subgroupMax(word));
  var largest = reduce_words[0];
  for (var i = 1u; i < 256u / subgroup_width; i += 1u) {
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
  for (var i = 1u; i < 256u / subgroup_width; i += 1u) {
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
  for (var i = 0u; i < 256u / subgroup_width; i += 1u) {
    let sum = reduce_words[i];
    before += select(0u, sum, i < at.sg);
    total += sum;
  }
  return vec2<u32>(before, total);
}

/// Fours of keys that a thread reads at a time: the passes wait for memory, not for arithmetic.
/// Of many keys, those that agree so far are kept where there are at most that many, in the upper
/// half of the bins.

var<workgroup> sample_0_bins: array<atomic<u32>, 2048>;
/// The bin with the wanted key, the rank among its keys, and how many they are.
var<workgroup> sample_0_bin: vec3<u32>;
var<workgroup> sample_0_n_kept: atomic<u32>;

fn sample_0_clear(at: At, bins: u32) {
  workgroupBarrier();
  for (var i = at.lid; i < bins; i += 256u) {
    atomicStore(&sample_0_bins[i], 0u);
  }
  workgroupBarrier();
}

/// Of the first `bins` bins, the one with the `rank`-th key, counted from 1 and from the largest key
/// on; the rank in it, and how many keys it has.
fn sample_0_find(at: At, bins: u32, rank: u32) -> vec3<u32> {
  workgroupBarrier();
  let own = (bins + 255u) / 256u;
  let first = (at.sg * subgroup_width + at.lane) * own;
  let end = min(first + own, bins);
  var count = 0u;
  for (var i = first; i < end; i += 1u) {
    count += atomicLoad(&sample_0_bins[bins - 1u - i]);
  }
  var left = rank - reduce_before(at, count).x;
  // Only one thread has the key; a rank that is too small wraps to a large one.
  if left - 1u < count {
    for (var i = first; i < end; i += 1u) {
      let n = atomicLoad(&sample_0_bins[bins - 1u - i]);
      if left <= n {
        sample_0_bin = vec3<u32>(bins - 1u - i, left, n);
        break;
      }
      left -= n;
    }
  }
  workgroupBarrier();
  return sample_0_bin;
}

/// Counts the `mask` bits from `shift` on of those of `n` keys from four `base` on whose bits before
/// them are `prefix`; `above` is the place of the lowest of those bits, 32 where there are none.
fn sample_0_tally(at: At, base: u32, n: u32, prefix: u32, above: u32, shift: u32, mask: u32) {
  sample_0_clear(at, 2048u);
  let last = (n - 1u) / 4u;
  for (var first = at.lid; first <= last; first += 512u) {
    let keys_0 = sample_0_keys(base + min(first + 0u, last));
    let keys_1 = sample_0_keys(base + min(first + 256u, last));
    if 4u * first + 0u < n && (above == 32u || keys_0[0] >> above == prefix) {
      atomicAdd(&sample_0_bins[(keys_0[0] >> shift) & mask], 1u);
    }
    if 4u * first + 1u < n && (above == 32u || keys_0[1] >> above == prefix) {
      atomicAdd(&sample_0_bins[(keys_0[1] >> shift) & mask], 1u);
    }
    if 4u * first + 2u < n && (above == 32u || keys_0[2] >> above == prefix) {
      atomicAdd(&sample_0_bins[(keys_0[2] >> shift) & mask], 1u);
    }
    if 4u * first + 3u < n && (above == 32u || keys_0[3] >> above == prefix) {
      atomicAdd(&sample_0_bins[(keys_0[3] >> shift) & mask], 1u);
    }
    if 4u * first + 1024u < n && (above == 32u || keys_1[0] >> above == prefix) {
      atomicAdd(&sample_0_bins[(keys_1[0] >> shift) & mask], 1u);
    }
    if 4u * first + 1025u < n && (above == 32u || keys_1[1] >> above == prefix) {
      atomicAdd(&sample_0_bins[(keys_1[1] >> shift) & mask], 1u);
    }
    if 4u * first + 1026u < n && (above == 32u || keys_1[2] >> above == prefix) {
      atomicAdd(&sample_0_bins[(keys_1[2] >> shift) & mask], 1u);
    }
    if 4u * first + 1027u < n && (above == 32u || keys_1[3] >> above == prefix) {
      atomicAdd(&sample_0_bins[(keys_1[3] >> shift) & mask], 1u);
    }
  }
}

/// Keeps those of `n` keys from four `base` on whose upper 11 bits are `prefix`.
fn sample_0_keep(at: At, base: u32, n: u32, prefix: u32) {
  workgroupBarrier();
  if at.lid == 0u {
    atomicStore(&sample_0_n_kept, 0u);
  }
  workgroupBarrier();
  let last = (n - 1u) / 4u;
  for (var first = at.lid; first <= last; first += 512u) {
    let keys_0 = sample_0_keys(base + min(first + 0u, last));
    let keys_1 = sample_0_keys(base + min(first + 256u, last));
    if 4u * first + 0u < n && keys_0[0] >> 21u == prefix {
      atomicStore(&sample_0_bins[1024u + atomicAdd(&sample_0_n_kept, 1u)], keys_0[0]);
    }
    if 4u * first + 1u < n && keys_0[1] >> 21u == prefix {
      atomicStore(&sample_0_bins[1024u + atomicAdd(&sample_0_n_kept, 1u)], keys_0[1]);
    }
    if 4u * first + 2u < n && keys_0[2] >> 21u == prefix {
      atomicStore(&sample_0_bins[1024u + atomicAdd(&sample_0_n_kept, 1u)], keys_0[2]);
    }
    if 4u * first + 3u < n && keys_0[3] >> 21u == prefix {
      atomicStore(&sample_0_bins[1024u + atomicAdd(&sample_0_n_kept, 1u)], keys_0[3]);
    }
    if 4u * first + 1024u < n && keys_1[0] >> 21u == prefix {
      atomicStore(&sample_0_bins[1024u + atomicAdd(&sample_0_n_kept, 1u)], keys_1[0]);
    }
    if 4u * first + 1025u < n && keys_1[1] >> 21u == prefix {
      atomicStore(&sample_0_bins[1024u + atomicAdd(&sample_0_n_kept, 1u)], keys_1[1]);
    }
    if 4u * first + 1026u < n && keys_1[2] >> 21u == prefix {
      atomicStore(&sample_0_bins[1024u + atomicAdd(&sample_0_n_kept, 1u)], keys_1[2]);
    }
    if 4u * first + 1027u < n && keys_1[3] >> 21u == prefix {
      atomicStore(&sample_0_bins[1024u + atomicAdd(&sample_0_n_kept, 1u)], keys_1[3]);
    }
  }
}

/// The `rank`-th of `n` keys from four `base` on, 1 <= rank <= n, and its rank among the keys equal to
/// it.
fn sample_0_select(at: At, base: u32, n: u32, rank: u32) -> vec2<u32> {
  sample_0_tally(at, base, n, 0u, 32u, 21u, 2047u);
  var found = sample_0_find(at, 2048u, rank);
  var key = found.x;
  if n < 4096u || found.z > 1024u {
    sample_0_tally(at, base, n, key, 21u, 10u, 2047u);
    found = sample_0_find(at, 2048u, found.y);
    key = (key << 11u) | found.x;
    sample_0_tally(at, base, n, key, 10u, 0u, 1023u);
    found = sample_0_find(at, 1024u, found.y);
    key = (key << 10u) | found.x;
  } else {
    let n_kept = found.z;
    sample_0_keep(at, base, n, key);
    // Seven bits at a time.
    for (var shift = 14u; shift < 32u; shift -= 7u) {
      sample_0_clear(at, 128u);
      for (var i = at.lid; i < n_kept; i += 256u) {
        let kept = atomicLoad(&sample_0_bins[1024u + i]);
        if kept >> (shift + 7u) == key {
          atomicAdd(&sample_0_bins[(kept >> shift) & 127u], 1u);
        }
      }
      found = sample_0_find(at, 128u, found.y);
      key = (key << 7u) | found.x;
    }
  }
  return vec2<u32>(key, found.y);
}

/// Logits that a thread reads at a time.

/// What a row keeps: tokens of at least `share` of the largest weight that rank no lower than
/// the last of top-k and the last of top-p, each a key and a token.
struct sample_0_Filter {
  base: u32,
  top: f32,
  temperature: f32,
  share: f32,
  last_k: vec2<u32>,
  last_p: vec2<u32>,
}

var<workgroup> sample_0_masses: array<vec2<u32>, 256>;
/// High words of sums by key; the low ones are in the bins of `tile/radix`.
var<workgroup> sample_0_carries: array<atomic<u32>, 2048>;
/// What a search found: a bin or a token, and what is wanted of it.
var<workgroup> sample_0_hit: vec3<u32>;

/// Fours of logits that a thread reads at a time.

fn sample_0_key(i: u32) -> u32 {
  return order_total(logits_0[i]);
}

fn sample_0_keys(i: u32) -> vec4<u32> {
  let four = logits_0_v4[i];
  return vec4<u32>(
    order_total(four.x), order_total(four.y), order_total(four.z), order_total(four.w));
}

/// Whether a token with this key ranks no lower than `last`.
fn sample_0_ranks(key: u32, token: u32, last: vec2<u32>) -> bool {
  return key > last.x || (key == last.x && token <= last.y);
}

/// `x` in 0 .. 1 as a multiple of 2^-44.
fn sample_0_fixed(x: f32) -> vec2<u32> {
  let scaled = x * 4096.0;
  let whole = floor(scaled);
  return vec2<u32>(u32((scaled - whole) * 4294967296.0), u32(whole));
}

/// The weight of `token` as a multiple of 2^-44, 0 where it is not kept.
fn sample_0_weight(f: sample_0_Filter, token: u32) -> vec2<u32> {
  let value = logits_0[f.base + token];
  let key = order_total(value);
  let weight = precise_exp((value - f.top) / f.temperature);
  let kept = weight >= f.share && sample_0_ranks(key, token, f.last_k)
    && sample_0_ranks(key, token, f.last_p);
  return sample_0_fixed(select(0.0, weight, kept));
}

/// The sum over the threads up to this one, by number; `sample_0_masses` has that of every thread.
fn sample_0_scan(at: At, mass: vec2<u32>) -> vec2<u32> {
  var sum = mass;
  workgroupBarrier();
  sample_0_masses[at.lid] = sum;
  workgroupBarrier();
  for (var step = 1u; step < 256u; step *= 2u) {
    if at.lid >= step {
      sum = wide_add(sum, sample_0_masses[at.lid - step]);
    }
    workgroupBarrier();
    sample_0_masses[at.lid] = sum;
    workgroupBarrier();
  }
  return sum;
}

/// What a token counts in a search: one where `key` is its key, its weight where `key` is 0.
fn sample_0_measure(f: sample_0_Filter, key: u32, token: u32) -> vec2<u32> {
  if key == 0u {
    return sample_0_weight(f, token);
  }
  return vec2<u32>(select(0u, 1u, sample_0_key(f.base + token) == key), 0u);
}

/// The first token, in order of id, up to which more than `wanted` has been counted; of weights,
/// `wanted` is the numerator of a fraction of all by 2^24.
fn sample_0_search(at: At, f: sample_0_Filter, key: u32, wanted: u32) -> u32 {
  // Groups of 32 threads take consecutive tokens, the threads one each at a time.
  let per = 16160u;
  let group = at.lid / 32u * per;
  let group_end = min(group + per, 129280u);
  var mass = vec2<u32>();
  for (var i = group + at.lid % 32u; i < group_end; i += 256u) {
    let own_0 = sample_0_measure(f, key, min(i + 0u, group_end - 1u));
    let own_1 = sample_0_measure(f, key, min(i + 32u, group_end - 1u));
    let own_2 = sample_0_measure(f, key, min(i + 64u, group_end - 1u));
    let own_3 = sample_0_measure(f, key, min(i + 96u, group_end - 1u));
    let own_4 = sample_0_measure(f, key, min(i + 128u, group_end - 1u));
    let own_5 = sample_0_measure(f, key, min(i + 160u, group_end - 1u));
    let own_6 = sample_0_measure(f, key, min(i + 192u, group_end - 1u));
    let own_7 = sample_0_measure(f, key, min(i + 224u, group_end - 1u));
    mass = wide_add(mass, select(vec2<u32>(), own_0, i + 0u < group_end));
    mass = wide_add(mass, select(vec2<u32>(), own_1, i + 32u < group_end));
    mass = wide_add(mass, select(vec2<u32>(), own_2, i + 64u < group_end));
    mass = wide_add(mass, select(vec2<u32>(), own_3, i + 96u < group_end));
    mass = wide_add(mass, select(vec2<u32>(), own_4, i + 128u < group_end));
    mass = wide_add(mass, select(vec2<u32>(), own_5, i + 160u < group_end));
    mass = wide_add(mass, select(vec2<u32>(), own_6, i + 192u < group_end));
    mass = wide_add(mass, select(vec2<u32>(), own_7, i + 224u < group_end));
  }
  sample_0_scan(at, mass);
  var target_mass = vec2<u32>(wanted, 0u);
  if key == 0u {
    let product = wide_scale(sample_0_masses[255], wanted);
    target_mass = vec2<u32>(
      (product.x >> 24u) | (product.y << 8u), (product.y >> 24u) | (product.z << 8u));
  }
  if at.lid % 32u == 31u {
    var before = vec2<u32>();
    if at.lid > 31u {
      before = sample_0_masses[at.lid - 32u];
    }
    if !wide_less(target_mass, before) && wide_less(target_mass, sample_0_masses[at.lid]) {
      sample_0_hit = vec3<u32>(at.lid / 32u * per, wide_sub(target_mass, before));
    }
  }
  workgroupBarrier();

  // Then every thread takes consecutive tokens of that group's.
  let hit = sample_0_hit;
  let hit_end = min(hit.x + per, 129280u);
  let first = min(hit.x + at.lid * 64u, hit_end);
  let end = min(first + 64u, hit_end);
  mass = vec2<u32>();
  for (var i = first; i < end; i += 1u) {
    mass = wide_add(mass, sample_0_measure(f, key, i));
  }
  let until = sample_0_scan(at, mass);
  let left = hit.yz;
  var before = wide_sub(until, mass);
  if !wide_less(left, before) && wide_less(left, until) {
    for (var i = first; i < end; i += 1u) {
      before = wide_add(before, sample_0_measure(f, key, i));
      if wide_less(left, before) {
        sample_0_hit = vec3<u32>(i, 0u, 0u);
        break;
      }
    }
  }
  workgroupBarrier();
  return sample_0_hit.x;
}

/// Adds the weights of kept tokens by `mask` bits of their keys from `shift` on, where the bits
/// before are `prefix`.
fn sample_0_count(at: At, f: sample_0_Filter, prefix: u32, shift: u32, mask: u32) {
  workgroupBarrier();
  for (var i = at.lid; i < 2048u; i += 256u) {
    atomicStore(&sample_0_bins[i], 0u);
    atomicStore(&sample_0_carries[i], 0u);
  }
  workgroupBarrier();
  for (var i = at.lid; i < 129280u; i += 256u) {
    let bin = sample_0_key(f.base + i) >> shift;
    if (bin & ~mask) == prefix {
      let mass = sample_0_weight(f, i);
      let former = atomicAdd(&sample_0_bins[bin & mask], mass.x);
      let high = mass.y + select(0u, 1u, former + mass.x < former);
      if high != 0u {
        atomicAdd(&sample_0_carries[bin & mask], high);
      }
    }
  }
  workgroupBarrier();
}

fn sample_0_bin_mass(i: u32) -> vec2<u32> {
  let bin = 2047u - i;
  return vec2<u32>(atomicLoad(&sample_0_bins[bin]), atomicLoad(&sample_0_carries[bin]));
}

/// The first bin, from the largest key on, up to which `wanted` has been counted, and what is
/// wanted of it; `share` of all, in units of 2^-32, where it is not 0.
fn sample_0_border_bin(at: At, wanted: vec2<u32>, share: u32) -> vec3<u32> {
  let first = at.lid * 8u;
  let end = min(first + 8u, 2048u);
  var mass = vec2<u32>();
  for (var i = first; i < end; i += 1u) {
    mass = wide_add(mass, sample_0_bin_mass(i));
  }
  let until = sample_0_scan(at, mass);
  var left = wanted;
  if share != 0u {
    let product = wide_scale(sample_0_masses[255], share);
    left = wide_add(product.yz, vec2<u32>(select(0u, 1u, product.x != 0u), 0u));
  }
  let before = wide_sub(until, mass);
  if wide_less(before, left) && !wide_less(until, left) {
    left = wide_sub(left, before);
    for (var i = first; i < end; i += 1u) {
      let own = sample_0_bin_mass(i);
      if !wide_less(own, left) {
        sample_0_hit = vec3<u32>(2047u - i, left);
        break;
      }
      left = wide_sub(left, own);
    }
  }
  workgroupBarrier();
  return sample_0_hit;
}

/// The key and the token that end the largest weights with the share `top_p` of all; 0 < top_p < 1.
fn sample_0_border(at: At, f: sample_0_Filter, top_p: f32) -> vec2<u32> {
  let share = max(u32(top_p * 4294967296.0), 1u);
  sample_0_count(at, f, 0u, 21u, 2047u);
  let high = sample_0_border_bin(at, vec2<u32>(), share);
  sample_0_count(at, f, high.x << 11u, 10u, 2047u);
  let middle = sample_0_border_bin(at, high.yz, 0u);
  let prefix = (high.x << 11u) | middle.x;
  sample_0_count(at, f, prefix << 10u, 0u, 1023u);
  let low = sample_0_border_bin(at, middle.yz, 0u);
  let key = (prefix << 10u) | low.x;

  // Tokens with this key have one weight: the lowest ids are taken, as many as it needs.
  let value = order_number(key);
  let weight = sample_0_fixed(precise_exp((value - f.top) / f.temperature));
  var n = 0u;
  for (var step = 262144u; step > 0u; step /= 2u) {
    if wide_less(wide_scale(weight, n + step).xy, low.yz) {
      n += step;
    }
  }
  return vec2<u32>(key, sample_0_search(at, f, key, n));
}

/// The token that the draw of row `at.y` chooses at a temperature above 0; `best` has the largest
/// logit.
fn sample_0_choose(at: At, best: u32) -> u32 {
  let first = at.y * 8u;
  let everything = vec2<u32>(0u, 0xffffffffu);
  let base = at.y * 129280u;
  var f = sample_0_Filter(
    base, logits_0[base + best], bitcast<f32>(draws_1[first]),
    bitcast<f32>(draws_1[first + 3u]), everything, everything);
  let top_k = draws_1[first + 1u];
  if top_k > 0u && top_k < 129280u {
    let last = sample_0_select(at, base / 4u, 129280u, top_k);
    f.last_k = vec2<u32>(last.x, sample_0_search(at, f, last.x, last.y - 1u));
  }
  let top_p = bitcast<f32>(draws_1[first + 2u]);
  if top_p < 1.0 {
    f.last_p = sample_0_border(at, f, top_p);
  }
  let seed = vec2<u32>(draws_1[first + 4u], draws_1[first + 5u]);
  let number = vec2<u32>(draws_1[first + 6u], draws_1[first + 7u]);
  return sample_0_search(at, f, 0u, philox_bits(seed, number));
}

fn sample_0(at: At) {
  let base = at.y * 129280u;
  var key = 0u;
  var place = 0xffffffffu;
  var wrong = 0u;
  for (var i = at.lid; i < 32320u; i += 1024u) {
    // Beyond the last, the last once more.
    let i_0 = min(i + 0u, 32319u);
    let four_0 = logits_0_v4[base / 4u + i_0];
    let i_1 = min(i + 256u, 32319u);
    let four_1 = logits_0_v4[base / 4u + i_1];
    let i_2 = min(i + 512u, 32319u);
    let four_2 = logits_0_v4[base / 4u + i_2];
    let i_3 = min(i + 768u, 32319u);
    let four_3 = logits_0_v4[base / 4u + i_3];
    {
      let bits = bitcast<u32>(four_0[0]);
      if (bits & 0x7fffffffu) > 0x7f800000u || bits == 0x7f800000u {
        wrong = 1u;
      }
      if order_value(four_0[0]) > key {
        key = order_value(four_0[0]);
        place = 4u * i_0 + 0u;
      }
    }
    {
      let bits = bitcast<u32>(four_0[1]);
      if (bits & 0x7fffffffu) > 0x7f800000u || bits == 0x7f800000u {
        wrong = 1u;
      }
      if order_value(four_0[1]) > key {
        key = order_value(four_0[1]);
        place = 4u * i_0 + 1u;
      }
    }
    {
      let bits = bitcast<u32>(four_0[2]);
      if (bits & 0x7fffffffu) > 0x7f800000u || bits == 0x7f800000u {
        wrong = 1u;
      }
      if order_value(four_0[2]) > key {
        key = order_value(four_0[2]);
        place = 4u * i_0 + 2u;
      }
    }
    {
      let bits = bitcast<u32>(four_0[3]);
      if (bits & 0x7fffffffu) > 0x7f800000u || bits == 0x7f800000u {
        wrong = 1u;
      }
      if order_value(four_0[3]) > key {
        key = order_value(four_0[3]);
        place = 4u * i_0 + 3u;
      }
    }
    {
      let bits = bitcast<u32>(four_1[0]);
      if (bits & 0x7fffffffu) > 0x7f800000u || bits == 0x7f800000u {
        wrong = 1u;
      }
      if order_value(four_1[0]) > key {
        key = order_value(four_1[0]);
        place = 4u * i_1 + 0u;
      }
    }
    {
      let bits = bitcast<u32>(four_1[1]);
      if (bits & 0x7fffffffu) > 0x7f800000u || bits == 0x7f800000u {
        wrong = 1u;
      }
      if order_value(four_1[1]) > key {
        key = order_value(four_1[1]);
        place = 4u * i_1 + 1u;
      }
    }
    {
      let bits = bitcast<u32>(four_1[2]);
      if (bits & 0x7fffffffu) > 0x7f800000u || bits == 0x7f800000u {
        wrong = 1u;
      }
      if order_value(four_1[2]) > key {
        key = order_value(four_1[2]);
        place = 4u * i_1 + 2u;
      }
    }
    {
      let bits = bitcast<u32>(four_1[3]);
      if (bits & 0x7fffffffu) > 0x7f800000u || bits == 0x7f800000u {
        wrong = 1u;
      }
      if order_value(four_1[3]) > key {
        key = order_value(four_1[3]);
        place = 4u * i_1 + 3u;
      }
    }
    {
      let bits = bitcast<u32>(four_2[0]);
      if (bits & 0x7fffffffu) > 0x7f800000u || bits == 0x7f800000u {
        wrong = 1u;
      }
      if order_value(four_2[0]) > key {
        key = order_value(four_2[0]);
        place = 4u * i_2 + 0u;
      }
    }
    {
      let bits = bitcast<u32>(four_2[1]);
      if (bits & 0x7fffffffu) > 0x7f800000u || bits == 0x7f800000u {
        wrong = 1u;
      }
      if order_value(four_2[1]) > key {
        key = order_value(four_2[1]);
        place = 4u * i_2 + 1u;
      }
    }
    {
      let bits = bitcast<u32>(four_2[2]);
      if (bits & 0x7fffffffu) > 0x7f800000u || bits == 0x7f800000u {
        wrong = 1u;
      }
      if order_value(four_2[2]) > key {
        key = order_value(four_2[2]);
        place = 4u * i_2 + 2u;
      }
    }
    {
      let bits = bitcast<u32>(four_2[3]);
      if (bits & 0x7fffffffu) > 0x7f800000u || bits == 0x7f800000u {
        wrong = 1u;
      }
      if order_value(four_2[3]) > key {
        key = order_value(four_2[3]);
        place = 4u * i_2 + 3u;
      }
    }
    {
      let bits = bitcast<u32>(four_3[0]);
      if (bits & 0x7fffffffu) > 0x7f800000u || bits == 0x7f800000u {
        wrong = 1u;
      }
      if order_value(four_3[0]) > key {
        key = order_value(four_3[0]);
        place = 4u * i_3 + 0u;
      }
    }
    {
      let bits = bitcast<u32>(four_3[1]);
      if (bits & 0x7fffffffu) > 0x7f800000u || bits == 0x7f800000u {
        wrong = 1u;
      }
      if order_value(four_3[1]) > key {
        key = order_value(four_3[1]);
        place = 4u * i_3 + 1u;
      }
    }
    {
      let bits = bitcast<u32>(four_3[2]);
      if (bits & 0x7fffffffu) > 0x7f800000u || bits == 0x7f800000u {
        wrong = 1u;
      }
      if order_value(four_3[2]) > key {
        key = order_value(four_3[2]);
        place = 4u * i_3 + 2u;
      }
    }
    {
      let bits = bitcast<u32>(four_3[3]);
      if (bits & 0x7fffffffu) > 0x7f800000u || bits == 0x7f800000u {
        wrong = 1u;
      }
      if order_value(four_3[3]) > key {
        key = order_value(four_3[3]);
        place = 4u * i_3 + 3u;
      }
    }
  }
  wrong = reduce_max_u32(at, wrong);
  var token = reduce_best(at, key, place);
  let top = logits_0[base + min(token, 129279u)];
  if wrong == 1u || bitcast<u32>(top) == 0xff800000u {
    token = 0xffffffffu;
  } else if bitcast<f32>(draws_1[at.y * 8u]) > 0.0 {
    token = sample_0_choose(at, token);
  }
  if at.lid == 0u {
    ids_2[at.y] = token;
  }
}

@compute @workgroup_size(256)
fn sample_xgyigu(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lid: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_id) sg: u32,
  @builtin(subgroup_size) width: u32,
) {
  subgroup_width = width;
  let at = At(group.x, group.y, lid, lane, sg);
  sample_0(at);
}
