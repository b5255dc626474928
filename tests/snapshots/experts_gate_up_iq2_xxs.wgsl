// experts_gate_up_quantize_h_matvec_qmktiv
//
// experts_gate_up of experts_gate_up (MODEL.md 2.9)
//   template ops/experts_gate_up, CHUNK = 64, DEPTH = 16, E = 256, F = 2048, HALF = 448, JT = 32, K = 6, KG = 2, N = 4096, OUT = 64, ROUNDED = 1, ROWS = 2, RUN = 8, SPLITS = 16, TENSOR = 0, TOKENS = 4
//   g = gate[e] · x[t], u = up[e] · x[t], e = ids[t, k];
//   h[t, k] = silu(min(g, limit)) · clamp(u, −limit, limit) · weights[t, k]
//
// quantize_h of experts_down (MODEL.md 2.9)
//   template ops/quantize_h, CHUNK = 64, DEPTH = 16, E = 256, F = 2048, HALF = 448, JT = 32, K = 6, KG = 2, N = 4096, OUT = 16, ROUNDED = 1, ROWS = 2, RUN = 8, SPLITS = 16, TENSOR = 0, TOKENS = 4
//   y[t] = Σ_k down[ids[t, k]] · h[t, k]
//
// matvec of matmul (MODEL.md 2.5)
//   template ops/matvec, CHUNK = 64, DEPTH = 16, HALF = 448, I = 2048, JT = 32, KG = 2, O = 4096, OUT = 32, ROUNDED = 1, ROWS = 2, RUN = 8, SPLITS = 16, TENSOR = 0, TOKENS = 4
//   y[t, o] = Σ_i w[o, i] · x[t, i]
//
// binding  name  elements  what
// 0  qx_1_v4  vec4<u32>  2560 values a row, temporary, read
// 1  gate_2  vec4<u32>  [256, 2048, 4096], read
// 2  up_3  vec4<u32>  [256, 2048, 4096], read
// 3  ids_4  u32  [T, 6], read
// 4  weights_5  f32  [T, 6], read
// 5  h_6  f32  [T, 6, 2048], read and written
// 6  h_6_v4  vec4<f32>  [T, 6, 2048], read and written
// 7  qx_7  u32  7680 values a row, temporary, read and written
// 8  qx_9_v4  vec4<u32>  1280 values a row, temporary, read
// 9  w_10  vec4<u32>  [4096, 2048], read
// 10  y_11  f32  [T, 4096], read and written
// 11  iq2_grid  f32  table IQ2_GRID, read

struct At { x: u32, y: u32, lid: u32, lane: u32, sg: u32 }
struct Params { rows: u32, logit_rows: u32, cached: u32 }
var<immediate> p: Params;
@group(0) @binding(0) var<storage, read> qx_1_v4: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read> gate_2: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> up_3: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> ids_4: array<u32>;
@group(0) @binding(4) var<storage, read> weights_5: array<f32>;
@group(0) @binding(5) var<storage, read_write> h_6: array<f32>;
@group(0) @binding(6) var<storage, read_write> h_6_v4: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> qx_7: array<u32>;
@group(0) @binding(8) var<storage, read> qx_9_v4: array<vec4<u32>>;
@group(0) @binding(9) var<storage, read> w_10: array<vec4<u32>>;
@group(0) @binding(10) var<storage, read_write> y_11: array<f32>;
@group(0) @binding(11) var<storage, read> iq2_grid: array<f32>;
var<private> subgroup_width: u32;

fn swiglu(gate: f32, up: f32, limit: f32) -> f32 {
  let g = min(gate, limit);
  return g / (1.0 + exp(-g)) * clamp(up, -limit, limit);
}

