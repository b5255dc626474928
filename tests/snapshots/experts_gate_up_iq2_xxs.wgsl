// experts_gate_up_matvec_quantize_h_ubctwd
//
// experts_gate_up of experts_gate_up (MODEL.md 2.9)
//   template ops/experts_gate_up, CHUNK = 64, E = 256, F = 2048, JT = 32, K = 6, N = 4096, OUT = 16, ROWS = 2, SPLITS = 16, TOKENS = 4
//   g = gate[e] · x[t], u = up[e] · x[t], e = ids[t, k];
//   h[t, k] = silu(min(g, limit)) · clamp(u, −limit, limit) · weights[t, k]
//
// matvec of matmul (MODEL.md 2.5)
//   template ops/matvec, CHUNK = 64, I = 2048, JT = 32, O = 4096, OUT = 16, ROWS = 2, SPLITS = 16, TOKENS = 4
//   y[t, o] = Σ_i w[o, i] · x[t, i]
//
// quantize_h of experts_down (MODEL.md 2.9)
//   template ops/quantize_h, CHUNK = 64, E = 256, F = 2048, JT = 32, K = 6, N = 4096, OUT = 16, ROWS = 2, SPLITS = 16, TOKENS = 4
//   y[t] = Σ_k down[ids[t, k]] · h[t, k]
//
// binding  name  elements  what
// 0  qx_1_v4  vec4<u32>  2560 values a row, temporary, read
// 1  gate_2  vec4<u32>  [256, 2048, 4096], read
// 2  up_3  vec4<u32>  [256, 2048, 4096], read
// 3  ids_4  u32  [T, 6], read
// 4  weights_5  f32  [T, 6], read
// 5  h_6  f32  [T, 6, 2048], read and written
// 6  h_6_v4  vec4<f32>  [T, 6, 2048], read and written
// 7  qx_8_v4  vec4<u32>  1280 values a row, temporary, read
// 8  w_9  vec4<u32>  [4096, 2048], read
// 9  y_10  f32  [T, 4096], read and written
// 10  qx_11  u32  7680 values a row, temporary, read and written
// 11  arrivals  atomic<u32>  counters of workgroups that are done, read and written
// 12  iq2_grid  f32  table IQ2_GRID, read

struct At { x: u32, y: u32, lid: u32, lane: u32, sg: u32 }
struct Params { rows: u32, logit_rows: u32, cached: u32 }
var<immediate> p: Params;
@group(0) @binding(0) var<storage, read> qx_1_v4: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read> gate_2: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> up_3: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> ids_4: array<u32>;
@group(0) @binding(4) var<storage, read> weights_5: array<f32>;
@group(0) @binding(5) @coherent var<storage, read_write> h_6: array<f32>;
@group(0) @binding(6) @coherent var<storage, read_write> h_6_v4: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read> qx_8_v4: array<vec4<u32>>;
@group(0) @binding(8) var<storage, read> w_9: array<vec4<u32>>;
@group(0) @binding(9) @coherent var<storage, read_write> y_10: array<f32>;
@group(0) @binding(10) @coherent var<storage, read_write> qx_11: array<u32>;
@group(0) @binding(11) @coherent var<storage, read_write> arrivals: array<atomic<u32>>;
@group(0) @binding(12) var<storage, read> iq2_grid: array<f32>;
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

struct gate_2_Unit {
  groups: vec4<u32>,
  d: u32,
}

fn gate_2_load(row: u32, u: u32) -> gate_2_Unit {
  let first = row * 66u;
  let d = gate_2[first + 64u + u / 32u][u / 8u % 4u];
  return gate_2_Unit(gate_2[first + u], d >> (16u * (u / 4u % 2u)));
}

