// attend_chosen_micvcg
//
// attend_chosen of attend_chosen (MODEL.md 2.5, 2.8)
//   template ops/attend, D = 512, DEPTH = 16, H = 64, HALF = 0, HEADS = 8, JT = 32, K = 512, KG = 2, OUT = 32, P = 64, ROUNDED = 0, ROWS = 2, RUN = 4, TENSOR = 0, TOKENS = 32, W = 128
//   as attend_window, with the compressed rows chosen[t] added
//
// binding  name  elements  what
// 0  q_0_v4  vec4<f32>  [T, 64, 512], read
// 1  kv_1_v4  vec4<f32>  [T, 1, 512], read
// 2  state_v4  vec4<f32>  state of all sessions, read
// 3  pages_v4  vec4<f32>  pages of all sessions, read
// 4  chosen_4  u32  [T, 512], read
// 5  sinks_5  f32  [64], read
// 6  out_6_v4  vec4<f32>  [T, 64, 512], read and written
// 7  rows  vec4<u32>  rows of the step, read
// 8  page_table  u32  pages of the sessions, read

struct At { x: u32, y: u32, lid: u32, lane: u32, sg: u32 }
struct Params { rows: u32, logit_rows: u32, cached: u32, at0: u32, at1: u32 }
var<immediate> p: Params;
@group(0) @binding(0) var<storage, read> q_0_v4: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> kv_1_v4: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> state_v4: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> pages_v4: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> chosen_4: array<u32>;
@group(0) @binding(5) var<storage, read> sinks_5: array<f32>;
@group(0) @binding(6) var<storage, read_write> out_6_v4: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read> rows: array<vec4<u32>>;
@group(0) @binding(8) var<storage, read> page_table: array<u32>;
var<private> subgroup_width: u32;

var<workgroup> attend_chosen_0_sums: array<vec4<f32>, 680>;