struct Group {
  a: vec4<u32>,
  b: vec4<u32>,
  scale: f32,
  min: vec2<f32>,
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

// Σ w · x in units of both scales; exact.
fn dot32(w: Group, h0: vec4<u32>, h1: vec4<u32>, l0: vec4<u32>, l1: vec4<u32>) -> i32 {
  var sum = dp4a(w.a.x, h0.x);
  sum = sum + dp4a(w.a.y, h0.y);
  sum = sum + dp4a(w.a.z, h0.z);
  sum = sum + dp4a(w.a.w, h0.w);
  sum = sum + dp4a(w.b.x, h1.x);
  sum = sum + dp4a(w.b.y, h1.y);
  sum = sum + dp4a(w.b.z, h1.z);
  sum = sum + dp4a(w.b.w, h1.w);
  sum = sum * 256;
  sum = sum + dp4a(w.a.x, l0.x);
  sum = sum + dp4a(w.a.y, l0.y);
  sum = sum + dp4a(w.a.z, l0.z);
  sum = sum + dp4a(w.a.w, l0.w);
  sum = sum + dp4a(w.b.x, l1.x);
  sum = sum + dp4a(w.b.y, l1.y);
  sum = sum + dp4a(w.b.z, l1.z);
  sum = sum + dp4a(w.b.w, l1.w);
  return sum;
}

// The same for 16 of each.
fn dot16(w: vec4<u32>, h: vec4<u32>, l: vec4<u32>) -> i32 {
  var sum = dp4a(w.x, h.x);
  sum = sum + dp4a(w.y, h.y);
  sum = sum + dp4a(w.z, h.z);
  sum = sum + dp4a(w.w, h.w);
  sum = sum * 256;
  sum = sum + dp4a(w.x, l.x);
  sum = sum + dp4a(w.y, l.y);
  sum = sum + dp4a(w.z, l.z);
  sum = sum + dp4a(w.w, l.w);
  return sum;
}

// The sum of value `sums_which(lane)`.
fn sums_4(values: array<f32, 4>, lane: u32) -> f32 {
  var value_0 = values[0];
  var value_1 = values[1];
  var value_2 = values[2];
  var value_3 = values[3];
  let upper_0 = ((lane >> 0u) & 1u) == 1u;
  {
    let kept = select(value_0, value_2, upper_0);
    let given = select(value_2, value_0, upper_0);
    value_0 = kept + subgroupShuffleXor(given, 1u);
  }
  {
    let kept = select(value_1, value_3, upper_0);
    let given = select(value_3, value_1, upper_0);
    value_1 = kept + subgroupShuffleXor(given, 1u);
  }
  let upper_1 = ((lane >> 1u) & 1u) == 1u;
  {
    let kept = select(value_0, value_1, upper_1);
    let given = select(value_1, value_0, upper_1);
    value_0 = kept + subgroupShuffleXor(given, 2u);
  }
  for (var mask = 4u; mask < subgroup_width; mask <<= 1u) {
    hook_unroll();
    value_0 += subgroupShuffleXor(value_0, mask);
  }
  return value_0;
}

// The value whose sum a lane has.
fn sums_4_which(lane: u32) -> u32 {
  return (lane & 1u) * 2u + ((lane >> 1u) & 1u);
}

var<workgroup> iq2_magnitudes: array<vec2<u32>, 256>;

fn iq2_start(lid: u32) {
  for (var i = lid; i < 256u; i += 256u) {
    let entry = u32(iq2_grid[i]);
    var codes = vec2<u32>(entry & 0xffu, entry >> 8u);
    codes = (codes | (codes << vec2<u32>(12u))) & vec2<u32>(0x000f000fu);
    codes = (codes | (codes << vec2<u32>(6u))) & vec2<u32>(0x03030303u);
    let ones = codes & vec2<u32>(0x01010101u);
    let twos = (codes >> vec2<u32>(1u)) & vec2<u32>(0x01010101u);
    iq2_magnitudes[i] = vec2<u32>(0x08080808u) + ones * 17u + twos * 35u;
  }
}

// Eight signed magnitudes: bytes are negated by complement and increment, which carries nothing
// into the next byte since no magnitude is zero.
fn iq2_values(entry: u32, sign: u32) -> vec2<u32> {
  let bits = sign | ((countOneBits(sign) & 1u) << 7u);
  let ones = (vec2<u32>(bits & 15u, bits >> 4u) * 0x00204081u) & vec2<u32>(0x01010101u);
  return (iq2_magnitudes[entry] ^ (ones * 255u)) + ones;
}

// Fewest lanes of a subgroup, and most where it is less than a team.
// Enough for a row.
// Teams with rows of their own.
const experts_gate_up_0_teams: u32 = 4u;

// What each subgroup has of a sum, [SLOTS, PARTS, SHARES].
var<workgroup> experts_gate_up_0_shares: array<f32, 2048>;

struct experts_gate_up_0_Place {
  team: u32,
  // Which of the teams that share its rows.
  part: u32,
  // At most the row's last, and whether the thread has one.
  unit: u32,
  live: bool,
  subgroup: u32,
}

fn experts_gate_up_0_place(at: At) -> experts_gate_up_0_Place {
  let thread = at.sg * subgroup_width + at.lane;
  let member = thread % 64u;
  let team = thread / 64u;
  return experts_gate_up_0_Place(
    team / 1u, team % 1u,
    min(member, 63u), member < 64u, member / subgroup_width);
}

// The records of a unit.
struct experts_gate_up_0_Held {
  h0_0: vec4<u32>,
  h1_0: vec4<u32>,
  l0_0: vec4<u32>,
  l1_0: vec4<u32>,
  scale_0: vec4<f32>,
  h0_1: vec4<u32>,
  h1_1: vec4<u32>,
  l0_1: vec4<u32>,
  l1_1: vec4<u32>,
  scale_1: vec4<f32>,
}

// The thread's records of the row that begins at record `first`; scales of zero where it has no
// unit, which make its products zeros. After `experts_gate_up_0_start`.
fn experts_gate_up_0_hold(at: At, first: u32, place: experts_gate_up_0_Place) -> experts_gate_up_0_Held {
  var held: experts_gate_up_0_Held;
  {
    let record = first + 2u * place.unit + 0u;
    let begin = record / 8u * 40u + record % 8u;
    held.h0_0 = qx_1_v4[begin];
    held.h1_0 = qx_1_v4[begin + 8u];
    held.l0_0 = qx_1_v4[begin + 16u];
    held.l1_0 = qx_1_v4[begin + 24u];
    let scale = bitcast<vec4<f32>>(qx_1_v4[begin + 32u]);
    held.scale_0 = select(vec4<f32>(), scale, place.live);
  }
  {
    let record = first + 2u * place.unit + 1u;
    let begin = record / 8u * 40u + record % 8u;
    held.h0_1 = qx_1_v4[begin];
    held.h1_1 = qx_1_v4[begin + 8u];
    held.l0_1 = qx_1_v4[begin + 16u];
    held.l1_1 = qx_1_v4[begin + 24u];
    let scale = bitcast<vec4<f32>>(qx_1_v4[begin + 32u]);
    held.scale_1 = select(vec4<f32>(), scale, place.live);
  }
  return held;
}

// Makes the codebook, if the format has one.
fn experts_gate_up_0_start(lid: u32) {
  iq2_start(lid);
  workgroupBarrier();
}

// Leaves the team's sums of `values` for slot `slot` and following.
fn experts_gate_up_0_keep(at: At, place: experts_gate_up_0_Place, slot: u32, values: array<f32, 4>) {
  let sum = sums_4(values, at.lane);
  if at.lane < 4u {
    let share = (slot + sums_4_which(at.lane)) * 1u + place.part;
    experts_gate_up_0_shares[share * 16u + place.subgroup] = sum;
  }
}

// The sum in a slot, after a barrier.
fn experts_gate_up_0_kept(slot: u32) -> f32 {
  var sum = 0.0;
  for (var i = 0u; i < 64u / subgroup_width; i += 1u) {
    sum += experts_gate_up_0_shares[slot * 16u + 0u + i];
  }
  return sum;
}

struct gate_2_Unit {
  groups: vec4<u32>,
  d: u32,
}

fn gate_2_load(row: u32, u: u32) -> gate_2_Unit {
  let first = row * 66u;
  let d = gate_2[first + 64u + u / 32u][u / 8u % 4u];
  return gate_2_Unit(gate_2[first + u], d);
}

// The scale of a unit's block. Nothing is done with what is loaded before it is needed, which may
// be a turn later.
fn gate_2_d(unit: gate_2_Unit, u: u32) -> f32 {
  return unpack2x16float(unit.d >> (16u * (u / 4u % 2u))).x;
}

fn gate_2_group(unit: gate_2_Unit, u: u32, j: u32) -> Group {
  let words = select(unit.groups.xy, unit.groups.zw, j == 1u);
  let q0 = iq2_values(words.x & 255u, words.y & 127u);
  let q1 = iq2_values((words.x >> 8u) & 255u, (words.y >> 7u) & 127u);
  let q2 = iq2_values((words.x >> 16u) & 255u, (words.y >> 14u) & 127u);
  let q3 = iq2_values(words.x >> 24u, (words.y >> 21u) & 127u);
  let scale = gate_2_d(unit, u) * 0.125 * f32(2u * (words.y >> 28u) + 1u);
  return Group(vec4<u32>(q0, q1), vec4<u32>(q2, q3), scale, vec2<f32>());
}

// Scales of groups are odd numbers, by which the sums are multiplied as integers: at most
// 32 · 43 · 32512 · 31, which fits.
fn experts_gate_up_0_gate_2_times(unit: gate_2_Unit, u: u32, x: experts_gate_up_0_Held) -> f32 {
  let words_0 = unit.groups.xy;
  let w_0 = array<vec4<u32>, 2>(
    vec4<u32>(
      iq2_values(words_0.x & 255u, words_0.y & 127u),
      iq2_values((words_0.x >> 8u) & 255u, (words_0.y >> 7u) & 127u)),
    vec4<u32>(
      iq2_values((words_0.x >> 16u) & 255u, (words_0.y >> 14u) & 127u),
      iq2_values(words_0.x >> 24u, (words_0.y >> 21u) & 127u)));
  let group_0 = Group(w_0[0], w_0[1], 0.0, vec2<f32>());
  let dot_0 = dot32(group_0, x.h0_0, x.h1_0, x.l0_0, x.l1_0);
  // Twice the scale and one: the bit below the scale is of the signs.
  let sum_0 = f32(dot_0 * i32((words_0.y >> 27u) | 1u));
  let words_1 = unit.groups.zw;
  let w_1 = array<vec4<u32>, 2>(
    vec4<u32>(
      iq2_values(words_1.x & 255u, words_1.y & 127u),
      iq2_values((words_1.x >> 8u) & 255u, (words_1.y >> 7u) & 127u)),
    vec4<u32>(
      iq2_values((words_1.x >> 16u) & 255u, (words_1.y >> 14u) & 127u),
      iq2_values(words_1.x >> 24u, (words_1.y >> 21u) & 127u)));
  let group_1 = Group(w_1[0], w_1[1], 0.0, vec2<f32>());
  let dot_1 = dot32(group_1, x.h0_1, x.h1_1, x.l0_1, x.l1_1);
  // Twice the scale and one: the bit below the scale is of the signs.
  let sum_1 = f32(dot_1 * i32((words_1.y >> 27u) | 1u));
  let d = gate_2_d(unit, u) * 0.125;
  return d * fma(x.scale_1.x, sum_1, x.scale_0.x * sum_0);
}

struct up_3_Unit {
  groups: vec4<u32>,
  d: u32,
}

fn up_3_load(row: u32, u: u32) -> up_3_Unit {
  let first = row * 66u;
  let d = up_3[first + 64u + u / 32u][u / 8u % 4u];
  return up_3_Unit(up_3[first + u], d);
}

// The scale of a unit's block. Nothing is done with what is loaded before it is needed, which may
// be a turn later.
fn up_3_d(unit: up_3_Unit, u: u32) -> f32 {
  return unpack2x16float(unit.d >> (16u * (u / 4u % 2u))).x;
}

fn up_3_group(unit: up_3_Unit, u: u32, j: u32) -> Group {
  let words = select(unit.groups.xy, unit.groups.zw, j == 1u);
  let q0 = iq2_values(words.x & 255u, words.y & 127u);
  let q1 = iq2_values((words.x >> 8u) & 255u, (words.y >> 7u) & 127u);
  let q2 = iq2_values((words.x >> 16u) & 255u, (words.y >> 14u) & 127u);
  let q3 = iq2_values(words.x >> 24u, (words.y >> 21u) & 127u);
  let scale = up_3_d(unit, u) * 0.125 * f32(2u * (words.y >> 28u) + 1u);
  return Group(vec4<u32>(q0, q1), vec4<u32>(q2, q3), scale, vec2<f32>());
}

// Scales of groups are odd numbers, by which the sums are multiplied as integers: at most
// 32 · 43 · 32512 · 31, which fits.
fn experts_gate_up_0_up_3_times(unit: up_3_Unit, u: u32, x: experts_gate_up_0_Held) -> f32 {
  let words_0 = unit.groups.xy;
  let w_0 = array<vec4<u32>, 2>(
    vec4<u32>(
      iq2_values(words_0.x & 255u, words_0.y & 127u),
      iq2_values((words_0.x >> 8u) & 255u, (words_0.y >> 7u) & 127u)),
    vec4<u32>(
      iq2_values((words_0.x >> 16u) & 255u, (words_0.y >> 14u) & 127u),
      iq2_values(words_0.x >> 24u, (words_0.y >> 21u) & 127u)));
  let group_0 = Group(w_0[0], w_0[1], 0.0, vec2<f32>());
  let dot_0 = dot32(group_0, x.h0_0, x.h1_0, x.l0_0, x.l1_0);
  // Twice the scale and one: the bit below the scale is of the signs.
  let sum_0 = f32(dot_0 * i32((words_0.y >> 27u) | 1u));
  let words_1 = unit.groups.zw;
  let w_1 = array<vec4<u32>, 2>(
    vec4<u32>(
      iq2_values(words_1.x & 255u, words_1.y & 127u),
      iq2_values((words_1.x >> 8u) & 255u, (words_1.y >> 7u) & 127u)),
    vec4<u32>(
      iq2_values((words_1.x >> 16u) & 255u, (words_1.y >> 14u) & 127u),
      iq2_values(words_1.x >> 24u, (words_1.y >> 21u) & 127u)));
  let group_1 = Group(w_1[0], w_1[1], 0.0, vec2<f32>());
  let dot_1 = dot32(group_1, x.h0_1, x.h1_1, x.l0_1, x.l1_1);
  // Twice the scale and one: the bit below the scale is of the signs.
  let sum_1 = f32(dot_1 * i32((words_1.y >> 27u) | 1u));
  let d = up_3_d(unit, u) * 0.125;
  return d * fma(x.scale_1.x, sum_1, x.scale_0.x * sum_0);
}

fn quantize_h_1_quantize(at: At) {
  let first = at.y * 384u + at.x * 2u;
  // Unrolled, and written after all is read, so that all loads are under way at once. Every lane of
  // a subgroup takes part in its shuffles; those beyond the part repeat the last group and keep
  // nothing.
  let i_0 = 0u + at.sg * subgroup_width + at.lane;
  let quad_0 = (first + min(i_0 / 4u, 1u)) * 8u + 2u * (i_0 % 4u);
  let a_0 = h_6_v4[quad_0];
  let b_0 = h_6_v4[quad_0 + 1u];
  {
    let i = i_0;
    let inside = i < 8u;
    let group = first + min(i / 4u, 1u);
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
    let record = group / 8u * 160u + group % 8u * 4u;
    let words = record + quarter / 2u * 32u + quarter % 2u * 2u;
    if inside {
      qx_7[words] = pack4xI8(ha);
      qx_7[words + 1u] = pack4xI8(hb);
      qx_7[words + 64u] = pack4xI8(va - ha * 256);
      qx_7[words + 65u] = pack4xI8(vb - hb * 256);
    }
    let v = va + vb;
    var sum = v.x + v.y + v.z + v.w;
    sum += subgroupShuffleXor(sum, 1u);
    let other = subgroupShuffleXor(sum, 2u);
    if inside && quarter == 0u {
      let last = record + 128u;
      qx_7[last] = bitcast<u32>(scale);
      qx_7[last + 1u] = bitcast<u32>(scale * f32(sum));
      qx_7[last + 2u] = bitcast<u32>(scale * f32(other));
      qx_7[last + 3u] = 0u;
    }
  }
}

// The sum of value `sums_which(lane)`.
fn sums_2(values: array<f32, 2>, lane: u32) -> f32 {
  var value_0 = values[0];
  var value_1 = values[1];
  let upper_0 = ((lane >> 0u) & 1u) == 1u;
  {
    let kept = select(value_0, value_1, upper_0);
    let given = select(value_1, value_0, upper_0);
    value_0 = kept + subgroupShuffleXor(given, 1u);
  }
  for (var mask = 2u; mask < subgroup_width; mask <<= 1u) {
    hook_unroll();
    value_0 += subgroupShuffleXor(value_0, mask);
  }
  return value_0;
}

// The value whose sum a lane has.
fn sums_2_which(lane: u32) -> u32 {
  return lane % 2u;
}

struct w_10_Unit {
  a: vec4<u32>,
  b: vec4<u32>,
  scales: u32,
}

fn w_10_load(row: u32, u: u32) -> w_10_Unit {
  let first = row * 136u;
  let scales = w_10[first + 128u + u / 8u][u / 2u % 4u];
  return w_10_Unit(w_10[first + u], w_10[first + 64u + u], scales);
}

fn w_10_group(unit: w_10_Unit, u: u32, j: u32) -> Group {
  let scale = unpack2x16float(unit.scales >> (16u * (u % 2u))).x;
  return Group(unit.a, unit.b, scale, vec2<f32>());
}

// What a lane multiplies next: while it multiplies, that is under way.
struct matvec_2_w_10_Next {
  row_0: w_10_Unit,
  row_1: w_10_Unit,
}

// The first units of weight rows `row` and following, at most `last`.
fn matvec_2_w_10_first(row: u32, last: u32, lane: u32) -> matvec_2_w_10_Next {
  var next: matvec_2_w_10_Next;
  next.row_0 = w_10_load(min(row + 0u, last), min(lane, 63u));
  next.row_1 = w_10_load(min(row + 1u, last), min(lane, 63u));
  return next;
}

// Adds this lane's part of weight row `row + r` (or `last`, if that is less) times the row of x
// that begins at record `records[t]` to sums[r * TOKENS + t], for t below `live`, which is at
// least 1. `next` has the first units, and gets those of row `following + r`.
fn matvec_2_w_10_add(
  sums: ptr<function, array<f32, 8>>, next: ptr<function, matvec_2_w_10_Next>,
  row: u32, following: u32, last: u32, records: array<u32, 4>, live: u32, lane: u32,
) {
  for (var u = lane; u < 64u; u += subgroup_width) {
    let is_last = u + subgroup_width >= 64u;
    let from_row = select(row, following, is_last);
    let from_unit = select(u + subgroup_width, min(lane, 63u), is_last);
    let unit_0 = (*next).row_0;
    (*next).row_0 = w_10_load(min(from_row + 0u, last), from_unit);
    let unit_1 = (*next).row_1;
    (*next).row_1 = w_10_load(min(from_row + 1u, last), from_unit);
    let w_0_0 = w_10_group(unit_0, u, 0u);
    let w_0_1 = w_10_group(unit_1, u, 0u);
    // One branch skips all that a step of one row does not need.
    {
      let record = records[0] + 1u * u + 0u;
      let at = record / 8u * 40u + record % 8u;
      let h0 = qx_9_v4[at];
      let h1 = qx_9_v4[at + 8u];
      let l0 = qx_9_v4[at + 16u];
      let l1 = qx_9_v4[at + 24u];
      let s = bitcast<vec4<f32>>(qx_9_v4[at + 32u]);
      let dot_0 = f32(dot32(w_0_0, h0, h1, l0, l1));
      (*sums)[0] = fma(w_0_0.scale * s.x, dot_0, (*sums)[0]);
      let dot_1 = f32(dot32(w_0_1, h0, h1, l0, l1));
      (*sums)[4] = fma(w_0_1.scale * s.x, dot_1, (*sums)[4]);
    }
    // One branch skips all that a step of one row does not need.
    if (live > 1u) {
    {
      let record = records[1] + 1u * u + 0u;
      let at = record / 8u * 40u + record % 8u;
      let h0 = qx_9_v4[at];
      let h1 = qx_9_v4[at + 8u];
      let l0 = qx_9_v4[at + 16u];
      let l1 = qx_9_v4[at + 24u];
      let s = bitcast<vec4<f32>>(qx_9_v4[at + 32u]);
      let dot_0 = f32(dot32(w_0_0, h0, h1, l0, l1));
      (*sums)[1] = fma(w_0_0.scale * s.x, dot_0, (*sums)[1]);
      let dot_1 = f32(dot32(w_0_1, h0, h1, l0, l1));
      (*sums)[5] = fma(w_0_1.scale * s.x, dot_1, (*sums)[5]);
    }
    // One branch skips all that a step of one row does not need.
    if (live > 2u) {
      let record = records[2] + 1u * u + 0u;
      let at = record / 8u * 40u + record % 8u;
      let h0 = qx_9_v4[at];
      let h1 = qx_9_v4[at + 8u];
      let l0 = qx_9_v4[at + 16u];
      let l1 = qx_9_v4[at + 24u];
      let s = bitcast<vec4<f32>>(qx_9_v4[at + 32u]);
      let dot_0 = f32(dot32(w_0_0, h0, h1, l0, l1));
      (*sums)[2] = fma(w_0_0.scale * s.x, dot_0, (*sums)[2]);
      let dot_1 = f32(dot32(w_0_1, h0, h1, l0, l1));
      (*sums)[6] = fma(w_0_1.scale * s.x, dot_1, (*sums)[6]);
    }
    // One branch skips all that a step of one row does not need.
    if (live > 3u) {
      let record = records[3] + 1u * u + 0u;
      let at = record / 8u * 40u + record % 8u;
      let h0 = qx_9_v4[at];
      let h1 = qx_9_v4[at + 8u];
      let l0 = qx_9_v4[at + 16u];
      let l1 = qx_9_v4[at + 24u];
      let s = bitcast<vec4<f32>>(qx_9_v4[at + 32u]);
      let dot_0 = f32(dot32(w_0_0, h0, h1, l0, l1));
      (*sums)[3] = fma(w_0_0.scale * s.x, dot_0, (*sums)[3]);
      let dot_1 = f32(dot32(w_0_1, h0, h1, l0, l1));
      (*sums)[7] = fma(w_0_1.scale * s.x, dot_1, (*sums)[7]);
    }
    }
  }
}

fn experts_gate_up_0(at: At) {
  let pair = at.y * 6u + at.x / 32u;
  let row = ids_4[pair] * 2048u;
  let weight = weights_5[pair];
  let first = at.x % 32u * 64u;
  let end = min(first + 64u, 2048u);
  let place = experts_gate_up_0_place(at);
  // Weights are loaded one turn ahead, the first before the codebook is made.
  var f = first + place.team * 2u;
  var gate_0 = gate_2_load(row + min(f + 0u, end - 1u), place.unit);
  var up_0 = up_3_load(row + min(f + 0u, end - 1u), place.unit);
  var gate_1 = gate_2_load(row + min(f + 1u, end - 1u), place.unit);
  var up_1 = up_3_load(row + min(f + 1u, end - 1u), place.unit);
  experts_gate_up_0_start(at.lid);
  let x = experts_gate_up_0_hold(at, at.y * 128u, place);
  for (; f < end; f += experts_gate_up_0_teams * 2u) {
    var values: array<f32, 4>;
    let next = f + experts_gate_up_0_teams * 2u;
    let now_0 = gate_0;
    let too_0 = up_0;
    let now_1 = gate_1;
    let too_1 = up_1;
    if next < end {
      gate_0 = gate_2_load(row + min(next + 0u, end - 1u), place.unit);
      up_0 = up_3_load(row + min(next + 0u, end - 1u), place.unit);
      gate_1 = gate_2_load(row + min(next + 1u, end - 1u), place.unit);
      up_1 = up_3_load(row + min(next + 1u, end - 1u), place.unit);
    }
    values[0] = experts_gate_up_0_gate_2_times(now_0, place.unit, x);
    values[1] = experts_gate_up_0_up_3_times(too_0, place.unit, x);
    values[2] = experts_gate_up_0_gate_2_times(now_1, place.unit, x);
    values[3] = experts_gate_up_0_up_3_times(too_1, place.unit, x);
    experts_gate_up_0_keep(at, place, 2u * (f - first), values);
  }
  workgroupBarrier();
  for (var i = at.lid; i < end - first; i += 256u) {
    let value = swiglu(experts_gate_up_0_kept(2u * i), experts_gate_up_0_kept(2u * i + 1u), 10.0);
    h_6[pair * 2048u + first + i] = value * weight;
  }
}

fn quantize_h_1(at: At) {
  quantize_h_1_quantize(at);
}

// Outputs `first` .. `end` of `group` for `live` rows, of which `from_t` is the first.
fn matvec_2_rows(at: At, group: u32, first: u32, end: u32, from_t: u32, live: u32) {
  let row = group * 4096u;
  var records: array<u32, 4>;
  let t_0 = from_t + 0u;
  records[0] = (t_0 * 1u + group) * 64u;
  let t_1 = from_t + 1u;
  records[1] = (t_1 * 1u + group) * 64u;
  let t_2 = from_t + 2u;
  records[2] = (t_2 * 1u + group) * 64u;
  let t_3 = from_t + 3u;
  records[3] = (t_3 * 1u + group) * 64u;
  let step = 256u / subgroup_width * 2u;
  var next = matvec_2_w_10_first(row + first + at.sg * 2u, row + 4095u, at.lane);
  for (var o = first + at.sg * 2u; o < end; o += step) {
    var sums = array<f32, 8>();
    // After the last rows, what caches have is loaded once more.
    let following = select(o, o + step, o + step < end);
    matvec_2_w_10_add(
      &sums, &next, row + o, row + following, row + 4095u, records, live, at.lane);
    // One branch skips all that a step of one row does not need.
    {
      var values: array<f32, 2>;
      values[0] = sums[0];
      values[1] = sums[4];
      let sum = sums_2(values, at.lane);
      let own = o + sums_2_which(at.lane);
      if at.lane < 2u && own < end && live > 0u {
        y_11[(t_0 * 1u + group) * 4096u + own] = sum;
      }
    }
    // One branch skips all that a step of one row does not need.
    if live > 1u {
    {
      var values: array<f32, 2>;
      values[0] = sums[1];
      values[1] = sums[5];
      let sum = sums_2(values, at.lane);
      let own = o + sums_2_which(at.lane);
      if at.lane < 2u && own < end && live > 1u {
        y_11[(t_1 * 1u + group) * 4096u + own] = sum;
      }
    }
    // One branch skips all that a step of one row does not need.
    {
      var values: array<f32, 2>;
      values[0] = sums[2];
      values[1] = sums[6];
      let sum = sums_2(values, at.lane);
      let own = o + sums_2_which(at.lane);
      if at.lane < 2u && own < end && live > 2u {
        y_11[(t_2 * 1u + group) * 4096u + own] = sum;
      }
    }
    // One branch skips all that a step of one row does not need.
    {
      var values: array<f32, 2>;
      values[0] = sums[3];
      values[1] = sums[7];
      let sum = sums_2(values, at.lane);
      let own = o + sums_2_which(at.lane);
      if at.lane < 2u && own < end && live > 3u {
        y_11[(t_3 * 1u + group) * 4096u + own] = sum;
      }
    }
    }
  }
}

fn matvec_2(at: At) {
  let group = at.x / 128u;
  let first = at.x % 128u * 32u;
  let end = min(first + 32u, 4096u);
  let from_t = at.y * 4u;
  let live = min(p.rows - from_t, 4u);
  matvec_2_rows(at, group, first, end, from_t, live);
}

@compute @workgroup_size(256)
fn experts_gate_up_quantize_h_matvec_qmktiv(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lid: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_id) sg: u32,
  @builtin(subgroup_size) width: u32,
) {
  subgroup_width = width;
  if group.x < 192u {
    if group.y < p.rows {
      let at = At(group.x, group.y, lid, lane, sg);
      experts_gate_up_0(at);
      storageBarrier();
      workgroupBarrier();
      quantize_h_1(at);
    }
  } else {
    if group.y < (p.rows + 3u) / 4u {
      let at = At(group.x - 192u, group.y, lid, lane, sg);
      matvec_2(at);
    }
  }
}