fn gate_2_group(unit: gate_2_Unit, u: u32, j: u32) -> Group {
  let words = select(unit.groups.xy, unit.groups.zw, j == 1u);
  let q0 = iq2_values(words.x & 255u, words.y & 127u);
  let q1 = iq2_values((words.x >> 8u) & 255u, (words.y >> 7u) & 127u);
  let q2 = iq2_values((words.x >> 16u) & 255u, (words.y >> 14u) & 127u);
  let q3 = iq2_values(words.x >> 24u, (words.y >> 21u) & 127u);
  let scale = unpack2x16float(unit.d).x * 0.125 * f32(2u * (words.y >> 28u) + 1u);
  return Group(vec4<u32>(q0, q1), vec4<u32>(q2, q3), scale, vec2<f32>());
}

// Adds this lane's part of weight row `row + r` (or `last`, if that is less) times the row of x
// that begins at record `records[t]` to sums[r * TOKENS + t], for t below `live`, which is at
// least 1.
fn experts_gate_up_0_gate_2_add(
  sums: ptr<function, array<f32, 2>>, row: u32, last: u32,
  records: array<u32, 1>, live: u32, lane: u32,
) {
  let row_0 = min(row + 0u, last);
  let row_1 = min(row + 1u, last);
  // Units are loaded one turn ahead: while a lane multiplies, its next ones are under way.
  var next_0 = gate_2_load(row_0, min(lane, 63u));
  var next_1 = gate_2_load(row_1, min(lane, 63u));
  for (var u = lane; u < 64u; u += subgroup_width) {
    let unit_0 = next_0;
    next_0 = gate_2_load(row_0, min(u + subgroup_width, 63u));
    let unit_1 = next_1;
    next_1 = gate_2_load(row_1, min(u + subgroup_width, 63u));
    let w_0_0 = gate_2_group(unit_0, u, 0u);
    let w_0_1 = gate_2_group(unit_1, u, 0u);
    {
      let record = records[0] + 2u * u + 0u;
      let at = record / 8u * 40u + record % 8u;
      let h0 = qx_1_v4[at];
      let h1 = qx_1_v4[at + 8u];
      let l0 = qx_1_v4[at + 16u];
      let l1 = qx_1_v4[at + 24u];
      let s = bitcast<vec4<f32>>(qx_1_v4[at + 32u]);
      let dot_0 = f32(dot32(w_0_0, h0, h1, l0, l1));
      (*sums)[0] = fma(w_0_0.scale * s.x, dot_0, (*sums)[0]);
      let dot_1 = f32(dot32(w_0_1, h0, h1, l0, l1));
      (*sums)[1] = fma(w_0_1.scale * s.x, dot_1, (*sums)[1]);
    }
    let w_1_0 = gate_2_group(unit_0, u, 1u);
    let w_1_1 = gate_2_group(unit_1, u, 1u);
    {
      let record = records[0] + 2u * u + 1u;
      let at = record / 8u * 40u + record % 8u;
      let h0 = qx_1_v4[at];
      let h1 = qx_1_v4[at + 8u];
      let l0 = qx_1_v4[at + 16u];
      let l1 = qx_1_v4[at + 24u];
      let s = bitcast<vec4<f32>>(qx_1_v4[at + 32u]);
      let dot_0 = f32(dot32(w_1_0, h0, h1, l0, l1));
      (*sums)[0] = fma(w_1_0.scale * s.x, dot_0, (*sums)[0]);
      let dot_1 = f32(dot32(w_1_1, h0, h1, l0, l1));
      (*sums)[1] = fma(w_1_1.scale * s.x, dot_1, (*sums)[1]);
    }
  }
}

struct up_3_Unit {
  groups: vec4<u32>,
  d: u32,
}

fn up_3_load(row: u32, u: u32) -> up_3_Unit {
  let first = row * 66u;
  let d = up_3[first + 64u + u / 32u][u / 8u % 4u];
  return up_3_Unit(up_3[first + u], d >> (16u * (u / 4u % 2u)));
}