/// The rows of `a` begin at quad `first`. Begins and ends with a barrier.
fn attend_chosen_0_products(at: At, first: u32) {
  let slice = at.lid % 8u;
  let tile = at.lid / 8u;
  let row_a = tile / 8u * 4u;
  let row_b = tile % 8u * 4u;
  let place_a = row_a * 17u + slice;
  let place_b = (8u + row_b) * 17u + slice;
  var sum_0 = vec4<f32>();
  var sum_1 = vec4<f32>();
  var sum_2 = vec4<f32>();
  var sum_3 = vec4<f32>();
  for (var chunk = 0u; chunk < 128u; chunk += 16u) {
    workgroupBarrier();
    for (var i = at.lid; i < 128u; i += 128u) {
      let row = i / 16u;
      let quad = i % 16u;
      attend_chosen_0_sums[row * 17u + quad] = q_0_v4[first + row * 128u + chunk + quad];
    }
    for (var i = at.lid; i < 512u; i += 128u) {
      let row = i / 16u;
      let quad = i % 16u;
      attend_chosen_0_sums[(8u + row) * 17u + quad] = attend_chosen_0_b(row, chunk + quad);
    }
    workgroupBarrier();
    {
      let b_0 = attend_chosen_0_sums[place_b + 0u];
      let b_1 = attend_chosen_0_sums[place_b + 17u];
      let b_2 = attend_chosen_0_sums[place_b + 34u];
      let b_3 = attend_chosen_0_sums[place_b + 51u];
      let x = vec4<f32>(b_0.x, b_1.x, b_2.x, b_3.x);
      let y = vec4<f32>(b_0.y, b_1.y, b_2.y, b_3.y);
      let z = vec4<f32>(b_0.z, b_1.z, b_2.z, b_3.z);
      let w = vec4<f32>(b_0.w, b_1.w, b_2.w, b_3.w);
      let a_0 = attend_chosen_0_sums[place_a + 0u];
      sum_0 = fma(vec4<f32>(a_0.x), x, sum_0);
      sum_0 = fma(vec4<f32>(a_0.y), y, sum_0);
      sum_0 = fma(vec4<f32>(a_0.z), z, sum_0);
      sum_0 = fma(vec4<f32>(a_0.w), w, sum_0);
      let a_1 = attend_chosen_0_sums[place_a + 17u];
      sum_1 = fma(vec4<f32>(a_1.x), x, sum_1);
      sum_1 = fma(vec4<f32>(a_1.y), y, sum_1);
      sum_1 = fma(vec4<f32>(a_1.z), z, sum_1);
      sum_1 = fma(vec4<f32>(a_1.w), w, sum_1);
      let a_2 = attend_chosen_0_sums[place_a + 34u];
      sum_2 = fma(vec4<f32>(a_2.x), x, sum_2);
      sum_2 = fma(vec4<f32>(a_2.y), y, sum_2);
      sum_2 = fma(vec4<f32>(a_2.z), z, sum_2);
      sum_2 = fma(vec4<f32>(a_2.w), w, sum_2);
      let a_3 = attend_chosen_0_sums[place_a + 51u];
      sum_3 = fma(vec4<f32>(a_3.x), x, sum_3);
      sum_3 = fma(vec4<f32>(a_3.y), y, sum_3);
      sum_3 = fma(vec4<f32>(a_3.z), z, sum_3);
      sum_3 = fma(vec4<f32>(a_3.w), w, sum_3);
    }
    {
      let b_0 = attend_chosen_0_sums[place_b + 8u];
      let b_1 = attend_chosen_0_sums[place_b + 25u];
      let b_2 = attend_chosen_0_sums[place_b + 42u];
      let b_3 = attend_chosen_0_sums[place_b + 59u];
      let x = vec4<f32>(b_0.x, b_1.x, b_2.x, b_3.x);
      let y = vec4<f32>(b_0.y, b_1.y, b_2.y, b_3.y);
      let z = vec4<f32>(b_0.z, b_1.z, b_2.z, b_3.z);
      let w = vec4<f32>(b_0.w, b_1.w, b_2.w, b_3.w);
      let a_0 = attend_chosen_0_sums[place_a + 8u];
      sum_0 = fma(vec4<f32>(a_0.x), x, sum_0);
      sum_0 = fma(vec4<f32>(a_0.y), y, sum_0);
      sum_0 = fma(vec4<f32>(a_0.z), z, sum_0);
      sum_0 = fma(vec4<f32>(a_0.w), w, sum_0);
      let a_1 = attend_chosen_0_sums[place_a + 25u];
      sum_1 = fma(vec4<f32>(a_1.x), x, sum_1);
      sum_1 = fma(vec4<f32>(a_1.y), y, sum_1);
      sum_1 = fma(vec4<f32>(a_1.z), z, sum_1);
      sum_1 = fma(vec4<f32>(a_1.w), w, sum_1);
      let a_2 = attend_chosen_0_sums[place_a + 42u];
      sum_2 = fma(vec4<f32>(a_2.x), x, sum_2);
      sum_2 = fma(vec4<f32>(a_2.y), y, sum_2);
      sum_2 = fma(vec4<f32>(a_2.z), z, sum_2);
      sum_2 = fma(vec4<f32>(a_2.w), w, sum_2);
      let a_3 = attend_chosen_0_sums[place_a + 59u];
      sum_3 = fma(vec4<f32>(a_3.x), x, sum_3);
      sum_3 = fma(vec4<f32>(a_3.y), y, sum_3);
      sum_3 = fma(vec4<f32>(a_3.z), z, sum_3);
      sum_3 = fma(vec4<f32>(a_3.w), w, sum_3);
    }
  }
  workgroupBarrier();
  attend_chosen_0_sums[(slice * 8u + row_a + 0u) * 8u + row_b / 4u] = sum_0;
  attend_chosen_0_sums[(slice * 8u + row_a + 1u) * 8u + row_b / 4u] = sum_1;
  attend_chosen_0_sums[(slice * 8u + row_a + 2u) * 8u + row_b / 4u] = sum_2;
  attend_chosen_0_sums[(slice * 8u + row_a + 3u) * 8u + row_b / 4u] = sum_3;
  workgroupBarrier();
  for (var i = at.lid; i < 64u; i += 128u) {
    var sum = attend_chosen_0_sums[i];
    for (var s = 1u; s < 8u; s += 1u) {
      sum += attend_chosen_0_sums[s * 64u + i];
    }
    attend_chosen_0_sums[i] = sum;
  }
  workgroupBarrier();
}

