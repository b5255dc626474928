// gemm_iguyzi
//
// gemm of matmul (MODEL.md 2.5)
//   template ops/gemm, DEPTH = 16, HALF = 448, I = 4096, JT = 32, KG = 2, O = 64, OUT = 32, ROUNDED = 1, ROWS = 2, RUN = 4, TENSOR = 0, TOKENS = 32
//   y[t, o] = Σ_i w[o, i] · x[t, i]
//
// binding  name  elements  what
// 1  qx_1_v4  vec4<u32>  2560 values a row, temporary, read
// 2  w_2  vec4<u32>  [64, 4096], read
// 3  y_3  f32  [T, 64], read and written

struct At { x: u32, y: u32, lid: u32, lane: u32, sg: u32 }
struct Params { rows: u32, logit_rows: u32, cached: u32 }
var<immediate> p: Params;
@group(0) @binding(1) var<storage, read> qx_1_v4: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> w_2: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> y_3: array<f32>;
var<private> subgroup_width: u32;

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

// An operand: natively its registers, portably its place in workgroup memory (first word, words
// from row to row).
alias Frag = array<u32, 2>;

// Row of the tile that `acc[e]` of a thread is in.
fn hook_acc_row(lane: u32, e: u32) -> u32 {
  return e * 2u + lane / 16u;
}

// Column of the tile that `acc[e]` of a thread is in.
fn hook_acc_col(lane: u32, e: u32) -> u32 {
  return lane % 16u;
}

// 16 rows of 32 bytes from element `at` on, `stride` elements apart.
fn hook_load_i8_gemm_0(at: u32, stride: u32, lane: u32) -> Frag {
  var place: Frag;
  place[0] = at;
  // What is read has no effect; natively the array that is read here is what is loaded from.
  place[1] = stride + (gemm_0_tile[at].x & 0u);
  return place;
}

// The same as the second operand.
fn hook_load_right_i8_gemm_0(at: u32, stride: u32, lane: u32) -> Frag {
  var place: Frag;
  place[0] = at;
  // What is read has no effect; natively the array that is read here is what is loaded from.
  place[1] = stride + (gemm_0_tile[at].x & 0u);
  return place;
}

// acc = A Bᵀ
fn hook_product_i8_gemm_0(acc: ptr<function, array<i32, 8>>, a: Frag, b: Frag, lane: u32) {
  *acc = array<i32, 8>();
  let right = b[0] + hook_acc_col(lane, 0u) * b[1];
  for (var i = 0u; i < 8u; i += 1u) {
    let word = gemm_0_tile[right + i / 4u][i % 4u];
    let left_0 = a[0] + hook_acc_row(lane, 0u) * a[1] + i / 4u;
    (*acc)[0] += dp4a(gemm_0_tile[left_0][i % 4u], word);
    let left_1 = a[0] + hook_acc_row(lane, 1u) * a[1] + i / 4u;
    (*acc)[1] += dp4a(gemm_0_tile[left_1][i % 4u], word);
    let left_2 = a[0] + hook_acc_row(lane, 2u) * a[1] + i / 4u;
    (*acc)[2] += dp4a(gemm_0_tile[left_2][i % 4u], word);
    let left_3 = a[0] + hook_acc_row(lane, 3u) * a[1] + i / 4u;
    (*acc)[3] += dp4a(gemm_0_tile[left_3][i % 4u], word);
    let left_4 = a[0] + hook_acc_row(lane, 4u) * a[1] + i / 4u;
    (*acc)[4] += dp4a(gemm_0_tile[left_4][i % 4u], word);
    let left_5 = a[0] + hook_acc_row(lane, 5u) * a[1] + i / 4u;
    (*acc)[5] += dp4a(gemm_0_tile[left_5][i % 4u], word);
    let left_6 = a[0] + hook_acc_row(lane, 6u) * a[1] + i / 4u;
    (*acc)[6] += dp4a(gemm_0_tile[left_6][i % 4u], word);
    let left_7 = a[0] + hook_acc_row(lane, 7u) * a[1] + i / 4u;
    (*acc)[7] += dp4a(gemm_0_tile[left_7][i % 4u], word);
  }
}