fn up_3_group(unit: up_3_Unit, u: u32, j: u32) -> Group {
  let words = select(unit.groups.xy, unit.groups.zw, j == 1u);
  let q0 = iq2_values(words.x & 255u, words.y & 127u);
  let q1 = iq2_values((words.x >> 8u) & 255u, (words.y >> 7u) & 127u);
  let q2 = iq2_values((words.x >> 16u) & 255u, (words.y >> 14u) & 127u);
  let q3 = iq2_values(words.x >> 24u, (words.y >> 21u) & 127u);
  let scale = unpack2x16float(unit.d).x * 0.125 * f32(2u * (words.y >> 28u) + 1u);
  return Group(vec4<u32>(q0, q1), vec4<u32>(q2, q3), scale, vec2<f32>());
}

// Adds this lane's part of weight row `row + r` (or `last`, if that is less) times the row of x
// that begins at record `records[t]` to sums[r * TOKENS + t], for t below `live`, which is at
// least 1.
fn experts_gate_up_0_up_3_add(
  sums: ptr<function, array<f32, 2>>, row: u32, last: u32,
  records: array<u32, 1>, live: u32, lane: u32,
) {
  let row_0 = min(row + 0u, last);
  let row_1 = min(row + 1u, last);
  // Units are loaded one turn ahead: while a lane multiplies, its next ones are under way.
  var next_0 = up_3_load(row_0, min(lane, 63u));
  var next_1 = up_3_load(row_1, min(lane, 63u));
  for (var u = lane; u < 64u; u += subgroup_width) {
    let unit_0 = next_0;
    next_0 = up_3_load(row_0, min(u + subgroup_width, 63u));
    let unit_1 = next_1;
    next_1 = up_3_load(row_1, min(u + subgroup_width, 63u));
    let w_0_0 = up_3_group(unit_0, u, 0u);
    let w_0_1 = up_3_group(unit_1, u, 0u);
    {
      let record = records[0] + 2u * u + 0u;
      let at = record / 8u * 40u + record % 8u;
      let h0 = qx_1_v4[at];
      let h1 = qx_1_v4[at + 8u];
      let l0 = qx_1_v4[at + 16u];
      let l1 = qx_1_v4[at + 24u];
      let s = bitcast<vec4<f32>>(qx_1_v4[at + 32u]);
      let dot_0 = f32(dot32(w_0_0, h0, h1, l0, l1));
      (*sums)[0] = fma(w_0_0.scale * s.x, dot_0, (*sums)[0]);
      let dot_1 = f32(dot32(w_0_1, h0, h1, l0, l1));
      (*sums)[1] = fma(w_0_1.scale * s.x, dot_1, (*sums)[1]);
    }
    let w_1_0 = up_3_group(unit_0, u, 1u);
    let w_1_1 = up_3_group(unit_1, u, 1u);
    {
      let record = records[0] + 2u * u + 1u;
      let at = record / 8u * 40u + record % 8u;
      let h0 = qx_1_v4[at];
      let h1 = qx_1_v4[at + 8u];
      let l0 = qx_1_v4[at + 16u];
      let l1 = qx_1_v4[at + 24u];
      let s = bitcast<vec4<f32>>(qx_1_v4[at + 32u]);
      let dot_0 = f32(dot32(w_1_0, h0, h1, l0, l1));
      (*sums)[0] = fma(w_1_0.scale * s.x, dot_0, (*sums)[0]);
      let dot_1 = f32(dot32(w_1_1, h0, h1, l0, l1));
      (*sums)[1] = fma(w_1_1.scale * s.x, dot_1, (*sums)[1]);
    }
  }
}

struct w_9_Unit {
  a: vec4<u32>,
  b: vec4<u32>,
  scales: u32,
}

fn w_9_load(row: u32, u: u32) -> w_9_Unit {
  let first = row * 136u;
  let scales = w_9[first + 128u + u / 8u][u / 2u % 4u];
  return w_9_Unit(w_9[first + u], w_9[first + 64u + u], scales);
}

fn w_9_group(unit: w_9_Unit, u: u32, j: u32) -> Group {
  let scale = unpack2x16float(unit.scales >> (16u * (u % 2u))).x;
  return Group(unit.a, unit.b, scale, vec2<f32>());
}

