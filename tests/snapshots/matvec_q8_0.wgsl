// matvec_ucdjdl
//
// matvec of matmul (MODEL.md 2.5)
//   template ops/matvec, CHUNK = 64, DEPTH = 16, HALF = 448, I = 4096, JT = 32, KG = 2, O = 129280, OUT = 16, ROUNDED = 1, ROWS = 2, RUN = 8, SPLITS = 16, TENSOR = 0, TOKENS = 4
//   y[t, o] = Σ_i w[o, i] · x[t, i]
//
// binding  name  elements  what
// 0  qx_1_v4  vec4<u32>  2560 values a row, temporary, read
// 1  w_2  vec4<u32>  [129280, 4096], read
// 2  y_3  f32  [T, 129280], read and written

struct At { x: u32, y: u32, lid: u32, lane: u32, sg: u32 }
struct Params { rows: u32, logit_rows: u32, cached: u32 }
var<immediate> p: Params;
@group(0) @binding(0) var<storage, read> qx_1_v4: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read> w_2: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> y_3: array<f32>;
var<private> subgroup_width: u32;

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

struct Group {
  a: vec4<u32>,
  b: vec4<u32>,
  scale: f32,
  min: vec2<f32>,
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

struct w_2_Unit {
  a: vec4<u32>,
  b: vec4<u32>,
  scales: u32,
}

fn w_2_load(row: u32, u: u32) -> w_2_Unit {
  let first = row * 272u;
  let scales = w_2[first + 256u + u / 8u][u / 2u % 4u];
  return w_2_Unit(w_2[first + u], w_2[first + 128u + u], scales);
}

fn w_2_group(unit: w_2_Unit, u: u32, j: u32) -> Group {
  let scale = unpack2x16float(unit.scales >> (16u * (u % 2u))).x;
  return Group(unit.a, unit.b, scale, vec2<f32>());
}

// What a lane multiplies next: while it multiplies, that is under way.
struct matvec_0_w_2_Next {
  row_0: w_2_Unit,
  row_1: w_2_Unit,
}

// The first units of weight rows `row` and following, at most `last`.
fn matvec_0_w_2_first(row: u32, last: u32, lane: u32) -> matvec_0_w_2_Next {
  var next: matvec_0_w_2_Next;
  next.row_0 = w_2_load(min(row + 0u, last), min(lane, 127u));
  next.row_1 = w_2_load(min(row + 1u, last), min(lane, 127u));
  return next;
}

// Adds this lane's part of weight row `row + r` (or `last`, if that is less) times the row of x
// that begins at record `records[t]` to sums[r * TOKENS + t], for t below `live`, which is at
// least 1. `next` has the first units, and gets those of row `following + r`.
fn matvec_0_w_2_add(
  sums: ptr<function, array<f32, 8>>, next: ptr<function, matvec_0_w_2_Next>,
  row: u32, following: u32, last: u32, records: array<u32, 4>, live: u32, lane: u32,
) {
  for (var u = lane; u < 128u; u += subgroup_width) {
    let is_last = u + subgroup_width >= 128u;
    let from_row = select(row, following, is_last);
    let from_unit = select(u + subgroup_width, min(lane, 127u), is_last);
    let unit_0 = (*next).row_0;
    (*next).row_0 = w_2_load(min(from_row + 0u, last), from_unit);
    let unit_1 = (*next).row_1;
    (*next).row_1 = w_2_load(min(from_row + 1u, last), from_unit);
    let w_0_0 = w_2_group(unit_0, u, 0u);
    let w_0_1 = w_2_group(unit_1, u, 0u);
    // One branch skips all that a step of one row does not need.
    {
      let record = records[0] + 1u * u + 0u;
      let at = record / 8u * 40u + record % 8u;
      let h0 = qx_1_v4[at];
      let h1 = qx_1_v4[at + 8u];
      let l0 = qx_1_v4[at + 16u];
      let l1 = qx_1_v4[at + 24u];
      let s = bitcast<vec4<f32>>(qx_1_v4[at + 32u]);
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
      let h0 = qx_1_v4[at];
      let h1 = qx_1_v4[at + 8u];
      let l0 = qx_1_v4[at + 16u];
      let l1 = qx_1_v4[at + 24u];
      let s = bitcast<vec4<f32>>(qx_1_v4[at + 32u]);
      let dot_0 = f32(dot32(w_0_0, h0, h1, l0, l1));
      (*sums)[1] = fma(w_0_0.scale * s.x, dot_0, (*sums)[1]);
      let dot_1 = f32(dot32(w_0_1, h0, h1, l0, l1));
      (*sums)[5] = fma(w_0_1.scale * s.x, dot_1, (*sums)[5]);
    }
    // One branch skips all that a step of one row does not need.
    if (live > 2u) {
      let record = records[2] + 1u * u + 0u;
      let at = record / 8u * 40u + record % 8u;
      let h0 = qx_1_v4[at];
      let h1 = qx_1_v4[at + 8u];
      let l0 = qx_1_v4[at + 16u];
      let l1 = qx_1_v4[at + 24u];
      let s = bitcast<vec4<f32>>(qx_1_v4[at + 32u]);
      let dot_0 = f32(dot32(w_0_0, h0, h1, l0, l1));
      (*sums)[2] = fma(w_0_0.scale * s.x, dot_0, (*sums)[2]);
      let dot_1 = f32(dot32(w_0_1, h0, h1, l0, l1));
      (*sums)[6] = fma(w_0_1.scale * s.x, dot_1, (*sums)[6]);
    }
    // One branch skips all that a step of one row does not need.
    if (live > 3u) {
      let record = records[3] + 1u * u + 0u;
      let at = record / 8u * 40u + record % 8u;
      let h0 = qx_1_v4[at];
      let h1 = qx_1_v4[at + 8u];
      let l0 = qx_1_v4[at + 16u];
      let l1 = qx_1_v4[at + 24u];
      let s = bitcast<vec4<f32>>(qx_1_v4[at + 32u]);
      let dot_0 = f32(dot32(w_0_0, h0, h1, l0, l1));
      (*sums)[3] = fma(w_0_0.scale * s.x, dot_0, (*sums)[3]);
      let dot_1 = f32(dot32(w_0_1, h0, h1, l0, l1));
      (*sums)[7] = fma(w_0_1.scale * s.x, dot_1, (*sums)[7]);
    }
    }
  }
}