/// Where row `j` of the session with this first entry in the page table begins.
fn attend_chosen_0_cached_row(j: u32, first: u32) -> u32 {
  let page = page_table[first + j / 64u];
  return page * 220160u + (p.at1) / 4u + j % 64u * 128u;
}

/// Values 4 i .. 4 i + 3 of the row that begins at `row`.
fn attend_chosen_0_cached(row: u32, i: u32) -> vec4<f32> {
  return pages_v4[row + i];
}

/// Quad `i` of the row at `place`, which is not compressed; zeros where there is none.
fn attend_chosen_0_raw(place: vec2<u32>, i: u32) -> vec4<f32> {
  var value = vec4<f32>();
  if place.x == 1u {
    value = kv_1_v4[place.y + i];
  } else if place.x == 2u {
    value = state_v4[place.y + i];
  }
  return value;
}

/// Quad `i` of the row at `place`; zeros where there is none.
fn attend_chosen_0_value(place: vec2<u32>, i: u32) -> vec4<f32> {
  if place.x == 3u {
    return attend_chosen_0_cached(place.y, i);
  }
  return attend_chosen_0_raw(place, i);
}

/// Where the compressed row `j` of the session with this first entry in the page table is.
fn attend_chosen_0_page(j: u32, first: u32) -> vec2<u32> {
  return vec2<u32>(3u, attend_chosen_0_cached_row(j, first));
}

