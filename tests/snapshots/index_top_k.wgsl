// index_top_k_hgyrfm
//
// index_top_k of index_select (MODEL.md 2.8)
//   template ops/index_top_k, D = 128, DEPTH = 16, H = 64, HALF = 448, HEADS = 8, JT = 32, K = 512, KG = 2, OUT = 32, P = 64, ROUNDED = 1, ROWS = 2, RUN = 4, TENSOR = 0, TOKENS = 32, ratio = 4
//   score[t, j] = Σ_h max(0, q[t, h] · row[j]) · g[t, h] · (D·H)^(-1/2),
//   j < floor((position(t) + 1) / ratio);
//   chosen[t] = the K best in ascending order, the earlier of equals, u32::MAX beyond
//
// binding  name  elements  what
// 0  scores_0  f32  1 values a row, temporary, read
// 1  chosen_1  u32  [T, 512], read and written
// 2  rows  vec4<u32>  rows of the step, read

struct At { x: u32, y: u32, lid: u32, lane: u32, sg: u32 }
struct Params { rows: u32, logit_rows: u32, cached: u32 }
var<immediate> p: Params;
@group(0) @binding(0) var<storage, read> scores_0: array<f32>;
@group(0) @binding(1) var<storage, read_write> chosen_1: array<u32>;
@group(0) @binding(2) var<storage, read> rows: array<vec4<u32>>;
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

var<workgroup> index_top_k_0_bins: array<atomic<u32>, 2048>;
/// The bin with the wanted key, and the rank among its keys.
var<workgroup> index_top_k_0_bin: vec2<u32>;

fn index_top_k_0_clear(at: At) {
  for (var i = at.lid; i < 2048u; i += 128u) {
    atomicStore(&index_top_k_0_bins[i], 0u);
  }
  workgroupBarrier();
}

/// The bin with the `rank`-th key, counted from 1 and from the largest key on, and the rank in it.
fn index_top_k_0_find(at: At, rank: u32) -> vec2<u32> {
  workgroupBarrier();
  let first = (at.sg * subgroup_width + at.lane) * 16u;
  var count = 0u;
  for (var i = first; i < min(first + 16u, 2048u); i += 1u) {
    count += atomicLoad(&index_top_k_0_bins[2047u - i]);
  }
  var left = rank - reduce_before(at, count).x;
  // Only one thread has the key; a rank that is too small wraps to a large one.
  if left - 1u < count {
    for (var i = first; i < min(first + 16u, 2048u); i += 1u) {
      let n = atomicLoad(&index_top_k_0_bins[2047u - i]);
      if left <= n {
        index_top_k_0_bin = vec2<u32>(2047u - i, left);
        break;
      }
      left -= n;
    }
  }
  workgroupBarrier();
  return index_top_k_0_bin;
}

/// The `rank`-th of `n` keys from `base` on, 1 <= rank <= n, and its rank among the keys equal to
/// it.
fn index_top_k_0_select(at: At, base: u32, n: u32, rank: u32) -> vec2<u32> {
  index_top_k_0_clear(at);
  for (var i = at.lid; i < n; i += 128u) {
    atomicAdd(&index_top_k_0_bins[index_top_k_0_key(base + i) >> 21u], 1u);
  }
  let high = index_top_k_0_find(at, rank);
  index_top_k_0_clear(at);
  for (var i = at.lid; i < n; i += 128u) {
    let key = index_top_k_0_key(base + i);
    if key >> 21u == high.x {
      atomicAdd(&index_top_k_0_bins[(key >> 10u) & 2047u], 1u);
    }
  }
  let middle = index_top_k_0_find(at, high.y);
  let prefix = (high.x << 11u) | middle.x;
  index_top_k_0_clear(at);
  for (var i = at.lid; i < n; i += 128u) {
    let key = index_top_k_0_key(base + i);
    if key >> 10u == prefix {
      atomicAdd(&index_top_k_0_bins[key & 1023u], 1u);
    }
  }
  let low = index_top_k_0_find(at, middle.y);
  return vec2<u32>((prefix << 10u) | low.x, low.y);
}

fn index_top_k_0_key(i: u32) -> u32 {
  return order_value(scores_0[i]);
}

fn index_top_k_0(at: At) {
  let n = (rows[2u * at.y].y + 1u) / 4u;
  let out = at.y * 512u;
  if n <= 512u {
    for (var i = at.lid; i < 512u; i += 128u) {
      chosen_1[out + i] = select(0xffffffffu, i, i < n);
    }
  } else {
    let base = at.y * ((p.cached + 3u) / 4u);
    let last = index_top_k_0_select(at, base, n, 512u);

    // A subgroup takes consecutive rows, as many as the others, its lanes one each at a time.
    let per = (n + 127u) / 128u * subgroup_width;
    let first = min(at.sg * per, n);
    let end = min(first + per, n);
    var better = 0u;
    var equal = 0u;
    for (var i = first + at.lane; i < end; i += subgroup_width) {
      let key = index_top_k_0_key(base + i);
      better += select(0u, 1u, key > last.x);
      equal += select(0u, 1u, key == last.x);
    }
    // Of equal rows the earliest are taken, so what is before a subgroup is known from its counts.
    let better_before = reduce_before(at, select(0u, subgroupAdd(better), at.lane == 0u)).x;
    let equal_before = reduce_before(at, select(0u, subgroupAdd(equal), at.lane == 0u)).x;
    var n_better = subgroupBroadcastFirst(better_before);
    var n_equal = subgroupBroadcastFirst(equal_before);
    for (var i = first; i < end; i += subgroup_width) {
      let row = i + at.lane;
      var key = 0u;
      if row < end {
        key = index_top_k_0_key(base + row);
      }
      let is_better = select(0u, 1u, row < end && key > last.x);
      let is_equal = select(0u, 1u, row < end && key == last.x);
      let better_here = n_better + subgroupExclusiveAdd(is_better);
      let equal_here = n_equal + subgroupExclusiveAdd(is_equal);
      if is_better == 1u || (is_equal == 1u && equal_here < last.y) {
        chosen_1[out + better_here + min(equal_here, last.y)] = row;
      }
      n_better += subgroupAdd(is_better);
      n_equal += subgroupAdd(is_equal);
    }
  }
}

@compute @workgroup_size(128)
fn index_top_k_hgyrfm(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lid: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_id) sg: u32,
  @builtin(subgroup_size) width: u32,
) {
  subgroup_width = width;
  let at = At(group.x, group.y, lid, lane, sg);
  index_top_k_0(at);
}