// Outputs `first` .. `end` of `group` for `live` rows, of which `from_t` is the first.
fn matvec_0_rows(at: At, group: u32, first: u32, end: u32, from_t: u32, live: u32) {
  let row = group * 129280u;
  var records: array<u32, 4>;
  let t_0 = from_t + 0u;
  records[0] = (t_0 * 1u + group) * 128u;
  let t_1 = from_t + 1u;
  records[1] = (t_1 * 1u + group) * 128u;
  let t_2 = from_t + 2u;
  records[2] = (t_2 * 1u + group) * 128u;
  let t_3 = from_t + 3u;
  records[3] = (t_3 * 1u + group) * 128u;
  let step = 256u / subgroup_width * 2u;
  var next = matvec_0_w_2_first(row + first + at.sg * 2u, row + 129279u, at.lane);
  for (var o = first + at.sg * 2u; o < end; o += step) {
    var sums = array<f32, 8>();
    // After the last rows, what caches have is loaded once more.
    let following = select(o, o + step, o + step < end);
    matvec_0_w_2_add(
      &sums, &next, row + o, row + following, row + 129279u, records, live, at.lane);
    // One branch skips all that a step of one row does not need.
    {
      var values: array<f32, 2>;
      values[0] = sums[0];
      values[1] = sums[4];
      let sum = sums_2(values, at.lane);
      let own = o + sums_2_which(at.lane);
      if at.lane < 2u && own < end && live > 0u {
        y_3[(t_0 * 1u + group) * 129280u + own] = sum;
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
        y_3[(t_1 * 1u + group) * 129280u + own] = sum;
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
        y_3[(t_2 * 1u + group) * 129280u + own] = sum;
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
        y_3[(t_3 * 1u + group) * 129280u + own] = sum;
      }
    }
    }
  }
}

fn matvec_0(at: At) {
  let group = at.x / 8080u;
  let first = at.x % 8080u * 16u;
  let end = min(first + 16u, 129280u);
  let from_t = at.y * 4u;
  let live = min(p.rows - from_t, 4u);
  matvec_0_rows(at, group, first, end, from_t, live);
}

@compute @workgroup_size(256)
fn matvec_ucdjdl(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lid: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_id) sg: u32,
  @builtin(subgroup_size) width: u32,
) {
  subgroup_width = width;
  let at = At(group.x, group.y, lid, lane, sg);
  matvec_0(at);
}