// Adds this lane's part of weight row `row + r` (or `last`, if that is less) times the row of x
// that begins at record `records[t]` to sums[r * TOKENS + t], for t below `live`, which is at
// least 1.
fn matvec_1_w_9_add(
  sums: ptr<function, array<f32, 8>>, row: u32, last: u32,
  records: array<u32, 4>, live: u32, lane: u32,
) {
  let row_0 = min(row + 0u, last);
  let row_1 = min(row + 1u, last);
  // Units are loaded one turn ahead: while a lane multiplies, its next ones are under way.
  var next_0 = w_9_load(row_0, min(lane, 63u));
  var next_1 = w_9_load(row_1, min(lane, 63u));
  for (var u = lane; u < 64u; u += subgroup_width) {
    let unit_0 = next_0;
    next_0 = w_9_load(row_0, min(u + subgroup_width, 63u));
    let unit_1 = next_1;
    next_1 = w_9_load(row_1, min(u + subgroup_width, 63u));
    let w_0_0 = w_9_group(unit_0, u, 0u);
    let w_0_1 = w_9_group(unit_1, u, 0u);
    {
      let record = records[0] + 1u * u + 0u;
      let at = record / 8u * 40u + record % 8u;
      let h0 = qx_8_v4[at];
      let h1 = qx_8_v4[at + 8u];
      let l0 = qx_8_v4[at + 16u];
      let l1 = qx_8_v4[at + 24u];
      let s = bitcast<vec4<f32>>(qx_8_v4[at + 32u]);
      let dot_0 = f32(dot32(w_0_0, h0, h1, l0, l1));
      (*sums)[0] = fma(w_0_0.scale * s.x, dot_0, (*sums)[0]);
      let dot_1 = f32(dot32(w_0_1, h0, h1, l0, l1));
      (*sums)[4] = fma(w_0_1.scale * s.x, dot_1, (*sums)[4]);
    }
    if (live > 1u) {
      let record = records[1] + 1u * u + 0u;
      let at = record / 8u * 40u + record % 8u;
      let h0 = qx_8_v4[at];
      let h1 = qx_8_v4[at + 8u];
      let l0 = qx_8_v4[at + 16u];
      let l1 = qx_8_v4[at + 24u];
      let s = bitcast<vec4<f32>>(qx_8_v4[at + 32u]);
      let dot_0 = f32(dot32(w_0_0, h0, h1, l0, l1));
      (*sums)[1] = fma(w_0_0.scale * s.x, dot_0, (*sums)[1]);
      let dot_1 = f32(dot32(w_0_1, h0, h1, l0, l1));
      (*sums)[5] = fma(w_0_1.scale * s.x, dot_1, (*sums)[5]);
    }
    if (live > 2u) {
      let record = records[2] + 1u * u + 0u;
      let at = record / 8u * 40u + record % 8u;
      let h0 = qx_8_v4[at];
      let h1 = qx_8_v4[at + 8u];
      let l0 = qx_8_v4[at + 16u];
      let l1 = qx_8_v4[at + 24u];
      let s = bitcast<vec4<f32>>(qx_8_v4[at + 32u]);
      let dot_0 = f32(dot32(w_0_0, h0, h1, l0, l1));
      (*sums)[2] = fma(w_0_0.scale * s.x, dot_0, (*sums)[2]);
      let dot_1 = f32(dot32(w_0_1, h0, h1, l0, l1));
      (*sums)[6] = fma(w_0_1.scale * s.x, dot_1, (*sums)[6]);
    }
    if (live > 3u) {
      let record = records[3] + 1u * u + 0u;
      let at = record / 8u * 40u + record % 8u;
      let h0 = qx_8_v4[at];
      let h1 = qx_8_v4[at + 8u];
      let l0 = qx_8_v4[at + 16u];
      let l1 = qx_8_v4[at + 24u];
      let s = bitcast<vec4<f32>>(qx_8_v4[at + 32u]);
      let dot_0 = f32(dot32(w_0_0, h0, h1, l0, l1));
      (*sums)[3] = fma(w_0_0.scale * s.x, dot_0, (*sums)[3]);
      let dot_1 = f32(dot32(w_0_1, h0, h1, l0, l1));
      (*sums)[7] = fma(w_0_1.scale * s.x, dot_1, (*sums)[7]);
    }
  }
}