// acc += A Bᵀ
fn hook_mma_i8_gemm_0(acc: ptr<function, array<i32, 8>>, a: Frag, b: Frag, lane: u32) {
  let right = b[0] + hook_acc_col(lane, 0u) * b[1];
  for (var i = 0u; i < 8u; i += 1u) {
    let word = gemm_0_tile[right + i / 4u][i % 4u];
    let left_0 = a[0] + hook_acc_row(lane, 0u) * a[1] + i / 4u;
    (*acc)[0] += dp4a(gemm_0_tile[left_0][i % 4u], word);
    let left_1 = a[0] + hook_acc_row(lane, 1u) * a[1] + i / 4u;
    (*acc)[1] += dp4a(gemm_0_tile[left_1][i % 4u], word);
    let left_2 = a[0] + hook_acc_row(lane, 2u) * a[1] + i / 4u;
    (*acc)[2] += dp4a(gemm_0_tile[left_2][i % 4u], word);
    let left_3 = a[0] + hook_acc_row(lane, 3u) * a[1] + i / 4u;
    (*acc)[3] += dp4a(gemm_0_tile[left_3][i % 4u], word);
    let left_4 = a[0] + hook_acc_row(lane, 4u) * a[1] + i / 4u;
    (*acc)[4] += dp4a(gemm_0_tile[left_4][i % 4u], word);
    let left_5 = a[0] + hook_acc_row(lane, 5u) * a[1] + i / 4u;
    (*acc)[5] += dp4a(gemm_0_tile[left_5][i % 4u], word);
    let left_6 = a[0] + hook_acc_row(lane, 6u) * a[1] + i / 4u;
    (*acc)[6] += dp4a(gemm_0_tile[left_6][i % 4u], word);
    let left_7 = a[0] + hook_acc_row(lane, 7u) * a[1] + i / 4u;
    (*acc)[7] += dp4a(gemm_0_tile[left_7][i % 4u], word);
  }
}

// Warps take 32 tokens each, and share the outputs: activations have two halves to load.

// Elements from row to row: those of eight rows lie in different banks.
// Upper and lower halves of a row lie in different banks, too.
/// Last elements of the records, [GROUPS, TOKENS]: scale and two sums.
var<workgroup> gemm_0_tile: array<vec4<u32>, 548>;

// Scale and two minima, negated, of each group, [M, GROUPS, OUT].
var<workgroup> gemm_0_w_scale: array<f32, 64>;

// First record of each row of x; the importer writes it before it calls.
var<workgroup> gemm_0_record: array<u32, 32>;

// `sum` and the product of a group: `dot` in units of both scales, less what the minima, which come
// negated, take.
fn gemm_0_plus(sum: f32, dot: i32, w: f32, x: vec4<f32>) -> f32 {
  return fma(w * x.x, f32(dot), sum);
}

// Whether half of the threads read one matrix and half the other.

// Where element `v` of a record is.
fn gemm_0_element(record: u32, v: u32) -> u32 {
  return record / 4u * 20u + record % 4u + v * 4u;
}

// What a thread reads of the matrices for a step.
struct gemm_0_Units {
  u_0_0: w_2_Unit,
}

fn gemm_0_units(row: u32, last: u32, step: u32, lid: u32) -> gemm_0_Units {
  var units: gemm_0_Units;
  let u = step * 2u + lid % 2u;
  let row_0 = min(row + (lid + 0u) % 64u / 2u, last);
  units.u_0_0 = w_2_load(row_0, u);
  return units;
}

