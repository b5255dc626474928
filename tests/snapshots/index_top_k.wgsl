// index_top_k_acsewn
//
// index_top_k of index_select (MODEL.md 2.8)
//   template ops/index_top_k, D = 128, DEPTH = 16, H = 64, HALF = 448, HEADS = 8, JT = 32, K = 512, KG = 2, OUT = 32, P = 64, ROUNDED = 1, ROWS = 2, RUN = 4, TENSOR = 0, TOKENS = 32, ratio = 4
//   score[t, j] = Σ_h max(0, q[t, h] · row[j]) · g[t, h] · (D·H)^(-1/2),
//   j < floor((position(t) + 1) / ratio);
//   chosen[t] = the K best in ascending order, the earlier of equals, u32::MAX beyond
//
// binding  name  elements  what
// 0  scores_0_v4  vec4<f32>  1 values a row, temporary, read
// 1  chosen_1  u32  [T, 512], read and written
// 2  rows  vec4<u32>  rows of the step, read

struct At { x: u32, y: u32, lid: u32, lane: u32, sg: u32 }
struct Params { rows: u32, logit_rows: u32, cached: u32 }
var<immediate> p: Params;
@group(0) @binding(0) var<storage, read> scores_0_v4: array<vec4<f32>>;
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

/// Fours of keys that a thread reads at a time: the passes wait for memory, not for arithmetic.
/// Of many keys, those that agree so far are kept where there are at most that many, in the upper
/// half of the bins.

var<workgroup> index_top_k_0_bins: array<atomic<u32>, 2048>;
/// The bin with the wanted key, the rank among its keys, and how many they are.
var<workgroup> index_top_k_0_bin: vec3<u32>;
var<workgroup> index_top_k_0_n_kept: atomic<u32>;

fn index_top_k_0_clear(at: At, bins: u32) {
  workgroupBarrier();
  for (var i = at.lid; i < bins; i += 128u) {
    atomicStore(&index_top_k_0_bins[i], 0u);
  }
  workgroupBarrier();
}

/// Of the first `bins` bins, the one with the `rank`-th key, counted from 1 and from the largest key
/// on; the rank in it, and how many keys it has.
fn index_top_k_0_find(at: At, bins: u32, rank: u32) -> vec3<u32> {
  workgroupBarrier();
  let own = (bins + 127u) / 128u;
  let first = (at.sg * subgroup_width + at.lane) * own;
  let end = min(first + own, bins);
  var count = 0u;
  for (var i = first; i < end; i += 1u) {
    count += atomicLoad(&index_top_k_0_bins[bins - 1u - i]);
  }
  var left = rank - reduce_before(at, count).x;
  // Only one thread has the key; a rank that is too small wraps to a large one.
  if left - 1u < count {
    for (var i = first; i < end; i += 1u) {
      let n = atomicLoad(&index_top_k_0_bins[bins - 1u - i]);
      if left <= n {
        index_top_k_0_bin = vec3<u32>(bins - 1u - i, left, n);
        break;
      }
      left -= n;
    }
  }
  workgroupBarrier();
  return index_top_k_0_bin;
}

/// Counts the `mask` bits from `shift` on of those of `n` keys from four `base` on whose bits before
/// them are `prefix`; `above` is the place of the lowest of those bits, 32 where there are none.
fn index_top_k_0_tally(at: At, base: u32, n: u32, prefix: u32, above: u32, shift: u32, mask: u32) {
  index_top_k_0_clear(at, 2048u);
  let last = (n - 1u) / 4u;
  for (var first = at.lid; first <= last; first += 256u) {
    let keys_0 = index_top_k_0_keys(base + min(first + 0u, last));
    let keys_1 = index_top_k_0_keys(base + min(first + 128u, last));
    if 4u * first + 0u < n && (above == 32u || keys_0[0] >> above == prefix) {
      atomicAdd(&index_top_k_0_bins[(keys_0[0] >> shift) & mask], 1u);
    }
    if 4u * first + 1u < n && (above == 32u || keys_0[1] >> above == prefix) {
      atomicAdd(&index_top_k_0_bins[(keys_0[1] >> shift) & mask], 1u);
    }
    if 4u * first + 2u < n && (above == 32u || keys_0[2] >> above == prefix) {
      atomicAdd(&index_top_k_0_bins[(keys_0[2] >> shift) & mask], 1u);
    }
    if 4u * first + 3u < n && (above == 32u || keys_0[3] >> above == prefix) {
      atomicAdd(&index_top_k_0_bins[(keys_0[3] >> shift) & mask], 1u);
    }
    if 4u * first + 512u < n && (above == 32u || keys_1[0] >> above == prefix) {
      atomicAdd(&index_top_k_0_bins[(keys_1[0] >> shift) & mask], 1u);
    }
    if 4u * first + 513u < n && (above == 32u || keys_1[1] >> above == prefix) {
      atomicAdd(&index_top_k_0_bins[(keys_1[1] >> shift) & mask], 1u);
    }
    if 4u * first + 514u < n && (above == 32u || keys_1[2] >> above == prefix) {
      atomicAdd(&index_top_k_0_bins[(keys_1[2] >> shift) & mask], 1u);
    }
    if 4u * first + 515u < n && (above == 32u || keys_1[3] >> above == prefix) {
      atomicAdd(&index_top_k_0_bins[(keys_1[3] >> shift) & mask], 1u);
    }
  }
}