/// Where the `i`-th of the rows that row `t` sees is; the first `n_raw` are not compressed.
fn attend_chosen_0_place(t: u32, i: u32, n_raw: u32) -> vec2<u32> {
  let row = rows[2u * t];
  let segment = rows[2u * t + 1u];
  var place = vec2<u32>();
  if i < n_raw {
    let position = row.y + 1u - n_raw + i;
    if position >= segment.y {
      place = vec2<u32>(1u, (segment.x + position - segment.y) * 128u);
    } else {
      place = vec2<u32>(
        2u,
        row.z * 1467392u + (p.at0) / 4u + position % 128u * 128u);
    }
  } else if i < n_raw + 512u {
    let j = chosen_4[t * 512u + i - n_raw];
    if j != 0xffffffffu {
      place = attend_chosen_0_page(j, row.w);
    }
  }
  return place;
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

/// The number of compressed rows that row `t` sees.
fn attend_chosen_0_compressed(at: At, t: u32) -> u32 {
  // One more than the place of the last.
  var n = 0u;
  for (var i = at.lid; i < 512u; i += 128u) {
    if chosen_4[t * 512u + i] != 0xffffffffu {
      n = i + 1u;
    }
  }
  return reduce_max_u32(at, n);
}

/// Below every score, and finite so that differences are.
const attend_chosen_0_LOWEST: f32 = -3.0e38;

/// Kind and first quad of each row of the tile.
var<workgroup> attend_chosen_0_places: array<vec2<u32>, 32>;
/// Weights of head h and rows 4 j .. 4 j + 3 at h · JT / 4 + j.
var<workgroup> attend_chosen_0_weights: array<vec4<f32>, 64>;
/// What the former sums of each head are worth.
var<workgroup> attend_chosen_0_factors: array<f32, 8>;
/// Largest score and sum of the weights of each head.
var<workgroup> attend_chosen_0_results: array<vec2<f32>, 8>;

fn attend_chosen_0_b(row: u32, i: u32) -> vec4<f32> {
  return attend_chosen_0_value(attend_chosen_0_places[row], i);
}

/// The scores of the tile to weights; `top` and `sum` are the largest score and the sum so far of
/// the head that this thread has. Ends with a barrier.
fn attend_chosen_0_softmax(at: At, top: ptr<function, f32>, sum: ptr<function, f32>) {
  let owns = at.lid < 64u;
  let head = at.lid / 8u;
  let quad = at.lid % 8u;
  var scores = vec4<f32>();
  var seen = vec4<bool>();
  if owns {
    seen = vec4<bool>(
      attend_chosen_0_places[4u * quad].x != 0u, attend_chosen_0_places[4u * quad + 1u].x != 0u,
      attend_chosen_0_places[4u * quad + 2u].x != 0u, attend_chosen_0_places[4u * quad + 3u].x != 0u);
    let scaled = attend_chosen_0_sums[at.lid] * (1.0 / sqrt(f32(512)));
    scores = select(vec4<f32>(attend_chosen_0_LOWEST), scaled, seen);
    attend_chosen_0_sums[at.lid] = scores;
  }
  workgroupBarrier();
  if owns {
    var largest = vec4<f32>(*top);
    for (var j = 0u; j < 8u; j += 1u) {
      largest = max(largest, attend_chosen_0_sums[head * 8u + j]);
    }
    let former = *top;
    *top = max(max(largest.x, largest.y), max(largest.z, largest.w));
    attend_chosen_0_weights[at.lid] = select(vec4<f32>(), exp(scores - *top), seen);
    if quad == 0u {
      let factor = exp(former - *top);
      attend_chosen_0_factors[head] = factor;
      *sum *= factor;
    }
  }
  workgroupBarrier();
  if owns && quad == 0u {
    for (var j = 0u; j < 8u; j += 1u) {
      let w = attend_chosen_0_weights[at.lid + j];
      *sum += w.x + w.y + w.z + w.w;
    }
  }
}

fn attend_chosen_0_attend(at: At) {
  let first_head = at.x * 8u;
  let position = rows[2u * at.y].y;
  let n_raw = min(position + 1u, 128u);
  let n_tiles = (n_raw + attend_chosen_0_compressed(at, at.y) + 31u) / 32u;

  let own_head = first_head + at.lid / 8u;
  // The sink is one row more, without values.
  var top = attend_chosen_0_LOWEST;
  var sum = 1.0;
  if at.lid < 64u {
    top = max(top, sinks_5[own_head]);
  }

  let group = at.lid / 128u * 8u;
  let quad = at.lid % 128u;
  var out_0 = vec4<f32>();
  var out_1 = vec4<f32>();
  var out_2 = vec4<f32>();
  var out_3 = vec4<f32>();
  var out_4 = vec4<f32>();
  var out_5 = vec4<f32>();
  var out_6 = vec4<f32>();
  var out_7 = vec4<f32>();
  for (var tile = 0u; tile < n_tiles; tile += 1u) {
    workgroupBarrier();
    if at.lid < 32u {
      attend_chosen_0_places[at.lid] = attend_chosen_0_place(at.y, tile * 32u + at.lid, n_raw);
    }
    attend_chosen_0_products(at, (at.y * 64u + first_head) * 128u);
    attend_chosen_0_softmax(at, &top, &sum);
    out_0 *= attend_chosen_0_factors[group + 0u];
    out_1 *= attend_chosen_0_factors[group + 1u];
    out_2 *= attend_chosen_0_factors[group + 2u];
    out_3 *= attend_chosen_0_factors[group + 3u];
    out_4 *= attend_chosen_0_factors[group + 4u];
    out_5 *= attend_chosen_0_factors[group + 5u];
    out_6 *= attend_chosen_0_factors[group + 6u];
    out_7 *= attend_chosen_0_factors[group + 7u];
    for (var j = 0u; j < 8u; j += 1u) {
      let row_0 = attend_chosen_0_value(attend_chosen_0_places[4u * j + 0u], quad);
      let row_1 = attend_chosen_0_value(attend_chosen_0_places[4u * j + 1u], quad);
      let row_2 = attend_chosen_0_value(attend_chosen_0_places[4u * j + 2u], quad);
      let row_3 = attend_chosen_0_value(attend_chosen_0_places[4u * j + 3u], quad);
      {
        let w = attend_chosen_0_weights[(group + 0u) * 8u + j];
        out_0 = fma(vec4<f32>(w.x), row_0, out_0);
        out_0 = fma(vec4<f32>(w.y), row_1, out_0);
        out_0 = fma(vec4<f32>(w.z), row_2, out_0);
        out_0 = fma(vec4<f32>(w.w), row_3, out_0);
      }
      {
        let w = attend_chosen_0_weights[(group + 1u) * 8u + j];
        out_1 = fma(vec4<f32>(w.x), row_0, out_1);
        out_1 = fma(vec4<f32>(w.y), row_1, out_1);
        out_1 = fma(vec4<f32>(w.z), row_2, out_1);
        out_1 = fma(vec4<f32>(w.w), row_3, out_1);
      }
      {
        let w = attend_chosen_0_weights[(group + 2u) * 8u + j];
        out_2 = fma(vec4<f32>(w.x), row_0, out_2);
        out_2 = fma(vec4<f32>(w.y), row_1, out_2);
        out_2 = fma(vec4<f32>(w.z), row_2, out_2);
        out_2 = fma(vec4<f32>(w.w), row_3, out_2);
      }
      {
        let w = attend_chosen_0_weights[(group + 3u) * 8u + j];
        out_3 = fma(vec4<f32>(w.x), row_0, out_3);
        out_3 = fma(vec4<f32>(w.y), row_1, out_3);
        out_3 = fma(vec4<f32>(w.z), row_2, out_3);
        out_3 = fma(vec4<f32>(w.w), row_3, out_3);
      }
      {
        let w = attend_chosen_0_weights[(group + 4u) * 8u + j];
        out_4 = fma(vec4<f32>(w.x), row_0, out_4);
        out_4 = fma(vec4<f32>(w.y), row_1, out_4);
        out_4 = fma(vec4<f32>(w.z), row_2, out_4);
        out_4 = fma(vec4<f32>(w.w), row_3, out_4);
      }
      {
        let w = attend_chosen_0_weights[(group + 5u) * 8u + j];
        out_5 = fma(vec4<f32>(w.x), row_0, out_5);
        out_5 = fma(vec4<f32>(w.y), row_1, out_5);
        out_5 = fma(vec4<f32>(w.z), row_2, out_5);
        out_5 = fma(vec4<f32>(w.w), row_3, out_5);
      }
      {
        let w = attend_chosen_0_weights[(group + 6u) * 8u + j];
        out_6 = fma(vec4<f32>(w.x), row_0, out_6);
        out_6 = fma(vec4<f32>(w.y), row_1, out_6);
        out_6 = fma(vec4<f32>(w.z), row_2, out_6);
        out_6 = fma(vec4<f32>(w.w), row_3, out_6);
      }
      {
        let w = attend_chosen_0_weights[(group + 7u) * 8u + j];
        out_7 = fma(vec4<f32>(w.x), row_0, out_7);
        out_7 = fma(vec4<f32>(w.y), row_1, out_7);
        out_7 = fma(vec4<f32>(w.z), row_2, out_7);
        out_7 = fma(vec4<f32>(w.w), row_3, out_7);
      }
    }
  }

  if at.lid < 64u && at.lid % 8u == 0u {
    attend_chosen_0_results[at.lid / 8u] = vec2<f32>(top, sum);
  }
  workgroupBarrier();
  if group < 8u {
    {
      let row = (at.y * 64u + first_head + group + 0u) * 128u;
      out_6_v4[row + quad] = out_0 / attend_chosen_0_results[group + 0u].y;
    }
    {
      let row = (at.y * 64u + first_head + group + 1u) * 128u;
      out_6_v4[row + quad] = out_1 / attend_chosen_0_results[group + 1u].y;
    }
    {
      let row = (at.y * 64u + first_head + group + 2u) * 128u;
      out_6_v4[row + quad] = out_2 / attend_chosen_0_results[group + 2u].y;
    }
    {
      let row = (at.y * 64u + first_head + group + 3u) * 128u;
      out_6_v4[row + quad] = out_3 / attend_chosen_0_results[group + 3u].y;
    }
    {
      let row = (at.y * 64u + first_head + group + 4u) * 128u;
      out_6_v4[row + quad] = out_4 / attend_chosen_0_results[group + 4u].y;
    }
    {
      let row = (at.y * 64u + first_head + group + 5u) * 128u;
      out_6_v4[row + quad] = out_5 / attend_chosen_0_results[group + 5u].y;
    }
    {
      let row = (at.y * 64u + first_head + group + 6u) * 128u;
      out_6_v4[row + quad] = out_6 / attend_chosen_0_results[group + 6u].y;
    }
    {
      let row = (at.y * 64u + first_head + group + 7u) * 128u;
      out_6_v4[row + quad] = out_7 / attend_chosen_0_results[group + 7u].y;
    }
  }
}

fn attend_chosen_0(at: At) {
  attend_chosen_0_attend(at);
}

@compute @workgroup_size(128)
fn attend_chosen_micvcg(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lid: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_id) sg: u32,
  @builtin(subgroup_size) width: u32,
) {
  subgroup_width = width;
  let at = At(group.x, group.y, lid, lane, sg);
  attend_chosen_0(at);
}