// The products of weight rows `row` .. `row + OUT`, or `last` where that is less, and the rows at
// `gemm_0_record`; of those that do not count, whatever comes.
fn gemm_0_gemm(place: vec4<u32>, row: u32, last: u32, lid: u32) {
  let lane = lid % 32u;
  let token = lid / 32u / 2u * 16u;
  let out = lid / 32u % 2u * 16u;
  var acc_0_0_0 = array<f32, 8>();
  // The token and the output of the e-th value of a thread in the first of its tiles.
  let row_0 = token + hook_acc_row(lane, 0u);
  let col_0 = out + hook_acc_col(lane, 0u);
  // The token and the output of the e-th value of a thread in the first of its tiles.
  let row_1 = token + hook_acc_row(lane, 1u);
  let col_1 = out + hook_acc_col(lane, 1u);
  // The token and the output of the e-th value of a thread in the first of its tiles.
  let row_2 = token + hook_acc_row(lane, 2u);
  let col_2 = out + hook_acc_col(lane, 2u);
  // The token and the output of the e-th value of a thread in the first of its tiles.
  let row_3 = token + hook_acc_row(lane, 3u);
  let col_3 = out + hook_acc_col(lane, 3u);
  // The token and the output of the e-th value of a thread in the first of its tiles.
  let row_4 = token + hook_acc_row(lane, 4u);
  let col_4 = out + hook_acc_col(lane, 4u);
  // The token and the output of the e-th value of a thread in the first of its tiles.
  let row_5 = token + hook_acc_row(lane, 5u);
  let col_5 = out + hook_acc_col(lane, 5u);
  // The token and the output of the e-th value of a thread in the first of its tiles.
  let row_6 = token + hook_acc_row(lane, 6u);
  let col_6 = out + hook_acc_col(lane, 6u);
  // The token and the output of the e-th value of a thread in the first of its tiles.
  let row_7 = token + hook_acc_row(lane, 7u);
  let col_7 = out + hook_acc_col(lane, 7u);
  workgroupBarrier();

  // The threads that have no record of their own read one that another thread has.
  let record_0 = gemm_0_record[(lid + 0u) % 64u / 2u] + lid % 2u;
  for (var step = 0u; step < 64u; step += 1u) {
    let x_0_0 = qx_1_v4[gemm_0_element(record_0 + step * 2u, 0u)];
    let x_0_1 = qx_1_v4[gemm_0_element(record_0 + step * 2u, 1u)];
    let x_0_2 = qx_1_v4[gemm_0_element(record_0 + step * 2u, 2u)];
    let x_0_3 = qx_1_v4[gemm_0_element(record_0 + step * 2u, 3u)];
    let x_0_4 = qx_1_v4[gemm_0_element(record_0 + step * 2u, 4u)];
    let units = gemm_0_units(row, last, step, lid);
    workgroupBarrier();
    if (lid + 0u < 64u) {
      let i = lid + 0u;
      let to = i / 2u * 5u + i % 2u * 2u;
      gemm_0_tile[to] = x_0_0;
      gemm_0_tile[to + 1u] = x_0_1;
      gemm_0_tile[to + 164u] = x_0_2;
      gemm_0_tile[to + 165u] = x_0_3;
      gemm_0_tile[324u + i % 2u * 32u + i / 2u] = x_0_4;
    }
    if (lid + 0u < 64u) {
      let i = (lid + 0u) % 64u;
      let u = i % 2u;
      let w_0 = w_2_group(units.u_0_0, step * 2u + u, 0u);
      let to_0 = i / 2u * 5u + (u * 1u + 0u) * 2u;
      gemm_0_tile[to_0 + 388u] = w_0.a;
      gemm_0_tile[to_0 + 389u] = w_0.b;
      let scale_at_0 = (0u + u * 1u + 0u) * 32u + i / 2u;
      gemm_0_w_scale[scale_at_0] = w_0.scale;
    }
    workgroupBarrier();

    if (token < place.w) {
    {
      let x_0 = (token + 0u) * 5u + 0u;
      let high_0 = hook_load_i8_gemm_0(x_0, 5u, lane);
      let low_0 = hook_load_i8_gemm_0(x_0 + 164u, 5u, lane);
      let xs_0_0 =
        bitcast<vec4<f32>>(gemm_0_tile[row_0 + 324u]);
      let xs_0_1 =
        bitcast<vec4<f32>>(gemm_0_tile[row_1 + 324u]);
      let xs_0_2 =
        bitcast<vec4<f32>>(gemm_0_tile[row_2 + 324u]);
      let xs_0_3 =
        bitcast<vec4<f32>>(gemm_0_tile[row_3 + 324u]);
      let xs_0_4 =
        bitcast<vec4<f32>>(gemm_0_tile[row_4 + 324u]);
      let xs_0_5 =
        bitcast<vec4<f32>>(gemm_0_tile[row_5 + 324u]);
      let xs_0_6 =
        bitcast<vec4<f32>>(gemm_0_tile[row_6 + 324u]);
      let xs_0_7 =
        bitcast<vec4<f32>>(gemm_0_tile[row_7 + 324u]);
      let w_0_0 = hook_load_right_i8_gemm_0(out * 5u + 388u, 5u, lane);
      let ws_0_0_0 = gemm_0_w_scale[col_0 + 0u];
      let ws_0_0_1 = gemm_0_w_scale[col_1 + 0u];
      let ws_0_0_2 = gemm_0_w_scale[col_2 + 0u];
      let ws_0_0_3 = gemm_0_w_scale[col_3 + 0u];
      let ws_0_0_4 = gemm_0_w_scale[col_4 + 0u];
      let ws_0_0_5 = gemm_0_w_scale[col_5 + 0u];
      let ws_0_0_6 = gemm_0_w_scale[col_6 + 0u];
      let ws_0_0_7 = gemm_0_w_scale[col_7 + 0u];
      {
        var dot = array<i32, 8>();
        hook_product_i8_gemm_0(&dot, high_0, w_0_0, lane);
        dot[0] *= 256;
        dot[1] *= 256;
        dot[2] *= 256;
        dot[3] *= 256;
        dot[4] *= 256;
        dot[5] *= 256;
        dot[6] *= 256;
        dot[7] *= 256;
        hook_mma_i8_gemm_0(&dot, low_0, w_0_0, lane);
        acc_0_0_0[0] =
          gemm_0_plus(acc_0_0_0[0], dot[0], ws_0_0_0, xs_0_0);
        acc_0_0_0[1] =
          gemm_0_plus(acc_0_0_0[1], dot[1], ws_0_0_1, xs_0_1);
        acc_0_0_0[2] =
          gemm_0_plus(acc_0_0_0[2], dot[2], ws_0_0_2, xs_0_2);
        acc_0_0_0[3] =
          gemm_0_plus(acc_0_0_0[3], dot[3], ws_0_0_3, xs_0_3);
        acc_0_0_0[4] =
          gemm_0_plus(acc_0_0_0[4], dot[4], ws_0_0_4, xs_0_4);
        acc_0_0_0[5] =
          gemm_0_plus(acc_0_0_0[5], dot[5], ws_0_0_5, xs_0_5);
        acc_0_0_0[6] =
          gemm_0_plus(acc_0_0_0[6], dot[6], ws_0_0_6, xs_0_6);
        acc_0_0_0[7] =
          gemm_0_plus(acc_0_0_0[7], dot[7], ws_0_0_7, xs_0_7);
      }
    }
    {
      let x_0 = (token + 0u) * 5u + 2u;
      let high_0 = hook_load_i8_gemm_0(x_0, 5u, lane);
      let low_0 = hook_load_i8_gemm_0(x_0 + 164u, 5u, lane);
      let xs_0_0 =
        bitcast<vec4<f32>>(gemm_0_tile[row_0 + 356u]);
      let xs_0_1 =
        bitcast<vec4<f32>>(gemm_0_tile[row_1 + 356u]);
      let xs_0_2 =
        bitcast<vec4<f32>>(gemm_0_tile[row_2 + 356u]);
      let xs_0_3 =
        bitcast<vec4<f32>>(gemm_0_tile[row_3 + 356u]);
      let xs_0_4 =
        bitcast<vec4<f32>>(gemm_0_tile[row_4 + 356u]);
      let xs_0_5 =
        bitcast<vec4<f32>>(gemm_0_tile[row_5 + 356u]);
      let xs_0_6 =
        bitcast<vec4<f32>>(gemm_0_tile[row_6 + 356u]);
      let xs_0_7 =
        bitcast<vec4<f32>>(gemm_0_tile[row_7 + 356u]);
      let w_0_0 = hook_load_right_i8_gemm_0(out * 5u + 390u, 5u, lane);
      let ws_0_0_0 = gemm_0_w_scale[col_0 + 32u];
      let ws_0_0_1 = gemm_0_w_scale[col_1 + 32u];
      let ws_0_0_2 = gemm_0_w_scale[col_2 + 32u];
      let ws_0_0_3 = gemm_0_w_scale[col_3 + 32u];
      let ws_0_0_4 = gemm_0_w_scale[col_4 + 32u];
      let ws_0_0_5 = gemm_0_w_scale[col_5 + 32u];
      let ws_0_0_6 = gemm_0_w_scale[col_6 + 32u];
      let ws_0_0_7 = gemm_0_w_scale[col_7 + 32u];
      {
        var dot = array<i32, 8>();
        hook_product_i8_gemm_0(&dot, high_0, w_0_0, lane);
        dot[0] *= 256;
        dot[1] *= 256;
        dot[2] *= 256;
        dot[3] *= 256;
        dot[4] *= 256;
        dot[5] *= 256;
        dot[6] *= 256;
        dot[7] *= 256;
        hook_mma_i8_gemm_0(&dot, low_0, w_0_0, lane);
        acc_0_0_0[0] =
          gemm_0_plus(acc_0_0_0[0], dot[0], ws_0_0_0, xs_0_0);
        acc_0_0_0[1] =
          gemm_0_plus(acc_0_0_0[1], dot[1], ws_0_0_1, xs_0_1);
        acc_0_0_0[2] =
          gemm_0_plus(acc_0_0_0[2], dot[2], ws_0_0_2, xs_0_2);
        acc_0_0_0[3] =
          gemm_0_plus(acc_0_0_0[3], dot[3], ws_0_0_3, xs_0_3);
        acc_0_0_0[4] =
          gemm_0_plus(acc_0_0_0[4], dot[4], ws_0_0_4, xs_0_4);
        acc_0_0_0[5] =
          gemm_0_plus(acc_0_0_0[5], dot[5], ws_0_0_5, xs_0_5);
        acc_0_0_0[6] =
          gemm_0_plus(acc_0_0_0[6], dot[6], ws_0_0_6, xs_0_6);
        acc_0_0_0[7] =
          gemm_0_plus(acc_0_0_0[7], dot[7], ws_0_0_7, xs_0_7);
      }
    }
    }
  }

  gemm_0_store(
    place, row_0 + 0u, col_0 + 0u,
    acc_0_0_0[0],
  );
  gemm_0_store(
    place, row_1 + 0u, col_1 + 0u,
    acc_0_0_0[1],
  );
  gemm_0_store(
    place, row_2 + 0u, col_2 + 0u,
    acc_0_0_0[2],
  );
  gemm_0_store(
    place, row_3 + 0u, col_3 + 0u,
    acc_0_0_0[3],
  );
  gemm_0_store(
    place, row_4 + 0u, col_4 + 0u,
    acc_0_0_0[4],
  );
  gemm_0_store(
    place, row_5 + 0u, col_5 + 0u,
    acc_0_0_0[5],
  );
  gemm_0_store(
    place, row_6 + 0u, col_6 + 0u,
    acc_0_0_0[6],
  );
  gemm_0_store(
    place, row_7 + 0u, col_7 + 0u,
    acc_0_0_0[7],
  );
}

// `place` is the group, its first output and the first row of the workgroup.
fn gemm_0_store(place: vec4<u32>, token: u32, out: u32, value: f32) {
  let o = place.y + out;
  let t = place.z + token;
  if (o < 64u && t < p.rows) {
    y_3[(t * 1u + place.x) * 64u + o] = value;
  }
}

fn gemm_0(at: At) {
  let group = at.x / 2u;
  let first = at.x % 2u * 32u;
  let token = at.y * 32u;
  for (var i = at.lid; i < 32u; i += 128u) {
    gemm_0_record[i] = (min(token + i, p.rows - 1u) * 1u + group) * 128u;
  }
  let row = group * 64u;
  let place = vec4<u32>(group, first, token, p.rows - token);
  gemm_0_gemm(place, row + first, row + 63u, at.lid);
}

@compute @workgroup_size(128)
fn gemm_iguyzi(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lid: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_id) sg: u32,
  @builtin(subgroup_size) width: u32,
) {
  subgroup_width = width;
  let at = At(group.x, group.y, lid, lane, sg);
  gemm_0(at);
}