fn quantize_h_2_quantize(at: At) {
  let first = at.y * 384u + at.x * 8u;
  // Unrolled, so that all loads are under way at once.
  {
    // Every lane of a subgroup takes part in its shuffles; those beyond the part repeat the last
    // group and keep nothing.
    let i = 0u + at.sg * subgroup_width + at.lane;
    let inside = i < 32u;
    let group = first + min(i / 4u, 7u);
    let quarter = i % 4u;
    let a = h_6_v4[group * 8u + 2u * quarter];
    let b = h_6_v4[group * 8u + 2u * quarter + 1u];
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
      qx_11[words] = pack4xI8(ha);
      qx_11[words + 1u] = pack4xI8(hb);
      qx_11[words + 64u] = pack4xI8(va - ha * 256);
      qx_11[words + 65u] = pack4xI8(vb - hb * 256);
    }
    let v = va + vb;
    var sum = v.x + v.y + v.z + v.w;
    sum += subgroupShuffleXor(sum, 1u);
    let other = subgroupShuffleXor(sum, 2u);
    if inside && quarter == 0u {
      let last = record + 128u;
      qx_11[last] = bitcast<u32>(scale);
      qx_11[last + 1u] = bitcast<u32>(scale * f32(sum));
      qx_11[last + 2u] = bitcast<u32>(scale * f32(other));
      qx_11[last + 3u] = 0u;
    }
  }
}

fn experts_gate_up_0(at: At) {
  iq2_start(at.lid);
  workgroupBarrier();
  let pair = at.y * 6u + at.x / 128u;
  let row = ids_4[pair] * 2048u;
  let weight = weights_5[pair];
  let first = at.x % 128u * 16u;
  let end = min(first + 16u, 2048u);
  let records = array<u32, 1>(at.y * 128u);
  for (var f = first + at.sg * 2u; f < end; f += 256u / subgroup_width * 2u) {
    var gates = array<f32, 2>();
    var ups = array<f32, 2>();
    experts_gate_up_0_gate_2_add(&gates, row + f, row + 2047u, records, 1u, at.lane);
    experts_gate_up_0_up_3_add(&ups, row + f, row + 2047u, records, 1u, at.lane);
    let gate_0 = subgroupAdd(gates[0]);
    let up_0 = subgroupAdd(ups[0]);
    if (at.lane == 0u && f + 0u < end) {
      h_6[pair * 2048u + f + 0u] = swiglu(gate_0, up_0, 10.0) * weight;
    }
    let gate_1 = subgroupAdd(gates[1]);
    let up_1 = subgroupAdd(ups[1]);
    if (at.lane == 0u && f + 1u < end) {
      h_6[pair * 2048u + f + 1u] = swiglu(gate_1, up_1, 10.0) * weight;
    }
  }
}