/// Keeps those of `n` keys from four `base` on whose upper 11 bits are `prefix`.
fn index_top_k_0_keep(at: At, base: u32, n: u32, prefix: u32) {
  workgroupBarrier();
  if at.lid == 0u {
    atomicStore(&index_top_k_0_n_kept, 0u);
  }
  workgroupBarrier();
  let last = (n - 1u) / 4u;
  for (var first = at.lid; first <= last; first += 256u) {
    let keys_0 = index_top_k_0_keys(base + min(first + 0u, last));
    let keys_1 = index_top_k_0_keys(base + min(first + 128u, last));
    if 4u * first + 0u < n && keys_0[0] >> 21u == prefix {
      atomicStore(&index_top_k_0_bins[1024u + atomicAdd(&index_top_k_0_n_kept, 1u)], keys_0[0]);
    }
    if 4u * first + 1u < n && keys_0[1] >> 21u == prefix {
      atomicStore(&index_top_k_0_bins[1024u + atomicAdd(&index_top_k_0_n_kept, 1u)], keys_0[1]);
    }
    if 4u * first + 2u < n && keys_0[2] >> 21u == prefix {
      atomicStore(&index_top_k_0_bins[1024u + atomicAdd(&index_top_k_0_n_kept, 1u)], keys_0[2]);
    }
    if 4u * first + 3u < n && keys_0[3] >> 21u == prefix {
      atomicStore(&index_top_k_0_bins[1024u + atomicAdd(&index_top_k_0_n_kept, 1u)], keys_0[3]);
    }
    if 4u * first + 512u < n && keys_1[0] >> 21u == prefix {
      atomicStore(&index_top_k_0_bins[1024u + atomicAdd(&index_top_k_0_n_kept, 1u)], keys_1[0]);
    }
    if 4u * first + 513u < n && keys_1[1] >> 21u == prefix {
      atomicStore(&index_top_k_0_bins[1024u + atomicAdd(&index_top_k_0_n_kept, 1u)], keys_1[1]);
    }
    if 4u * first + 514u < n && keys_1[2] >> 21u == prefix {
      atomicStore(&index_top_k_0_bins[1024u + atomicAdd(&index_top_k_0_n_kept, 1u)], keys_1[2]);
    }
    if 4u * first + 515u < n && keys_1[3] >> 21u == prefix {
      atomicStore(&index_top_k_0_bins[1024u + atomicAdd(&index_top_k_0_n_kept, 1u)], keys_1[3]);
    }
  }
}

/// The `rank`-th of `n` keys from four `base` on, 1 <= rank <= n, and its rank among the keys equal to
/// it.
fn index_top_k_0_select(at: At, base: u32, n: u32, rank: u32) -> vec2<u32> {
  index_top_k_0_tally(at, base, n, 0u, 32u, 21u, 2047u);
  var found = index_top_k_0_find(at, 2048u, rank);
  var key = found.x;
  if n < 4096u || found.z > 1024u {
    index_top_k_0_tally(at, base, n, key, 21u, 10u, 2047u);
    found = index_top_k_0_find(at, 2048u, found.y);
    key = (key << 11u) | found.x;
    index_top_k_0_tally(at, base, n, key, 10u, 0u, 1023u);
    found = index_top_k_0_find(at, 1024u, found.y);
    key = (key << 10u) | found.x;
  } else {
    let n_kept = found.z;
    index_top_k_0_keep(at, base, n, key);
    // Seven bits at a time.
    for (var shift = 14u; shift < 32u; shift -= 7u) {
      index_top_k_0_clear(at, 128u);
      for (var i = at.lid; i < n_kept; i += 128u) {
        let kept = atomicLoad(&index_top_k_0_bins[1024u + i]);
        if kept >> (shift + 7u) == key {
          atomicAdd(&index_top_k_0_bins[(kept >> shift) & 127u], 1u);
        }
      }
      found = index_top_k_0_find(at, 128u, found.y);
      key = (key << 7u) | found.x;
    }
  }
  return vec2<u32>(key, found.y);
}