fn matvec_1(at: At) {
  let group = at.x / 256u;
  let first = at.x % 256u * 16u;
  let end = min(first + 16u, 4096u);
  let row = group * 4096u;
  var records: array<u32, 4>;
  let t_0 = at.y * 4u + 0u;
  records[0] = (t_0 * 1u + group) * 64u;
  let t_1 = at.y * 4u + 1u;
  records[1] = (t_1 * 1u + group) * 64u;
  let t_2 = at.y * 4u + 2u;
  records[2] = (t_2 * 1u + group) * 64u;
  let t_3 = at.y * 4u + 3u;
  records[3] = (t_3 * 1u + group) * 64u;
  let live = p.rows - t_0;
  for (var o = first + at.sg * 2u; o < end; o += 256u / subgroup_width * 2u) {
    var sums = array<f32, 8>();
    matvec_1_w_9_add(&sums, row + o, row + 4095u, records, live, at.lane);
    let sum_0_0 = subgroupAdd(sums[0]);
    if (at.lane == 0u && o + 0u < end && live > 0u) {
      y_10[(t_0 * 1u + group) * 4096u + o + 0u] = sum_0_0;
    }
    let sum_0_1 = subgroupAdd(sums[1]);
    if (at.lane == 0u && o + 0u < end && live > 1u) {
      y_10[(t_1 * 1u + group) * 4096u + o + 0u] = sum_0_1;
    }
    let sum_0_2 = subgroupAdd(sums[2]);
    if (at.lane == 0u && o + 0u < end && live > 2u) {
      y_10[(t_2 * 1u + group) * 4096u + o + 0u] = sum_0_2;
    }
    let sum_0_3 = subgroupAdd(sums[3]);
    if (at.lane == 0u && o + 0u < end && live > 3u) {
      y_10[(t_3 * 1u + group) * 4096u + o + 0u] = sum_0_3;
    }
    let sum_1_0 = subgroupAdd(sums[4]);
    if (at.lane == 0u && o + 1u < end && live > 0u) {
      y_10[(t_0 * 1u + group) * 4096u + o + 1u] = sum_1_0;
    }
    let sum_1_1 = subgroupAdd(sums[5]);
    if (at.lane == 0u && o + 1u < end && live > 1u) {
      y_10[(t_1 * 1u + group) * 4096u + o + 1u] = sum_1_1;
    }
    let sum_1_2 = subgroupAdd(sums[6]);
    if (at.lane == 0u && o + 1u < end && live > 2u) {
      y_10[(t_2 * 1u + group) * 4096u + o + 1u] = sum_1_2;
    }
    let sum_1_3 = subgroupAdd(sums[7]);
    if (at.lane == 0u && o + 1u < end && live > 3u) {
      y_10[(t_3 * 1u + group) * 4096u + o + 1u] = sum_1_3;
    }
  }
}

fn quantize_h_2(at: At) {
  quantize_h_2_quantize(at);
}

var<workgroup> arrive_count: u32;

// What all threads wrote before is seen by the workgroups that come later, and the other way round.
fn hook_device_fence() {}

/// Whether this workgroup is the last of `wanted`; it leaves the counter as it was at first.
fn arrive(counter: u32, wanted: u32, lid: u32) -> bool {
  storageBarrier();
  workgroupBarrier();
  if lid == 0u {
    hook_device_fence();
    let count = atomicAdd(&arrivals[counter], 1u) + 1u;
    if count == wanted {
      atomicStore(&arrivals[counter], 0u);
    }
    arrive_count = count;
    hook_device_fence();
  }
  storageBarrier();
  workgroupBarrier();
  return arrive_count == wanted;
}

fn follow_2(part: u32, block: u32, lid: u32, lane: u32, sg: u32) {
  let rows = min(1u, p.rows - block * 1u);
  if arrive(block * 48u + part + 0u, 16u, lid) {
    for (var i = 0u; i < rows; i += 1u) {
      let y = block * 1u + i;
      for (var x = part * 1u; x < (part + 1u) * 1u; x += 1u) {
        let at = At(x, y, lid, lane, sg);
        quantize_h_2(at);
        storageBarrier();
        workgroupBarrier();
      }
    }
  }
}

@compute @workgroup_size(256)
fn experts_gate_up_matvec_quantize_h_ubctwd(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lid: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_id) sg: u32,
  @builtin(subgroup_size) width: u32,
) {
  subgroup_width = width;
  if group.x < 768u {
    if group.y < p.rows {
      let at = At(group.x, group.y, lid, lane, sg);
      experts_gate_up_0(at);
      follow_2((at.x) / 16u, at.y, lid, lane, sg);
    }
  } else {
    if group.y < (p.rows + 3u) / 4u {
      let at = At(group.x - 768u, group.y, lid, lane, sg);
      matvec_1(at);
    }
  }
}