/// Fours of scores that a thread reads at a time.

fn index_top_k_0_keys(i: u32) -> vec4<u32> {
  let four = scores_0_v4[i];
  return vec4<u32>(
    order_value(four.x), order_value(four.y), order_value(four.z), order_value(four.w));
}

/// The lanes before `lane`, as the bits of a ballot.
fn index_top_k_0_below(lane: u32) -> vec4<u32> {
  let word = vec4<u32>(0u, 1u, 2u, 3u);
  let part = vec4<u32>((1u << (lane % 32u)) - 1u);
  let whole = select(vec4<u32>(), vec4<u32>(0xffffffffu), word < vec4<u32>(lane / 32u));
  return select(whole, part, word == vec4<u32>(lane / 32u));
}

fn index_top_k_0_ones(ballot: vec4<u32>) -> u32 {
  let ones = countOneBits(ballot);
  return ones.x + ones.y + ones.z + ones.w;
}

fn index_top_k_0(at: At) {
  let n = (rows[2u * at.y].y + 1u) / 4u;
  let out = at.y * 512u;
  if n <= 512u {
    for (var i = at.lid; i < 512u; i += 128u) {
      chosen_1[out + i] = select(0xffffffffu, i, i < n);
    }
  } else {
    let base = at.y * (((p.cached + 15u) / 16u * 4u) / 4u);
    let last = index_top_k_0_select(at, base, n, 512u);

    // A subgroup takes consecutive fours, as many as the others, its lanes one each at a time.
    let n_fours = (n + 3u) / 4u;
    let per = (n_fours + 127u) / 128u * subgroup_width;
    let first = min(at.sg * per, n_fours);
    let end = min(first + per, n_fours);
    var better = 0u;
    var equal = 0u;
    for (var i = first + at.lane; i < end; i += 2u * subgroup_width) {
      let keys_0 = index_top_k_0_keys(base + min(i + 0u * subgroup_width, n_fours - 1u));
      let keys_1 = index_top_k_0_keys(base + min(i + 1u * subgroup_width, n_fours - 1u));
      if i + 0u * subgroup_width < end && 4u * (i + 0u * subgroup_width) + 0u < n {
        better += select(0u, 1u, keys_0[0] > last.x);
        equal += select(0u, 1u, keys_0[0] == last.x);
      }
      if i + 0u * subgroup_width < end && 4u * (i + 0u * subgroup_width) + 1u < n {
        better += select(0u, 1u, keys_0[1] > last.x);
        equal += select(0u, 1u, keys_0[1] == last.x);
      }
      if i + 0u * subgroup_width < end && 4u * (i + 0u * subgroup_width) + 2u < n {
        better += select(0u, 1u, keys_0[2] > last.x);
        equal += select(0u, 1u, keys_0[2] == last.x);
      }
      if i + 0u * subgroup_width < end && 4u * (i + 0u * subgroup_width) + 3u < n {
        better += select(0u, 1u, keys_0[3] > last.x);
        equal += select(0u, 1u, keys_0[3] == last.x);
      }
      if i + 1u * subgroup_width < end && 4u * (i + 1u * subgroup_width) + 0u < n {
        better += select(0u, 1u, keys_1[0] > last.x);
        equal += select(0u, 1u, keys_1[0] == last.x);
      }
      if i + 1u * subgroup_width < end && 4u * (i + 1u * subgroup_width) + 1u < n {
        better += select(0u, 1u, keys_1[1] > last.x);
        equal += select(0u, 1u, keys_1[1] == last.x);
      }
      if i + 1u * subgroup_width < end && 4u * (i + 1u * subgroup_width) + 2u < n {
        better += select(0u, 1u, keys_1[2] > last.x);
        equal += select(0u, 1u, keys_1[2] == last.x);
      }
      if i + 1u * subgroup_width < end && 4u * (i + 1u * subgroup_width) + 3u < n {
        better += select(0u, 1u, keys_1[3] > last.x);
        equal += select(0u, 1u, keys_1[3] == last.x);
      }
    }
    // Of equal rows the earliest are taken, so what is before a subgroup is known from its counts.
    let better_before = reduce_before(at, select(0u, subgroupAdd(better), at.lane == 0u)).x;
    let equal_before = reduce_before(at, select(0u, subgroupAdd(equal), at.lane == 0u)).x;
    let below = index_top_k_0_below(at.lane);
    var n_better = subgroupBroadcastFirst(better_before);
    var n_equal = subgroupBroadcastFirst(equal_before);
    for (var i = first; i < end; i += 2u * subgroup_width) {
      let four_0 = i + 0u * subgroup_width + at.lane;
      let keys_0 = index_top_k_0_keys(base + min(four_0, n_fours - 1u));
      let four_1 = i + 1u * subgroup_width + at.lane;
      let keys_1 = index_top_k_0_keys(base + min(four_1, n_fours - 1u));
      {
        // Those of the lanes before, then those of this one, in order.
        var better_here = n_better;
        var equal_here = n_equal;
        let is_there_0 = four_0 < end && 4u * four_0 + 0u < n;
        let is_better_0 = is_there_0 && keys_0[0] > last.x;
        let is_equal_0 = is_there_0 && keys_0[0] == last.x;
        let all_better_0 = subgroupBallot(is_better_0);
        let all_equal_0 = subgroupBallot(is_equal_0);
        better_here += index_top_k_0_ones(all_better_0 & below);
        equal_here += index_top_k_0_ones(all_equal_0 & below);
        n_better += index_top_k_0_ones(all_better_0);
        n_equal += index_top_k_0_ones(all_equal_0);
        let is_there_1 = four_0 < end && 4u * four_0 + 1u < n;
        let is_better_1 = is_there_1 && keys_0[1] > last.x;
        let is_equal_1 = is_there_1 && keys_0[1] == last.x;
        let all_better_1 = subgroupBallot(is_better_1);
        let all_equal_1 = subgroupBallot(is_equal_1);
        better_here += index_top_k_0_ones(all_better_1 & below);
        equal_here += index_top_k_0_ones(all_equal_1 & below);
        n_better += index_top_k_0_ones(all_better_1);
        n_equal += index_top_k_0_ones(all_equal_1);
        let is_there_2 = four_0 < end && 4u * four_0 + 2u < n;
        let is_better_2 = is_there_2 && keys_0[2] > last.x;
        let is_equal_2 = is_there_2 && keys_0[2] == last.x;
        let all_better_2 = subgroupBallot(is_better_2);
        let all_equal_2 = subgroupBallot(is_equal_2);
        better_here += index_top_k_0_ones(all_better_2 & below);
        equal_here += index_top_k_0_ones(all_equal_2 & below);
        n_better += index_top_k_0_ones(all_better_2);
        n_equal += index_top_k_0_ones(all_equal_2);
        let is_there_3 = four_0 < end && 4u * four_0 + 3u < n;
        let is_better_3 = is_there_3 && keys_0[3] > last.x;
        let is_equal_3 = is_there_3 && keys_0[3] == last.x;
        let all_better_3 = subgroupBallot(is_better_3);
        let all_equal_3 = subgroupBallot(is_equal_3);
        better_here += index_top_k_0_ones(all_better_3 & below);
        equal_here += index_top_k_0_ones(all_equal_3 & below);
        n_better += index_top_k_0_ones(all_better_3);
        n_equal += index_top_k_0_ones(all_equal_3);
        if is_better_0 || (is_equal_0 && equal_here < last.y) {
          chosen_1[out + better_here + min(equal_here, last.y)] = 4u * four_0 + 0u;
        }
        better_here += select(0u, 1u, is_better_0);
        equal_here += select(0u, 1u, is_equal_0);
        if is_better_1 || (is_equal_1 && equal_here < last.y) {
          chosen_1[out + better_here + min(equal_here, last.y)] = 4u * four_0 + 1u;
        }
        better_here += select(0u, 1u, is_better_1);
        equal_here += select(0u, 1u, is_equal_1);
        if is_better_2 || (is_equal_2 && equal_here < last.y) {
          chosen_1[out + better_here + min(equal_here, last.y)] = 4u * four_0 + 2u;
        }
        better_here += select(0u, 1u, is_better_2);
        equal_here += select(0u, 1u, is_equal_2);
        if is_better_3 || (is_equal_3 && equal_here < last.y) {
          chosen_1[out + better_here + min(equal_here, last.y)] = 4u * four_0 + 3u;
        }
        better_here += select(0u, 1u, is_better_3);
        equal_here += select(0u, 1u, is_equal_3);
      }
      {
        // Those of the lanes before, then those of this one, in order.
        var better_here = n_better;
        var equal_here = n_equal;
        let is_there_0 = four_1 < end && 4u * four_1 + 0u < n;
        let is_better_0 = is_there_0 && keys_1[0] > last.x;
        let is_equal_0 = is_there_0 && keys_1[0] == last.x;
        let all_better_0 = subgroupBallot(is_better_0);
        let all_equal_0 = subgroupBallot(is_equal_0);
        better_here += index_top_k_0_ones(all_better_0 & below);
        equal_here += index_top_k_0_ones(all_equal_0 & below);
        n_better += index_top_k_0_ones(all_better_0);
        n_equal += index_top_k_0_ones(all_equal_0);
        let is_there_1 = four_1 < end && 4u * four_1 + 1u < n;
        let is_better_1 = is_there_1 && keys_1[1] > last.x;
        let is_equal_1 = is_there_1 && keys_1[1] == last.x;
        let all_better_1 = subgroupBallot(is_better_1);
        let all_equal_1 = subgroupBallot(is_equal_1);
        better_here += index_top_k_0_ones(all_better_1 & below);
        equal_here += index_top_k_0_ones(all_equal_1 & below);
        n_better += index_top_k_0_ones(all_better_1);
        n_equal += index_top_k_0_ones(all_equal_1);
        let is_there_2 = four_1 < end && 4u * four_1 + 2u < n;
        let is_better_2 = is_there_2 && keys_1[2] > last.x;
        let is_equal_2 = is_there_2 && keys_1[2] == last.x;
        let all_better_2 = subgroupBallot(is_better_2);
        let all_equal_2 = subgroupBallot(is_equal_2);
        better_here += index_top_k_0_ones(all_better_2 & below);
        equal_here += index_top_k_0_ones(all_equal_2 & below);
        n_better += index_top_k_0_ones(all_better_2);
        n_equal += index_top_k_0_ones(all_equal_2);
        let is_there_3 = four_1 < end && 4u * four_1 + 3u < n;
        let is_better_3 = is_there_3 && keys_1[3] > last.x;
        let is_equal_3 = is_there_3 && keys_1[3] == last.x;
        let all_better_3 = subgroupBallot(is_better_3);
        let all_equal_3 = subgroupBallot(is_equal_3);
        better_here += index_top_k_0_ones(all_better_3 & below);
        equal_here += index_top_k_0_ones(all_equal_3 & below);
        n_better += index_top_k_0_ones(all_better_3);
        n_equal += index_top_k_0_ones(all_equal_3);
        if is_better_0 || (is_equal_0 && equal_here < last.y) {
          chosen_1[out + better_here + min(equal_here, last.y)] = 4u * four_1 + 0u;
        }
        better_here += select(0u, 1u, is_better_0);
        equal_here += select(0u, 1u, is_equal_0);
        if is_better_1 || (is_equal_1 && equal_here < last.y) {
          chosen_1[out + better_here + min(equal_here, last.y)] = 4u * four_1 + 1u;
        }
        better_here += select(0u, 1u, is_better_1);
        equal_here += select(0u, 1u, is_equal_1);
        if is_better_2 || (is_equal_2 && equal_here < last.y) {
          chosen_1[out + better_here + min(equal_here, last.y)] = 4u * four_1 + 2u;
        }
        better_here += select(0u, 1u, is_better_2);
        equal_here += select(0u, 1u, is_equal_2);
        if is_better_3 || (is_equal_3 && equal_here < last.y) {
          chosen_1[out + better_here + min(equal_here, last.y)] = 4u * four_1 + 3u;
        }
        better_here += select(0u, 1u, is_better_3);
        equal_here += select(0u, 1u, is_equal_3);
      }
    }
  }
}

@compute @workgroup_size(128)
fn index_top_k_acsewn(
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
